// Answers that an isolate holds in its own memory, in front of the data centre's cache: the least
// recently used go first.
import type { HeldAnswer } from './edge-cache'

/** What an answer takes beside its body: headers, keys, objects. */
const OVERHEAD = 2048

/** A larger share would let one answer drive out many. */
const MAX_SHARE = 16

interface Entry {
  readonly answer: HeldAnswer
  /** Milliseconds since 1970. */
  readonly until: number
}

export class EdgeMemory {
  readonly #room: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  /** @param room bytes of all answers together; 0: none is held */
  constructor(room: number) {
    this.#room = room
  }

  /** Whether a body of so many bytes may be held. */
  admits(size: number): boolean {
    return size + OVERHEAD <= this.#room / MAX_SHARE
  }

  get(id: string): HeldAnswer | null {
    const entry = this.#entries.get(id)
    if (entry === undefined) return null
    this.#entries.delete(id)
    if (Date.now() >= entry.until) {
      this.#bytes -= cost(entry)
      return null
    }
    this.#entries.set(id, entry)
    return entry.answer
  }

  /** Holds an answer, which `admits` has let in, until then. */
  set(id: string, answer: HeldAnswer, until: number): void {
    this.delete(id)
    const entry = { answer, until }
    this.#entries.set(id, entry)
    this.#bytes += cost(entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#room) break
      this.delete(oldest)
    }
  }

  delete(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#bytes -= cost(entry)
  }
}

function cost({ answer }: Entry): number {
  return answer.body.byteLength + OVERHEAD
}
