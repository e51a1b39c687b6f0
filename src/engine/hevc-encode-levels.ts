// Coefficients to levels, and to what a decoder makes of them (ITU-T H.265, 8.6.2 and 8.6.3, flat scaling).
// All in the order of the block's scan; levels are then chosen by hevc-encode-choice.ts.

import { CHROMA_QP, groupsOf } from './hevc-encode-tables'
import { COEFFICIENTS } from './hevc-encode-transform'

/** Magnitudes of the scanned coefficients in 1/256 of a step, as i32. */
export const MAGNITUDES = memory.data(4096, 16)
/** The scanned coefficients, whose signs levels take. */
const signs = memory.data(2048, 16)

/** Rows and columns of the block from the first up to the last that have levels. */
export let levelRows: u32 = 0
export let levelColumns: u32 = 0

const SCALES = memory.data<u16>([26214, 23302, 20560, 18396, 16384, 14564])
const STEPS = memory.data<u8>([40, 45, 51, 57, 64, 72])

let lumaQp: u32 = 0
let chromaQp: u32 = 0

/** Prepares for a luma QP of 0 to 51. */
export function quantiserStart(qp: i32): void {
  lumaQp = qp
  chromaQp = qp < 30 ? qp : qp > 43 ? qp - 6 : <i32>load<u8>(CHROMA_QP + qp - 30)
}

/**
 * COEFFICIENTS to MAGNITUDES and, at `levels`, the nearest levels' magnitudes as i16, in groups of 16 in the
 * order of the scan. Returns the last group with a level, or -1.
 */
export function quantise(log2: u32, chroma: u32, scan: u32, levels: usize): i32 {
  const qp = chroma ? chromaQp : lumaQp
  const shift = 13 + qp / 6 - log2
  const scale = i16x8.splat(<i16>load<u16>(SCALES + ((qp % 6) << 1)))
  const groups: u32 = 1 << ((log2 - 2) << 1)
  const order = groupsOf(log2, scan)
  const stride = <usize>2 << log2
  let last = -1
  for (let g: u32 = 0; g < groups; g++, levels += 32) {
    const place = <u32>load<u8>(order + g)
    const at = COEFFICIENTS + <usize>((place >> 3) << 2) * stride + ((place & 7) << 3)
    const upper = v128.load64_lane(at + stride, v128.load64_zero(at), 1)
    const lower = v128.load64_lane(at + 3 * stride, v128.load64_zero(at + 2 * stride), 1)
    let first = upper
    let second = lower
    if (scan == 0) {
      first = v128.shuffle<u16>(upper, lower, 0, 4, 1, 8, 5, 2, 12, 9)
      second = v128.shuffle<u16>(upper, lower, 6, 3, 13, 10, 7, 14, 11, 15)
    } else if (scan == 2) {
      first = v128.shuffle<u16>(upper, lower, 0, 4, 8, 12, 1, 5, 9, 13)
      second = v128.shuffle<u16>(upper, lower, 2, 6, 10, 14, 3, 7, 11, 15)
    }
    v128.store(signs + (g << 5), first)
    v128.store(signs + (g << 5), second, 16)
    const to = MAGNITUDES + (g << 6)
    const a = nearest(first, scale, shift, to)
    const b = nearest(second, scale, shift, to + 32)
    v128.store(levels, a)
    v128.store(levels, b, 16)
    if (v128.any_true(v128.or(a, b))) last = g
  }
  return last
}

/** Magnitudes of 8 coefficients in 1/256 of a step to `to`; returns them rounded to steps. */
// @ts-ignore: decorator
@inline
function nearest(coefficients: v128, scale: v128, shift: i32, to: usize): v128 {
  const magnitude = i16x8.abs(coefficients)
  const low = i32x4.shr_u(i32x4.extmul_low_i16x8_u(magnitude, scale), shift)
  const high = i32x4.shr_u(i32x4.extmul_high_i16x8_u(magnitude, scale), shift)
  v128.store(to, low)
  v128.store(to, high, 16)
  const half = i32x4.splat(128)
  return i16x8.narrow_i32x4_s(i32x4.shr_u(i32x4.add(low, half), 8), i32x4.shr_u(i32x4.add(high, half), 8))
}

/** Gives the levels of the groups up to `last` their signs, and what a decoder sees of them to COEFFICIENTS. */
export function dequantise(log2: u32, chroma: u32, scan: u32, levels: usize, last: i32): void {
  const qp = chroma ? chromaQp : lumaQp
  const step = i16x8.splat(<i16>(<u32>load<u8>(STEPS + (qp % 6)) << (qp / 6)))
  const shift = log2 - 1
  const round = i32x4.splat(1 << (shift - 1))
  const order = groupsOf(log2, scan)
  const stride = <usize>2 << log2
  memory.fill(COEFFICIENTS, 0, stride << log2)
  let rows: u32 = 0
  let columns: u32 = 0
  for (let g: i32 = 0; g <= last; g++, levels += 32) {
    let first = v128.load(levels)
    let second = v128.load(levels, 16)
    if (!v128.any_true(v128.or(first, second))) continue
    const a = i16x8.shr_s(v128.load(signs + (<usize>g << 5)), 15)
    const b = i16x8.shr_s(v128.load(signs + (<usize>g << 5), 16), 15)
    first = i16x8.sub(v128.xor(first, a), a)
    second = i16x8.sub(v128.xor(second, b), b)
    v128.store(levels, first)
    v128.store(levels, second, 16)
    first = scaled(first, step, round, shift)
    second = scaled(second, step, round, shift)
    let upper = first
    let lower = second
    if (scan == 0) {
      upper = v128.shuffle<u16>(first, second, 0, 2, 5, 9, 1, 4, 8, 12)
      lower = v128.shuffle<u16>(first, second, 3, 7, 11, 14, 6, 10, 13, 15)
    } else if (scan == 2) {
      upper = v128.shuffle<u16>(first, second, 0, 4, 8, 12, 1, 5, 9, 13)
      lower = v128.shuffle<u16>(first, second, 2, 6, 10, 14, 3, 7, 11, 15)
    }
    const place = <u32>load<u8>(order + g)
    const x = (place & 7) << 2
    const y = (place >> 3) << 2
    const at = COEFFICIENTS + <usize>y * stride + (x << 1)
    v128.store64_lane(at, upper, 0)
    v128.store64_lane(at + stride, upper, 1)
    v128.store64_lane(at + 2 * stride, lower, 0)
    v128.store64_lane(at + 3 * stride, lower, 1)
    rows = max(rows, y + 4)
    columns = max(columns, x + 4)
  }
  levelRows = rows
  levelColumns = columns
}

// @ts-ignore: decorator
@inline
function scaled(levels: v128, step: v128, round: v128, shift: i32): v128 {
  const low = i32x4.shr_s(i32x4.add(i32x4.extmul_low_i16x8_s(levels, step), round), shift)
  const high = i32x4.shr_s(i32x4.add(i32x4.extmul_high_i16x8_s(levels, step), round), shift)
  return i16x8.narrow_i32x4_s(low, high)
}
