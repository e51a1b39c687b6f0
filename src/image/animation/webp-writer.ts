// Animated WebP: of each frame only the rectangle that changed is encoded, and within it pixels
// that did not change are left out where that is smaller.
import { bitstreamSize, readChunks } from '../codecs/riff'
import {
  animationFrame,
  animationHeader,
  around,
  chunkBytes,
  extendedHeader,
  type Part,
  writeRiff,
} from '../codecs/riff-writer'
import { type Effort, methodOf } from '../codecs/webp'
import { isLossyWebp, lossyWebpBytes, makeLossyWebpWriter } from '../codecs/webp-lossy'
import { joined } from '../encoded-file'
import type { Engine } from '../engine'
import type { Size } from '../geometry'
import type { Metadata } from '../metadata'
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
  readonly metadata?: Metadata
}

/** Bytes of the arena that writing frames of a size takes. */
export function webpWriterBytes(width: number, height: number): number {
  return width * height * 13 + 16 + 6 * 80 + lossyWebpBytes(width, height)
}

/** Share of unchanged pixels in a rectangle from which they are left out. */
const SPARSE = 0.5

/** Rectangles of up to so many pixels are encoded in every way that could be the smallest. */
export const SMALL_PIXELS = 16384

/**
 * How far a colour may be from what is shown already to be left as it is: less than lossy coding changes it by
 * (libwebp's encoder of animations goes by the same rule). What is shown is remembered, so that slow changes
 * come through.
 */
function toleranceOf(quality: number): number {
  const fine = Math.sqrt(quality / 100)
  return Math.round(31 * (1 - fine) + fine)
}

/** What a frame shows that equals the one before: one transparent pixel (RFC 9649 §3: five codes of one symbol). */
const NOTHING: Part = { code: 'VP8L', payload: new Uint8Array([0x2f, 0, 0, 0, 0x10, 0x88, 0x88, 0x08]) }

interface Rectangle extends Size {
  readonly x: number
  readonly y: number
}

/** A way of drawing a frame. */
interface Drawing {
  readonly chunks: readonly Part[]
  readonly blend: boolean
}

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

  /** The changed rectangle, or null where nothing changed; offsets of ANMF are even. */
  const changed = (): Rectangle | null => {
    if (parts.length === 0) return { x: 0, y: 0, width, height }
    engine.call('diffBounds', shown, incoming, width, height, bounds)
    const [left, top, right, bottom] = new Int32Array(engine.memory.buffer, bounds, 4)
    if (right === 0) return null
    const [x, y] = [left! & ~1, top! & ~1]
    return { x, y, width: right! - x, height: bottom! - y }
  }

  /** Copies the rectangle; how many of its pixels are as before. */
  const cut = ({ x, y, width: w, height: h }: Rectangle): number =>
    engine.call('diffCut', shown, incoming, width, x, y, w, h, compact, mask)

  const byLibwebp = async (size: Size, without: boolean): Promise<Part[]> => {
    const { openWebpCanvas } = await import('../codecs/webp-encode')
    const count = size.width * size.height
    const usual = methodOf(effort, true)
    const method = count <= SMALL_PIXELS ? Math.max(4, usual) : usual
    const canvas = await openWebpCanvas(size.width, size.height, { quality, lossless: without, method })
    canvas.put(engine.bytes.subarray(compact, compact + count * 4), 0)
    return [...readChunks(canvas.encode(), 12)].filter(({ code }) => code !== 'VP8X')
  }

  /** Opaque pixels: by the engine, which leaves no alpha in `compact`. */
  const byEngine = async (size: Size): Promise<Part[]> => {
    const count = size.width * size.height
    const mark = engine.call('arenaMark')
    const writer = makeLossyWebpWriter(engine, { ...size, bands: 3, quality })
    engine.call('frameDropAlpha', compact, compact, count)
    await writer.write({ pointer: compact, count: size.height, stride: size.width * 3 })
    const file = joined(await writer.finish())
    engine.call('arenaRelease', mark)
    return [...readChunks(file, 12)]
  }

  /** The ways that are tried: each finds the rectangle in `compact`. */
  const drawings = async (rect: Rectangle): Promise<Drawing[]> => {
    const count = rect.width * rect.height
    const same = cut(rect)
    const opaque = engine.call('diffSoft', compact, count) === 0
    const small = count <= SMALL_PIXELS
    const replaced = async (without: boolean): Promise<Drawing> => {
      cut(rect)
      const engines =
        opaque && !without && effort === 'interactive' && isLossyWebp({ ...rect, bands: 3, quality })
      return { chunks: await (engines ? byEngine(rect) : byLibwebp(rect, without)), blend: false }
    }
    if (lossless) return [await replaced(true)]
    // Drawn over what is there, soft or erased pixels would come out wrong: then all is replaced.
    const blends =
      parts.length > 0 &&
      same > 0 &&
      (small || same >= count * SPARSE) &&
      engine.call('diffErases', shown, incoming, pixels) === 0 &&
      engine.call('diffPunch', compact, count, mask) === 0
    const blended = async (without: boolean): Promise<Drawing> => {
      cut(rect)
      engine.call('diffPunch', compact, count, mask)
      return { chunks: await byLibwebp(rect, without), blend: true }
    }
    if (!small) return [await (blends ? blended(false) : replaced(false))]
    return [
      await replaced(false),
      ...(blends ? [await blended(false), await blended(true)] : [await replaced(true)]),
    ]
  }

  return {
    async addFrame(frame, delayMs) {
      await readFrame(engine, frame, options, incoming)
      engine.call('diffClear', incoming, pixels)
      if (!lossless && parts.length > 0) {
        engine.call('diffSettle', shown, incoming, pixels, toleranceOf(quality))
      }
      const rect = changed()
      if (rect === null) {
        const one = { x: 0, y: 0, width: 1, height: 1 }
        parts.push(
          animationFrame({ ...one, durationMs: delayMs, blend: true, dispose: false, chunks: [NOTHING] }),
        )
        return
      }
      const { chunks, blend } = (await drawings(rect)).reduce((best, drawing) =>
        sizeOf(drawing) < sizeOf(best) ? drawing : best,
      )
      alpha ||= chunks.some(
        ({ code, payload }) => code === 'ALPH' || (code === 'VP8L' && bitstreamSize({ code, payload }).alpha),
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

const sizeOf = ({ chunks }: Drawing): number =>
  chunks.reduce((sum, { payload }) => sum + chunkBytes(payload.length), 0)
