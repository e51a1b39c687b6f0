// What handlers know of a request beside Hono's own.
import type { Config } from '../config/config'
import type { Context } from '../services/context'
import type { Timings } from '../services/timings'

export interface Variables {
  config: Config
  /** Names the request in the log, and to a client whose request failed by our fault. */
  requestId: string
  timings: Timings
  /** The use cases' context, opened when it is first needed: an edge hit needs none. */
  context: () => Context
  /** Facts that the request's log line is to have. */
  facts: Record<string, string | number>
}

export interface AppEnv {
  Bindings: Env
  Variables: Variables
}
