// Levels of a transform block, in the order of their scan: counted and written
// (ITU-T H.265, 7.3.8.11 and 9.3.4.2.4 to 9.3.4.2.7).

import { putBin, putBypass } from './hevc-encode-cabac'
import { BIT, cost, flagRow, flagsCost, lastCost, significanceOf } from './hevc-encode-cost'
import {
  GREATER1,
  GREATER2,
  GROUP,
  LAST_X,
  LAST_Y,
  POSITIONS,
  SIGNIFICANT,
  groupsOf,
  patternOf,
  smallPattern,
} from './hevc-encode-tables'

/** Bit x + 8 y: whether the group to the right of, or below the group there has levels. */
let codedRight: u64 = 0
let codedBelow: u64 = 0
/** Magnitudes of a group's levels, in the order in which they are coded. */
const magnitudes = memory.data(32)

/** The scan of a block (7.4.9.11): 0 diagonal, 1 horizontal, 2 vertical. */
export function scanOf(log2: u32, chroma: u32, mode: u32): u32 {
  if (log2 > 3 - chroma) return 0
  if (mode >= 6 && mode <= 14) return 2
  return mode >= 22 && mode <= 30 ? 1 : 0
}

// @ts-ignore: decorator
@inline
export function maskOf(group: usize): u32 {
  const zero = i16x8.splat(0)
  return (
    i16x8.bitmask(i16x8.ne(v128.load(group), zero)) | (i16x8.bitmask(i16x8.ne(v128.load(group, 16), zero)) << 8)
  )
}

/** The group of positions to which a coordinate belongs (table 9-53's prefix). */
export function prefixOf(position: u32): u32 {
  if (position < 4) return position
  const log2 = 31 - clz(position)
  return (log2 << 1) | ((position >> (log2 - 1)) & 1)
}

export function forgetGroups(): void {
  codedRight = 0
  codedBelow = 0
}

/** Which neighbours of a group have levels: 1 to the right, 2 below. */
// @ts-ignore: decorator
@inline
export function neighbours(place: u32): u32 {
  return <u32>((codedRight >> place) & 1) | (<u32>((codedBelow >> place) & 1) << 1)
}

// @ts-ignore: decorator
@inline
export function rememberGroup(place: u32): void {
  const bit = <u64>1 << place
  codedRight |= (bit >> 1) & 0x7f7f7f7f7f7f7f7f
  codedBelow |= bit >> 8
}

/** Cost of a block's levels up to the group `last`, in 1/256 bit. */
export function countLevels(levels: usize, last: i32, log2: u32, chroma: u32, scan: u32): u32 {
  const order = groupsOf(log2, scan)
  const positions = POSITIONS + (scan << 4)
  let bits: u32 = 0
  let greater: u32 = 1
  forgetGroups()
  for (let g = last; g >= 0; g--) {
    const group = levels + (<usize>g << 5)
    const mask = maskOf(group)
    const place = <u32>load<u8>(order + g)
    let pattern: u32 = 0
    if (log2 > 2) {
      pattern = neighbours(place)
      if (g < last && g > 0) {
        bits += cost(mask != 0 ? 1 : 0, GROUP + (pattern != 0 ? 1 : 0) + (chroma << 1))
      }
      if (mask == 0 && g > 0) continue
      rememberGroup(place)
    }
    let position: i32 = 15
    if (g == last) {
      position = 31 - <i32>clz(mask)
      const inner = <u32>load<u8>(positions + position)
      const x = ((place & 7) << 2) | (inner & 3)
      const y = ((place >> 3) << 2) | (inner >> 2)
      bits += scan == 2 ? lastCost(log2, chroma, prefixOf(y), prefixOf(x)) : lastCost(log2, chroma, prefixOf(x), prefixOf(y))
      position--
    }
    const row = flagRow(log2, chroma, scan, g, pattern)
    bits += flagsCost(row, group, position + 1)
    // Where the others of a group are 0, its first must be there.
    if (mask == 1 && g > 0 && g < last) bits -= load<u16>(row, 32)
    if (mask == 0) continue
    // Magnitudes and signs.
    const set: u32 = (g > 0 && chroma == 0 ? 2 : 0) + (greater == 0 ? 1 : 0)
    const first = GREATER1 + (chroma << 4) + (set << 2)
    greater = 1
    let rice: u32 = 0
    let seen: u32 = 0
    let second: u32 = 1
    for (let left = mask; left != 0; seen++) {
      const n = 31 - clz(left)
      left ^= 1 << n
      const magnitude = <u32>abs(<i32>load<i16>(group + (n << 1)))
      bits += BIT
      let base: u32 = 1
      if (seen < 8) {
        bits += cost(magnitude > 1 ? 1 : 0, first + greater)
        base = 2 + second
        if (magnitude > 1) {
          greater = 0
          if (second) bits += cost(magnitude > 2 ? 1 : 0, GREATER2 + (chroma << 2) + set)
          second = 0
        } else if (greater > 0 && greater < 3) {
          greater++
        }
      }
      if (magnitude >= base) {
        const rest = magnitude - base
        bits += remainderBits(rest, rice) * BIT
        if (magnitude > 3 << rice && rice < 4) rice++
      }
    }
  }
  return bits
}

