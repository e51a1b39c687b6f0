// HEVC's transforms (ITU-T H.265, 8.6.4.2): a DCT of 4 to 32 rows and columns in integers, and a DST of
// 4. A pass transforms columns; rows are columns of the transposed block. One step of each DCT is a
// butterfly, the rest are dot products of pairs of rows.

import { COSINES } from './hevc-encode-tables'

/** Blocks of up to 32 × 32 × i16, rows one after the other. */
export const RESIDUAL = memory.data(2048, 16)
export const COEFFICIENTS = memory.data(2048, 16)
const between = memory.data(2048, 16)
const turned = memory.data(2048, 16)
/** Pairs of rows: low and high half of the first kind, then of the second. */
const pairs = memory.data(8 * 64, 16)

/** Forward weights: for each of 4 sizes, rows of N ÷ 2 × i16. */
const forwardWeights = memory.data(16 + 64 + 256 + 1024, 16)
/** Inverse weights: for each output row below N ÷ 2, pairs of even and of odd input rows. */
const inverseWeights = memory.data(16 + 64 + 256 + 1024, 16)

// @ts-ignore: decorator
@inline
function weightsOf(table: usize, log2: u32): usize {
  return table + (log2 == 2 ? 0 : log2 == 3 ? 16 : log2 == 4 ? 80 : 336)
}

/** The matrix of 2^log2 rows, by frequency and position. */
function weight(log2: u32, frequency: u32, position: u32): i32 {
  if (frequency == 0) return 64
  let angle = ((frequency << (5 - log2)) * (2 * position + 1)) & 127
  if (angle > 64) angle = 128 - angle
  return angle > 32 ? -<i32>load<u8>(COSINES + 64 - angle) : <i32>load<u8>(COSINES + angle)
}

