// Random operations through the whole service, several at once, on two isolates of a data centre, with
// faults and deaths at random around every call to D1 and R2. Proved all along: nobody is shown what a
// write has replaced, and nothing fails without a fault. Proved in the end: every visible variant has its
// object, and, after the sweeps, every object its row; nothing outlives its asset; no entry id came twice.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { makeApp } from '../src/app'
import { parseConfig } from '../src/config/config'
import type { ConfigInput } from '../src/config/schema'
import { makeContext } from '../src/services/context'
import { consumeEagerMessages, type EagerMessage } from '../src/services/eager-variants'
import { STALE_UPLOAD_MS, sweep } from '../src/services/sweep'
import { LONGEST_WAIT_MS } from '../src/store/outbox'
import { faultyStorage, picture, rowsOf } from './services/support'
import { makeRandom } from './support/random'

const SEEDS = [2026, 7, 40_000]
const OPERATIONS = 1200
const AT_ONCE = 8
const PATHS = ['kept/a', 'kept/a/b', 'kept/a/b/c', 'kept/a1', 'ttl/a', 'idle/a', 'eager/a']
const MINUTE = 60_000

const cacheControl = { enabled: true, maxAge: '1h', staleWhileRevalidate: '1m' } as const
const input: ConfigInput = {
  auth: { mode: 'open' },
  buckets: { assets: 'ASSETS', private: 'PRIVATE' },
  observability: { requestLog: false },
  variantProfiles: { tiny: { w: 2, format: 'webp' }, turned: { r: 90, format: 'jpg' } },
  paths: {
    '/kept': { cacheControl: { ...cacheControl, staleWhileRevalidate: undefined } },
    '/ttl': { transform: { expire: { strategy: 'ttl', ttl: '8m' } }, cacheControl },
    '/idle': { transform: { expire: { strategy: 'idle', ttl: '12m' } }, objectStore: { bucket: 'private' } },
    '/eager': { transform: { eagerVariants: ['tiny', 'turned'] } },
  },
}
/** Two isolates: each has its own memory, both have one cache. */
const configs = [parseConfig(input, { ...env }), parseConfig(input, { ...env })]
const apps = configs.map(makeApp)
const png = await picture('png')

beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE given (path TEXT, entry_id INTEGER, PRIMARY KEY (path, entry_id))'),
    // A second time would fail on the key.
    env.DB.prepare(`CREATE TRIGGER given_once AFTER INSERT ON assets BEGIN
      INSERT INTO given VALUES (new.path, new.entry_id); END`),
  ])
})
afterEach(() => vi.restoreAllMocks())

/** Seeded choices. */
function makeDice(seed: number) {
  const next = makeRandom(seed)
  const below = (n: number) => next() % n
  return {
    seed: next,
    below,
    chance: (share: number) => next() / 2 ** 32 < share,
    one: <T>(list: readonly T[]): T => list[below(list.length)]!,
  }
}

/** One run of the service: a request, a message, the cron. Its choices do not depend on what runs beside it. */
interface Run extends ReturnType<typeof makeDice> {
  readonly isolate: 0 | 1
  readonly bindings: Env
  readonly execution: ExecutionContext
  faults: number
}

