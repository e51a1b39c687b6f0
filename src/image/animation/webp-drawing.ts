// How a changed rectangle is drawn in an animated WebP: lossy or without loss, in place of what is there or over it
// with holes where nothing changed; the smallest is taken.
import { readChunks } from '../codecs/riff'
import { chunkBytes, type Part } from '../codecs/riff-writer'
import { type Effort, methodOf } from '../codecs/webp'
import { isLossyWebp, lossyWebpBytes, makeLossyWebpWriter } from '../codecs/webp-lossy'
import { joined } from '../encoded-file'
import type { Engine } from '../engine'
import type { Size } from '../geometry'

export interface Rectangle extends Size {
  readonly x: number
  readonly y: number
}

/** A way of drawing a frame. */
export interface Drawing {
  readonly chunks: readonly Part[]
  readonly blend: boolean
  /** RGBA that it draws, where that is known to the pixel and is not the frame's own. */
  readonly pixels?: Uint8Array
}

export interface DrawingOptions extends Size {
  readonly quality: number
  readonly effort: Effort
  readonly lossless: boolean
}

/** Rectangles of up to so many pixels are drawn in every way that could be the smallest. */
const SMALL_PIXELS = 16384
/** Share of unchanged pixels in a large rectangle from which they are left out. */
const SPARSE = 0.5

/**
 * Colours up to which a picture may be smaller without loss (libwebp's encoder of animations says so); and up to how
 * many that is tried for rectangles that are large, but not of more pixels than so many.
 */
const SMALL_COLOURS = 194
const LARGE_COLOURS = 64
const LARGE_PIXELS = 65536
/** Rectangles whose bytes are mostly headers and tables: more colours are merged there. */
const TINY_PIXELS = 4096
/** What is without loss looks better, and may be so much larger. */
const LOSSLESS_SHARE = 0.95

/**
 * Mean difference of neighbours, in sixteenths of a level, from which a frame is noise, which hides its own errors; and
 * how many steps coarser it is quantised. Photographs have 30 to 200, pages of text to 300.
 */
const NOISE = 400
const NOISE_STEPS = 4

/**
 * How far a colour may be from another to count as the same: less than lossy coding changes it by (libwebp's encoder of
 * animations goes by the same rule).
 */
export function toleranceOf(quality: number): number {
  const fine = Math.sqrt(quality / 100)
  return Math.round(31 * (1 - fine) + fine)
}

/** Bytes of the arena that drawing takes. */
export function webpDrawingBytes(width: number, height: number): number {
  return width * height * 5 + 1024 + 3 * 80 + lossyWebpBytes(width, height)
}

/** Draws rectangles of frames of a size; what they draw over is `shown`, RGBA as the frame. */
export class WebpDrawings {
  readonly #mask: number
  /** The rectangle's pixels without gaps. */
  readonly #pixels: number
  readonly #table: number
  readonly #tolerance: number

  constructor(
    readonly engine: Engine,
    readonly options: DrawingOptions,
  ) {
    const pixels = options.width * options.height
    this.#mask = engine.alloc(pixels)
    this.#pixels = engine.alloc(pixels * 4)
    this.#table = engine.alloc(1024)
    this.#tolerance = toleranceOf(options.quality)
  }

