// The directional intra prediction process (AV1 specification, section 7.11.2.4): edges are smoothed or made twice as
// fine, then drawn into the block along an angle.

import { B } from './av1-block-state'
import { H } from './av1-state'

/** Samples before the first of an edge that may be written or read, and behind the last. */
const BEFORE = 80
const EDGE_BYTES = (BEFORE + 2 * 128 + 160) * 2
/** AboveRow and LeftCol, u16: where index 0 is. */
export const ABOVE: usize = memory.data(EDGE_BYTES, 16) + BEFORE * 2
export const LEFT: usize = memory.data(EDGE_BYTES, 16) + BEFORE * 2
const COPY: usize = memory.data(EDGE_BYTES, 16) + BEFORE * 2
/** A block drawn from the left, on its side: rows of 64 samples. */
const SIDE: usize = memory.data(64 * 64 * 2 + 64, 16)

/** Dr_Intra_Derivative by angle / 3. */
const SLOPES = memory.data<u16>([
  0, 1023, 547, 372, 273, 215, 178, 151, 132, 116, 102, 0, 90, 80, 71, 64, 57, 51, 45, 40, 35, 31, 27, 23, 19, 15, 0, 11, 7,
  3,
])

/** Intra_Edge_Kernel, the middle and what is beside it. */
const KERNELS = memory.data<u8>([0, 4, 8, 0, 5, 6, 2, 4, 4])

/**
 * Draws a block from ABOVE and LEFT.
 * @param angle pAngle, in degrees
 * @param endX samples from the block's first column to the frame's last, and endY rows
 * @param to the block's first sample
 */
export function predictAngle(
  plane: i32, angle: i32, left: bool, above: bool, w: i32, h: i32, endX: i32, endY: i32, to: usize, stride: i32,
): void {
  let fineAbove = 0
  let fineLeft = 0
  if (H.edgeFilter && angle != 90 && angle != 180) {
    const smooth = (plane == 0 ? B.smooth : B.uvSmooth) != 0
    if (angle > 90 && angle < 180 && w + h >= 24) {
      const sum = <i32>load<u16>(LEFT) * 5 + <i32>load<u16>(ABOVE - 2) * 6 + <i32>load<u16>(ABOVE) * 5
      store<u16>(ABOVE - 2, <u16>((sum + 8) >> 4))
      store<u16>(LEFT - 2, <u16>((sum + 8) >> 4))
    }
    if (above) {
      const count = min(w, endX) + (angle < 90 ? h : 0) + 1
      filterEdge(ABOVE, count, strengthOf(w + h, smooth, abs(angle - 90)))
    }
    if (left) {
      const count = min(h, endY) + (angle > 180 ? w : 0) + 1
      filterEdge(LEFT, count, strengthOf(w + h, smooth, abs(angle - 180)))
    }
    fineAbove = finer(w + h, smooth, abs(angle - 90))
    if (fineAbove) refine(ABOVE, w + (angle < 90 ? h : 0))
    fineLeft = finer(w + h, smooth, abs(angle - 180))
    if (fineLeft) refine(LEFT, h + (angle > 180 ? w : 0))
  }
  if (angle == 90) {
    for (let i = 0; i < h; i++) memory.copy(to + i * stride, ABOVE, w << 1)
  } else if (angle == 180) {
    for (let i = 0; i < h; i++) {
      const all = i16x8.splat(<i16>load<u16>(LEFT + (i << 1)))
      if (w == 4) v128.store64_lane(to, all, 0)
      else for (let x = 0; x < w << 1; x += 16) v128.store(to + x, all)
      to += stride
    }
  } else if (angle < 90) {
    const last = (w + h - 1) << fineAbove
    extend(ABOVE, last)
    draw(ABOVE, slope(angle), fineAbove, last, w, h, to, stride)
  } else if (angle > 180) {
    const last = (w + h - 1) << fineLeft
    extend(LEFT, last)
    draw(LEFT, slope(270 - angle), fineLeft, last, h, w, SIDE, 128)
    turnSide(w, h, to, stride)
  } else {
    const dx = slope(180 - angle)
    draw(ABOVE, -dx, fineAbove, 1 << 16, w, h, to, stride)
    draw(LEFT, -slope(angle - 90), fineLeft, 1 << 16, h, w, SIDE, 128)
    takeSide(dx, fineAbove, w, h, to, stride)
  }
}

function slope(angle: i32): i32 {
  return <i32>load<u16>(SLOPES + ((angle / 3) << 1))
}

/** Repeats an edge's last sample, for what lies beyond it. */
function extend(edge: usize, last: i32): void {
  const all = i16x8.splat(<i16>load<u16>(edge + (last << 1)))
  for (let i = 0; i < 10; i++) v128.store(edge + ((last + (i << 3)) << 1), all)
}

/**
 * Draws rows of a block from an edge.
 * @param step how far the edge moves by row, in 64ths of a sample
 * @param fine 1 where the edge holds two samples for one
 * @param last the edge's last sample; rows beyond repeat it
 */
