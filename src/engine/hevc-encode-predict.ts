// Intra prediction (ITU-T H.265, 8.4.4.2.4 to 8.4.4.2.6). Modes 2 to 17 are 34 to 19 of the mirrored edge,
// transposed: choosing compares them with the transposed source, so that only the chosen one is turned.

import { EDGE, EDGE_MIRRORED, SMOOTH, SMOOTH_MIRRORED } from './hevc-encode-edges'
import { ANGLES, INVERSE_ANGLES } from './hevc-encode-tables'

/** Bytes from a row of a prediction to the next. */
export const STRIDE: usize = 32
/** Where `predict` leaves its block. */
export const PREDICTION = memory.data(1024, 16)

const line = memory.data(112, 16)
const turnedBlock = memory.data(1024, 16)

export const PLANAR: u32 = 0
export const DC: u32 = 1

/** Whether luma of this size takes the smoothed edge for a mode (8.4.4.2.3). */
// @ts-ignore: decorator
@inline
export function isSmooth(log2: u32, mode: u32): bool {
  if (log2 == 2 || mode == DC) return false
  if (mode == PLANAR) return true
  const off = min(abs(<i32>mode - 26), abs(<i32>mode - 10))
  return off > (log2 == 3 ? 7 : log2 == 4 ? 1 : 0)
}

/** Predicts a block into PREDICTION. `fine`: luma, whose edges are smoothed and faded into. */
export function predict(log2: u32, mode: u32, fine: bool): void {
  if (mode == PLANAR) return planar(log2, fine && log2 > 2 ? SMOOTH : EDGE, PREDICTION)
  if (mode == DC) return flat(log2, fine && log2 < 5, PREDICTION)
  if (mode >= 18) return angular(log2, mode, fine, false, PREDICTION)
  angular(log2, 36 - mode, fine, true, turnedBlock)
  transposeBytes(turnedBlock, PREDICTION, log2)
}

/** Predicts as `predict`, but leaves modes 2 to 17 transposed. */
export function predictTurned(log2: u32, mode: u32): void {
  if (mode == PLANAR) planar(log2, log2 > 2 ? SMOOTH : EDGE, PREDICTION)
  else if (mode == DC) flat(log2, log2 < 5, PREDICTION)
  else if (mode >= 18) angular(log2, mode, true, false, PREDICTION)
  else angular(log2, 36 - mode, true, true, PREDICTION)
}

function planar(log2: u32, edge: usize, to: usize): void {
  const size: u32 = 1 << log2
  const corner = edge + 2 * size
  const above = corner + 1
  const right = i16x8.splat(<i16>load<u8>(above + size))
  const below = <u32>load<u8>(corner - 1 - size)
  for (let x: usize = 0; x < size; x += 8) {
    // (N - 1 - y) above + (y + 1) below: grows by below - above from a row to the next.
    const top = i16x8.extend_low_i8x16_u(v128.load64_zero(above + x))
    const step = i16x8.sub(i16x8.splat(<i16>below), top)
    let down = i16x8.add(i16x8.shl(top, log2), i16x8.splat(<i16>size))
    const across = i16x8.add(i16x8.splat(<i16>x), i16x8(1, 2, 3, 4, 5, 6, 7, 8))
    const beside = i16x8.mul(across, right)
    const weights = i16x8.sub(i16x8.splat(<i16>size), across)
    for (let y: usize = 0; y < size; y++) {
      down = i16x8.add(down, step)
      const sum = i16x8.add(i16x8.add(down, beside), i16x8.mul(weights, i16x8.splat(<i16>load<u8>(corner - 1 - y))))
      const row = i16x8.shr_u(sum, log2 + 1)
      v128.store64_lane(to + y * STRIDE + x, i8x16.narrow_i16x8_u(row, row), 0)
    }
  }
}

function flat(log2: u32, fade: bool, to: usize): void {
  const size: u32 = 1 << log2
  const corner = EDGE + 2 * size
  let sum = size
  for (let i: u32 = 1; i <= size; i++) sum += <u32>load<u8>(corner + i) + <u32>load<u8>(corner - i)
  const value = sum >> (log2 + 1)
  const whole = i8x16.splat(<i8>value)
  for (let y: usize = 0; y < size; y++) {
    v128.store(to + y * STRIDE, whole)
    v128.store(to + y * STRIDE, whole, 16)
  }
  if (!fade) return
  for (let i: usize = 1; i < size; i++) {
    store<u8>(to + i, (<u32>load<u8>(corner + 1 + i) + 3 * value + 2) >> 2)
    store<u8>(to + i * STRIDE, (<u32>load<u8>(corner - 1 - i) + 3 * value + 2) >> 2)
  }
  store<u8>(to, (<u32>load<u8>(corner - 1) + 2 * value + <u32>load<u8>(corner + 1) + 2) >> 2)
}

