// One frame of a GIF: palette, indices and LZW, all in the engine (GIF89a §20–24).
import type { Engine } from '../engine'

/** How a frame is drawn. */
export interface GifPlacement {
  readonly x: number
  readonly y: number
  readonly delayMs: number
  /** GIF89a §23: 1 leaves the frame, 2 clears its rectangle before the next. */
  readonly disposal: 1 | 2
}

/** Part of the error that is handed on by dithering, of 256: all of it looks restless. */
const DITHER = 160
/** Difference of neighbours from which nothing is dithered: no band can be seen there. */
const CALM = 12

/** Mean squared error up to which the file's palette serves for any frame. */
const REUSE_ERROR = 2
/** Mean squared error that a frame's own palette need not be better than. */
const LOCAL_ERROR = 1

/** What squared error a palette of a frame's own must save, for each of its bytes. */
const WORTH = 16

/** Indices that are encoded at once. */
const FEED = 65536

/** The index of transparent pixels, until they have one of their own. */
const NONE = 255

/** Size of a palette as the format states it: it has 2^(bits + 1) places. */
const bitsFor = (count: number): number => Math.ceil(Math.log2(Math.max(2, count))) - 1

const word = (value: number): number[] => [value & 255, value >> 8]

/** Encodes frames of at most `width` × `height`; made once for a file. */
export class GifFrames {
  readonly #work: { global: number; local: number; lzw: number; indices: number; out: number }
  #most = 0
  #globalBits = 0

