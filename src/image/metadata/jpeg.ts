// Metadata segments of JPEG: APP1 (Exif 2.32 §4.5; XMP part 3 §1.1.3), APP2 (ICC.1:2022 annex B.4), APP13.
import { createHash } from 'node:crypto'
import { concat, type Feed, Joiner, latin1, type Step, u16be, u32be } from '../feed'
import { iptcOf, iptcResource, PHOTOSHOP } from './iptc'
import { type Draft, keep, LIMITS, type Metadata } from './kinds'
import { referringTo, withExtended, withoutExtension } from './xmp'

const EXIF = 'Exif\0\0'
const XMP = 'http://ns.adobe.com/xap/1.0/\0'
const EXTENSION = 'http://ns.adobe.com/xmp/extension/\0'
/** Its name of 32 letters, the length of all parts, this part's place. */
const EXTENSION_HEAD = EXTENSION.length + 40
const ICC = 'ICC_PROFILE\0'

/** What one segment can hold beside its length. */
const SEGMENT = 65533

/** The largest EXIF block that fits. */
export const JPEG_EXIF = SEGMENT - EXIF.length

/** Reads the segments before the first scan. */
export function* readJpegMetadata(feed: Feed, found: Draft): Step {
  let xmp: Uint8Array | null = null
  const extension = new ExtendedXmp()
  const profile: (Uint8Array | undefined)[] = []
  let [parts, room] = [0, LIMITS.icc]
  const resources = new Joiner(LIMITS.iptc)
  const parse = function* (): Step {
    yield* feed.skip(2)
    for (;;) {
      const marker = yield* nextMarker(feed)
      if (marker === 0xda || marker === 0xd9) return
      if ((marker >= 0xd0 && marker <= 0xd8) || marker === 0x01) continue
      const length = u16be(yield* feed.take(2, 'JPEG segment length'), 0) - 2
      if (length < 0) return
      if (marker !== 0xe1 && marker !== 0xe2 && marker !== 0xed) {
        yield* feed.skip(length)
        continue
      }
      const body = yield* feed.take(length, 'JPEG APP segment')
      if (marker === 0xe1 && begins(body, EXIF)) keep(found, 'exif', body.subarray(EXIF.length))
      if (marker === 0xe1 && begins(body, XMP)) xmp ??= body.slice(XMP.length)
      if (marker === 0xe1 && begins(body, EXTENSION)) extension.push(body)
      if (marker === 0xed && begins(body, PHOTOSHOP)) resources.push(body.subarray(PHOTOSHOP.length))
      if (marker === 0xe2 && begins(body, ICC) && length > 14 && length - 14 <= room) {
        room -= length - 14
        profile[body[12]!] ??= body.slice(14)
        parts = body[13]!
      }
    }
  }
  try {
    yield* parse()
  } finally {
    // Also where the file ends early: what came whole is kept.
    if (xmp !== null) keep(found, 'xmp', extension.joinedTo(xmp))
    const iptc = resources.bytes
    if (iptc !== null) keep(found, 'iptc', iptcOf(iptc))
    keep(found, 'icc', joinProfile(profile, parts))
  }
}

/** Extended XMP as its parts come: its name, its length, the part's place, the part (XMP part 3 §1.1.3.1). */
class ExtendedXmp {
  readonly #found = new Map<string, { bytes: Uint8Array; missing: number }>()
  #room = LIMITS.xmp