/** Fills the weights. */
export function transformStart(): void {
  for (let log2: u32 = 2; log2 < 6; log2++) {
    const size: u32 = 1 << log2
    let at = weightsOf(forwardWeights, log2)
    for (let k: u32 = 0; k < size; k++) {
      for (let y: u32 = 0; y < size >> 1; y++, at += 2) store<i16>(at, weight(log2, k, y))
    }
    at = weightsOf(inverseWeights, log2)
    for (let y: u32 = 0; y < size >> 1; y++) {
      for (let k: u32 = 0; k < size; k += 4, at += 8) {
        store<i16>(at, weight(log2, k, y))
        store<i16>(at, weight(log2, k + 2, y), 2)
        store<i16>(at, weight(log2, k + 1, y), 4)
        store<i16>(at, weight(log2, k + 3, y), 6)
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function low16(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

// @ts-ignore: decorator
@inline
function high16(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

// @ts-ignore: decorator
@inline
function pair(even: i32, odd: i32): v128 {
  return i32x4.splat((even & 0xffff) | (odd << 16))
}

/** Transposes blocks of 8 × 8 of a block of `1 << log2` rows: `columns` of them, all rows. */
function transpose(from: usize, to: usize, log2: u32, columns: u32): void {
  const stride = <usize>2 << log2
  const size: usize = 1 << log2
  for (let y: usize = 0; y < size; y += 8) {
    for (let x: usize = 0; x < columns; x += 8) {
      const at = from + y * stride + (x << 1)
      const r0 = v128.load(at)
      const r1 = v128.load(at + stride)
      const r2 = v128.load(at + 2 * stride)
      const r3 = v128.load(at + 3 * stride)
      const r4 = v128.load(at + 4 * stride)
      const r5 = v128.load(at + 5 * stride)
      const r6 = v128.load(at + 6 * stride)
      const r7 = v128.load(at + 7 * stride)
      const a0 = low16(r0, r1)
      const a1 = low16(r2, r3)
      const a2 = low16(r4, r5)
      const a3 = low16(r6, r7)
      const b0 = high16(r0, r1)
      const b1 = high16(r2, r3)
      const b2 = high16(r4, r5)
      const b3 = high16(r6, r7)
      const c0 = v128.shuffle<u32>(a0, a1, 0, 4, 1, 5)
      const c1 = v128.shuffle<u32>(a0, a1, 2, 6, 3, 7)
      const c2 = v128.shuffle<u32>(a2, a3, 0, 4, 1, 5)
      const c3 = v128.shuffle<u32>(a2, a3, 2, 6, 3, 7)
      const d0 = v128.shuffle<u32>(b0, b1, 0, 4, 1, 5)
      const d1 = v128.shuffle<u32>(b0, b1, 2, 6, 3, 7)
      const d2 = v128.shuffle<u32>(b2, b3, 0, 4, 1, 5)
      const d3 = v128.shuffle<u32>(b2, b3, 2, 6, 3, 7)
      const out = to + x * stride + (y << 1)
      v128.store(out, v128.shuffle<u64>(c0, c2, 0, 2))
      v128.store(out + stride, v128.shuffle<u64>(c0, c2, 1, 3))
      v128.store(out + 2 * stride, v128.shuffle<u64>(c1, c3, 0, 2))
      v128.store(out + 3 * stride, v128.shuffle<u64>(c1, c3, 1, 3))
      v128.store(out + 4 * stride, v128.shuffle<u64>(d0, d2, 0, 2))
      v128.store(out + 5 * stride, v128.shuffle<u64>(d0, d2, 1, 3))
      v128.store(out + 6 * stride, v128.shuffle<u64>(d1, d3, 0, 2))
      v128.store(out + 7 * stride, v128.shuffle<u64>(d1, d3, 1, 3))
    }
  }
}

/** Columns to frequencies. */
function forwardPass(from: usize, to: usize, log2: u32, shift: i32): void {
  const size: usize = 1 << log2
  const stride = <usize>2 << log2
  const quads = size >> 2
  const round = i32x4.splat(1 << (shift - 1))
  for (let x: usize = 0; x < size; x += 8, from += 16, to += 16) {
    let at = from
    let mirror = from + (size - 1) * stride
    for (let j: usize = 0, p = pairs; j < quads; j++, p += 64, at += 2 * stride, mirror -= 2 * stride) {
      const a = v128.load(at)
      const b = v128.load(at + stride)
      const c = v128.load(mirror)
      const d = v128.load(mirror - stride)
      const s0 = i16x8.add(a, c)
      const s1 = i16x8.add(b, d)
      const d0 = i16x8.sub(a, c)
      const d1 = i16x8.sub(b, d)
      v128.store(p, low16(s0, s1))
      v128.store(p, high16(s0, s1), 16)
      v128.store(p, low16(d0, d1), 32)
      v128.store(p, high16(d0, d1), 48)
    }
    let weights = weightsOf(forwardWeights, log2)
    let out = to
    for (let k: usize = 0; k < size; k += 2, out += 2 * stride, weights += 2 * size) {
      let evenLow = round
      let evenHigh = round
      let oddLow = round
      let oddHigh = round
      for (let j: usize = 0, p = pairs, w = weights; j < quads; j++, p += 64, w += 4) {
        const even = v128.load32_splat(w)
        const odd = v128.load32_splat(w + size)
        evenLow = i32x4.add(evenLow, i32x4.dot_i16x8_s(v128.load(p), even))
        evenHigh = i32x4.add(evenHigh, i32x4.dot_i16x8_s(v128.load(p, 16), even))
        oddLow = i32x4.add(oddLow, i32x4.dot_i16x8_s(v128.load(p, 32), odd))
        oddHigh = i32x4.add(oddHigh, i32x4.dot_i16x8_s(v128.load(p, 48), odd))
      }
      v128.store(out, i16x8.narrow_i32x4_s(i32x4.shr_s(evenLow, shift), i32x4.shr_s(evenHigh, shift)))
      v128.store(out + stride, i16x8.narrow_i32x4_s(i32x4.shr_s(oddLow, shift), i32x4.shr_s(oddHigh, shift)))
    }
  }
}

/** Frequencies to columns: of `columns` columns, whose frequencies from `rows` on are 0. */
function inversePass(from: usize, to: usize, log2: u32, shift: i32, rows: u32, columns: u32): void {
  const half: usize = 1 << (log2 - 1)
  const stride = <usize>2 << log2
  const quads = (rows + 3) >> 2
  const round = i32x4.splat(1 << (shift - 1))
  for (let x: u32 = 0; x < columns; x += 8, from += 16, to += 16) {
    let at = from
    for (let j: u32 = 0, p = pairs; j < quads; j++, p += 64, at += 4 * stride) {
      const a = v128.load(at)
      const b = v128.load(at + stride)
      const c = v128.load(at + 2 * stride)
      const d = v128.load(at + 3 * stride)
      v128.store(p, low16(a, c))
      v128.store(p, high16(a, c), 16)
      v128.store(p, low16(b, d), 32)
      v128.store(p, high16(b, d), 48)
    }
    let weights = weightsOf(inverseWeights, log2)
    let upper = to
    let lower = to + (2 * half - 1) * stride
    for (let y: usize = 0; y < half; y++, upper += stride, lower -= stride, weights += 4 * half) {
      let evenLow = round
      let evenHigh = round
      let oddLow = i32x4.splat(0)
      let oddHigh = i32x4.splat(0)
      for (let j: u32 = 0, p = pairs, w = weights; j < quads; j++, p += 64, w += 8) {
        const even = v128.load32_splat(w)
        const odd = v128.load32_splat(w, 4)
        evenLow = i32x4.add(evenLow, i32x4.dot_i16x8_s(v128.load(p), even))
        evenHigh = i32x4.add(evenHigh, i32x4.dot_i16x8_s(v128.load(p, 16), even))
        oddLow = i32x4.add(oddLow, i32x4.dot_i16x8_s(v128.load(p, 32), odd))
        oddHigh = i32x4.add(oddHigh, i32x4.dot_i16x8_s(v128.load(p, 48), odd))
      }
      v128.store(
        upper,
        i16x8.narrow_i32x4_s(
          i32x4.shr_s(i32x4.add(evenLow, oddLow), shift),
          i32x4.shr_s(i32x4.add(evenHigh, oddHigh), shift),
        ),
      )
      v128.store(
        lower,
        i16x8.narrow_i32x4_s(
          i32x4.shr_s(i32x4.sub(evenLow, oddLow), shift),
          i32x4.shr_s(i32x4.sub(evenHigh, oddHigh), shift),
        ),
      )
    }
  }
}

/**
 * RESIDUAL to COEFFICIENTS. `sine`: a luma block of intra prediction of 4 × 4, which takes the DST.
 * The first pass keeps one bit less than the specification has in mind, so that sums fit 16 bits.
 */
export function forward(log2: u32, sine: bool): void {
  if (log2 == 2) return forwardSmall(sine)
  forwardPass(RESIDUAL, between, log2, log2)
  transpose(between, turned, log2, 1 << log2)
  forwardPass(turned, between, log2, log2 + 5)
  transpose(between, COEFFICIENTS, log2, 1 << log2)
}

/** COEFFICIENTS to RESIDUAL; those from row `rows` and column `columns` on are 0. */
export function inverse(log2: u32, sine: bool, rows: u32, columns: u32): void {
  if (log2 == 2) return inverseSmall(sine)
  const wide = (columns + 7) & ~7
  inversePass(COEFFICIENTS, between, log2, 7, rows, wide)
  transpose(between, turned, log2, wide)
  inversePass(turned, between, log2, 12, columns, 1 << log2)
  transpose(between, RESIDUAL, log2, 1 << log2)
}

/** Rows 0 and 1, 2 and 3 of a 4 × 4 block, changed to columns. */
let upperRows: v128 = i64x2.splat(0)
let lowerRows: v128 = i64x2.splat(0)

function transposeSmall(): void {
  const a = low16(upperRows, v128.shuffle<u64>(upperRows, upperRows, 1, 1))
  const b = low16(lowerRows, v128.shuffle<u64>(lowerRows, lowerRows, 1, 1))
  upperRows = v128.shuffle<u32>(a, b, 0, 4, 1, 5)
  lowerRows = v128.shuffle<u32>(a, b, 2, 6, 3, 7)
}

/** One pass over four columns: weights of outputs 0 to 3, as pairs for inputs 0, 1 and 2, 3. */
// @ts-ignore: decorator
@inline
function passSmall(a0: v128, b0: v128, a1: v128, b1: v128, a2: v128, b2: v128, a3: v128, b3: v128, shift: i32): void {
  const round = i32x4.splat(1 << (shift - 1))
  const first = low16(upperRows, v128.shuffle<u64>(upperRows, upperRows, 1, 1))
  const second = low16(lowerRows, v128.shuffle<u64>(lowerRows, lowerRows, 1, 1))
  const r0 = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(first, a0), i32x4.dot_i16x8_s(second, b0)), round)
  const r1 = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(first, a1), i32x4.dot_i16x8_s(second, b1)), round)
  const r2 = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(first, a2), i32x4.dot_i16x8_s(second, b2)), round)
  const r3 = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(first, a3), i32x4.dot_i16x8_s(second, b3)), round)
  upperRows = i16x8.narrow_i32x4_s(i32x4.shr_s(r0, shift), i32x4.shr_s(r1, shift))
  lowerRows = i16x8.narrow_i32x4_s(i32x4.shr_s(r2, shift), i32x4.shr_s(r3, shift))
}

