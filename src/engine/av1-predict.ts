// Intra prediction (AV1 specification, section 7.11.2): the samples above and to the left of a transform block are
// gathered, then continued into it. Samples are 16 bits wide at every bit depth.

import { B } from './av1-block-state'
import { ABOVE, LEFT, predictAngle } from './av1-predict-angle'
import { predictFiltered } from './av1-predict-filter'
import { F, sampleAt } from './av1-frame'
import { D67_PRED, DC_PRED, H, SMOOTH_H_PRED, SMOOTH_PRED, SMOOTH_V_PRED, V_PRED, largest } from './av1-state'
import { TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'

/** Mode_To_Angle of V_PRED to D67_PRED. */
const ANGLES = memory.data<u8>([90, 180, 45, 135, 113, 157, 203, 67])

/** Sm_Weights_Tx of 4, 8, 16, 32 and 64 samples: each begins at its own size. */
const WEIGHTS = memory.data<u8>([
  0, 0, 0, 0, 255, 149, 85, 64, 255, 197, 146, 105, 73, 50, 37, 32,
  255, 225, 196, 170, 145, 123, 102, 84, 68, 54, 43, 33, 26, 20, 17, 16,
  255, 240, 225, 210, 196, 182, 169, 157, 145, 133, 122, 111, 101, 92, 83, 74, 66, 59, 52, 45, 39, 34, 29, 25, 21, 17,
  14, 12, 10, 9, 8, 8,
  255, 248, 240, 233, 225, 218, 210, 203, 196, 189, 182, 176, 169, 163, 156, 150, 144, 138, 133, 127, 121, 116, 111,
  106, 101, 96, 91, 86, 82, 77, 73, 69, 65, 61, 57, 54, 50, 47, 44, 41, 38, 35, 32, 29, 27, 25, 22, 20, 18, 16, 15,
  13, 12, 10, 9, 8, 7, 6, 6, 5, 5, 4, 4, 4,
])

/**
 * predict_intra.
 * @param x the block's first sample in the plane
 * @param left whether there are samples to the left; above, above to the right and to the left below likewise
 * @param tx the transform block's size
 */
export function predict(
  plane: i32, x: i32, y: i32, left: bool, above: bool, aboveRight: bool, belowLeft: bool, mode: i32, tx: i32,
): void {
  const wLog2 = <i32>load<u8>(TX_WIDTH_LOG2 + tx)
  const hLog2 = <i32>load<u8>(TX_HEIGHT_LOG2 + tx)
  const w = 1 << wLog2
  const h = 1 << hLog2
  const to = sampleAt(plane, x, y)
  const stride = plane == 0 ? F.strideY : F.strideUv
  const directed = mode >= V_PRED && mode <= D67_PRED
  const angle = directed ? <i32>load<u8>(ANGLES + mode - V_PRED) + 3 * (plane == 0 ? B.angle : B.uvAngle) : 0
  gather(plane, x, y, left, above, aboveRight && directed && angle < 90, belowLeft && directed && angle > 180, w, h,
    directed && angle < 90 ? w + h : w, directed && angle > 180 ? w + h : h, to, stride)
  if (plane == 0 && B.filter) predictFiltered(to, stride, w, h)
  else if (directed) {
    const endX = (H.miCols << 2 >> (plane > 0 ? H.subX : 0)) - x
    const endY = (H.miRows << 2 >> (plane > 0 ? H.subY : 0)) - y
    predictAngle(plane, angle, left, above, w, h, endX, endY, to, stride)
  } else if (mode == DC_PRED) fill(to, stride, w, h, average(left, above, wLog2, hLog2))
  else if (mode == SMOOTH_PRED) predictSmooth(to, stride, w, h)
  else if (mode == SMOOTH_V_PRED) predictSmoothDown(to, stride, w, h)
  else if (mode == SMOOTH_H_PRED) predictSmoothAcross(to, stride, w, h)
  else predictPaeth(to, stride, w, h)
}

/** AboveRow and LeftCol, as many of each as the mode takes, and the corner at -1. */
function gather(
  plane: i32, x: i32, y: i32, left: bool, above: bool, aboveRight: bool, belowLeft: bool, w: i32, h: i32,
  across: i32, down: i32, to: usize, stride: i32,
): void {
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  // The row above: the frame's own, or what was kept of the superblock row above before it was filtered.
  const row = y > F.top >> subY ? to - stride : (plane == 0 ? F.lineY : plane == 1 ? F.lineU : F.lineV) + (x << 1)
  const base = 1 << (H.bitDepth - 1)
  if (above) {
    const have = min(across, min((H.miCols << 2 >> subX) - x, aboveRight ? 2 * w : w))
    memory.copy(ABOVE, row, have << 1)
    repeat(ABOVE + (have << 1), load<u16>(ABOVE + (have << 1) - 2), across - have)
  } else repeat(ABOVE, left ? load<u16>(to - 2) : <u16>(base - 1), across)
  if (left) {
    const have = min(down, min((H.miRows << 2 >> subY) - y, belowLeft ? 2 * h : h))
    let from = to - 2
    for (let i = 0; i < have; i++) {
      store<u16>(LEFT + (i << 1), load<u16>(from))
      from += stride
    }
    repeat(LEFT + (have << 1), load<u16>(LEFT + (have << 1) - 2), down - have)
  } else repeat(LEFT, above ? load<u16>(row) : <u16>(base + 1), down)
  const corner = above ? (left ? load<u16>(row - 2) : load<u16>(row)) : left ? load<u16>(to - 2) : <u16>base
  store<u16>(ABOVE - 2, corner)
  store<u16>(LEFT - 2, corner)
}

function repeat(at: usize, value: u16, count: i32): void {
  for (let i = 0; i < count; i++) store<u16>(at + (i << 1), value)
}

function sumOf(at: usize, count: i32): i32 {
  let sum = i32x4.splat(0)
  if (count == 4) sum = i32x4.extend_low_i16x8_u(v128.load64_zero(at))
  else for (let i = 0; i < count << 1; i += 16) sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(v128.load(at + i)))
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
}

