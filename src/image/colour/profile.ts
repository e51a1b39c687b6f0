// ICC profiles (ICC.1:2022 §7 to §9) as conversions: by matrix and curves, by one curve, or by tables.
import { latin1, u32be } from '../feed'
import { lutDevice } from './device'
import { luminanceOf, ofLightness } from './grey-curve'
import { type Curve, parseCurve, parseXyz } from './icc-tags'
import { type Lut, parseLut } from './lut'
import type { Matrix } from './matrix'
import { transpose } from './matrix'

/** How a profile's colours are found. */
export type Profile =
  | { readonly kind: 'matrix'; readonly toPcs: Matrix; readonly curves: readonly [Curve, Curve, Curve] }
  | { readonly kind: 'grey'; readonly curve: Curve }
  | TableProfile

/** Tables of colours. */
export interface TableProfile {
  readonly kind: 'lut'
  readonly space: 'RGB' | 'CMYK'
  readonly lut: Lut
  /** Of the profile's format: 2 or 4. */
  readonly version: number
}

const SPACES: Record<string, 'RGB' | 'CMYK' | 'GRAY'> = { 'RGB ': 'RGB', CMYK: 'CMYK', GRAY: 'GRAY' }

const CHANNELS = { GRAY: 1, RGB: 3, CMYK: 4 } as const

/** Longest tag table that is read. */
const MAX_TAGS = 128

/** The profile's data colour space; null where the bytes are no profile that pictures can have. */
export function dataSpaceOf(icc: Uint8Array): 'RGB' | 'CMYK' | 'GRAY' | null {
  if (icc.length < 132 || latin1(icc, 36, 4) !== 'acsp') return null
  return SPACES[latin1(icc, 16, 4)] ?? null
}

/** Reads a profile; null where it can't be used. */
export function parseProfile(icc: Uint8Array): Profile | null {
  const space = dataSpaceOf(icc)
  if (space === null) return null
  const tags = tagsOf(icc)
  const pcs = latin1(icc, 20, 4)
  // Where a profile has tables they are its better half (§8.1.2), and Little CMS and libvips take them.
  const table = tags.get('A2B0') ?? (space === 'CMYK' ? tags.get('A2B1') : undefined)
  const lut = table && parseLut(table, CHANNELS[space], pcs)
  if (lut && space === 'GRAY') return { kind: 'grey', curve: luminanceOf(lutDevice(lut, icc[8]!)) }
  if (lut && space !== 'GRAY') return { kind: 'lut', space, lut, version: icc[8]! }
  // Tables that can't be read are no reason to take it for another profile.
  if (space === 'CMYK' || (space === 'RGB' && table)) return null
  if (space === 'GRAY') {
    const curve = curveOf(tags.get('kTRC'))
    return curve === null ? null : { kind: 'grey', curve: pcs === 'Lab ' ? ofLightness(curve) : curve }
  }
  const columns = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => tags.get(name)).map((tag) => tag && parseXyz(tag))
  const [red, green, blue] = columns
  const [redTag, greenTag, blueTag] = [tags.get('rTRC'), tags.get('gTRC'), tags.get('bTRC')]
  // Mostly one curve for all three: its tables are then made once.
  const r = curveOf(redTag)
  const g = greenTag?.byteOffset === redTag?.byteOffset ? r : curveOf(greenTag)
  const b = blueTag?.byteOffset === redTag?.byteOffset ? r : curveOf(blueTag)
  if (!red || !green || !blue || !r || !g || !b || pcs !== 'XYZ ') return null
  return { kind: 'matrix', toPcs: transpose([red, green, blue]), curves: [r, g, b] }
}

const curveOf = (tag: Uint8Array | undefined): Curve | null => (tag === undefined ? null : parseCurve(tag))

/**
 * A profile of ink without the tables that lead from other colours to it, which are most of its bytes: it is
 * only looked at, for no output is in ink. Any other is given back as it is.
 */
export function withoutInverse(icc: Uint8Array): Uint8Array {
  if (dataSpaceOf(icc) !== 'CMYK') return icc
  const tags = tagsOf(icc)
  const name = tags.has('A2B0') ? 'A2B0' : 'A2B1'
  const table = tags.get(name)
  if (table === undefined) return icc
  const start = 132 + 12
  const slim = new Uint8Array(start + table.length)
  slim.set(icc.subarray(0, 128))
  const view = new DataView(slim.buffer)
  view.setUint32(128, 1)
  for (let i = 0; i < 4; i++) slim[132 + i] = name.charCodeAt(i)
  view.setUint32(136, start)
  view.setUint32(140, table.length)
  slim.set(table, start)
  return slim
}

function tagsOf(icc: Uint8Array): Map<string, Uint8Array> {
  const tags = new Map<string, Uint8Array>()
  const count = Math.min(u32be(icc, 128), MAX_TAGS, Math.floor((icc.length - 132) / 12))
  for (let i = 0; i < count; i++) {
    const at = 132 + i * 12
    const start = u32be(icc, at + 4)
    const size = u32be(icc, at + 8)
    const name = latin1(icc, at, 4)
    if (start + size <= icc.length && !tags.has(name)) tags.set(name, icc.subarray(start, start + size))
  }
  return tags
}
