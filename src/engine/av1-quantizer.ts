// The steps and the matrices of the block at hand (AV1 specification, sections 7.12.2 and 7.12.3).

import { alloc } from './arena'
import { B } from './av1-block-state'
import { matricesBuild, MATRIX_BYTES } from './av1-matrices'
import { AC_STEPS, DC_STEPS } from './av1-quantizer-tables'
import { ERR_MEMORY, H } from './av1-state'

/** Matrices by plane; 0 where the frame has none. */
const MATRIX_AT: usize = memory.data(12, 4)

/** Builds the matrices that the header names. Returns 0 or an error. */
export function quantizersOpen(): i32 {
  store<u32>(MATRIX_AT, 0)
  store<u32>(MATRIX_AT, 0, 4)
  store<u32>(MATRIX_AT, 0, 8)
  if (!H.matrices) return 0
  const scratch = alloc(1536)
  if (scratch == 0) return ERR_MEMORY
  for (let plane = 0; plane < H.planes; plane++) {
    const level = plane == 0 ? H.matrixY : plane == 1 ? H.matrixU : H.matrixV
    if (level == 15) continue
    if (plane == 2 && H.matrixV == H.matrixU) {
      store<u32>(MATRIX_AT, load<u32>(MATRIX_AT, 4), 8)
      continue
    }
    const at = alloc(MATRIX_BYTES)
    if (at == 0) return ERR_MEMORY
    matricesBuild(level, plane > 0 ? 1 : 0, at, scratch)
    store<u32>(MATRIX_AT + (plane << 2), <u32>at)
  }
  return 0
}

/** The matrix for a plane's transforms of a size, rows of the coefficients that are coded; 0 for none. */
// @ts-ignore: decorator
@inline
export function matrixOf(plane: i32, size: i32): usize {
  const at = <usize>load<u32>(MATRIX_AT + (plane << 2))
  return at && !B.lossless ? at + (size << 10) : 0
}

/** get_dc_quant (which = 0) and get_ac_quant (1). */
export function stepOf(plane: i32, which: i32): i32 {
  let index = B.q
  if (which == 0) index += plane == 0 ? H.deltaYDc : plane == 1 ? H.deltaUDc : H.deltaVDc
  else if (plane > 0) index += plane == 1 ? H.deltaUAc : H.deltaVAc
  index = max(0, min(255, index)) + ((H.bitDepth - 8) << 7)
  return <i32>load<u16>((which == 0 ? DC_STEPS : AC_STEPS) + (index << 1))
}
