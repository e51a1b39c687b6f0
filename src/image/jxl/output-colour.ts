// How colours stored as XYB (ISO/IEC 18181-1:2024 §L.2) become those of a space: a matrix from the cubes of XYB's mixed
// light, and the space's curve.
import { invert, type Matrix, multiply, rgbToPcs } from '../colour/matrix'
import { type JxlColour, SRGB } from './colour-encoding'

/** From mixed light to red, green and blue of sRGB (§L.2.1). */
const UNMIXED: Matrix = [
  [11.031566901960783, -9.866943921568629, -0.16462299647058826],
  [-3.254147380392157, 4.418770392156863, -0.16462299647058826],
  [-3.6588512862745097, 2.7129230470588235, 1.9459282392156863],
]
const BIAS = 0.0037930732552754493
/** How much red, green and blue of sRGB count for grey. */
const LUMINANCE = [0.2126, 0.7152, 0.0722] as const

const toPcs = ({ primaries: [red, green, blue], white }: JxlColour): Matrix =>
  rgbToPcs(red, green, blue, white)

/** The matrix, three biases, and their cube roots; null of a space that no light has. */
export function mixing(colour: JxlColour): number[] | null {
  const bias = [BIAS, BIAS, BIAS]
  const roots = bias.map(Math.cbrt)
  if (colour.space === 'grey') {
    const row = [0, 1, 2].map((i) => LUMINANCE.reduce((sum, part, j) => sum + part * UNMIXED[j]![i]!, 0))
    return [...row, ...row, ...row, ...bias, ...roots]
  }
  const fromPcs = invert(toPcs(colour))
  if (fromPcs === null) return null
  const same = colour.primaries === SRGB.primaries && colour.white === SRGB.white
  const matrix = same ? UNMIXED : multiply(multiply(fromPcs, toPcs(SRGB)), UNMIXED)
  return [...matrix.flat(), ...bias, ...roots]
}

/** From light to values, both from 0 to 1; null of curves that hang on the display. */
export function encodingOf({ transfer }: JxlColour): ((light: number) => number) | null {
  if (typeof transfer === 'object') return (light) => light ** (1 / transfer.gamma)
  switch (transfer) {
    case 'srgb':
      return (light) => (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055)
    case 'linear':
      return (light) => light
    case 'bt709':
      return (light) => (light <= 0.018 ? 4.5 * light : 1.099 * light ** 0.45 - 0.099)
    case 'dci':
      return (light) => light ** (1 / 2.6)
    default:
      return null
  }
}
