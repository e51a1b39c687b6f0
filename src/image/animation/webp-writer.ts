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
import { methodOf } from '../codecs/webp'
import { isLossyWebp, lossyWebpBytes, makeLossyWebpWriter } from '../codecs/webp-lossy'
import { joined } from '../encoded-file'
import type { Engine } from '../engine'
import type { Size } from '../geometry'
import type { AnimationOptions, AnimationWriter } from './animation'
import { readFrame } from './rows-in'

/** Bytes of the arena that writing frames of a size takes. */
export function webpWriterBytes(width: number, height: number): number {
  return width * height * 17 + 16 + 1024 + 8 * 80 + lossyWebpBytes(width, height)
}

/** Share of unchanged pixels in a large rectangle from which they are left out. */
const SPARSE = 0.5

/** Rectangles of up to so many pixels are encoded in every way that could be the smallest. */
const SMALL_PIXELS = 16384

/**
 * Colours up to which a picture may be smaller without loss (libwebp's encoder of animations says so), and up to
 * how many this is tried for larger rectangles.
 */
const SMALL_COLOURS = 194
const LARGE_COLOURS = 64
const LARGE_PIXELS = 65536
/** Rectangles whose bytes are mostly headers and tables: more colours are merged there. */
const TINY_PIXELS = 4096

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

/**
 * Mean difference of neighbours, in sixteenths of a level, from which a frame is noise, which hides its own errors; and
 * how many steps coarser it is quantised. Photographs have 30 to 200, pages of text to 300.
 */
const NOISE = 400
const NOISE_STEPS = 4

interface Rectangle extends Size {
  readonly x: number
  readonly y: number
}

/** A way of drawing a frame. */
interface Drawing {
  readonly chunks: readonly Part[]
  readonly blend: boolean
  /** What it draws to the pixel, where that is known and is not the frame's own pixels. */
  readonly pixels?: Uint8Array
}