/** Bits of coeff_abs_level_remaining (9.3.3.11). */
export function remainderBits(rest: u32, rice: u32): u32 {
  const prefix = rest >> rice
  if (prefix < 3) return prefix + 1 + rice
  const log2: u32 = 31 - clz(prefix - 2)
  return 3 + log2 + 1 + log2 + rice
}

function putRemainder(rest: u32, rice: u32): void {
  const prefix = rest >> rice
  if (prefix < 3) {
    putBypass((1 << (prefix + 1)) - 2, prefix + 1)
    putBypass(rest & ((1 << rice) - 1), rice)
    return
  }
  const log2: u32 = 31 - clz(prefix - 2)
  putBypass((1 << (log2 + 4)) - 2, log2 + 4)
  putBypass(rest - ((2 + (1 << log2)) << rice), log2 + rice)
}

/** Writes a prefix of last_sig_coeff_x or _y. */
function putLast(prefix: u32, log2: u32, chroma: u32, axis: u32): void {
  const first = axis + (chroma ? 15 : 3 * (log2 - 2) + ((log2 - 1) >> 2))
  const shift = chroma ? log2 - 2 : (log2 + 1) >> 2
  for (let i: u32 = 0; i < prefix; i++) putBin(1, first + (i >> shift))
  if (prefix < (log2 << 1) - 1) putBin(0, first + (prefix >> shift))
}

function putSuffix(position: u32, prefix: u32): void {
  if (prefix < 4) return
  const bits = (prefix >> 1) - 1
  putBypass(position & ((1 << bits) - 1), bits)
}

/** Writes a block's levels up to the group `last`: residual_coding(). */
export function putLevels(levels: usize, last: i32, log2: u32, chroma: u32, scan: u32): void {
  const order = groupsOf(log2, scan)
  const positions = POSITIONS + (scan << 4)
  let greater: u32 = 1
  forgetGroups()
  for (let g = last; g >= 0; g--) {
    const group = levels + (<usize>g << 5)
    const mask = maskOf(group)
    const place = <u32>load<u8>(order + g)
    const pattern = neighbours(place)
    let position: i32 = 15
    if (g == last) {
      position = 31 - <i32>clz(mask)
      const inner = <u32>load<u8>(positions + position)
      let x = ((place & 7) << 2) | (inner & 3)
      let y = ((place >> 3) << 2) | (inner >> 2)
      if (scan == 2) {
        const swap = x
        x = y
        y = swap
      }
      putLast(prefixOf(x), log2, chroma, LAST_X)
      putLast(prefixOf(y), log2, chroma, LAST_Y)
      putSuffix(x, prefixOf(x))
      putSuffix(y, prefixOf(y))
      position--
    } else if (g > 0) {
      putBin(mask != 0 ? 1 : 0, GROUP + (pattern != 0 ? 1 : 0) + (chroma << 1))
    }
    if (mask == 0 && g > 0) continue
    rememberGroup(place)
    const contexts = log2 == 2 ? smallPattern(scan) : patternOf(scan, pattern)
    const base = significanceOf(log2, chroma, scan, g)
    for (; position > 0; position--) putBin((mask >> position) & 1, base + load<u8>(contexts + position))
    if (position == 0) {
      if (g == 0) putBin(mask & 1, SIGNIFICANT + chroma * 27)
      else if (g == last || mask != 1) putBin(mask & 1, base + load<u8>(contexts))
    }
    if (mask == 0) continue
    const set: u32 = (g > 0 && chroma == 0 ? 2 : 0) + (greater == 0 ? 1 : 0)
    const first = GREATER1 + (chroma << 4) + (set << 2)
    greater = 1
    let count: u32 = 0
    let signs: u32 = 0
    let firstLarge: i32 = -1
    for (let left = mask; left != 0; count++) {
      const n = 31 - clz(left)
      left ^= 1 << n
      const level = <i32>load<i16>(group + (n << 1))
      const magnitude = <u32>abs(level)
      signs = (signs << 1) | (level < 0 ? 1 : 0)
      store<u16>(magnitudes + (count << 1), magnitude)
      if (count >= 8) continue
      putBin(magnitude > 1 ? 1 : 0, first + greater)
      if (magnitude > 1) {
        greater = 0
        if (firstLarge < 0) firstLarge = count
      } else if (greater > 0 && greater < 3) {
        greater++
      }
    }
    if (firstLarge >= 0) {
      putBin(load<u16>(magnitudes + (<usize>firstLarge << 1)) > 2 ? 1 : 0, GREATER2 + (chroma << 2) + set)
    }
    putBypass(signs, count)
    let rice: u32 = 0
    for (let i: u32 = 0; i < count; i++) {
      const magnitude = <u32>load<u16>(magnitudes + (i << 1))
      const base: u32 = i >= 8 ? 1 : firstLarge < 0 || <i32>i <= firstLarge ? 3 : 2
      if (magnitude >= base) {
        putRemainder(magnitude - base, rice)
        if (magnitude > 3 << rice && rice < 4) rice++
      }
    }
  }
}
