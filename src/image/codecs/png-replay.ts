// Reads back the rows that an encoder has written so far, by the engine's own decoder.
import type { Engine } from '../engine'
import { ImageError } from '../error'

/** The engine's input window, in bytes. */
const WINDOW = 65536
const READY = 1
const NEED_INPUT = 0

export class Replay {
  readonly #engine: Engine
  readonly #width: number
  readonly #reader: number

  /** Allocates a reader for rows of at most `bands` bytes a pixel. */
  constructor(engine: Engine, width: number, bands: number) {
    this.#engine = engine
    this.#width = width
    this.#reader = engine.call('pngDecOpen', width, 1, bands) >>> 0
    if (this.#reader === 0)
      throw new ImageError('too-large', `A PNG ${width} pixels wide needs too much memory`)
  }

  /**
   * Pointers to `count` rows, one after the other, of IDAT chunks with `channels` bytes a pixel. Chunks are
   * taken out of `idats` as they are read: the file they were of makes room for the one that is written.
   */
  *rows(idats: Uint8Array[], channels: number, count: number): Generator<number, void> {
    const run = this.#engine.kernel('pngDecRun')
    this.#engine.call('pngDecReuse', this.#reader, channels, this.#width, count)
    const pieces = this.#pieces(idats)
    for (let row = 0; row < count; row++) {
      this.#engine.call('pngDecNext', this.#reader)
      let status = run(this.#reader)
      while (status === NEED_INPUT && !pieces.next().done) status = run(this.#reader)
      if (status !== READY) throw new Error(`The encoder's own rows can't be read: status ${status}`)
      yield this.#engine.call('pngDecStrip', this.#reader) >>> 0
    }
  }

  /** Feeds the reader, a window at each step. */
  *#pieces(idats: Uint8Array[]): Generator<void, void> {
    const window = this.#engine.call('pngDecWindow', this.#reader) >>> 0
    for (let idat = idats.shift(); idat; idat = idats.shift()) {
      for (let at = 0; at < idat.length; at += WINDOW) {
        const piece = idat.subarray(at, at + WINDOW)
        this.#engine.bytes.set(piece, window)
        this.#engine.call('pngDecFeed', this.#reader, piece.length)
        yield
      }
    }
  }
}
