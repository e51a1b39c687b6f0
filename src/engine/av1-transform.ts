// Two-dimensional inverse transforms (AV1 specification, section 7.13.3) and the sum of residual and prediction
// (7.12.3). Coefficients lie by column, so that the transform of rows works on whole vectors of rows; they are then
// turned, and the transform of columns works on vectors of columns.

import { B } from './av1-block-state'
import { LIST_ADST_8, LIST_DCT, butterflies, outputOf } from './av1-butterflies'
import { clearVectors } from './av1-fill'
import { COEFS, lastCol, lastRow } from './av1-residual'
import { ADST_ADST, ADST_DCT, DCT_ADST, DCT_DCT, H, H_DCT, V_DCT, largest } from './av1-state'
import { TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'

const DCT = 0
const ADST = 1
const IDENTITY = 2

/** The residual of a block, rows of 64 i32. */
const RESIDUAL: usize = memory.data(64 * 64 * 4, 16)
/** Columns of up to 32 rows, for 64 points of a row. */
const COLUMNS: usize = memory.data(64 * 32 * 4, 16)

/** Transform_Row_Shift. */
const ROW_SHIFTS = memory.data<u8>([0, 1, 2, 2, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2])

/**
 * Adds the inverse transform of the coefficients at hand to the prediction, and clears them.
 * @param to the block's first sample
 * @param stride bytes between rows of samples
 * @param size the transform's size; its type is B.txType
 * @param end the coefficients up to the last one
 */
export function addResidual(to: usize, stride: i32, size: i32, end: i32): void {
  const w = 1 << <i32>load<u8>(TX_WIDTH_LOG2 + size)
  const h = 1 << <i32>load<u8>(TX_HEIGHT_LOG2 + size)
  if (B.lossless) {
    hadamards()
    addRows(to, stride, 4, 4)
  } else if (end == 1 && B.txType == DCT_DCT) addFlat(to, stride, size, w, h)
  else inverse(to, stride, size, w, h)
  for (let col = 0; col <= lastCol; col++) clearVectors(COEFS + (col << 7), (lastRow + 1) << 2)
}

// @ts-ignore: decorator
@inline
function rounded(value: i32, factor: i32): i32 {
  return (value * factor + 2048) >> 12
}

/** DC alone: the same for all samples. */
function addFlat(to: usize, stride: i32, size: i32, w: i32, h: i32): void {
  let value = load<i32>(COEFS)
  if (w == 2 * h || h == 2 * w) value = rounded(value, 2896)
  value = rounded(value, 2896)
  const shift = <i32>load<u8>(ROW_SHIFTS + size)
  value = (value + ((1 << shift) >> 1)) >> shift
  const limit = 1 << (max(H.bitDepth + 6, 16) - 1)
  value = max(-limit, min(limit - 1, value))
  value = (rounded(value, 2896) + 8) >> 4
  const most = largest()
  const more = i16x8.splat(<i16>max(0, value))
  const less = i16x8.splat(<i16>max(0, -value))
  for (let i = 0; i < h; i++) {
    if (w == 4) {
      const sum = i16x8.sub_sat_u(i16x8.add_sat_u(v128.load64_zero(to), more), less)
      v128.store64_lane(to, i16x8.min_u(sum, most), 0)
    } else {
      for (let x = 0; x < w << 1; x += 16) {
        const sum = i16x8.sub_sat_u(i16x8.add_sat_u(v128.load(to + x), more), less)
        v128.store(to + x, i16x8.min_u(sum, most))
      }
    }
    to += stride
  }
}

/** The whole way. */
function inverse(to: usize, stride: i32, size: i32, w: i32, h: i32): void {
  const type = B.txType
  const rowKind = type == DCT_DCT || type == ADST_DCT || type == H_DCT ? DCT
    : type == DCT_ADST || type == ADST_ADST ? ADST : IDENTITY
  const colKind = type == DCT_DCT || type == DCT_ADST || type == V_DCT ? DCT
    : type == ADST_DCT || type == ADST_ADST ? ADST : IDENTITY
  const rows = (lastRow + 4) & ~3
  const colRange = max(H.bitDepth + 6, 16)
  loadColumns(w, rows, w == 2 * h || h == 2 * w)
  oneWay(rowKind, <i32>load<u8>(TX_WIDTH_LOG2 + size), COLUMNS, 128, rows << 2, H.bitDepth + 8)
  turn(rowKind, <i32>load<u8>(TX_WIDTH_LOG2 + size), rows, <i32>load<u8>(ROW_SHIFTS + size), colRange)
  for (let i = rows; i < h; i++) clearVectors(RESIDUAL + (i << 8), w << 2)
  oneWay(colKind, <i32>load<u8>(TX_HEIGHT_LOG2 + size), RESIDUAL, 256, w << 2, colRange)
  addTransformed(to, stride, colKind, <i32>load<u8>(TX_HEIGHT_LOG2 + size), w)
}

/** Copies the columns, scaled by the square root of a half where one side is twice the other. */
function loadColumns(w: i32, rows: i32, oblong: bool): void {
  const bytes = rows << 2
  const factor = i32x4.splat(2896)
  const half = i32x4.splat(2048)
  for (let col = 0; col <= lastCol; col++) {
    const from = COEFS + (col << 7)
    const into = COLUMNS + (col << 7)
    for (let i = 0; i < bytes; i += 16) {
      let x = v128.load(from + i)
      if (oblong) x = i32x4.shr_s(i32x4.add(i32x4.mul(x, factor), half), 12)
      v128.store(into + i, x)
    }
  }
  for (let col = lastCol + 1; col < w; col++) clearVectors(COLUMNS + (col << 7), bytes)
}

/** A transform of 1 << n rows of numbers. */
function oneWay(kind: i32, n: i32, rows: usize, stride: i32, bytes: i32, range: i32): void {
  if (kind == DCT) butterflies(LIST_DCT + n - 2, rows, stride, bytes, range)
  else if (kind == ADST) {
    if (n == 2) adst4(rows, stride, bytes)
    else butterflies(LIST_ADST_8 + n - 3, rows, stride, bytes, range)
  } else identity(n, rows, stride, bytes)
}

/** Where output `index` of a transform lies. */
// @ts-ignore: decorator
@inline
function outputRow(kind: i32, n: i32, index: i32): i32 {
  if (kind == DCT) return outputOf(LIST_DCT + n - 2, index)
  return kind == ADST && n > 2 ? outputOf(LIST_ADST_8 + n - 3, index) : index
}

/** Whether output `index` is negated. */
// @ts-ignore: decorator
@inline
function negated(kind: i32, n: i32, index: i32): v128 {
  return i32x4.splat(kind == ADST && n > 2 && index & 1 ? -1 : 0)
}

/** The inverse ADST4 process (section 7.13.2.6). */
function adst4(rows: usize, stride: i32, bytes: i32): void {
  const half = i32x4.splat(2048)
  const c1 = i32x4.splat(1321)
  const c2 = i32x4.splat(2482)
  const c3 = i32x4.splat(3344)
  const c4 = i32x4.splat(3803)
  for (const last = rows + bytes; rows < last; rows += 16) {
    const t0 = v128.load(rows)
    const t1 = v128.load(rows + stride)
    const t2 = v128.load(rows + 2 * stride)
    const t3 = v128.load(rows + 3 * stride)
    const s0 = i32x4.add(i32x4.add(i32x4.mul(c1, t0), i32x4.mul(c4, t2)), i32x4.mul(c2, t3))
    const s1 = i32x4.sub(i32x4.sub(i32x4.mul(c2, t0), i32x4.mul(c1, t2)), i32x4.mul(c4, t3))
    const s3 = i32x4.mul(c3, t1)
    const s2 = i32x4.mul(c3, i32x4.add(i32x4.sub(t0, t2), t3))
    v128.store(rows, i32x4.shr_s(i32x4.add(i32x4.add(s0, s3), half), 12))
    v128.store(rows + stride, i32x4.shr_s(i32x4.add(i32x4.add(s1, s3), half), 12))
    v128.store(rows + 2 * stride, i32x4.shr_s(i32x4.add(s2, half), 12))
    v128.store(rows + 3 * stride, i32x4.shr_s(i32x4.add(i32x4.sub(i32x4.add(s0, s1), s3), half), 12))
  }
}

/** The inverse identity transforms (sections 7.13.2.11 to 7.13.2.14): whole multiples apart, so that 32 bits hold them. */
function identity(n: i32, rows: usize, stride: i32, bytes: i32): void {
  const half = i32x4.splat(2048)
  const factor = i32x4.splat(n == 2 ? 5793 - 4096 : 11586 - 8192)
  for (let i = 0; i < 1 << n; i++) {
    for (let at = rows; at < rows + bytes; at += 16) {
      const x = v128.load(at)
      if (n == 3) v128.store(at, i32x4.shl(x, 1))
      else if (n == 5) v128.store(at, i32x4.shl(x, 2))
      else {
        const part = i32x4.shr_s(i32x4.add(i32x4.mul(x, factor), half), 12)
        v128.store(at, i32x4.add(n == 2 ? x : i32x4.shl(x, 1), part))
      }
    }
    rows += stride
  }
}

/** Rounds and clamps what the rows' transform left by column, and lays it out by row. */
function turn(kind: i32, n: i32, rows: i32, shift: i32, range: i32): void {
  const half = i32x4.splat((1 << shift) >> 1)
  const low = i32x4.splat(-(1 << (range - 1)))
  const high = i32x4.splat((1 << (range - 1)) - 1)
  for (let col = 0; col < 1 << n; col += 4) {
    const at0 = COLUMNS + (outputRow(kind, n, col) << 7)
    const at1 = COLUMNS + (outputRow(kind, n, col + 1) << 7)
    const at2 = COLUMNS + (outputRow(kind, n, col + 2) << 7)
    const at3 = COLUMNS + (outputRow(kind, n, col + 3) << 7)
    const odd = negated(kind, n, 1)
    for (let row = 0; row < rows; row += 4) {
      const o = row << 2
      let a = v128.load(at0 + o)
      let b = v128.load(at1 + o)
      let c = v128.load(at2 + o)
      let d = v128.load(at3 + o)
      b = i32x4.sub(v128.xor(b, odd), odd)
      d = i32x4.sub(v128.xor(d, odd), odd)
      a = i32x4.max_s(low, i32x4.min_s(high, i32x4.shr_s(i32x4.add(a, half), shift)))
      b = i32x4.max_s(low, i32x4.min_s(high, i32x4.shr_s(i32x4.add(b, half), shift)))
      c = i32x4.max_s(low, i32x4.min_s(high, i32x4.shr_s(i32x4.add(c, half), shift)))
      d = i32x4.max_s(low, i32x4.min_s(high, i32x4.shr_s(i32x4.add(d, half), shift)))
      const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
      const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
      const ef = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
      const gh = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
      const to = RESIDUAL + (row << 8) + (col << 2)
      v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2))
      v128.store(to + 256, v128.shuffle<i64>(ab, cd, 1, 3))
      v128.store(to + 512, v128.shuffle<i64>(ef, gh, 0, 2))
      v128.store(to + 768, v128.shuffle<i64>(ef, gh, 1, 3))
    }
  }
}

