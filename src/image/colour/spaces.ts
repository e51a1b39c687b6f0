// The colour spaces that the service knows by name, from their defining numbers.
import type { Curve } from './icc-tags'
import { D65, type Matrix, rgbToPcs } from './matrix'

export interface RgbSpace {
  readonly description: string
  /** Linear RGB to the profile connection space: XYZ adapted to D50. */
  readonly toPcs: Matrix
  readonly curve: Curve
}

/** IEC 61966-2-1. */
export const SRGB_CURVE: Curve = {
  kind: 'parametric',
  g: 2.4,
  a: 1 / 1.055,
  b: 0.055 / 1.055,
  c: 1 / 12.92,
  d: 0.04045,
  e: 0,
  f: 0,
}

const P3_D65 = rgbToPcs([0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D65)

export const SPACES = {
  srgb: {
    description: 'sRGB',
    toPcs: rgbToPcs([0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65),
    curve: SRGB_CURVE,
  },
  /** SMPTE EG 432-1 primaries, D65, the curve of sRGB. */
  p3: { description: 'Display P3', toPcs: P3_D65, curve: SRGB_CURVE },
  /** Adobe RGB (1998) §4.3. */
  adobe_rgb: {
    description: 'Adobe RGB (1998)',
    toPcs: rgbToPcs([0.64, 0.33], [0.21, 0.71], [0.15, 0.06], D65),
    curve: { kind: 'gamma', gamma: 563 / 256 },
  },
} as const satisfies Record<string, RgbSpace>

export type SpaceName = keyof typeof SPACES

/** Linear light (clipped to 0–1) by the curve of sRGB and Display P3, 0–1. */
export function srgbEncoded(linear: number): number {
  const v = Math.min(1, Math.max(0, linear))
  return v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055
}

/** The same as a byte. */
export function encodeSrgb(linear: number): number {
  return Math.round(255 * srgbEncoded(linear))
}
