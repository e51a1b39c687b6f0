// The primary item of a HEIF file and its properties (ISO/IEC 23008-12 §6.5, §6.6).
import { ImageError } from '../error'
import { latin1, u32be } from '../feed'
import type { Orientation } from '../header'
import { type Draft, setSize } from './draft'
import { apertureOf } from './heif-aperture'
import type { Meta, Property } from './heif-meta'

const ALPHA = ['urn:mpeg:mpegB:cicp:systems:auxiliary:alpha', 'urn:mpeg:hevc:2015:auxid:1']

/** Turning by matrices: stored (x, y) to shown, of EXIF Orientations 1 to 8. */
const TURNS: readonly string[] = [
  '1,0,0,1',
  '-1,0,0,1',
  '-1,0,0,-1',
  '1,0,0,-1',
  '0,1,1,0',
  '0,-1,1,0',
  '0,-1,-1,0',
  '0,1,-1,0',
]

/** Fills in size (what `clap` leaves), depth, alpha, components and orientation from the primary item's properties. */
export function settleItem(meta: Meta, draft: Draft, offset: number): void {
  const header = draft.header
  const primary = meta.primary ?? meta.types.keys().next().value
  if (primary === undefined)
    throw new ImageError('corrupt', 'Expected a HEIF primary item but received none', offset)
  meta.primary = primary
  const own = propertiesOf(meta, primary)
  // A grid or overlay may leave depth to its parts.
  const part = meta.derived.get(primary)?.[0]
  const parts = part === undefined ? [] : propertiesOf(meta, part)
  const size = own.find((p) => p.type === 'ispe')
  if (size === undefined || size.bytes.length < 12)
    throw new ImageError(
      'corrupt',
      'Expected an ispe property of the HEIF primary item but received none',
      offset,
    )
  setSize(draft, u32be(size.bytes, 4), u32be(size.bytes, 8), offset)
  const aperture = own.find((p) => p.type === 'clap')
  const shown = aperture && apertureOf(aperture.bytes, header.width, header.height)
  if (shown) setSize(draft, shown.width, shown.height, offset)
  readDepth([...own, ...parts], draft)
  // A set: a file may name the same auxiliary any number of times.
  const auxiliaries = [...new Set(meta.auxiliaries.get(primary))]
  header.alpha = auxiliaries.some((id) => propertiesOf(meta, id).some(isAlpha))
  header.interlaced = meta.types.get(primary) !== 'grid'
  header.orientation = turned(own)
}

function propertiesOf(meta: Meta, item: number): Property[] {
  return (meta.associations.get(item) ?? []).flatMap((index) => meta.properties[index] ?? [])
}

function isAlpha(property: Property): boolean {
  return property.type === 'auxC' && ALPHA.includes(latin1(property.bytes, 4).replace(/\0.*$/s, ''))
}

/** pixi, else the codec's own configuration (av1C: AV1-ISOBMFF §2.3.3; hvcC: 14496-15 §8.3.3.1.2). */
function readDepth(properties: readonly Property[], draft: Draft): void {
  const pixi = properties.find((p) => p.type === 'pixi')
  const av1 = properties.find((p) => p.type === 'av1C')
  const hevc = properties.find((p) => p.type === 'hvcC')
  if (pixi !== undefined && pixi.bytes.length >= 6) {
    draft.header.components = pixi.bytes[4] === 1 ? 1 : 3
    draft.header.bitDepth = pixi.bytes[5]! || 8
  } else if (av1 !== undefined && av1.bytes.length >= 3) {
    const flags = av1.bytes[2]!
    draft.header.bitDepth = flags & 0x40 ? (flags & 0x20 ? 12 : 10) : 8
    draft.header.components = flags & 0x10 ? 1 : 3
  } else if (hevc !== undefined && hevc.bytes.length >= 18) {
    draft.header.components = (hevc.bytes[16]! & 3) === 0 ? 1 : 3
    draft.header.bitDepth = 8 + (hevc.bytes[17]! & 7)
  }
}

/** irot turns anticlockwise by quarters; imir exchanges top and bottom (0) or left and right (1). */
function turned(properties: readonly Property[]): Orientation {
  let [a, b, c, d] = [1, 0, 0, 1]
  for (const { type, bytes } of properties) {
    if (type === 'irot')
      for (let quarter = (bytes[0] ?? 0) & 3; quarter > 0; quarter--) [a, b, c, d] = [c, d, -a, -b]
    if (type === 'imir') [a, b, c, d] = (bytes[0] ?? 0) & 1 ? [-a, -b, c, d] : [a, b, -c, -d]
  }
  // Adding 0 makes -0 the 0 of the table.
  const key = [a, b, c, d].map((x) => x + 0).join()
  return (TURNS.indexOf(key) + 1) as Orientation
}
