// Inverse DCTs to 4×4, 2×2 and 1×1 samples, eight blocks at a time: coefficient n of all blocks of
// a batch lies in one array, so a lane is a block. A reduced sample is the mean of the samples of
// the full transform that it covers (as in libjpeg's jidctred.c), which comes to weights of the low
// frequencies; the frequencies above the reduced size, which would only alias, are left out.
// Where little is left to the resampler that mean would show, and 4×4 samples can be made flat:
// they are the plain 4-point transform, which leaves the low frequencies as they are.
import { high, highBytes, low, lowBytes } from './jpeg-decode-lanes'
import { scratch } from './jpeg-decode-scratch'

// Weights beside that of DC, which is 1: √2 cos(uπ/16) cos((2x+1)uπ/8), Q15.
const W4_10: i16 = 9223 // u = 1, x = 0: 1.28146 - 1
const W4_11: i16 = 17393 // u = 1, x = 1: 0.53080
const W4_2: i16 = 30274 // u = 2: 0.92388
const W4_30: i16 = 14746 // u = 3, x = 0: 0.45002
const W4_31: i16 = 2831 // u = 3, x = 1: 1.08639 - 1
// Of the flat transform, whose weight of u = 2 is 1: √2 cos((2x+1)uπ/8).
const F4_0: i16 = 10045 // u = 1, x = 0; u = 3, x = 1: 1.30656 - 1
const F4_1: i16 = 17734 // u = 1, x = 1; u = 3, x = 0: 0.54120
/** √2 cos(π/16) cos(π/8) cos(π/4), Q15. */
const W2: i16 = 29692

/** Bits of fraction that samples carry through the two passes, the DCT's factor of 8 included. */
const FRACTION = 3
/** Half of a sample in that scale. */
const HALF: i16 = 32

// @ts-ignore: decorator
@inline
function times(x: v128, w: i16): v128 {
  return i16x8.q15mulr_sat_s(x, i16x8.splat(w))
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i16x8.add_sat_s(a, b)
}

// @ts-ignore: decorator
@inline
function sub(a: v128, b: v128): v128 {
  return i16x8.sub_sat_s(a, b)
}

// @ts-ignore: decorator
@inline
function dequantised(from: usize, quant: usize): v128 {
  return i16x8.shl(i16x8.mul(v128.load(from), v128.load16_splat(quant)), FRACTION)
}

/** Samples with fraction → signed samples in i16. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return i16x8.shr_s(add(x, i16x8.splat(HALF)), FRACTION + 3)
}

/** The 4-point transform of four vectors, to four that are `step` bytes apart at `to`. */
// @ts-ignore: decorator
@inline
function four(flat: bool, x0: v128, x1: v128, x2: v128, x3: v128, to: usize, step: usize): void {
  const even = flat ? x2 : times(x2, W4_2)
  const e0 = add(x0, even)
  const e1 = sub(x0, even)
  const o0 = add(add(x1, times(x1, flat ? F4_0 : W4_10)), times(x3, flat ? F4_1 : W4_30))
  const o1 = sub(sub(times(x1, flat ? F4_1 : W4_11), x3), times(x3, flat ? F4_0 : W4_31))
  v128.store(to, add(e0, o0))
  v128.store(to + step, add(e1, o1))
  v128.store(to + 2 * step, sub(e1, o1))
  v128.store(to + 3 * step, sub(e0, o0))
}

/**
 * `blocks` (a multiple of 8) blocks: 16 arrays (row-major low frequencies), `pitch` bytes apart,
 * to 4 rows of 4 × `blocks` samples. `quant` is the table of 64 in natural order.
 */
export function idct4(coefs: usize, pitch: usize, blocks: i32, quant: usize, to: usize, stride: usize): void {
  blocks4(false, coefs, pitch, blocks, quant, to, stride)
}

/** As `idct4`, flat. */
export function idct4Flat(coefs: usize, pitch: usize, blocks: i32, quant: usize, to: usize, stride: usize): void {
  blocks4(true, coefs, pitch, blocks, quant, to, stride)
}

// @ts-ignore: decorator
@inline
function blocks4(
  flat: bool,
  coefs: usize,
  pitch: usize,
  blocks: i32,
  quant: usize,
  to: usize,
  stride: usize,
): void {
  const bias = i8x16.splat(-128)
  for (let b = 0; b < blocks; b += 8, coefs += 16, to += 32) {
    for (let u: usize = 0; u < 4; u++) {
      const from = coefs + u * pitch
      const q = quant + (u << 1)
      four(
        flat,
        dequantised(from, q),
        dequantised(from + 4 * pitch, q + 16),
        dequantised(from + 8 * pitch, q + 32),
        dequantised(from + 12 * pitch, q + 48),
        scratch + (u << 4),
        64,
      )
    }
    let at = to
    for (let y: usize = 0; y < 4; y++, at += stride) {
      const row = scratch + (y << 6)
      const out = scratch + 256
      four(flat, v128.load(row), v128.load(row, 16), v128.load(row, 32), v128.load(row, 48), out, 16)
      const p02 = i8x16.narrow_i16x8_s(rounded(v128.load(out)), rounded(v128.load(out, 32)))
      const p13 = i8x16.narrow_i16x8_s(rounded(v128.load(out, 16)), rounded(v128.load(out, 48)))
      const p01 = lowBytes(p02, p13)
      const p23 = highBytes(p02, p13)
      v128.store(at, v128.xor(low(p01, p23), bias))
      v128.store(at, v128.xor(high(p01, p23), bias), 16)
    }
  }
}

/** As `idct4`, with 4 arrays, to 2 rows of 2 × `blocks` samples. */
export function idct2(coefs: usize, pitch: usize, blocks: i32, quant: usize, to: usize, stride: usize): void {
  const bias = i8x16.splat(-128)
  for (let b = 0; b < blocks; b += 8, coefs += 16, to += 16) {
    const dc = dequantised(coefs, quant)
    const h = times(dequantised(coefs + pitch, quant + 2), W2)
    const v = times(dequantised(coefs + 2 * pitch, quant + 16), W2)
    const hv = times(times(dequantised(coefs + 3 * pitch, quant + 18), W2), W2)
    const top = add(dc, v)
    const bottom = sub(dc, v)
    const dTop = add(h, hv)
    const dBottom = sub(h, hv)
    const row0 = i8x16.narrow_i16x8_s(rounded(add(top, dTop)), rounded(sub(top, dTop)))
    const row1 = i8x16.narrow_i16x8_s(rounded(add(bottom, dBottom)), rounded(sub(bottom, dBottom)))
    v128.store(to, v128.xor(bias, i8x16.shuffle(row0, row0, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)))
    v128.store(
      to + stride,
      v128.xor(bias, i8x16.shuffle(row1, row1, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)),
    )
  }
}

/** As `idct4`, with the DC coefficients alone, to one row of `blocks` samples. */
export function idct1(coefs: usize, blocks: i32, quant: usize, to: usize): void {
  const bias = i8x16.splat(-128)
  const q = v128.load16_splat(quant)
  const four = i16x8.splat(4)
  for (let b = 0; b < blocks; b += 8, coefs += 16, to += 8) {
    const x = i16x8.shr_s(add(i16x8.mul(v128.load(coefs), q), four), 3)
    v128.store64_lane(to, v128.xor(i8x16.narrow_i16x8_s(x, x), bias), 0)
  }
}
