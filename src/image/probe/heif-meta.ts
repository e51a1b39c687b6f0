// The `meta` box of HEIF files (ISO/IEC 23008-12 §6, 14496-12 §8.11): which items there are, how they
// refer to each other, and their properties. Item data is not read here.
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u16be, u32be } from '../feed'
import { type Box, readBox } from './box'

/** What takes a profile's bytes: a probe scans them, a reader of metadata keeps them. */
export interface ProfileSink {
  push(chunk: Uint8Array): void
}

/** What `meta` says, before it is known which item is the picture. */
export interface Meta<Profile extends ProfileSink = ProfileSink> {
  primary: number | null
  readonly types: Map<number, string>
  /** Auxiliary items of an item: `auxl` references by target. */
  readonly auxiliaries: Map<number, number[]>
  /** Source items of a derived one (`dimg`). */
  readonly derived: Map<number, number[]>
  readonly properties: Property<Profile>[]
  /** Property indices (from 0) of an item, in their order. */
  readonly associations: Map<number, number[]>
  /** Content types of `mime` items. */
  readonly mimes: Map<number, string>
  /** The raw `iloc` box and the place of `idat`, for whoever reads items. */
  iloc: Uint8Array | null
  idat: number | null
  readonly makeProfile: () => Profile
  /** Bytes that further profiles may have. */
  profileRoom: number
  /** References that have been read. */
  references: number
}

/** Throws `corrupt` where a table has more than `most` entries. */
function limit(feed: Feed, count: number, most: number, what: string): void {
  if (count <= most) return
  throw new ImageError('corrupt', `Expected at most ${most} HEIF ${what} but received more`, feed.offset)
}

/** An item property of ipco: its type and its first bytes; a profile is only scanned. */
export interface Property<Profile extends ProfileSink = ProfileSink> {
  readonly type: string
  readonly bytes: Uint8Array
  readonly profile?: Profile
}

/** Bytes of a property that are kept: the longest of use is the name in auxC. */
const PROPERTY_BYTES = 64
/** Properties of use here; of others only the place in ipco counts. */
const USED = new Set(['ispe', 'clap', 'pixi', 'av1C', 'hvcC', 'auxC', 'irot', 'imir', 'colr'])
/** Most properties that an index of 15 bits reaches (23008-12 §9.3). */
const MAX_PROPERTIES = 32767
/** Most bytes of all profiles together: a property may hold any number, and none is known to be the picture's yet. */
const PROFILE_BYTES = 1 << 22
/** Most items, references between them, and items with properties. */
const MAX_ENTRIES = 65536
/** Most items whose content type is kept: an XMP packet is one of the first. */
const MAX_MIMES = 1024
const INFO_BYTES = 256

/** An empty Meta. */
export function newMeta<Profile extends ProfileSink>(makeProfile: () => Profile): Meta<Profile> {
  return {
    primary: null,
    types: new Map(),
    auxiliaries: new Map(),
    derived: new Map(),
    properties: [],
    associations: new Map(),
    mimes: new Map(),
    iloc: null,
    idat: null,
    makeProfile,
    profileRoom: PROFILE_BYTES,
    references: 0,
  }
}

/** Reads the children of a `meta` box, from its version on. */
export function* readMeta(feed: Feed, end: number, meta: Meta): Step {
  yield* feed.skip(4)
  yield* readBoxes(feed, end, meta, readChild)
}

/** Hands each box up to `end` to `read`, and passes over what that leaves of it. */
function* readBoxes(
  feed: Feed,
  end: number,
  meta: Meta,
  read: (feed: Feed, box: Box, meta: Meta) => Step,
): Step {
  for (let box: Box | null; (box = yield* readBox(feed, end)) !== null; ) {
    yield* read(feed, box, meta)
    if (!(yield* feed.skip(box.end - feed.offset))) {
      throw new ImageError(
        'truncated',
        `Expected a whole HEIF ${box.type} box but the file ended`,
        feed.offset,
      )
    }
  }
}

