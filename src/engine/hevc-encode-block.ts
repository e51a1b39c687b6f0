// Decides how a coding tree unit is coded: its blocks' sizes, their modes and levels, by squared errors
// and the cost in bits. What is decided lies in hevc-encode-unit.ts, and in the reconstruction's planes.

import { BIT, cost } from './hevc-encode-cost'
import { addResidual, copyBlock, hadamard, squares, subtract, unrest } from './hevc-encode-difference'
import { smoothEdge } from './hevc-encode-edges'
import { CANDIDATES, modeCost, probableModes, rankModes } from './hevc-encode-modes'
import { PREDICTION, STRIDE, predict } from './hevc-encode-predict'
import { chooseLevels } from './hevc-encode-choice'
import { dequantise, levelColumns, levelRows, quantise } from './hevc-encode-levels'
import { countLevels, scanOf } from './hevc-encode-residual'
import { CBF_CHROMA, CBF_LUMA, CHROMA_MODE, PART, SPLIT } from './hevc-encode-tables'
import { forward, inverse } from './hevc-encode-transform'
import {
  CHROMA_LASTS,
  LUMA_LASTS,
  chromaLevels,
  edgeOf,
  lumaLevels,
  lumaStride,
  reconstructionOf,
  roomBelow,
  roomRight,
  setBlock,
  setMode,
  sourceOf,
  splitContext,
  strideOf,
  unit4,
  unit8,
} from './hevc-encode-unit'

const BUSY32: f64 = 0.5
const BUSY16: f64 = 1.5
/** Error that a 256th of a bit is worth, and how much chroma's errors count. */
let lambda: f64 = 0
let chromaWeight: f64 = 1
let busy32: u32 = 0
let busy16: u32 = 0

/** A block that is tried: reconstruction of Y, Cb, Cr (1024, 256, 256), and their levels as i16. */
const TRIAL_BYTES: u32 = 1536 * 3
/** One for each depth, one for parts of 4, and one for modes that are compared. */
const trials = memory.data(5 * 1536 * 3, 16)
let spare: usize = 0
const trialsByDepth = memory.data(4 * 4)
const PARTS_DEPTH: u32 = 3

/** What the transform of a block came to. */
let transformLast: i32 = -1

export function blockStart(errorOfBit: f64, weight: f64, step: f64): void {
  busy32 = <u32>(BUSY32 * step * 31 * 24)
  busy16 = <u32>(BUSY16 * step * 15 * 8)
  lambda = errorOfBit / BIT
  chromaWeight = weight
  for (let depth: u32 = 0; depth < 4; depth++) {
    store<u32>(trialsByDepth + (depth << 2), <u32>(trials + depth * TRIAL_BYTES))
  }
  spare = trials + 4 * TRIAL_BYTES
}

/**
 * Codes the difference of a block of a plane and PREDICTION: the reconstruction to `to`, levels to `levels`,
 * their last group to transformLast. `filled` and `empty` are the costs of saying whether there are any.
 */
function transformBlock(
  plane: u32,
  source: usize,
  log2: u32,
  mode: u32,
  to: usize,
  stride: usize,
  levels: usize,
  filled: u32,
  empty: u32,
): f64 {
  const sourceStride = strideOf(plane)
  const chroma: u32 = plane ? 1 : 0
  const weight = plane ? chromaWeight : 1
  const sine = plane == 0 && log2 == 2
  const errorEmpty = weight * <f64>squares(source, sourceStride, PREDICTION, STRIDE, log2) + lambda * <f64>empty
  subtract(source, sourceStride, log2)
  forward(log2, sine)
  const scan = scanOf(log2, chroma, mode)
  let last = quantise(log2, chroma, scan, levels)
  if (last >= 0) last = chooseLevels(levels, last, log2, chroma, scan)
  if (last >= 0) {
    dequantise(log2, chroma, scan, levels, last)
    const bits = countLevels(levels, last, log2, chroma, scan) + filled
    inverse(log2, sine, levelRows, levelColumns)
    addResidual(log2, to, stride)
    const error = weight * <f64>squares(source, sourceStride, to, stride, log2) + lambda * <f64>bits
    if (error < errorEmpty) {
      transformLast = last
      return error
    }
  }
  transformLast = -1
  copyBlock(PREDICTION, STRIDE, to, stride, log2)
  return errorEmpty
}

/** A luma mode of a block whose candidates were chosen. */
let lumaMode: u32 = 0
let lumaLast: i32 = -1

