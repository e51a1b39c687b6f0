// VP8's boolean entropy coder (RFC 6386, section 7), and the coding of coefficients with it (13).

import { BANDS, CATEGORY_BITS } from './vp8-encode-tables'

/** Number of probabilities: type 4 × band 8 × context 3 × node 11. */
export const PROBABILITIES: i32 = 4 * 8 * 3 * 11
export const probabilities = memory.data(PROBABILITIES, 16)

let range: u32 = 255
/**
 * The interval's lower end: `shifted` + 8 bits that aren't written yet, the range in the lowest 8, and a
 * carry above them all.
 */
let bottom: u64 = 0
let shifted: i32 = 0
let out: usize = 0
let start: usize = 0

/** Booleans waiting to be coded, u16: probability of 0 << 1 | value. A block has at most 16 × 23. */
const tokens = memory.data(2 * 512, 16)

/** Starts a partition that is written at `pointer`. */
export function boolStart(pointer: usize): void {
  range = 255
  bottom = 0
  shifted = 0
  out = pointer
  start = pointer
}

/** Bytes written so far. */
export function boolBytes(): i32 {
  return <i32>(out - start)
}

/** Bytes that no carry can reach any more: those before the last that isn't 0xff. */
export function boolFinal(): i32 {
  let at = out - 1
  while (at > start && load<u8>(at) == 0xff) at--
  return max(<i32>(at - start), 0)
}

/** Forgets the first `bytes` bytes, which were handed out. */
export function boolDrop(bytes: i32): void {
  memory.copy(start, start + bytes, out - start - bytes)
  out -= bytes
}

/** Adds a carry to what was written. */
function carry(): void {
  let at = out - 1
  while (load<u8>(at) == 0xff) store<u8>(at--, 0)
  store<u8>(at, load<u8>(at) + 1)
}

/** Codes the booleans from `tokens` to `end`. */
function code(end: usize): void {
  let width = range
  let low = bottom
  let bits = shifted
  for (let at = tokens; at < end; at += 2) {
    const token = <u32>load<u16>(at)
    const split = 1 + (((width - 1) * (token >> 1)) >> 8)
    // Without a branch, for what is coded is by its nature hard to guess.
    const one = 0 - (token & 1)
    low += split & one
    width = split + ((width - 2 * split) & one)
    const shift = <i32>clz(width) - 24
    width <<= shift
    low <<= shift
    bits += shift
    if (bits >= 32) {
      const rest = bits - 24
      const word = low >> rest
      if (word >> 32) carry()
      store<u32>(out, bswap<u32>(<u32>word))
      out += 4
      low &= (<u64>1 << rest) - 1
      bits -= 32
    }
  }
  range = width
  bottom = low
  shifted = bits
}

/** Appends a boolean to the tokens at `at`. */
function token(at: usize, bit: u32, probability: u32): usize {
  store<u16>(at, (probability << 1) | bit)
  return at + 2
}

/** Codes one boolean whose probability of being 0 is `probability` / 256. */
export function putBool(bit: u32, probability: u32): void {
  code(token(tokens, bit, probability))
}

/** Codes `bits` bits of `value`, most significant first, each as likely 0 as 1. */
export function putBits(value: u32, bits: i32): void {
  for (let bit = bits - 1; bit >= 0; bit--) putBool((value >> bit) & 1, 128)
}

/** Ends the partition: what is left is pushed out by zeros. */
export function boolEnd(): void {
  putBits(0, 32)
  for (let bits = shifted + 8; bits >= 8; bits -= 8) {
    const byte = <u32>(bottom >> (bits - 8))
    if (byte >> 8) carry()
    store<u8>(out++, byte)
    bottom &= (<u64>1 << (bits - 8)) - 1
  }
}

/** Probabilities of `type`, a position and a context. */
function nodes(type: u32, position: i32, context: u32): usize {
  return probabilities + ((type << 3) + load<u8>(BANDS + position)) * 33 + context * 11
}

/** Magnitudes from 11 in categories 3 to 6 of 3, 4, 5 and 11 extra bits. */
function categoryTokens(at: usize, level: u32, node: usize): usize {
  let category: u32 = 0
  let bits = 3
  if (level >= 67) {
    category = 3
    bits = 11
  } else if (level >= 35) {
    category = 2
    bits = 5
  } else if (level >= 19) {
    category = 1
    bits = 4
  }
  at = token(at, category >> 1, load<u8>(node, 8))
  at = token(at, category & 1, load<u8>(node + 9 + (category >> 1)))
  const rest = level - (3 + (8 << category))
  let extra = CATEGORY_BITS + category * 12
  for (let bit = bits - 1; bit >= 0; bit--) at = token(at, (rest >> bit) & 1, load<u8>(extra++))
  return at
}

/** A magnitude above 1; `node` are its position's probabilities. */
function largeTokens(at: usize, level: u32, node: usize): usize {
  if (level <= 4) {
    at = token(at, 0, load<u8>(node, 3))
    if (level == 2) return token(at, 0, load<u8>(node, 4))
    at = token(at, 1, load<u8>(node, 4))
    return token(at, level - 3, load<u8>(node, 5))
  }
  at = token(at, 1, load<u8>(node, 3))
  if (level > 10) return categoryTokens(token(at, 1, load<u8>(node, 6)), level, node)
  at = token(at, 0, load<u8>(node, 6))
  if (level <= 6) {
    at = token(at, 0, load<u8>(node, 7))
    return token(at, level - 5, 159)
  }
  at = token(at, 1, load<u8>(node, 7))
  at = token(at, level >= 9 ? 1 : 0, 165)
  return token(at, (level & 1) ^ 1, 145)
}

/** Codes a block's levels (zigzag order, i16) from `first` to `last`, -1 for none. */
export function putBlock(levels: usize, first: i32, last: i32, type: u32, context: u32): void {
  let node = nodes(type, first, context)
  let at = token(tokens, last < first ? 0 : 1, load<u8>(node))
  let n = first
  while (n <= last) {
    const value = <i32>load<i16>(levels + (n << 1))
    n++
    if (value == 0) {
      at = token(at, 0, load<u8>(node, 1))
      node = nodes(type, n, 0)
      continue
    }
    at = token(at, 1, load<u8>(node, 1))
    const level = <u32>abs(value)
    at = token(at, level > 1 ? 1 : 0, load<u8>(node, 2))
    if (level > 1) at = largeTokens(at, level, node)
    at = token(at, value < 0 ? 1 : 0, 128)
    if (n == 16) break
    node = nodes(type, n, level == 1 ? 1 : 2)
    at = token(at, n <= last ? 1 : 0, load<u8>(node))
  }
  code(at)
}
