// Metadata chunks of PNG (W3C PNG 3rd edition §11.3): iCCP, eXIf, XMP in iTXt, and the "Raw profile type"
// texts of ImageMagick and exiftool, which are how PNG carries IPTC.
import { constants, deflateSync, inflateSync } from 'node:zlib'
import { concat, type Feed, latin1, type Step, u32be } from '../feed'
import { withoutExifPrefix } from './exif'
import { iptcOf, iptcResource } from './iptc'
import { type Draft, keep, LIMITS, type Metadata } from './kinds'

const XMP_KEYWORD = 'XML:com.adobe.xmp'
const RAW_PROFILE = 'Raw profile type '
const CHUNK_LIMIT = 1 << 22
/** A raw profile is hexadecimal in lines, so more than twice as long as its bytes. */
const TEXT_LIMIT = 2.1 * LIMITS.xmp

/** Texts and profiles of a file that are inflated: each may be a thousand times as long as its chunk. */
const MOST_INFLATED = 16

/** Of a large file only this much behind the picture data is looked at. */
const TAIL = 1 << 18
/** Picture data from which on it is passed over, not walked through. */
const WALKED = 1 << 20

/**
 * Reads all chunks: some writers put XMP behind the picture. In a large file the picture data (thousands of
 * chunks) is passed over at once, and what follows it is found from the file's end.
 * @param onPicture called at the first IDAT, by when the profile has been found
 */
export function* readPngMetadata(feed: Feed, found: Draft, onPicture?: () => void): Step {
  const reader = new ChunkReader(found)
  yield* feed.skip(8)
  for (;;) {
    const head = yield* feed.takeUpTo(8)
    if (head.length < 8) return
    const length = u32be(head, 0)
    const type = latin1(head, 4, 4)
    const end = feed.offset + length + 4
    if (type === 'IEND') return
    if (type === 'IDAT') onPicture?.()
    if (type === 'IDAT' && feed.size !== null && feed.size - feed.offset > WALKED) {
      if (yield* feed.seek(feed.size - TAIL)) readTail(yield* feed.take(TAIL, "a PNG file's end"), reader)
      return
    }
    if (READ.has(type)) {
      const body = yield* feed.collect(length, type === 'eXIf' ? LIMITS.exif : CHUNK_LIMIT)
      if (body !== null) reader.read(type, body)
    }
    if (!(yield* feed.skip(end - feed.offset))) return
  }
}

const READ = new Set(['eXIf', 'iCCP', 'iTXt', 'zTXt', 'tEXt'])
/** Chunks that may stand behind the picture data. */
const LATE = new Set(['eXIf', 'iTXt', 'zTXt', 'tEXt', 'tIME'])

/** The chunks from which lengths lead exactly to the IEND that ends the file: no picture data does that. */
function readTail(b: Uint8Array, reader: ChunkReader): void {
  const iend = b.length - 12
  if (latin1(b, iend + 4, 4) !== 'IEND') return
  const behind = (at: number) => at + 12 + u32be(b, at)
  // Whether a chunk at this offset leads there: each offset is looked at once, from the end.
  const leads = new Uint8Array(iend + 1)
  leads[iend] = 1
  let start = iend
  for (let at = iend - 12; at >= 0; at--) {
    // All names have a first letter in lower case: most bytes fail here.
    if ((b[at + 4]! & 0xe0) !== 0x60 || !LATE.has(latin1(b, at + 4, 4))) continue
    if (leads[behind(at)] !== 1) continue
    leads[at] = 1
    start = at
  }
  for (let at = start; at < iend; at = behind(at)) {
    reader.read(latin1(b, at + 4, 4), b.subarray(at + 8, behind(at) - 4))
  }
}

/** Keeps what chunks hold, the first of each kind. */
class ChunkReader {
  #inflations = 0

  constructor(readonly found: Draft) {}

