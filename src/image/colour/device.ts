// Colours of a device with tables as one function to the connection space, its black brought to the output's.
import { type Curve, evaluateCurve } from './icc-tags'
import type { Lut } from './lut'
import { type Evaluator, evaluatorOf } from './lut-eval'
import { D50, type Vector } from './matrix'

/** A device's colours, of 1, 3 or 4 channels. */
export interface Device {
  /** A curve for each channel, done before `toXyz`. */
  readonly before: readonly Curve[]
  /** Under D50. The first argument is not written to, the second is. */
  readonly toXyz: Evaluator
}

/** The black that perceptual tables of version 4 lead to (ICC.1:2022 §6.3.4.3). */
const PERCEPTUAL_BLACK: Vector = [0.00336, 0.0034731, 0.00287]

/** Luminance of L* 50 and 95. */
const [HALF, NEARLY_WHITE] = [0.1842, 0.876]

/** The device of a profile's tables, black compensated. */
export function lutDevice(lut: Lut, version: number): Device {
  const evaluate = evaluatorOf(lut)
  const { scale, offset } = blackCompensation(lut, version)
  return {
    before: lut.before,
    toXyz(from, xyz) {
      evaluate(from, xyz)
      for (let i = 0; i < 3; i++) xyz[i] = xyz[i]! * scale[i as 0 | 1 | 2] + offset[i as 0 | 1 | 2]
    },
  }
}

/**
 * What brings black to XYZ 0 and leaves white: as libvips does with perceptual tables (ISO 18619), what the
 * profile makes of all its ink, or no light, is black.
 * @param version of the profile's format: 2 or 4
 */
export function blackCompensation(lut: Lut, version: number): { scale: Vector; offset: Vector } {
  const black = version >= 4 ? PERCEPTUAL_BLACK : darkest(lut)
  const scale = D50.map((white, i) => white / (white - black[i as 0 | 1 | 2])) as unknown as Vector
  return { scale, offset: scale.map((factor, i) => -factor * black[i as 0 | 1 | 2]) as unknown as Vector }
}

function darkest(lut: Lut): Vector {
  const all = lut.channels === 4 ? 1 : 0
  const xyz = new Float64Array(3)
  evaluatorOf(lut)(
    Float64Array.from(lut.before, (curve) => evaluateCurve(curve, all)),
    xyz,
  )
  const y = xyz[1]!
  // A negative has its white there.
  if (y > NEARLY_WHITE) return [0, 0, 0]
  // What is brighter than a middle grey is no black, whatever the profile says.
  return D50.map((white, i) => Math.max(0, Math.min(white * HALF, xyz[i]!))) as unknown as Vector
}
