// AVIF and HEIC headers: ISO base media boxes (ISO/IEC 14496-12) with HEIF items (ISO/IEC 23008-12)
// up to the end of `meta`. Orientation is what `irot` and `imir` say: EXIF Orientation is only
// informative in HEIF (23008-12 annex A), and viewers ignore it.
import { colorSpaceOf, IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u16be, u32be } from '../feed'
import { type Box, readBox } from './box'
import type { Draft } from './draft'
import { settleItem } from './heif-item'

/** What `meta` says, before it is known which item is the picture. */
export interface Meta {
  primary: number | null
  readonly types: Map<number, string>
  /** Auxiliary items of an item: `auxl` references by target. */
  readonly auxiliaries: Map<number, number[]>
  /** Source items of a derived one (`dimg`). */
  readonly derived: Map<number, number[]>
  readonly properties: Property[]
  /** Property indices (from 0) of an item, in their order. */
  readonly associations: Map<number, number[]>
}

/** An item property of ipco: its type and its first bytes; a profile is only scanned. */
export interface Property {
  readonly type: string
  readonly bytes: Uint8Array
  readonly icc?: IccScan
}

/** Most bytes of one property that are kept, and most items and properties that are read. */
const PROPERTY_BYTES = 4096
const MAX_ENTRIES = 65536

export const probeAvif = (feed: Feed, draft: Draft): Step => probeBmff(feed, draft)
export const probeHeic = (feed: Feed, draft: Draft): Step => probeBmff(feed, draft)

function* probeBmff(feed: Feed, draft: Draft): Step {
  for (;;) {
    const box = yield* readBox(feed, Number.POSITIVE_INFINITY)
    if (box === null)
      throw new ImageError('truncated', 'Expected a HEIF meta box but the file ended', feed.offset)
    if (box.type === 'meta') {
      const meta: Meta = {
        primary: null,
        types: new Map(),
        auxiliaries: new Map(),
        derived: new Map(),
        properties: [],
        associations: new Map(),
      }
      yield* feed.skip(4)
      yield* readMeta(feed, box.end, meta)
      settleItem(meta, draft, box.end)
      draft.header.colorSpace = itemColorSpace(meta, draft)
      draft.known = true
      return
    }
    if (box.type === 'moov' || !(yield* feed.skip(box.end - feed.offset))) {
      throw new ImageError(
        box.type === 'moov' ? 'unsupported' : 'truncated',
        `Expected a HEIF meta box but received ${box.type === 'moov' ? 'a file with only tracks' : 'the end of the file'}`,
        feed.offset,
      )
    }
  }
}

function* readMeta(feed: Feed, end: number, meta: Meta): Step {
  for (let box: Box | null; (box = yield* readBox(feed, end)) !== null; ) {
    const size = box.end - feed.offset
    if (box.type === 'iprp' || box.type === 'ipco') {
      // Containers: go on with their children.
      if (box.type === 'iprp') yield* readMeta(feed, box.end, meta)
      else yield* readProperties(feed, box.end, meta)
    } else if (box.type === 'pitm') {
      const b = yield* feed.take(size, 'HEIF pitm box')
      if (b.length >= 6) meta.primary = b[0] === 0 || b.length < 8 ? u16be(b, 4) : u32be(b, 4)
    } else if (box.type === 'iinf') {
      const version = (yield* feed.take(Math.min(size, 6), 'HEIF iinf box'))[0]
      if (version !== 0) yield* feed.skip(2)
      yield* readItemInfos(feed, box.end, meta)
    } else if (box.type === 'iref') {
      readReferences(yield* feed.take(size, 'HEIF iref box'), meta)
    } else if (box.type === 'ipma') {
      readAssociations(yield* feed.take(size, 'HEIF ipma box'), meta)
    }
    if (!(yield* feed.skip(box.end - feed.offset))) {
      throw new ImageError(
        'truncated',
        `Expected a whole HEIF ${box.type} box but the file ended`,
        feed.offset,
      )
    }
  }
}

function* readItemInfos(feed: Feed, end: number, meta: Meta): Step {
  for (let box: Box | null; (box = yield* readBox(feed, end)) !== null; ) {
    const b = yield* feed.takeUpTo(Math.min(box.end - feed.offset, 14))
    if (box.type === 'infe' && b[0] === 2 && b.length >= 12) meta.types.set(u16be(b, 4), latin1(b, 8, 4))
    if (box.type === 'infe' && b[0] === 3 && b.length >= 14) meta.types.set(u32be(b, 4), latin1(b, 10, 4))
    yield* feed.skip(box.end - feed.offset)
  }
}

