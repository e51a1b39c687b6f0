// Decisions within a macroblock: which prediction, by squared error + lambda × bits.

import { bitCost, blockCost } from './vp8-encode-cost'
import { PREDICTIONS4, STRIDE, predict4, predictWhole } from './vp8-encode-predict'
import { MODE_PROBABILITIES } from './vp8-encode-tables'
import {
  COEFFICIENTS,
  PREDICTION,
  RECONSTRUCTION,
  SOURCE,
  errorPair,
  forwardPair,
  hadamardPair,
  inversePair,
  inverseSecond,
  lastA,
  lastB,
  quantisePair,
  quantiseSecond,
} from './vp8-encode-transform'

/** Buffers of 17 rows of 32: pixel (x, y) at 32 (y + 1) + 16 + x. The first row may reach 16 bytes back. */
const BUFFER: i32 = 32 * 18
const AT: usize = 48

/** Reconstructions: luma by whole-block and by 4×4 modes, then U, V. */
const whole = memory.data(BUFFER, 16)
const parts = memory.data(BUFFER, 16)
const blue = memory.data(BUFFER, 16)
const red = memory.data(BUFFER, 16)
export const WHOLE = whole + AT
export const PARTS = parts + AT
export const BLUE = blue + AT
export const RED = red + AT

const predicted = memory.data(4 * 512, 16)
const predictedBlue = memory.data(4 * 256, 16)
const predictedRed = memory.data(4 * 256, 16)

/** Levels: of the DCs, then 16 luma blocks; the same by 4×4 modes; 8 chroma blocks. 32 bytes each, and last positions. */
export const LEVELS_WHOLE = memory.data(17 * 32, 16)
export const LEVELS_PARTS = memory.data(18 * 32, 16)
export const LEVELS_CHROMA = memory.data(8 * 32, 16)
export const LASTS_WHOLE = memory.data(17)
export const LASTS_PARTS = memory.data(17)
export const LASTS_CHROMA = memory.data(8)
export const MODES = memory.data(16)
const trial = memory.data(64, 16)

/** Whether blocks above (0–3 luma, 4–5 U, 6–7 V, 8 DCs) and to the left have levels. */
export const ABOVE = memory.data(9)
export const BESIDE = memory.data(9)
const aboveTrial = memory.data(4)
const besideTrial = memory.data(4)

/** u16: cost of a 4×4 mode, by mode above × left × mode. */
const modeCosts = memory.data(1000 * 2, 16)
const dcs = memory.data(32, 16)
const coefficients = memory.data(8 * 64, 16)

/** Per 1/256 bit, against 256 × squared error. */
let lambda: i64 = 0
/** Per 1/256 bit, against 64 × Hadamard sums. */
let lambdaHadamard: u32 = 0

/** Costs of whole modes, with that of saying so: DC, TrueMotion, vertical, horizontal. */
function wholeModeCost(mode: u32): u32 {
  return mode == 0 ? 663 : mode == 2 ? 872 : 919
}

function chromaModeCost(mode: u32): u32 {
  return mode == 0 ? 302 : mode == 1 ? 984 : mode == 2 ? 439 : 642
}

/** Cost of `mode` in the tree of 4×4 modes. */
function modeCost(mode: u32, p: usize): u32 {
  if (mode == 0) return bitCost(0, load<u8>(p))
  let cost = bitCost(1, load<u8>(p))
  if (mode == 1) return cost + bitCost(0, load<u8>(p, 1))
  cost += bitCost(1, load<u8>(p, 1))
  if (mode == 2) return cost + bitCost(0, load<u8>(p, 2))
  cost += bitCost(1, load<u8>(p, 2))
  if (mode < 6) {
    cost += bitCost(0, load<u8>(p, 3))
    if (mode == 3) return cost + bitCost(0, load<u8>(p, 4))
    return cost + bitCost(1, load<u8>(p, 4)) + bitCost(mode - 4, load<u8>(p, 5))
  }
  cost += bitCost(1, load<u8>(p, 3))
  if (mode == 6) return cost + bitCost(0, load<u8>(p, 6))
  cost += bitCost(1, load<u8>(p, 6))
  if (mode == 7) return cost + bitCost(0, load<u8>(p, 7))
  return cost + bitCost(1, load<u8>(p, 7)) + bitCost(mode - 8, load<u8>(p, 8))
}

