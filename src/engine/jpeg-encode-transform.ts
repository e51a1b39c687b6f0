// Forward DCT and quantisation of one 8×8 block. The transform is the accurate integer one of
// Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with 13-bit constants, the same numbers as
// libjpeg's jfdctint; each output of its odd part is written out as a sum of four products, which
// is what a 16-bit dot-product instruction computes.

/** 8 × 8 × i16 between the passes, then the quantised block in natural order. */
export const BLOCK = memory.data(128, 16)

/** Adds two dot products, rounds, drops 11 bits (first pass: 13 - 2 bits of extra precision). */
function rows11(a: v128, b: v128, c: v128, d: v128, k: v128, l: v128): v128 {
  const half = i32x4.splat(1 << 10)
  const low = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(a, k), i32x4.dot_i16x8_s(c, l)), half)
  const high = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(b, k), i32x4.dot_i16x8_s(d, l)), half)
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, 11), i32x4.shr_s(high, 11))
}

/** The same for the second pass, which drops 15 bits: the output stays 8 times too large. */
function columns15(a: v128, b: v128, c: v128, d: v128, k: v128, l: v128): v128 {
  const half = i32x4.splat(1 << 14)
  const low = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(a, k), i32x4.dot_i16x8_s(c, l)), half)
  const high = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(b, k), i32x4.dot_i16x8_s(d, l)), half)
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, 15), i32x4.shr_s(high, 15))
}

/** One dot product instead of two, for the even part's rotation. */
function rotate11(a: v128, b: v128, k: v128): v128 {
  const half = i32x4.splat(1 << 10)
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(a, k), half), 11),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(b, k), half), 11),
  )
}

function rotate15(a: v128, b: v128, k: v128): v128 {
  const half = i32x4.splat(1 << 14)
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(a, k), half), 15),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(b, k), half), 15),
  )
}

/** Pairs a coefficient for even lanes with one for odd lanes. */
function pair(even: i32, odd: i32): v128 {
  return i32x4.splat((even & 0xffff) | (odd << 16))
}

/** Interleaves the low halves of two vectors of i16. */
function low16(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

function high16(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

function low32(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 4, 1, 5)
}

function high32(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 2, 6, 3, 7)
}

function low64(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 0, 2)
}

function high64(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 1, 3)
}

/** Transposes the 8×8 block in BLOCK. */
function transpose(): void {
  const r0 = v128.load(BLOCK)
  const r1 = v128.load(BLOCK, 16)
  const r2 = v128.load(BLOCK, 32)
  const r3 = v128.load(BLOCK, 48)
  const r4 = v128.load(BLOCK, 64)
  const r5 = v128.load(BLOCK, 80)
  const r6 = v128.load(BLOCK, 96)
  const r7 = v128.load(BLOCK, 112)
  const a0 = low16(r0, r1)
  const a1 = high16(r0, r1)
  const a2 = low16(r2, r3)
  const a3 = high16(r2, r3)
  const a4 = low16(r4, r5)
  const a5 = high16(r4, r5)
  const a6 = low16(r6, r7)
  const a7 = high16(r6, r7)
  const b0 = low32(a0, a2)
  const b1 = high32(a0, a2)
  const b2 = low32(a4, a6)
  const b3 = high32(a4, a6)
  v128.store(BLOCK, low64(b0, b2))
  v128.store(BLOCK, high64(b0, b2), 16)
  v128.store(BLOCK, low64(b1, b3), 32)
  v128.store(BLOCK, high64(b1, b3), 48)
  const b4 = low32(a1, a3)
  const b5 = high32(a1, a3)
  const b6 = low32(a5, a7)
  const b7 = high32(a5, a7)
  v128.store(BLOCK, low64(b4, b6), 64)
  v128.store(BLOCK, high64(b4, b6), 80)
  v128.store(BLOCK, low64(b5, b7), 96)
  v128.store(BLOCK, high64(b5, b7), 112)
}