function* readProperties(feed: Feed, end: number, meta: Meta): Step {
  for (let box: Box | null; (box = yield* readBox(feed, end)) !== null; ) {
    if (meta.properties.length > MAX_ENTRIES)
      throw new ImageError(
        'corrupt',
        `Expected at most ${MAX_ENTRIES} HEIF properties but received more`,
        feed.offset,
      )
    const bytes = (yield* feed.takeUpTo(
      Math.min(box.end - feed.offset, box.type === 'colr' ? 11 : PROPERTY_BYTES),
    )).slice()
    const kind = box.type === 'colr' ? latin1(bytes, 0, 4) : ''
    if (kind === 'prof' || kind === 'rICC') {
      const icc = new IccScan()
      icc.push(bytes.subarray(4))
      yield* feed.pour(box.end - feed.offset, icc)
      meta.properties.push({ type: 'colr', bytes, icc })
    } else {
      meta.properties.push({ type: box.type, bytes })
    }
    yield* feed.skip(box.end - feed.offset)
  }
}

/** iref (14496-12 §8.11.12): only which items are auxiliary to, or parts of, which. */
function readReferences(b: Uint8Array, meta: Meta): void {
  const wide = b[0] !== 0
  const id = (at: number) => (wide ? u32be(b, at) : u16be(b, at))
  const step = wide ? 4 : 2
  for (let at = 4; at + 8 + 2 * step <= b.length; ) {
    const size = u32be(b, at)
    const type = latin1(b, at + 4, 4)
    const end = Math.min(at + size, b.length)
    const from = id(at + 8)
    for (let to = at + 8 + step + 2; to + step <= end; to += step) {
      const map = type === 'auxl' ? meta.auxiliaries : type === 'dimg' ? meta.derived : null
      const [key, value] = type === 'auxl' ? [id(to), from] : [from, id(to)]
      const list = map?.get(key)
      if (list === undefined) map?.set(key, [value])
      else list.push(value)
    }
    if (size < 8) return
    at += size
  }
}

/** ipma (23008-12 §9.3): which properties belong to which item. */
function readAssociations(b: Uint8Array, meta: Meta): void {
  if (b.length < 8) return
  const wideId = b[0] !== 0
  const wideIndex = (b[3]! & 1) === 1
  const count = Math.min(u32be(b, 4), MAX_ENTRIES)
  let at = 8
  for (let i = 0; i < count && at + (wideId ? 5 : 3) <= b.length; i++) {
    const item = wideId ? u32be(b, at) : u16be(b, at)
    at += wideId ? 4 : 2
    const indices: number[] = []
    for (let left = b[at++]!; left > 0 && at + (wideIndex ? 2 : 1) <= b.length; left--) {
      const index = wideIndex ? u16be(b, at) & 0x7fff : b[at]! & 0x7f
      at += wideIndex ? 2 : 1
      if (index > 0) indices.push(index - 1)
    }
    meta.associations.set(item, indices)
  }
}

/** A profile wins over `nclx` (MIAF §7.3.6.4); primaries 12 are those of P3 (ITU-T H.273 table 2). */
function itemColorSpace(meta: Meta, draft: Draft): string {
  const own = meta.associations.get(meta.primary!) ?? []
  const parts = (meta.derived.get(meta.primary!) ?? [])
    .slice(0, 1)
    .flatMap((id) => meta.associations.get(id) ?? [])
  const colours = [...own, ...parts].map((i) => meta.properties[i]).filter((p) => p?.type === 'colr')
  const icc = colours.find((p) => p?.icc !== undefined)?.icc
  const nclx = colours.find((p) => p !== undefined && latin1(p.bytes, 0, 4) === 'nclx')
  const primaries = nclx === undefined ? 2 : u16be(nclx.bytes, 4)
  const names: Record<number, string> = { 1: 'srgb', 2: 'srgb', 9: 'Rec. ITU-R BT.2020', 12: 'p3' }
  return colorSpaceOf(draft.header.components, icc ?? new IccScan(), names[primaries] ?? 'unknown')
}