it.each(SEEDS.map((seed, n) => [seed, n] as const))(
  `holds after ${OPERATIONS} operations (seed %i)`,
  async (seed, year) => {
    const dice = makeDice(seed)
    // Each seed a year later: what one leaves is old for the next.
    let time = Date.UTC(2026 + year, 1, 12)
    vi.spyOn(Date, 'now').mockImplementation(() => time)
    const logged: string[] = []
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line: string) => void logged.push(JSON.parse(line).event))
    }
    const queue: { body: EagerMessage; attempts: number }[] = []
    const seen = { edge: 0, generated: 0, queued: 0, expired: 0 }
    let alts = 0
    /** Paths that writes of this round went to. */
    const written = new Set<string>()
    const writtenTo = (path: string): string => {
      written.add(path)
      return path
    }

    function open(calm = false): Run {
      const own = makeDice(dice.seed())
      // One in twenty dies: from some call on nothing that it does has an effect.
      let left = own.chance(0.05) ? own.below(8) : Infinity
      const fault = () => {
        if (calm || !(left-- <= 0 || own.chance(0.03))) return
        run.faults++
        throw new Error('injected fault')
      }
      const VARIANTS = {
        send: async (body: EagerMessage) => {
          fault()
          queue.push({ body, attempts: 1 })
          // At least once.
          if (own.chance(0.2)) queue.push({ body, attempts: 1 })
        },
      }
      const storage = faultyStorage({ before: fault, after: fault })
      const bindings = { ...env, ...storage, VARIANTS } as unknown as Env
      const execution = createExecutionContext()
      const run: Run = { ...own, isolate: own.below(2) as 0 | 1, bindings, execution, faults: 0 }
      return run
    }

    async function ask(run: Run, url: string, init: RequestInit = {}, also: number[] = []) {
      const request = new Request(`http://localhost:8787/assets/${url}`, init)
      const response = await apps[run.isolate]!.fetch(request, run.bindings, run.execution)
      const { status, headers } = response
      const body = await response.arrayBuffer()
      if (status >= 500) return response
      expect([200, ...also], `${init.method ?? 'GET'} ${url}`).toContain(status)
      if (status === 200 && init.method === undefined) {
        expect(body.byteLength).toBe(Number(headers.get('Content-Length')))
      }
      if (headers.has('Age')) seen.edge++
      if (headers.get('K-Cache-Status') === 'miss') seen.generated++
      return response
    }

    const contextOf = ({ bindings, isolate, execution }: Run) =>
      makeContext(bindings, configs[isolate]!, execution, { reads: 'primary' })

    /** What may be asked of the service, each as likely as it stands here. */
    const operations: Record<string, (run: Run) => Promise<Response | undefined>> = {
      store(run) {
        const body = new FormData()
        const metadata = { alt: `${alts++}`, labels: { n: `${run.below(3)}` }, tags: ['t'] }
        body.append('metadata', JSON.stringify(metadata))
        body.append('asset', new Blob([png.subarray(0, run.chance(0.1) ? 20 : png.length)]), 'x')
        return ask(run, writtenTo(run.one(PATHS)), { method: 'POST', body }, [201, 400])
      },
      storeMore: (run) => operations.store!(run),
      content(run) {
        const { one } = run
        const asked = one([
          '',
          '?w=1',
          '?w=2',
          '?w=3&format=webp',
          '?profile=tiny',
          '?n=1',
          '?r=90&format=jpg',
        ])
        const selector = one(['', 'new/', 'modified/', `entry/${run.below(30)}/`])
        const format = one(['content', 'content', 'download', 'redirect'])
        const url = `${one(PATHS)}/-/${selector}${format}${asked}`
        if (run.chance(0.15)) return ask(run, url, { method: 'HEAD' }, [404])
        return ask(run, url, { headers: run.chance(0.1) ? { Range: 'bytes=2-9' } : {} }, [206, 404])
      },
      contentMore: (run) => operations.content!(run),
      contentEvenMore: (run) => operations.content!(run),
      link: (run) => ask(run, `${run.one(PATHS)}?w=${1 + run.below(4)}`, {}, [404]),
      info: (run) => ask(run, `${run.one(PATHS)}/-/info?limit=${run.one([1, 3, -1])}`, {}, [404]),
      update(run) {
        const metadata = { alt: `${alts++}`, labels: { n: `${run.below(3)}` } }
        const headers = { 'Content-Type': 'application/json' }
        const put = { method: 'PUT', body: JSON.stringify(metadata), headers }
        return ask(run, `${writtenTo(run.one(PATHS))}/-/entry/${run.below(20)}`, put, [404])
      },
      updateMore: (run) => operations.update!(run),
      deleteEntry(run) {
        const url = `${writtenTo(run.one(PATHS))}/-/entry/${run.below(60)}`
        return ask(run, url, { method: 'DELETE' }, [204])
      },
      deleteFirst(run) {
        const label = run.chance(0.5) ? '' : `?n=${run.below(3)}`
        const url = `${writtenTo(run.one(PATHS))}/-/${run.one(['new', 'modified'])}${label}`
        return ask(run, url, { method: 'DELETE' }, [204])
      },
      async deleteTree(run) {
        if (!run.chance(0.1)) return undefined
        const top = run.one(['kept/a', 'idle'])
        for (const path of PATHS) if (path === top || path.startsWith(`${top}/`)) written.add(path)
        return ask(run, `${top}/-/recursive`, { method: 'DELETE' }, [204])
      },
      async purge(run) {
        const what = run.one([{ path: run.one(PATHS) }, { prefix: 'kept' }, { everything: true }])
        const init = { method: 'POST', body: JSON.stringify(what) }
        const request = new Request('http://localhost:8787/purge', init)
        return apps[run.isolate]!.fetch(request, run.bindings, run.execution)
      },
      async deliver(run) {
        const [message] = queue.splice(run.below(queue.length || 1), 1)
        if (!message) return undefined
        const ack = () => void seen.queued++
        const attempts = message.attempts + 1
        // After the last attempt it goes to the dead-letter queue.
        const retry = () => void (attempts <= 6 && queue.push({ ...message, attempts }))
        const delivered = { ...message, id: '', timestamp: new Date(), ack, retry }
        await consumeEagerMessages(contextOf(run), { messages: [delivered] })
        return undefined
      },
      deliverMore: (run) => operations.deliver!(run),
      async sweep(run) {
        seen.expired += (await sweep(contextOf(run))).expired
        return undefined
      },
    }
    const names = Object.keys(operations)

    /** Both isolates show what D1 has. */
    async function expectNothingStale(path: string): Promise<void> {
      const newest = 'SELECT alt FROM assets WHERE path = ? ORDER BY entry_id DESC LIMIT 1'
      const row = await env.DB.prepare(newest).bind(path).first<{ alt: string }>()
      for (const isolate of [0, 1] as const) {
        const run = { ...open(true), isolate }
        const { status, headers } = await ask(run, `${path}/-/content`, {}, [404])
        await waitOnExecutionContext(run.execution)
        expect([status, headers.get('K-Alt')], path).toEqual(row ? [200, row.alt] : [404, null])
      }
    }

    let faults = 0
    for (let done = 0; done < OPERATIONS; done += AT_ONCE) {
      time += dice.chance(0.8) ? dice.below(3000) : dice.below(10 * MINUTE)
      written.clear()
      const runs = Array.from({ length: AT_ONCE }, () => ({ run: open(), name: dice.one(names) }))
      const answers = await Promise.all(runs.map(({ run, name }) => operations[name]!(run)))
      await Promise.all(runs.map(({ run }) => waitOnExecutionContext(run.execution)))
      faults += runs.reduce((sum, { run }) => sum + run.faults, 0)
      // What fails has met a fault: its own, or that of whoever made the same variant.
      const makes = (name: string) => /content|link|deliver/i.test(name)
      const shared = runs.some(({ run, name }) => run.faults > 0 && makes(name))
      for (const [n, { run, name }] of runs.entries()) {
        if (run.faults > 0 || (shared && makes(name))) continue
        expect(answers[n]?.status ?? 200, name).toBeLessThan(500)
      }
      for (const path of written) await expectNothingStale(path)
    }
    expect(faults).toBeGreaterThan(OPERATIONS / 20)
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(OPERATIONS / 200)

    await expectObjects()
    const calm = contextOf(open(true))
    logged.length = 0
    for (const wait of [STALE_UPLOAD_MS + 1, LONGEST_WAIT_MS]) {
      time += wait
      await sweep(calm)
    }
    expect(logged.filter((event) => event !== 'swept')).toEqual([])
    await expectNoRemains(time)
  },
  120_000,
)