/** Loads 8 × 8 samples transposed: each vector of BLOCK becomes a column, centred on 0. */
function loadColumns(source: usize, stride: usize): void {
  // Bytes of row pairs interleaved, three times over: a transposition in 12 shuffles.
  const zero = v128.splat<u8>(0)
  let row = source
  const r0 = v128.load64_zero(row)
  const r1 = v128.load64_zero((row += stride))
  const r2 = v128.load64_zero((row += stride))
  const r3 = v128.load64_zero((row += stride))
  const r4 = v128.load64_zero((row += stride))
  const r5 = v128.load64_zero((row += stride))
  const r6 = v128.load64_zero((row += stride))
  const r7 = v128.load64_zero((row += stride))
  const a0 = interleave(r0, r1)
  const a1 = interleave(r2, r3)
  const a2 = interleave(r4, r5)
  const a3 = interleave(r6, r7)
  const b0 = low16(a0, a1)
  const b1 = high16(a0, a1)
  const b2 = low16(a2, a3)
  const b3 = high16(a2, a3)
  const c0 = low32(b0, b2)
  const c1 = high32(b0, b2)
  const c2 = low32(b1, b3)
  const c3 = high32(b1, b3)
  const centre = i16x8.splat(128)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_low_i8x16_u(c0), centre))
  v128.store(BLOCK, i16x8.sub(i16x8.extend_high_i8x16_u(c0), centre), 16)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_low_i8x16_u(c1), centre), 32)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_high_i8x16_u(c1), centre), 48)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_low_i8x16_u(c2), centre), 64)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_high_i8x16_u(c2), centre), 80)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_low_i8x16_u(c3), centre), 96)
  v128.store(BLOCK, i16x8.sub(i16x8.extend_high_i8x16_u(c3), centre), 112)
}

