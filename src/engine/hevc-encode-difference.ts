// How far a block is from its prediction: by the Hadamard transform, which stands for the cost of
// coding it, and by squares; and the block put together again.

import { PREDICTION, STRIDE } from './hevc-encode-predict'
import { RESIDUAL } from './hevc-encode-transform'

/** The difference of the source and PREDICTION to RESIDUAL. */
export function subtract(source: usize, stride: usize, log2: u32): void {
  const size: u32 = 1 << log2
  let to = RESIDUAL
  if (log2 == 2) {
    for (let y: usize = 0; y < 4; y += 2, source += 2 * stride, to += 16) {
      const a = v128.load32_lane(source + stride, v128.load32_zero(source), 1)
      const b = v128.load32_lane(PREDICTION + (y + 1) * STRIDE, v128.load32_zero(PREDICTION + y * STRIDE), 1)
      v128.store(to, i16x8.sub(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b)))
    }
    return
  }
  for (let y: usize = 0; y < size; y++, source += stride) {
    for (let x: usize = 0; x < size; x += 8, to += 16) {
      const a = v128.load8x8_u(source + x)
      const b = v128.load8x8_u(PREDICTION + y * STRIDE + x)
      v128.store(to, i16x8.sub(a, b))
    }
  }
}

/** PREDICTION and RESIDUAL together, held to 0–255, to rows of `stride` at `to`. */
export function addResidual(log2: u32, to: usize, stride: usize): void {
  const size: u32 = 1 << log2
  let from = RESIDUAL
  if (log2 == 2) {
    for (let y: usize = 0; y < 4; y++, from += 8, to += stride) {
      const sum = i16x8.add(v128.load64_zero(from), v128.load8x8_u(PREDICTION + y * STRIDE))
      v128.store32_lane(to, i8x16.narrow_i16x8_u(sum, sum), 0)
    }
    return
  }
  for (let y: usize = 0; y < size; y++, to += stride) {
    for (let x: usize = 0; x < size; x += 8, from += 16) {
      const sum = i16x8.add(v128.load(from), v128.load8x8_u(PREDICTION + y * STRIDE + x))
      v128.store64_lane(to + x, i8x16.narrow_i16x8_u(sum, sum), 0)
    }
  }
}

/** Copies a block of bytes. */
export function copyBlock(from: usize, fromStride: usize, to: usize, toStride: usize, log2: u32): void {
  const size: u32 = 1 << log2
  for (let y: usize = 0; y < size; y++, from += fromStride, to += toStride) {
    if (log2 == 2) store<u32>(to, load<u32>(from))
    else if (log2 == 3) store<u64>(to, load<u64>(from))
    else {
      v128.store(to, v128.load(from))
      if (log2 == 5) v128.store(to, v128.load(from, 16), 16)
    }
  }
}

/** Sum of squared differences of two blocks. */
export function squares(a: usize, aStride: usize, b: usize, bStride: usize, log2: u32): u32 {
  const size: u32 = 1 << log2
  let sum = i32x4.splat(0)
  if (log2 == 2) {
    for (let y: usize = 0; y < 4; y += 2, a += 2 * aStride, b += 2 * bStride) {
      const p = v128.load32_lane(a + aStride, v128.load32_zero(a), 1)
      const q = v128.load32_lane(b + bStride, v128.load32_zero(b), 1)
      const d = i16x8.sub(i16x8.extend_low_i8x16_u(p), i16x8.extend_low_i8x16_u(q))
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(d, d))
    }
  } else {
    for (let y: usize = 0; y < size; y++, a += aStride, b += bStride) {
      for (let x: usize = 0; x < size; x += 8) {
        const d = i16x8.sub(v128.load8x8_u(a + x), v128.load8x8_u(b + x))
        sum = i32x4.add(sum, i32x4.dot_i16x8_s(d, d))
      }
    }
  }
  return total(sum)
}

/** Sum of the differences of neighbours across and down a block of 16 or 32, but for its last row and its last 8 columns. */
export function unrest(source: usize, stride: usize, log2: u32): u32 {
  const size: u32 = 1 << log2
  let sum = i32x4.splat(0)
  for (let y: usize = 1; y < size; y++, source += stride) {
    for (let x: usize = 0; x < size - 8; x += 8) {
      const here = v128.load64_zero(source + x)
      const right = v128.load64_zero(source + x + 1)
      const below = v128.load64_zero(source + x + stride)
      const across = v128.or(i8x16.sub_sat_u(here, right), i8x16.sub_sat_u(right, here))
      const down = v128.or(i8x16.sub_sat_u(here, below), i8x16.sub_sat_u(below, here))
      const both = i16x8.add(i16x8.extend_low_i8x16_u(across), i16x8.extend_low_i8x16_u(down))
      sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(both))
    }
  }
  return total(sum)
}

// @ts-ignore: decorator
@inline
function total(sum: v128): u32 {
  const half = i32x4.add(sum, v128.shuffle<u64>(sum, sum, 1, 0))
  return i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1)
}

/** Sum of the magnitudes of the Hadamard transforms of 8 × 8 differences (4 × 4 in blocks of 4), scaled as a sum of differences. */
export function hadamard(source: usize, stride: usize, log2: u32): u32 {
  if (log2 == 2) return hadamard4(source, stride)
  const size: u32 = 1 << log2
  let sum: u32 = 0
  for (let y: usize = 0; y < size; y += 8, source += 8 * stride) {
    for (let x: usize = 0; x < size; x += 8) sum += hadamard8(source + x, stride, PREDICTION + y * STRIDE + x)
  }
  return sum
}

