// One structured line per request, Server-Timing, and counters where Analytics Engine is bound.
// Neither holds queries, headers or bodies: no secret can slip in.
import type { Context as HonoContext, MiddlewareHandler } from 'hono'
import type { Config } from '../config/config'
import { rawPath } from '../params/address'
import { logLine, makeContext } from '../services/context'
import { Timings } from '../services/timings'
import { isBookmark } from '../store/store'
import type { AppEnv } from './request-context'

/** Opens the request's variables, and tells of the request once it is answered. */
export function observe(config: Config): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const requestId = requestIdOf(c.req.raw)
    const timings = new Timings()
    c.set('config', config)
    c.set('requestId', requestId)
    c.set('timings', timings)
    c.set('facts', {})
    c.set('context', openOnce(c, config))
    await next()
    // The answer of a cache or of fetch may be immutable.
    c.res.headers.set('Server-Timing', timings.header())
    tell(config, c.env, c.req.raw, c.res, c.var)
  }
}

/** Cloudflare's own name of the request, where there is one. */
export function requestIdOf({ headers }: Request): string {
  return headers.get('CF-Ray') ?? crypto.randomUUID()
}

function openOnce(c: HonoContext<AppEnv>, config: Config) {
  let opened: ReturnType<typeof makeContext> | undefined
  return () => {
    const bookmark = c.req.header('K-Bookmark')
    opened ??= makeContext(c.env, config, c.executionCtx, {
      signal: c.req.raw.signal,
      ...(bookmark !== undefined && isBookmark(bookmark) && { bookmark }),
    })
    return opened
  }
}

/** Writes the request's line, and counts it. */
export function tell(
  { observability }: Config,
  env: Env,
  { method, url }: Request,
  { status, headers }: Response,
  { requestId, timings, facts }: Pick<AppEnv['Variables'], 'requestId' | 'timings' | 'facts'>,
): void {
  const ms = Math.round(timings.total * 10) / 10
  const cache = headers.get('K-Cache-Status') ?? undefined
  if (observability.requestLog) {
    const path = rawPath(url).slice(0, 500)
    logLine('info', 'request', { id: requestId, method, path, status, ms, ...(cache && { cache }), ...facts })
  }
  env.ANALYTICS?.writeDataPoint({
    indexes: [String(facts.operation ?? 'other')],
    blobs: [method, String(status), cache ?? '', String(facts.format ?? ''), String(facts.edge ?? '')],
    doubles: [ms, Number(headers.get('Content-Length') ?? 0)],
  })
}
