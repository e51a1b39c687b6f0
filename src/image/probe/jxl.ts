// JPEG XL header (ISO/IEC 18181-1:2024 annexes D and E; boxes: 18181-2): the codestream's size and metadata
// bundle. Its orientation is the codestream's, which decoders apply; EXIF's is only informative (18181-2 §9.5).
import { ImageError } from '../error'
import { type Feed, latin1, type Step } from '../feed'
import { readBox } from './box'
import type { Draft } from './draft'
import { JxlBits } from './jxl-bits'
import { readImageHeader } from './jxl-header'

/** The header is some 20 bytes; long names of extra channels can make it more. */
const HEADER_BYTES = 4096

/** Reads the codestream's beginning, alone or in a container, split over `jxlp` boxes or not. */
export function* probeJxl(feed: Feed, draft: Draft): Step {
  const start = yield* feed.peek(2)
  if (start[0] === 0xff) {
    readImageHeader(new JxlBits(yield* feed.takeUpTo(HEADER_BYTES)), draft)
    return
  }
  let codestream = new Uint8Array(0)
  while (codestream.length < HEADER_BYTES) {
    const box = yield* readBox(feed, Number.POSITIVE_INFINITY)
    if (box === null) break
    if (box.type === 'jxlc' || box.type === 'jxlp') {
      const index = box.type === 'jxlp' ? yield* feed.take(4, 'JPEG XL jxlp index') : null
      const more = yield* feed.takeUpTo(Math.min(box.end - feed.offset, HEADER_BYTES - codestream.length))
      const joined = new Uint8Array(codestream.length + more.length)
      joined.set(codestream)
      joined.set(more, codestream.length)
      codestream = joined
      if (tryHeader(codestream, draft)) return
      if (index === null || (index[0]! & 0x80) !== 0) break
    }
    if (!(yield* feed.skip(box.end - feed.offset))) break
  }
  if (codestream.length === 0)
    throw new ImageError('truncated', 'Expected a JPEG XL codestream but the file ended', feed.offset)
  readImageHeader(new JxlBits(codestream), draft)
}

/** Reads the header where enough has come; a header cut by a box's end is tried again with the next. */
function tryHeader(codestream: Uint8Array, draft: Draft): boolean {
  if (codestream.length < 2) return false
  if (latin1(codestream, 0, 2) !== '\xff\x0a')
    throw new ImageError(
      'corrupt',
      'Expected a JPEG XL codestream signature (ff 0a) but received other bytes',
      0,
    )
  try {
    readImageHeader(new JxlBits(codestream), draft)
    return true
  } catch (error) {
    if (error instanceof ImageError && error.kind === 'truncated') return false
    throw error
  }
}
