// High dynamic range (ITU-R BT.2100: PQ and HLG) shown on a display of standard range. Light up to a good half of
// the reference white is kept, what is brighter is compressed so that 1,000 cd/m² becomes white: the curve of
// ITU-R BT.2390 §5.4.1, applied to the largest of red, green and blue and to all three alike, so that hues stay.
import type { Matrix, Vector } from './matrix'
import { encodeSrgb } from './spaces'
import { STEPS } from './tables'

export type HdrTransfer = 'pq' | 'hlg'

/** Light of white in cd/m² (ITU-R BT.2408 §2.2), and of the brightest that is told apart from what is brighter. */
export const WHITE = 203
export const PEAK = 1000

/** Entries of the tables that are looked up by the root of light. */
const ROOTS = 4096
/** Samples of 16 bits. */
const VALUES = 65536

/** Bytes of `hdrTables`. */
export const HDR_BYTES = 4 * (VALUES + 2 * ROOTS + 4 * 4) + STEPS

/** PQ (SMPTE ST 2084): its constants. */
const [M1, M2, C1, C2, C3] = [0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875]

/** Light of a PQ value, 1 being 10,000 cd/m². */
export function pqLight(value: number): number {
  const power = value ** (1 / M2)
  return (Math.max(0, power - C1) / (C2 - C3 * power)) ** (1 / M1)
}

/** The PQ value of light, 1 being 10,000 cd/m². */
export function pqValue(light: number): number {
  const power = light ** M1
  return ((C1 + C2 * power) / (1 + C3 * power)) ** M2
}

/** Light of a scene of an HLG value, 1 being the brightest (ITU-R BT.2100 table 5). */
export function hlgScene(value: number): number {
  return value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
}

/** The system gamma of a display of 1,000 cd/m². */
export const HLG_GAMMA = 1.2

/** BT.2390's EETF from a display of PEAK to one of WHITE, both black at 0: cd/m² of cd/m². */
export function toneMapped(light: number): number {
  const peak = pqValue(PEAK / 10000)
  const most = pqValue(WHITE / 10000) / peak
  const knee = 1.5 * most - 0.5
  const value = pqValue(Math.min(light, PEAK) / 10000) / peak
  if (value <= knee) return light
  const t = (value - knee) / (1 - knee)
  const spline =
    (2 * t ** 3 - 3 * t ** 2 + 1) * knee +
    (t ** 3 - 2 * t ** 2 + t) * (1 - knee) +
    (-2 * t ** 3 + 3 * t ** 2) * most
  return 10000 * pqLight(spline * peak)
}

/** The transfer of a colour space by the name that we give it; null where it is of standard range. */
export function hdrTransfer(colorSpace: string): HdrTransfer | null {
  return colorSpace.endsWith(', PQ') ? 'pq' : colorSpace.endsWith(', HLG') ? 'hlg' : null
}

/**
 * For the kernel `colourHdr`: light of each value in units of PEAK (of HLG the scene's), what HLG's display adds by
 * luminance, what of WHITE is left by the largest of the three, the matrix in steps, luminance, the encoder.
 * @param matrix linear source to linear target
 * @param luminance weights of the source's red, green and blue
 */
export function hdrTables(transfer: HdrTransfer, matrix: Matrix, luminance: Vector): Uint8Array {
  const bytes = new Uint8Array(HDR_BYTES)
  const floats = new Float32Array(bytes.buffer, 0, VALUES + 2 * ROOTS + 16)
  const light = transfer === 'pq' ? (value: number) => pqLight(value) * (10000 / PEAK) : hlgScene
  for (let i = 0; i < VALUES; i++) floats[i] = light(i / (VALUES - 1))
  for (let i = 0; i < ROOTS; i++) {
    const root = Math.max(i, 0.5) / (ROOTS - 1)
    floats[VALUES + i] = transfer === 'hlg' ? root ** (2 * (HLG_GAMMA - 1)) : 1
    floats[VALUES + ROOTS + i] = toneMapped(PEAK * root ** 2) / WHITE / root ** 2
  }
  for (let band = 0; band < 3; band++)
    for (let row = 0; row < 3; row++)
      floats[VALUES + 2 * ROOTS + 4 * band + row] = matrix[row as 0 | 1 | 2][band as 0 | 1 | 2] * (STEPS - 1)
  floats.set(luminance, VALUES + 2 * ROOTS + 12)
  bytes.set(
    Uint8Array.from({ length: STEPS }, (_, step) => encodeSrgb(step / (STEPS - 1))),
    HDR_BYTES - STEPS,
  )
  return bytes
}
