// How long the parts of an answer took, for Server-Timing (W3C Server Timing §3) and the log.

/** The parts, in the order in which they come. */
export const STEPS = [
  'resolve',
  'cache',
  'metadata',
  'wait',
  'object',
  'decode',
  'transform',
  'encode',
  'store',
] as const

export type Step = (typeof STEPS)[number]

/** Sums milliseconds by step. In production clocks stand still while only the CPU works. */
export class Timings {
  readonly #started = performance.now()
  readonly #spent = new Map<Step, number>()

  /** Runs `work` and counts its time. */
  async measure<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.add(step, performance.now() - start)
    }
  }

  add(step: Step, ms: number): void {
    this.#spent.set(step, (this.#spent.get(step) ?? 0) + ms)
  }

  addAll(spent: Readonly<Partial<Record<Step, number>>>): void {
    for (const step of STEPS) if (spent[step] !== undefined) this.add(step, spent[step])
  }

  /** Milliseconds since the request came. */
  get total(): number {
    return performance.now() - this.#started
  }

  /** `metadata;dur=1.2, object;dur=3.4, total;dur=5.0` */
  header(): string {
    const parts = STEPS.flatMap((step) => {
      const ms = this.#spent.get(step)
      return ms === undefined ? [] : [`${step};dur=${ms.toFixed(1)}`]
    })
    return [...parts, `total;dur=${this.total.toFixed(1)}`].join(', ')
  }
}
