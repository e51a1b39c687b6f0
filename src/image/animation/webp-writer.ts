// Animated WebP: of each frame only the rectangle that changed is encoded.
import { bitstreamSize } from '../codecs/riff'
import {
  animationFrame,
  animationHeader,
  around,
  extendedHeader,
  type Part,
  writeRiff,
} from '../codecs/riff-writer'
import type { Engine } from '../engine'
import type { AnimationOptions, AnimationWriter } from './animation'
import { readFrame } from './rows-in'
import { type Rectangle, toleranceOf, WebpDrawings, webpDrawingBytes } from './webp-drawing'

/** Bytes of the arena that writing frames of a size takes. */
export function webpWriterBytes(width: number, height: number): number {
  return width * height * 12 + 16 + 4 * 80 + webpDrawingBytes(width, height)
}

/** What a frame shows that equals the one before: one transparent pixel (RFC 9649 §3: five codes of one symbol). */
const NOTHING: Part = { code: 'VP8L', payload: new Uint8Array([0x2f, 0, 0, 0, 0x10, 0x88, 0x88, 0x08]) }

const isTransparent = ({ code, payload }: Part): boolean =>
  code === 'ALPH' || (code === 'VP8L' && bitstreamSize({ code, payload }).alpha)

/** Writes frames of `width` × `height`. */
export function makeWebpAnimation(engine: Engine, options: AnimationOptions): AnimationWriter {
  const { width, height, loop, quality, effort, lossless = false, metadata = {} } = options
  const pixels = width * height
  const tolerance = toleranceOf(quality)
  // What is shown may lag behind slow changes by a little more than what counts as none.
  const drift = tolerance + (tolerance >> 1)
  const drawings = new WebpDrawings(engine, { width, height, quality, effort, lossless })
  const bounds = engine.alloc(16)
  // The last frame as it came, what is on the canvas, and the frame that comes in.
  const before = engine.alloc(pixels * 4)
  let [shown, incoming] = [engine.alloc(pixels * 4), engine.alloc(pixels * 4)]
  for (const canvas of [before, shown]) engine.bytes.fill(0, canvas, canvas + pixels * 4)
  const parts: Part[] = []
  let alpha = false

  /** The changed rectangle, or null where nothing changed; offsets of ANMF are even. */
  const changed = (): Rectangle | null => {
    engine.call('diffBounds', shown, incoming, width, height, bounds)
    const [left, top, right, bottom] = new Int32Array(engine.memory.buffer, bounds, 4)
    if (right === 0) return null
    const [x, y] = [left! & ~1, top! & ~1]
    return { x, y, width: right! - x, height: bottom! - y }
  }

  return {
    async addFrame(frame, durationMs) {
      await readFrame(engine, frame, options, incoming)
      engine.call('diffClear', incoming, pixels)
      if (!lossless) engine.call('diffSettle', shown, before, incoming, pixels, tolerance, drift)
      const rect = changed()
      // What the first frame does not draw stays transparent.
      if (parts.length === 0) alpha = rect === null || rect.width < width || rect.height < height
      if (rect === null) {
        // The frame is kept for its time.
        const one = { x: 0, y: 0, width: 1, height: 1, blend: true, dispose: false }
        parts.push(animationFrame({ ...one, durationMs, chunks: [NOTHING] }))
        return
      }
      const drawing = await drawings.draw(shown, incoming, rect)
      drawings.keep(drawing, incoming, rect)
      const { chunks, blend } = drawing
      alpha ||= chunks.some(isTransparent)
      parts.push(animationFrame({ ...rect, durationMs, blend, dispose: false, chunks }))
      ;[shown, incoming] = [incoming, shown]
    },
    async finish() {
      const header = extendedHeader(width, height, { alpha, animated: true, ...metadata })
      return writeRiff(around([animationHeader(Math.max(loop, 0)), ...parts], header, metadata))
    },
  }
}
