// WebP header and frame count (WebP Container Specification; RFC 6386 §9.1; WebP Lossless §3).
import { IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u16le, u32le } from '../feed'
import { readExifFacts } from '../metadata/exif'
import { type Draft, setColour, setSize } from './draft'

const ALPHA_FLAG = 0x10

/** Largest EXIF chunk that is looked at for its Orientation. */
const EXIF_LIMIT = 1 << 18

/** Walks all RIFF chunks: the header is known early, frames and EXIF only at the end. */
export function* probeWebp(feed: Feed, draft: Draft): Step {
  const header = draft.header
  const riff = yield* feed.take(12, 'WebP RIFF header')
  const end = u32le(riff, 4) + 8
  const icc = new IccScan()
  let extended = false
  let exifSpace: string | null = null
  let frames = 0
  while (feed.offset + 8 <= end) {
    const head = yield* feed.takeUpTo(8)
    if (head.length < 8) break
    const type = latin1(head, 0, 4)
    const size = u32le(head, 4)
    const next = feed.offset + size + (size & 1)
    if (type === 'ANMF') header.interlaced = true
    if (type === 'VP8L') header.lossless = true
    if (type === 'VP8X') {
      const b = yield* feed.take(10, 'WebP VP8X chunk')
      setSize(draft, 1 + u24(b, 4), 1 + u24(b, 7), feed.offset)
      header.alpha = (b[0]! & ALPHA_FLAG) !== 0
      extended = true
    } else if (type === 'ICCP') {
      yield* feed.pour(size, icc)
    } else if (type === 'ANIM') {
      const b = yield* feed.take(6, 'WebP ANIM chunk')
      header.loop = u16le(b, 4) || -1
    } else if (type === 'ANMF') {
      frames++
    } else if (type === 'EXIF' && size <= EXIF_LIMIT) {
      const facts = readExifFacts(yield* feed.takeUpTo(size))
      if (facts?.orientation != null) header.orientation = facts.orientation
      exifSpace = facts?.colorSpace ?? exifSpace
    } else if ((type === 'VP8 ' || type === 'VP8L') && !extended) {
      yield* readBitstream(type, feed, draft)
    }
    if (header.width > 0 && type !== 'VP8X' && type !== 'ICCP') {
      setColour(draft, icc, exifSpace ?? 'srgb')
      header.pageCount = Math.max(1, frames)
      draft.known = true
    }
    if (!(yield* feed.skip(next - feed.offset))) break
  }
  if (frames < 2) header.loop = 0
  if (!draft.known) {
    throw new ImageError(
      feed.offset < end ? 'truncated' : 'corrupt',
      'Expected a WebP image chunk (VP8, VP8L or ANMF) but the file ended',
      feed.offset,
    )
  }
}

/** The size in a simple file's bitstream. */
function* readBitstream(type: string, feed: Feed, draft: Draft): Step {
  if (type === 'VP8 ') {
    const b = yield* feed.take(10, 'WebP VP8 frame header')
    if ((b[0]! & 1) !== 0 || b[3] !== 0x9d || b[4] !== 0x01 || b[5] !== 0x2a) {
      throw new ImageError(
        'corrupt',
        'Expected a VP8 key frame but received another start code',
        feed.offset - 10,
      )
    }
    setSize(draft, u16le(b, 6) & 0x3fff, u16le(b, 8) & 0x3fff, feed.offset - 4)
    return
  }
  const b = yield* feed.take(5, 'WebP VP8L header')
  if (b[0] !== 0x2f)
    throw new ImageError('corrupt', `Expected the VP8L signature 47 but received ${b[0]}`, feed.offset - 5)
  const bits = u32le(b, 1)
  setSize(draft, 1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff), feed.offset - 4)
  draft.header.alpha = ((bits >>> 28) & 1) === 1
}

const u24 = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16)
