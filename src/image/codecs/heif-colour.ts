// How YCbCr planes become RGB (ITU-T H.273 §8.3), as coefficients of the engine's kernels (src/engine/ycc.ts,
// ycc-deep.ts).
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { CodedColour } from './coded-picture'

/** Kr and Kb by matrix coefficients (H.273 table 4); BT.601 where it is not said, as libheif does. */
const WEIGHTS: Readonly<Record<number, readonly [number, number]>> = {
  1: [0.2126, 0.0722],
  2: [0.299, 0.114],
  4: [0.3, 0.11],
  5: [0.299, 0.114],
  6: [0.299, 0.114],
  7: [0.212, 0.087],
  9: [0.2627, 0.0593],
  10: [0.2627, 0.0593],
}

/** Kr and Kb that follow from primaries (§8.3, matrix 12), of primaries that have a matrix of their own. */
const DERIVED: Readonly<Record<number, readonly [number, number]>> = {
  1: WEIGHTS[1]!,
  9: WEIGHTS[9]!,
  12: [0.22897, 0.07929],
}

const IDENTITY = 0
const YCGCO = 8
const CHROMATICITY = 12

/** R, G and B from Y and from Cb and Cr around zero, where all of them have a range of 1. */
interface Matrix {
  readonly r: readonly [cb: number, cr: number]
  readonly g: readonly [cb: number, cr: number]
  readonly b: readonly [cb: number, cr: number]
}

function weighted([kr, kb]: readonly [number, number]): Matrix {
  const kg = 1 - kr - kb
  return {
    r: [0, 2 * (1 - kr)],
    g: [(-2 * kb * (1 - kb)) / kg, (-2 * kr * (1 - kr)) / kg],
    b: [2 * (1 - kb), 0],
  }
}

/** Cg and Co (H.273 equations 64 to 67). */
const FROM_YCGCO: Matrix = { r: [-1, 1], g: [1, 0], b: [-1, -1] }

/** Whether the planes are G, B and R. */
export const isIdentity = ({ matrix }: CodedColour): boolean => matrix === IDENTITY

/** Whether the kernel of 8 bits, in fixed point, can convert these colours. */
export const isPlain = ({ matrix, fullRange }: CodedColour): boolean =>
  matrix !== YCGCO && (matrix !== IDENTITY || fullRange)

function matrixOf({ matrix, primaries }: CodedColour): Matrix {
  if (matrix === YCGCO) return FROM_YCGCO
  const weights = matrix === CHROMATICITY ? DERIVED[primaries] : WEIGHTS[matrix]
  if (weights) return weighted(weights)
  if (matrix === IDENTITY) return { r: [0, 1], g: [0, 0], b: [1, 0] }
  throw new ImageError('unsupported', `Expected linear matrix coefficients of H.273 but received ${matrix}`)
}

/** Prepares `yccRow`. Throws ImageError `unsupported` for a matrix that is not linear in R′G′B′. */
export function setMatrix(engine: Engine, colour: CodedColour): void {
  const { fullRange } = colour
  const { r, g, b } = matrixOf(colour)
  const [luma, chroma] = fullRange ? [1, 1] : [255 / 219, 255 / 224]
  const fixed = (value: number): number => Math.round(value * 65536)
  engine.call(
    'yccMatrix',
    fixed(luma),
    fullRange ? 0 : 16,
    fixed(r[1] * chroma),
    fixed(-g[0] * chroma),
    fixed(-g[1] * chroma),
    fixed(b[0] * chroma),
  )
}

/**
 * Prepares `yccDeepRow`. Throws ImageError `unsupported` as above.
 * @param bitDepth of the planes
 * @param depth of the rows that come out: 8 or 16 bits
 * @param alphaDepth of the rows of alpha
 */
export function setDeepMatrix(
  engine: Engine,
  colour: CodedColour,
  bitDepth: number,
  depth: 8 | 16,
  alphaDepth: number,
): void {
  const { fullRange } = colour
  const { r, g, b } = matrixOf(colour)
  const out = 2 ** depth - 1
  const [most, step] = [2 ** bitDepth - 1, 2 ** (bitDepth - 8)]
  const luma = out / (fullRange ? most : 219 * step)
  const black = fullRange ? 0 : 16 * step
  // G, B and R are coded as luma is.
  const isWhole = isIdentity(colour)
  const chroma = isWhole ? luma : out / (fullRange ? most : 224 * step)
  const centre = isWhole ? black : 2 ** (bitDepth - 1)
  const terms = [...r, ...g, ...b].map((term) => term * chroma)
  engine.call('yccDeepMatrix', out, luma, black, centre, out / (2 ** alphaDepth - 1))
  engine.call('yccDeepTerms', isWhole ? 0 : 1, ...terms)
}
