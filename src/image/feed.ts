// Bytes that arrive in chunks, read by parsers written as generators: a parser asks for what
// it needs next and is suspended until that has come. At most TAKE_LIMIT bytes are ever kept.
import { ImageError } from './error'

/** A parser's step. It yields when it is out of bytes, and is resumed when more have come. */
export type Step<T = void> = Generator<void, T, void>

/** Largest number of bytes that a parser may ask for at once: a JPEG segment, and some. */
export const TAKE_LIMIT = 1 << 18

const empty = new Uint8Array(0)

/** The bytes that have come and are not yet read, with their place in the file. */
export class Feed {
  #window: Uint8Array = empty
  #at = 0
  #base = 0
  #ended = false
  #wanted = 0
  #target: number | null = null

  /** @param size of the whole file, where that is known */
  constructor(readonly size: number | null = null) {}

  /** Offset in the file of the next byte to be read. */
  get offset(): number {
    return this.#base + this.#at
  }

  /** Bytes that can be read without waiting. */
  get left(): number {
    return this.#window.length - this.#at
  }

  /** Whether all bytes of the file have come. */
  get ended(): boolean {
    return this.#ended
  }

  /** Length of the file's beginning that must have come before the parser can go on. */
  get wanted(): number {
    return this.#wanted
  }

  /** Where the parser wants to go on, if whoever feeds it can start anew from there; else null. */
  get target(): number | null {
    return this.#target
  }

  /** Drops what is here: the next byte pushed is the one at `offset` of the file. */
  jump(offset: number): void {
    this.#window = empty
    this.#at = 0
    this.#base = offset
    this.#target = null
    this.#ended = false
  }

  /** Adds bytes; those already here are kept (copied, so that `chunk`'s forerunner can be freed). */
  push(chunk: Uint8Array): void {
    const left = this.left
    this.#base += this.#at
    this.#at = 0
    if (left === 0) {
      this.#window = chunk
      return
    }
    const joined = new Uint8Array(left + chunk.length)
    joined.set(this.#window.subarray(this.#window.length - left))
    joined.set(chunk, left)
    this.#window = joined
  }

  /** Says that no more bytes will come. */
  end(): void {
    this.#ended = true
  }

  /** Lets go of the last chunk's memory: the parser is suspended with fewer bytes than it asked for. */
  settle(): void {
    this.#window = this.#window.slice(this.#at)
    this.#base += this.#at
    this.#at = 0
  }

  /** Waits until `count` bytes can be read, or the file has ended. */
  *wait(count: number): Step {
    this.#wanted = this.offset + count
    while (this.left < count && !this.#ended) yield
  }

  /**
   * The next `count` bytes: a view, valid until the parser waits again.
   * @param what of the error sentence: what should have been there
   */
  *take(count: number, what: string): Step<Uint8Array> {
    if (count > TAKE_LIMIT) {
      throw new ImageError(
        'unsupported',
        `Expected ${what} of at most ${TAKE_LIMIT} bytes but received ${count}`,
        this.offset,
      )
    }
    if (this.left < count) yield* this.wait(count)
    if (this.left < count) {
      throw new ImageError(
        'truncated',
        `Expected ${count} bytes of ${what} but received ${this.left}`,
        this.offset,
      )
    }
    this.#at += count
    return this.#window.subarray(this.#at - count, this.#at)
  }

  /** As `take`, but gives what there is where the file ends early. */
  *takeUpTo(count: number): Step<Uint8Array> {
    if (this.left < count) yield* this.wait(count)
    const got = Math.min(count, this.left)
    this.#at += got
    return this.#window.subarray(this.#at - got, this.#at)
  }

  /** The next chunk of at most `count` bytes, as it came; empty at the end of the file. */
  *some(count: number): Step<Uint8Array> {
    if (this.left === 0) yield* this.wait(1)
    const got = Math.min(count, this.left)
    this.#at += got
    return this.#window.subarray(this.#at - got, this.#at)
  }

  /** Looks at the next `count` bytes (fewer at the end of the file) without reading them. */
  *peek(count: number): Step<Uint8Array> {
    if (this.left < count) yield* this.wait(count)
    return this.#window.subarray(this.#at, Math.min(this.#at + count, this.#window.length))
  }

  /** Passes over `count` bytes. Returns false where the file ends before. */
  *skip(count: number): Step<boolean> {
    const goal = this.offset + count
    while (this.offset < goal) {
      if (this.left === 0) {
        this.#target = goal
        yield* this.wait(1)
        this.#target = null
        if (this.offset < goal && this.left === 0) return false
      }
      this.#at += Math.min(goal - this.offset, this.left)
    }
    return true
  }

  /** Goes to an offset of the file, back too. Returns false where whoever feeds can't do that. */
  *seek(offset: number): Step<boolean> {
    if (offset >= this.offset) return yield* this.skip(offset - this.offset)
    if (this.offset - offset <= this.#at) {
      this.#at -= this.offset - offset
      return true
    }
    this.#target = offset
    yield
    this.#target = null
    return this.offset === offset
  }

  /** `count` bytes of their own, joined as they come; null where `count` is over `limit` or the file ends. */
  *collect(count: number, limit: number): Step<Uint8Array | null> {
    if (count > limit) return null
    const joiner = new Joiner(limit)
    return (yield* this.pour(count, joiner)) ? joiner.bytes : null
  }

  /** Hands `count` bytes to `sink` as they come. Returns false where the file ends before. */
  *pour(count: number, sink: { push(chunk: Uint8Array): void }): Step<boolean> {
    let rest = count
    while (rest > 0) {
      const chunk = yield* this.some(rest)
      if (chunk.length === 0) return false
      sink.push(chunk)
      rest -= chunk.length
    }
    return true
  }
}

/** Joins pieces up to a limit; what is over it is not kept, and `bytes` is then null. */
export class Joiner {
  readonly #pieces: Uint8Array[] = []
  #length = 0

  constructor(readonly limit: number) {}

  push(chunk: Uint8Array): void {
    this.#length += chunk.length
    if (this.#length <= this.limit) this.#pieces.push(chunk.slice())
    else this.#pieces.length = 0
  }

  get bytes(): Uint8Array | null {
    return this.#length > this.limit ? null : concat(this.#pieces)
  }
}

/** Pieces one after the other, in bytes of their own. */
export function concat(pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Big-endian and little-endian integers out of short views, without a DataView each. */
export const u16be = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!
export const u16le = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8)
export const u32be = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
export const u32le = (b: Uint8Array, at: number): number =>
  (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0

/** `count` bytes as Latin-1 text: chunk names, box types, keywords. */
export function latin1(b: Uint8Array, at = 0, count = b.length - at): string {
  let text = ''
  const end = Math.min(b.length, at + count)
  for (let i = at; i < end; i++) text += String.fromCharCode(b[i]!)
  return text
}
