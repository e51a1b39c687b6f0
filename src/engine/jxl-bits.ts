// Bits of JPEG XL codestreams (ISO/IEC 18181-1:2024 §B.2): least significant bit first. Zeros stand behind the end of a
// section; that more was read than there is, is seen when it has been read.
import { CORRUPT, fail, TRUNCATED } from './jxl-fault'

let buffer: u64 = 0
/** Bits in the buffer. */
let held: i32 = 0
let next: usize = 0
let end: usize = 0
/** Bytes of zeros that were taken from behind the end. */
let beyond: i32 = 0

/** Starts to read a section. */
export function bitsOpen(from: usize, to: usize): void {
  buffer = 0
  held = 0
  next = from
  end = to
  beyond = 0
}

/** Bytes of a saved reader. */
export const BITS_BYTES: usize = 32

/** Keeps the reader's place, to go on with another section. */
export function bitsSave(to: usize): void {
  store<u64>(to, buffer)
  store<i32>(to, held, 8)
  store<i32>(to, beyond, 12)
  store<usize>(to, next, 16)
  store<usize>(to, end, 20)
}

export function bitsRestore(from: usize): void {
  buffer = load<u64>(from)
  held = load<i32>(from, 8)
  beyond = load<i32>(from, 12)
  next = load<usize>(from, 16)
  end = load<usize>(from, 20)
}

/** Fills the buffer up to at least 56 bits. */
// @ts-ignore: decorator
@inline
export function refill(): void {
  if (next + 8 <= end) {
    buffer |= load<u64>(next) << <u64>held
    next += <usize>((63 - held) >> 3)
    held |= 56
  } else refillAtEnd()
}

function refillAtEnd(): void {
  while (held <= 56) {
    if (next < end) buffer |= <u64>load<u8>(next++) << <u64>held
    else beyond++
    held += 8
  }
}

/** At least 56 bits must be held: the next ones. */
// @ts-ignore: decorator
@inline
export function look(): u32 {
  return <u32>buffer
}

/** Drops bits that are held. */
// @ts-ignore: decorator
@inline
export function drop(count: i32): void {
  buffer >>= <u64>count
  held -= count
}

/** The next bits, at most 32. */
// @ts-ignore: decorator
@inline
export function bits(count: i32): u32 {
  if (held < count) refill()
  const value = <u32>(buffer & (((<u64>1) << <u64>count) - 1))
  buffer >>= <u64>count
  held -= count
  return value
}

export function flag(): bool {
  return bits(1) != 0
}

/** Whether more was read than the section has. */
export function bitsOver(): bool {
  return beyond << 3 > held
}

/** Keeps the fault of a section that was too short. Returns whether it was long enough. */
export function bitsChecked(): bool {
  return !bitsOver() || fail(TRUNCATED)
}

/** Goes on at the next whole byte; the bits that are left out must be zero. */
export function alignToByte(): void {
  const rest = held & 7
  if (bits(rest) != 0) fail(CORRUPT)
}

/** The byte that comes next, at a byte's beginning. */
export function bitsAt(): usize {
  return next + <usize>beyond - <usize>(held >> 3)
}

/** U32 of the specification: four ways, each an offset and a number of bits. */
export function u32Of(o0: u32, b0: i32, o1: u32, b1: i32, o2: u32, b2: i32, o3: u32, b3: i32): u32 {
  const way = bits(2)
  if (way == 0) return o0 + bits(b0)
  if (way == 1) return o1 + bits(b1)
  if (way == 2) return o2 + bits(b2)
  return o3 + bits(b3)
}

/** U64 of the specification. */
export function u64Of(): u64 {
  const way = bits(2)
  if (way == 0) return 0
  if (way == 1) return 1 + bits(4)
  if (way == 2) return 17 + bits(8)
  let value: u64 = bits(12)
  for (let shift: u64 = 12; flag(); shift += 8) {
    if (shift == 60) return value | ((<u64>bits(4)) << 60)
    value |= (<u64>bits(8)) << shift
  }
  return value
}

/** F16 of the specification; infinities and what is no number are faults. */
export function f16(): f32 {
  const value = bits(16)
  const exponent = <i32>((value >> 10) & 31)
  const mantissa = <f32>(value & 1023)
  if (exponent == 31) {
    fail(CORRUPT)
    return 0
  }
  const size: f32 =
    exponent == 0 ? mantissa / 16777216.0 : (1 + mantissa / 1024.0) * reinterpret<f32>(<u32>(exponent + 112) << 23)
  return value >> 15 ? -size : size
}

/** A number whose sign is in its lowest bit. */
// @ts-ignore: decorator
@inline
export function signed(value: u32): i32 {
  return <i32>(value >> 1) ^ -(<i32>(value & 1))
}
