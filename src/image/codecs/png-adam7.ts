// Interlaced PNG, row by row, without holding the picture. Its seven passes lie one after the other in the
// stream, and a row needs up to four of them. As many of the first as fit are held; each of the others
// gets a reader of its own, which starts where the pass does: one run over the stream up to the last pass
// finds these places. So half of the data is inflated twice, and memory stays the same for any height.
import type { Engine } from '../engine'
import type { ByteSource } from '../header'
import type { Rows } from '../rows'
import { ByteInput } from './png-input'
import { type PngStream, stripRows } from './png-stream'

/** First column, first row, and their steps, of each pass (third edition §8.2). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** Passes that make up row y, by y mod 8: the first covers the row, the others fill in columns. */
const ROW_PASSES = [[0, 1, 3, 5], [6], [4, 5], [6], [2, 3, 5], [6], [4, 5], [6]] as const

/** Bytes of passes that are held by default. */
export const HELD_BYTES = 8 << 20

/** A pass: its size, and the columns of the widest pass so far, whose rows a reader may have begun. */
interface PassSize {
  readonly columns: number
  readonly rows: number
  readonly widest: number
}

/** The passes of a picture: their sizes, and how many of them are held. */
export function planPasses(width: number, height: number, pixelBytes: number, most = HELD_BYTES) {
  let widest = 0
  const sizes = PASSES.map(([x0, y0, dx, dy]): PassSize => {
    const columns = Math.ceil(Math.max(0, width - x0) / dx)
    const rows = Math.ceil(Math.max(0, height - y0) / dy)
    if (columns === 0 || rows === 0) return { columns: 0, rows: 0, widest }
    widest = Math.max(widest, columns)
    return { columns, rows, widest }
  })
  let held = 0
  let bytes = 0
  while (held < 7) {
    const size = sizes[held]!
    const more = size.columns * size.rows * pixelBytes
    if (bytes + more > most) break
    bytes += more
    held++
  }
  return { sizes, held, bytes }
}

/** The rows of one pass in order; `next` gives 0 for those that the file does not have. */
interface PassRows {
  next(): Promise<number>
  close(): Promise<void>
}

/** A pass in memory. */
class HeldPass implements PassRows {
  #row = 0
  constructor(
    readonly pointer: number,
    readonly stride: number,
    readonly rows: number,
  ) {}

  async next(): Promise<number> {
    return this.#row < this.rows ? this.pointer + this.stride * this.#row++ : 0
  }

  async close(): Promise<void> {}
}

/** A pass that is read while its rows are wanted. */
class ReadPass implements PassRows {
  #strip: Rows | null = { pointer: 0, count: 0, stride: 0 }
  #row = 0
  #left: number

  constructor(
    readonly stream: PngStream,
    columns: number,
    rows: number,
    readonly last: boolean,
  ) {
    this.#left = rows
    stream.startPass(columns, rows)
  }

