// Whole answers in this data centre's Cache API, under keys that carry all that an answer depends on,
// and the hottest of them in the isolate's memory. Which of them are valid is told by tokens
// (edge-tokens.ts). Other data centres never see tokens of this one; there an answer's age alone bounds
// how stale it can be, see routes/edge.ts.
import { EdgeMemory } from './edge-memory'
import { EdgeTokens } from './edge-tokens'

/** Answers noted as valid per isolate. */
const MAX_NOTED = 2000

/** The one header that holds what the cache is not to interpret: JSON of `Meta`. */
const META = 'x-edge'

/** Changes with the form of what is stored, so that another release's answers are not found. */
const FORM = 2

const NOTHING = new Uint8Array(0)

/** What an answer is, without its body. */
export interface AnswerFacts {
  readonly status: 200 | 307
  /** As a client gets them, but for what the edge adds. */
  readonly headers: Headers
  /** Bytes of the body. */
  readonly size: number
  /** When it was made or found unchanged: milliseconds since 1970. */
  readonly storedAt: number
  /** What the log says of it. */
  readonly facts: LogFacts
}

export type LogFacts = Readonly<Record<string, string | number>>

/** An answer whose body is in memory; shared, so nobody may change it. */
export interface HeldAnswer extends AnswerFacts {
  readonly body: Uint8Array
  readonly tokens: Tokens
}

/** An answer as found. A stream must be used or cancelled. */
export interface EdgeAnswer extends AnswerFacts {
  readonly body: Uint8Array | ReadableStream<Uint8Array>
  readonly tokens: Tokens
}

/** What was valid when an answer's data was read. */
export interface Tokens {
  readonly epoch: string
  /** Of the path and all of its prefixes; read only where it is needed. */
  readonly detail: string | null
}

export interface Found {
  readonly answer: EdgeAnswer | null
  /** For `put`, should the answer have to be made. */
  readonly tokens: Tokens
}

/** Where an answer lies. */
export interface Place {
  readonly path: string
  readonly url: string
}

interface Meta {
  readonly status: 200 | 307
  readonly headers: [string, string][]
  readonly size: number
  readonly at: number
  readonly facts: LogFacts
  readonly tokens: Tokens
}

export interface EdgeCacheOptions {
  /** How long an isolate trusts a look at the epoch, which is what a write waits. */
  readonly leaseMs: number
  /** Bytes of answers that an isolate holds. */
  readonly memoryBytes: number
}

/** The edge cache as one isolate sees it. */
export class EdgeCache {
  readonly #cache: Cache
  readonly #base: string
  readonly #tokens: EdgeTokens
  readonly #memory: EdgeMemory
  /** Answers found valid: their URL, and the detail and epoch under which they were. */
  readonly #noted = new Map<string, string>()

  /** @param base URL below which keys lie; it carries the configuration's version */
  constructor(cache: Cache, base: string, { leaseMs, memoryBytes }: EdgeCacheOptions) {
    this.#cache = cache
    this.#base = `${base}/${FORM}`
    this.#tokens = new EdgeTokens(cache, this.#base, leaseMs)
    this.#memory = new EdgeMemory(memoryBytes)
  }

  /** @param key all that the answer depends on beside the path */
  place(path: string, key: string): Place {
    return { path, url: `${this.#base}/answers/${encodeURIComponent(path)}?${encodeURIComponent(key)}` }
  }

  /** A valid answer that is in memory, or null: at most one look at the cache, within a lease none. */
  async held({ url }: Place): Promise<HeldAnswer | null> {
    const answer = this.#memory.get(url)
    if (answer === null) return null
    const epoch = this.#tokens.trusted() ?? (await this.#tokens.look())
    return this.#isNoted(url, answer.tokens, epoch) ? answer : null
  }

  /** Work to do behind a hit, or null. */
  lookAhead(): Promise<unknown> | null {
    return this.#tokens.lookAhead()
  }

  /**
   * Finds a valid answer.
   * @param holdMs how old an answer may get in memory
   */
  async find(place: Place, holdMs: number): Promise<Found> {
    const { url } = place
    const [answer, epoch] = await Promise.all([
      this.#memory.get(url) ?? this.#match(url),
      this.#tokens.epoch(),
    ])
    if (!answer) return { answer: null, tokens: { epoch, detail: null } }
    const { detail: storedDetail } = answer.tokens
    if (this.#isNoted(url, answer.tokens, epoch)) {
      return { answer: await this.#hold(place, answer, holdMs), tokens: { epoch, detail: storedDetail } }
    }
    const detail = await this.#tokens.detail(place.path)
    if (detail === storedDetail) {
      if (this.#noted.size >= MAX_NOTED) this.#noted.clear()
      this.#noted.set(url, `${detail} ${epoch}`)
      return { answer: await this.#hold(place, answer, holdMs), tokens: { epoch, detail } }
    }
    this.#memory.delete(url)
    if (answer.body instanceof ReadableStream) await answer.body.cancel()
    return { answer: null, tokens: { epoch, detail } }
  }

  /** Completes the tokens; to be called before the data that an answer is made of is read. */
  async settle({ path }: Place, { epoch, detail }: Tokens): Promise<Tokens> {
    return { epoch, detail: detail ?? (await this.#tokens.detail(path)) }
  }

  /** Stores an answer for `seconds`. */
  async put(
    { url }: Place,
    tokens: Tokens,
    { status, headers, size, storedAt, facts }: AnswerFacts,
    body: BodyInit | null,
    seconds: number,
  ): Promise<void> {
    const meta: Meta = { status, headers: [...headers], size, at: storedAt, facts, tokens }
    const kept = {
      'Cache-Control': `public, max-age=${seconds}`,
      'Content-Length': String(size),
      [META]: JSON.stringify(meta),
    }
    // What memory holds is older.
    this.#memory.delete(url)
    await this.#cache.put(url, new Response(body, { headers: kept }))
  }

  /** After a write at a path: when it returns, no answer for it is found any more in this data centre. */
  async invalidatePath(path: string): Promise<void> {
    await this.#tokens.renewPath(path)
  }

  /** The same for a path and everything below it; '' for everything. */
  async invalidateTree(prefix: string): Promise<void> {
    await this.#tokens.renewTree(prefix)
  }

  #isNoted(url: string, { epoch: stored, detail }: Tokens, epoch: string): boolean {
    return stored === epoch || this.#noted.get(url) === `${detail} ${epoch}`
  }

  async #match(url: string): Promise<EdgeAnswer | null> {
    const found = await this.#cache.match(url)
    if (!found) return null
    const { headers, at, ...meta } = JSON.parse(found.headers.get(META)!) as Meta
    return { ...meta, headers: new Headers(headers), storedAt: at, body: found.body ?? NOTHING }
  }

  /** Takes a small answer into memory, where it is not there yet. */
  async #hold({ url }: Place, answer: EdgeAnswer, holdMs: number): Promise<EdgeAnswer> {
    const { body, size, storedAt } = answer
    const until = storedAt + holdMs
    if (body instanceof Uint8Array || !this.#memory.admits(size) || Date.now() >= until) return answer
    const bytes = new Uint8Array(await new Response(body).arrayBuffer())
    const held = { ...answer, body: bytes }
    this.#memory.set(url, held, until)
    return held
  }
}
