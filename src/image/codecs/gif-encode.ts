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
const DITHER = 208

/** Mean squared error up to which the first frame's palette serves for a later one. */
const REUSE_ERROR = 8

/** Indices that are encoded at once. */
const FEED = 65536

const word = (value: number): number[] => [value & 255, value >> 8]

/** Encodes frames of at most `width` × `height`; made once for a file. */
export class GifFrames {
  readonly #work: { global: number; local: number; lzw: number; indices: number; out: number }
  #hasGlobal = false
  #globalBits = 0

  constructor(
    readonly engine: Engine,
    readonly width: number,
    readonly height: number,
    readonly animated: boolean,
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
    const palette = 33 ** 3 * 40 + 256 * 48 + 8192 + 2 ** 19 + (width + 2) * 24 + 1024 + 80
    return palette * (animated ? 2 : 1) + 49152 + width * height + FEED * 1.5 + 1400 + 5 * 80
  }

  /** Header, logical screen, and the loop count where there is one; `palette` is the first frame's. */
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

  /**
   * Encodes a rectangle of RGBA pixels.
   * @param mask bytes, 1 for pixels that are left as they are; `left` tells how many
   * @param loop times the animation is played, for the file's head before the first frame
   */
  *encode(
    rgba: number,
    size: { width: number; height: number },
    mask: number,
    left: number,
    at: GifPlacement,
    loop: number,
  ): Generator<Uint8Array> {
    const { engine } = this
    const { global, local, indices } = this.#work
    const { width, height } = size
    const pixels = width * height
    const first = !this.#hasGlobal
    // The first frame's palette keeps a place for transparency: later frames will want it.
    const most = left > 0 || (first && this.animated) ? 255 : 256
    const reuse = !first && this.#suits(rgba, pixels, mask)
    let bits = this.#globalBits
    let transparent = (2 << bits) - 1
    let colours: Uint8Array = new Uint8Array()
    if (!reuse) {
      engine.call('paletteBegin', first ? global : local, this.width)
      engine.call('paletteCount', rgba, pixels, mask, most)
      const count = engine.call('paletteMake', most)
      bits = Math.ceil(Math.log2(Math.max(2, count + (most === 255 ? 1 : 0)))) - 1
      transparent = (2 << bits) - 1
      colours = this.#colours(count, 2 << bits)
    }
    if (first) {
      this.#hasGlobal = true
      this.#globalBits = bits
      yield this.#head(colours, bits, loop)
    }
    engine.call('paletteMap', rgba, width, height, mask, transparent, DITHER, indices)
    const centiseconds = Math.max(2, Math.min(65535, Math.round(at.delayMs / 10)))
    const still = loop === 1 && first && at.delayMs === 0
    const local8 = !first && !reuse
    yield new Uint8Array([
      ...(still && left === 0
        ? []
        : [
            0x21,
            0xf9,
            4,
            (at.disposal << 2) | (left > 0 ? 1 : 0),
            ...word(still ? 0 : centiseconds),
            left > 0 ? transparent : 0,
            0,
          ]),
      ...[0x2c, ...word(at.x), ...word(at.y), ...word(width), ...word(height), local8 ? 0x80 | bits : 0],
      ...(local8 ? colours : []),
      Math.max(2, bits + 1),
    ])
    yield* this.#data(pixels, Math.max(2, bits + 1))
  }

  /** Whether the first frame's palette serves; it is then the one in use. */
  #suits(rgba: number, pixels: number, mask: number): boolean {
    this.engine.call('paletteUse', this.#work.global, this.width)
    return this.engine.call('paletteError', rgba, pixels, mask) <= REUSE_ERROR
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
