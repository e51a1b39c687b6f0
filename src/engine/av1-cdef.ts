// The constrained directional enhancement filter (AV1 specification, section 7.15) on 8×8 blocks of luma and what
// belongs to them of chroma. Samples outside the frame are -32768 in the band: as signed numbers below, as unsigned
// ones above all samples, so that neither the largest nor the smallest one is theirs; and too far off to weigh.

import { directionOf, variance } from './av1-cdef-direction'
import { F, sampleAt } from './av1-frame'
import { CDEF_STRENGTHS, H } from './av1-state'

/** Cdef_Directions: rows and columns of the first and of the second tap, by direction; -2 to 9, for turned ones. */
const DIRECTIONS = memory.data<i8>([
  1, 0, 2, 0, 1, 0, 2, -1, -1, 1, -2, 2, 0, 1, -1, 2, 0, 1, 0, 2, 0, 1, 1, 2, 1, 1, 2, 2, 1, 0, 2, 1, 1, 0, 2, 0,
  1, 0, 2, -1, -1, 1, -2, 2, 0, 1, -1, 2,
])
/** Cdef_Uv_Dir of 4:2:2. */
const WIDE_DIRECTIONS = memory.data<u8>([7, 0, 2, 4, 5, 6, 6, 6])

/** Whether the frame has any strength. */
export function cdefAny(): bool {
  if (!H.cdef) return false
  for (let i = 0; i < 32; i += 8) if (load<u64>(CDEF_STRENGTHS + i)) return true
  return false
}

/**
 * Filters rows of luma from the band, and their chroma.
 * @param from the first row, a multiple of 8; to the one behind the last
 * @param y where row `from` of luma goes, rows as far apart as in the band; u and v likewise
 */
export function cdefRows(from: i32, to: i32, y: usize, u: usize, v: usize): void {
  for (let row = from; row < to; row += 8) {
    const skips = F.skips + (row >> 2) * F.unitStride
    const indices = F.cdef + (row >> 6) * F.cdefStride
    for (let col = 0; col < H.miCols; col += 2) {
      const index = <i32>load<u8>(indices + (col >> 4))
      if (index == 255) continue
      const at = skips + col
      if (load<u16>(at) == 0x101 && load<u16>(at + F.unitStride) == 0x101) continue
      block(index, row, col << 2, from, y, u, v)
    }
  }
}

function block(index: i32, row: i32, x: i32, from: i32, y: usize, u: usize, v: usize): void {
  const depth = H.bitDepth - 8
  const strengths = CDEF_STRENGTHS + index
  const primary = <i32>load<u8>(strengths)
  const secondary = <i32>load<u8>(strengths, 8)
  const primaryUv = <i32>load<u8>(strengths, 16)
  const secondaryUv = <i32>load<u8>(strengths, 24)
  if ((primary | secondary | primaryUv | secondaryUv) == 0) return
  const source = sampleAt(0, x, row)
  let direction = 0
  if (primary | primaryUv) direction = directionOf(source, F.strideY, depth)
  if (primary | secondary) {
    // The primary strength follows the variance.
    const spread = variance >> 6
    const more = spread ? min(31 - clz(spread), 12) : 0
    const adjusted = primary && variance ? ((primary << depth) * (4 + more) + 8) >> 4 : 0
    filter(source, F.strideY, y + (row - from) * F.strideY + (x << 1), 8, 8, adjusted, secondary << depth,
      H.cdefDamping + depth, primary ? direction : 0, depth)
  }
  if (H.planes == 1 || (primaryUv | secondaryUv) == 0) return
  const turned = primaryUv == 0 ? 0 : H.subX && !H.subY ? <i32>load<u8>(WIDE_DIRECTIONS + direction) : direction
  for (let plane = 1; plane < 3; plane++) {
    const to = (plane == 1 ? u : v) + ((row - from) >> H.subY) * F.strideUv + (x >> H.subX << 1)
    filter(sampleAt(plane, x >> H.subX, row >> H.subY), F.strideUv, to, 8 >> H.subX, 8 >> H.subY, primaryUv << depth,
      secondaryUv << depth, H.cdefDamping + depth - 1, turned, depth)
  }
}

/** Eight samples: a row of eight, or two of four. */
// @ts-ignore: decorator
@inline
function eight(at: usize, stride: i32, narrow: bool): v128 {
  return narrow ? v128.load64_lane(at + stride, v128.load64_zero(at), 1) : v128.load(at)
}

