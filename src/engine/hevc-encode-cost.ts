// What bins cost, in 1/256 bit, by the contexts as they are when a coding tree unit begins.

import { STATES } from './hevc-encode-cabac'
import { CONTEXTS, LAST_X, LAST_Y, SIGNIFICANT, patternOf, smallPattern } from './hevc-encode-tables'

/** One bit. */
export const BIT: u32 = 256

/** Costs of 0 and 1 (u16 each) by state and most probable symbol. */
const stateCosts = memory.data(128 * 4, 16)
/** The same by context. */
const costs = memory.data(128 * 4, 16)
/** Costs of a last position's prefix: 16 × u16 for each of x and y, 4 sizes of luma, 3 of chroma. */
const lastCosts = memory.data(14 * 32, 16)

/**
 * Costs of sig_coeff_flag in a group, in the order of the scan: 16 × u16 for 0, 16 for 1. A row for each kind of
 * group, made when it is first asked for.
 */
const flagCosts = memory.data(54 * 64, 16)
const flagsKnown = memory.data(64, 16)
/** 16 lanes of u16: all ones in the first n. */
const firstLanes = memory.data(17 * 32, 16)

/** Fills what never changes. */
export function costsStart(): void {
  for (let n: u32 = 0; n <= 16; n++) {
    for (let i: u32 = 0; i < 16; i++) store<u16>(firstLanes + (n << 5) + (i << 1), i < n ? 0xffff : 0)
  }
  const decay = NativeMath.pow(0.01875 / 0.5, 1.0 / 63.0)
  for (let state = 0; state < 64; state++) {
    const least = 0.5 * NativeMath.pow(decay, <f64>state)
    const rare = <u32>(-NativeMath.log2(least) * 256 + 0.5)
    const usual = <u32>(-NativeMath.log2(1 - least) * 256 + 0.5)
    store<u32>(stateCosts + (state << 3), usual | (rare << 16))
    store<u32>(stateCosts + (state << 3), rare | (usual << 16), 4)
  }
}

/** Takes the contexts' states. */
export function costsFit(): void {
  memory.fill(flagsKnown, 0, 64)
  for (let i: u32 = 0; i < CONTEXTS; i++) {
    store<u32>(costs + (i << 2), load<u32>(stateCosts + (<u32>load<u8>(STATES + i) << 2)))
  }
  let at = lastCosts
  for (let axis = 0; axis < 2; axis++) {
    const first = axis == 0 ? LAST_X : LAST_Y
    for (let log2: u32 = 2; log2 < 6; log2++, at += 32) {
      fitLast(at, log2, first + 3 * (log2 - 2) + ((log2 - 1) >> 2), (log2 + 1) >> 2)
    }
    for (let log2: u32 = 2; log2 < 5; log2++, at += 32) fitLast(at, log2, first + 15, log2 - 2)
  }
}

function fitLast(at: usize, log2: u32, first: u32, shift: u32): void {
  const most = (log2 << 1) - 1
  let sum: u32 = 0
  for (let prefix: u32 = 0; prefix <= most; prefix++) {
    const context = first + (prefix >> shift)
    const suffix = prefix > 3 ? ((prefix >> 1) - 1) * BIT : 0
    store<u16>(at + (prefix << 1), sum + (prefix < most ? cost(0, context) : 0) + suffix)
    if (prefix < most) sum += cost(1, context)
  }
}

// @ts-ignore: decorator
@inline
export function cost(bin: u32, context: u32): u32 {
  return <u32>load<u16>(costs + (context << 2) + (bin << 1))
}

/** Cost of a last position whose prefix groups are `x` and `y`. */
export function lastCost(log2: u32, chroma: u32, x: u32, y: u32): u32 {
  const row = lastCosts + ((log2 - 2 + chroma * 4) << 5)
  return <u32>load<u16>(row + (x << 1)) + <u32>load<u16>(row + 7 * 32 + (y << 1))
}

/** Where the contexts of a group's significance begin. */
// @ts-ignore: decorator
@inline
export function significanceOf(log2: u32, chroma: u32, scan: u32, group: u32): u32 {
  if (log2 == 2) return SIGNIFICANT + chroma * 27
  if (chroma) return SIGNIFICANT + 27 + (log2 == 3 ? 9 : 12)
  return SIGNIFICANT + (group > 0 ? 3 : 0) + (log2 == 3 ? (scan == 0 ? 9 : 15) : 21)
}

/** The row of flagCosts of a group. */
// @ts-ignore: decorator
@inline
export function flagRow(log2: u32, chroma: u32, scan: u32, group: u32, pattern: u32): usize {
  // Blocks of 4 (6 kinds), luma of 8 (3 scans), of 16 and 32, chroma of 8, of 16 and 32: 8 kinds each.
  const kind =
    log2 == 2
      ? chroma * 3 + scan
      : 6 + (((chroma ? (log2 == 3 ? 4 : 5) : log2 == 3 ? scan : 3) << 3) | (group > 0 ? 4 : 0) | pattern)
  const row = flagCosts + (kind << 6)
  if (!load<u8>(flagsKnown + kind)) makeFlagRow(kind, row, log2, chroma, scan, group, pattern)
  return row
}

function makeFlagRow(kind: u32, row: usize, log2: u32, chroma: u32, scan: u32, group: u32, pattern: u32): void {
  store<u8>(flagsKnown + kind, 1)
  const contexts = log2 == 2 ? smallPattern(scan) : patternOf(scan, pattern)
  const base = significanceOf(log2, chroma, scan, group)
  for (let n: u32 = 0; n < 16; n++) {
    const context = n == 0 && group == 0 ? SIGNIFICANT + chroma * 27 : base + load<u8>(contexts + n)
    store<u16>(row + (n << 1), cost(0, context))
    store<u16>(row + (n << 1), cost(1, context), 32)
  }
}

/** Sum of the flags' costs of a group's first `count` levels, i16 at `group`. */
// @ts-ignore: decorator
@inline
export function flagsCost(row: usize, group: usize, count: u32): u32 {
  const zero = i16x8.splat(0)
  const a = v128.bitselect(v128.load(row), v128.load(row, 32), i16x8.eq(v128.load(group), zero))
  const b = v128.bitselect(v128.load(row, 16), v128.load(row, 48), i16x8.eq(v128.load(group, 16), zero))
  return sumOf(a, b, count)
}

/** The same of those alone that are 0. */
// @ts-ignore: decorator
@inline
export function flagsOfNone(row: usize, group: usize, count: u32): u32 {
  const zero = i16x8.splat(0)
  const a = v128.and(v128.load(row), i16x8.eq(v128.load(group), zero))
  const b = v128.and(v128.load(row, 16), i16x8.eq(v128.load(group, 16), zero))
  return sumOf(a, b, count)
}

// @ts-ignore: decorator
@inline
function sumOf(a: v128, b: v128, count: u32): u32 {
  const lanes = firstLanes + (count << 5)
  const sum = i32x4.extadd_pairwise_i16x8_u(i16x8.add(v128.and(a, v128.load(lanes)), v128.and(b, v128.load(lanes, 16))))
  const half = i32x4.add(sum, v128.shuffle<u64>(sum, sum, 1, 0))
  return i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1)
}
