// Animated GIF: what did not change is not written again, and what becomes transparent is
// cleared by the frame before (GIF89a §23), which is why a frame is written one frame late.
import { joinBytes } from '../codecs/bytes'
import { GifFrames, type GifPlacement } from '../codecs/gif-encode'
import type { Engine } from '../engine'
import type { Size } from '../geometry'
import type { AnimationWriter } from './animation'
import { readFrame } from './rows-in'

/** Bytes of frames that are held until the file's palette is made of their colours. */
const HELD_BYTES = 4 << 20

/** No palette of a source, or more than one. */
const NONE = new Uint8Array()

/** Bytes that writing frames of a size takes, in the arena and outside of it. */
export function gifAnimationBytes(width: number, height: number): { engine: number; outside: number } {
  return {
    engine: width * height * 17 + GifFrames.bytes(width, height, true) + 6 * 80,
    // The frame that is one too many is held, too.
    outside: HELD_BYTES + width * height * 5,
  }
}

/** A changed rectangle that waits for the palette: RGBA without gaps, and the mask of what is left out. */
interface HeldFrame {
  readonly rgba: Uint8Array
  readonly mask: Uint8Array
  readonly size: Size
  readonly left: number
  readonly at: GifPlacement
}

/** Writes frames of `width` × `height`, to be played `loop` times (-1: for ever). */
export function makeGifAnimation(
  engine: Engine,
  options: Size & { readonly loop: number; readonly merge?: number },
): AnimationWriter {
  const { width, height, loop, merge } = options
  const pixels = width * height
  const frames = new GifFrames(engine, width, height, true, merge)
  const bounds = engine.alloc(16)
  const compact = engine.alloc(pixels * 4)
  const mask = engine.alloc(pixels)
  // What is on the canvas, the frame that is still to be written, and the one that comes in.
  let [shown, pending, incoming] = [
    engine.alloc(pixels * 4),
    engine.alloc(pixels * 4),
    engine.alloc(pixels * 4),
  ]
  engine.bytes.fill(0, shown, shown + pixels * 4)
  let pendingDelay = 0
  let added = 0
  let source: Uint8Array = NONE
  /** null once the palette is made. */
  let waiting: HeldFrame[] | null = []
  let waitingBytes = 0
  const pieces: Uint8Array[] = []

  const found = (): Box => [...new Int32Array(engine.memory.buffer, bounds, 4)] as unknown as Box

  /** The rectangle to write: what changed, and what is to be cleared behind it. */
  const rectangle = (disposal: 1 | 2): Box => {
    if (added === 1) return [0, 0, width, height]
    engine.call('diffBounds', shown, pending, width, height, bounds)
    let box = found()
    if (disposal === 2) {
      engine.call('diffOpaque', pending, width, height, bounds)
      box = around(box, found())
    }
    // Nothing changed: the frame is kept for its time, as one pixel.
    return box[2] === 0 ? [0, 0, 1, 1] : box
  }

  const encode = (frame: Omit<HeldFrame, 'rgba' | 'mask'>): void => {
    pieces.push(...frames.encode(compact, frame.size, mask, frame.left, frame.at))
  }

  /** Makes the palette, and writes what waited for it. */
  const settle = (): void => {
    if (waiting === null) return
    const load = ({ rgba, mask: out }: HeldFrame): void => {
      engine.bytes.set(rgba, compact)
      engine.bytes.set(out, mask)
    }
    for (const [i, frame] of waiting.entries()) {
      load(frame)
      frames.gather(compact, frame.mask.length, mask, frame.left)
      // The first is a whole frame: of those behind it only what changed is counted.
      if (i === 0 && source.length > 0) frames.asGoodAs(source)
    }
    pieces.push(frames.begin(loop))
    for (const frame of waiting) {
      load(frame)
      encode(frame)
    }
    waiting = null
  }

  const write = (disposal: 1 | 2): void => {
    const [x, y, right, bottom] = rectangle(disposal)
    const size = { width: right - x, height: bottom - y }
    const count = size.width * size.height
    const left = engine.call('diffCut', shown, pending, width, x, y, size.width, size.height, compact, mask)
    const frame = { size, left, at: { x, y, delayMs: pendingDelay, disposal } }
    if (waiting === null) {
      encode(frame)
      return
    }
    const held = {
      ...frame,
      rgba: engine.bytes.slice(compact, compact + count * 4),
      mask: engine.bytes.slice(mask, mask + count),
    }
    waiting.push(held)
    waitingBytes += count * 5
    if (waitingBytes > HELD_BYTES) settle()
  }

  return {
    async addFrame(frame, delayMs, palette = NONE) {
      source = added === 0 || palette === source ? palette : NONE
      await readFrame(engine, frame, options, incoming)
      engine.call('diffThreshold', incoming, pixels)
      if (added > 0) {
        const erases = engine.call('diffErases', pending, incoming, pixels) === 1
        write(erases ? 2 : 1)
        if (erases) engine.bytes.fill(0, pending, pending + pixels * 4)
        ;[shown, pending] = [pending, shown]
      }
      added++
      ;[pending, incoming] = [incoming, pending]
      pendingDelay = delayMs
    },
    async finish() {
      write(1)
      settle()
      pieces.push(new Uint8Array([0x3b]))
      return joinBytes(pieces)
    },
  }
}

/** Left, top, right and bottom, the last two exclusive; all 0 where there is nothing. */
type Box = readonly [number, number, number, number]

function around(a: Box, b: Box): Box {
  if (a[2] === 0) return b
  if (b[2] === 0) return a
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]
}
