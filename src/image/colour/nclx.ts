// Colours stated by numbers of ITU-T H.273, as `colr` boxes of AVIF and HEIC have them (ISO/IEC 14496-12 §12.1.5).
import { curveOf, type Transfer } from '../jxl/colour-encoding'
import { rgbProfile } from './build-profile'
import { D65, rgbToPcs, type Xy } from './matrix'
import { SRGB_CURVE } from './spaces'

interface Primaries {
  readonly name: string
  readonly red: Xy
  readonly green: Xy
  readonly blue: Xy
  readonly white?: Xy
}

/** Table 2 of H.273. */
const PRIMARIES: Readonly<Record<number, Primaries>> = {
  1: { name: 'sRGB', red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06] },
  4: {
    ...{ name: 'Rec. ITU-R BT.470 M', red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08] },
    white: [0.31, 0.316],
  },
  5: { name: 'Rec. ITU-R BT.601 625', red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06] },
  6: { name: 'Rec. ITU-R BT.601 525', red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07] },
  7: { name: 'Rec. ITU-R BT.601 525', red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07] },
  9: { name: 'Rec. ITU-R BT.2020', red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046] },
  11: {
    ...{ name: 'DCI P3', red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
    white: [0.314, 0.351],
  },
  12: { name: 'Display P3', red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
}
const [SRGB, P3] = [1, 12]

/** Table 3 of H.273, without what counts as the curve of sRGB. */
const TRANSFERS: Readonly<Record<number, { readonly name: string; readonly transfer: Transfer }>> = {
  4: { name: 'gamma 2.20', transfer: { gamma: 2.2 } },
  5: { name: 'gamma 2.80', transfer: { gamma: 2.8 } },
  8: { name: 'linear', transfer: 'linear' },
  16: { name: 'PQ', transfer: 'pq' },
  17: { name: 'DCI curve', transfer: 'dci' },
  18: { name: 'HLG', transfer: 'hlg' },
}

/**
 * The profile of primaries and a transfer; null for sRGB, for Display P3, which has a name of its own, and where
 * primaries are not said. The curves of television, which are meant for its displays, count as that of sRGB.
 */
export function profileOfNclx(primaries: number, transfer: number): Uint8Array | null {
  const space = PRIMARIES[primaries]
  if (!space) return null
  const said = TRANSFERS[transfer]
  if (!said && (primaries === SRGB || primaries === P3)) return null
  const { red, green, blue, white = D65 } = space
  return rgbProfile({
    description: said ? `${space.name}, ${said.name}` : space.name,
    curve: said ? curveOf(said.transfer) : SRGB_CURVE,
    toPcs: rgbToPcs(red, green, blue, white),
  })
}
