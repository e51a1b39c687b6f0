// Where the time of one render goes. A render is one flow that pulls rows from its end: whoever is at work
// is told by switching, so that each moment counts once. Clocks may be coarse (workerd's tick in
// milliseconds): moments are shared by both sides of a switch, so that ticks fall to each part in
// proportion. In production they advance only while something is waited for, see docs/architecture.md.
import type { ByteSource } from './header'
import type { RowReader } from './rows'

/** What a render can be at: waiting for the original's bytes, or for room and its turn, or at work. */
export const PARTS = ['wait', 'object', 'decode', 'transform', 'encode'] as const

export type Part = (typeof PARTS)[number]

export class Stopwatch {
  readonly #spent: Record<Part, number> = { wait: 0, object: 0, decode: 0, transform: 0, encode: 0 }
  #part: Part = 'wait'
  #since = performance.now()

  /** Says what is done from now on; returns what was done so far. */
  to(part: Part): Part {
    const now = performance.now()
    this.#spent[this.#part] += now - this.#since
    this.#since = now
    const before = this.#part
    this.#part = part
    return before
  }

  /** Counts `work` as a part, and goes on with what was done before. */
  async during<T>(part: Part, work: () => T | Promise<T>): Promise<T> {
    const before = this.to(part)
    try {
      return await work()
    } finally {
      this.to(before)
    }
  }

  /** Milliseconds by part, up to now. */
  spent(): Readonly<Record<Part, number>> {
    this.to(this.#part)
    return this.#spent
  }
}

/** Rows whose reading counts as a part. */
export function watchedRows(rows: RowReader, part: Part, watch: Stopwatch | undefined): RowReader {
  if (!watch) return rows
  return {
    width: rows.width,
    height: rows.height,
    bands: rows.bands,
    read: () => watch.during(part, () => rows.read()),
    close: () => rows.close(),
  }
}

/** A source whose bytes count as `object` while they are waited for. */
export function watchedSource(source: ByteSource, watch: Stopwatch | undefined): ByteSource {
  if (!watch) return source
  return {
    size: source.size,
    async open(offset) {
      const reader = (await watch.during('object', () => source.open(offset))).getReader()
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const { done, value } = await watch.during('object', () => reader.read())
            if (done) controller.close()
            else controller.enqueue(value)
          },
          cancel: (reason) => reader.cancel(reason),
        },
        // Nothing is read ahead of what is asked for: whoever pulls waits.
        { highWaterMark: 0 },
      )
    },
  }
}
