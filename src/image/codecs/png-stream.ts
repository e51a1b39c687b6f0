// One of the engine's PNG readers (src/engine/png-decode.ts) together with the bytes that feed it.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Rows } from '../rows'
import type { ByteInput } from './png-input'

/** Bytes of file that the engine takes at once, and about as many of rows that it gives. */
export const WINDOW = 65536
const STRIP = 65536
/** After the last row: how many windows are read to check the CRC of the last chunk. */
const WINDOWS_TO_CHECK = 4

// Statuses of src/engine/png-stream.ts.
const NEED_INPUT = 0
const ROWS = 1
const FAULTS: Record<number, string> = {
  [-1]: 'An IDAT chunk has an impossible length',
  [-2]: 'The CRC of an IDAT chunk is wrong',
  [-3]: 'The image data are not a zlib stream',
  [-4]: 'The image data have a bad deflate block',
  [-5]: 'The image data have bad Huffman codes',
  [-6]: 'The image data have a code that means nothing',
  [-7]: 'The image data refer to bytes before their start',
  [-8]: 'A row has an unknown filter',
}

/** Rows of a strip, for rows of `stride` bytes. */
export function stripRows(stride: number, height: number): number {
  return Math.max(1, Math.min(height, 64, Math.floor(STRIP / stride)))
}

export class PngStream {
  readonly #address: number
  readonly #window: number
  readonly #stride: number

  private constructor(
    readonly engine: Engine,
    readonly input: ByteInput,
    readonly capacity: number,
    address: number,
  ) {
    if (address === 0) {
      throw new ImageError(
        'too-large',
        `The picture needs more than the ${engine.limit} bytes planned for it`,
      )
    }
    this.#address = address
    this.#window = engine.call('pngDecWindow', address) >>> 0
    this.#stride = engine.call('pngDecStride', address)
  }

  /**
   * Allocates a reader for rows of up to `width` pixels; the engine knows the format already.
   * @param input stands at the first byte that the engine has not seen
   * @param seen bytes of the first IDAT chunk that were read before
   */
  static open(
    engine: Engine,
    input: ByteInput,
    seen: Uint8Array,
    width: number,
    capacity: number,
  ): PngStream {
    const address = engine.call('pngDecOpen', width, capacity, 0) >>> 0
    const stream = new PngStream(engine, input, capacity, address)
    engine.bytes.set(seen, stream.#window)
    engine.call('pngDecFeed', address, seen.length)
    return stream
  }

  /** A second reader at the same place; `input` begins where this one's stands. */
  clone(input: ByteInput, width: number, capacity: number): PngStream {
    const address = this.engine.call('pngDecClone', this.#address, width, capacity) >>> 0
    return new PngStream(this.engine, input, capacity, address)
  }

  /** Begins a pass of `height` rows, `width` pixels each. */
  startPass(width: number, height: number): void {
    this.engine.call('pngDecPass', this.#address, width, height)
  }

  /** Hands the next window to the engine; false at the end of the file. */
  async #feed(): Promise<boolean> {
    const count = await this.input.fill(WINDOW, () => this.engine.bytes.subarray(this.#window))
    if (count > 0) this.engine.call('pngDecFeed', this.#address, count)
    return count > 0
  }

  /** Runs the engine until it needs no more bytes, or there are none. */
  async #run(kernel: string): Promise<number> {
    const run = this.engine.kernel(kernel)
    for (;;) {
      const status = run(this.#address)
      if (status < 0) throw new ImageError('corrupt', FAULTS[status] ?? 'The PNG is corrupt', this.#place())
      if (status !== NEED_INPUT || !(await this.#feed())) return status
    }
  }

  /** Where in the file the engine stands. */
  #place(): number {
    return this.input.offset - this.engine.call('pngDecUnread', this.#address)
  }

  /** The next strip of the pass; null when the image data have ended before it. */
  async rows(): Promise<Rows | null> {
    this.engine.call('pngDecNext', this.#address)
    await this.#run('pngDecRun')
    const count = this.engine.call('pngDecReady', this.#address)
    return count === 0 ? null : this.#strip(count)
  }

  /** A strip of zeros. */
  blankRows(most: number): Rows {
    const rows = this.#strip(Math.min(most, this.capacity))
    this.engine.bytes.fill(0, rows.pointer, rows.pointer + rows.count * rows.stride)
    return rows
  }

  #strip(count: number): Rows {
    return { pointer: this.engine.call('pngDecStrip', this.#address) >>> 0, count, stride: this.#stride }
  }

  /** Passes over the rest of the pass; false when the image data end before it. */
  async skip(): Promise<boolean> {
    return (await this.#run('pngDecSkip')) === ROWS
  }

  /** After the last row: checks the CRC of the last IDAT chunk, unless much follows the picture in it. */
  async finish(): Promise<void> {
    for (let windows = 0; windows < WINDOWS_TO_CHECK; windows++) {
      const status = this.engine.call('pngDecFinish', this.#address)
      if (status < 0) throw new ImageError('corrupt', FAULTS[status] ?? 'The PNG is corrupt', this.#place())
      if (status !== NEED_INPUT || !(await this.#feed())) return
    }
  }
}
