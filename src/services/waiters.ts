// Who waits for a job that several requests may share. While it waits for memory itself and all of them have
// hung up, it gives its place in the queue to others; once begun it is finished, for the next may ask for it.
import { ImageError } from '../image/error'

export class Waiters {
  #count = 0
  readonly #gone = new AbortController()

  /** Aborted when the last one has hung up. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** One more waits, until `signal` says that its client has hung up; without one, for good. */
  join(signal: AbortSignal | undefined): void {
    this.#count++
    const leave = (): void => {
      this.#count--
      if (this.#count === 0) this.#gone.abort(new ImageError('busy', 'Nobody waits for the picture any more'))
    }
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave, { once: true })
  }
}
