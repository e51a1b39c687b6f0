// Metadata in GIF application extensions: XMP (part 3 §1.1.2), ICC profiles (ICCRGBG1), and IPTC as ImageMagick has
// it and exiftool reads it. GIF has no place for EXIF.
import { concat, type Feed, Joiner, latin1, type Step } from '../feed'
import { iptcOf, iptcResource } from './iptc'
import { type Draft, keep, LIMITS, type Metadata } from './kinds'

const XMP = 'XMP DataXMP'
const RESOURCES = 'MGK8BIM0000'

/** The magic trailer of GIF's XMP: 0x01, 255 down to 0; the zero after it ends the blocks. */
const TRAILER = 257

/** Walks the blocks before and between the images. */
export function* readGifMetadata(feed: Feed, found: Draft): Step {
  const screen = yield* feed.take(13, 'GIF logical screen descriptor')
  if (screen[10]! & 0x80) yield* feed.skip(3 << ((screen[10]! & 7) + 1))
  for (;;) {
    const introducer = yield* feed.takeUpTo(1)
    if (introducer.length === 0 || introducer[0] === 0x3b) return
    if (introducer[0] === 0x2c) {
      const flags = (yield* feed.take(9, 'GIF image descriptor'))[8]!
      if (flags & 0x80) yield* feed.skip(3 << ((flags & 7) + 1))
      yield* feed.skip(1)
      yield* readBlocks(feed, null, false)
    } else if (introducer[0] === 0x21) {
      const label = (yield* feed.take(1, 'GIF extension label'))[0]
      const head = yield* feed.peek(12)
      const name = label === 0xff && head[0] === 11 ? latin1(head, 1, 11) : ''
      if (name !== '') yield* feed.skip(12)
      if (name === XMP) {
        const joiner = new Joiner(LIMITS.xmp)
        // The packet is not cut into blocks: what looks like their sizes is part of it.
        yield* readBlocks(feed, joiner, true)
        const bytes = joiner.bytes
        if (bytes !== null) keep(found, 'xmp', bytes.subarray(0, Math.max(0, bytes.length - TRAILER)))
      } else if (name === 'ICCRGBG1012') {
        const joiner = new Joiner(LIMITS.icc)
        yield* readBlocks(feed, joiner, false)
        keep(found, 'icc', joiner.bytes)
      } else if (name === RESOURCES || name === 'MGKIPTC0000') {
        const joiner = new Joiner(LIMITS.iptc)
        yield* readBlocks(feed, joiner, false)
        if (joiner.bytes !== null) keep(found, 'iptc', iptcOf(joiner.bytes))
      } else {
        yield* readBlocks(feed, null, false)
      }
    } else if (introducer[0] !== 0) {
      return
    }
  }
}

/** Reads sub-blocks up to their terminator, into `joiner` where there is one, with or without their sizes. */
function* readBlocks(feed: Feed, joiner: Joiner | null, sizes: boolean): Step {
  for (;;) {
    const size = yield* feed.takeUpTo(1)
    if (size.length === 0 || size[0] === 0) return
    const length = size[0]!
    if (sizes) joiner?.push(size)
    if (joiner === null) yield* feed.skip(length)
    else yield* feed.pour(length, joiner)
  }
}

/** A GIF file with XMP and IPTC, behind the loop count where there is one. */
export function embedGif(encoded: Uint8Array, { xmp, iptc }: Metadata): Uint8Array {
  if (xmp === undefined && iptc === undefined) return encoded
  let at = 13 + (encoded[10]! & 0x80 ? 3 << ((encoded[10]! & 7) + 1) : 0)
  if (encoded[at] === 0x21 && latin1(encoded, at + 3, 11) === 'NETSCAPE2.0') at += 19
  return concat([
    encoded.subarray(0, at),
    // A packet with a zero in it would end before its time.
    ...(xmp === undefined || xmp.includes(0) ? [] : [applicationHead(XMP), xmp, MAGIC_TRAILER]),
    ...(iptc === undefined ? [] : [applicationHead(RESOURCES), blocksOf(iptcResource(iptc))]),
    encoded.subarray(at),
  ])
}

/** Whatever byte of the packet is taken for a block's size, the way from there leads to the end. */
const MAGIC_TRAILER = [1, ...Array.from({ length: 256 }, (_, i) => 255 - i), 0]

const applicationHead = (name: string): number[] => [
  ...[0x21, 0xff, 11],
  ...Array.from(name, (c) => c.charCodeAt(0)),
]

function blocksOf(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255)
    pieces.push(Uint8Array.of(block.length), block)
  }
  return concat([...pieces, [0]])
}