/** Adds what the columns' transform left, its rows in the transform's order. */
function addTransformed(to: usize, stride: i32, kind: i32, n: i32, w: i32): void {
  const half = i32x4.splat(8)
  const most = largest()
  for (let i = 0; i < 1 << n; i++) {
    const from = RESIDUAL + (outputRow(kind, n, i) << 8)
    const sign = negated(kind, n, i)
    for (let x = 0; x < w; x += 8) {
      const at = to + (x << 1)
      let a = v128.load(from + (x << 2))
      let b = v128.load(from + (x << 2), 16)
      a = i32x4.shr_s(i32x4.add(i32x4.sub(v128.xor(a, sign), sign), half), 4)
      b = i32x4.shr_s(i32x4.add(i32x4.sub(v128.xor(b, sign), sign), half), 4)
      if (w == 4) {
        a = i32x4.add(a, i32x4.extend_low_i16x8_u(v128.load64_zero(at)))
        v128.store64_lane(at, i16x8.min_u(i16x8.narrow_i32x4_u(a, a), most), 0)
      } else {
        const base = v128.load(at)
        a = i32x4.add(a, i32x4.extend_low_i16x8_u(base))
        b = i32x4.add(b, i32x4.extend_high_i16x8_u(base))
        v128.store(at, i16x8.min_u(i16x8.narrow_i32x4_u(a, b), most))
      }
    }
    to += stride
  }
}

