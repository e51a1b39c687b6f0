// JPEG XL header (ISO/IEC 18181-1:2024 annexes D and E; boxes: 18181-2): the codestream's size and metadata
// bundle. Its orientation is the codestream's, which decoders apply; EXIF's is only informative (18181-2 §9.5).
import { IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import type { Feed, Step } from '../feed'
import { JxlFrontReader } from '../jxl/front-reader'
import type { JxlHeader } from '../jxl/header'
import { LIMITS } from '../metadata/kinds'
import { readBox } from './box'
import { type Draft, setColour, setSize } from './draft'

/** A longer profile's name is not looked for: it has tables, and is not one of those that have names here. */
const ROOM = 65536
const PROFILE_BYTES = 1 << 20

/** Reads the codestream's beginning, alone or in a container, split over `jxlp` boxes or not. */
export function* probeJxl(feed: Feed, draft: Draft): Step {
  const reader = new JxlFrontReader(ROOM, PROFILE_BYTES)
  if ((yield* feed.peek(1))[0] === 0xff) yield* reader.read(feed, Number.POSITIVE_INFINITY)
  else yield* readBoxes(feed, reader)
  const { header, front } = reader
  if (reader.foreign) {
    throw new ImageError(
      'corrupt',
      'Expected a JPEG XL codestream signature (ff 0a) but received other bytes',
      0,
    )
  }
  if (header === null) {
    throw reader.begun
      ? new ImageError('truncated', 'Expected a whole JPEG XL header but the codestream ended', feed.offset)
      : new ImageError('truncated', 'Expected a JPEG XL codestream but the file ended', feed.offset)
  }
  describe(draft, header)
  const scan = new IccScan()
  if (front?.icc) scan.push(front.icc)
  setColour(draft, scan, front === null ? 'unknown' : 'srgb')
  if (front === null) draft.header.profile = { bytes: LIMITS.icc, tables: LIMITS.icc }
  draft.known = true
}

function* readBoxes(feed: Feed, reader: JxlFrontReader): Step {
  while (!reader.done) {
    const box = yield* readBox(feed, Number.POSITIVE_INFINITY)
    if (box === null) return
    let last = box.type === 'jxlc'
    if (box.type === 'jxlp') last = ((yield* feed.take(4, 'JPEG XL jxlp index'))[0]! & 0x80) !== 0
    if (box.type === 'jxlc' || box.type === 'jxlp') yield* reader.read(feed, box.end - feed.offset)
    if (last || !(yield* feed.skip(box.end - feed.offset))) return
  }
}

/** An animation counts as its first frame. Decoders give the picture upright, so that the size is its. */
function describe(draft: Draft, jxl: JxlHeader): void {
  if (jxl.black) throw new ImageError('unsupported', "A JPEG XL picture in CMYK can't be decoded here")
  if (jxl.float && !jxl.xyb) {
    throw new ImageError(
      'unsupported',
      "A lossless JPEG XL picture of floating-point numbers can't be decoded here",
    )
  }
  const { width, height, orientation, alpha, bitDepth, colour } = jxl
  const swapped = orientation > 4
  setSize(draft, swapped ? height : width, swapped ? width : height, 2)
  Object.assign(draft.header, { alpha, bitDepth, components: colour.space === 'grey' ? 1 : 3 })
}