function draw(edge: usize, step: i32, fine: i32, last: i32, w: i32, h: i32, to: usize, stride: i32): void {
  const half = i32x4.splat(16)
  let at = step
  for (let i = 0; i < h; i++) {
    // So far before the edge's start that no sample is taken of the row, any place serves.
    const first = max(-72, min(last, at >> (6 - fine)))
    const shift = ((at << fine) >> 1) & 31
    const weights = i32x4.splat((32 - shift) | (shift << 16))
    const from = edge + (first << 1)
    for (let x = 0; x < w; x += 8) {
      let low: v128
      let high: v128
      if (fine) {
        low = v128.load(from + (x << 2))
        high = v128.load(from + (x << 2), 16)
      } else {
        const a = v128.load(from + (x << 1))
        const b = v128.load(from + (x << 1), 2)
        low = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
        high = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
      }
      low = i32x4.shr_u(i32x4.add(i32x4.dot_i16x8_s(low, weights), half), 5)
      high = i32x4.shr_u(i32x4.add(i32x4.dot_i16x8_s(high, weights), half), 5)
      const all = i16x8.narrow_i32x4_u(low, high)
      if (w == 4) v128.store64_lane(to, all, 0)
      else v128.store(to + (x << 1), all)
    }
    to += stride
    at += step
  }
}

/** Copies SIDE's columns to the block's rows. */
function turnSide(w: i32, h: i32, to: usize, stride: i32): void {
  for (let i = 0; i < h; i++) {
    const from = SIDE + (i << 1)
    for (let j = 0; j < w; j++) store<u16>(to + (j << 1), load<u16>(from + (j << 7)))
    to += stride
  }
}

/** Takes from SIDE what lies left of where the row above reaches. */
function takeSide(dx: i32, fine: i32, w: i32, h: i32, to: usize, stride: i32): void {
  for (let i = 0; i < h; i++) {
    const from = SIDE + (i << 1)
    // The first column whose place above is not before the corner.
    const reach = (i + 1) * dx
    for (let j = 0; j < w && ((j << 6) - reach) >> (6 - fine) < -(1 << fine); j++) {
      store<u16>(to + (j << 1), load<u16>(from + (j << 7)))
    }
    to += stride
  }
}

/** The intra edge filter strength selection process. */
function strengthOf(sides: i32, smooth: bool, d: i32): i32 {
  if (!smooth) {
    if (sides <= 8) return d >= 56 ? 1 : 0
    if (sides <= 16) return d >= 40 ? 1 : 0
    if (sides <= 24) return d >= 32 ? 3 : d >= 16 ? 2 : d >= 8 ? 1 : 0
    if (sides <= 32) return d >= 32 ? 3 : d >= 4 ? 2 : 1
    return 3
  }
  if (sides <= 8) return d >= 64 ? 2 : d >= 40 ? 1 : 0
  if (sides <= 16) return d >= 48 ? 2 : d >= 20 ? 1 : 0
  if (sides <= 24) return d >= 4 ? 3 : 0
  return 3
}

/** The intra edge upsample selection process. */
function finer(sides: i32, smooth: bool, d: i32): i32 {
  return d > 0 && d < 40 && sides <= (smooth ? 8 : 16) ? 1 : 0
}

/** The intra edge filter process on `count` samples from the corner on. */
function filterEdge(edge: usize, count: i32, strength: i32): void {
  if (strength == 0) return
  const outer = <i32>load<u8>(KERNELS + strength * 3 - 3)
  const inner = <i32>load<u8>(KERNELS + strength * 3 - 2)
  const middle = <i32>load<u8>(KERNELS + strength * 3 - 1)
  memory.copy(COPY - 2, edge - 2, count << 1)
  // The ends are repeated.
  store<u16>(COPY - 4, load<u16>(COPY - 2))
  const last = COPY + ((count - 2) << 1)
  store<u16>(last, load<u16>(last), 2)
  store<u16>(last, load<u16>(last), 4)
  for (let i = 0; i < count - 1; i++) {
    const at = COPY + (i << 1)
    const sum = outer * (<i32>load<u16>(at - 4) + <i32>load<u16>(at, 4))
      + inner * (<i32>load<u16>(at - 2) + <i32>load<u16>(at, 2)) + middle * <i32>load<u16>(at)
    store<u16>(edge + (i << 1), <u16>((sum + 8) >> 4))
  }
}

/** The intra edge upsample process. */
function refine(edge: usize, count: i32): void {
  const most = (1 << H.bitDepth) - 1
  memory.copy(COPY - 2, edge - 2, (count + 1) << 1)
  store<u16>(COPY - 4, load<u16>(COPY - 2))
  store<u16>(COPY + (count << 1), load<u16>(COPY + (count << 1) - 2))
  store<u16>(edge - 4, load<u16>(COPY - 2))
  for (let i = 0; i < count; i++) {
    const at = COPY + (i << 1)
    const sum = 9 * (<i32>load<u16>(at - 2) + <i32>load<u16>(at)) - <i32>load<u16>(at - 4) - <i32>load<u16>(at, 2)
    store<u16>(edge + (i << 2) - 2, <u16>max(0, min(most, (sum + 8) >> 4)))
    store<u16>(edge + (i << 2), load<u16>(at))
  }
}
