// VP8's 4×4 transforms and quantisation (RFC 6386, section 14) on two blocks side by side: each
// vector of 8 × i16 holds a row of the left (or first) block and the same row of the other.

import { DC_STEPS, AC_STEPS } from './vp8-encode-tables'

/** 4 rows each: the source, its prediction, and after `inversePair` the reconstruction. */
export const SOURCE = memory.data(64, 16)
export const PREDICTION = memory.data(64, 16)
export const RECONSTRUCTION = memory.data(64, 16)
/** 4 rows of coefficients. */
export const COEFFICIENTS = memory.data(64, 16)

/** Per plane (luma AC blocks, chroma): step, 65536 ÷ step and rounding bias of the 4 rows' first row and the others. */
const QUANTISER_BYTES: u32 = 6 * 16
const quantisers = memory.data(2 * QUANTISER_BYTES, 16)
/** Steps of the luma DCs' own transform. */
let secondDc: u32 = 0
let secondAc: u32 = 0
/** Rounding of luma's and chroma's AC and DC, in 1/256 of a step. */
const AC_BIAS: u32 = 110
const DC_BIAS: u32 = 96

/** How much finer chroma's DC is quantised: coarse ones tint whole areas. */
export const CHROMA_DC_FINER: i32 = 6

/** Prepares for a quantiser index of 0–127; returns luma's AC step. */
export function quantisersStart(index: i32): u32 {
  const dc = <u32>load<u8>(DC_STEPS + index)
  const ac = <u32>load<u16>(AC_STEPS + (index << 1))
  const chromaDc = <u32>load<u8>(DC_STEPS + min(max(index - CHROMA_DC_FINER, 0), 117))
  quantiser(0, dc, ac)
  quantiser(1, chromaDc, ac)
  secondDc = dc * 2
  secondAc = max((ac * 155) / 100, 8)
  return ac
}

function quantiser(plane: u32, dc: u32, ac: u32): void {
  const at = quantisers + plane * QUANTISER_BYTES
  for (let lane: u32 = 0; lane < 8; lane++) {
    const step = lane & 3 ? ac : dc
    const bias = lane & 3 ? AC_BIAS : DC_BIAS
    store<u16>(at + (lane << 1), step)
    store<u16>(at + 16 + (lane << 1), ac)
    store<u16>(at + 32 + (lane << 1), 65536 / step)
    store<u16>(at + 48 + (lane << 1), 65536 / ac)
    store<u16>(at + 64 + (lane << 1), (step * bias) >> 8)
    store<u16>(at + 80 + (lane << 1), (ac * AC_BIAS) >> 8)
  }
}

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

function pair(even: i32, odd: i32): v128 {
  return i32x4.splat((even & 0xffff) | (odd << 16))
}

/** Transposes both blocks of the 4 rows at `at`. */
function transposePair(at: usize): void {
  const r0 = v128.load(at)
  const r1 = v128.load(at, 16)
  const r2 = v128.load(at, 32)
  const r3 = v128.load(at, 48)
  const l01 = low16(r0, r1)
  const l23 = low16(r2, r3)
  const h01 = high16(r0, r1)
  const h23 = high16(r2, r3)
  const la = low32(l01, l23)
  const lb = high32(l01, l23)
  const ha = low32(h01, h23)
  const hb = high32(h01, h23)
  v128.store(at, low64(la, ha))
  v128.store(at, high64(la, ha), 16)
  v128.store(at, low64(lb, hb), 32)
  v128.store(at, high64(lb, hb), 48)
}

/** Two dot products of interleaved vectors, rounded and shifted by 9. */
function rotate9(low: v128, high: v128, k: v128, round: i32): v128 {
  const half = i32x4.splat(round)
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low, k), half), 9),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high, k), half), 9),
  )
}

function rotate16(low: v128, high: v128, k: v128, round: i32): v128 {
  const half = i32x4.splat(round)
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low, k), half), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high, k), half), 16),
  )
}

