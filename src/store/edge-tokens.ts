// Which answers of the edge cache are valid, in a cache that can't list its keys: tokens, which
// answers remember and writes change.
//
//   epoch            changed by each write seen in this data centre
//   path:{path}      changed by a write at that very path
//   tree:{prefix}    changed by a recursive delete or a purge of all below a prefix
//
// An answer whose epoch is the present one is valid. Otherwise its path and trees are compared.
// Tokens are read before the data that an answer is made of, and changed after a write is done but
// before it is answered.
//
// An isolate that has looked at the epoch trusts what it saw for a lease. A write therefore changes
// the tokens, then waits a lease out, then is answered: whoever looked before the change can't trust
// it any more. Both measure a duration by their own clock, from a moment that errs to the safe side:
// a reader from before its look, a writer from after its change. Clocks of a Worker stand still but at
// I/O, so a reader's is that of the request's arrival, which is what counts: a request that arrives
// after the write was answered looks anew.

/** Deeper prefixes share their ancestor's tree token. */
const TREE_DEPTH = 8

/** Tokens outlive every answer that remembers them; one that was evicted reads as NONE. */
const TOKEN_SECONDS = 30 * 86_400
const NONE = '0'

/** What a write waits over the lease: clocks are rounded to milliseconds. */
const MARGIN_MS = 5

interface Lease {
  readonly epoch: string
  /** Before the look: milliseconds since 1970. */
  readonly since: number
}

/** The tokens of one data centre, as one isolate sees them. */
export class EdgeTokens {
  readonly #cache: Cache
  readonly #base: string
  readonly #leaseMs: number
  #lease: Lease | null = null
  /** When the last look ahead began. */
  #ahead = 0

  /**
   * @param base URL below which tokens lie
   * @param leaseMs how long a look at the epoch is trusted; 0: every time is a look
   */
  constructor(cache: Cache, base: string, leaseMs: number) {
    this.#cache = cache
    this.#base = base
    this.#leaseMs = leaseMs
  }

  /** The epoch where it may be trusted without a look, else null. */
  trusted(): string | null {
    return this.#lease !== null && this.#age(this.#lease) < this.#leaseMs ? this.#lease.epoch : null
  }

  /** The epoch, trusted or looked at. */
  async epoch(): Promise<string> {
    return this.trusted() ?? (await this.look())
  }

  /** Work to do behind a hit, so that the next hit finds a lease: null where it is young enough. */
  lookAhead(): Promise<unknown> | null {
    if (this.#leaseMs === 0 || this.#lease === null) return null
    if (this.#age(this.#lease) * 2 < this.#leaseMs) return null
    const now = Date.now()
    // One look at a time; one that was cut off with its request hinders for a lease at most.
    if (Math.abs(now - this.#ahead) < this.#leaseMs) return null
    this.#ahead = now
    return this.look().finally(() => {
      this.#ahead = 0
    })
  }

  /** Tokens of a path and all of its prefixes. */
  async detail(path: string): Promise<string> {
    const segments = path.split('/')
    const names = [`path:${path}`, 'tree:']
    for (let depth = 1; depth <= Math.min(segments.length, TREE_DEPTH); depth++) {
      names.push(`tree:${segments.slice(0, depth).join('/')}`)
    }
    return (await Promise.all(names.map((name) => this.#token(name)))).join('.')
  }

  /** After a write at a path. When it returns, no isolate of this data centre trusts older tokens. */
  async renewPath(path: string): Promise<void> {
    await this.#renew(`path:${path}`)
  }

  /** The same for a path and everything below it; '' for everything. */
  async renewTree(prefix: string): Promise<void> {
    await this.#renew(`tree:${prefix.split('/').slice(0, TREE_DEPTH).join('/')}`)
  }

  /** The detail first: whoever sees the new epoch finds it changed. */
  async #renew(name: string): Promise<void> {
    await this.#change(name)
    await this.#change('epoch')
    this.#lease = null
    if (this.#leaseMs > 0) await scheduler.wait(this.#leaseMs + MARGIN_MS)
  }

  /** The epoch of this moment; from now on it is trusted for a lease. */
  async look(): Promise<string> {
    const known = this.#lease
    const since = Date.now()
    const epoch = await this.#token('epoch')
    // Of two looks at once, the one that ends last may have seen the older token.
    if (this.#lease === known) this.#lease = { epoch, since }
    return epoch
  }

  /** Infinite where the clock was set back. */
  #age({ since }: Lease): number {
    const age = Date.now() - since
    return age < 0 ? Infinity : age
  }

  async #token(name: string): Promise<string> {
    const found = await this.#cache.match(this.#url(name))
    return found ? await found.text() : NONE
  }

  async #change(name: string): Promise<void> {
    const headers = { 'Cache-Control': `public, max-age=${TOKEN_SECONDS}` }
    const token = crypto.randomUUID().slice(0, 13)
    await this.#cache.put(this.#url(name), new Response(token, { headers }))
  }

  #url(name: string): string {
    return `${this.#base}/tokens/${encodeURIComponent(name)}`
  }
}
