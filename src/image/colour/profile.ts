// ICC profiles (ICC.1:2022 §7 to §9) as conversions: what can be done by matrix and curves here, what
// needs lcms.
import { latin1, u32be } from '../feed'
import { type Curve, parseCurve, parseXyz } from './icc-tags'
import type { Matrix } from './matrix'
import { transpose } from './matrix'

/** How a profile's colours are found. */
export type Profile =
  | { readonly kind: 'matrix'; readonly toPcs: Matrix; readonly curves: readonly [Curve, Curve, Curve] }
  | { readonly kind: 'grey'; readonly curve: Curve }
  /** Tables of colours, which lcms interpolates. */
  | { readonly kind: 'lut'; readonly space: 'RGB' | 'CMYK' }

const SPACES: Record<string, 'RGB' | 'CMYK' | 'GRAY'> = { 'RGB ': 'RGB', CMYK: 'CMYK', GRAY: 'GRAY' }

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
  if (space === 'GRAY') {
    // Every grey profile must have its curve (§8.2).
    const curve = curveOf(tags.get('kTRC'))
    return curve === null ? null : { kind: 'grey', curve }
  }
  // Where a profile has tables they are its better half (§8.1.2), and lcms and libvips take them.
  if (tags.has('A2B0') || tags.has('A2B1') || space === 'CMYK') return { kind: 'lut', space }
  const columns = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => tags.get(name)).map((tag) => tag && parseXyz(tag))
  const [red, green, blue] = columns
  const [redTag, greenTag, blueTag] = [tags.get('rTRC'), tags.get('gTRC'), tags.get('bTRC')]
  // Mostly one curve for all three: its tables are then made once.
  const r = curveOf(redTag)
  const g = greenTag?.byteOffset === redTag?.byteOffset ? r : curveOf(greenTag)
  const b = blueTag?.byteOffset === redTag?.byteOffset ? r : curveOf(blueTag)
  if (!red || !green || !blue || !r || !g || !b || latin1(icc, 20, 4) !== 'XYZ ') return null
  return { kind: 'matrix', toPcs: transpose([red, green, blue]), curves: [r, g, b] }
}

const curveOf = (tag: Uint8Array | undefined): Curve | null => (tag === undefined ? null : parseCurve(tag))

function tagsOf(icc: Uint8Array): Map<string, Uint8Array> {
  const tags = new Map<string, Uint8Array>()
  const count = Math.min(u32be(icc, 128), MAX_TAGS, Math.floor((icc.length - 132) / 12))
  for (let i = 0; i < count; i++) {
    const at = 132 + i * 12
    const start = u32be(icc, at + 4)
    const size = u32be(icc, at + 8)
    if (start + size <= icc.length) tags.set(latin1(icc, at, 4), icc.subarray(start, start + size))
  }
  return tags
}
