// Reads a codestream's beginning out of a file that comes in pieces, be it naked, in one box or in several.
import { ImageError } from '../error'
import { type Feed, latin1, type Step } from '../feed'
import { JxlBits } from './bits'
import { type JxlFront, readJxlFront } from './front'
import { type JxlHeader, readJxlHeader } from './header'

/** Headers are some 20 bytes; profiles some hundred, tables some hundred thousand. */
const FIRST_BYTES = 4096

/** Looks after which only twice the bytes are worth another: boxes may hold a byte each. */
const MANY_LOOKS = 64

/** Bytes of a codestream in which its profile is looked for: compressed, profiles are a third and less. */
export const PROFILE_ROOM = 2 << 20

export class JxlFrontReader {
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0
  #looks = 0
  /** Bytes that must have come before they are looked at again. */
  #next = 0
  #done = false
  /** The whole front, once it has come. */
  front: JxlFront | null = null
  /** The header, which is known before a long profile is. */
  header: JxlHeader | null = null

  /** Whether what came is no codestream. */
  foreign = false

  /**
   * @param room bytes of the codestream that are looked at
   * @param most bytes that a profile may have
   */
  constructor(
    readonly room: number,
    readonly most: number,
  ) {}

  /** Whether there is nothing more to be learnt. */
  get done(): boolean {
    return this.#done
  }

  /** Whether a codestream has begun. */
  get begun(): boolean {
    return this.#length > 0
  }

  /** Takes the next `size` bytes of the codestream, as many as are needed. */
  *read(feed: Feed, size: number): Step {
    for (let left = size; left > 0 && !this.#done; ) {
      const have = this.#length
      const want = Math.min(left, Math.max(FIRST_BYTES, have), this.room - have)
      const more = yield* feed.takeUpTo(want)
      this.#keep(more)
      left -= more.length
      if (this.#looks < MANY_LOOKS || this.#length >= this.#next) this.#look()
      if (more.length < want) return
      if (this.#length >= this.room) this.#done = true
    }
  }

  #keep(more: Uint8Array): void {
    if (this.#length + more.length > this.#bytes.length) {
      const bytes = new Uint8Array(2 * (this.#length + more.length))
      bytes.set(this.#bytes)
      this.#bytes = bytes
    }
    this.#bytes.set(more, this.#length)
    this.#length += more.length
  }

  #look(): void {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#looks++
    this.#next = 2 * this.#length
    if (bytes.length < 2) return
    if (latin1(bytes, 0, 2) !== '\xff\x0a') {
      this.foreign = true
      this.#done = true
      return
    }
    try {
      this.header ??= readJxlHeader(new JxlBits(bytes))
      this.front = readJxlFront(bytes, this.most)
      this.#done = true
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      // A damaged profile is as good as none; a cut one may come whole.
      if (error.kind !== 'truncated') this.#done = true
    }
  }
}
