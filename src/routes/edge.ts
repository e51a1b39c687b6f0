// Answers of GET and HEAD through this data centre's edge cache: what may be kept, for how long,
// and how it is brought up to date. Bounds are documented in docs/caching.md.
import type { Context as HonoContext } from 'hono'
import type { Config } from '../config/config'
import type { CacheControlSettings } from '../config/settings'
import type { AppEnv } from '../middleware/request-context'
import { behind } from '../services/context'
import { EdgeCache, makeEdgeMemory, type Tokens } from '../store/edge-cache'
import type { Answer } from './answer'
import type { ByteRange } from './range'

const STORED_AT = 'x-edge-stored-at'
const OWN_CACHE_CONTROL = 'x-edge-cache-control'

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
export function openEdge(c: HonoContext<AppEnv>): EdgeCache {
  const { config } = c.var
  let edge = edges.get(config)
  if (!edge) {
    const base = `${config.http.publicUrl}/.edge/${config.version}`
    edge = new EdgeCache(caches.default, base, makeEdgeMemory(), config.edgeCache.checkEvery)
    edges.set(config, edge)
  }
  return edge
}

const edges = new WeakMap<Config, EdgeCache>()
const refreshing = new Set<string>()

/**
 * Answers from the edge, or by `make`, and keeps what was made.
 *
 * @param key all that the answer depends on beside the path and the configuration
 * @param make reads D1, and R2 no sooner than the body is opened
 */
export async function throughEdge(
  c: HonoContext<AppEnv>,
  path: string,
  key: string,
  make: () => Promise<Answer>,
): Promise<Answer> {
  const { config, timings, facts } = c.var
  const lifetime = lifetimeOf(config.settingsFor(path).cacheControl, config.edgeCache.revalidateAfter)
  if (!config.edgeCache.enabled || lifetime === null || key.length > MAX_KEY) return make()
  // It was promised to see its own write, which another data centre may have taken.
  if (c.req.header('K-Bookmark') !== undefined) return make()
  const edge = openEdge(c)
  const { answer: found, tokens } = await timings.measure('cache', () => edge.find(path, key))
  const place = { edge, path, key, tokens, lifetime }
  if (found === null) {
    facts.edge = 'miss'
    return keeping(c, place, await settled(place, make))
  }
  const storedAt = Number(found.headers.get(STORED_AT))
  const age = Date.now() - storedAt
  if (age < lifetime.freshMs) {
    facts.edge = 'hit'
    return kept(found, age)
  }
  if (age < lifetime.freshMs + lifetime.staleMs) {
    facts.edge = 'stale'
    refreshBehind(c, place, make)
    return kept(found, age)
  }
  const made = await settled(place, make)
  if (made.headers.get('ETag') !== found.headers.get('ETag')) {
    await found.body?.cancel()
    facts.edge = 'changed'
    return keeping(c, place, made)
  }
  facts.edge = 'revalidated'
  await made.discard?.()
  return keeping(c, place, kept(found, 0))
}

interface Place {
  readonly edge: EdgeCache
  readonly path: string
  readonly key: string
  tokens: Tokens
  readonly lifetime: Lifetime
}

/** Tokens first, then the data: a write in between makes the answer unreachable. */
async function settled(place: Place, make: () => Promise<Answer>): Promise<Answer> {
  place.tokens = await place.edge.settle(place.path, place.tokens)
  return make()
}

/** An answer of the edge, without what only the edge knows. */
function kept(found: Response, ageMs: number): Answer {
  const headers = new Headers(found.headers)
  const size = Number(headers.get('Content-Length'))
  const control = headers.get(OWN_CACHE_CONTROL)
  for (const name of [...headers.keys()])
    if (/^(x-edge-|cf-|age$|server-timing$|date$)/.test(name)) headers.delete(name)
  if (control !== null) headers.set('Cache-Control', control)
  headers.set('K-Cache-Status', 'hit')
  headers.set('Age', String(Math.max(0, Math.floor(ageMs / 1000))))
  return {
    status: 200,
    headers,
    size,
    ranges: headers.get('Accept-Ranges') === 'bytes',
    body: async (range) =>
      range === null ? found.body : withLength(slice(found.body!, range), range.length),
    discard: async () => found.body?.cancel(),
  }
}

/** Lets an answer through, and a copy of its whole body into the cache. */
function keeping(c: HonoContext<AppEnv>, place: Place, answer: Answer): Answer {
  if (answer.status !== 200) return answer
  const storedAt = Date.now()
  // A second request may need R2 or not: only what is sent whole is copied.
  return {
    ...answer,
    async body(range) {
      const body = await answer.body(range)
      if (range !== null || body === null) return body
      if (!(body instanceof ReadableStream)) {
        keepBehind(c, place, answer, body, storedAt)
        return body
      }
      const [own, copy] = body.tee()
      keepBehind(c, place, answer, copy, storedAt)
      return withLength(own, answer.size)
    },
  }
}

function keepBehind(c: HonoContext<AppEnv>, place: Place, answer: Answer, body: BodyInit, storedAt: number) {
  const { edge, path, key, tokens, lifetime } = place
  const headers = new Headers(answer.headers)
  headers.delete('Age')
  headers.set(STORED_AT, String(storedAt))
  headers.set(OWN_CACHE_CONTROL, headers.get('Cache-Control') ?? '')
  headers.set('Content-Length', String(answer.size))
  const seconds = Math.ceil(lifetime.keepMs / 1000)
  behind(c.var.context(), 'answer not kept at the edge', async () => {
    const sized = body instanceof ReadableStream ? withLength(body, answer.size) : body
    await edge.put(path, key, tokens, new Response(sized, { headers }), seconds)
  })
}

/** A stream of known length: the cache needs it, and clients get a Content-Length. */
function withLength(stream: ReadableStream, size: number): ReadableStream {
  const { readable, writable } = new FixedLengthStream(size)
  // What goes wrong here also fails the reader's side, and is reported there.
  stream.pipeTo(writable).catch(() => {})
  return readable
}

function refreshBehind(c: HonoContext<AppEnv>, place: Place, make: () => Promise<Answer>): void {
  const id = `${place.path}\n${place.key}`
  if (refreshing.has(id)) return
  refreshing.add(id)
  behind(c.var.context(), 'answer not brought up to date', async () => {
    try {
      const answer = await settled(place, make)
      if (answer.status !== 200) return await answer.discard?.()
      const body = await answer.body(null)
      if (body !== null) keepBehind(c, place, answer, body, Date.now())
    } finally {
      refreshing.delete(id)
    }
  })
}

/** A part of a stream that is only available whole. */
function slice(
  stream: ReadableStream<Uint8Array>,
  { offset, length }: ByteRange,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  let skip = offset
  let left = length
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        const part = value.subarray(skip, skip + left)
        skip -= Math.min(skip, value.length)
        if (part.length === 0) continue
        left -= part.length
        controller.enqueue(part)
        if (left === 0) {
          controller.close()
          await reader.cancel()
        }
        return
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