/** Bytes of all objects by their keys. */
async function objects(): Promise<Map<string, number>> {
  const all = new Map<string, number>()
  for (const bucket of [env.ASSETS, env.PRIVATE]) {
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await bucket.list(cursor === undefined ? {} : { cursor })
      for (const object of page.objects) all.set(object.key, object.size)
      more = page.truncated
      cursor = page.truncated ? page.cursor : undefined
    }
  }
  return all
}

/** Every visible variant has its object, with its size: those of assets that are there. */
async function expectObjects(): Promise<void> {
  const visible = (await env.DB.prepare(
    'SELECT v.key, v.size FROM variants v JOIN assets a ON a.id = v.asset_id',
  ).all()) as D1Result<{ key: string; size: number }>
  const there = await objects()
  expect(visible.results.length).toBeGreaterThan(20)
  for (const { key, size } of visible.results) expect(there.get(key), key).toBe(size)
}

/** What there is once all has been swept: objects and rows of the assets that are left, and no more. */
async function expectNoRemains(time: number): Promise<void> {
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
  const variants = await rowsOf('variants')
  const assets = await rowsOf('assets')
  expect(assets.length).toBeGreaterThan(10)
  expect(variants.length).toBeGreaterThan(assets.length)
  expect(await objects()).toEqual(new Map(variants.map((row) => [row.key, row.size])))
  expect(variants.filter((row) => row.expires_at !== null && (row.expires_at as number) <= time)).toEqual([])
  // Every asset still has its original, and nothing hangs on an asset that is gone.
  const originals = variants.filter((row) => row.canonical_key === '').map((row) => row.asset_id)
  expect(originals.sort()).toEqual(assets.map((row) => row.id).sort())
  const ids = new Set(assets.map((row) => row.id))
  for (const table of ['labels', 'tags', 'variants', 'variant_aliases']) {
    expect((await rowsOf(table)).filter((row) => !ids.has(row.asset_id))).toEqual([])
  }
  // No alias leads to a variant of another asset or to none: row ids of variants may be given again.
  const owners = new Map(variants.map((row) => [row.id, row.asset_id]))
  const aliases = await rowsOf('variant_aliases')
  expect(aliases.filter((row) => owners.get(row.variant_id) !== row.asset_id)).toEqual([])
}