/** SOURCE - PREDICTION to COEFFICIENTS, twice the orthonormal DCT's. */
export function forwardPair(): void {
  for (let i: usize = 0; i < 64; i += 16) {
    v128.store(COEFFICIENTS + i, i16x8.sub(v128.load(SOURCE + i), v128.load(PREDICTION + i)))
  }
  transposePair(COEFFICIENTS)
  let d0 = v128.load(COEFFICIENTS)
  let d1 = v128.load(COEFFICIENTS, 16)
  let d2 = v128.load(COEFFICIENTS, 32)
  let d3 = v128.load(COEFFICIENTS, 48)
  let a0 = i16x8.add(d0, d3)
  let a1 = i16x8.add(d1, d2)
  let a2 = i16x8.sub(d1, d2)
  let a3 = i16x8.sub(d0, d3)
  let low = low16(a2, a3)
  let high = high16(a2, a3)
  v128.store(COEFFICIENTS, i16x8.shl(i16x8.add(a0, a1), 3))
  v128.store(COEFFICIENTS, rotate9(low, high, pair(2217, 5352), 1812), 16)
  v128.store(COEFFICIENTS, i16x8.shl(i16x8.sub(a0, a1), 3), 32)
  v128.store(COEFFICIENTS, rotate9(low, high, pair(-5352, 2217), 937), 48)
  transposePair(COEFFICIENTS)
  d0 = v128.load(COEFFICIENTS)
  d1 = v128.load(COEFFICIENTS, 16)
  d2 = v128.load(COEFFICIENTS, 32)
  d3 = v128.load(COEFFICIENTS, 48)
  a0 = i16x8.add(d0, d3)
  a1 = i16x8.add(d1, d2)
  a2 = i16x8.sub(d1, d2)
  a3 = i16x8.sub(d0, d3)
  low = low16(a2, a3)
  high = high16(a2, a3)
  const seven = i16x8.splat(7)
  v128.store(COEFFICIENTS, i16x8.shr_s(i16x8.add(i16x8.add(a0, a1), seven), 4))
  v128.store(COEFFICIENTS, rotate16(low, high, pair(2217, 5352), 32768), 16)
  v128.store(COEFFICIENTS, i16x8.shr_s(i16x8.add(i16x8.sub(a0, a1), seven), 4), 32)
  v128.store(COEFFICIENTS, rotate16(low, high, pair(-5352, 2217), 32768), 48)
}

/** High halves of unsigned 16-bit products. */
function highProduct(a: v128, b: v128): v128 {
  const low = i32x4.extmul_low_i16x8_u(a, b)
  const high = i32x4.extmul_high_i16x8_u(a, b)
  return v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15)
}

/** Quantises a row; what the decoder will see replaces it. Returns the levels. */
function quantiseRow(row: usize, step: v128, inverse: v128, bias: v128): v128 {
  const value = v128.load(row)
  const sign = i16x8.shr_s(value, 15)
  const magnitude = i16x8.min_s(
    highProduct(i16x8.add(i16x8.abs(value), bias), inverse),
    i16x8.splat(2047),
  )
  const levels = i16x8.sub(v128.xor(magnitude, sign), sign)
  v128.store(row, i16x8.mul(levels, step))
  return levels
}

/** Stores a block's levels in zigzag order; returns the position of the last that isn't 0, or -1. */
function zigzag(upper: v128, lower: v128, levels: usize): i32 {
  const first = v128.shuffle<u16>(upper, lower, 0, 1, 4, 8, 5, 2, 3, 6)
  const second = v128.shuffle<u16>(upper, lower, 9, 12, 13, 10, 7, 11, 14, 15)
  v128.store(levels, first)
  v128.store(levels, second, 16)
  const zero = i16x8.splat(0)
  const mask = i16x8.bitmask(i16x8.ne(first, zero)) | (i16x8.bitmask(i16x8.ne(second, zero)) << 8)
  return 31 - <i32>clz(mask)
}

/** The last positions that quantisePair found. */
export let lastA: i32 = -1
export let lastB: i32 = -1

/**
 * Quantises COEFFICIENTS with the steps of `plane` (0 luma, 1 chroma), leaving what the decoder sees;
 * without DCs where `first` is 1. 16 levels × i16 of each block go to `levels` and 32 bytes behind.
 */
