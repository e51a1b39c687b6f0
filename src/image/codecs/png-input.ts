// The bytes of a file in order, however the stream cuts them.

/** Reads a stream by counts of bytes. Only one call may be under way at a time. */
export class ByteInput {
  readonly #open: () => Promise<ReadableStream<Uint8Array>>
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  #closed = false
  #chunk: Uint8Array = new Uint8Array()
  #at = 0

  /**
   * @param open opens the stream, when its first byte is wanted
   * @param offset where in the file the stream begins
   */
  constructor(
    open: () => Promise<ReadableStream<Uint8Array>>,
    public offset = 0,
  ) {
    this.#open = open
  }

  /** Makes at least one byte ready; false at the end. */
  async #more(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      if (this.#closed) return false
      this.#reader ??= (await this.#open()).getReader()
      const { done, value } = await this.#reader.read()
      if (done) return false
      this.#chunk = value
      this.#at = 0
    }
    return true
  }

  /** The next `count` bytes, fewer at the end of the file. For small counts: they are copied. */
  async read(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count)
    return bytes.subarray(0, await this.fill(count, () => bytes))
  }

  /** Copies the next `count` bytes, fewer at the end of the file, to the start of `into()`. */
  async fill(count: number, into: () => Uint8Array): Promise<number> {
    let filled = 0
    while (filled < count && (await this.#more())) {
      const part = this.#chunk.subarray(this.#at, this.#at + count - filled)
      into().set(part, filled)
      filled += part.length
      this.#at += part.length
    }
    this.offset += filled
    return filled
  }

  /** Passes over `count` bytes; false when the file ends before. */
  async skip(count: number): Promise<boolean> {
    while (count > 0) {
      if (!(await this.#more())) return false
      const step = Math.min(count, this.#chunk.length - this.#at)
      this.#at += step
      this.offset += step
      count -= step
    }
    return true
  }

  /** Ends the stream. Safe to repeat. */
  async close(): Promise<void> {
    this.#chunk = new Uint8Array()
    this.#at = 0
    this.#closed = true
    await this.#reader?.cancel()
  }
}
