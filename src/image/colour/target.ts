// From the connection space to the colours that were asked for.
import type { ColorSpaceChoice } from '../transformation'
import { invert, type Matrix, multiply, type Vector } from './matrix'
import { SPACES } from './spaces'

/** Luminance of linear sRGB (IEC 61966-2-1): its Y. */
const LUMINANCE: Vector = [0.2126, 0.7152, 0.0722]

/** XYZ under D50 to the target's linear light: Display P3, else sRGB; grey is one row three times. */
export function fromPcs(to: ColorSpaceChoice): Matrix {
  const matrix = invert((to === 'p3' ? SPACES.p3 : SPACES.srgb).toPcs)!
  if (to !== 'grayscale') return matrix
  const [row] = multiply([LUMINANCE, LUMINANCE, LUMINANCE], matrix)
  return [row, row, row]
}
