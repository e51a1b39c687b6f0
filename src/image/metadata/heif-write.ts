// Adds Exif and XMP items and a colour profile to an encoded AVIF or HEIC: `meta` is written anew, the new
// items' bytes go into an mdat of their own at the end (ISO/IEC 23008-12 §6, annex A).
import { ascii, box, infe, type Place, u16, u32, writeIloc } from '../codecs/isobmff-writer'
import { ImageError } from '../error'
import { concat, latin1, u16be, u32be } from '../feed'
import { parseIloc } from './iloc'
import type { Metadata } from './kinds'

interface Child {
  readonly type: string
  /** The whole box. */
  readonly bytes: Uint8Array
}

/** The file with the metadata; what it had before of the same kinds is replaced, the rest stays. */
export function embedHeif(encoded: Uint8Array, { exif, xmp, icc }: Metadata): Uint8Array {
  if (exif === undefined && xmp === undefined && icc === undefined) return encoded
  const top = children(encoded, 0)
  const meta = top.find((child) => child.type === 'meta')
  if (meta === undefined)
    throw new ImageError('corrupt', 'Expected a HEIF meta box to add metadata to but received none')
  const inner = children(meta.bytes.subarray(12), 0)
  const primary = primaryOf(inner)
  const places = parseIloc(bodyOf(find(inner, 'iloc')))
  const items: { id: number; infe: Uint8Array | null; data: Uint8Array }[] = []
  let last = Math.max(0, ...places.keys())
  const known = itemTypes(find(inner, 'iinf'))
  /** An item that is there already gets the new bytes; else one is added. */
  const add = (type: string, content: string, data: Uint8Array) => {
    const old = [...known].find(([, info]) => info === type + content)?.[0]
    const id = old ?? ++last
    items.push({ id, infe: old === undefined ? infe(id, type, content) : null, data })
  }
  // Four bytes say how far the TIFF header is from here: it follows at once.
  if (exif !== undefined) add('Exif', '', concat([new Uint8Array(4), exif]))
  if (xmp !== undefined) add('mime', 'application/rdf+xml\0', xmp)

  const added = items.filter((item) => item.infe !== null)
  const build = (delta: number, dataStart: number): Uint8Array => {
    let at = dataStart
    const moved = new Map<number, Place>()
    for (const [item, place] of places) {
      // Only offsets into the file move, and only those behind meta.
      const extents = place.extents.map(({ offset, length }) => ({
        offset:
          place.method === 0 && offset > meta.bytes.byteOffset - encoded.byteOffset ? offset + delta : offset,
        length,
      }))
      moved.set(item, { ...place, extents })
    }
    for (const item of items) {
      moved.set(item.id, { method: 0, extents: [{ offset: at, length: item.data.length }] })
      at += item.data.length
    }
    const replaced: Record<string, () => Uint8Array> = {
      iloc: () => box('iloc', writeIloc(moved)),
      iinf: () =>
        addInfos(
          find(inner, 'iinf'),
          added.flatMap((item) => (item.infe === null ? [] : [item.infe])),
        ),
      iref: () =>
        addReferences(
          inner,
          added.map((item) => item.id),
          primary,
        ),
      iprp: () =>
        icc === undefined ? find(inner, 'iprp').bytes : addProfile(find(inner, 'iprp'), icc, primary),
    }
    const order = inner.some((child) => child.type === 'iref') || added.length === 0 ? inner : withIref(inner)
    return box(
      'meta',
      meta.bytes.subarray(8, 12),
      ...order.map((child) => replaced[child.type]?.() ?? child.bytes),
    )
  }
  const delta = build(0, 0).length - meta.bytes.length
  const rebuilt = build(delta, encoded.length + delta + 8)
  const data = items.length === 0 ? [] : [box('mdat', ...items.map((item) => item.data))]
  return concat([...top.map((child) => (child === meta ? rebuilt : child.bytes)), ...data])
}

/** A place for iref where the file has none: before iprp. */
function withIref(inner: readonly Child[]): Child[] {
  return inner.flatMap((child) =>
    child.type === 'iprp' ? [{ type: 'iref', bytes: new Uint8Array(0) }, child] : [child],
  )
}

