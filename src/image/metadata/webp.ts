// Metadata chunks of WebP (RFC 9649 §2.7.1.4–2.7.1.5).
import { bitstreamSize, readChunks, u24 } from '../codecs/riff'
import { extendedHeader, writeRiff } from '../codecs/riff-writer'
import { type Feed, latin1, type Step, u32le } from '../feed'
import { withoutExifPrefix } from './exif'
import { type Draft, keep, LIMITS, type Metadata } from './kinds'

/** Reads all chunks: EXIF and XMP stand at the end. */
export function* readWebpMetadata(feed: Feed, found: Draft): Step {
  yield* feed.skip(12)
  for (;;) {
    const head = yield* feed.takeUpTo(8)
    if (head.length < 8) return
    const type = latin1(head, 0, 4)
    const size = u32le(head, 4)
    const end = feed.offset + size + (size & 1)
    // Without VP8X there can't be metadata.
    if (feed.offset === 20 && type !== 'VP8X') return
    if (type === 'ICCP') keep(found, 'icc', yield* feed.collect(size, LIMITS.icc))
    if (type === 'XMP ') keep(found, 'xmp', yield* feed.collect(size, LIMITS.xmp))
    if (type === 'EXIF') {
      const exif = yield* feed.collect(size, LIMITS.exif)
      if (exif !== null) keep(found, 'exif', withoutExifPrefix(exif))
    }
    if (!(yield* feed.skip(end - feed.offset))) return
  }
}

const METADATA = new Set(['VP8X', 'ICCP', 'EXIF', 'XMP '])

/** A WebP file with other metadata, in the extended form where there is any. */
export function embedWebp(encoded: Uint8Array, { icc, exif, xmp }: Metadata): Uint8Array {
  const chunks = [...readChunks(encoded, 12)]
  const picture = chunks.filter((chunk) => !METADATA.has(chunk.code))
  const old = chunks.find((chunk) => chunk.code === 'VP8X')?.payload
  const bare = icc === undefined && exif === undefined && xmp === undefined
  if (bare && (old === undefined || picture.length === 1)) return writeRiff(picture)
  const canvas =
    old === undefined
      ? bitstreamSize(picture.find((chunk) => chunk.code === 'VP8 ' || chunk.code === 'VP8L')!)
      : { width: 1 + u24(old, 4), height: 1 + u24(old, 7), alpha: (old[0]! & 16) !== 0 }
  const uses = {
    alpha: canvas.alpha,
    animated: picture.some((chunk) => chunk.code === 'ANMF'),
    ...(icc && { icc }),
    ...(exif && { exif }),
    ...(xmp && { xmp }),
  }
  return writeRiff([
    extendedHeader(canvas.width, canvas.height, uses),
    ...(icc ? [{ code: 'ICCP', payload: icc }] : []),
    ...picture,
    ...(exif ? [{ code: 'EXIF', payload: exif }] : []),
    ...(xmp ? [{ code: 'XMP ', payload: xmp }] : []),
  ])
}