/** How many modes are coded to find the best. */
function candidatesOf(log2: u32): u32 {
  return log2 == 2 ? 2 : log2 == 3 ? 2 : 1
}

// @ts-ignore: decorator
@inline
function trialOf(depth: u32): usize {
  return <usize>load<u32>(trialsByDepth + (depth << 2))
}

/** Luma of a block, or of a part of one of 8, in its best mode, into the trial of a depth. */
function lumaBlock(x: u32, y: u32, log2: u32, depth: u32): f64 {
  let trial = trialOf(depth)
  const size = <usize>1 << log2
  edgeOf(0, x, y, log2)
  if (log2 > 2) smoothEdge(1 << log2)
  probableModes(x, y)
  const count = rankModes(x, y, log2, candidatesOf(log2))
  const source = sourceOf(0, x, y)
  const context = CBF_LUMA + (log2 == 2 ? 0 : 1)
  const filled = cost(1, context)
  const empty = cost(0, context)
  let best: f64 = Infinity
  for (let i: u32 = 0; i < count; i++) {
    const mode = <u32>load<u8>(CANDIDATES + i)
    predict(log2, mode, true)
    const error =
      transformBlock(0, source, log2, mode, spare, size, spare + 1536, filled, empty) + lambda * <f64>modeCost(mode)
    if (error < best) {
      best = error
      lumaMode = mode
      lumaLast = transformLast
      const other = spare
      spare = trial
      trial = other
    }
  }
  store<u32>(trialsByDepth + (depth << 2), <u32>trial)
  return best
}

let chromaCode: u32 = 0
let blueLast: i32 = -1
let redLast: i32 = -1

/** The chroma mode of a code of intra_chroma_pred_mode (8.4.3). */
export function chromaModeOf(code: u32, luma: u32): u32 {
  if (code == 4) return luma
  const mode: u32 = code == 0 ? 0 : code == 1 ? 26 : code == 2 ? 10 : 1
  return mode == luma ? 34 : mode
}

const chromaScores = memory.data(5 * 4)

/** Adds what the chroma modes leave of a plane to their scores. */
function rankChroma(plane: u32, x: u32, y: u32, log2: u32, luma: u32): void {
  edgeOf(plane, x, y, log2)
  const source = sourceOf(plane, x, y)
  for (let code: u32 = 0; code < 5; code++) {
    predict(log2 - 1, chromaModeOf(code, luma), false)
    const at = chromaScores + (code << 2)
    store<u32>(at, load<u32>(at) + hadamard(source, strideOf(plane), log2 - 1))
  }
}

/** Chroma of a block of a luma mode, into the planes of `trial`. */
function chromaBlock(x: u32, y: u32, log2: u32, luma: u32, trial: usize): f64 {
  memory.fill(chromaScores, 0, 5 * 4)
  rankChroma(1, x, y, log2, luma)
  rankChroma(2, x, y, log2, luma)
  const same = cost(0, CHROMA_MODE)
  const other = cost(1, CHROMA_MODE) + 2 * BIT
  let least: f64 = Infinity
  const root = NativeMath.sqrt(lambda * BIT) / BIT
  for (let code: u32 = 0; code < 5; code++) {
    const score = <f64>load<u32>(chromaScores + (code << 2)) + root * <f64>(code == 4 ? same : other)
    if (score < least) {
      least = score
      chromaCode = code
    }
  }
  const mode = chromaModeOf(chromaCode, luma)
  let error = lambda * <f64>(chromaCode == 4 ? same : other)
  const filled = cost(1, CBF_CHROMA)
  const empty = cost(0, CBF_CHROMA)
  const size = <usize>1 << (log2 - 1)
  for (let plane: u32 = 2; plane > 0; plane--) {
    // The edge of Cr is still there.
    if (plane == 1) edgeOf(1, x, y, log2)
    predict(log2 - 1, mode, false)
    const to = trial + (plane == 1 ? 1024 : 1280)
    const levels = trial + 1536 + (plane == 1 ? 2048 : 2560)
    error += transformBlock(plane, sourceOf(plane, x, y), log2 - 1, mode, to, size, levels, filled, empty)
    if (plane == 1) blueLast = transformLast
    else redLast = transformLast
  }
  return error
}