function* readChild(feed: Feed, box: Box, meta: Meta): Step {
  const size = box.end - feed.offset
  if (box.type === 'iprp') {
    // Not by readChild: boxes within boxes would nest as deep as a file likes.
    yield* readBoxes(feed, box.end, meta, readPropertyBox)
  } else if (box.type === 'pitm') {
    const b = yield* feed.take(size, 'HEIF pitm box')
    if (b.length >= 6) meta.primary = b[0] === 0 || b.length < 8 ? u16be(b, 4) : u32be(b, 4)
  } else if (box.type === 'iinf') {
    const version = (yield* feed.take(Math.min(size, 6), 'HEIF iinf box'))[0]
    if (version !== 0) yield* feed.skip(2)
    yield* readItemInfos(feed, box.end, meta)
  } else if (box.type === 'iref') {
    readReferences(feed, yield* feed.take(size, 'HEIF iref box'), meta)
  } else if (box.type === 'iloc') {
    meta.iloc = (yield* feed.take(size, 'HEIF iloc box')).slice()
  } else if (box.type === 'idat') {
    meta.idat = feed.offset
  }
}

function* readPropertyBox(feed: Feed, box: Box, meta: Meta): Step {
  const size = box.end - feed.offset
  if (box.type === 'ipco') yield* readProperties(feed, box.end, meta)
  else if (box.type === 'ipma') readAssociations(feed, yield* feed.take(size, 'HEIF ipma box'), meta)
}

function* readItemInfos(feed: Feed, end: number, meta: Meta): Step {
  for (let box: Box | null; (box = yield* readBox(feed, end)) !== null; ) {
    const b = yield* feed.takeUpTo(Math.min(box.end - feed.offset, INFO_BYTES))
    const wide = b[0] === 3
    if (box.type === 'infe' && (wide || b[0] === 2) && b.length >= (wide ? 14 : 12)) {
      const id = wide ? u32be(b, 4) : u16be(b, 4)
      const at = wide ? 10 : 8
      const type = latin1(b, at, 4)
      meta.types.set(id, type)
      limit(feed, meta.types.size, MAX_ENTRIES, 'items')
      // A name, then the content type, each ended by a zero.
      if (type === 'mime' && meta.mimes.size < MAX_MIMES) {
        meta.mimes.set(id, latin1(b, at + 4).split('\0')[1] ?? '')
      }
    }
    yield* feed.skip(box.end - feed.offset)
  }
}

function* readProperties(feed: Feed, end: number, meta: Meta): Step {
  for (let box: Box | null; (box = yield* readBox(feed, end)) !== null; ) {
    limit(feed, meta.properties.length + 1, MAX_PROPERTIES, 'properties')
    const most = !USED.has(box.type) ? 0 : box.type === 'colr' ? 11 : PROPERTY_BYTES
    const bytes = (yield* feed.takeUpTo(Math.min(box.end - feed.offset, most))).slice()
    const kind = box.type === 'colr' ? latin1(bytes, 0, 4) : ''
    const left = box.end - feed.offset
    if ((kind === 'prof' || kind === 'rICC') && left <= meta.profileRoom) {
      meta.profileRoom -= left
      const profile = meta.makeProfile()
      profile.push(bytes.subarray(4))
      yield* feed.pour(left, profile)
      meta.properties.push({ type: 'colr', bytes, profile })
    } else {
      meta.properties.push({ type: box.type, bytes })
    }
    yield* feed.skip(box.end - feed.offset)
  }
}

/** iref (14496-12 §8.11.12): only which items are auxiliary to, or parts of, which. */
function readReferences(feed: Feed, b: Uint8Array, meta: Meta): void {
  const wide = b[0] !== 0
  const id = (at: number) => (wide ? u32be(b, at) : u16be(b, at))
  const step = wide ? 4 : 2
  for (let at = 4; at + 8 + 2 * step <= b.length; ) {
    const size = u32be(b, at)
    const type = latin1(b, at + 4, 4)
    const end = Math.min(at + size, b.length)
    const from = id(at + 8)
    for (let to = at + 8 + step + 2; to + step <= end; to += step) {
      limit(feed, ++meta.references, MAX_ENTRIES, 'references')
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
function readAssociations(feed: Feed, b: Uint8Array, meta: Meta): void {
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
    limit(feed, meta.associations.size, MAX_ENTRIES, 'items with properties')
  }
}
