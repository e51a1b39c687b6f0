// What every use case works with. Tests give their own clock, fetch, D1 and R2.
import type { Config } from '../config/config'
import { type Buckets, makeBuckets } from '../store/objects'
import { openStore, type Reads, type Store } from '../store/store'

// Renders leave the event loop to whoever came.
export { requestCame } from '../image/breathe'

export type LogLevel = 'info' | 'warn' | 'error'

/** One structured line: what happened, and its facts. No secrets. */
export type Log = (level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>) => void

export interface Context {
  readonly env: Env
  readonly config: Config
  readonly store: Store
  readonly buckets: Buckets
  /** Work that goes on behind the answer. */
  waitUntil(work: Promise<unknown>): void
  /** Milliseconds since 1970. */
  now(): number
  readonly fetch: typeof fetch
  readonly log: Log
  /** Aborted when the client hangs up. */
  readonly signal?: AbortSignal
}

/**
 * The context of one request, message or cron run.
 * @param options.reads instead of the configuration's: work behind answers must see every write
 * @param options.bookmark what the client sent back of an earlier answer, checked by `isBookmark`
 */
export function makeContext(
  env: Env,
  config: Config,
  execution: Pick<ExecutionContext, 'waitUntil'>,
  options: { signal?: AbortSignal; bookmark?: string; log?: Log; reads?: Reads } = {},
): Context {
  return {
    env,
    config,
    store: openStore(env.DB, options.reads ?? config.database.reads, options.bookmark),
    buckets: makeBuckets(env, config.buckets),
    waitUntil: (work) => execution.waitUntil(work),
    now: () => Date.now(),
    fetch: (input, init) => fetch(input, init),
    log: options.log ?? logLine,
    ...(options.signal && { signal: options.signal }),
  }
}

/** Writes one line of JSON to the Worker's log. */
export function logLine(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
  console[level](JSON.stringify({ event, ...facts }))
}

/** An error as it may stand in the log. */
export function errorFacts(error: unknown): Record<string, unknown> {
  return error instanceof Error
    ? { error: error.name, message: error.message, stack: error.stack }
    : { error: String(error) }
}

/** Runs work behind the answer; what fails there is logged, for nobody else hears of it. */
export function behind(context: Context, event: string, work: () => Promise<unknown>): void {
  context.waitUntil(work().catch((error: unknown) => context.log('error', event, errorFacts(error))))
}