  /** The smallest of the ways that are tried. */
  async draw(shown: number, frame: number, rect: Rectangle): Promise<Drawing> {
    const from = { shown, frame, rect }
    if (this.options.lossless) {
      this.#cut(from)
      return { chunks: await this.#byLibwebp(rect, true), blend: false }
    }
    const over = await this.#blended(from)
    const ways = [
      over,
      // A large one is blended or replaced by the share of what is left out.
      isLarge(rect) && over ? null : await this.#replaced(from),
      await this.#merged(from, true),
      await this.#merged(from, false),
    ]
    return ways.filter((way) => way !== null).reduce((best, way) => (cost(way) < cost(best) ? way : best))
  }

  /** Puts what a drawing draws to the pixel in the place of the frame's own pixels. */
  keep({ pixels, blend }: Drawing, frame: number, { x, y, width, height }: Rectangle): void {
    if (!pixels) return
    this.engine.bytes.set(pixels, this.#pixels)
    const stride = this.options.width
    this.engine.call('diffDraw', this.#pixels, width, height, frame, stride, x, y, blend ? 1 : 0)
  }

  /** Copies the rectangle; how many of its pixels are as they are shown. */
  #cut({ shown, frame, rect: { x, y, width, height } }: Source): number {
    const stride = this.options.width
    return this.engine.call('diffCut', shown, frame, stride, x, y, width, height, this.#pixels, this.#mask)
  }

  /**
   * Copies the rectangle with holes where it is as shown, pixel by pixel or in blocks; how many pixels they have. Null
   * where soft or erased pixels would come out wrong when they are drawn over what is there.
   */
  #punch(from: Source, blocks: boolean): number | null {
    const { engine } = this
    const { width, height } = from.rect
    const all = this.options.width * this.options.height
    if (engine.call('diffErases', from.shown, from.frame, all) !== 0) return null
    let same = this.#cut(from)
    if (blocks) same = engine.call('diffBlocks', this.#mask, width, height)
    return same > 0 && engine.call('diffPunch', this.#pixels, width * height, this.#mask) === 0 ? same : null
  }

  async #replaced(from: Source): Promise<Drawing> {
    this.#cut(from)
    const { rect } = from
    const { quality, effort } = this.options
    const engines =
      effort === 'interactive' &&
      this.engine.call('diffSoft', this.#pixels, rect.width * rect.height) === 0 &&
      isLossyWebp({ ...rect, bands: 3, quality })
    return { chunks: await (engines ? this.#byEngine(rect) : this.#byLibwebp(rect, false)), blend: false }
  }

  /** Drawn over what is there: null where that can't be, or little is left out. */
  async #blended(from: Source): Promise<Drawing | null> {
    const same = this.#punch(from, true)
    const { rect } = from
    if (same === null || (isLarge(rect) && same < rect.width * rect.height * SPARSE)) return null
    return { chunks: await this.#byLibwebp(rect, false), blend: true }
  }

  /**
   * Without loss, but for colours that are so near to each other as to count as one; null where they are many.
   * `blend` leaves out what is as shown: null where that can't be, or is too little for the holes not to cost more.
   */
  async #merged(from: Source, blend: boolean): Promise<Drawing | null> {
    const { rect } = from
    const count = rect.width * rect.height
    if (count > LARGE_PIXELS) return null
    const same = blend ? this.#punch(from, false) : this.#cut(from)
    if (blend && (same === null || (count > TINY_PIXELS && same < count * SPARSE))) return null
    const near = count <= TINY_PIXELS ? this.#tolerance + (this.#tolerance >> 2) : this.#tolerance
    const colours = this.engine.call('diffMerge', this.#pixels, count, near, this.#table)
    if (colours > (isLarge(rect) ? LARGE_COLOURS : SMALL_COLOURS)) return null
    const pixels = this.engine.bytes.slice(this.#pixels, this.#pixels + count * 4)
    return { chunks: await this.#byLibwebp(rect, true), blend, pixels }
  }

  async #byLibwebp(size: Size, lossless: boolean): Promise<Part[]> {
    const { openWebpCanvas } = await import('../codecs/webp-encode')
    const { quality, effort } = this.options
    const usual = methodOf(effort, true)
    const method = isLarge(size) ? usual : Math.max(4, usual)
    const canvas = await openWebpCanvas(size.width, size.height, { quality, lossless, method })
    const bytes = size.width * size.height * 4
    canvas.put(this.engine.bytes.subarray(this.#pixels, this.#pixels + bytes), 0)
    return [...readChunks(canvas.encode(), 12)].filter(({ code }) => code !== 'VP8X')
  }

  /** Opaque pixels, of which the alpha is dropped in place. */
  async #byEngine(size: Size): Promise<Part[]> {
    const { engine } = this
    const pixels = this.#pixels
    const count = size.width * size.height
    const mark = engine.call('arenaMark')
    const coarser = engine.call('diffUnrest', pixels, count) >= NOISE ? NOISE_STEPS : 0
    const { quality } = this.options
    const writer = makeLossyWebpWriter(engine, { ...size, bands: 3, quality, coarser })
    engine.call('frameDropAlpha', pixels, pixels, count)
    await writer.write({ pointer: pixels, count: size.height, stride: size.width * 3 })
    const file = joined(await writer.finish())
    engine.call('arenaRelease', mark)
    return [...readChunks(file, 12)]
  }
}

/** A rectangle of a frame, and what it is drawn over. */
interface Source {
  readonly shown: number
  readonly frame: number
  readonly rect: Rectangle
}

const isLarge = ({ width, height }: Size): boolean => width * height > SMALL_PIXELS

/** Bytes, as they are compared. */
function cost({ chunks, pixels }: Drawing): number {
  const bytes = chunks.reduce((sum, { payload }) => sum + chunkBytes(payload.length), 0)
  return pixels ? bytes * LOSSLESS_SHARE : bytes
}