/** Prepares for luma's AC step. */
export function blockStart(step: u32): void {
  // Where rate and distortion trade evenly at high rates: 0.1155 × (step ÷ 2)² a bit, its root for
  // sums of magnitudes. Measured, a third less or more gains nothing.
  lambda = max<i64>((<i64>step * step * 3) >> 7, 1)
  lambdaHadamard = step * 30
  for (let context: u32 = 0; context < 100; context++) {
    for (let mode: u32 = 0; mode < 10; mode++) {
      const cost = modeCost(mode, MODE_PROBABILITIES + context * 9)
      store<u16>(modeCosts + ((context * 10 + mode) << 1), cost)
    }
  }
}

function addLanes(sum: v128): u32 {
  const half = i32x4.add(sum, v128.shuffle<u32>(sum, sum, 2, 3, 0, 1))
  return i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1)
}

/** Loads 4 rows of 8 pixels as i16. */
function loadRows(from: usize, stride: usize, to: usize): void {
  v128.store(to, v128.load8x8_u(from))
  v128.store(to, v128.load8x8_u(from + stride), 16)
  v128.store(to, v128.load8x8_u(from + 2 * stride), 32)
  v128.store(to, v128.load8x8_u(from + 3 * stride), 48)
}

function storeRows(to: usize): void {
  for (let i: usize = 0; i < 4; i++) {
    const row = v128.load(RECONSTRUCTION + (i << 4))
    v128.store64_lane(to + i * STRIDE, i8x16.narrow_i16x8_u(row, row), 0)
  }
}

/** Hadamard sum of a whole prediction of `size` pixels a side. */
function hadamardWhole(source: usize, stride: usize, prediction: usize, size: usize): u32 {
  let sum = i32x4.splat(0)
  const ones = i16x8.splat(1)
  for (let y: usize = 0; y < size; y += 4) {
    for (let x: usize = 0; x < size; x += 8) {
      loadRows(source + y * stride + x, stride, SOURCE)
      loadRows(prediction + y * STRIDE + x, STRIDE, PREDICTION)
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(hadamardPair(), ones))
    }
  }
  return addLanes(sum)
}

export let wholeMode: u32 = 0
export let chromaMode: u32 = 0

/** The best whole-block mode of luma; WHOLE, LEVELS_WHOLE, LASTS_WHOLE are its. Returns its score. */
export function decideWhole(source: usize, stride: usize, left: bool, top: bool): i64 {
  let best: u32 = 0xffffffff
  for (let mode: u32 = 0; mode < 4; mode++) {
    const target = predicted + (mode << 9)
    predictWhole(mode, WHOLE, 16, left, top, target)
    const score = hadamardWhole(source, stride, target, 16) + ((wholeModeCost(mode) * lambdaHadamard) >> 14)
    if (score < best) {
      best = score
      wholeMode = mode
    }
  }
  const prediction = predicted + (wholeMode << 9)
  for (let pair: usize = 0; pair < 8; pair++) {
    const y = (pair >> 1) << 2
    const x = (pair & 1) << 3
    loadRows(source + y * stride + x, stride, SOURCE)
    loadRows(prediction + y * STRIDE + x, STRIDE, PREDICTION)
    forwardPair()
    store<i16>(dcs + (pair << 2), load<i16>(COEFFICIENTS))
    store<i16>(dcs + (pair << 2), load<i16>(COEFFICIENTS, 8), 2)
    quantisePair(0, 1, LEVELS_WHOLE + 32 + (pair << 6))
    store<i8>(LASTS_WHOLE + 1 + (pair << 1), lastA)
    store<i8>(LASTS_WHOLE + 1 + (pair << 1), lastB, 1)
    memory.copy(coefficients + (pair << 6), COEFFICIENTS, 64)
  }
  store<i8>(LASTS_WHOLE, quantiseSecond(dcs, LEVELS_WHOLE))
  inverseSecond(dcs)
  let errors = i32x4.splat(0)
  for (let pair: usize = 0; pair < 8; pair++) {
    const y = (pair >> 1) << 2
    const x = (pair & 1) << 3
    loadRows(source + y * stride + x, stride, SOURCE)
    loadRows(prediction + y * STRIDE + x, STRIDE, PREDICTION)
    memory.copy(COEFFICIENTS, coefficients + (pair << 6), 64)
    store<i16>(COEFFICIENTS, load<i16>(dcs + (pair << 2)))
    store<i16>(COEFFICIENTS, load<i16>(dcs + (pair << 2), 2), 8)
    inversePair()
    errors = i32x4.add(errors, errorPair())
    storeRows(WHOLE + y * STRIDE + x)
  }
  const bits = wholeModeCost(wholeMode) + wholeCost()
  return (<i64>addLanes(errors) << 8) + lambda * bits
}

