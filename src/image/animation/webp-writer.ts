// Animated WebP: of each frame only the rectangle that changed is encoded, and within it pixels
// that did not change are left out where that is most of them.
import { bitstreamSize, readChunks } from '../codecs/riff'
import {
  animationFrame,
  animationHeader,
  around,
  extendedHeader,
  type FileMetadata,
  type Part,
  writeRiff,
} from '../codecs/riff-writer'
import { type Effort, METHOD } from '../codecs/webp'
import type { Engine } from '../engine'
import type { AnimationWriter } from './animation'
import { readFrame } from './rows-in'

export interface WebpAnimationOptions {
  readonly width: number
  readonly height: number
  /** Times it is played, -1 for ever. */
  readonly loop: number
  readonly quality: number
  readonly effort: Effort
  readonly lossless?: boolean
  readonly metadata?: FileMetadata
}

/** Bytes of the arena that writing frames of a size takes. */
export function webpWriterBytes(width: number, height: number): number {
  return width * height * 13 + 16 + 5 * 80
}

/** Share of unchanged pixels in a rectangle from which they are left out. */
const SPARSE = 0.5

/** Writes frames of `width` × `height`. */
export function makeWebpAnimation(engine: Engine, options: WebpAnimationOptions): AnimationWriter {
  const { width, height, loop, quality, effort, lossless = false, metadata = {} } = options
  const pixels = width * height
  const bounds = engine.alloc(16)
  const mask = engine.alloc(pixels)
  const compact = engine.alloc(pixels * 4)
  let [shown, incoming] = [engine.alloc(pixels * 4), engine.alloc(pixels * 4)]
  const parts: Part[] = []
  let alpha = false

  /** The changed rectangle; offsets of ANMF are even. */
  const changed = (): { x: number; y: number; width: number; height: number } => {
    if (parts.length === 0) return { x: 0, y: 0, width, height }
    engine.call('diffBounds', shown, incoming, width, height, bounds)
    const [left, top, right, bottom] = new Int32Array(engine.memory.buffer, bounds, 4)
    // Nothing changed: the frame is kept for its time, as one pixel.
    if (right === 0) return { x: 0, y: 0, width: 1, height: 1 }
    const [x, y] = [left! & ~1, top! & ~1]
    return { x, y, width: right! - x, height: bottom! - y }
  }

  const encode = async (size: { width: number; height: number }): Promise<Part[]> => {
    const { openWebpCanvas } = await import('../codecs/webp-encode')
    const canvas = await openWebpCanvas(size.width, size.height, {
      quality,
      lossless,
      method: METHOD[effort],
    })
    const count = size.width * size.height
    canvas.put(engine.bytes.subarray(compact, compact + count * 4), 0)
    return [...readChunks(canvas.encode(), 12)].filter(({ code }) => code !== 'VP8X')
  }

  return {
    async addFrame(frame, delayMs) {
      await readFrame(engine, frame, options, incoming)
      engine.call('diffClear', incoming, pixels)
      const rect = changed()
      const count = rect.width * rect.height
      const cut = (): number =>
        engine.call('diffCut', shown, incoming, width, rect.x, rect.y, rect.width, rect.height, compact, mask)
      const same = cut()
      const left = parts.length === 0 ? 0 : same
      // Drawn over what is there, soft or erased pixels would come out wrong: then all is replaced.
      const erased = engine.call('diffErases', shown, incoming, pixels) === 1
      const blend = left >= count * SPARSE && !erased && engine.call('diffPunch', compact, count, mask) === 0
      if (left >= count * SPARSE && !erased && !blend) cut()
      const chunks = await encode(rect)
      alpha ||= chunks.some(
        (chunk) => chunk.code === 'ALPH' || (chunk.code === 'VP8L' && bitstreamSize(chunk).alpha),
      )
      parts.push(animationFrame({ ...rect, durationMs: delayMs, blend, dispose: false, chunks }))
      ;[shown, incoming] = [incoming, shown]
    },
    async finish() {
      const header = extendedHeader(width, height, { alpha, animated: true, ...metadata })
      return writeRiff(around([animationHeader(Math.max(loop, 0)), ...parts], header, metadata))
    },
  }
}
