// VP8's boolean entropy coder (RFC 6386, section 7), and the coding of coefficients with it (13).

import { BANDS, CATEGORY_BITS } from './vp8-encode-tables'

/** Number of probabilities: type 4 × band 8 × context 3 × node 11. */
export const PROBABILITIES: i32 = 4 * 8 * 3 * 11
export const probabilities = memory.data(PROBABILITIES, 16)

let range: u32 = 255
let bottom: u32 = 0
let count: i32 = -24
let out: usize = 0
let start: usize = 0

/** Starts a partition that is written at `pointer`. */
export function boolStart(pointer: usize): void {
  range = 255
  bottom = 0
  count = -24
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

/** Adds the carry to what was written. */
function carry(): void {
  let at = out - 1
  while (load<u8>(at) == 0xff) store<u8>(at--, 0)
  store<u8>(at, load<u8>(at) + 1)
}

/** Codes one boolean whose probability of being 0 is `probability` / 256. */
export function putBool(bit: u32, probability: u32): void {
  const split = 1 + (((range - 1) * probability) >> 8)
  let value = bottom
  let width = split
  if (bit) {
    value += split
    width = range - split
  }
  let shift = <i32>clz(width) - 24
  width <<= shift
  count += shift
  if (count >= 0) {
    const offset = shift - count
    if ((value << (offset - 1)) & 0x80000000) carry()
    store<u8>(out++, (value >> (24 - offset)) & 0xff)
    value = (value << offset) & 0xffffff
    shift = count
    count -= 8
  }
  bottom = value << shift
  range = width
}

/** Codes `bits` bits of `value`, most significant first, each as likely 0 as 1. */
export function putBits(value: u32, bits: i32): void {
  for (let bit = bits - 1; bit >= 0; bit--) putBool((value >> bit) & 1, 128)
}

/** Ends the partition. */
export function boolEnd(): void {
  for (let i = 0; i < 32; i++) putBool(0, 128)
}

/** Probabilities of `type`, a position and a context. */
function nodes(type: u32, position: i32, context: u32): usize {
  return probabilities + ((type << 3) + load<u8>(BANDS + position)) * 33 + context * 11
}

/** Magnitudes from 11 in categories 3 to 6 of 3, 4, 5 and 11 extra bits. */
function putCategory(level: u32, node: usize): void {
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
  putBool(category >> 1, load<u8>(node, 8))
  putBool(category & 1, load<u8>(node + 9 + (category >> 1)))
  const rest = level - (3 + (8 << category))
  let extra = CATEGORY_BITS + category * 12
  for (let bit = bits - 1; bit >= 0; bit--) putBool((rest >> bit) & 1, load<u8>(extra++))
}

/** Codes a magnitude above 1; `node` are its position's probabilities. */
function putLarge(level: u32, node: usize): void {
  if (level <= 4) {
    putBool(0, load<u8>(node, 3))
    if (level == 2) {
      putBool(0, load<u8>(node, 4))
    } else {
      putBool(1, load<u8>(node, 4))
      putBool(level - 3, load<u8>(node, 5))
    }
    return
  }
  putBool(1, load<u8>(node, 3))
  if (level > 10) {
    putBool(1, load<u8>(node, 6))
    putCategory(level, node)
    return
  }
  putBool(0, load<u8>(node, 6))
  if (level <= 6) {
    putBool(0, load<u8>(node, 7))
    putBool(level - 5, 159)
  } else {
    putBool(1, load<u8>(node, 7))
    putBool(level >= 9 ? 1 : 0, 165)
    putBool((level & 1) ^ 1, 145)
  }
}

/** Codes a block's levels (zigzag order, i16) from `first` to `last`, -1 for none. */
export function putBlock(levels: usize, first: i32, last: i32, type: u32, context: u32): void {
  let node = nodes(type, first, context)
  if (last < first) {
    putBool(0, load<u8>(node))
    return
  }
  putBool(1, load<u8>(node))
  let n = first
  while (true) {
    const value = <i32>load<i16>(levels + (n << 1))
    n++
    if (value == 0) {
      putBool(0, load<u8>(node, 1))
      node = nodes(type, n, 0)
      continue
    }
    putBool(1, load<u8>(node, 1))
    const level = <u32>abs(value)
    if (level == 1) {
      putBool(0, load<u8>(node, 2))
    } else {
      putBool(1, load<u8>(node, 2))
      putLarge(level, node)
    }
    putBool(value < 0 ? 1 : 0, 128)
    if (n == 16) return
    node = nodes(type, n, level == 1 ? 1 : 2)
    if (n > last) {
      putBool(0, load<u8>(node))
      return
    }
    putBool(1, load<u8>(node))
  }
}
