// What a profile's tables say of single colours: the steps of ICC.1:2022 §10.12.1 in floating point.
// src/engine/colour-nodes.ts does the same for the nodes of a grid.
import { type Curve, evaluateCurve } from './icc-tags'
import type { Lut, Nodes, PcsEncoding } from './lut'
import { D50 } from './matrix'

/** Evaluates `from` (a device colour whose `before` curves are done, each channel 0–1) into `xyz`, under D50. */
export type Evaluator = (from: Float64Array, xyz: Float64Array) => void

/** Of a table's curves: finer than an eighth of a step of 16 bits in all but the steepest. */
export const CURVE_STEPS = 4096

/** Makes the steps behind `before` into one function. */
export function evaluatorOf(lut: Lut): Evaluator {
  const grid = interpolated(lut.nodes)
  const middle = lut.middle?.map(sampled)
  const after = lut.after.map(sampled)
  const { matrix } = lut
  const toSpace = pcsMatrix(lut.encoding)
  return (from, xyz) => {
    grid(from, xyz)
    if (middle) for (let i = 0; i < 3; i++) xyz[i] = through(middle[i]!, xyz[i]!)
    if (matrix) affine(matrix, xyz)
    for (let i = 0; i < 3; i++) xyz[i] = through(after[i]!, xyz[i]!)
    affine(toSpace.matrix, xyz)
    if (toSpace.cubed) for (let i = 0; i < 3; i++) xyz[i] = D50[i as 0 | 1 | 2] * cubed(xyz[i]!)
  }
}

/** A matrix of three rows of three and three numbers that are added. */
function affine(m: readonly number[], v: Float64Array): void {
  const [a, b, c] = v as unknown as [number, number, number]
  for (let i = 0; i < 3; i++) v[i] = m[i * 3]! * a + m[i * 3 + 1]! * b + m[i * 3 + 2]! * c + m[9 + i]!
}

/** A curve as equal steps; null for one that changes nothing. */
function sampled(curve: Curve): Float32Array | null {
  if (curve.kind === 'gamma' && curve.gamma === 1) return null
  return Float32Array.from({ length: CURVE_STEPS + 1 }, (_, i) => evaluateCurve(curve, i / CURVE_STEPS))
}

function through(curve: Float32Array | null, value: number): number {
  const x = value < 0 ? 0 : value > 1 ? 1 : value
  if (curve === null) return x
  const place = x * CURVE_STEPS
  const below = place | 0
  const low = curve[below]!
  return below === CURVE_STEPS ? low : low + (curve[below + 1]! - low) * (place - below)
}

/**
 * Interpolates in tetrahedra over the last three channels and, of four, linearly over the first, as Little CMS
 * does and therefore those who look at the profile's colours elsewhere.
 */
function interpolated({ sides, table, width }: Nodes): Evaluator {
  const channels = sides.length
  const at = (i: number) =>
    width === 1 ? table[i]! / 255 : ((table[i * 2]! << 8) | table[i * 2 + 1]!) / 65535
  const strides = new Int32Array(channels)
  for (let i = channels - 1, stride = 3; i >= 0; stride *= sides[i]!, i--) strides[i] = stride
  const fractions = new Float64Array(channels)
  const steps = new Int32Array(channels)
  const first = channels === 4 ? 1 : 0
  /** Adds `weight` times the colour in the cell at `node`: its corners on the way that takes the steps in order. */
  const add = (node: number, weight: number, out: Float64Array) => {
    for (let i = first; i <= channels; i++) {
      const share = weight * ((i === first ? 1 : fractions[i - 1]!) - (i < channels ? fractions[i]! : 0))
      if (share !== 0) for (let k = 0; k < 3; k++) out[k]! += share * at(node + k)
      if (i < channels) node += steps[i]!
    }
  }
  return (from, out) => {
    let node = 0
    for (let i = 0; i < channels; i++) {
      const place = from[i]! * (sides[i]! - 1)
      const cell = Math.min(place | 0, sides[i]! - 2)
      const fraction = place - cell
      node += cell * strides[i]!
      let slot = i
      // By falling fractions, but for a fourth channel's, which stays first.
      for (; slot > first && fractions[slot - 1]! < fraction; slot--) {
        fractions[slot] = fractions[slot - 1]!
        steps[slot] = steps[slot - 1]!
      }
      fractions[slot] = fraction
      steps[slot] = strides[i]!
    }
    out.fill(0)
    if (first === 0) return add(node, 1, out)
    const [fraction, step] = [fractions[0]!, steps[0]!]
    add(node, 1 - fraction, out)
    if (fraction > 0) add(node + step, fraction, out)
  }
}

/**
 * Numbers of the connection space to XYZ (§6.3.4.2, table 12), or for Lab to the cube roots of what XYZ is to white
 * (CIE 15), as three rows of three and three numbers that are added.
 */
export function pcsMatrix(encoding: PcsEncoding): {
  readonly matrix: readonly number[]
  readonly cubed: boolean
} {
  if (encoding === 'xyz') {
    const scale = 1 + 32767 / 32768
    return { matrix: [scale, 0, 0, 0, scale, 0, 0, 0, scale, 0, 0, 0], cubed: false }
  }
  const [lightness, ab] = encoding === 'lab' ? [100, 255] : [(100 * 65535) / 65280, 65535 / 256]
  const [y, x, z] = [lightness / 116, ab / 500, ab / 200]
  const grey = 16 / 116
  return {
    matrix: [y, x, 0, y, 0, 0, y, 0, -z, grey - 128 / 500, grey, grey + 128 / 200],
    cubed: true,
  }
}

const cubed = (t: number): number => (t > 24 / 116 ? t * t * t : (108 / 841) * (t - 16 / 116))
