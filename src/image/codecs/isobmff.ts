// The items of a HEIF file (ISO/IEC 23008-12 in ISO base media boxes, 14496-12): where their bytes
// lie and what belongs to them. probe/ reads the header alone; decoding tile by tile needs more.
import { ImageError } from '../error'
import { latin1, u16be, u32be } from '../feed'

/** A run of an item's bytes: in the file, or in the meta box's own `idat`. */
export interface Extent {
  readonly inMeta: boolean
  readonly offset: number
  readonly length: number
}

export interface HeifItem {
  readonly type: string
  readonly extents: readonly Extent[]
  /** Payloads of its properties by type, in order. */
  readonly properties: readonly { readonly type: string; readonly payload: Uint8Array }[]
}

export interface HeifFile {
  readonly primary: number
  readonly items: ReadonlyMap<number, HeifItem>
  /** Items that `from` refers to, by type: `dimg` parts, `thmb`, `auxl`, `cdsc`. */
  references(type: string, from: number): readonly number[]
  /** Items that refer to `to`. */
  referrers(type: string, to: number): readonly number[]
  readonly idat: Uint8Array
}

/** Most entries of any table, all of its boxes together. */
const MAX_ENTRIES = 65536

/** Counts a table's entries, and throws `corrupt` where they are too many. */
function counter(what: string): () => void {
  let count = 0
  return () => {
    if (++count > MAX_ENTRIES) {
      throw new ImageError('corrupt', `Expected at most ${MAX_ENTRIES} HEIF ${what} but received more`)
    }
  }
}

interface Box {
  readonly type: string
  readonly payload: Uint8Array
}

/** The boxes in `bytes`; one that reaches over the end is an ImageError. */
function* boxes(bytes: Uint8Array): Generator<Box> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    let size = u32be(bytes, at)
    let head = 8
    if (size === 1 && at + 16 <= bytes.length) {
      size = u32be(bytes, at + 8) * 2 ** 32 + u32be(bytes, at + 12)
      head = 16
    } else if (size === 0) {
      size = bytes.length - at
    }
    if (size < head || at + size > bytes.length) {
      throw new ImageError('corrupt', 'A box of the HEIF file reaches over its parent')
    }
    yield { type: latin1(bytes, at + 4, 4), payload: bytes.subarray(at + head, at + size) }
    at += size
  }
}

/** Big-endian numbers one after the other; reading past the end is an ImageError. */
class Cursor {
  at = 0
  constructor(readonly bytes: Uint8Array) {}

  /** A number of 0, 1, 2, 4 or 8 bytes. */
  uint(size: number): number {
    let value = 0
    for (let i = 0; i < size; i++) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new ImageError('corrupt', 'A box of the HEIF file ends too early')
      value = value * 256 + byte
    }
    return value
  }
}

/** iloc: 14496-12 §8.11.3. */
function readLocations(bytes: Uint8Array): Map<number, Extent[]> {
  const cursor = new Cursor(bytes)
  const version = cursor.uint(1)
  cursor.uint(3)
  const sizes = cursor.uint(2)
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15]
  const indexSize = version === 0 ? 0 : sizes & 15
  const locations = new Map<number, Extent[]>()
  // Counted together: where offsets and lengths have no bytes, neither have extents.
  const countItem = counter('item locations')
  const countExtent = counter('extents')
  for (let left = cursor.uint(version < 2 ? 2 : 4); left > 0; left--) {
    countItem()
    const id = cursor.uint(version < 2 ? 2 : 4)
    const method = version === 0 ? 0 : cursor.uint(2) & 15
    cursor.uint(2)
    const base = cursor.uint(baseSize)
    const extents: Extent[] = []
    for (let runs = cursor.uint(2); runs > 0; runs--) {
      countExtent()
      cursor.uint(indexSize)
      const offset = base + cursor.uint(offsetSize)
      extents.push({ inMeta: method === 1, offset, length: cursor.uint(lengthSize) })
    }
    // Items made of other items' bytes (method 2) are not used by pictures.
    if (method < 2) locations.set(id, extents)
  }
  return locations
}

