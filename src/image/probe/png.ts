// PNG header (W3C PNG 3rd edition §11): chunks up to IDAT; behind the image data only eXIf matters.
import { constants, inflateSync } from 'node:zlib'
import { IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u32be } from '../feed'
import { readExifFacts } from '../metadata/exif'
import { type Draft, setColour, setSize } from './draft'

/** Compressed bytes of iCCP that are looked at, and what they may inflate to. */
const ICC_COMPRESSED = 1 << 18
const ICC_INFLATED = 1 << 22

/** Reads all chunks. An animated PNG is treated as its default image, a still. */
export function* probePng(feed: Feed, draft: Draft): Step {
  const header = draft.header
  yield* feed.skip(8)
  yield* readIhdr(feed, draft)
  const icc = new IccScan()
  let profiled = false
  let named: string | null = null
  let exifSpace: string | null = null
  for (;;) {
    const head = yield* feed.takeUpTo(8)
    if (head.length < 8) {
      if (draft.known) return
      throw new ImageError('truncated', 'Expected PNG image data (IDAT) but the file ended', feed.offset)
    }
    const length = u32be(head, 0)
    const type = latin1(head, 4, 4)
    const end = feed.offset + length + 4
    if (length > 0x7fffffff)
      throw new ImageError(
        'corrupt',
        `Expected a PNG chunk of at most 2147483647 bytes but received ${length}`,
        feed.offset,
      )
    if (type === 'IEND') return
    if (type === 'IDAT' && !draft.known) {
      setColour(draft, icc, named ?? exifSpace ?? 'srgb')
      draft.known = true
    } else if (type === 'tRNS') {
      header.alpha = true
    } else if (type === 'cICP' && length === 4) {
      named = cicpSpace((yield* feed.take(4, 'PNG cICP chunk'))[0]!)
    } else if (type === 'sRGB') {
      named ??= 'srgb'
    } else if (type === 'iCCP' && !draft.known && !profiled) {
      // The first one (there may be only one): each can inflate to a thousand times its size.
      profiled = true
      inflateProfile(yield* feed.takeUpTo(Math.min(length, ICC_COMPRESSED)), icc)
    } else if (type === 'eXIf' && length <= ICC_COMPRESSED) {
      const facts = readExifFacts(yield* feed.takeUpTo(length))
      if (facts?.orientation != null) header.orientation = facts.orientation
      exifSpace = facts?.colorSpace ?? exifSpace
    }
    if (!(yield* feed.skip(end - feed.offset)) && !draft.known) {
      throw new ImageError(
        'truncated',
        `Expected a PNG ${type} chunk of ${length} bytes but the file ended`,
        feed.offset,
      )
    }
  }
}

function* readIhdr(feed: Feed, draft: Draft): Step {
  const header = draft.header
  const b = yield* feed.take(25, 'PNG IHDR chunk')
  const type = latin1(b, 4, 4)
  if (type === 'CgBI')
    throw new ImageError(
      'unsupported',
      'Expected a standard PNG but received an iPhone-optimised one (CgBI)',
      8,
    )
  if (type !== 'IHDR' || u32be(b, 0) !== 13) {
    throw new ImageError(
      'corrupt',
      `Expected a PNG IHDR chunk of 13 bytes but received ${JSON.stringify(type)} of ${u32be(b, 0)}`,
      8,
    )
  }
  const depth = b[16]!
  const colour = b[17]!
  const depths: Record<number, readonly number[]> = {
    0: [1, 2, 4, 8, 16],
    2: [8, 16],
    3: [1, 2, 4, 8],
    4: [8, 16],
    6: [8, 16],
  }
  if (!depths[colour]?.includes(depth)) {
    throw new ImageError(
      'corrupt',
      `Expected an allowed PNG colour type and bit depth but received ${colour} and ${depth}`,
      24,
    )
  }
  if (b[18] !== 0 || b[19] !== 0 || b[20]! > 1) {
    throw new ImageError(
      'unsupported',
      `Expected PNG compression 0, filter 0 and interlace 0 or 1 but received ${b[18]}, ${b[19]} and ${b[20]}`,
      26,
    )
  }
  if (u32be(b, 8) > 0x7fffffff || u32be(b, 12) > 0x7fffffff) {
    throw new ImageError(
      'corrupt',
      `Expected PNG sides of at most 2147483647 but received ${u32be(b, 8)}×${u32be(b, 12)}`,
      16,
    )
  }
  setSize(draft, u32be(b, 8), u32be(b, 12), 16)
  // The samples of a palette have 8 bits, whatever its indices have.
  header.bitDepth = colour === 3 ? 8 : depth
  header.components = colour === 0 || colour === 4 ? 1 : 3
  header.alpha = colour >= 4
  header.interlaced = b[20] === 1
}

/** cICP colour primaries (ITU-T H.273 table 2). */
function cicpSpace(primaries: number): string | null {
  return primaries === 12 ? 'p3' : primaries === 1 ? 'srgb' : null
}

/** iCCP: a name, a zero, a compression method, a zlib stream. One that does not inflate is ignored. */
function inflateProfile(chunk: Uint8Array, icc: IccScan): void {
  const name = chunk.indexOf(0)
  if (name < 1 || name > 79 || chunk[name + 1] !== 0) return
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: ICC_INFLATED }
    icc.push(inflateSync(chunk.subarray(name + 2), options))
  } catch {
    // A broken profile must not lose the picture: browsers show it as sRGB.
  }
}