function forwardSine(shift: i32): void {
  passSmall(
    pair(29, 55), pair(74, 84), pair(74, 74), pair(0, -74), pair(84, -29), pair(-74, 55), pair(55, -84), pair(74, -29), shift,
  )
}

function inverseSine(shift: i32): void {
  passSmall(
    pair(29, 74), pair(84, 55), pair(55, 74), pair(-29, -84), pair(74, 0), pair(-74, 74), pair(84, -74), pair(55, -29), shift,
  )
}

function forwardCosine(shift: i32): void {
  passSmall(
    pair(64, 64), pair(64, 64), pair(83, 36), pair(-36, -83), pair(64, -64), pair(-64, 64), pair(36, -83), pair(83, -36), shift,
  )
}

function inverseCosine(shift: i32): void {
  passSmall(
    pair(64, 83), pair(64, 36), pair(64, 36), pair(-64, -83), pair(64, -36), pair(-64, 83), pair(64, -83), pair(64, -36), shift,
  )
}

function forwardSmall(sine: bool): void {
  upperRows = v128.load(RESIDUAL)
  lowerRows = v128.load(RESIDUAL, 16)
  if (sine) forwardSine(1)
  else forwardCosine(1)
  transposeSmall()
  if (sine) forwardSine(8)
  else forwardCosine(8)
  transposeSmall()
  v128.store(COEFFICIENTS, upperRows)
  v128.store(COEFFICIENTS, lowerRows, 16)
}

function inverseSmall(sine: bool): void {
  upperRows = v128.load(COEFFICIENTS)
  lowerRows = v128.load(COEFFICIENTS, 16)
  if (sine) inverseSine(7)
  else inverseCosine(7)
  transposeSmall()
  if (sine) inverseSine(12)
  else inverseCosine(12)
  transposeSmall()
  v128.store(RESIDUAL, upperRows)
  v128.store(RESIDUAL, lowerRows, 16)
}
