// Quantiser matrices (AV1 specification, section 7.12.3), one transform size at a time. The tables hold those of
// 32×32 and 32×16: the smaller ones are taken from them, the narrow ones are the wide ones transposed.

import { MATRICES } from './av1-matrix-tables'
import { TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'

const TRIANGLE = 528
const WIDE = 512

/** Bytes that the matrices of one level and plane take, all transform sizes. */
export const MATRIX_BYTES: usize = 19 * 1024

/**
 * Writes the matrices of a level: 1,024 bytes by transform size, in rows of the coefficients that are coded.
 * @param to MATRIX_BYTES
 * @param scratch 1,536 bytes
 */
export function matricesBuild(level: i32, chroma: i32, to: usize, scratch: usize): void {
  const from = MATRICES + (level * 2 + chroma) * (TRIANGLE + WIDE)
  const square = scratch
  const wide = scratch + 1024
  let value: i32 = 32
  let at = from
  for (let i = 0; i < 32; i++) {
    for (let j = 0; j <= i; j++) {
      value = (value + <i32>load<i8>(at++)) & 255
      store<u8>(square + (i << 5) + j, <u8>value)
      store<u8>(square + (j << 5) + i, <u8>value)
    }
  }
  for (let i = 0; i < WIDE; i++) {
    value = (value + <i32>load<i8>(at++)) & 255
    store<u8>(wide + i, <u8>value)
  }
  for (let size = 0; size < 19; size++) one(size, square, wide, to + (size << 10))
}

function one(size: i32, square: usize, wide: usize, to: usize): void {
  const w = min(<i32>load<u8>(TX_WIDTH_LOG2 + size), 5)
  const h = min(<i32>load<u8>(TX_HEIGHT_LOG2 + size), 5)
  for (let i = 0; i < 1 << h; i++) {
    for (let j = 0; j < 1 << w; j++) {
      let value: u8
      if (w == h) {
        const first = w == 2 ? 3 : w == 3 ? 1 : 0
        value = load<u8>(square + (((i << (5 - h)) + first) << 5) + (j << (5 - w)) + first)
      } else {
        // The wider form's row and column; 8×4 and 16×4 begin one row further on.
        const row = w > h ? i : j
        const col = w > h ? j : i
        const short = min(w, h)
        const long = max(w, h)
        const first = short == 2 ? 1 : 0
        const firstCol = short == 2 && long == 3 ? 1 : 0
        value = load<u8>(wide + (((row << (4 - short)) + first) << 5) + (col << (5 - long)) + firstCol)
      }
      store<u8>(to + (i << w) + j, value)
    }
  }
}