function children(bytes: Uint8Array, start: number): Child[] {
  const found: Child[] = []
  for (let at = start; at + 8 <= bytes.length; ) {
    const size = u32be(bytes, at) === 1 ? u32be(bytes, at + 12) : u32be(bytes, at) || bytes.length - at
    if (size < 8 || at + size > bytes.length)
      throw new ImageError('corrupt', `Expected whole HEIF boxes but received one of ${size} bytes`, at)
    found.push({ type: latin1(bytes, at + 4, 4), bytes: bytes.subarray(at, at + size) })
    at += size
  }
  return found
}

function find(list: readonly Child[], type: string): Child {
  const child = list.find((candidate) => candidate.type === type)
  if (child === undefined)
    throw new ImageError('corrupt', `Expected a HEIF ${type} box to add metadata to but received none`)
  return child
}

const bodyOf = (child: Child): Uint8Array => child.bytes.subarray(8)

function primaryOf(inner: readonly Child[]): number {
  const body = bodyOf(find(inner, 'pitm'))
  return body[0] === 0 ? u16be(body, 4) : u32be(body, 4)
}

/** Items by their type and content type, as `infe` would write them. */
function itemTypes(iinf: Child): Map<number, string> {
  const body = bodyOf(iinf)
  const types = new Map<number, string>()
  for (const { bytes } of children(body.subarray(body[0] === 0 ? 6 : 8), 0)) {
    if (bytes[8] !== 2) continue
    const type = latin1(bytes, 16, 4)
    types.set(u16be(bytes, 12), type === 'mime' ? `${type}${latin1(bytes, 20).split('\0')[1]}\0` : type)
  }
  return types
}

function addInfos(iinf: Child, infos: readonly Uint8Array[]): Uint8Array {
  const body = bodyOf(iinf)
  const wide = body[0] !== 0
  const count = (wide ? u32be(body, 4) : u16be(body, 4)) + infos.length
  return box(
    'iinf',
    body.subarray(0, 4),
    wide ? u32(count) : u16(count),
    body.subarray(wide ? 8 : 6),
    ...infos,
  )
}

/** Each new item describes (`cdsc`) the primary one. */
function addReferences(inner: readonly Child[], ids: readonly number[], primary: number): Uint8Array {
  const old = inner.find((child) => child.type === 'iref')
  const body = old === undefined ? new Uint8Array(4) : bodyOf(old)
  const wide = body[0] !== 0
  const id = (value: number) => (wide ? u32(value) : u16(value))
  const added = ids.map((item) => box('cdsc', id(item), [0, 1], id(primary)))
  return ids.length === 0 && old === undefined ? new Uint8Array(0) : box('iref', body, ...added)
}

/** A `colr` property with the profile, associated with the primary item in place of any other profile. */
function addProfile(iprp: Child, icc: Uint8Array, primary: number): Uint8Array {
  const inner = children(bodyOf(iprp), 0)
  const properties = children(bodyOf(find(inner, 'ipco')), 0)
  const isProfile = (index: number) => {
    const property = properties[index - 1]
    return property?.type === 'colr' && latin1(property.bytes, 8, 4) !== 'nclx'
  }
  const ipco = box('ipco', ...properties.map((child) => child.bytes), box('colr', ascii('prof'), icc))
  const associated = inner.map((child) => {
    if (child.type === 'ipco') return ipco
    return child.type === 'ipma'
      ? associate(bodyOf(child), primary, properties.length + 1, isProfile)
      : child.bytes
  })
  return box('iprp', ...associated)
}

function associate(
  b: Uint8Array,
  primary: number,
  property: number,
  drop: (index: number) => boolean,
): Uint8Array {
  const wideId = b[0] !== 0
  const wide = (b[3]! & 1) === 1
  const body = [...b.subarray(0, 3), b[3]! | 1, ...b.subarray(4, 8)]
  let at = 8
  for (let left = u32be(b, 4); left > 0 && at < b.length; left--) {
    const item = wideId ? u32be(b, at) : u16be(b, at)
    at += wideId ? 4 : 2
    const entries: number[] = []
    for (let count = b[at++]!; count > 0; count--) {
      const value = wide ? u16be(b, at) : ((b[at]! & 0x80) << 8) | (b[at]! & 0x7f)
      at += wide ? 2 : 1
      if (item !== primary || !drop(value & 0x7fff)) entries.push(value)
    }
    if (item === primary) entries.push(property)
    body.push(...(wideId ? u32(item) : u16(item)), entries.length, ...entries.flatMap(u16))
  }
  return box('ipma', body)
}