/** Bits of LEVELS_WHOLE. */
function wholeCost(): u32 {
  let bits = blockCost(LEVELS_WHOLE, 0, load<i8>(LASTS_WHOLE), 1, load<u8>(ABOVE, 8) + load<u8>(BESIDE, 8))
  store<u32>(aboveTrial, load<u32>(ABOVE))
  store<u32>(besideTrial, load<u32>(BESIDE))
  for (let block: usize = 0; block < 16; block++) {
    const above = aboveTrial + (block & 3)
    const beside = besideTrial + (block >> 2)
    const last = <i32>load<i8>(LASTS_WHOLE + 1 + block)
    bits += blockCost(LEVELS_WHOLE + 32 + (block << 5), 1, last, 0, load<u8>(above) + load<u8>(beside))
    const filled: u8 = last > 0 ? 1 : 0
    store<u8>(above, filled)
    store<u8>(beside, filled)
  }
  return bits
}

/** Loads predictions of two modes, row by row side by side. */
function loadModes(a: u32, b: u32): void {
  const first = v128.load(PREDICTIONS4 + (a << 4))
  const second = v128.load(PREDICTIONS4 + (b << 4))
  const upper = v128.shuffle<u32>(first, second, 0, 4, 1, 5)
  const lower = v128.shuffle<u32>(first, second, 2, 6, 3, 7)
  v128.store(PREDICTION, i16x8.extend_low_i8x16_u(upper))
  v128.store(PREDICTION, i16x8.extend_high_i8x16_u(upper), 16)
  v128.store(PREDICTION, i16x8.extend_low_i8x16_u(lower), 32)
  v128.store(PREDICTION, i16x8.extend_high_i8x16_u(lower), 48)
}

/** The two modes of the present 4×4 block that look best. */
let firstMode: u32 = 0
let secondMode: u32 = 0

function rankModes(costs: usize): void {
  let first: u32 = 0xffffffff
  let second: u32 = 0xffffffff
  for (let mode: u32 = 0; mode < 10; mode += 2) {
    loadModes(mode, mode + 1)
    const sums = hadamardPair()
    const even = addLanes(i32x4.dot_i16x8_s(sums, i32x4.splat(1)))
    const odd = addLanes(i32x4.dot_i16x8_s(sums, i32x4.splat(0x10000)))
    for (let i: u32 = 0; i < 2; i++) {
      const cost = <u32>load<u16>(costs + ((mode + i) << 1))
      const score = (i ? odd : even) + ((cost * lambdaHadamard) >> 14)
      if (score < first) {
        second = first
        secondMode = firstMode
        first = score
        firstMode = mode + i
      } else if (score < second) {
        second = score
        secondMode = mode + i
      }
    }
  }
}

/**
 * The best 4×4 modes of luma; PARTS, MODES, LEVELS_PARTS, LASTS_PARTS are theirs. `modesAbove` and
 * `modesBeside` are the neighbours' 4 modes. Returns the score, or `most` when it would be no less.
 */
