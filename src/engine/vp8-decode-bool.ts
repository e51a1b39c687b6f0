// VP8's boolean entropy decoder (RFC 6386 §7), up to 64 bits of input at a time. Several partitions are read in turn:
// each has a reader, which is memory, for loops that decode much hold its fields in locals and write bits out in full.
//
// The input stands at the top of `value`: its first byte is what the split is compared with. A bool of probability p:
//   split = ((range · p) >> 8) + 1           range is the specification's less 1, 127 to 254
//   true where value ≥ split << 56, which is then taken off; what is left of the range is brought back to 8 bits.

/** Bytes of a reader. */
export const VP8_READER: usize = 32

// Its fields: the next byte and the end; value; range; how many bits of value are input; bytes read past the end.
export const AT: usize = 0
export const END: usize = 4
export const VALUE: usize = 8
export const RANGE: usize = 16
export const ROOM: usize = 20
export const OVER: usize = 24

/** Prepares a reader for the bytes from `from` to `to`. */
export function vp8ReaderOpen(reader: usize, from: usize, to: usize): void {
  store<u32>(reader, <u32>from, AT)
  store<u32>(reader, <u32>to, END)
  store<u64>(reader, 0, VALUE)
  store<i32>(reader, 254, RANGE)
  store<i32>(reader, 0, ROOM)
  store<i32>(reader, 0, OVER)
}

/** Whether more was read than the partition has: a little is harmless, for the last bits need not fill their bytes. */
export function vp8Over(reader: usize): bool {
  return load<i32>(reader, OVER) * 8 - load<i32>(reader, ROOM) > 56
}

/** Tops `value` up to 56 bits and more. Zeros follow the end, as libwebp has it. */
export function vp8Refill(reader: usize): void {
  let at = <usize>load<u32>(reader, AT)
  const end = <usize>load<u32>(reader, END)
  let value = load<u64>(reader, VALUE)
  let room = load<i32>(reader, ROOM)
  if (at + 8 <= end) {
    value |= bswap<u64>(load<u64>(at)) >> <u64>room
    const bytes = (63 - room) >> 3
    at += bytes
    room += bytes << 3
  } else {
    for (; room <= 56; room += 8) {
      if (at < end) value |= <u64>load<u8>(at++) << <u64>(56 - room)
      else store<i32>(reader, load<i32>(reader, OVER) + 1, OVER)
    }
  }
  store<u32>(reader, <u32>at, AT)
  store<u64>(reader, value, VALUE)
  store<i32>(reader, room, ROOM)
}

/** The next bool, whose probability of being false is `probability` / 256. */
export function vp8Bit(reader: usize, probability: i32): i32 {
  if (load<i32>(reader, ROOM) < 16) vp8Refill(reader)
  const range = load<i32>(reader, RANGE)
  let left = ((range * probability) >> 8) + 1
  let value = load<u64>(reader, VALUE)
  const bound = <u64>left << 56
  let bit = 0
  if (value >= bound) {
    value -= bound
    left = range + 1 - left
    bit = 1
  }
  const shift = clz(left) - 24
  store<i32>(reader, (left << shift) - 1, RANGE)
  store<u64>(reader, value << <u64>shift, VALUE)
  store<i32>(reader, load<i32>(reader, ROOM) - shift, ROOM)
  return bit
}

/** An unsigned number of `count` bits, most significant first. */
export function vp8Value(reader: usize, count: i32): i32 {
  let number = 0
  while (count-- > 0) number = (number << 1) | vp8Bit(reader, 128)
  return number
}

/** A number of `count` bits with its sign behind it. */
export function vp8Signed(reader: usize, count: i32): i32 {
  const number = vp8Value(reader, count)
  return vp8Bit(reader, 128) ? -number : number
}

/** As `vp8Signed` where a flag before it is set, else 0. */
export function vp8Optional(reader: usize, count: i32): i32 {
  return vp8Bit(reader, 128) ? vp8Signed(reader, count) : 0
}
