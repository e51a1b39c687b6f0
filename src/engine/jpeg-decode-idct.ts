// Inverse DCT of whole 8×8 blocks: the slow-but-accurate integer algorithm of Loeffler, Ligtenberg
// and Moschytz as libjpeg has it (jidctint.c, "islow"), bit for bit, eight columns at a time.
// Its two-step rotations are multiplied out, so that each odd output is two dot products.
import { high, highBytes, low, lowBytes, pair } from './jpeg-decode-lanes'
import { scratch } from './jpeg-decode-scratch'

// @ts-ignore: decorator
@inline
function input(from: usize, quant: usize, row: usize, first: bool): v128 {
  const x = v128.load(from + (row << 4))
  return first ? i16x8.mul(x, v128.load(quant + (row << 4))) : x
}

// @ts-ignore: decorator
@inline
function descale(lowHalf: v128, highHalf: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(lowHalf, shift), i32x4.shr_s(highHalf, shift))
}

/**
 * One pass over eight lanes: 8 vectors at `from` (times `quant` in the first pass) to 8 vectors at
 * `to`. `sparse`: inputs 4–7 are zero.
 */
// @ts-ignore: decorator
@inline
function pass(from: usize, quant: usize, to: usize, first: bool, sparse: bool): void {
  const shift = first ? 11 : 18
  const round = i32x4.splat(first ? 1 << 10 : 1 << 17)
  const x0 = input(from, quant, 0, first)
  const x1 = input(from, quant, 1, first)
  const x2 = input(from, quant, 2, first)
  const x3 = input(from, quant, 3, first)
  let e0l: v128, e0h: v128, e1l: v128, e1h: v128
  let t2l: v128, t2h: v128, t3l: v128, t3h: v128
  let o0l: v128, o0h: v128, o1l: v128, o1h: v128, o2l: v128, o2h: v128, o3l: v128, o3h: v128
  const al = low(x1, x3)
  const ah = high(x1, x3)
  o0l = i32x4.dot_i16x8_s(al, pair(2260, -6436))
  o0h = i32x4.dot_i16x8_s(ah, pair(2260, -6436))
  o1l = i32x4.dot_i16x8_s(al, pair(6437, -11362))
  o1h = i32x4.dot_i16x8_s(ah, pair(6437, -11362))
  o2l = i32x4.dot_i16x8_s(al, pair(9633, -2259))
  o2h = i32x4.dot_i16x8_s(ah, pair(9633, -2259))
  o3l = i32x4.dot_i16x8_s(al, pair(11363, 9633))
  o3h = i32x4.dot_i16x8_s(ah, pair(11363, 9633))
  if (sparse) {
    const zero = i16x8.splat(0)
    const l0 = low(x0, x2)
    const h0 = high(x0, x2)
    // Sign extension by a shift: (0, x) as i32 is x << 16.
    e0l = i32x4.add(i32x4.shr_s(low(zero, x0), 3), round)
    e0h = i32x4.add(i32x4.shr_s(high(zero, x0), 3), round)
    e1l = e0l
    e1h = e0h
    t3l = i32x4.dot_i16x8_s(l0, pair(0, 10703))
    t3h = i32x4.dot_i16x8_s(h0, pair(0, 10703))
    t2l = i32x4.dot_i16x8_s(l0, pair(0, 4433))
    t2h = i32x4.dot_i16x8_s(h0, pair(0, 4433))
  } else {
    const x4 = input(from, quant, 4, first)
    const x5 = input(from, quant, 5, first)
    const x6 = input(from, quant, 6, first)
    const x7 = input(from, quant, 7, first)
    const l04 = low(x0, x4)
    const h04 = high(x0, x4)
    e0l = i32x4.add(i32x4.dot_i16x8_s(l04, pair(8192, 8192)), round)
    e0h = i32x4.add(i32x4.dot_i16x8_s(h04, pair(8192, 8192)), round)
    e1l = i32x4.add(i32x4.dot_i16x8_s(l04, pair(8192, -8192)), round)
    e1h = i32x4.add(i32x4.dot_i16x8_s(h04, pair(8192, -8192)), round)
    const l26 = low(x2, x6)
    const h26 = high(x2, x6)
    t3l = i32x4.dot_i16x8_s(l26, pair(10703, 4433))
    t3h = i32x4.dot_i16x8_s(h26, pair(10703, 4433))
    t2l = i32x4.dot_i16x8_s(l26, pair(4433, -10704))
    t2h = i32x4.dot_i16x8_s(h26, pair(4433, -10704))
    const bl = low(x5, x7)
    const bh = high(x5, x7)
    o0l = i32x4.add(o0l, i32x4.dot_i16x8_s(bl, pair(9633, -11363)))
    o0h = i32x4.add(o0h, i32x4.dot_i16x8_s(bh, pair(9633, -11363)))
    o1l = i32x4.add(o1l, i32x4.dot_i16x8_s(bl, pair(2261, 9633)))
    o1h = i32x4.add(o1h, i32x4.dot_i16x8_s(bh, pair(2261, 9633)))
    o2l = i32x4.add(o2l, i32x4.dot_i16x8_s(bl, pair(-11362, -6436)))
    o2h = i32x4.add(o2h, i32x4.dot_i16x8_s(bh, pair(-11362, -6436)))
    o3l = i32x4.add(o3l, i32x4.dot_i16x8_s(bl, pair(6437, 2260)))
    o3h = i32x4.add(o3h, i32x4.dot_i16x8_s(bh, pair(6437, 2260)))
  }
  const t10l = i32x4.add(e0l, t3l)
  const t10h = i32x4.add(e0h, t3h)
  const t13l = i32x4.sub(e0l, t3l)
  const t13h = i32x4.sub(e0h, t3h)
  const t11l = i32x4.add(e1l, t2l)
  const t11h = i32x4.add(e1h, t2h)
  const t12l = i32x4.sub(e1l, t2l)
  const t12h = i32x4.sub(e1h, t2h)
  const y0 = descale(i32x4.add(t10l, o3l), i32x4.add(t10h, o3h), shift)
  const y7 = descale(i32x4.sub(t10l, o3l), i32x4.sub(t10h, o3h), shift)
  const y1 = descale(i32x4.add(t11l, o2l), i32x4.add(t11h, o2h), shift)
  const y6 = descale(i32x4.sub(t11l, o2l), i32x4.sub(t11h, o2h), shift)
  const y2 = descale(i32x4.add(t12l, o1l), i32x4.add(t12h, o1h), shift)
  const y5 = descale(i32x4.sub(t12l, o1l), i32x4.sub(t12h, o1h), shift)
  const y3 = descale(i32x4.add(t13l, o0l), i32x4.add(t13h, o0h), shift)
  const y4 = descale(i32x4.sub(t13l, o0l), i32x4.sub(t13h, o0h), shift)
  if (first) {
    // Transpose, so that lanes are rows in the second pass. Its inputs 4–7 are not read when sparse.
    const a0 = low(y0, y4)
    const a1 = high(y0, y4)
    const a2 = low(y1, y5)
    const a3 = high(y1, y5)
    const a4 = low(y2, y6)
    const a5 = high(y2, y6)
    const a6 = low(y3, y7)
    const a7 = high(y3, y7)
    const b0 = low(a0, a4)
    const b1 = high(a0, a4)
    const b4 = low(a2, a6)
    const b5 = high(a2, a6)
    v128.store(to, low(b0, b4), 0)
    v128.store(to, high(b0, b4), 16)
    v128.store(to, low(b1, b5), 32)
    v128.store(to, high(b1, b5), 48)
    if (!sparse) {
      const b2 = low(a1, a5)
      const b3 = high(a1, a5)
      const b6 = low(a3, a7)
      const b7 = high(a3, a7)
      v128.store(to, low(b2, b6), 64)
      v128.store(to, high(b2, b6), 80)
      v128.store(to, low(b3, b7), 96)
      v128.store(to, high(b3, b7), 112)
    }
  } else {
    v128.store(to, i8x16.narrow_i16x8_s(y0, y4), 0)
    v128.store(to, i8x16.narrow_i16x8_s(y1, y5), 16)
    v128.store(to, i8x16.narrow_i16x8_s(y2, y6), 32)
    v128.store(to, i8x16.narrow_i16x8_s(y3, y7), 48)
  }
}