// @ts-ignore: decorator
@inline
function difference(a: usize, b: usize): v128 {
  return i16x8.sub(v128.load8x8_u(a), v128.load8x8_u(b))
}

function hadamard8(a: usize, stride: usize, b: usize): u32 {
  let r0 = difference(a, b)
  let r1 = difference(a + stride, b + STRIDE)
  let r2 = difference(a + 2 * stride, b + 2 * STRIDE)
  let r3 = difference(a + 3 * stride, b + 3 * STRIDE)
  let r4 = difference(a + 4 * stride, b + 4 * STRIDE)
  let r5 = difference(a + 5 * stride, b + 5 * STRIDE)
  let r6 = difference(a + 6 * stride, b + 6 * STRIDE)
  let r7 = difference(a + 7 * stride, b + 7 * STRIDE)
  const a0 = i16x8.add(r0, r4)
  const a1 = i16x8.add(r1, r5)
  const a2 = i16x8.add(r2, r6)
  const a3 = i16x8.add(r3, r7)
  const a4 = i16x8.sub(r0, r4)
  const a5 = i16x8.sub(r1, r5)
  const a6 = i16x8.sub(r2, r6)
  const a7 = i16x8.sub(r3, r7)
  const b0 = i16x8.add(a0, a2)
  const b1 = i16x8.add(a1, a3)
  const b2 = i16x8.sub(a0, a2)
  const b3 = i16x8.sub(a1, a3)
  const b4 = i16x8.add(a4, a6)
  const b5 = i16x8.add(a5, a7)
  const b6 = i16x8.sub(a4, a6)
  const b7 = i16x8.sub(a5, a7)
  r0 = i16x8.add(b0, b1)
  r1 = i16x8.sub(b0, b1)
  r2 = i16x8.add(b2, b3)
  r3 = i16x8.sub(b2, b3)
  r4 = i16x8.add(b4, b5)
  r5 = i16x8.sub(b4, b5)
  r6 = i16x8.add(b6, b7)
  r7 = i16x8.sub(b6, b7)
  // Along rows: two steps on pairs of rows, and |x + y| + |x - y| = 2 max(|x|, |y|) for the last.
  let sum = across(r0, r1)
  sum = i32x4.add(sum, across(r2, r3))
  sum = i32x4.add(sum, across(r4, r5))
  sum = i32x4.add(sum, across(r6, r7))
  return (total(sum) + 1) >> 1
}

/** Two rows' transforms along the rows: sums of magnitudes, halved. */
// @ts-ignore: decorator
@inline
function across(a: v128, b: v128): v128 {
  const even = v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
  const odd = v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
  const s = i16x8.add(even, odd)
  const d = i16x8.sub(even, odd)
  const even2 = v128.shuffle<u16>(s, d, 0, 2, 4, 6, 8, 10, 12, 14)
  const odd2 = v128.shuffle<u16>(s, d, 1, 3, 5, 7, 9, 11, 13, 15)
  const s2 = i16x8.add(even2, odd2)
  const d2 = i16x8.sub(even2, odd2)
  const x = i16x8.abs(v128.shuffle<u16>(s2, d2, 0, 2, 4, 6, 8, 10, 12, 14))
  const y = i16x8.abs(v128.shuffle<u16>(s2, d2, 1, 3, 5, 7, 9, 11, 13, 15))
  return i32x4.extadd_pairwise_i16x8_u(i16x8.max_s(x, y))
}

function hadamard4(source: usize, stride: usize): u32 {
  const p01 = i16x8.extend_low_i8x16_u(v128.load32_lane(source + stride, v128.load32_zero(source), 1))
  const p23 = i16x8.extend_low_i8x16_u(v128.load32_lane(source + 3 * stride, v128.load32_zero(source + 2 * stride), 1))
  const q01 = i16x8.extend_low_i8x16_u(v128.load32_lane(PREDICTION + STRIDE, v128.load32_zero(PREDICTION), 1))
  const q23 = i16x8.extend_low_i8x16_u(
    v128.load32_lane(PREDICTION + 3 * STRIDE, v128.load32_zero(PREDICTION + 2 * STRIDE), 1),
  )
  const d01 = i16x8.sub(p01, q01)
  const d23 = i16x8.sub(p23, q23)
  // Rows 0 + 2, 1 + 3, then 0 - 2, 1 - 3.
  const s = i16x8.add(d01, d23)
  const d = i16x8.sub(d01, d23)
  const u = v128.shuffle<u64>(s, d, 0, 2)
  const w = v128.shuffle<u64>(s, d, 1, 3)
  const a = i16x8.add(u, w)
  const b = i16x8.sub(u, w)
  const even = v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
  const odd = v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
  const s2 = i16x8.add(even, odd)
  const d2 = i16x8.sub(even, odd)
  const x = i16x8.abs(v128.shuffle<u16>(s2, d2, 0, 2, 4, 6, 8, 10, 12, 14))
  const y = i16x8.abs(v128.shuffle<u16>(s2, d2, 1, 3, 5, 7, 9, 11, 13, 15))
  return total(i32x4.extadd_pairwise_i16x8_u(i16x8.max_s(x, y)))
}
