// The deblocking filter (AV1 specification, section 7.14) for one row of superblocks: all vertical edges, then all
// horizontal ones, which reach into the rows above. An edge is filtered 4 samples at a time.

import { F, sampleAt } from './av1-frame'
import { H } from './av1-state'
import { TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'

/** Samples across a vertical edge, laid out as across a horizontal one: rows of 4. */
const TURNED: usize = memory.data(16 * 8, 16)
/** Samples across an edge, from the farthest before it on. */
const ACROSS: usize = memory.data(26 * 16, 16)

/** Deblocks the superblock row at hand. */
export function deblock(): void {
  if (!(H.levelVertical || H.levelHorizontal)) return
  const firstRow = F.top >> 2
  const endRow = min(H.miRows, firstRow + (1 << H.sbShift))
  for (let plane = 0; plane < H.planes; plane++) {
    if (plane == 1 && !H.levelU) continue
    if (plane == 2 && !H.levelV) continue
    const subX = plane > 0 ? H.subX : 0
    const subY = plane > 0 ? H.subY : 0
    // Units within the frame as it is shown.
    const cols = ((H.width + 3) >> 2) + subX >> subX
    const rows = (min(endRow, (H.height + 3) >> 2) + subY) >> subY
    for (let row = firstRow >> subY; row < rows; row++) verticals(plane, row, cols, subX, subY)
    for (let row = max(1, firstRow >> subY); row < rows; row++) horizontals(plane, row, cols, subX, subY)
  }
}

function verticals(plane: i32, row: i32, cols: i32, subX: i32, subY: i32): void {
  const sizes = (plane == 0 ? F.txY : F.txUv) + row * F.unitStride
  const levels = F.levels + ((((row << subY) | subY) * F.unitStride + subX) << 2) + (plane == 0 ? 0 : plane + 1)
  const stride = plane == 0 ? F.strideY : F.strideUv
  const widest = plane == 0 ? 4 : 3
  const at = sampleAt(plane, 0, row << 2)
  let before = <i32>load<u8>(TX_WIDTH_LOG2 + load<u8>(sizes))
  for (let col = 1; col < cols; col++) {
    const size = <i32>load<u8>(TX_WIDTH_LOG2 + load<u8>(sizes + col))
    if (((col << 2) & ((1 << size) - 1)) == 0) {
      let level = <i32>load<u8>(levels + (col << (2 + subX)))
      if (level == 0) level = <i32>load<u8>(levels + ((col - 1) << (2 + subX)))
      if (level) vertical(at + (col << 3), stride, min(widest, min(before, size)), plane, level)
    }
    before = size
  }
}

function horizontals(plane: i32, row: i32, cols: i32, subX: i32, subY: i32): void {
  const sizes = (plane == 0 ? F.txY : F.txUv) + row * F.unitStride
  const up = (F.unitStride << subY) << 2
  const levels = F.levels + ((((row << subY) | subY) * F.unitStride + subX) << 2) + (plane == 0 ? 1 : plane + 1)
  const stride = plane == 0 ? F.strideY : F.strideUv
  const widest = plane == 0 ? 4 : 3
  const at = sampleAt(plane, 0, row << 2)
  for (let col = 0; col < cols; col++) {
    const size = <i32>load<u8>(TX_HEIGHT_LOG2 + load<u8>(sizes + col))
    if ((row << 2) & ((1 << size) - 1)) continue
    let level = <i32>load<u8>(levels + (col << (2 + subX)))
    if (level == 0) level = <i32>load<u8>(levels + (col << (2 + subX)) - up)
    if (level == 0) continue
    const before = <i32>load<u8>(TX_HEIGHT_LOG2 + load<u8>(sizes + col - F.unitStride))
    edge(at + (col << 3), stride, min(widest, min(before, size)), plane, level)
  }
}

/** A vertical edge of 4 rows: its samples are turned, filtered and turned back. */
function vertical(at: usize, stride: i32, size: i32, plane: i32, level: i32): void {
  if (size == 4) {
    turn(at - 16, stride, TURNED)
    turn(at, stride, TURNED + 64)
    if (!edge(TURNED + 64, 8, size, plane, level)) return
    back(at - 16, stride, TURNED)
    back(at, stride, TURNED + 64)
    return
  }
  turn(at - 8, stride, TURNED + 32)
  if (edge(TURNED + 64, 8, size, plane, level)) back(at - 8, stride, TURNED + 32)
}

/** Turns 4 rows of 8 samples into 8 rows of 4. */
// @ts-ignore: decorator
@inline
function turn(from: usize, stride: i32, to: usize): void {
  const a = v128.load(from)
  const b = v128.load(from + stride)
  const c = v128.load(from + 2 * stride)
  const d = v128.load(from + 3 * stride)
  const ab = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
  const cd = v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11)
  const ef = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
  const gh = v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15)
  v128.store(to, v128.shuffle<i32>(ab, cd, 0, 4, 1, 5))
  v128.store(to, v128.shuffle<i32>(ab, cd, 2, 6, 3, 7), 16)
  v128.store(to, v128.shuffle<i32>(ef, gh, 0, 4, 1, 5), 32)
  v128.store(to, v128.shuffle<i32>(ef, gh, 2, 6, 3, 7), 48)
}