/** Writes frames of `width` × `height`. */
export function makeWebpAnimation(engine: Engine, options: AnimationOptions): AnimationWriter {
  const { width, height, loop, quality, effort, lossless = false, metadata = {} } = options
  const pixels = width * height
  const tolerance = toleranceOf(quality)
  const drift = tolerance + (tolerance >> 1)
  const bounds = engine.alloc(16)
  const mask = engine.alloc(pixels)
  const compact = engine.alloc(pixels * 4)
  const table = engine.alloc(1024)
  const before = engine.alloc(pixels * 4)
  let [shown, incoming] = [engine.alloc(pixels * 4), engine.alloc(pixels * 4)]
  engine.bytes.fill(0, shown, shown + pixels * 4)
  engine.bytes.fill(0, before, before + pixels * 4)
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

  /** Copies the rectangle; how many of its pixels are as before. */
  const cut = ({ x, y, width: w, height: h }: Rectangle): number =>
    engine.call('diffCut', shown, incoming, width, x, y, w, h, compact, mask)

  const byLibwebp = async (size: Size, without: boolean): Promise<Part[]> => {
    const { openWebpCanvas } = await import('../codecs/webp-encode')
    const count = size.width * size.height
    const usual = methodOf(effort, true)
    const method = isLarge(size) ? usual : Math.max(4, usual)
    const canvas = await openWebpCanvas(size.width, size.height, { quality, lossless: without, method })
    canvas.put(engine.bytes.subarray(compact, compact + count * 4), 0)
    return [...readChunks(canvas.encode(), 12)].filter(({ code }) => code !== 'VP8X')
  }

  /** Opaque pixels: by the engine, which leaves no alpha in `compact`. */
  const byEngine = async (size: Size): Promise<Part[]> => {
    const count = size.width * size.height
    const mark = engine.call('arenaMark')
    const coarser = engine.call('diffUnrest', compact, count) >= NOISE ? NOISE_STEPS : 0
    const writer = makeLossyWebpWriter(engine, { ...size, bands: 3, quality, coarser })
    engine.call('frameDropAlpha', compact, compact, count)
    await writer.write({ pointer: compact, count: size.height, stride: size.width * 3 })
    const file = joined(await writer.finish())
    engine.call('arenaRelease', mark)
    return [...readChunks(file, 12)]
  }

  /**
   * Punches out what is as before, pixel by pixel or in blocks. Null where soft or erased pixels would come out wrong
   * when they are drawn over what is there.
   */
  const punch = (rect: Rectangle, blocks: boolean): number | null => {
    if (engine.call('diffErases', shown, incoming, pixels) !== 0) return null
    const count = rect.width * rect.height
    let same = cut(rect)
    if (blocks) same = engine.call('diffBlocks', mask, rect.width, rect.height)
    return same > 0 && engine.call('diffPunch', compact, count, mask) === 0 ? same : null
  }

  const replaced = async (rect: Rectangle): Promise<Drawing> => {
    cut(rect)
    const count = rect.width * rect.height
    const engines =
      effort === 'interactive' &&
      engine.call('diffSoft', compact, count) === 0 &&
      isLossyWebp({ ...rect, bands: 3, quality })
    return { chunks: await (engines ? byEngine(rect) : byLibwebp(rect, false)), blend: false }
  }

  /** Drawn over what is there: null where that can't be, or little is left out. */
  const blended = async (rect: Rectangle): Promise<Drawing | null> => {
    const same = punch(rect, true)
    if (same === null || (isLarge(rect) && same < rect.width * rect.height * SPARSE)) return null
    return { chunks: await byLibwebp(rect, false), blend: true }
  }

  /**
   * Without loss, but for colours that are so near to each other as to count as one; null where they are many.
   * `blend` leaves out what is as before: null where that can't be, or is too little for the holes not to cost more.
   */
  const merged = async (rect: Rectangle, blend: boolean): Promise<Drawing | null> => {
    const count = rect.width * rect.height
    if (count > LARGE_PIXELS) return null
    const same = blend ? punch(rect, false) : cut(rect)
    if (blend && (same === null || (count > TINY_PIXELS && same < count * SPARSE))) return null
    const near = count <= TINY_PIXELS ? tolerance + (tolerance >> 2) : tolerance
    const colours = engine.call('diffMerge', compact, count, near, table)
    if (colours > (isLarge(rect) ? LARGE_COLOURS : SMALL_COLOURS)) return null
    const pixels = engine.bytes.slice(compact, compact + count * 4)
    return { chunks: await byLibwebp(rect, true), blend, pixels }
  }

  /** The smallest of the ways that are tried. */
  const drawn = async (rect: Rectangle): Promise<Drawing> => {
    if (lossless) {
      cut(rect)
      return { chunks: await byLibwebp(rect, true), blend: false }
    }
    const over = await blended(rect)
    const ways = [
      over,
      // A large one is blended or replaced by the share of what is left out.
      isLarge(rect) && over ? null : await replaced(rect),
      await merged(rect, true),
      await merged(rect, false),
    ]
    return ways.filter((way) => way !== null).reduce((best, way) => (sizeOf(way) < sizeOf(best) ? way : best))
  }

  return {
    async addFrame(frame, delayMs) {
      await readFrame(engine, frame, options, incoming)
      engine.call('diffClear', incoming, pixels)
      if (!lossless) engine.call('diffSettle', shown, before, incoming, pixels, tolerance, drift)
      const rect = changed()
      // What the first frame does not draw stays transparent.
      if (parts.length === 0) alpha = rect === null || rect.width < width || rect.height < height
      if (rect === null) {
        const one = { x: 0, y: 0, width: 1, height: 1 }
        parts.push(
          animationFrame({ ...one, durationMs: delayMs, blend: true, dispose: false, chunks: [NOTHING] }),
        )
        return
      }
      const { chunks, blend, pixels: exactly } = await drawn(rect)
      if (exactly) {
        engine.bytes.set(exactly, compact)
        const { x, y, width: w, height: h } = rect
        engine.call('diffDraw', compact, w, h, incoming, width, x, y, blend ? 1 : 0)
      }
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

const isLarge = ({ width, height }: Size): boolean => width * height > SMALL_PIXELS

const sizeOf = ({ chunks }: Drawing): number =>
  chunks.reduce((sum, { payload }) => sum + chunkBytes(payload.length), 0)
