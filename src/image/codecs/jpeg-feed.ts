// A JPEG's compressed bytes on their way into the engine: reads the source's stream as the decoder
// asks, and starts again from the first byte where it decodes in several passes. What an earlier pass has
// decoded already is left out.
import type { Engine } from '../engine'
import type { ByteSource } from '../header'

/** A gap of more bytes than this is not read through: opening the source behind it takes less time. */
const FAR = 2 << 20

/** Copies a stream into the decoder's input window, as much as it has room for. */
export class JpegFeed {
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #chunk: Uint8Array = new Uint8Array()
  /** Where the next stream is opened. */
  #from = 0

  constructor(
    readonly engine: Engine,
    readonly source: ByteSource,
  ) {}

  /** Hands the decoder its next bytes, or tells it that there are none. */
  async feed(): Promise<void> {
    await this.#passOver(this.engine.call('jpegDecGap') >>> 0)
    if (!(await this.#more())) {
      this.engine.call('jpegDecFed', 0, 1)
      return
    }
    const space = this.engine.call('jpegDecSpace') >>> 0
    const part = this.#chunk.subarray(0, this.engine.call('jpegDecRoom') >>> 0)
    this.engine.bytes.set(part, space)
    this.#chunk = this.#chunk.subarray(part.length)
    this.engine.call('jpegDecFed', part.length, 0)
  }

  /** Makes the next chunk ready where there is none; false at the end of the file. */
  async #more(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      this.#reader ??= (await this.source.open(this.#from)).getReader()
      const { done, value } = await this.#reader.read()
      if (done) return false
      this.#chunk = value
    }
    return true
  }

  /** Leaves out the file's next `gap` bytes, or all that there are. */
  async #passOver(gap: number): Promise<void> {
    let left = gap
    if (gap - this.#chunk.length > FAR) {
      await this.#letGo((this.engine.call('jpegDecOffset') >>> 0) + gap)
      left = 0
    }
    while (left > 0 && (await this.#more())) {
      const part = Math.min(left, this.#chunk.length)
      this.#chunk = this.#chunk.subarray(part)
      left -= part
    }
    if (gap > left) this.engine.call('jpegDecLeftOut', gap - left)
  }

  /** Lets go of the stream; the next `feed` opens it anew. */
  async rewind(): Promise<void> {
    await this.#letGo(0)
  }

  /** Lets go of the stream; the next one begins at `from`. */
  async #letGo(from: number): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    this.#chunk = new Uint8Array()
    this.#from = from
    await reader?.cancel()
  }
}

/**
 * The number of lines by the first DNL marker behind `offset` (T.81 B.2.5), for frames whose header
 * says 0; 0 where there is none. Reads the stream to that marker, without keeping it.
 */
export async function readLineCount(source: ByteSource, offset: number): Promise<number> {
  const pattern = [0xff, 0xdc, 0x00, 0x04]
  let matched = 0
  let high = -1
  for await (const chunk of await source.open(offset)) {
    for (const byte of chunk) {
      if (matched === pattern.length) {
        if (high < 0) high = byte
        else return (high << 8) | byte
      } else if (byte === pattern[matched]) matched++
      else matched = byte === pattern[0] ? 1 : 0
    }
  }
  return 0
}