/** Turns 8 rows of 4 samples into 4 rows of 8. */
// @ts-ignore: decorator
@inline
function back(to: usize, stride: i32, from: usize): void {
  const a = v128.load(from)
  const b = v128.load(from, 16)
  const c = v128.load(from, 32)
  const d = v128.load(from, 48)
  // Pairs of rows: samples of the same place side by side.
  const ab = v128.shuffle<i16>(a, a, 0, 4, 1, 5, 2, 6, 3, 7)
  const cd = v128.shuffle<i16>(b, b, 0, 4, 1, 5, 2, 6, 3, 7)
  const ef = v128.shuffle<i16>(c, c, 0, 4, 1, 5, 2, 6, 3, 7)
  const gh = v128.shuffle<i16>(d, d, 0, 4, 1, 5, 2, 6, 3, 7)
  const low = v128.shuffle<i32>(ab, cd, 0, 4, 1, 5)
  const high = v128.shuffle<i32>(ab, cd, 2, 6, 3, 7)
  const low2 = v128.shuffle<i32>(ef, gh, 0, 4, 1, 5)
  const high2 = v128.shuffle<i32>(ef, gh, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i64>(low, low2, 0, 2))
  v128.store(to + stride, v128.shuffle<i64>(low, low2, 1, 3))
  v128.store(to + 2 * stride, v128.shuffle<i64>(high, high2, 0, 2))
  v128.store(to + 3 * stride, v128.shuffle<i64>(high, high2, 1, 3))
}

// @ts-ignore: decorator
@inline
function apart(a: v128, b: v128): v128 {
  return i16x8.abs(i16x8.sub(a, b))
}

// @ts-ignore: decorator
@inline
function clamped(value: v128, low: v128, high: v128): v128 {
  return i16x8.max_s(low, i16x8.min_s(high, value))
}

/**
 * Filters an edge of 4 samples (sections 7.14.6.2 to 7.14.6.4).
 * @param at the first sample behind the edge; those after it along the edge lie next to it
 * @param step bytes from a sample to the next one across the edge
 * @param size the widest filter, as power of 2
 * @returns whether any sample was filtered
 */
function edge(at: usize, step: i32, size: i32, plane: i32, level: i32): bool {
  const depth = H.bitDepth - 8
  const shift = H.sharpness > 4 ? 2 : H.sharpness > 0 ? 1 : 0
  const limit = H.sharpness > 0 ? max(1, min(9 - H.sharpness, level >> shift)) : max(1, level >> shift)
  const p1 = v128.load64_zero(at - 2 * step)
  const p0 = v128.load64_zero(at - step)
  const q0 = v128.load64_zero(at)
  const q1 = v128.load64_zero(at + step)
  const inner = i16x8.max_s(apart(p1, p0), apart(q1, q0))
  let worst = inner
  const jump = i16x8.add(i16x8.shl(apart(p0, q0), 1), i16x8.shr_u(apart(p1, q1), 1))
  let flat = inner
  let p2 = p1
  let q2 = q1
  if (size > 2) {
    p2 = v128.load64_zero(at - 3 * step)
    q2 = v128.load64_zero(at + 2 * step)
    worst = i16x8.max_s(worst, i16x8.max_s(apart(p2, p1), apart(q2, q1)))
    flat = i16x8.max_s(flat, i16x8.max_s(apart(p2, p0), apart(q2, q0)))
    if (plane == 0) {
      const p3 = v128.load64_zero(at - 4 * step)
      const q3 = v128.load64_zero(at + 3 * step)
      worst = i16x8.max_s(worst, i16x8.max_s(apart(p3, p2), apart(q3, q2)))
      flat = i16x8.max_s(flat, i16x8.max_s(apart(p3, p0), apart(q3, q0)))
    }
  }
  const smooth = v128.and(
    i16x8.le_s(worst, i16x8.splat(<i16>(limit << depth))),
    i16x8.le_s(jump, i16x8.splat(<i16>((2 * (level + 2) + limit) << depth))),
  )
  // Lanes 0 to 3 alone are samples.
  const filtered = i64x2.extract_lane(smooth, 0)
  if (filtered == 0) return false
  const even = i16x8.shl(i16x8.splat(1), depth)
  let wide: u64 = 0
  if (size > 2) wide = filtered & i64x2.extract_lane(i16x8.le_s(flat, even), 0)
  let widest: u64 = 0
  if (size > 3 && wide != 0) widest = wide & i64x2.extract_lane(farFlat(at, step, p0, q0, even), 0)
  // The wider filters read what the narrower ones change: they are computed first.
  let count = 0
  if ((wide & ~widest) != 0) {
    count = plane == 0 ? 3 : 2
    spread(at, step, count, plane == 0 ? 0 : 1, 3, WIDE)
  }
  if (widest != 0) spread(at, step, 6, 1, 4, WIDEST)
  const narrow = filtered & ~wide
  if (narrow != 0) {
    const hev = i16x8.gt_s(inner, i16x8.splat(<i16>((level >> 4) << depth)))
    narrowly(at, step, p1, p0, q0, q1, hev, i64x2.splat(narrow), depth)
  }
  if (count > 0) take(at, step, count, WIDE, wide & ~widest)
  if (widest != 0) take(at, step, 6, WIDEST, widest)
  return true
}