/** The DC intra prediction process. */
function average(left: bool, above: bool, wLog2: i32, hLog2: i32): i32 {
  const w = 1 << wLog2
  const h = 1 << hLog2
  if (left && above) return (sumOf(LEFT, h) + sumOf(ABOVE, w) + ((w + h) >> 1)) / (w + h)
  if (left) return (sumOf(LEFT, h) + (h >> 1)) >> hLog2
  if (above) return (sumOf(ABOVE, w) + (w >> 1)) >> wLog2
  return 1 << (H.bitDepth - 1)
}

function fill(to: usize, stride: i32, w: i32, h: i32, value: i32): void {
  const all = i16x8.splat(<i16>value)
  for (let i = 0; i < h; i++) {
    if (w == 4) v128.store64_lane(to, all, 0)
    else for (let x = 0; x < w << 1; x += 16) v128.store(to + x, all)
    to += stride
  }
}

/** Eight values from two of four, written to the block; four of them where it is that narrow. */
// @ts-ignore: decorator
@inline
function put(to: usize, w: i32, low: v128, high: v128): void {
  const all = i16x8.narrow_i32x4_u(low, high)
  if (w == 4) v128.store64_lane(to, all, 0)
  else v128.store(to, all)
}

/** Pairs of weights by column: the weight and what it lacks of 256. */
const PAIRS: usize = memory.data(64 * 4, 16)

function pairWeights(count: i32): void {
  for (let i = 0; i < count; i++) {
    const weight = <u32>load<u8>(WEIGHTS + count + i)
    store<u32>(PAIRS + (i << 2), weight | ((256 - weight) << 16))
  }
}