/** What a neighbour adds: its difference, up to a threshold that falls as the difference grows. */
// @ts-ignore: decorator
@inline
function constrained(sample: v128, x: v128, threshold: v128, shift: i32): v128 {
  const difference = i16x8.sub(sample, x)
  const size = i16x8.abs(difference)
  const held = i16x8.min_u(size, i16x8.sub_sat_u(threshold, i16x8.shr_u(size, shift)))
  const sign = i16x8.shr_s(difference, 15)
  return i16x8.sub(v128.xor(held, sign), sign)
}

// @ts-ignore: decorator
@inline
function place(direction: i32, tap: i32, stride: i32): i32 {
  const at = DIRECTIONS + ((direction + 2) << 2) + (tap << 1)
  return <i32>load<i8>(at) * stride + (<i32>load<i8>(at, 1) << 1)
}

/** The CDEF filter process of a block of a plane. */
function filter(
  from: usize, stride: i32, to: usize, w: i32, h: i32, primary: i32, secondary: i32, damping: i32, direction: i32,
  depth: i32,
): void {
  if ((primary | secondary) == 0) return
  const narrow = w == 4
  const primaryShift = primary ? max(0, damping - (31 - clz(primary))) : 0
  const secondaryShift = secondary ? max(0, damping - (31 - clz(secondary))) : 0
  const strong = i16x8.splat(<i16>primary)
  const weak = i16x8.splat(<i16>secondary)
  const odd = (primary >> depth) & 1
  const first = i16x8.splat(odd ? 3 : 4)
  const second = i16x8.splat(odd ? 3 : 2)
  const p0 = place(direction, 0, stride)
  const p1 = place(direction, 1, stride)
  const s0 = place(direction - 2, 0, stride)
  const s1 = place(direction - 2, 1, stride)
  const t0 = place(direction + 2, 0, stride)
  const t1 = place(direction + 2, 1, stride)
  const rows = narrow ? 2 : 1
  for (let i = 0; i < h; i += rows) {
    const x = eight(from, stride, narrow)
    let most = x
    let least = x
    let sum = i16x8.splat(0)
    if (primary) {
      const a = eight(from + p0, stride, narrow)
      const b = eight(from - p0, stride, narrow)
      const c = eight(from + p1, stride, narrow)
      const d = eight(from - p1, stride, narrow)
      most = i16x8.max_s(i16x8.max_s(most, i16x8.max_s(a, b)), i16x8.max_s(c, d))
      least = i16x8.min_u(i16x8.min_u(least, i16x8.min_u(a, b)), i16x8.min_u(c, d))
      const near = i16x8.add(constrained(a, x, strong, primaryShift), constrained(b, x, strong, primaryShift))
      const far = i16x8.add(constrained(c, x, strong, primaryShift), constrained(d, x, strong, primaryShift))
      sum = i16x8.add(i16x8.mul(near, first), i16x8.mul(far, second))
    }
    if (secondary) {
      const a = eight(from + s0, stride, narrow)
      const b = eight(from - s0, stride, narrow)
      const c = eight(from + t0, stride, narrow)
      const d = eight(from - t0, stride, narrow)
      most = i16x8.max_s(i16x8.max_s(most, i16x8.max_s(a, b)), i16x8.max_s(c, d))
      least = i16x8.min_u(i16x8.min_u(least, i16x8.min_u(a, b)), i16x8.min_u(c, d))
      const near = i16x8.add(
        i16x8.add(constrained(a, x, weak, secondaryShift), constrained(b, x, weak, secondaryShift)),
        i16x8.add(constrained(c, x, weak, secondaryShift), constrained(d, x, weak, secondaryShift)),
      )
      const e = eight(from + s1, stride, narrow)
      const f = eight(from - s1, stride, narrow)
      const g = eight(from + t1, stride, narrow)
      const k = eight(from - t1, stride, narrow)
      most = i16x8.max_s(i16x8.max_s(most, i16x8.max_s(e, f)), i16x8.max_s(g, k))
      least = i16x8.min_u(i16x8.min_u(least, i16x8.min_u(e, f)), i16x8.min_u(g, k))
      const far = i16x8.add(
        i16x8.add(constrained(e, x, weak, secondaryShift), constrained(f, x, weak, secondaryShift)),
        i16x8.add(constrained(g, x, weak, secondaryShift), constrained(k, x, weak, secondaryShift)),
      )
      sum = i16x8.add(sum, i16x8.add(i16x8.shl(near, 1), far))
    }
    const step = i16x8.shr_s(i16x8.add(i16x8.add(sum, i16x8.splat(8)), i16x8.shr_s(sum, 15)), 4)
    const out = i16x8.max_s(least, i16x8.min_s(most, i16x8.add(x, step)))
    if (narrow) {
      v128.store64_lane(to, out, 0)
      v128.store64_lane(to + stride, out, 1)
    } else v128.store(to, out)
    from += stride * rows
    to += stride * rows
  }
}