  async next(): Promise<number> {
    if (this.#strip === null) return 0
    if (this.#row === this.#strip.count) {
      this.#strip = await this.stream.rows()
      this.#row = 0
      if (this.#strip === null) return 0
      this.#left -= this.#strip.count
      if (this.#left === 0) {
        if (this.last) await this.stream.finish()
        await this.close()
      }
    }
    return this.#strip.pointer + this.#strip.stride * this.#row++
  }

  close(): Promise<void> {
    return this.stream.input.close()
  }
}

/** Puts the rows of an interlaced picture together. */
export class Adam7 {
  truncated = false
  readonly #engine: Engine
  readonly #width: number
  readonly #height: number
  readonly #pixelBytes: number
  readonly #passes: (PassRows | null)[]
  readonly #strip: number
  readonly #stride: number
  readonly #capacity: number
  #row = 0

  private constructor(
    engine: Engine,
    width: number,
    height: number,
    pixelBytes: number,
    passes: (PassRows | null)[],
  ) {
    this.#engine = engine
    this.#width = width
    this.#height = height
    this.#pixelBytes = pixelBytes
    this.#passes = passes
    this.#stride = (width * pixelBytes + 15) & ~15
    this.#capacity = stripRows(this.#stride, height)
    // Before the strip, the row above it.
    this.#strip = engine.alloc(this.#stride * (this.#capacity + 1)) + this.#stride
  }

  /** Reads the first passes, and finds where the others begin. `stream` stands before the first. */
  static async open(
    engine: Engine,
    source: ByteSource,
    stream: PngStream,
    width: number,
    height: number,
    pixelBytes: number,
    most = HELD_BYTES,
  ): Promise<Adam7> {
    const { sizes, held } = planPasses(width, height, pixelBytes, most)
    const passes: (PassRows | null)[] = []
    try {
      let whole = true
      for (const [index, { columns, rows, widest }] of sizes.entries()) {
        if (rows === 0 || !whole) {
          passes.push(null)
          continue
        }
        if (index < held) {
          const pass = await hold(engine, stream, columns, rows, pixelBytes)
          whole = pass.rows === rows
          passes.push(pass)
          continue
        }
        if (index === 6) {
          passes.push(new ReadPass(stream, columns, rows, true))
          continue
        }
        const capacity = stripRows(columns * pixelBytes, rows)
        const from = stream.input.offset
        const clone = stream.clone(new ByteInput(() => source.open(from), from), widest, capacity)
        passes.push(new ReadPass(clone, columns, rows, false))
        stream.startPass(columns, rows)
        whole = await stream.skip()
      }
      // No last pass (a picture of one row), or none left to read: the stream has served.
      if (!(passes[6] instanceof ReadPass)) {
        if (whole) await stream.finish()
        await stream.input.close()
      }
      return new Adam7(engine, width, height, pixelBytes, passes)
    } catch (error) {
      for (const pass of passes) await pass?.close()
      throw error
    }
  }

  /** The next strip, or null after the last row. */
  async read(): Promise<Rows | null> {
    const count = Math.min(this.#capacity, this.#height - this.#row)
    if (count === 0) return null
    for (let i = 0; i < count; i++) await this.#compose(this.#strip + i * this.#stride)
    const { bytes } = this.#engine
    const last = this.#strip + (count - 1) * this.#stride
    bytes.copyWithin(this.#strip - this.#stride, last, last + this.#stride)
    return { pointer: this.#strip, count, stride: this.#stride }
  }

  /** Puts the next row together at `to`. A missing pass leaves its pixels as the passes before show them. */
  async #compose(to: number): Promise<void> {
    const [first, ...others] = ROW_PASSES[this.#row % 8]!
    if (!(await this.#put(to, first))) {
      const above = this.#row % this.#capacity === 0 ? this.#strip - this.#stride : to - this.#stride
      if (this.#row === 0) this.#engine.bytes.fill(0, to, to + this.#stride)
      else this.#engine.bytes.copyWithin(to, above, above + this.#stride)
      for (const pass of others) await this.#passes[pass]?.next()
    } else {
      for (const pass of others) {
        const [x0, , dx] = PASSES[pass]!
        if (x0 >= this.#width || (await this.#put(to, pass))) continue
        this.#engine.call('pngDecSpread', to, this.#width, this.#pixelBytes, x0, dx)
      }
    }
    this.#row++
  }

  /** Puts a pass's next row into its columns; false when the file does not have it. */
  async #put(to: number, index: number): Promise<boolean> {
    const row = (await this.#passes[index]?.next()) ?? 0
    if (row === 0) {
      this.truncated = true
      return false
    }
    const [x0, , dx] = PASSES[index]!
    const count = Math.ceil((this.#width - x0) / dx)
    this.#engine.call('pngDecScatter', to, row, count, this.#pixelBytes, x0, dx)
    return true
  }

  async close(): Promise<void> {
    for (const pass of this.#passes) await pass?.close()
  }
}

/** Reads a whole pass into memory. */
async function hold(
  engine: Engine,
  stream: PngStream,
  columns: number,
  rows: number,
  pixelBytes: number,
): Promise<HeldPass> {
  const stride = columns * pixelBytes
  const pointer = engine.alloc(stride * rows)
  stream.startPass(columns, rows)
  let got = 0
  while (got < rows) {
    const strip = await stream.rows()
    if (strip === null) break
    const { bytes } = engine
    for (let i = 0; i < strip.count; i++, got++) {
      const from = strip.pointer + i * strip.stride
      bytes.copyWithin(pointer + got * stride, from, from + stride)
    }
  }
  return new HeldPass(pointer, stride, got)
}