export function quantisePair(plane: u32, first: i32, levels: usize): void {
  const at = quantisers + plane * QUANTISER_BYTES
  if (first) {
    v128.store(COEFFICIENTS, v128.and(v128.load(COEFFICIENTS), i64x2.splat(0xffffffffffff0000)))
  }
  const acStep = v128.load(at, 16)
  const acInverse = v128.load(at, 48)
  const acBias = v128.load(at, 80)
  const l0 = quantiseRow(COEFFICIENTS, v128.load(at), v128.load(at, 32), v128.load(at, 64))
  const l1 = quantiseRow(COEFFICIENTS + 16, acStep, acInverse, acBias)
  const l2 = quantiseRow(COEFFICIENTS + 32, acStep, acInverse, acBias)
  const l3 = quantiseRow(COEFFICIENTS + 48, acStep, acInverse, acBias)
  lastA = zigzag(low64(l0, l1), low64(l2, l3), levels)
  lastB = zigzag(high64(l0, l1), high64(l2, l3), levels + 32)
}

/** a × 20091 / 65536 + a, cut. */
function times13(a: v128): v128 {
  const k = i16x8.splat(20091)
  const low = i32x4.extmul_low_i16x8_s(a, k)
  const high = i32x4.extmul_high_i16x8_s(a, k)
  return i16x8.add(v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15), a)
}

/** a × 35468 / 65536, cut; 35468 does not fit i16, so 65536 less is multiplied and a added. */
function times05(a: v128): v128 {
  const k = i16x8.splat(<i16>(35468 - 65536))
  const low = i32x4.extmul_low_i16x8_s(a, k)
  const high = i32x4.extmul_high_i16x8_s(a, k)
  return i16x8.add(v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15), a)
}

/** One pass of the inverse transform over the rows of COEFFICIENTS; `round` is added to the first. */
function inversePass(round: v128): void {
  const c0 = i16x8.add(v128.load(COEFFICIENTS), round)
  const c1 = v128.load(COEFFICIENTS, 16)
  const c2 = v128.load(COEFFICIENTS, 32)
  const c3 = v128.load(COEFFICIENTS, 48)
  const a = i16x8.add(c0, c2)
  const b = i16x8.sub(c0, c2)
  const c = i16x8.sub(times05(c1), times13(c3))
  const d = i16x8.add(times13(c1), times05(c3))
  v128.store(COEFFICIENTS, i16x8.add(a, d))
  v128.store(COEFFICIENTS, i16x8.add(b, c), 16)
  v128.store(COEFFICIENTS, i16x8.sub(b, c), 32)
  v128.store(COEFFICIENTS, i16x8.sub(a, d), 48)
}

/** PREDICTION plus the inverse transform of COEFFICIENTS, held to 0–255, to RECONSTRUCTION. */
export function inversePair(): void {
  inversePass(i16x8.splat(0))
  transposePair(COEFFICIENTS)
  inversePass(i16x8.splat(4))
  transposePair(COEFFICIENTS)
  const zero = i16x8.splat(0)
  const most = i16x8.splat(255)
  for (let i: usize = 0; i < 64; i += 16) {
    const row = i16x8.add(i16x8.shr_s(v128.load(COEFFICIENTS + i), 3), v128.load(PREDICTION + i))
    v128.store(RECONSTRUCTION + i, i16x8.min_s(i16x8.max_s(row, zero), most))
  }
}

/** Squared error of both blocks: 2 × i32 of the first, 2 of the second. */
export function errorPair(): v128 {
  let sum = i32x4.splat(0)
  for (let i: usize = 0; i < 64; i += 16) {
    const error = i16x8.sub(v128.load(SOURCE + i), v128.load(RECONSTRUCTION + i))
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(error, error))
  }
  return sum
}

const scratch = memory.data(64, 16)

/** Walsh–Hadamard transform of 16 DCs (i16, raster), quantised in place; levels in zigzag order. */
export function quantiseSecond(dcs: usize, levels: usize): i32 {
  for (let i: usize = 0; i < 4; i++) {
    const row = dcs + (i << 3)
    const a0 = <i32>load<i16>(row) + load<i16>(row, 4)
    const a1 = <i32>load<i16>(row, 2) + load<i16>(row, 6)
    const a2 = <i32>load<i16>(row, 2) - load<i16>(row, 6)
    const a3 = <i32>load<i16>(row) - load<i16>(row, 4)
    const to = scratch + (i << 4)
    store<i32>(to, a0 + a1)
    store<i32>(to, a3 + a2, 4)
    store<i32>(to, a3 - a2, 8)
    store<i32>(to, a0 - a1, 12)
  }
  for (let i: usize = 0; i < 4; i++) {
    const column = scratch + (i << 2)
    const a0 = load<i32>(column) + load<i32>(column, 32)
    const a1 = load<i32>(column, 16) + load<i32>(column, 48)
    const a2 = load<i32>(column, 16) - load<i32>(column, 48)
    const a3 = load<i32>(column) - load<i32>(column, 32)
    const to = dcs + (i << 1)
    store<i16>(to, second(a0 + a1, i == 0 ? secondDc : secondAc))
    store<i16>(to, second(a3 + a2, secondAc), 8)
    store<i16>(to, second(a3 - a2, secondAc), 16)
    store<i16>(to, second(a0 - a1, secondAc), 24)
  }
  const last = zigzag(v128.load(dcs), v128.load(dcs, 16), levels)
  for (let i: usize = 0; i < 16; i++) {
    const step = i == 0 ? secondDc : secondAc
    store<i16>(dcs + (i << 1), <i16>(load<i16>(dcs + (i << 1)) * step))
  }
  return last
}

