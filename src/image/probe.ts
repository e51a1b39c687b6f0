// A picture's header, read by our own parsers without decoding: by its magic bytes alone, from
// bytes as they arrive, in constant memory. One file per format in probe/.
import { ImageError } from './error'
import { Feed, latin1, type Step } from './feed'
import type { Format } from './formats'
import type { ImageHeader } from './header'
import { probeAvif, probeHeic } from './probe/bmff'
import type { Draft } from './probe/draft'
import { probeGif } from './probe/gif'
import { probeJpeg } from './probe/jpeg'
import { probeJxl } from './probe/jxl'
import { probePng } from './probe/png'
import { probeWebp } from './probe/webp'

/** Reads a header out of bytes that arrive in chunks. */
export interface Probe {
  /** Takes the next bytes of the file. Throws ImageError where they can't be a picture we know. */
  push(chunk: Uint8Array): void
  /** The facts as soon as they are known; frames, loop and a late EXIF block only by `end()`. */
  readonly header: ImageHeader | null
  /** Bytes of the file's beginning that are needed before more can be told; 0 once `header` is there. */
  readonly needed: number
  /** Whether bytes that follow can't change the header any more. */
  readonly final: boolean
  /** Says that the file has ended. Throws ImageError `truncated` where its header is incomplete. */
  end(): ImageHeader
}

type Parser = (feed: Feed, draft: Draft) => Step

const parsers: Record<Format, Parser> = {
  jpg: probeJpeg,
  png: probePng,
  webp: probeWebp,
  avif: probeAvif,
  jxl: probeJxl,
  heic: probeHeic,
  gif: probeGif,
}

/** Longest beginning that tells the formats apart: `ftyp` with a dozen compatible brands. */
const SNIFF_BYTES = 64

/** Starts to read a picture's header. */
export function makeProbe(): Probe {
  const feed = new Feed()
  const draft = newDraft()
  const parser = run(feed, draft)
  let done = false
  let header: ImageHeader | null = null

  const resume = () => {
    if (done) return
    try {
      done = parser.next().done === true
    } catch (error) {
      done = true
      // What follows a complete header only counts frames: damage there is for the decoder to judge,
      // which renders what is left of a damaged picture.
      if (!(error instanceof ImageError) || !draft.known) throw error
    }
    if (draft.known) header = { ...draft.header }
    // Either way the chunk itself is let go of.
    if (done) feed.jump(feed.offset)
    else feed.settle()
  }

  return {
    push(chunk) {
      if (done || chunk.length === 0) return
      feed.push(chunk)
      resume()
    },
    get header() {
      return header
    },
    get needed() {
      return header === null ? Math.max(feed.wanted, 1) : 0
    },
    get final() {
      return done
    },
    end() {
      feed.end()
      resume()
      if (header === null) {
        throw new ImageError(
          'truncated',
          'Expected a whole picture header but the file ended before',
          feed.offset,
        )
      }
      return header
    },
  }
}

/** The header of a whole file. Throws ImageError. */
export function probe(bytes: Uint8Array): ImageHeader {
  const reader = makeProbe()
  reader.push(bytes)
  return reader.end()
}

/** The format that a file's first bytes announce, or null. Needs at most 64 bytes. */
export function sniff(b: Uint8Array): Format | null {
  const text = latin1(b, 0, Math.min(b.length, SNIFF_BYTES))
  if (text.startsWith('\xff\xd8\xff')) return 'jpg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif'
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp'
  if (text.startsWith('\xff\x0a') || text.startsWith('\0\0\0\x0cJXL \r\n\x87\n')) return 'jxl'
  return text.startsWith('ftyp', 4) ? sniffBrands(b) : null
}

/** ISO 14496-12 §4.3: the major brand, then any compatible one, decides what an `ftyp` file holds. */
function sniffBrands(b: Uint8Array): Format | null {
  const size = Math.min(b.length, ((b[0]! << 24) | (b[1]! << 16) | (b[2]! << 8) | b[3]!) >>> 0, SNIFF_BYTES)
  const brands: string[] = []
  for (let at = 8; at + 4 <= size; at += at === 8 ? 8 : 4) brands.push(latin1(b, at, 4))
  const format = (brand: string): Format | null => {
    if (brand === 'avif' || brand === 'avis') return 'avif'
    if (/^(heic|heix|heim|heis|hevc|hevx|hevm|hevs)$/.test(brand)) return 'heic'
    return null
  }
  for (const brand of brands) {
    const found = format(brand)
    if (found !== null) return found
  }
  return null
}

function* run(feed: Feed, draft: Draft): Step {
  const start = yield* feed.peek(SNIFF_BYTES)
  const format = sniff(start)
  if (format === null) {
    const received =
      start.length === 0
        ? 'no bytes at all'
        : `bytes that begin ${[...start.subarray(0, 8)].map((x) => x.toString(16).padStart(2, '0')).join(' ')}`
    throw new ImageError(
      'unsupported',
      `Expected a supported image (JPEG, PNG, WebP, AVIF, JPEG XL, HEIC or GIF) but received ${received}`,
      0,
    )
  }
  draft.header.format = format
  yield* parsers[format](feed, draft)
  if (!draft.known) {
    throw new ImageError(
      'truncated',
      'Expected a whole picture header but the file ended before',
      feed.offset,
    )
  }
}

function newDraft(): Draft {
  return {
    known: false,
    header: {
      format: 'jpg',
      width: 0,
      height: 0,
      orientation: 1,
      alpha: false,
      bitDepth: 8,
      pageCount: 1,
      loop: 0,
      colorSpace: 'srgb',
      interlaced: false,
      components: 3,
    },
  }
}
