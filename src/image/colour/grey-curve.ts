// Grey profiles whose tones are said otherwise than by a curve to linear light, as such a curve.
import type { Device } from './device'
import { type Curve, evaluateCurve } from './icc-tags'

/** Finer than 10 bits of grey; between two, light is nearly linear. */
const STEPS = 4096

/** The luminance of a device with one channel. */
export function luminanceOf({ before, toXyz }: Device): Curve {
  const device = new Float64Array(1)
  const xyz = new Float64Array(3)
  return tableOf((x) => {
    device[0] = evaluateCurve(before[0]!, x)
    toXyz(device, xyz)
    return xyz[1]!
  })
}

/** A curve that gives L* (0–1 for 0–100), as it is where the connection space is Lab (ICC.1:2022 §8.3.4). */
export function ofLightness(curve: Curve): Curve {
  return tableOf((x) => {
    const lightness = evaluateCurve(curve, x) * 100
    return lightness > 8 ? ((lightness + 16) / 116) ** 3 : (lightness * 27) / 24389
  })
}

function tableOf(light: (x: number) => number): Curve {
  const values = Uint16Array.from({ length: STEPS }, (_, i) =>
    Math.round(65535 * Math.min(1, Math.max(0, light(i / (STEPS - 1))))),
  )
  return { kind: 'table', values }
}