function predictSmooth(to: usize, stride: i32, w: i32, h: i32): void {
  const bottom = i16x8.splat(<i16>load<u16>(LEFT + ((h - 1) << 1)))
  const right = <u32>load<u16>(ABOVE + ((w - 1) << 1)) << 16
  const half = i32x4.splat(256)
  pairWeights(w)
  for (let i = 0; i < h; i++) {
    const weight = <u32>load<u8>(WEIGHTS + h + i)
    const down = i32x4.splat(weight | ((256 - weight) << 16))
    const across = i32x4.splat(<u32>load<u16>(LEFT + (i << 1)) | right)
    for (let x = 0; x < w; x += 8) {
      const above = v128.load(ABOVE + (x << 1))
      const low = v128.shuffle<i16>(above, bottom, 0, 8, 1, 9, 2, 10, 3, 11)
      const high = v128.shuffle<i16>(above, bottom, 4, 12, 5, 13, 6, 14, 7, 15)
      const a = i32x4.add(i32x4.dot_i16x8_s(low, down), i32x4.dot_i16x8_s(v128.load(PAIRS + (x << 2)), across))
      const b = i32x4.add(i32x4.dot_i16x8_s(high, down), i32x4.dot_i16x8_s(v128.load(PAIRS + (x << 2), 16), across))
      put(to + (x << 1), w, i32x4.shr_u(i32x4.add(a, half), 9), i32x4.shr_u(i32x4.add(b, half), 9))
    }
    to += stride
  }
}

function predictSmoothDown(to: usize, stride: i32, w: i32, h: i32): void {
  const bottom = i16x8.splat(<i16>load<u16>(LEFT + ((h - 1) << 1)))
  const half = i32x4.splat(128)
  for (let i = 0; i < h; i++) {
    const weight = <u32>load<u8>(WEIGHTS + h + i)
    const down = i32x4.splat(weight | ((256 - weight) << 16))
    for (let x = 0; x < w; x += 8) {
      const above = v128.load(ABOVE + (x << 1))
      const low = v128.shuffle<i16>(above, bottom, 0, 8, 1, 9, 2, 10, 3, 11)
      const high = v128.shuffle<i16>(above, bottom, 4, 12, 5, 13, 6, 14, 7, 15)
      const a = i32x4.shr_u(i32x4.add(i32x4.dot_i16x8_s(low, down), half), 8)
      put(to + (x << 1), w, a, i32x4.shr_u(i32x4.add(i32x4.dot_i16x8_s(high, down), half), 8))
    }
    to += stride
  }
}

function predictSmoothAcross(to: usize, stride: i32, w: i32, h: i32): void {
  const right = <u32>load<u16>(ABOVE + ((w - 1) << 1)) << 16
  const half = i32x4.splat(128)
  pairWeights(w)
  for (let i = 0; i < h; i++) {
    const across = i32x4.splat(<u32>load<u16>(LEFT + (i << 1)) | right)
    for (let x = 0; x < w; x += 8) {
      const a = i32x4.dot_i16x8_s(v128.load(PAIRS + (x << 2)), across)
      const b = i32x4.dot_i16x8_s(v128.load(PAIRS + (x << 2), 16), across)
      put(to + (x << 1), w, i32x4.shr_u(i32x4.add(a, half), 8), i32x4.shr_u(i32x4.add(b, half), 8))
    }
    to += stride
  }
}

/** The basic intra prediction process: of left, above and corner what is nearest to their plane. */
function predictPaeth(to: usize, stride: i32, w: i32, h: i32): void {
  const corner = i16x8.splat(<i16>load<u16>(ABOVE - 2))
  for (let i = 0; i < h; i++) {
    const left = i16x8.splat(<i16>load<u16>(LEFT + (i << 1)))
    const across = i16x8.sub(left, corner)
    const fromAbove = i16x8.abs(across)
    for (let x = 0; x < w; x += 8) {
      const above = v128.load(ABOVE + (x << 1))
      const down = i16x8.sub(above, corner)
      const fromLeft = i16x8.abs(down)
      const fromCorner = i16x8.abs(i16x8.add(across, down))
      const takesLeft = v128.and(i16x8.le_s(fromLeft, fromAbove), i16x8.le_s(fromLeft, fromCorner))
      const other = v128.bitselect(above, corner, i16x8.le_s(fromAbove, fromCorner))
      const all = v128.bitselect(left, other, takesLeft)
      if (w == 4) v128.store64_lane(to, all, 0)
      else v128.store(to + (x << 1), all)
    }
    to += stride
  }
}

