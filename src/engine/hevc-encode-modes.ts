// Luma's intra modes: the three most probable ones (ITU-T H.265, 8.4.2), and which modes are worth
// coding, by the Hadamard transform of what they leave.

import { BIT, cost } from './hevc-encode-cost'
import { hadamard } from './hevc-encode-difference'
import { STRIDE, predictTurned } from './hevc-encode-predict'
import { PREVIOUS } from './hevc-encode-tables'
import { TURNED, lumaStride, modeAbove, modeBeside, sourceOf } from './hevc-encode-unit'

/** Modes that are put to the test, best first. */
export const CANDIDATES = memory.data(4)

let probable0: u32 = 0
let probable1: u32 = 0
let probable2: u32 = 0

/** √λ in 1/256. */
let rootLambda: u32 = 0

const NONE: u32 = 0xffffffff
/** A mode whose score is this part of the best one's over it is not worth coding. */
const NEAR: u32 = 16
/** Scores by mode, NONE where it was not looked at. */
const scores = memory.data(35 * 4)

export function modesStart(lambda: f64): void {
  rootLambda = <u32>(NativeMath.sqrt(lambda) * 256 + 0.5)
}

/** Finds the most probable modes of a block. */
export function probableModes(x: u32, y: u32): void {
  const left = modeBeside(x, y)
  const above = modeAbove(x, y)
  if (left != above) {
    probable0 = left
    probable1 = above
    probable2 = left != 0 && above != 0 ? 0 : left != 1 && above != 1 ? 1 : 26
  } else if (left < 2) {
    probable0 = 0
    probable1 = 1
    probable2 = 26
  } else {
    probable0 = left
    probable1 = 2 + ((left + 29) & 31)
    probable2 = 2 + ((left - 1) & 31)
  }
}

/** 0 to 2 for a most probable mode, else 3 + what rem_intra_luma_pred_mode says. */
export function modeCode(mode: u32): u32 {
  if (mode == probable0) return 0
  if (mode == probable1) return 1
  if (mode == probable2) return 2
  return 3 + mode - (mode > probable0 ? 1 : 0) - (mode > probable1 ? 1 : 0) - (mode > probable2 ? 1 : 0)
}

/** Cost of a mode's syntax. */
export function modeCost(mode: u32): u32 {
  if (mode == probable0) return cost(1, PREVIOUS) + BIT
  if (mode == probable1 || mode == probable2) return cost(1, PREVIOUS) + 2 * BIT
  return cost(0, PREVIOUS) + 5 * BIT
}

let blockX: u32 = 0
let blockY: u32 = 0
let blockLog2: u32 = 0

function look(mode: u32): u32 {
  const known = load<u32>(scores + (mode << 2))
  if (known != NONE) return known
  predictTurned(blockLog2, mode)
  const difference =
    mode >= 2 && mode < 18
      ? hadamard(TURNED + <usize>blockX * STRIDE + blockY, STRIDE, blockLog2)
      : hadamard(sourceOf(0, blockX, blockY), lumaStride, blockLog2)
  const score = (difference << 8) + ((rootLambda * modeCost(mode)) >> 8)
  store<u32>(scores + (mode << 2), score)
  return score
}

/**
 * Ranks the modes of a block whose edge was read and smoothed, and whose probable modes are known. Returns how
 * many of `count` are near enough to the best to be worth coding.
 */
export function rankModes(x: u32, y: u32, log2: u32, count: u32): u32 {
  blockX = x
  blockY = y
  blockLog2 = log2
  memory.fill(scores, 255, 35 * 4)
  look(0)
  look(1)
  let best: u32 = 10
  let least = NONE
  for (let mode: u32 = 2; mode <= 34; mode += 4) {
    const score = look(mode)
    if (score < least) {
      least = score
      best = mode
    }
  }
  for (let step: u32 = 2; step > 0; step--) {
    const middle = best
    if (middle >= 2 + step) {
      const score = look(middle - step)
      if (score < least) {
        least = score
        best = middle - step
      }
    }
    if (middle + step <= 34) {
      const score = look(middle + step)
      if (score < least) {
        least = score
        best = middle + step
      }
    }
  }
  look(probable0)
  look(probable1)
  look(probable2)
  let most = NONE
  for (let i: u32 = 0; i < count; i++) {
    let first: u32 = 0
    for (let mode: u32 = 1; mode < 35; mode++) {
      if (load<u32>(scores + (mode << 2)) < load<u32>(scores + (first << 2))) first = mode
    }
    const score = load<u32>(scores + (first << 2))
    if (score > most) return i
    if (i == 0) most = score + score / NEAR
    store<u8>(CANDIDATES + i, first)
    store<u32>(scores + (first << 2), NONE)
  }
  return count
}