/** The inverse Walsh–Hadamard transform (section 7.13.2.10) both ways. */
function hadamards(): void {
  for (let i = 0; i < 4; i++) {
    const from = COEFS + (i << 2)
    hadamard(from, 128, RESIDUAL + (i << 8), 4, 2)
  }
  for (let i = 0; i < 4; i++) hadamard(RESIDUAL + (i << 2), 256, RESIDUAL + (i << 2), 256, 0)
}

function hadamard(from: usize, step: i32, to: usize, stepTo: i32, shift: i32): void {
  let a = load<i32>(from) >> shift
  let c = load<i32>(from + step) >> shift
  let d = load<i32>(from + 2 * step) >> shift
  let b = load<i32>(from + 3 * step) >> shift
  a += c
  d -= b
  const e = (a - d) >> 1
  b = e - b
  c = e - c
  store<i32>(to, a - b)
  store<i32>(to + stepTo, b)
  store<i32>(to + 2 * stepTo, c)
  store<i32>(to + 3 * stepTo, d + c)
}

/** Adds a lossless block's residual. */
function addRows(to: usize, stride: i32, w: i32, h: i32): void {
  const most = (1 << H.bitDepth) - 1
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      const value = <i32>load<u16>(to + (j << 1)) + load<i32>(RESIDUAL + (i << 8) + (j << 2))
      store<u16>(to + (j << 1), <u16>max(0, min(most, value)))
    }
    to += stride
  }
}
