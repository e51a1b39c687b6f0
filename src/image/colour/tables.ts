// The tables of src/engine/colour.ts.
import { type Curve, evaluateCurve } from './icc-tags'
import { type Matrix, transpose, type Vector } from './matrix'
import { encodeSrgb } from './spaces'

/** Steps of linear light that are encoded again. */
export const STEPS = 16384
const FRACTION = 2 ** 14

/** Bytes of `matrixTables`, and of `matrixTables16` at most, and where it has one curve for all. */
export const MATRIX_BYTES = 3 * 256 * 16 + STEPS
export const MATRIX16_BYTES = 3 * 65536 * 4 + 48 + STEPS
export const SHARED16_BYTES = 65536 * 4 + 48 + STEPS

/**
 * For `colourMatrix`.
 * @param matrix linear source to linear target; one row repeated makes grey
 */
export function matrixTables(curves: readonly [Curve, Curve, Curve], matrix: Matrix): Uint8Array {
  const bytes = new Uint8Array(MATRIX_BYTES)
  const vectors = new Int32Array(bytes.buffer, 0, 3 * 256 * 4)
  const columns = transpose(matrix)
  for (let band = 0; band < 3; band++) {
    const half = band === 0 ? FRACTION / 2 : 0
    for (let value = 0; value < 256; value++) {
      const linear = evaluateCurve(curves[band as 0 | 1 | 2], value / 255) * (STEPS - 1) * FRACTION
      for (let row = 0; row < 3; row++) {
        vectors[(band * 256 + value) * 4 + row] = bounded(
          linear * columns[band as 0 | 1 | 2][row as 0 | 1 | 2] + half,
        )
      }
    }
  }
  bytes.set(encodeTable(), 3 * 256 * 16)
  return bytes
}

/** Three of these never overflow when they are added: a column of more than 2.6 is no real profile's. */
function bounded(value: number): number {
  return Math.round(Math.min(7e8, Math.max(-7e8, value)))
}

/** Whether one table does for all three. */
export function isShared([red, green, blue]: readonly [Curve, Curve, Curve]): boolean {
  return red === green && red === blue
}

/** For `colourMatrix16`: three curves of 65536 × f32, or one for all, the matrix's columns in steps, the encoder. */
export function matrixTables16(curves: readonly [Curve, Curve, Curve], matrix: Matrix): Uint8Array {
  const own = isShared(curves) ? curves.slice(0, 1) : curves
  const bytes = new Uint8Array(own.length * 65536 * 4 + 48 + STEPS)
  const floats = new Float32Array(bytes.buffer, 0, own.length * 65536 + 12)
  own.forEach((curve, band) => {
    const same = own.indexOf(curve)
    if (same < band) floats.copyWithin(band * 65536, same * 65536, (same + 1) * 65536)
    else
      for (let value = 0; value < 65536; value++)
        floats[band * 65536 + value] = evaluateCurve(curve, value / 65535)
  })
  transpose(matrix).forEach((column: Vector, band) => {
    floats.set(
      column.map((value) => value * (STEPS - 1)),
      own.length * 65536 + band * 4,
    )
  })
  bytes.set(encodeTable(), own.length * 65536 * 4 + 48)
  return bytes
}

/** The byte of each step. */
function encodeTable(): Uint8Array {
  return Uint8Array.from({ length: STEPS }, (_, step) => encodeSrgb(step / (STEPS - 1)))
}

/** For `colourCurve` (256 entries) and `colourCurve16` (65536). */
export function curveTable(curve: Curve, entries: 256 | 65536): Uint8Array {
  return Uint8Array.from({ length: entries }, (_, value) =>
    encodeSrgb(evaluateCurve(curve, value / (entries - 1))),
  )
}
