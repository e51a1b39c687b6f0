// EXIF, XMP, IPTC and ICC profiles of a picture: read from all seven formats, written to those that hold them.
// What is malformed or over its bound is dropped: metadata never costs a person their picture.
import { ImageError } from './error'
import { Feed, type Step } from './feed'
import type { Format } from './formats'
import type { ByteSource } from './header'
import { readGifMetadata } from './metadata/gif'
import { readHeifMetadata } from './metadata/heif-read'
import { readJpegMetadata } from './metadata/jpeg'
import { readJxlMetadata } from './metadata/jxl'
import type { Draft, Metadata } from './metadata/kinds'
import { readPngMetadata } from './metadata/png'
import { readWebpMetadata } from './metadata/webp'

export { embedMetadata } from './metadata/embed'
export type { Metadata } from './metadata/kinds'
export { settleMetadata } from './metadata/settle'

const readers: Record<Format, (feed: Feed, found: Draft) => Step> = {
  jpg: readJpegMetadata,
  png: readPngMetadata,
  webp: readWebpMetadata,
  avif: readHeifMetadata,
  jxl: readJxlMetadata,
  heic: readHeifMetadata,
  gif: readGifMetadata,
}

/** Bytes ahead from which a new read of the source is cheaper than reading on. */
const JUMP = 1 << 20

/** The metadata in a whole file. */
export function readMetadata(bytes: Uint8Array, format: Format): Metadata {
  const feed = new Feed(bytes.length)
  const found: Draft = {}
  const reader = readers[format](feed, found)
  feed.push(bytes)
  for (let done = resume(reader); !done; done = resume(reader)) {
    const target = feed.target
    if (target !== null && target < feed.offset) {
      feed.jump(target)
      feed.push(bytes.subarray(target))
    } else {
      feed.end()
    }
  }
  return found
}

/**
 * The metadata in a file that is read as a stream: only as far as it must, passing over picture data by
 * reading anew behind it. Rejects only where the source does.
 */
export async function readMetadataFrom(source: ByteSource, format: Format): Promise<Metadata> {
  const feed = new Feed(source.size)
  const found: Draft = {}
  const reader = readers[format](feed, found)
  let stream = (await source.open()).getReader()
  try {
    while (!resume(reader)) {
      const target = feed.target
      if (target !== null && (target < feed.offset || target > feed.offset + JUMP)) {
        if (target >= source.size) {
          feed.jump(source.size)
          feed.end()
          continue
        }
        await stream.cancel()
        feed.jump(target)
        stream = (await source.open(target)).getReader()
      }
      feed.settle()
      const { done, value } = await stream.read()
      if (done) feed.end()
      else feed.push(value)
    }
  } finally {
    await stream.cancel()
  }
  return found
}

/** Lets the parser go on; true where it is done. Damage ends it: what was found before is kept. */
function resume(reader: Step): boolean {
  try {
    return reader.next().done === true
  } catch (error) {
    if (error instanceof ImageError) return true
    throw error
  }
}