/** A mode of 18 to 34, of the edge or, `mirrored`, of the other way round. */
function angular(log2: u32, mode: u32, fine: bool, mirrored: bool, to: usize): void {
  const size: u32 = 1 << log2
  const smooth = fine && isSmooth(log2, mode)
  const edge = smooth ? (mirrored ? SMOOTH_MIRRORED : SMOOTH) : mirrored ? EDGE_MIRRORED : EDGE
  const corner = edge + 2 * size
  const angle = <i32>load<i8>(ANGLES + mode - 18)
  if (angle == 0) {
    for (let y: usize = 0; y < size; y++) {
      v128.store(to + y * STRIDE, v128.load(corner, 1))
      if (log2 == 5) v128.store(to + y * STRIDE, v128.load(corner, 17), 16)
    }
    if (fine && log2 < 5) fade(size, corner, to)
    return
  }
  let main = corner
  if (angle < 0) {
    const inverse = <u32>load<u16>(INVERSE_ANGLES + ((mode - 18) << 1))
    const beyond: u32 = (size * -angle) >> 5
    main = line + 32
    memory.copy(main, corner, size + 1)
    for (let i: u32 = 1; i <= beyond; i++) store<u8>(main - i, load<u8>(corner - ((i * inverse + 128) >> 8)))
  }
  const half = i16x8.splat(16)
  for (let y: usize = 0, place = angle; y < size; y++, place += angle) {
    const from = main + (place >> 5) + 1
    const part = place & 31
    const row = to + y * STRIDE
    if (part == 0) {
      v128.store(row, v128.load(from))
      if (log2 == 5) v128.store(row, v128.load(from, 16), 16)
      continue
    }
    const near = i16x8.splat(<i16>(32 - part))
    const far = i16x8.splat(<i16>part)
    for (let x: usize = 0; x < size; x += 8) {
      const sum = i16x8.add(
        i16x8.mul(i16x8.extend_low_i8x16_u(v128.load64_zero(from + x)), near),
        i16x8.mul(i16x8.extend_low_i8x16_u(v128.load64_zero(from + x, 1)), far),
      )
      const blend = i16x8.shr_u(i16x8.add(sum, half), 5)
      v128.store64_lane(row + x, i8x16.narrow_i16x8_u(blend, blend), 0)
    }
  }
}

/** The first column of a straight prediction follows the edge beside it. */
function fade(size: u32, corner: usize, to: usize): void {
  const first = <i32>load<u8>(corner + 1)
  const middle = <i32>load<u8>(corner)
  for (let y: usize = 0; y < size; y++) {
    const value = first + ((<i32>load<u8>(corner - 1 - y) - middle) >> 1)
    store<u8>(to + y * STRIDE, min(max(value, 0), 255))
  }
}

/** Transposes a block of bytes, both of rows of STRIDE; blocks of 4 are transposed within one of 8. */
export function transposeBytes(from: usize, to: usize, log2: u32): void {
  const size: u32 = 1 << log2
  for (let y: usize = 0; y < size; y += 8) {
    for (let x: usize = 0; x < size; x += 8) turnBlock(from + y * STRIDE + x, STRIDE, to + x * STRIDE + y)
  }
}

/** Transposes 8 × 8 bytes. */
// @ts-ignore: decorator
@inline
export function turnBlock(from: usize, stride: usize, to: usize): void {
  const r01 = v128.load64_lane(from + stride, v128.load64_zero(from), 1)
  const r23 = v128.load64_lane(from + 3 * stride, v128.load64_zero(from + 2 * stride), 1)
  const r45 = v128.load64_lane(from + 5 * stride, v128.load64_zero(from + 4 * stride), 1)
  const r67 = v128.load64_lane(from + 7 * stride, v128.load64_zero(from + 6 * stride), 1)
  const a = i8x16.shuffle(r01, r01, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  const b = i8x16.shuffle(r23, r23, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  const c = i8x16.shuffle(r45, r45, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  const d = i8x16.shuffle(r67, r67, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  const ab = v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
  const cd = v128.shuffle<u16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11)
  const ef = v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
  const gh = v128.shuffle<u16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15)
  const w0 = v128.shuffle<u32>(ab, cd, 0, 4, 1, 5)
  const w1 = v128.shuffle<u32>(ab, cd, 2, 6, 3, 7)
  const w2 = v128.shuffle<u32>(ef, gh, 0, 4, 1, 5)
  const w3 = v128.shuffle<u32>(ef, gh, 2, 6, 3, 7)
  v128.store64_lane(to, w0, 0)
  v128.store64_lane(to + STRIDE, w0, 1)
  v128.store64_lane(to + 2 * STRIDE, w1, 0)
  v128.store64_lane(to + 3 * STRIDE, w1, 1)
  v128.store64_lane(to + 4 * STRIDE, w2, 0)
  v128.store64_lane(to + 5 * STRIDE, w2, 1)
  v128.store64_lane(to + 6 * STRIDE, w3, 0)
  v128.store64_lane(to + 7 * STRIDE, w3, 1)
}
