// The plain bits of AV1's headers (AV1 specification, sections 4.10 and 8.1), most significant first.

let at: usize = 0
let end: usize = 0
/** Bits of the byte at `at` that were read. */
let used: i32 = 0
let over: i32 = 0

/** Starts to read the bytes from `from` to `to`. */
export function bitsOpen(from: usize, to: usize): void {
  at = from
  end = to
  used = 0
  over = 0
}

/** Whether more was read than there is; what lies beyond reads as 0. */
export function bitsOver(): bool {
  return over != 0
}

/** The next whole byte's address. */
export function bitsAligned(): usize {
  return used > 0 ? at + 1 : at
}

/** f(1). */
export function flag(): i32 {
  if (at >= end) {
    over = 1
    return 0
  }
  const bit = (<i32>load<u8>(at) >> (7 - used)) & 1
  if (++used == 8) {
    used = 0
    at++
  }
  return bit
}

/** f(n), n up to 32. */
export function bits(count: i32): i32 {
  let value = 0
  while (count-- > 0) value = (value << 1) | flag()
  return value
}

/** su(n): the highest of the bits is the sign. */
export function signedBits(count: i32): i32 {
  const value = bits(count)
  return (value << (32 - count)) >> (32 - count)
}

/** ns(n): one of `count` values in as few bits as possible. */
export function choiceBits(count: i32): i32 {
  const width = 32 - clz(count)
  const short = (1 << width) - count
  const value = bits(width - 1)
  return value < short ? value : (value << 1) - short + flag()
}

/** uvlc(), skipped: no value of a still picture is written so that matters to its samples. */
export function skipVariable(): void {
  let zeros = 0
  while (flag() == 0 && over == 0) zeros++
  if (zeros < 32) bits(zeros)
}