/** Luma under a chroma block, with 3 bits of fraction, rows of 32 i16. */
const LUMA: usize = memory.data(32 * 32 * 2, 16)

/** The chroma from luma process (section 7.11.5), on the DC prediction that is there. */
export function predictChromaFromLuma(plane: i32, x: i32, y: i32, tx: i32): void {
  const alpha = plane == 1 ? B.cflU : B.cflV
  if (alpha == 0) return
  const wLog2 = <i32>load<u8>(TX_WIDTH_LOG2 + tx)
  const hLog2 = <i32>load<u8>(TX_HEIGHT_LOG2 + tx)
  const w = 1 << wLog2
  const h = 1 << hLog2
  const subX = H.subX
  const subY = H.subY
  // Columns and rows whose luma is decoded; those beyond repeat the last one.
  const seenW = min(w, (B.lumaEndX >> subX) - x)
  const seenH = min(h, (B.lumaEndY >> subY) - y)
  let sum = 0
  for (let i = 0; i < h; i++) {
    const row = LUMA + (i << 6)
    if (i >= seenH) {
      memory.copy(row, row - 64, w << 1)
      for (let j = 0; j < w; j++) sum += <i32>load<i16>(row + (j << 1))
      continue
    }
    const from = sampleAt(0, x << subX, (y + i) << subY)
    for (let j = 0; j < seenW; j++) {
      const at = from + (j << (1 + subX))
      let value = <i32>load<u16>(at)
      if (subX) value += <i32>load<u16>(at, 2)
      if (subY) {
        value += <i32>load<u16>(at + F.strideY)
        if (subX) value += <i32>load<u16>(at + F.strideY, 2)
      }
      value <<= 3 - subX - subY
      store<i16>(row + (j << 1), <i16>value)
      sum += value
    }
    for (let j = seenW; j < w; j++) {
      const value = load<i16>(row + (j << 1) - 2)
      store<i16>(row + (j << 1), value)
      sum += <i32>value
    }
  }
  const mean = (sum + (1 << (wLog2 + hLog2 - 1))) >> (wLog2 + hLog2)
  const most = largest()
  const half = i32x4.splat(32)
  const factor = i16x8.splat(<i16>abs(alpha))
  const middle = i16x8.splat(<i16>mean)
  const turned = i16x8.splat(alpha < 0 ? -1 : 0)
  let to = sampleAt(plane, x, y)
  const dc = i16x8.splat(<i16>load<u16>(to))
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j += 8) {
      const difference = i16x8.sub(v128.load(LUMA + (i << 6) + (j << 1)), middle)
      const size = i16x8.abs(difference)
      const a = i32x4.shr_u(i32x4.add(i32x4.extmul_low_i16x8_s(size, factor), half), 6)
      const b = i32x4.shr_u(i32x4.add(i32x4.extmul_high_i16x8_s(size, factor), half), 6)
      const sign = v128.xor(i16x8.shr_s(difference, 15), turned)
      const scaled = i16x8.sub(v128.xor(i16x8.narrow_i32x4_s(a, b), sign), sign)
      const all = i16x8.max_s(i16x8.splat(0), i16x8.min_s(most, i16x8.add(dc, scaled)))
      if (w == 4) v128.store64_lane(to, all, 0)
      else v128.store(to + (j << 1), all)
    }
    to += F.strideUv
  }
}