export function decideParts(
  source: usize,
  stride: usize,
  modesAbove: usize,
  modesBeside: usize,
  most: i64,
): i64 {
  store<u32>(aboveTrial, load<u32>(ABOVE))
  store<u32>(besideTrial, load<u32>(BESIDE))
  let score: i64 = lambda * 211
  for (let block: usize = 0; block < 16; block++) {
    const column = block & 3
    const row = block >> 2
    const above = <u32>(row == 0 ? load<u8>(modesAbove + column) : load<u8>(MODES + block - 4))
    const beside = <u32>(column == 0 ? load<u8>(modesBeside + row) : load<u8>(MODES + block - 1))
    const costs = modeCosts + (above * 10 + beside) * 20
    const target = PARTS + row * 4 * STRIDE + column * 4
    predict4(target)
    // The source twice, side by side.
    for (let i: usize = 0; i < 4; i++) {
      const pixels = v128.load32_splat(source + (row * 4 + i) * stride + column * 4)
      v128.store(SOURCE + (i << 4), i16x8.extend_low_i8x16_u(pixels))
    }
    rankModes(costs)
    loadModes(firstMode, secondMode)
    forwardPair()
    const levels = LEVELS_PARTS + 32 + (block << 5)
    quantisePair(0, 0, trial)
    const context = <u32>load<u8>(aboveTrial + column) + load<u8>(besideTrial + row)
    inversePair()
    const errors = errorPair()
    const errorA = <i64>(i32x4.extract_lane(errors, 0) + i32x4.extract_lane(errors, 1))
    const errorB = <i64>(i32x4.extract_lane(errors, 2) + i32x4.extract_lane(errors, 3))
    const bitsA = blockCost(trial, 0, lastA, 3, context) + load<u16>(costs + (firstMode << 1))
    const scoreA = (errorA << 8) + lambda * bitsA
    // Levels are counted only where the error leaves a chance.
    let scoreB = (errorB << 8) + lambda * <i64>load<u16>(costs + (secondMode << 1))
    if (scoreB < scoreA) scoreB += lambda * <i64>blockCost(trial + 32, 0, lastB, 3, context)
    const useB = scoreB < scoreA
    score += useB ? scoreB : scoreA
    if (score >= most) return most
    const last = useB ? lastB : lastA
    const from = useB ? trial + 32 : trial
    v128.store(levels, v128.load(from))
    v128.store(levels, v128.load(from, 16), 16)
    store<i8>(LASTS_PARTS + 1 + block, last)
    store<u8>(MODES + block, useB ? secondMode : firstMode)
    const filled: u8 = last >= 0 ? 1 : 0
    store<u8>(aboveTrial + column, filled)
    store<u8>(besideTrial + row, filled)
    for (let i: usize = 0; i < 4; i++) {
      const pixels = v128.load(RECONSTRUCTION + (i << 4))
      const bytes = i8x16.narrow_i16x8_u(pixels, pixels)
      if (useB) v128.store32_lane(target + i * STRIDE, bytes, 1)
      else v128.store32_lane(target + i * STRIDE, bytes, 0)
    }
  }
  return score
}

/** The best mode of both chroma planes; BLUE, RED, LEVELS_CHROMA, LASTS_CHROMA are its. */
export function decideChroma(u: usize, v: usize, stride: usize, left: bool, top: bool): void {
  let best: u32 = 0xffffffff
  for (let mode: u32 = 0; mode < 4; mode++) {
    predictWhole(mode, BLUE, 8, left, top, predictedBlue + (mode << 8))
    predictWhole(mode, RED, 8, left, top, predictedRed + (mode << 8))
    const score =
      hadamardWhole(u, stride, predictedBlue + (mode << 8), 8) +
      hadamardWhole(v, stride, predictedRed + (mode << 8), 8) +
      ((chromaModeCost(mode) * lambdaHadamard) >> 14)
    if (score < best) {
      best = score
      chromaMode = mode
    }
  }
  for (let pair: usize = 0; pair < 4; pair++) {
    const y = (pair & 1) << 2
    const source = (pair < 2 ? u : v) + y * stride
    const prediction = (pair < 2 ? predictedBlue : predictedRed) + (chromaMode << 8) + y * STRIDE
    loadRows(source, stride, SOURCE)
    loadRows(prediction, STRIDE, PREDICTION)
    forwardPair()
    quantisePair(1, 0, LEVELS_CHROMA + (pair << 6))
    store<i8>(LASTS_CHROMA + (pair << 1), lastA)
    store<i8>(LASTS_CHROMA + (pair << 1), lastB, 1)
    inversePair()
    storeRows((pair < 2 ? BLUE : RED) + y * STRIDE)
  }
}
