// Animated GIF: what did not change is not written again, and what becomes transparent is
// cleared by the frame before (GIF89a §23), which is why a frame is written one frame late.
import { joinBytes } from '../codecs/bytes'
import { GifFrames } from '../codecs/gif-encode'
import type { Engine } from '../engine'
import type { AnimationWriter } from './animation'
import { readFrame } from './rows-in'

/** Bytes of the arena that writing frames of a size takes. */
export function gifAnimationBytes(width: number, height: number): number {
  return width * height * 17 + GifFrames.bytes(width, height, true) + 6 * 80
}

/** Writes frames of `width` × `height`, to be played `loop` times (-1: for ever). */
export function makeGifAnimation(
  engine: Engine,
  options: { readonly width: number; readonly height: number; readonly loop: number },
): AnimationWriter {
  const { width, height, loop } = options
  const pixels = width * height
  const frames = new GifFrames(engine, width, height, true)
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
  const pieces: Uint8Array[] = []

  const write = (disposal: 1 | 2): void => {
    const whole = disposal === 2 || pieces.length === 0
    let [x, y, right, bottom] = [0, 0, width, height]
    if (!whole) {
      engine.call('diffBounds', shown, pending, width, height, bounds)
      ;[x, y, right, bottom] = [...new Int32Array(engine.memory.buffer, bounds, 4)] as [
        number,
        number,
        number,
        number,
      ]
      // Nothing changed: the frame is kept for its time, as one pixel.
      if (right === 0) [right, bottom] = [1, 1]
    }
    const size = { width: right - x, height: bottom - y }
    const left = engine.call('diffCut', shown, pending, width, x, y, size.width, size.height, compact, mask)
    const at = { x, y, delayMs: pendingDelay, disposal }
    pieces.push(...frames.encode(compact, size, mask, left, at, loop))
  }

  return {
    async addFrame(frame, delayMs) {
      await readFrame(engine, frame, options, incoming)
      engine.call('diffThreshold', incoming, pixels)
      if (added++ > 0) {
        const erases = engine.call('diffErases', pending, incoming, pixels) === 1
        write(erases ? 2 : 1)
        if (erases) engine.bytes.fill(0, pending, pending + pixels * 4)
        ;[shown, pending] = [pending, shown]
      }
      ;[pending, incoming] = [incoming, pending]
      pendingDelay = delayMs
    },
    async finish() {
      write(1)
      pieces.push(new Uint8Array([0x3b]))
      return joinBytes(pieces)
    },
  }
}