/** iinf with its infe boxes: §8.11.6. */
function readTypes(bytes: Uint8Array): Map<number, string> {
  const types = new Map<number, string>()
  const skip = bytes[0] === 0 ? 6 : 8
  const count = counter('items')
  for (const { type, payload } of boxes(bytes.subarray(skip))) {
    count()
    if (type !== 'infe' || payload.length < 12) continue
    if (payload[0] === 2) types.set(u16be(payload, 4), latin1(payload, 8, 4))
    if (payload[0] === 3 && payload.length >= 14) types.set(u32be(payload, 4), latin1(payload, 10, 4))
  }
  return types
}

type References = { type: string; from: number; to: number[] }[]

/** iref: §8.11.12. */
function readReferences(bytes: Uint8Array): References {
  const wide = bytes[0] === 0 ? 2 : 4
  const references: References = []
  const countReference = counter('references')
  const countTarget = counter('referenced items')
  for (const { type, payload } of boxes(bytes.subarray(4))) {
    const cursor = new Cursor(payload)
    const from = cursor.uint(wide)
    const to: number[] = []
    for (let left = cursor.uint(2); left > 0; left--) {
      countTarget()
      to.push(cursor.uint(wide))
    }
    countReference()
    references.push({ type, from, to })
  }
  return references
}

/** iprp: 23008-12 §9.3. Properties by item, in the order of their association. */
function readProperties(bytes: Uint8Array): Map<number, Box[]> {
  const all: Box[] = []
  const byItem = new Map<number, Box[]>()
  const countProperty = counter('properties')
  const countEntry = counter('associations of properties')
  for (const { type, payload } of boxes(bytes)) {
    if (type === 'ipco') {
      for (const property of boxes(payload)) {
        countProperty()
        all.push(property)
      }
    }
    if (type !== 'ipma') continue
    const cursor = new Cursor(payload)
    const version = cursor.uint(1)
    const wide = (cursor.uint(3) & 1) === 1
    for (let items = cursor.uint(4); items > 0; items--) {
      const id = cursor.uint(version < 1 ? 2 : 4)
      const list: Box[] = []
      countEntry()
      for (let left = cursor.uint(1); left > 0; left--) {
        countEntry()
        const index = wide ? cursor.uint(2) & 0x7fff : cursor.uint(1) & 0x7f
        const property = all[index - 1]
        if (property) list.push(property)
      }
      byItem.set(id, list)
    }
  }
  return byItem
}

/** Reads a meta box's payload (version and flags first). */
export function readHeifMeta(meta: Uint8Array): HeifFile {
  let primary: number | undefined
  let types = new Map<number, string>()
  let locations = new Map<number, Extent[]>()
  let references: References = []
  let properties = new Map<number, Box[]>()
  let idat: Uint8Array = new Uint8Array()
  for (const { type, payload } of boxes(meta.subarray(4))) {
    if (type === 'pitm') primary = new Cursor(payload.subarray(4)).uint(payload[0] === 0 ? 2 : 4)
    else if (type === 'iinf') types = readTypes(payload)
    else if (type === 'iloc') locations = readLocations(payload)
    else if (type === 'iref') references = readReferences(payload)
    else if (type === 'iprp') properties = readProperties(payload)
    else if (type === 'idat') idat = payload
  }
  const items = new Map<number, HeifItem>()
  for (const [id, type] of types) {
    items.set(id, { type, extents: locations.get(id) ?? [], properties: properties.get(id) ?? [] })
  }
  primary ??= items.keys().next().value
  if (primary === undefined) throw new ImageError('corrupt', 'The HEIF file has no items')
  return {
    primary,
    items,
    references: (type, from) =>
      references.filter((ref) => ref.type === type && ref.from === from).flatMap((ref) => ref.to),
    referrers: (type, to) =>
      references.filter((ref) => ref.type === type && ref.to.includes(to)).map((ref) => ref.from),
    idat,
  }
}
