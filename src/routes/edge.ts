// Answers of GET and HEAD through this data centre's edge cache: what may be kept, for how long,
// and how it is brought up to date. Bounds are documented in docs/caching.md.
import type { Context as HonoContext } from 'hono'
import type { Config } from '../config/config'
import type { CacheControlSettings } from '../config/settings'
import type { AppEnv } from '../middleware/request-context'
import { bodyOf, withLength } from '../services/body'
import { behind } from '../services/context'
import { EdgeCache, type Place, type Tokens } from '../store/edge-cache'
import type { Answer, Body } from './answer'
import { edgeAnswer } from './edge-answer'
import { remember } from './known-requests'

/** A longer key is not worth its lookups, and would be refused. */
const MAX_KEY = 6000

/** How long an answer may be served from the edge, in milliseconds. */
interface Lifetime {
  /** Served as it is. */
  readonly freshMs: number
  /** Then served once more while it is brought up to date. */
  readonly staleMs: number
  /** Its body is kept so long, for answers that turn out to be unchanged. */
  readonly keepMs: number
}

/** null where a shared cache must not or need not keep the path's answers. */
export function lifetimeOf(settings: CacheControlSettings, revalidateAfterMs: number): Lifetime | null {
  const { enabled, visibility, revalidate, maxAge, sMaxage, staleWhileRevalidate } = settings
  if (!enabled || visibility === 'private' || revalidate === 'no-cache') return null
  const ttl = (sMaxage ?? maxAge ?? 0) * 1000
  if (ttl <= 0) return null
  const staleMs = (staleWhileRevalidate ?? 0) * 1000
  return { freshMs: Math.min(ttl, revalidateAfterMs), staleMs, keepMs: ttl + staleMs }
}

/** The edge cache of a configuration; answers under another one are not found. */
export function edgeOf(config: Config): EdgeCache {
  let edge = edges.get(config)
  if (!edge) {
    const base = `${config.http.publicUrl}/.edge/${config.version}`
    const { checkEvery: leaseMs, memoryBytes } = config.edgeCache
    edges.set(config, (edge = new EdgeCache(caches.default, base, { leaseMs, memoryBytes })))
  }
  return edge
}

const edges = new WeakMap<Config, EdgeCache>()
const refreshing = new Set<string>()

/** What an answer is kept by. */
export interface Keeping {
  readonly path: string
  /** All that the answer depends on beside the path and the configuration. */
  readonly key: string
  readonly cacheControl: CacheControlSettings
}

/**
 * Answers from the edge, or by `make`, and keeps what was made.
 * @param make reads D1, and R2 no sooner than the body is opened
 */
export async function throughEdge(
  c: HonoContext<AppEnv>,
  { path, key, cacheControl }: Keeping,
  make: () => Promise<Answer>,
): Promise<Answer> {
  const { config, timings, facts } = c.var
  const lifetime = lifetimeOf(cacheControl, config.edgeCache.revalidateAfter)
  if (!config.edgeCache.enabled || lifetime === null || key.length > MAX_KEY) return make()
  // It was promised to see its own write, which another data centre may have taken.
  if (c.req.header('K-Bookmark') !== undefined) return make()
  const edge = edgeOf(config)
  const where = edge.place(path, key)
  const { answer: found, tokens } = await timings.measure('cache', () => edge.find(where, lifetime.freshMs))
  const place = { edge, where, tokens, lifetime }
  if (found === null) {
    facts.edge = 'miss'
    return keeping(c, place, await settled(place, make))
  }
  const age = Date.now() - found.storedAt
  if (age < lifetime.freshMs + lifetime.staleMs) {
    Object.assign(facts, found.facts)
    facts.edge = age < lifetime.freshMs ? 'hit' : 'stale'
    if (facts.edge === 'stale') refreshBehind(c, place, make)
    else if (found.body instanceof Uint8Array) remember(config, c.req.raw, where)
    return edgeAnswer(found, age)
  }
  const made = await settled(place, make)
  const etag = made.headers.get('ETag')
  if (etag === null || etag !== found.headers.get('ETag')) {
    if (found.body instanceof ReadableStream) await found.body.cancel()
    facts.edge = 'changed'
    return keeping(c, place, made)
  }
  facts.edge = 'revalidated'
  await made.discard?.()
  return keeping(c, place, edgeAnswer(found, 0))
}

interface Kept {
  readonly edge: EdgeCache
  readonly where: Place
  tokens: Tokens
  readonly lifetime: Lifetime
}

/** Tokens first, then the data: a write in between makes the answer unreachable. */
async function settled(place: Kept, make: () => Promise<Answer>): Promise<Answer> {
  place.tokens = await place.edge.settle(place.where, place.tokens)
  return make()
}

/** Lets an answer through, and a copy of its whole body into the cache: of one that has a length. */
function keeping(c: HonoContext<AppEnv>, place: Kept, answer: Answer): Answer {
  const { size } = answer
  if (size === null) return answer
  const storedAt = Date.now()
  // A second request may need R2 or not: only what is sent whole is copied.
  return {
    ...answer,
    async body(range) {
      const body = await answer.body(range)
      if (range !== null) return body
      if (!(body instanceof ReadableStream)) {
        keepBehind(c, place, { ...answer, size }, body, storedAt)
        return body
      }
      const [own, copy] = body.tee()
      keepBehind(c, place, { ...answer, size }, copy, storedAt)
      return withLength(own, size)
    },
  }
}

/** Facts of the log that belong to the answer, not to the request. */
const OF_ANSWER = ['operation', 'entry', 'format']

function keepBehind(
  c: HonoContext<AppEnv>,
  place: Kept,
  answer: Answer & { readonly size: number },
  body: Body,
  storedAt: number,
) {
  const { edge, where, tokens, lifetime } = place
  const headers = new Headers(answer.headers)
  for (const name of ['Age', 'K-Cache-Status', 'Content-Length']) headers.delete(name)
  const facts = Object.fromEntries(Object.entries(c.var.facts).filter(([name]) => OF_ANSWER.includes(name)))
  const about = { status: answer.status, headers, size: answer.size, storedAt, facts }
  const seconds = Math.ceil(lifetime.keepMs / 1000)
  behind(c.var.context(), 'answer not kept at the edge', async () => {
    const sized = body instanceof ReadableStream ? withLength(body, answer.size) : body
    await edge.put(where, tokens, about, Array.isArray(sized) ? bodyOf(sized) : sized, seconds)
  })
}

function refreshBehind(c: HonoContext<AppEnv>, place: Kept, make: () => Promise<Answer>): void {
  const id = place.where.url
  if (refreshing.has(id)) return
  refreshing.add(id)
  behind(c.var.context(), 'answer not brought up to date', async () => {
    try {
      const answer = await settled(place, make)
      const { size } = answer
      if (size === null) return
      keepBehind(c, place, { ...answer, size }, await answer.body(null), Date.now())
    } finally {
      refreshing.delete(id)
    }
  })
}
