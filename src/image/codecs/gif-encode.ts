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

/** The worst that a source's palette may do, in mean squared error (34 dB): two colours are not enough for soft edges. */
const WORST_FIT = 25

/**
 * What squared error a palette of a frame's own must save, for each of its bytes; or what share of the error where it
 * is small beside the frame, of more pixels than so many times its bytes.
 */
const WORTH = 16
const WORTH_SHARE = 0.1
const LARGE = 16

/** Indices that are encoded at once. */
const FEED = 65536

/** The index of transparent pixels, until they have one of their own. */
const NONE = 255

/** Size of a palette as the format states it: it has 2^(bits + 1) places. */
const bitsFor = (count: number): number => Math.ceil(Math.log2(Math.max(2, count))) - 1

const word = (value: number): number[] => [value & 255, value >> 8]

/** Encodes frames of at most `width` × `height`; made once for a file. */
export class GifFrames {
  readonly #work: {
    /** Palettes of the file and of a frame. */
    global: number
    local: number
    lzw: number
    indices: number
    out: number
    /** Of animations: the canvas as the file's palette's indices, and what a frame may be written as. */
    shown: number
    joined: number
    loose: number
  }
  #most = 0
  #globalBits = 0
  /** The error that palettes may have. */
  #allowed = 0

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
      shown: engine.alloc(animated ? width * height : 0),
      joined: engine.alloc(animated ? width * height : 0),
      loose: engine.alloc(animated ? width * height : 0),
    }
    if (animated) engine.bytes.fill(NONE, this.#work.shown, this.#work.shown + width * height)
  }

  /** Bytes of the arena that it takes. */
  static bytes(width: number, height: number, animated: boolean): number {
    const palette =
      8192 * 47 + 2 ** 19 + 2 ** 15 + 3 * 256 * 32 + 256 * 48 + 2624 + (width + 2) * 24 + 80 + 16
    const lzw = 49152 + 8192 + FEED * 1.5 + 1400
    return palette * (animated ? 2 : 1) + lzw + width * height * (animated ? 4 : 1) + 8 * 80
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
      this.#allowed = this.merge
    }
    engine.call('paletteCount', rgba, pixels, mask)
  }

  /**
   * Where colours are merged, those that were counted so far need not be told apart better than by the source's
   * palette: red, green, blue.
   */
  asGoodAs(palette: Uint8Array): void {
    if (this.merge === 0) return
    const { engine } = this
    const to = engine.call('paletteColours')
    for (let i = 0; i < palette.length / 3; i++) {
      engine.bytes.set(palette.subarray(i * 3, i * 3 + 3), to + i * 4)
    }
    const error = engine.call('paletteFit', palette.length / 3)
    this.#allowed = Math.max(this.#allowed, Math.min(error, WORST_FIT))
  }

  /** Makes the palette of what was counted: the file's head. */
  begin(loop: number): Uint8Array {
    const count = this.#make(this.#most, this.#allowed)
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
  encode(
    rgba: number,
    size: { width: number; height: number },
    mask: number,
    left: number,
    at: GifPlacement,
    still = false,
  ): Uint8Array[] {
    const { engine } = this
    const { indices, joined, loose } = this.#work
    const { width, height } = size
    const pixels = width * height
    // What is cleared becomes transparent, which some decoders do only where the frame has transparency.
    const clear = left > 0 || at.disposal === 2
    const own = this.#choose(rgba, pixels, mask, left, clear)
    const bits = own?.bits ?? this.#globalBits
    engine.call('paletteMap', rgba, width, height, mask, NONE, DITHER, CALM, indices)
    const either = this.animated ? this.#join(rgba, size, mask, at, own !== null) : 0
    let best = this.#data(indices, 0, pixels, clear, bits)
    if (either > 0) {
      const data = this.#data(joined, loose, pixels, true, bits)
      if (data.bytes < best.bytes) best = data
    }
    const { transparent, codeSize, chunks } = best
    const centiseconds = Math.max(2, Math.min(65535, Math.round(at.delayMs / 10)))
    const control = [
      ...[0x21, 0xf9, 4, (at.disposal << 2) | (transparent === null ? 0 : 1)],
      ...[...word(still ? 0 : centiseconds), transparent ?? 0, 0],
    ]
    const head = new Uint8Array([
      ...(still && transparent === null ? [] : control),
      ...[0x2c, ...word(at.x), ...word(at.y), ...word(width), ...word(height)],
      ...(own ? [0x80 | own.bits, ...own.colours] : [0]),
      codeSize,
    ])
    return [head, ...chunks]
  }

  /** What pixels may be written as; returns how many have a choice. The canvas is kept. */
  #join(
    rgba: number,
    { width, height }: { width: number; height: number },
    mask: number,
    at: GifPlacement,
    own: boolean,
  ): number {
    const { engine } = this
    const { indices, joined, loose } = this.#work
    const shown = this.#work.shown + at.y * this.width + at.x
    const line = this.width
    const either = own
      ? 0
      : engine.call('gifLoosen', rgba, mask, indices, shown, line, width, height, NONE, joined, loose)
    engine.call('gifShow', mask, indices, shown, line, width, height, own ? NONE : -1)
    if (at.disposal === 2) {
      for (let row = 0; row < height; row++) {
        engine.bytes.fill(NONE, shown + row * line, shown + row * line + width)
      }
    }
    return either
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
    if (before <= Math.max(REUSE_ERROR, this.#allowed) || !this.animated) return null
    const most = clear ? 255 : 256
    engine.call('paletteBegin', local, this.width)
    engine.call('paletteCount', rgba, pixels, mask)
    const count = this.#make(most, this.#allowed && Math.max(LOCAL_ERROR, this.#allowed / 2))
    const bits = bitsFor(count + (clear ? 1 : 0))
    const after = engine.call('paletteError', rgba, pixels, mask)
    const [gain, drawn, bytes] = [before - after, pixels - left, 3 * (2 << bits)]
    if (gain * drawn > WORTH * bytes || (gain > before * WORTH_SHARE && drawn > LARGE * bytes)) {
      return { bits, colours: this.#colours(count, 2 << bits) }
    }
    engine.call('paletteUse', global, this.width)
    return null
  }

  /**
   * Gives transparent pixels an index that no colour of the frame has, as low as can be: codes begin with
   * as few bits as the highest index needs.
   */
  #tidy(indices: number, pixels: number, clear: boolean, bits: number) {
    const all = this.engine.bytes.subarray(indices, indices + pixels)
    const used = new Uint8Array(257)
    // Where nothing is transparent, 255 may be a colour.
    for (const index of all) used[index] = 1
    if (clear) used[NONE] = 0
    const transparent = clear ? used.indexOf(0) : null
    if (transparent !== null && transparent !== NONE) {
      for (let i = 0; i < pixels; i++) if (all[i] === NONE) all[i] = transparent
    }
    const highest = Math.max(used.lastIndexOf(1), transparent ?? 0)
    return { transparent, codeSize: Math.max(2, Math.min(bits + 1, 32 - Math.clz32(highest))) }
  }

  #colours(count: number, places: number): Uint8Array {
    const { engine } = this
    const from = engine.call('paletteColours')
    const bytes = new Uint8Array(places * 3)
    for (let i = 0; i < count; i++) bytes.set(engine.bytes.subarray(from + i * 4, from + i * 4 + 3), i * 3)
    return bytes
  }

  /** The image data of indices, of which `loose` ones may be transparent, too. */
  #data(indices: number, loose: number, pixels: number, clear: boolean, bits: number) {
    const { engine } = this
    const { lzw, out } = this.#work
    const { transparent, codeSize } = this.#tidy(indices, pixels, clear, bits)
    engine.call('gifEncodeBegin', lzw, codeSize)
    const chunks: Uint8Array[] = []
    let bytes = 0
    for (let done = 0; done < pixels; done += FEED) {
      const count = Math.min(FEED, pixels - done)
      const last = done + count === pixels ? 1 : 0
      const choice = loose && loose + done
      const length = engine.call('gifEncodeFeed', indices + done, choice, count, transparent ?? 0, last, out)
      chunks.push(engine.bytes.slice(out, out + length))
      bytes += length
    }
    return { transparent, codeSize, chunks, bytes }
  }
}