  /** @param merge mean squared error up to which colours may be merged; 0 keeps up to 256 as they are */
  constructor(
    readonly engine: Engine,
    readonly width: number,
    readonly height: number,
    readonly animated: boolean,
    readonly merge = 0,
  ) {
    const palette = engine.call('paletteBytes', width)
    const global = engine.alloc(palette)
    this.#work = {
      global,
      local: animated ? engine.alloc(palette) : global,
      lzw: engine.alloc(engine.call('gifEncodeBytes')),
      indices: engine.alloc(width * height),
      out: engine.alloc(engine.call('gifEncodeMost', FEED)),
    }
  }

  /** Bytes of the arena that it takes. */
  static bytes(width: number, height: number, animated: boolean): number {
    const palette =
      32768 * 43 + 2 ** 19 + 2 ** 17 + 3 * 256 * 32 + 256 * 48 + 2624 + (width + 2) * 24 + 80 + 16
    return palette * (animated ? 2 : 1) + 49152 + width * height + FEED * 1.5 + 1400 + 5 * 80
  }

  /** Header, logical screen, and the loop count where there is one. */
  #head(palette: Uint8Array, bits: number, loop: number): Uint8Array {
    const text = new TextEncoder()
    const bytes = [
      ...text.encode('GIF89a'),
      ...word(this.width),
      ...word(this.height),
      0xf0 | bits,
      0,
      0,
      ...palette,
    ]
    // The Netscape extension tells repeats, not plays: none for one play, 0 for ever.
    if (loop !== 1) {
      const repeats = loop <= 0 ? 0 : Math.min(loop - 1, 65535)
      bytes.push(0x21, 0xff, 11, ...text.encode('NETSCAPE2.0'), 3, 1, ...word(repeats), 0)
    }
    return new Uint8Array(bytes)
  }

  /** Counts a rectangle's colours for the file's palette; `left` pixels are masked. */
  gather(rgba: number, pixels: number, mask: number, left: number): void {
    const { engine } = this
    if (this.#most === 0) {
      engine.call('paletteBegin', this.#work.global, this.width)
      // A place is kept for transparency, which frames behind the first will want.
      this.#most = this.animated || left > 0 ? 255 : 256
    }
    engine.call('paletteCount', rgba, pixels, mask)
  }

  /** Makes the palette of what was counted: the file's head. */
  begin(loop: number): Uint8Array {
    const count = this.#make(this.#most, this.merge)
    this.#globalBits = bitsFor(count + (this.#most === 255 ? 1 : 0))
    return this.#head(this.#colours(count, 2 << this.#globalBits), this.#globalBits, loop)
  }

  /** Makes the palette in use of what it counted: of how many colours. */
  #make(most: number, error: number): number {
    return error > 0 ? this.engine.call('paletteFewer', most, error) : this.engine.call('paletteMake', most)
  }

  /**
   * Encodes a rectangle of RGBA pixels, after `begin`.
   * @param mask bytes, 1 for pixels that are left as they are; `left` tells how many
   * @param still whether the file has but this frame
   */
  *encode(
    rgba: number,
    size: { width: number; height: number },
    mask: number,
    left: number,
    at: GifPlacement,
    still = false,
  ): Generator<Uint8Array> {
    const { engine } = this
    const { indices } = this.#work
    const { width, height } = size
    const pixels = width * height
    // What is cleared becomes transparent, which some decoders do only where the frame has transparency.
    const clear = left > 0 || at.disposal === 2
    const own = this.#choose(rgba, pixels, mask, left, clear)
    engine.call('paletteMap', rgba, width, height, mask, NONE, DITHER, CALM, indices)
    const { transparent, codeSize } = this.#tidy(pixels, clear, own?.bits ?? this.#globalBits)
    const centiseconds = Math.max(2, Math.min(65535, Math.round(at.delayMs / 10)))
    const control = [
      ...[0x21, 0xf9, 4, (at.disposal << 2) | (clear ? 1 : 0)],
      ...[...word(still ? 0 : centiseconds), transparent, 0],
    ]
    yield new Uint8Array([
      ...(still && !clear ? [] : control),
      ...[0x2c, ...word(at.x), ...word(at.y), ...word(width), ...word(height)],
      ...(own ? [0x80 | own.bits, ...own.colours] : [0]),
      codeSize,
    ])
    yield* this.#data(pixels, codeSize)
  }

  /**
   * The file's palette (null), or one of the frame's own where its colours gain more than it costs; the one
   * chosen is then in use.
   */
  #choose(
    rgba: number,
    pixels: number,
    mask: number,
    left: number,
    clear: boolean,
  ): { bits: number; colours: Uint8Array } | null {
    const { engine } = this
    const { global, local } = this.#work
    engine.call('paletteUse', global, this.width)
    const before = engine.call('paletteError', rgba, pixels, mask)
    if (before <= REUSE_ERROR || !this.animated) return null
    const most = clear ? 255 : 256
    engine.call('paletteBegin', local, this.width)
    engine.call('paletteCount', rgba, pixels, mask)
    const count = this.#make(most, Math.min(this.merge, LOCAL_ERROR))
    const bits = bitsFor(count + (most === 255 ? 1 : 0))
    const after = engine.call('paletteError', rgba, pixels, mask)
    if ((before - after) * (pixels - left) > WORTH * 3 * (2 << bits)) {
      return { bits, colours: this.#colours(count, 2 << bits) }
    }
    engine.call('paletteUse', global, this.width)
    return null
  }

  /**
   * Gives transparent pixels an index that no colour of the frame has, as low as can be: codes begin with
   * as few bits as the highest index needs.
   */
  #tidy(pixels: number, clear: boolean, bits: number): { transparent: number; codeSize: number } {
    const { indices } = this.#work
    const all = this.engine.bytes.subarray(indices, indices + pixels)
    const used = new Uint8Array(257)
    // Where nothing is transparent, 255 may be a colour.
    for (const index of all) used[index] = 1
    if (clear) used[NONE] = 0
    const transparent = clear ? used.indexOf(0) : 0
    if (clear && transparent !== NONE) {
      for (let i = 0; i < pixels; i++) if (all[i] === NONE) all[i] = transparent
    }
    const highest = Math.max(used.lastIndexOf(1), transparent)
    return { transparent, codeSize: Math.max(2, Math.min(bits + 1, 32 - Math.clz32(highest))) }
  }

  #colours(count: number, places: number): Uint8Array {
    const { engine } = this
    const from = engine.call('paletteColours')
    const bytes = new Uint8Array(places * 3)
    for (let i = 0; i < count; i++) bytes.set(engine.bytes.subarray(from + i * 4, from + i * 4 + 3), i * 3)
    return bytes
  }

  *#data(pixels: number, codeSize: number): Generator<Uint8Array> {
    const { engine } = this
    const { lzw, indices, out } = this.#work
    engine.call('gifEncodeBegin', lzw, codeSize)
    for (let done = 0; done < pixels; done += FEED) {
      const count = Math.min(FEED, pixels - done)
      const last = done + count === pixels ? 1 : 0
      const length = engine.call('gifEncodeFeed', indices + done, count, last, out)
      yield engine.bytes.slice(out, out + length)
    }
  }
}
