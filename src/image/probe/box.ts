// Headers of ISO base media boxes (ISO/IEC 14496-12 §4.2), which HEIC, AVIF and JPEG XL files are made of.
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u32be } from '../feed'

/** A box whose header has been read. */
export interface Box {
  readonly type: string
  /** Offset in the file behind the box; Infinity where it runs to the file's end. */
  readonly end: number
}

/** The next box's header before `limit`, or null where `limit` (or the file's end) is reached. */
export function* readBox(feed: Feed, limit: number): Step<Box | null> {
  const start = feed.offset
  if (start + 8 > limit) return null
  const head = yield* feed.takeUpTo(8)
  if (head.length < 8) return null
  const type = latin1(head, 4, 4)
  let size = u32be(head, 0)
  if (size === 1) {
    const large = yield* feed.take(8, 'a large box size')
    size = u32be(large, 0) * 2 ** 32 + u32be(large, 4)
  } else if (size === 0) {
    return { type, end: limit }
  }
  if (size < feed.offset - start || start + size > limit) {
    throw new ImageError(
      'corrupt',
      `Expected a ${JSON.stringify(type)} box inside its parent but received a size of ${size}`,
      start,
    )
  }
  return { type, end: start + size }
}
