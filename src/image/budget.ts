// One isolate has 128 MB for everything. Jobs say beforehand what they take; they wait for room,
// first come first served, and are refused where the wait gets too long.
import { ImageError } from './error'

export interface BudgetOptions {
  /** Bytes that all running jobs may take together. */
  readonly bytes: number
  /** Jobs that may wait. */
  readonly queue: number
  /** Milliseconds that a job waits at most. */
  readonly waitMs: number
}

/**
 * 80 MB leave 48 MB of the isolate's 128 to the Worker itself and to requests that stream. A client
 * gives up after some ten seconds; more than 64 waiting jobs would not be served by then.
 */
export const DEFAULT_BUDGET: BudgetOptions = { bytes: 80_000_000, queue: 64, waitMs: 10_000 }

interface Waiting {
  readonly bytes: number
  readonly start: () => void
}

/**
 * The room of a running job. It may be given back in part when less turns out to be needed, never be raised:
 * jobs that hold room while they wait for more can wait for each other.
 */
export interface Lease {
  /** Keeps `bytes`, where that is less than it holds. */
  keep(bytes: number): void
}

/** Room for jobs. */
export class MemoryBudget {
  #used = 0
  readonly #waiting: Waiting[] = []

  constructor(readonly options: BudgetOptions = DEFAULT_BUDGET) {}

  /** Bytes that running jobs hold. */
  get used(): number {
    return this.#used
  }

  /** Jobs that wait for room. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Runs `job` when there is room for `bytes`. Throws ImageError `busy` where its turn does not come in
   * time, and `too-large` where it can never come; rejects with the signal's reason when that aborts the wait.
   */
  async run<T>(bytes: number, job: (lease: Lease) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (bytes > this.options.bytes) {
      throw new ImageError(
        'too-large',
        `Expected a job of at most ${this.options.bytes} bytes of memory but received one of ${bytes}`,
      )
    }
    signal?.throwIfAborted()
    if (this.#waiting.length > 0 || this.#used + bytes > this.options.bytes) await this.#wait(bytes, signal)
    else this.#used += bytes
    let held = bytes
    const keep = (most: number): void => {
      if (most >= held) return
      this.#used -= held - most
      held = most
      this.#admit()
    }
    try {
      return await job({ keep })
    } finally {
      keep(0)
    }
  }

  /** Resolves when the bytes are this job's. */
  #wait(bytes: number, signal?: AbortSignal): Promise<void> {
    const { queue, waitMs } = this.options
    if (this.#waiting.length >= queue) {
      throw new ImageError('busy', `${queue} pictures are waiting to be rendered already; try again`)
    }
    return new Promise((resolve, reject) => {
      const leave = (error: unknown): void => {
        const at = this.#waiting.indexOf(entry)
        if (at < 0) return
        this.#waiting.splice(at, 1)
        settle()
        reject(error)
        // Who stood behind may fit now.
        this.#admit()
      }
      const abort = (): void => leave(signal?.reason)
      const timer = setTimeout(
        () => leave(new ImageError('busy', `No memory became free within ${waitMs} ms; try again`)),
        waitMs,
      )
      const settle = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      const entry: Waiting = {
        bytes,
        start: () => {
          settle()
          resolve()
        },
      }
      signal?.addEventListener('abort', abort)
      this.#waiting.push(entry)
    })
  }

  /** Starts those at the head of the queue that fit. */
  #admit(): void {
    for (;;) {
      const next = this.#waiting[0]
      if (!next || this.#used + next.bytes > this.options.bytes) return
      this.#waiting.shift()
      this.#used += next.bytes
      next.start()
    }
  }
}

/** The budget of this isolate, used where a caller brings none. */
export const isolateBudget = new MemoryBudget()