  /** Texts and profiles begin with a keyword and a zero. */
  read(type: string, body: Uint8Array): void {
    const { found } = this
    if (type === 'eXIf') {
      keep(found, 'exif', body)
      return
    }
    const zero = body.indexOf(0)
    if (zero < 1 || zero > 79) return
    const keyword = latin1(body, 0, zero)
    if (type === 'iCCP') {
      if (found.icc === undefined) keep(found, 'icc', this.#inflate(body.subarray(zero + 2), LIMITS.icc))
    } else if (keyword === XMP_KEYWORD) {
      if (found.xmp === undefined) keep(found, 'xmp', this.#textOf(type, body, zero))
    } else if (keyword.startsWith(RAW_PROFILE)) {
      const text = this.#textOf(type, body, zero)
      const profile = text === null ? null : parseRawProfile(text)
      if (profile !== null) keepProfile(keyword.slice(RAW_PROFILE.length).toLowerCase(), profile, found)
    }
  }

  /** The text of tEXt, zTXt (method, stream) or iTXt (compression flag, method, language, keyword, text). */
  #textOf(type: string, body: Uint8Array, zero: number): Uint8Array | null {
    if (type === 'tEXt') return body.subarray(zero + 1)
    if (type === 'zTXt') return this.#inflate(body.subarray(zero + 2), TEXT_LIMIT)
    const language = body.indexOf(0, zero + 3)
    const translated = language < 0 ? -1 : body.indexOf(0, language + 1)
    if (translated < 0) return null
    const text = body.subarray(translated + 1)
    return body[zero + 1] === 1 ? this.#inflate(text, TEXT_LIMIT) : text
  }

  #inflate(stream: Uint8Array, limit: number): Uint8Array | null {
    if (++this.#inflations > MOST_INFLATED) return null
    try {
      return inflateSync(stream, { maxOutputLength: Math.floor(limit), finishFlush: constants.Z_FINISH })
    } catch {
      // A broken or oversized text is dropped; the picture does not depend on it.
      return null
    }
  }
}

function keepProfile(name: string, profile: Uint8Array, found: Draft): void {
  if (name === 'exif' || (name === 'app1' && latin1(profile, 0, 4) === 'Exif')) {
    keep(found, 'exif', withoutExifPrefix(profile))
  }
  if (name === 'iptc' || name === '8bim') keep(found, 'iptc', iptcOf(profile))
  if (name === 'xmp') keep(found, 'xmp', profile)
  if (name === 'icc' || name === 'icm') keep(found, 'icc', profile)
}

/** "\nname\n   length\nhex digits in lines\n". */
function parseRawProfile(text: Uint8Array): Uint8Array | null {
  const match = /^\s*\S+\s+(\d+)\s([0-9a-fA-F\s]*)/.exec(new TextDecoder('latin1').decode(text))
  if (match === null) return null
  const digits = match[2]!.replace(/\s/g, '')
  if (digits.length < Number(match[1]) * 2) return null
  return Uint8Array.from({ length: Number(match[1]) }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  )
}

/** The chunks to write behind IHDR, each with its length and CRC. */
export function pngChunks(metadata: Metadata): Uint8Array[] {
  const chunks: Uint8Array[] = []
  const { exif, xmp, iptc, icc } = metadata
  if (icc !== undefined) chunks.push(chunk('iCCP', ascii('icc\0\0'), deflateSync(icc)))
  if (exif !== undefined) chunks.push(chunk('eXIf', exif))
  if (xmp !== undefined) chunks.push(chunk('iTXt', ascii(`${XMP_KEYWORD}\0\0\0\0\0`), xmp))
  if (iptc !== undefined) {
    const resource = iptcResource(iptc)
    const hex = [...resource].map(
      (byte, i) => byte.toString(16).padStart(2, '0') + (i % 36 === 35 ? '\n' : ''),
    )
    const text = `\niptc\n${String(resource.length).padStart(8)}\n${hex.join('')}\n`
    chunks.push(chunk('zTXt', ascii(`${RAW_PROFILE}iptc\0\0`), deflateSync(ascii(text))))
  }
  return chunks
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

function chunk(type: string, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length)
  bytes.set(ascii(type), 4)
  let at = 8
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  view.setUint32(at, crc32(bytes.subarray(4, at)))
  return bytes
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** The CRC of annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const REPLACED = new Set(['iCCP', 'sRGB', 'gAMA', 'cHRM', 'cICP', 'eXIf'])

/** A PNG file with other metadata: colour chunks, eXIf and the texts this service writes are replaced. */
export function embedPng(encoded: Uint8Array, metadata: Metadata): Uint8Array {
  const pieces = [encoded.subarray(0, 33), ...pngChunks(metadata)]
  for (let at = 33; at + 8 <= encoded.length; ) {
    const end = at + 12 + u32be(encoded, at)
    const type = latin1(encoded, at + 4, 4)
    const colour = metadata.icc !== undefined || type === 'eXIf'
    if (!(REPLACED.has(type) && colour)) pieces.push(encoded.subarray(at, end))
    at = end
  }
  return concat(pieces)
}