/** flatMask2. */
// @ts-ignore: decorator
@inline
function farFlat(at: usize, step: i32, p0: v128, q0: v128, even: v128): v128 {
  let far = i16x8.splat(0)
  for (let i = 5; i < 8; i++) {
    far = i16x8.max_s(far, apart(v128.load64_zero(at - i * step), p0))
    far = i16x8.max_s(far, apart(v128.load64_zero(at + (i - 1) * step), q0))
  }
  return i16x8.le_s(far, even)
}

/** Results of the wide filter process, 12 rows of 4 samples each from the farthest before the edge on. */
const WIDE: usize = memory.data(12 * 8, 16)
const WIDEST: usize = memory.data(12 * 8, 16)

/** The wide filter process: a running sum of 2 × n + 1 samples, the middle ones (n2 on either side) counted twice. */
function spread(at: usize, step: i32, n: i32, n2: i32, shift: i32, to: usize): void {
  // Samples beyond the filter's reach repeat the last one in it.
  for (let i = -2 * n; i < 2 * n; i++) {
    v128.store(ACROSS + ((i + 12) << 4), v128.load64_zero(at + max(-n - 1, min(n, i)) * step))
  }
  let sum = i16x8.splat(0)
  for (let j = -n; j <= n; j++) sum = i16x8.add(sum, v128.load(ACROSS + ((j - n + 12) << 4)))
  for (let j = -n2; j <= n2; j++) sum = i16x8.add(sum, v128.load(ACROSS + ((j - n + 12) << 4)))
  const half = i16x8.shl(i16x8.splat(1), shift - 1)
  for (let i = -n; i < n; i++) {
    const value = i16x8.shr_u(i16x8.add(sum, half), shift)
    v128.store64_lane(to + ((i + n) << 3), value, 0)
    const more = i16x8.add(v128.load(ACROSS + ((i + 1 + n + 12) << 4)), v128.load(ACROSS + ((i + 1 + n2 + 12) << 4)))
    const less = i16x8.add(v128.load(ACROSS + ((i - n + 12) << 4)), v128.load(ACROSS + ((i - n2 + 12) << 4)))
    sum = i16x8.sub(i16x8.add(sum, more), less)
  }
}

/** Puts a filter's results where the mask says. */
function take(at: usize, step: i32, n: i32, from: usize, mask: u64): void {
  for (let i = -n; i < n; i++) {
    const to = at + i * step
    store<u64>(to, (load<u64>(to) & ~mask) | (load<u64>(from) & mask))
    from += 8
  }
}

/** The narrow filter process. */
function narrowly(
  at: usize, step: i32, p1: v128, p0: v128, q0: v128, q1: v128, hev: v128, mask: v128, depth: i32,
): void {
  const least = i16x8.shl(i16x8.splat(-128), depth)
  const most = i16x8.sub(i16x8.shl(i16x8.splat(128), depth), i16x8.splat(1))
  const ps1 = i16x8.add(p1, least)
  const ps0 = i16x8.add(p0, least)
  const qs0 = i16x8.add(q0, least)
  const qs1 = i16x8.add(q1, least)
  const gap = i16x8.sub(qs0, ps0)
  const base = v128.and(clamped(i16x8.sub(ps1, qs1), least, most), hev)
  const filter = clamped(i16x8.add(base, i16x8.add(gap, i16x8.shl(gap, 1))), least, most)
  const first = i16x8.shr_s(clamped(i16x8.add(filter, i16x8.splat(4)), least, most), 3)
  const second = i16x8.shr_s(clamped(i16x8.add(filter, i16x8.splat(3)), least, most), 3)
  const outer = v128.andnot(i16x8.shr_s(i16x8.add(first, i16x8.splat(1)), 1), hev)
  put(at, q0, i16x8.sub(clamped(i16x8.sub(qs0, first), least, most), least), mask)
  put(at - step, p0, i16x8.sub(clamped(i16x8.add(ps0, second), least, most), least), mask)
  put(at + step, q1, i16x8.sub(clamped(i16x8.sub(qs1, outer), least, most), least), mask)
  put(at - 2 * step, p1, i16x8.sub(clamped(i16x8.add(ps1, outer), least, most), least), mask)
}

// @ts-ignore: decorator
@inline
function put(at: usize, was: v128, is: v128, mask: v128): void {
  v128.store64_lane(at, v128.bitselect(is, was, mask), 0)
}
