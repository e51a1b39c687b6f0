// GIF header and frame count (GIF89a specification): every block is passed over, none decoded.
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u16le } from '../feed'
import { type Draft, setSize } from './draft'

const EXTENSION = 0x21
const IMAGE = 0x2c
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9
const APPLICATION = 0xff

/** Walks the whole file: the header is known at the first image, the frames at the end. */
export function* probeGif(feed: Feed, draft: Draft): Step {
  const header = draft.header
  const screen = yield* feed.take(13, 'GIF logical screen descriptor')
  let [width, height] = [u16le(screen, 6), u16le(screen, 8)]
  if (screen[10]! & 0x80) yield* feed.skip(3 << ((screen[10]! & 7) + 1))
  let frames = 0
  let loop: number | null = null
  let transparent = false
  const count = () => {
    header.pageCount = Math.max(1, frames)
    // Without a loop extension an animation plays once, as in browsers.
    header.loop = frames > 1 ? (loop ?? 1) : 0
  }
  for (;;) {
    const at = feed.offset
    const introducer = yield* feed.takeUpTo(1)
    if (introducer.length === 0 || introducer[0] === TRAILER) {
      if (frames === 0)
        throw new ImageError(
          introducer.length === 0 ? 'truncated' : 'corrupt',
          'Expected a GIF image but the file ended',
          at,
        )
      return
    }
    if (introducer[0] === EXTENSION) {
      const label = (yield* feed.take(1, 'GIF extension label'))[0]
      if (label === GRAPHIC_CONTROL) {
        const size = yield* feed.peek(2)
        if (size.length === 2 && size[0]! >= 4 && (size[1]! & 1) === 1) transparent = true
      } else if (label === APPLICATION) {
        loop = (yield* readLoop(feed)) ?? loop
        count()
      }
      yield* skipBlocks(feed)
    } else if (introducer[0] === IMAGE) {
      const image = yield* feed.take(9, 'GIF image descriptor')
      const [w, h] = [u16le(image, 4), u16le(image, 6)]
      if (frames === 0) {
        // Some writers leave the screen at 0×0: then the first image is the screen.
        if (width === 0) width = u16le(image, 0) + w
        if (height === 0) height = u16le(image, 2) + h
        setSize(draft, width, height, at)
        // Where the first image does not cover the screen, what is beside it is transparent.
        if (w < width || h < height) transparent = true
      }
      if (transparent) header.alpha = true
      transparent = false
      frames++
      count()
      draft.known = true
      if (image[8]! & 0x80) yield* feed.skip(3 << ((image[8]! & 7) + 1))
      yield* feed.skip(1)
      yield* skipBlocks(feed)
    } else if (introducer[0] !== 0) {
      throw new ImageError('corrupt', `Expected a GIF block but received byte ${introducer[0]}`, at)
    }
  }
}

/** NETSCAPE2.0 or ANIMEXTS1.0 tell repeats: plays are one more, as browsers do it; null if it is another block. */
function* readLoop(feed: Feed): Step<number | null> {
  const name = yield* feed.peek(16)
  if (name.length < 16 || name[0] !== 11 || name[12] !== 3 || name[13] !== 1) return null
  const id = latin1(name, 1, 11)
  if (id !== 'NETSCAPE2.0' && id !== 'ANIMEXTS1.0') return null
  const repeats = u16le(name, 14)
  return repeats === 0 ? -1 : repeats + 1
}

/** Passes over sub-blocks up to their terminator. */
function* skipBlocks(feed: Feed): Step {
  for (;;) {
    const size = yield* feed.takeUpTo(1)
    if (size.length === 0 || size[0] === 0) return
    yield* feed.skip(size[0]!)
  }
}
