// The canvas that an animation's frames are drawn on: RGBA in the engine's memory.
import type { Engine } from '../engine'
import type { RowReader, Rows } from '../rows'

const STRIP = 16

/** A canvas of transparent pixels, and the strip that its readers copy rows into. */
export class Canvas {
  readonly pointer: number
  readonly #strip: number

  constructor(
    readonly engine: Engine,
    readonly width: number,
    readonly height: number,
  ) {
    this.pointer = engine.alloc(width * height * 4)
    this.#strip = engine.alloc(STRIP * width * 4)
    engine.bytes.fill(0, this.pointer, this.pointer + width * height * 4)
  }

  /** Bytes of the arena that a canvas takes. */
  static bytes(width: number, height: number): number {
    return (height + STRIP) * width * 4
  }

  /** The canvas as it is now, from the top. Rows are copies: steps may change them in place. */
  reader(): RowReader {
    const { engine, width, height, pointer } = this
    let row = 0
    return {
      width,
      height,
      bands: 4,
      read: async (): Promise<Rows | null> => {
        if (row >= height) return null
        const count = Math.min(STRIP, height - row)
        const from = pointer + row * width * 4
        engine.bytes.copyWithin(this.#strip, from, from + count * width * 4)
        row += count
        return { pointer: this.#strip, count, stride: width * 4 }
      },
      close: async () => {},
    }
  }

  /** The rows of a rectangle, to put back later. */
  save(x: number, y: number, width: number, height: number): Uint8Array {
    const [w, h] = [Math.min(width, this.width - x), Math.min(height, this.height - y)]
    const saved = new Uint8Array(Math.max(0, w) * Math.max(0, h) * 4)
    for (let row = 0; row < h && w > 0; row++) {
      const from = this.pointer + ((y + row) * this.width + x) * 4
      saved.set(this.engine.bytes.subarray(from, from + w * 4), row * w * 4)
    }
    return saved
  }

  /** Puts back what `save` gave. */
  restore(saved: Uint8Array, x: number, y: number, width: number): void {
    const line = Math.min(width, this.width - x) * 4
    for (let at = 0, row = y; at < saved.length; at += line, row++) {
      this.engine.bytes.set(saved.subarray(at, at + line), this.pointer + (row * this.width + x) * 4)
    }
  }
}
