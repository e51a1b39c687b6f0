// VP8's boolean entropy decoder (RFC 6386 §7), 56 bits of input at a time. Several partitions are
// read in turn: a reader's state lies in memory while another one is in use.

/** Bytes of a reader's state. */
export const VP8_READER: usize = 32

let at: usize = 0
let end: usize = 0
let value: u64 = 0
/** The range less 1, 127 to 254. */
let range: i32 = 0
/** Bits of `value` below the 8 that are compared; negative when more are needed. */
let bits: i32 = 0
let over: i32 = 0

/** Prepares a reader for the bytes from `from` to `to`. */
export function vp8ReaderOpen(reader: usize, from: usize, to: usize): void {
  store<u32>(reader, <u32>from)
  store<u32>(reader, <u32>to, 4)
  store<u64>(reader, 0, 8)
  store<i32>(reader, 254, 16)
  store<i32>(reader, -8, 20)
  store<i32>(reader, 0, 24)
}

/** Makes a reader the one that `vp8Bit` reads. */
export function vp8ReaderUse(reader: usize): void {
  at = load<u32>(reader)
  end = load<u32>(reader, 4)
  value = load<u64>(reader, 8)
  range = load<i32>(reader, 16)
  bits = load<i32>(reader, 20)
  over = load<i32>(reader, 24)
}

/** Keeps the state of the reader in use. */
export function vp8ReaderKeep(reader: usize): void {
  store<u32>(reader, <u32>at)
  store<u64>(reader, value, 8)
  store<i32>(reader, range, 16)
  store<i32>(reader, bits, 20)
  store<i32>(reader, over, 24)
}

/** How many bytes were read past the partition's end: some are harmless, for the last bits are fewer. */
export function vp8Over(): i32 {
  return over
}

function refill(): void {
  if (at + 8 <= end) {
    value = (value << 56) | (bswap<u64>(load<u64>(at)) >> 8)
    at += 7
    bits += 56
    return
  }
  if (at < end) value = (value << 8) | <u64>load<u8>(at++)
  else {
    // Zeros follow, as libwebp has it.
    value <<= 8
    over++
  }
  bits += 8
}

/** The next bool, whose probability of being false is `probability` / 256. */
export function vp8Bit(probability: i32): i32 {
  if (bits < 0) refill()
  const split = (range * probability) >> 8
  if (<i32>(value >> <u64>bits) > split) {
    value -= <u64>(split + 1) << <u64>bits
    const left = range - split
    const shift = clz(left) - 24
    range = (left << shift) - 1
    bits -= shift
    return 1
  }
  const left = split + 1
  const shift = clz(left) - 24
  range = (left << shift) - 1
  bits -= shift
  return 0
}

/** An unsigned number of `count` bits, most significant first. */
export function vp8Value(count: i32): i32 {
  let number = 0
  while (count-- > 0) number = (number << 1) | vp8Bit(128)
  return number
}

/** A number of `count` bits with its sign behind it. */
export function vp8Signed(count: i32): i32 {
  const number = vp8Value(count)
  return vp8Bit(128) ? -number : number
}

/** As `vp8Signed` where a flag before it is set, else 0. */
export function vp8Optional(count: i32): i32 {
  return vp8Bit(128) ? vp8Signed(count) : 0
}
