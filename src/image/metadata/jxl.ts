// Metadata boxes of JPEG XL files (ISO/IEC 18181-2 §9): Exif, xml, and both compressed in brob.
import { brotliDecompressSync } from 'node:zlib'
import { u32 } from '../codecs/isobmff-writer'
import { concat, type Feed, latin1, type Step, u32be } from '../feed'
import { JxlFrontReader, PROFILE_ROOM } from '../jxl/front-reader'
import { readBox } from '../probe/box'
import { type Draft, keep, LIMITS, type Metadata } from './kinds'

/** Compressed boxes that are looked into: each may hold a thousand times its size. */
const MOST_UNPACKED = 16

/** Reads the boxes, and what the codestream says about its colours. */
export function* readJxlMetadata(feed: Feed, found: Draft): Step {
  const codestream = new JxlFrontReader(PROFILE_ROOM, LIMITS.icc)
  if ((yield* feed.peek(1))[0] === 0xff) {
    yield* codestream.read(feed, Number.POSITIVE_INFINITY)
    keep(found, 'icc', codestream.front?.icc)
    return
  }
  let unpacked = 0
  for (;;) {
    const box = yield* readBox(feed, Number.POSITIVE_INFINITY)
    if (box === null) return
    if (box.type === 'jxlp') yield* feed.take(4, 'JPEG XL jxlp index')
    const size = box.end - feed.offset
    if ((box.type === 'jxlc' || box.type === 'jxlp') && !codestream.done) {
      yield* codestream.read(feed, size)
      keep(found, 'icc', codestream.front?.icc)
    } else if (box.type === 'Exif' || box.type === 'xml ') {
      keepBox(found, box.type, yield* feed.collect(size, LIMITS.exif))
    } else if (box.type === 'brob' && size >= 4 && unpacked < MOST_UNPACKED) {
      const type = latin1(yield* feed.take(4, 'JPEG XL brob type'))
      const packed = yield* feed.collect(size - 4, LIMITS.exif)
      if (packed !== null && (type === 'Exif' || type === 'xml ')) {
        unpacked++
        keepBox(found, type, decompress(packed))
      }
    }
    if (!(yield* feed.skip(box.end - feed.offset))) return
  }
}

function keepBox(found: Draft, type: string, body: Uint8Array | null): void {
  if (body === null) return
  if (type === 'xml ') keep(found, 'xmp', body)
  else keep(found, 'exif', exifOf(body))
}

/** The TIFF block behind the offset that JPEG XL's Exif boxes and HEIF's Exif items begin with. */
export function exifOf(body: Uint8Array): Uint8Array | null {
  return body.length < 4 ? null : body.subarray(4 + u32be(body, 0))
}

function decompress(packed: Uint8Array): Uint8Array | null {
  try {
    return brotliDecompressSync(packed, { maxOutputLength: LIMITS.exif })
  } catch {
    // A broken or oversized box is dropped; the picture does not depend on it.
    return null
  }
}

const SIGNATURE = [0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 13, 10, 0x87, 10]
const FILE_TYPE = [0, 0, 0, 20, ...ascii('ftypjxl '), 0, 0, 0, 0, ...ascii('jxl ')]

/** A JPEG XL file with other metadata: in a container where there is any. The profile is the codestream's. */
export function embedJxl(encoded: Uint8Array, { exif, xmp }: Metadata): Uint8Array {
  const naked = encoded[0] === 0xff
  if (naked && exif === undefined && xmp === undefined) return encoded
  const boxes = naked ? [] : boxesOf(encoded)
  return concat([
    SIGNATURE,
    FILE_TYPE,
    // jxll, the level, must come before the codestream.
    ...boxes.filter(({ type }) => type === 'jxll').map(({ bytes }) => bytes),
    ...(exif === undefined ? [] : [boxHead('Exif', exif.length + 4), [0, 0, 0, 0], exif]),
    ...(xmp === undefined ? [] : [boxHead('xml ', xmp.length), xmp]),
    ...(naked ? [boxHead('jxlc', encoded.length), encoded] : []),
    ...boxes.filter(({ type }) => !HEADS.has(type)).map(({ bytes }) => bytes),
  ])
}

/** Boxes that are written anew. */
const HEADS = new Set(['JXL ', 'ftyp', 'jxll', 'Exif', 'xml ', 'brob'])

function boxesOf(encoded: Uint8Array): { type: string; bytes: Uint8Array }[] {
  const boxes: { type: string; bytes: Uint8Array }[] = []
  for (let at = 0; at + 8 <= encoded.length; ) {
    const size = u32be(encoded, at)
    const end = size < 8 ? encoded.length : at + size
    boxes.push({ type: latin1(encoded, at + 4, 4), bytes: encoded.subarray(at, end) })
    at = end
  }
  return boxes
}

function boxHead(type: string, length: number): number[] {
  return [...u32(length + 8), ...ascii(type)]
}

function ascii(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0))
}