/** Level of a coefficient that is still twice too large. */
function second(value: i32, step: u32): i16 {
  const magnitude = min((((<u32>abs(value)) >> 1) + ((step * 100) >> 8)) / step, 2047)
  return <i16>(value < 0 ? -(<i32>magnitude) : <i32>magnitude)
}

/** Inverse of the above (14.3), in place: what the 16 blocks' DCs become. */
export function inverseSecond(dcs: usize): void {
  for (let i: usize = 0; i < 4; i++) {
    const column = dcs + (i << 1)
    const a0 = <i32>load<i16>(column) + load<i16>(column, 24)
    const a1 = <i32>load<i16>(column, 8) + load<i16>(column, 16)
    const a2 = <i32>load<i16>(column, 8) - load<i16>(column, 16)
    const a3 = <i32>load<i16>(column) - load<i16>(column, 24)
    const to = scratch + (i << 2)
    store<i32>(to, a0 + a1)
    store<i32>(to, a3 + a2, 16)
    store<i32>(to, a0 - a1, 32)
    store<i32>(to, a3 - a2, 48)
  }
  for (let i: usize = 0; i < 4; i++) {
    const row = scratch + (i << 4)
    const dc = load<i32>(row) + 3
    const a0 = dc + load<i32>(row, 12)
    const a1 = load<i32>(row, 4) + load<i32>(row, 8)
    const a2 = load<i32>(row, 4) - load<i32>(row, 8)
    const a3 = dc - load<i32>(row, 12)
    const to = dcs + (i << 3)
    store<i16>(to, <i16>((a0 + a1) >> 3))
    store<i16>(to, <i16>((a3 + a2) >> 3), 2)
    store<i16>(to, <i16>((a0 - a1) >> 3), 4)
    store<i16>(to, <i16>((a3 - a2) >> 3), 6)
  }
}

/** Sum of the magnitudes of the differences' Hadamard transform, halved, of both blocks: lanes A, B, A, B, …. */
export function hadamardPair(): v128 {
  const d0 = i16x8.sub(v128.load(SOURCE), v128.load(PREDICTION))
  const d1 = i16x8.sub(v128.load(SOURCE, 16), v128.load(PREDICTION, 16))
  const d2 = i16x8.sub(v128.load(SOURCE, 32), v128.load(PREDICTION, 32))
  const d3 = i16x8.sub(v128.load(SOURCE, 48), v128.load(PREDICTION, 48))
  const a0 = i16x8.add(d0, d2)
  const a1 = i16x8.add(d1, d3)
  const a2 = i16x8.sub(d0, d2)
  const a3 = i16x8.sub(d1, d3)
  return i16x8.add(
    across(i16x8.add(a0, a1), i16x8.sub(a0, a1)),
    across(i16x8.add(a2, a3), i16x8.sub(a2, a3)),
  )
}

/** The transform along two rows; |x + y| + |x - y| = 2 max(|x|, |y|) saves its last step. */
function across(a: v128, b: v128): v128 {
  const even = v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
  const odd = v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
  const sum = i16x8.add(even, odd)
  const difference = i16x8.sub(even, odd)
  const x = v128.shuffle<u16>(sum, difference, 0, 2, 4, 6, 8, 10, 12, 14)
  const y = v128.shuffle<u16>(sum, difference, 1, 3, 5, 7, 9, 11, 13, 15)
  return i16x8.max_s(i16x8.abs(x), i16x8.abs(y))
}
