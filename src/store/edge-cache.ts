// Whole answers in this data centre's Cache API, under keys that carry all that an answer depends
// on. A write can't list those keys, so it changes tokens that every answer remembers:
//
//   epoch            changed by each write seen in this data centre
//   path:{path}      changed by a write at that very path
//   tree:{prefix}    changed by a recursive delete or a purge of all below a prefix
//
// An answer whose epoch is the present one is valid: two lookups, side by side. Otherwise its
// path and trees are compared, and where they are as they were this isolate notes that the answer
// is valid under the new epoch too. Tokens are read before the data that an answer is made of, and
// changed after a write is done but before it is answered: so a stale answer can't be found by
// anyone who knows of the write. Other data centres never see tokens of this one; there an
// answer's age alone bounds how stale it can be (`freshUntil`, see services/edge-answers.ts).

/** Deeper prefixes share their ancestor's tree token. */
const TREE_DEPTH = 8

/** Tokens outlive every answer that remembers them; one that was evicted reads as NONE. */
const TOKEN_SECONDS = 30 * 86_400
const NONE = '0'

/** Answers noted as valid per isolate. */
const MAX_NOTED = 2000

const TOKENS = 'x-edge-tokens'

/** What was valid when an answer's data was read. */
export interface Tokens {
  readonly epoch: string
  /** Of the path and all of its prefixes; read only where it is needed. */
  readonly detail: string | null
}

export interface Found {
  /** The stored answer, or null. Its body must be used or cancelled. */
  readonly answer: Response | null
  /** For `put`, should the answer have to be made. */
  readonly tokens: Tokens
}

/** What an isolate remembers between requests. */
export interface EdgeMemory {
  /** Answers found valid under an epoch. */
  readonly noted: Map<string, string>
  epoch: { readonly token: string; readonly at: number } | null
}

export function makeEdgeMemory(): EdgeMemory {
  return { noted: new Map(), epoch: null }
}

export class EdgeCache {
  readonly #cache: Cache
  readonly #base: string
  readonly #memory: EdgeMemory
  readonly #checkEveryMs: number

  /**
   * @param base URL below which keys lie; it carries the configuration's version
   * @param memory what this isolate knows; shared by the instances of one base
   * @param checkEveryMs how old the isolate's knowledge of the epoch may be; 0: every find looks
   */
  constructor(cache: Cache, base: string, memory = makeEdgeMemory(), checkEveryMs = 0) {
    this.#cache = cache
    this.#base = base
    this.#memory = memory
    this.#checkEveryMs = checkEveryMs
  }

  /** Finds a valid answer. `headers` may carry a Range, which the cache then serves as 206. */
  async find(path: string, key: string, headers: HeadersInit = {}): Promise<Found> {
    const url = this.#answerUrl(path, key)
    const [answer, epoch] = await Promise.all([
      this.#cache.match(new Request(url, { headers })),
      this.#epoch(),
    ])
    if (!answer) return { answer: null, tokens: { epoch, detail: null } }
    const [storedEpoch, storedDetail] = (answer.headers.get(TOKENS) ?? '').split(' ')
    const note = `${storedDetail} ${epoch}`
    if (storedEpoch === epoch || this.#memory.noted.get(url) === note) {
      return { answer, tokens: { epoch, detail: storedDetail ?? null } }
    }
    const detail = await this.#detail(path)
    if (detail === storedDetail) {
      const { noted } = this.#memory
      if (noted.size >= MAX_NOTED) noted.clear()
      noted.set(url, note)
      return { answer, tokens: { epoch, detail } }
    }
    await answer.body?.cancel()
    return { answer: null, tokens: { epoch, detail } }
  }

  /** Completes the tokens; to be called before the data that an answer is made of is read. */
  async settle(path: string, tokens: Tokens): Promise<Tokens> {
    return { epoch: tokens.epoch, detail: tokens.detail ?? (await this.#detail(path)) }
  }

  /** Stores a copy of an answer for `seconds`. Its own Cache-Control must be kept by the caller. */
  async put(path: string, key: string, tokens: Tokens, answer: Response, seconds: number): Promise<void> {
    const copy = new Response(answer.body, answer)
    copy.headers.set(TOKENS, `${tokens.epoch} ${tokens.detail ?? ''}`)
    copy.headers.set('Cache-Control', `public, max-age=${seconds}`)
    await this.#cache.put(this.#answerUrl(path, key), copy)
  }

  /** After a write at a path: no answer for it is found any more in this data centre. */
  async invalidatePath(path: string): Promise<void> {
    await this.#renew(`path:${path}`)
    await this.#renewEpoch()
  }

  /** The same for a path and everything below it; '' for everything. */
  async invalidateTree(prefix: string): Promise<void> {
    await this.#renew(`tree:${prefix.split('/').slice(0, TREE_DEPTH).join('/')}`)
    await this.#renewEpoch()
  }

  async #epoch(): Promise<string> {
    const known = this.#memory.epoch
    if (known !== null && Date.now() - known.at < this.#checkEveryMs) return known.token
    const at = Date.now()
    const token = await this.#token('epoch')
    // A write of this isolate that came meanwhile knows better.
    if (this.#memory.epoch === known) this.#memory.epoch = { token, at }
    return token
  }

  async #renewEpoch(): Promise<void> {
    const token = await this.#renew('epoch')
    this.#memory.epoch = { token, at: Date.now() }
  }

  async #detail(path: string): Promise<string> {
    const segments = path.split('/')
    const names = [`path:${path}`, 'tree:']
    for (let depth = 1; depth <= Math.min(segments.length, TREE_DEPTH); depth++) {
      names.push(`tree:${segments.slice(0, depth).join('/')}`)
    }
    return (await Promise.all(names.map((name) => this.#token(name)))).join('.')
  }

  async #token(name: string): Promise<string> {
    const found = await this.#cache.match(this.#tokenUrl(name))
    return found ? await found.text() : NONE
  }

  async #renew(name: string): Promise<string> {
    const headers = { 'Cache-Control': `public, max-age=${TOKEN_SECONDS}` }
    const token = crypto.randomUUID().slice(0, 13)
    await this.#cache.put(this.#tokenUrl(name), new Response(token, { headers }))
    return token
  }

  #answerUrl(path: string, key: string): string {
    return `${this.#base}/answers/${encodeURIComponent(path)}?${encodeURIComponent(key)}`
  }

  #tokenUrl(name: string): string {
    return `${this.#base}/tokens/${encodeURIComponent(name)}`
  }
}
