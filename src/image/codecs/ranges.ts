// Ranges of a source's bytes, asked for in about the order in which they lie: one stream is read
// on as long as that goes, and opened anew only where the next range lies before or far behind.
import { ImageError } from '../error'
import type { ByteSource } from '../header'

/** A gap that is read over rather than asked for anew. */
const GAP = 1 << 20

export class Ranges {
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  #chunk: Uint8Array = new Uint8Array()
  /** Of the chunk's first byte in the file. */
  #at = 0

  constructor(readonly source: ByteSource) {}

  async close(): Promise<void> {
    const reader = this.#reader
    this.#reader = null
    this.#chunk = new Uint8Array()
    await reader?.cancel().catch(() => {})
  }

  /** Copies `length` bytes from `offset`. Throws ImageError `truncated` where the file is shorter. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    await this.readTo(offset, length, () => bytes)
    return bytes
  }

  /** As `read`, to the start of what `into` gives, which is asked for anew whenever bytes have come. */
  async readTo(offset: number, length: number, into: () => Uint8Array): Promise<void> {
    if (offset + length > this.source.size) {
      throw new ImageError('truncated', 'The file ends before its picture', this.source.size)
    }
    if (!this.#reader || offset < this.#at || offset > this.#at + this.#chunk.length + GAP) {
      await this.close()
      this.#reader = (await this.source.open(offset)).getReader()
      this.#at = offset
    }
    for (let filled = 0; filled < length; ) {
      const from = offset + filled - this.#at
      if (from >= this.#chunk.length) {
        await this.#next()
        continue
      }
      const part = this.#chunk.subarray(from, from + length - filled)
      into().set(part, filled)
      filled += part.length
    }
  }

  async #next(): Promise<void> {
    this.#at += this.#chunk.length
    this.#chunk = new Uint8Array()
    const { done, value } = await this.#reader!.read()
    if (done) throw new ImageError('truncated', 'The file ends before its picture', this.#at)
    this.#chunk = value
  }
}