/** Takes a block's luma from a trial. */
function keepLuma(x: u32, y: u32, log2: u32, trial: usize, mode: u32, last: i32): void {
  copyBlock(trial, <usize>1 << log2, reconstructionOf(0, x, y), lumaStride, log2)
  if (last >= 0) memory.copy(lumaLevels(x, y), trial + 1536, (last + 1) << 5)
  store<i8>(LUMA_LASTS + unit4(x, y), last)
  setMode(x, y, log2, mode)
}

/** Takes a block's chroma from a trial. */
function keepChroma(x: u32, y: u32, log2: u32, trial: usize, blue: i32, red: i32): void {
  const size = <usize>1 << (log2 - 1)
  copyBlock(trial + 1024, size, reconstructionOf(1, x, y), strideOf(1), log2 - 1)
  copyBlock(trial + 1280, size, reconstructionOf(2, x, y), strideOf(2), log2 - 1)
  if (blue >= 0) memory.copy(chromaLevels(1, x, y), trial + 1536 + 2048, (blue + 1) << 5)
  if (red >= 0) memory.copy(chromaLevels(2, x, y), trial + 1536 + 2560, (red + 1) << 5)
  store<i8>(CHROMA_LASTS + unit8(x, y), blue)
  store<i8>(CHROMA_LASTS + 16 + unit8(x, y), red)
}

/** A block of 8 in four parts of luma, kept at once. Infinity where it costs more than `most`. */
function codeParts(x: u32, y: u32, most: f64): f64 {
  let error = lambda * <f64>cost(0, PART)
  let firstMode: u32 = 0
  for (let part: u32 = 0; part < 4; part++) {
    const px = x + ((part & 1) << 2)
    const py = y + ((part >> 1) << 2)
    error += lumaBlock(px, py, 2, PARTS_DEPTH)
    if (error >= most) return Infinity
    if (part == 0) firstMode = lumaMode
    keepLuma(px, py, 2, trialOf(PARTS_DEPTH), lumaMode, lumaLast)
  }
  const trial = trialOf(PARTS_DEPTH)
  error += chromaBlock(x, y, 3, firstMode, trial)
  if (error >= most) return Infinity
  keepChroma(x, y, 3, trial, blueLast, redLast)
  setBlock(x, y, 3, 2, chromaCode)
  return error
}

/** The four quarters of a block. Infinity where they cost more than `most`. */
function codeQuarters(x: u32, y: u32, log2: u32, most: f64): f64 {
  const half: u32 = 1 << (log2 - 1)
  let error: f64 = 0
  for (let part: u32 = 0; part < 4; part++) {
    error += codeTree(x + (part & 1) * half, y + (part >> 1) * half, log2 - 1, most - error)
    if (error >= most) return Infinity
  }
  return error
}

/** Codes a block of the quadtree as one or in parts. Infinity where it costs more than `most`. */
export function codeTree(x: u32, y: u32, log2: u32, most: f64): f64 {
  if (x >= roomRight || y >= roomBelow) return 0
  const size: u32 = 1 << log2
  if (x + size > roomRight || y + size > roomBelow) return codeQuarters(x, y, log2, most)
  const depth = 5 - log2
  const split = SPLIT + splitContext(x, y, depth)
  if (log2 > 3 && unrest(sourceOf(0, x, y), lumaStride, log2) > (log2 == 5 ? busy32 : busy16)) {
    const flag = lambda * <f64>cost(1, split)
    return flag + codeQuarters(x, y, log2, most - flag)
  }
  const luma = lumaBlock(x, y, log2, depth)
  const mode = lumaMode
  const last = lumaLast
  let whole = luma + chromaBlock(x, y, log2, mode, trialOf(depth))
  const code = chromaCode
  const blue = blueLast
  const red = redLast
  whole += lambda * <f64>(log2 == 3 ? cost(1, PART) : cost(0, split))
  const least = min(whole, most)
  const before = lambda * <f64>(log2 == 3 ? 0 : cost(1, split))
  // What is predicted well enough to need no levels is seldom better in parts.
  if (last >= 0 || blue >= 0 || red >= 0) {
    const parts = before + (log2 == 3 ? codeParts(x, y, least) : codeQuarters(x, y, log2, least - before))
    if (parts < least) return parts
  }
  if (whole >= most) return Infinity
  const trial = trialOf(depth)
  keepLuma(x, y, log2, trial, mode, last)
  keepChroma(x, y, log2, trial, blue, red)
  setBlock(x, y, log2, log2, code)
  return whole
}
