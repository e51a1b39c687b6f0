// Which levels are worth their bits: each is the nearest one, the one below it, or none; groups and what
// stands behind the last level may go as a whole. Errors are squares of 1/256 steps.

import { BIT, cost, flagRow, flagsOfNone, lastCost } from './hevc-encode-cost'
import { MAGNITUDES } from './hevc-encode-levels'
import {
  forgetGroups,
  maskOf,
  neighbours,
  prefixOf,
  remainderBits,
  rememberGroup,
} from './hevc-encode-residual'
import { GREATER1, GREATER2, GROUP, POSITIONS, groupsOf } from './hevc-encode-tables'

/** What 1/256 bit is worth: λ over a step's square is the same for all quantisers. */
const WORTH: i64 = 23

/** By place in the scan: what the chosen level costs more than none, and what its flag of significance costs. */
const surplus = memory.data(4096, 16)
const flags = memory.data(2048, 16)

/** Of the group at hand: bins so far, and how they are coded. */
let seen: u32 = 0
let greater: u32 = 1
let second: u32 = 1
let rice: u32 = 0
let greater1: u32 = 0
let greater2: u32 = 0

/** Bits of a level's magnitude and sign. */
function levelBits(level: u32): u32 {
  let bits = BIT
  let base: u32 = 1
  if (seen < 8) {
    bits += cost(level > 1 ? 1 : 0, greater1 + greater)
    if (level > 1 && second) bits += cost(level > 2 ? 1 : 0, greater2)
    base = 2 + second
  }
  return level < base ? bits : bits + remainderBits(level - base, rice) * BIT
}

/** Goes on behind a level. */
function follow(level: u32): void {
  let base: u32 = 1
  if (seen++ < 8) {
    base = 2 + second
    if (level > 1) {
      greater = 0
      second = 0
    } else if (greater > 0 && greater < 3) {
      greater++
    }
  }
  if (level >= base && level > 3 << rice && rice < 4) rice++
}

/**
 * Notes of each of a group's first `count` places what it costs that there is no level; returns the sum of what it
 * costs where there is none.
 */
function assumeNone(row: usize, group: usize, first: usize, count: u32): u32 {
  const worth = i16x8.splat(<i16>WORTH)
  const to = surplus + (first << 2)
  const a = v128.load(row)
  const b = v128.load(row, 16)
  v128.store(flags + (first << 1), a)
  v128.store(flags + (first << 1), b, 16)
  v128.store(to, i32x4.extmul_low_i16x8_u(a, worth))
  v128.store(to, i32x4.extmul_high_i16x8_u(a, worth), 16)
  v128.store(to, i32x4.extmul_low_i16x8_u(b, worth), 32)
  v128.store(to, i32x4.extmul_high_i16x8_u(b, worth), 48)
  return flagsOfNone(row, group, count)
}

// @ts-ignore: decorator
@inline
function squareOf(error: i32): i64 {
  return <i64>error * error
}