  push(body: Uint8Array): void {
    if (body.length <= EXTENSION_HEAD) return
    const guid = latin1(body, EXTENSION.length, 32)
    const [length, at] = [u32be(body, EXTENSION_HEAD - 8), u32be(body, EXTENSION_HEAD - 4)]
    const part = body.subarray(EXTENSION_HEAD)
    if (!this.#found.has(guid)) {
      if (length > this.#room) return
      this.#room -= length
      this.#found.set(guid, { bytes: new Uint8Array(length), missing: length })
    }
    const found = this.#found.get(guid)!
    if (found.bytes.length !== length || at + part.length > length) return
    found.bytes.set(part, at)
    found.missing -= part.length
  }

  /** The main packet with the extension that it names; alone where that has not come whole. */
  joinedTo(packet: Uint8Array): Uint8Array {
    const name = /xmpNote:HasExtendedXMP\s*(?:=\s*["']|>\s*)([0-9A-Fa-f]{32})/.exec(
      new TextDecoder().decode(packet),
    )?.[1]
    const found = name === undefined ? undefined : this.#found.get(name)
    const joined = found?.missing === 0 ? withExtended(packet, found.bytes) : withoutExtension(packet)
    return joined.length <= LIMITS.xmp ? joined : withoutExtension(packet)
  }
}

/** The next marker's code; bytes that are none are passed over. */
function* nextMarker(feed: Feed): Step<number> {
  let previous = 0
  for (;;) {
    const byte = (yield* feed.take(1, 'a JPEG marker'))[0]!
    if (previous === 0xff && byte !== 0xff && byte !== 0) return byte
    previous = byte
  }
}

const begins = (body: Uint8Array, text: string): boolean => latin1(body, 0, text.length) === text

/** A profile out of its parts, numbered from 1 (some writers: from 0); null where one is missing. */
function joinProfile(parts: readonly (Uint8Array | undefined)[], count: number): Uint8Array | null {
  const joiner = new Joiner(LIMITS.icc)
  const first = parts[0] === undefined ? 1 : 0
  for (let i = first; i < first + count; i++) {
    const part = parts[i]
    if (part === undefined) return null
    joiner.push(part)
  }
  return joiner.bytes
}

/**
 * The segments to write behind SOI (or JFIF's APP0), each with its marker and length. EXIF that doesn't fit one
 * segment is left out.
 */
export function jpegSegments(metadata: Metadata): Uint8Array[] {
  const segments: Uint8Array[] = []
  const { exif, xmp, iptc, icc } = metadata
  if (exif !== undefined && exif.length <= JPEG_EXIF) segments.push(segment(0xe1, EXIF, exif))
  if (xmp !== undefined) segments.push(...xmpSegments(xmp))
  if (icc !== undefined) {
    const room = SEGMENT - 14
    const count = Math.ceil(icc.length / room)
    for (let i = 0; i < count && count < 256; i++) {
      const head = ICC + String.fromCharCode(i + 1, count)
      segments.push(segment(0xe2, head, icc.subarray(i * room, (i + 1) * room)))
    }
  }
  if (iptc !== undefined) {
    const resource = iptcResource(iptc)
    const room = SEGMENT - PHOTOSHOP.length
    for (let at = 0; at < resource.length; at += room) {
      segments.push(segment(0xed, PHOTOSHOP, resource.subarray(at, at + room)))
    }
  }
  return segments
}

/** One segment, or where that has not the room one that refers to extended XMP, and as many as that takes. */
function xmpSegments(xmp: Uint8Array): Uint8Array[] {
  if (xmp.length + XMP.length <= SEGMENT) return [segment(0xe1, XMP, xmp)]
  const guid = createHash('md5').update(xmp).digest('hex').toUpperCase()
  const room = SEGMENT - EXTENSION_HEAD
  const segments = [segment(0xe1, XMP, referringTo(guid))]
  for (let at = 0; at < xmp.length; at += room) {
    const part = xmp.subarray(at, at + room)
    segments.push(segment(0xe1, EXTENSION + guid, concat([u32(xmp.length), u32(at), part])))
  }
  return segments
}

const u32 = (value: number): number[] => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255,
]

function segment(marker: number, head: string, body: Uint8Array): Uint8Array {
  const length = 2 + head.length + body.length
  const bytes = new Uint8Array(2 + length)
  bytes.set([0xff, marker, length >>> 8, length & 255])
  for (let i = 0; i < head.length; i++) bytes[4 + i] = head.charCodeAt(i)
  bytes.set(body, 4 + head.length)
  return bytes
}

/** A JPEG file with other metadata: APP1, APP2 and APP13 are replaced, all else is kept. */
export function embedJpeg(encoded: Uint8Array, metadata: Metadata): Uint8Array {
  const pieces: Uint8Array[] = [encoded.subarray(0, 2)]
  let written = false
  const write = () => {
    if (!written) pieces.push(...jpegSegments(metadata))
    written = true
  }
  let at = 2
  while (at + 4 <= encoded.length && encoded[at] === 0xff) {
    const marker = encoded[at + 1]!
    if (marker === 0xda) break
    const end = at + 2 + u16be(encoded, at + 2)
    // JFIF's APP0 stays first.
    if (marker !== 0xe0) write()
    if (marker !== 0xe1 && marker !== 0xe2 && marker !== 0xed) pieces.push(encoded.subarray(at, end))
    at = end
  }
  write()
  pieces.push(encoded.subarray(at))
  return concat(pieces)
}
