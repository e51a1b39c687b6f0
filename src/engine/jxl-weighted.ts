// The self-correcting predictor of JPEG XL's modular pictures (ISO/IEC 18181-1:2024 §H.5): four predictors, weighted by
// how far each was off near by.
import { alloc } from './arena'
import { bits, flag } from './jxl-bits'
import { fail, TOO_LARGE } from './jxl-fault'

/** Parameters: p1, p2, five of p3, four weights. */
const parameters: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((11) * 4, 16))

/** 2^24 / (i + 1). */
const QUOTIENTS: StaticArray<u32> = changetype<StaticArray<u32>>(memory.data((64) * 4, 16))

/** What is above and to the left, as fractions of 1/8: errors of the four, and of their mean. */
let above: usize = 0
let aboveMean: usize = 0
let own: usize = 0
let ownMean: usize = 0

let p0: i32 = 0
let p1: i32 = 0
let p2: i32 = 0
let p3: i32 = 0
let mean: i32 = 0

/** The largest error of the mean near by: property 15. */
export let weightedError: i32 = 0

/** Reads the parameters (WPHeader). */
export function readWeighted(): void {
  for (let i: u32 = 0; i < 64; i++) unchecked((QUOTIENTS[i] = (1 << 24) / (i + 1)))
  const plain = flag()
  for (let i = 0; i < 11; i++) {
    const width = i < 7 ? 5 : 4
    let value = 0
    if (plain) value = i == 0 ? 16 : i == 1 ? 10 : i < 5 ? 7 : i < 7 ? 0 : i == 7 ? 13 : 12
    else value = <i32>bits(width)
    unchecked((parameters[i] = value))
  }
}

/** Bytes of the parameters, where they are kept for later. */
export const WEIGHTED_BYTES: usize = 44

export function saveWeighted(to: usize): void {
  memory.copy(to, changetype<usize>(parameters), WEIGHTED_BYTES)
}

export function restoreWeighted(from: usize): void {
  memory.copy(changetype<usize>(parameters), from, WEIGHTED_BYTES)
}

/** Begins a channel. The rows of errors lie in the arena. */
export function weightedStart(width: i32): bool {
  const errors = (<usize>width + 2) << 4
  const means = (<usize>width + 2) << 2
  above = alloc(errors)
  own = alloc(errors)
  aboveMean = alloc(means)
  ownMean = alloc(means)
  if (above == 0 || own == 0 || aboveMean == 0 || ownMean == 0) return fail(TOO_LARGE)
  memory.fill(above, 0, errors)
  memory.fill(own, 0, errors)
  memory.fill(aboveMean, 0, means)
  memory.fill(ownMean, 0, means)
  return true
}

/** Goes on to the next row. */
export function weightedRow(): void {
  let swap = above
  above = own
  own = swap
  swap = aboveMean
  aboveMean = ownMean
  ownMean = swap
}

// @ts-ignore: decorator
@inline
function weightOf(error: u32, factor: i32): u32 {
  const shift = max(0, 26 - <i32>clz<u64>(<u64>error + 1) + 32)
  return 4 + ((<u32>factor * unchecked(QUOTIENTS[error >> shift])) >> shift)
}

/** The prediction, in eighths; sets `weightedError`. @param last whether there is no pixel to the right */
// @ts-ignore: decorator
@inline
export function weightedPredict(x: i32, last: bool, west: i32, north: i32, northWest: i32, northEast: i32, twoNorth: i32): i32 {
  const right = last ? x : x + 1
  const left = x > 0 ? x - 1 : 0
  const sums = i32x4.add(
    i32x4.add(v128.load(above + (<usize>x << 4)), v128.load(above + (<usize>right << 4))),
    v128.load(above + (<usize>left << 4)),
  )
  let w0 = weightOf(<u32>i32x4.extract_lane(sums, 0), unchecked(parameters[7]))
  let w1 = weightOf(<u32>i32x4.extract_lane(sums, 1), unchecked(parameters[8]))
  let w2 = weightOf(<u32>i32x4.extract_lane(sums, 2), unchecked(parameters[9]))
  let w3 = weightOf(<u32>i32x4.extract_lane(sums, 3), unchecked(parameters[10]))

  // Errors of the means begin one place further, behind a zero.
  const eW = load<i32>(ownMean + (<usize>x << 2))
  const eN = load<i32>(aboveMean + (<usize>x << 2), 4)
  const eNW = load<i32>(aboveMean + (<usize>left << 2), 4)
  const eNE = load<i32>(aboveMean + (<usize>right << 2), 4)
  let most = eW
  if (abs(eN) > abs(most)) most = eN
  if (abs(eNW) > abs(most)) most = eNW
  if (abs(eNE) > abs(most)) most = eNE
  weightedError = most

  const n = north << 3
  const w = west << 3
  const ne = northEast << 3
  const nw = northWest << 3
  const nn = twoNorth << 3
  const both = <i64>eN + eW
  p0 = w + ne - n
  p1 = n - <i32>(((both + eNE) * unchecked(parameters[0])) >> 5)
  p2 = w - <i32>(((both + eNW) * unchecked(parameters[1])) >> 5)
  p3 =
    n -
    <i32>(
      (<i64>eNW * unchecked(parameters[2]) +
        <i64>eN * unchecked(parameters[3]) +
        <i64>eNE * unchecked(parameters[4]) +
        <i64>(nn - n) * unchecked(parameters[5]) +
        <i64>(nw - w) * unchecked(parameters[6])) >>
      5
    )

  const shift = 59 - <i32>clz<u64>(<u64>w0 + w1 + w2 + w3)
  w0 >>= shift
  w1 >>= shift
  w2 >>= shift
  w3 >>= shift
  const total = w0 + w1 + w2 + w3
  const sum =
    <i64>(total >> 1) - 1 + <i64>w0 * p0 + <i64>w1 * p1 + <i64>w2 * p2 + <i64>w3 * p3
  mean = <i32>((sum * unchecked(QUOTIENTS[total - 1])) >> 24)
  if (((eN ^ eW) | (eN ^ eNW)) <= 0) {
    const top = max(w, max(ne, n))
    const bottom = min(w, min(ne, n))
    mean = max(bottom, min(top, mean))
  }
  return mean
}

// @ts-ignore: decorator
@inline
function off(prediction: i32, value: i32): i32 {
  return (abs(prediction - value) + 3) >> 3
}

/** Keeps how far the predictions were off. */
// @ts-ignore: decorator
@inline
export function weightedLearn(x: i32, real: i32): void {
  const value = real << 3
  store<i32>(ownMean + (<usize>x << 2), mean - value, 4)
  const errors = i32x4(off(p0, value), off(p1, value), off(p2, value), off(p3, value))
  const at = <usize>x << 4
  v128.store(own + at, errors)
  v128.store(above + at, i32x4.add(v128.load(above + at, 16), errors), 16)
}