/** Chooses the levels at `levels`, the nearest ones up to group `last`. Returns the last group with any, or -1. */
export function chooseLevels(levels: usize, last: i32, log2: u32, chroma: u32, scan: u32): i32 {
  const order = groupsOf(log2, scan)
  let total: i64 = 0
  let set: u32 = 1
  forgetGroups()
  greater = 1
  for (let g = last; g >= 0; g--) {
    const group = levels + (<usize>g << 5)
    const first = <usize>g << 4
    const place = <u32>load<u8>(order + g)
    const pattern = neighbours(place)
    const inner = g > 0 && g < last
    const mask = maskOf(group)
    if (mask == 0 && inner) {
      const empty = cost(0, GROUP + (pattern != 0 ? 1 : 0) + (chroma << 1))
      total += WORTH * empty
      continue
    }
    const row = flagRow(log2, chroma, scan, g, pattern)
    const before = greater
    set = (g > 0 && chroma == 0 ? 2 : 0) + (greater == 0 ? 1 : 0)
    greater1 = GREATER1 + (chroma << 4) + (set << 2)
    greater2 = GREATER2 + (chroma << 2) + set
    greater = 1
    second = 1
    seen = 0
    rice = 0
    const top: i32 = g == last ? 31 - clz(mask) : 15
    let spent: i64 = WORTH * assumeNone(row, group, first, top + 1)
    for (let left = mask; left != 0; ) {
      const n = 31 - <i32>clz(left)
      left ^= 1 << n
      const at = first + n
      // The last level has no flag; nor has the only one of a group, at its end.
      const ends = g == last && n == top
      const free = ends || (n == 0 && inner && seen == 0)
      const present: u32 = free ? 0 : load<u16>(row + (n << 1), 32)
      const absent: u32 = free ? 0 : load<u16>(row + (n << 1))
      const magnitude = load<i32>(MAGNITUDES + (at << 2))
      let level = <u32>load<u16>(group + (n << 1))
      let best = squareOf(magnitude - (level << 8)) + WORTH * (present + levelBits(level))
      const lower = level - 1
      if (lower > 0) {
        const other = squareOf(magnitude - (lower << 8)) + WORTH * (present + levelBits(lower))
        if (other < best) {
          best = other
          level = lower
        }
      }
      const none = squareOf(min(magnitude, 32767))
      if (level < 3 && !ends && none + WORTH * absent < best) {
        store<u16>(group + (n << 1), 0)
        if (free) store<i32>(surplus + (at << 2), 0)
        else spent += WORTH * absent
        continue
      }
      store<u16>(group + (n << 1), level)
      best -= none
      spent += best
      store<i32>(surplus + (at << 2), <i32>max(best, -0x7fffffff))
      store<u16>(flags + (at << 1), present)
      follow(level)
    }
    if (inner) {
      const flag = GROUP + (pattern != 0 ? 1 : 0) + (chroma << 1)
      const filled = WORTH * cost(1, flag)
      const empty = WORTH * cost(0, flag)
      if (seen == 0 || empty <= spent + filled) {
        v128.store(group, i64x2.splat(0))
        v128.store(group, i64x2.splat(0), 16)
        total += empty
        greater = before
        continue
      }
      spent += filled
    } else if (seen == 0) {
      greater = before
    }
    total += spent
    if (seen > 0) rememberGroup(place)
  }
  return chooseLast(levels, last, log2, chroma, scan, total)
}

/** Where the levels had best end, given what they cost all together. */
function chooseLast(levels: usize, last: i32, log2: u32, chroma: u32, scan: u32, total: i64): i32 {
  const order = groupsOf(log2, scan)
  const positions = POSITIONS + (scan << 4)
  let least = i64.MAX_VALUE
  let bestGroup = -1
  let bestPlace = 0
  let found = false
  for (let g = last; g >= 0 && !found; g--) {
    const group = levels + (<usize>g << 5)
    const mask = maskOf(group)
    // Its own flag is passed over here: it is a fraction of a bit.
    if (mask == 0) continue
    const place = <u32>load<u8>(order + g)
    const top = g == last ? 31 - <i32>clz(mask) : 15
    for (let n = top; n >= 0; n--) {
      const at = (<usize>g << 4) + n
      const level = <u32>load<u16>(group + (n << 1))
      if (level > 0) {
        const inner = <u32>load<u8>(positions + n)
        const x = prefixOf(((place & 7) << 2) | (inner & 3))
        const y = prefixOf(((place >> 3) << 2) | (inner >> 2))
        const bits = scan == 2 ? lastCost(log2, chroma, y, x) : lastCost(log2, chroma, x, y)
        const here = total + WORTH * (<i64>bits - load<u16>(flags + (at << 1)))
        if (here < least) {
          least = here
          bestGroup = g
          bestPlace = n
        }
        found = level > 1
        if (found) break
      }
      total -= load<i32>(surplus + (at << 2))
    }
  }
  if (bestGroup < 0) return -1
  const group = levels + (<usize>bestGroup << 5)
  for (let n = bestPlace + 1; n < 16; n++) store<u16>(group + (n << 1), 0)
  return bestGroup
}