/** Interleaves the low 8 bytes of two vectors. */
function interleave(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

/** First pass: each vector of BLOCK is a column of samples, and becomes a horizontal frequency. */
function transformRows(): void {
  const d0 = v128.load(BLOCK)
  const d1 = v128.load(BLOCK, 16)
  const d2 = v128.load(BLOCK, 32)
  const d3 = v128.load(BLOCK, 48)
  const d4 = v128.load(BLOCK, 64)
  const d5 = v128.load(BLOCK, 80)
  const d6 = v128.load(BLOCK, 96)
  const d7 = v128.load(BLOCK, 112)
  const s0 = i16x8.add(d0, d7)
  const s1 = i16x8.add(d1, d6)
  const s2 = i16x8.add(d2, d5)
  const s3 = i16x8.add(d3, d4)
  const e0 = i16x8.add(s0, s3)
  const e1 = i16x8.add(s1, s2)
  const e2 = i16x8.sub(s1, s2)
  const e3 = i16x8.sub(s0, s3)
  v128.store(BLOCK, i16x8.shl(i16x8.add(e0, e1), 2))
  v128.store(BLOCK, i16x8.shl(i16x8.sub(e0, e1), 2), 64)
  const el = low16(e2, e3)
  const eh = high16(e2, e3)
  v128.store(BLOCK, rotate11(el, eh, pair(4433, 10703)), 32)
  v128.store(BLOCK, rotate11(el, eh, pair(-10704, 4433)), 96)
  const t4 = i16x8.sub(d3, d4)
  const t5 = i16x8.sub(d2, d5)
  const t6 = i16x8.sub(d1, d6)
  const t7 = i16x8.sub(d0, d7)
  const a = low16(t4, t5)
  const b = high16(t4, t5)
  const c = low16(t6, t7)
  const d = high16(t6, t7)
  v128.store(BLOCK, rows11(a, b, c, d, pair(2260, 6437), pair(9633, 11363)), 16)
  v128.store(BLOCK, rows11(a, b, c, d, pair(-6436, -11362), pair(-2259, 9633)), 48)
  v128.store(BLOCK, rows11(a, b, c, d, pair(9633, 2261), pair(-11362, 6437)), 80)
  v128.store(BLOCK, rows11(a, b, c, d, pair(-11363, 9633), pair(-6436, 2260)), 112)
}

/** Second pass: each vector of BLOCK is a row of horizontal frequencies. */
function transformColumns(): void {
  const d0 = v128.load(BLOCK)
  const d1 = v128.load(BLOCK, 16)
  const d2 = v128.load(BLOCK, 32)
  const d3 = v128.load(BLOCK, 48)
  const d4 = v128.load(BLOCK, 64)
  const d5 = v128.load(BLOCK, 80)
  const d6 = v128.load(BLOCK, 96)
  const d7 = v128.load(BLOCK, 112)
  const s0 = i16x8.add(d0, d7)
  const s1 = i16x8.add(d1, d6)
  const s2 = i16x8.add(d2, d5)
  const s3 = i16x8.add(d3, d4)
  const e0 = i16x8.add(s0, s3)
  const e1 = i16x8.add(s1, s2)
  const e2 = i16x8.sub(s1, s2)
  const e3 = i16x8.sub(s0, s3)
  const two = i16x8.splat(2)
  v128.store(BLOCK, i16x8.shr_s(i16x8.add(i16x8.add(e0, e1), two), 2))
  v128.store(BLOCK, i16x8.shr_s(i16x8.add(i16x8.sub(e0, e1), two), 2), 64)
  const el = low16(e2, e3)
  const eh = high16(e2, e3)
  v128.store(BLOCK, rotate15(el, eh, pair(4433, 10703)), 32)
  v128.store(BLOCK, rotate15(el, eh, pair(-10704, 4433)), 96)
  const t4 = i16x8.sub(d3, d4)
  const t5 = i16x8.sub(d2, d5)
  const t6 = i16x8.sub(d1, d6)
  const t7 = i16x8.sub(d0, d7)
  const a = low16(t4, t5)
  const b = high16(t4, t5)
  const c = low16(t6, t7)
  const d = high16(t6, t7)
  v128.store(BLOCK, columns15(a, b, c, d, pair(2260, 6437), pair(9633, 11363)), 16)
  v128.store(BLOCK, columns15(a, b, c, d, pair(-6436, -11362), pair(-2259, 9633)), 48)
  v128.store(BLOCK, columns15(a, b, c, d, pair(9633, 2261), pair(-11362, 6437)), 80)
  v128.store(BLOCK, columns15(a, b, c, d, pair(-11363, 9633), pair(-6436, 2260)), 112)
}

/**
 * Divides the 8 coefficients at `BLOCK + offset`, rounding to nearest, halves away from zero.
 * Returns their signs' worth of non-zeros as 8 bits.
 *
 * The quotient comes from a multiplication by the f32 reciprocal: |c| + ¼ keeps ties and
 * their neighbours on the right side of the rounding (quotients stay below 2^11, where the
 * reciprocal's error is under a quarter of the distance that matters), and adding 2^23 leaves
 * the rounded integer in the low bits of the sum.
 */
function quantiseRow(offset: usize, reciprocals: usize): i32 {
  const value = v128.load(BLOCK + offset)
  const magnitude = i16x8.abs(value)
  const quarter = f32x4.splat(0.25)
  const magic = f32x4.splat(8388608)
  const low = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(magnitude))
  const high = f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(magnitude))
  const lowSum = f32x4.add(f32x4.mul(f32x4.add(low, quarter), v128.load(reciprocals + (offset << 1))), magic)
  const highSum = f32x4.add(
    f32x4.mul(f32x4.add(high, quarter), v128.load(reciprocals + (offset << 1), 16)),
    magic,
  )
  const quotient = v128.shuffle<u16>(lowSum, highSum, 0, 2, 4, 6, 8, 10, 12, 14)
  const sign = i16x8.shr_s(value, 15)
  v128.store(BLOCK + offset, i16x8.sub(v128.xor(quotient, sign), sign))
  return i16x8.bitmask(i16x8.ne(quotient, i16x8.splat(0)))
}

/**
 * Transforms and quantises the 8×8 samples at `source` into BLOCK (natural order).
 * Returns a bit per coefficient that is not zero, bit 0 the DC.
 */
export function transformBlock(source: usize, stride: usize, reciprocals: usize): u64 {
  loadColumns(source, stride)
  transformRows()
  transpose()
  transformColumns()
  let mask: u64 = <u64>quantiseRow(0, reciprocals)
  mask |= (<u64>quantiseRow(16, reciprocals)) << 8
  mask |= (<u64>quantiseRow(32, reciprocals)) << 16
  mask |= (<u64>quantiseRow(48, reciprocals)) << 24
  mask |= (<u64>quantiseRow(64, reciprocals)) << 32
  mask |= (<u64>quantiseRow(80, reciprocals)) << 40
  mask |= (<u64>quantiseRow(96, reciprocals)) << 48
  mask |= (<u64>quantiseRow(112, reciprocals)) << 56
  return mask
}