/** Columns of signed samples at `from` become rows of unsigned samples at `to`. */
// @ts-ignore: decorator
@inline
function storeColumns(from: usize, to: usize, stride: usize): void {
  const bias = i8x16.splat(-128)
  const c04 = v128.xor(v128.load(from, 0), bias)
  const c15 = v128.xor(v128.load(from, 16), bias)
  const c26 = v128.xor(v128.load(from, 32), bias)
  const c37 = v128.xor(v128.load(from, 48), bias)
  const c02 = lowBytes(c04, c26)
  const c46 = highBytes(c04, c26)
  const c13 = lowBytes(c15, c37)
  const c57 = highBytes(c15, c37)
  // Rows 0–3 and 4–7 of columns 0–3, then of columns 4–7.
  const left = lowBytes(c02, c13)
  const left2 = highBytes(c02, c13)
  const right = lowBytes(c46, c57)
  const right2 = highBytes(c46, c57)
  const r01 = i32x4.shuffle(left, right, 0, 4, 1, 5)
  const r23 = i32x4.shuffle(left, right, 2, 6, 3, 7)
  const r45 = i32x4.shuffle(left2, right2, 0, 4, 1, 5)
  const r67 = i32x4.shuffle(left2, right2, 2, 6, 3, 7)
  let at = to
  v128.store64_lane(at, r01, 0)
  at += stride
  v128.store64_lane(at, r01, 1)
  at += stride
  v128.store64_lane(at, r23, 0)
  at += stride
  v128.store64_lane(at, r23, 1)
  at += stride
  v128.store64_lane(at, r45, 0)
  at += stride
  v128.store64_lane(at, r45, 1)
  at += stride
  v128.store64_lane(at, r67, 0)
  at += stride
  v128.store64_lane(at, r67, 1)
}

/** 64 coefficients (i16, natural order) × `quant` → 8×8 samples at `to`. */
export function idct8(coefs: usize, quant: usize, to: usize, stride: usize): void {
  pass(coefs, quant, scratch, true, false)
  pass(scratch, 0, scratch + 128, false, false)
  storeColumns(scratch + 128, to, stride)
}

/** `idct8` for blocks whose coefficients lie within the first four rows and columns. */
export function idct8Sparse(coefs: usize, quant: usize, to: usize, stride: usize): void {
  pass(coefs, quant, scratch, true, true)
  pass(scratch, 0, scratch + 128, false, true)
  storeColumns(scratch + 128, to, stride)
}

/** `idct8` for blocks that have nothing but their DC coefficient. */
export function idct8Flat(coefs: usize, quant: usize, to: usize, stride: usize): void {
  const dc = <i32>load<i16>(coefs) * <i32>load<u16>(quant)
  const sample = min(max(((dc + 4) >> 3) + 128, 0), 255)
  const row = <u64>sample * 0x0101010101010101
  for (let y = 0; y < 8; y++, to += stride) store<u64>(to, row)
}
