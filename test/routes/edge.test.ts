import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ConfigInput } from '../../src/config/schema'
import { DEFAULT_SETTINGS } from '../../src/config/settings'
import { JOINED_BYTES } from '../../src/image/encoded-file'
import { lifetimeOf } from '../../src/routes/edge'
import { sign } from '../../src/services/signing'
import { encoded } from '../support/oracle'
import { noise } from '../support/scenes'
import { type Client, makeClient, picture } from './support'

const jpeg = await picture('jpeg')

function serve(cacheControl: object, more: ConfigInput = {}): Client {
  return makeClient({ paths: { '/': { cacheControl: { enabled: true, ...cacheControl } } }, ...more })
}

const client = serve({ maxAge: 3600, visibility: 'public' })
const put = (path: string, body: string, by = client) =>
  by.fetch(path, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body })
const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer())

/** Whether the next answer touches neither D1 nor R2. */
async function isEdgeHit(path: string, init: RequestInit = {}, by = client): Promise<boolean> {
  by.calls()
  await by.fetch(path, init)
  return by.calls().length === 0
}

function later(ms: number) {
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ms)
}
afterEach(() => vi.restoreAllMocks())

describe('a hit', () => {
  it('of a large variant, which was made in pieces, is the same', async () => {
    const noisy = { raw: { width: 400, height: 300, channels: 3 as const } }
    const { data } = await encoded(noise(400 * 300 * 3, 9), [['png', {}]], noisy)
    await client.store('/assets/pieces', data)
    const path = '/assets/pieces/-/content?r=90'
    const first = await client.get(path)
    expect(first.headers.get('K-Cache-Status')).toBe('miss')
    expect(await isEdgeHit(path)).toBe(true)
    const whole = await bytes(first)
    expect(whole.length).toBeGreaterThan(JOINED_BYTES)
    expect(await bytes(await client.get(path))).toEqual(whole)
  })

  it.each([
    '/assets/hit/-/content',
    '/assets/hit',
    '/assets/hit/-/info',
    '/assets/hit/-/entry/0/download',
    '/assets/hit/-/redirect',
  ])('of %s touches neither D1 nor R2, and is the same', async (path) => {
    await client.store('/assets/hit', jpeg, { alt: 'ä' })
    const first = await client.get(path)
    client.calls()
    const again = await client.get(path)
    expect(client.calls()).toEqual([])
    expect(again.status).toBe(200)
    expect(await bytes(again)).toEqual(await bytes(first))
    expect(again.headers.get('Age')).toMatch(/^\d+$/)
    expect(again.headers.get('K-Cache-Status')).toBe('hit')
    const of = ({ headers }: Response) =>
      [...headers].filter(([name]) => !/^(server-timing|age|k-cache-status)$/.test(name)).sort()
    expect(of(again)).toEqual(of(first))
    expect([...again.headers.keys()].filter((name) => name.startsWith('x-edge'))).toEqual([])
  })

  it('serves 304, HEAD and ranges', async () => {
    await client.store('/assets/parts', jpeg)
    const path = '/assets/parts/-/content'
    const etag = (await client.get(path)).headers.get('ETag')!
    client.calls()
    expect((await client.get(path, { 'If-None-Match': etag })).status).toBe(304)
    const head = await client.fetch(path, { method: 'HEAD' })
    expect(head.headers.get('Content-Length')).toBe(String(jpeg.length))
    for (const [range, wanted] of [
      ['bytes=3-9', jpeg.subarray(3, 10)],
      ['bytes=-5', jpeg.subarray(-5)],
      ['bytes=0-', jpeg],
    ] as const) {
      const part = await client.get(path, { Range: range })
      expect(part.status).toBe(206)
      expect(await bytes(part)).toEqual(new Uint8Array(wanted))
    }
    expect((await client.get(path, { Range: 'bytes=100000-' })).status).toBe(416)
    expect(client.calls()).toEqual([])
  })

  it('is not had by another entry, order, label, format, profile or configuration', async () => {
    await client.store('/assets/keys', jpeg, { labels: { a: 'b' } })
    await client.get('/assets/keys/-/content')
    expect(await isEdgeHit('/assets/keys/-/content')).toBe(true)
    for (const path of [
      '/assets/keys/-/entry/0/content',
      '/assets/keys/-/modified/content',
      '/assets/keys/-/content?a=b',
      '/assets/keys/-/download',
      '/assets/keys/-/content?format=jpg',
    ]) {
      expect(await isEdgeHit(path), path).toBe(false)
      expect(await isEdgeHit(path), path).toBe(true)
    }
    const other = serve({ maxAge: 3601, visibility: 'public' })
    expect(await isEdgeHit('/assets/keys/-/content', {}, other)).toBe(false)
  })

  it('from memory checks signatures as any other', async () => {
    const signed = makeClient(
      {
        paths: { '/': { cacheControl: { enabled: true, maxAge: 3600 } } },
        urlSigning: { enabled: true },
      },
      { URL_SIGNING_SECRET_KEY: 'key' },
    )
    await signed.store('/assets/signed', jpeg)
    const path = '/assets/signed/-/content'
    const exp = Math.floor(Date.now() / 1000) + 60
    const url = `${path}?exp=${exp}&s=${sign('hmac_sha256', 'key', `${path}?exp=${exp}`)}`
    for (let i = 0; i < 3; i++) expect((await signed.get(url)).status).toBe(200)
    expect((await signed.get(`${url.slice(0, -1)}_`)).status).toBe(403)
    later(60_500)
    expect(await (await signed.get(url)).json()).toMatchObject({ code: 'signature_expired' })
  })

  it('from memory refuses what any other would', async () => {
    await client.store('/assets/refused', jpeg)
    for (let i = 0; i < 3; i++) await client.get('/assets/refused/-/content')
    client.calls()
    const failed = await client.get('/assets/refused/-/content', { 'If-Match': '"other"' })
    expect([failed.status, failed.headers.get('X-Content-Type-Options')]).toEqual([412, 'nosniff'])
    const beyond = await client.get('/assets/refused/-/content', { Range: 'bytes=99999-' })
    expect([beyond.status, beyond.headers.get('Content-Range')]).toEqual([416, `bytes */${jpeg.length}`])
    expect(client.calls()).toEqual([])
  })

  it('is logged as it was when it was made', async () => {
    const lines: Record<string, unknown>[] = []
    const logging = serve({ maxAge: 3600 }, { observability: { requestLog: true } })
    vi.spyOn(console, 'info').mockImplementation((line: string) => void lines.push(JSON.parse(line)))
    await logging.store('/assets/logged', jpeg)
    lines.length = 0
    for (let i = 0; i < 3; i++) await logging.get('/assets/logged/-/content')
    const same = { operation: 'content', entry: 0, format: 'jpg', cache: 'hit', status: 200 }
    expect(lines).toEqual([
      expect.objectContaining({ ...same, edge: 'miss' }),
      expect.objectContaining({ ...same, edge: 'hit' }),
      expect.objectContaining({ ...same, edge: 'hit' }),
    ])
  })

  it('keeps the link of each spelling apart', async () => {
    await client.store('/assets/spelling', jpeg)
    await client.get('/assets/spelling?r=0')
    const { url } = (await (await client.get('/assets/spelling?f=none')).json()) as { url: string }
    expect(url).toContain('?f=none')
  })
})

describe('a write makes answers unreachable at once', () => {
  it('by update', async () => {
    await client.store('/assets/w/update', jpeg, { alt: 'old' })
    await client.get('/assets/w/update/-/content')
    await put('/assets/w/update/-/entry/0', '{"alt":"new"}')
    expect((await client.get('/assets/w/update/-/content')).headers.get('K-Alt')).toBe('new')
    expect(await isEdgeHit('/assets/w/update/-/content')).toBe(true)
  })

  it('by store', async () => {
    await client.store('/assets/w/store', jpeg, { alt: 'zero' })
    await client.get('/assets/w/store/-/content')
    await client.store('/assets/w/store', jpeg, { alt: 'one' })
    expect((await client.get('/assets/w/store/-/content')).headers.get('K-Alt')).toBe('one')
  })

  it('by delete, of that path alone', async () => {
    await client.store('/assets/w/delete', jpeg)
    await client.store('/assets/w/stays', jpeg)
    for (const path of ['delete', 'stays']) await client.get(`/assets/w/${path}/-/content`)
    await client.fetch('/assets/w/delete', { method: 'DELETE' })
    expect((await client.get('/assets/w/delete/-/content')).status).toBe(404)
    expect(await isEdgeHit('/assets/w/stays/-/content')).toBe(true)
  })

  it('by recursive delete, of all below and nothing beside', async () => {
    for (const path of ['t/1', 't/1/a/b', 't/10']) {
      await client.store(`/assets/${path}`, jpeg)
      await client.get(`/assets/${path}/-/content`)
    }
    await client.fetch('/assets/t/1/-/recursive', { method: 'DELETE' })
    expect((await client.get('/assets/t/1/-/content')).status).toBe(404)
    expect((await client.get('/assets/t/1/a/b/-/content')).status).toBe(404)
    expect(await isEdgeHit('/assets/t/10/-/content')).toBe(true)
  })
})

describe('purge', () => {
  const fill = async () => {
    for (const path of ['p/a', 'p/a/b', 'q']) {
      await client.store(`/assets/${path}`, jpeg)
      await client.get(`/assets/${path}/-/content`)
    }
  }
  const hits = async () => {
    const all: string[] = []
    for (const path of ['p/a', 'p/a/b', 'q']) if (await isEdgeHit(`/assets/${path}/-/content`)) all.push(path)
    return all
  }
  it.each([
    ['{"path":"p/a"}', ['p/a/b', 'q']],
    ['{"prefix":"/p/a/"}', ['q']],
    ['{"everything":true}', []],
  ])('%s', async (body, left) => {
    await fill()
    const response = await client.fetch('/purge', { method: 'POST', body })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ purged: JSON.parse(body) })
    expect(await hits()).toEqual(left)
  })
})

describe('age', () => {
  it('is bounded by revalidateAfter, then D1 is asked and R2 is not', async () => {
    const bounded = serve({ maxAge: 3600 }, { edgeCache: { revalidateAfter: '5s' } })
    await bounded.store('/assets/age', jpeg)
    await bounded.get('/assets/age/-/content')
    later(4000)
    expect(await isEdgeHit('/assets/age/-/content', {}, bounded)).toBe(true)
    expect((await bounded.get('/assets/age/-/content')).headers.get('Age')).toBe('4')
    vi.restoreAllMocks()
    later(5100)
    bounded.calls()
    const revalidated = await bounded.get('/assets/age/-/content')
    expect(bounded.calls()).toEqual(['d1.query'])
    expect(revalidated.headers.get('Age')).toBe('0')
    expect(await bytes(revalidated)).toEqual(jpeg)
    expect(await isEdgeHit('/assets/age/-/content', {}, bounded)).toBe(true)
  })

  it('shows a write of elsewhere after revalidateAfter at the latest', async () => {
    const bounded = serve({ maxAge: 3600 }, { edgeCache: { revalidateAfter: '5s' } })
    // Without an edge cache of its own: its writes invalidate nothing here, as in another data centre.
    const elsewhere = serve({ maxAge: 3600 }, { edgeCache: { enabled: false } })
    await bounded.store('/assets/far', jpeg, { alt: 'old' })
    await bounded.get('/assets/far/-/content')
    await put('/assets/far/-/entry/0', '{"alt":"new"}', elsewhere)
    expect((await bounded.get('/assets/far/-/content')).headers.get('K-Alt')).toBe('old')
    later(5100)
    expect((await bounded.get('/assets/far/-/content')).headers.get('K-Alt')).toBe('new')
  })

  it('does not keep a client from its own write, whose bookmark it sends', async () => {
    const here = serve({ maxAge: 3600 }, { database: { reads: 'nearest' } })
    const elsewhere = serve({ maxAge: 3600 }, { edgeCache: { enabled: false } })
    await here.store('/assets/own', jpeg, { alt: 'old' })
    await here.get('/assets/own/-/content')
    const bookmark = (await put('/assets/own/-/entry/0', '{"alt":"new"}', elsewhere)).headers.get(
      'K-Bookmark',
    )!
    expect((await here.get('/assets/own/-/content')).headers.get('K-Alt')).toBe('old')
    const own = await here.get('/assets/own/-/content', { 'K-Bookmark': bookmark })
    expect(own.headers.get('K-Alt')).toBe('new')
  })

  it('is served stale while it is revalidated, for as long as the path says', async () => {
    const lenient = serve({ maxAge: 10, staleWhileRevalidate: 60 }, { edgeCache: { revalidateAfter: '5s' } })
    const elsewhere = serve({ maxAge: 10 }, { edgeCache: { enabled: false } })
    await lenient.store('/assets/swr', jpeg, { alt: 'old' })
    await lenient.get('/assets/swr/-/content')
    await put('/assets/swr/-/entry/0', '{"alt":"new"}', elsewhere)
    later(30_000)
    const stale = await lenient.get('/assets/swr/-/content')
    expect([stale.headers.get('K-Alt'), stale.headers.get('Age')]).toEqual(['old', '30'])
    const fresh = await lenient.get('/assets/swr/-/content')
    expect([fresh.headers.get('K-Alt'), fresh.headers.get('Age')]).toEqual(['new', '0'])
    vi.restoreAllMocks()
    await put('/assets/swr/-/entry/0', '{"alt":"newer"}', elsewhere)
    later(30_000 + 65_100)
    expect((await lenient.get('/assets/swr/-/content')).headers.get('K-Alt')).toBe('newer')
  })
})

describe('what may be kept', () => {
  it.each<[object, boolean]>([
    [{ maxAge: 60 }, true],
    [{ sMaxage: 60 }, true],
    [{ maxAge: 60, visibility: 'public' }, true],
    [{ maxAge: 60, visibility: 'private' }, false],
    [{ maxAge: 60, revalidate: 'no-cache' }, false],
    [{ maxAge: 0 }, false],
    [{ maxAge: 60, sMaxage: 0 }, false],
    [{ immutable: true }, false],
    [{ maxAge: 60, enabled: false }, false],
  ])('%j: %s', async (cacheControl, kept) => {
    const settings = { ...DEFAULT_SETTINGS.cacheControl, enabled: true, ...cacheControl }
    expect(lifetimeOf(settings, 10_000) !== null).toBe(kept)
    const by = serve(cacheControl)
    await by.store('/assets/kept', jpeg)
    await by.get('/assets/kept/-/content')
    expect(await isEdgeHit('/assets/kept/-/content', {}, by)).toBe(kept)
  })

  it.each<[string, object, object, boolean, string]>([
    [
      'template',
      { template: { string: 'https://cdn.example/{bucket}/{key}' } },
      { maxAge: 60 },
      true,
      'max-age=60',
    ],
    [
      'presigned',
      { presigned: { ttl: '1m' } },
      { maxAge: 3600, staleWhileRevalidate: 600 },
      true,
      'max-age=30',
    ],
    ['presigned', { presigned: { ttl: '1m' } }, { immutable: true }, false, 'max-age=0'],
  ])(
    'is a redirect (%s %j) as long as its own Cache-Control %j allows',
    async (strategy, how, control, kept, header) => {
      const keys = { R2_ACCOUNT_ID: 'a', R2_ACCESS_KEY_ID: 'b', R2_SECRET_ACCESS_KEY: 'c' }
      const returnFormat = { redirect: { strategy: strategy as 'template', ...how } }
      const by = makeClient(
        {
          paths: { '/': { cacheControl: { enabled: true, ...control }, returnFormat } },
          edgeCache: { revalidateAfter: '1h' },
        },
        keys,
      )
      const path = '/assets/redirects'
      await by.store(path, jpeg)
      const get = () => by.fetch(`${path}/-/redirect`, { redirect: 'manual' })
      const first = await get()
      expect(first.headers.get('Cache-Control')).toBe(header)
      for (let i = 0; i < 2; i++) {
        by.calls()
        const again = await get()
        expect(by.calls().length === 0).toBe(kept)
        expect([again.status, again.headers.get('Cache-Control')]).toEqual([307, header])
        if (kept) expect(again.headers.get('Location')).toBe(first.headers.get('Location'))
      }
      await by.store(path, jpeg)
      expect((await get()).headers.get('Location')).not.toBe(first.headers.get('Location'))
      const second = (await get()).headers.get('Location')
      vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
      const late = await get()
      vi.useRealTimers()
      expect(late.status).toBe(307)
      // A presigned URL that is half used up is not given out any more.
      if (strategy === 'presigned') expect(late.headers.get('Location')).not.toBe(second)
    },
  )

  it('is no error', async () => {
    expect((await client.get('/assets/none/-/content')).status).toBe(404)
    await client.store('/assets/none', jpeg)
    expect((await client.get('/assets/none/-/content')).status).toBe(200)
  })
})

describe('Cache-Control', () => {
  it('has its directives in the order of the contract', async () => {
    const all = serve({
      immutable: true,
      staleIfError: '1d',
      staleWhileRevalidate: 60,
      revalidate: 'must-revalidate',
      visibility: 'public',
      sMaxage: 7200,
      maxAge: '1h',
    })
    await all.store('/assets/cc', jpeg)
    for (const path of ['/assets/cc', '/assets/cc/-/content?format=jpg', '/assets/cc/-/info']) {
      const { headers } = await all.get(path)
      expect(headers.get('Cache-Control')).toBe(
        'max-age=3600, s-maxage=7200, public, must-revalidate, stale-while-revalidate=60, stale-if-error=86400, immutable',
      )
      expect(headers.get('Vary')).toBe('Accept')
    }
    const { headers } = await all.get('/assets/cc/-/content', { 'If-None-Match': '*' })
    expect(headers.get('Cache-Control')).toContain('max-age=3600')
    expect((await all.get('/assets/nobody')).headers.get('Cache-Control')).toBeNull()
  })

  it('is absent where the path does not enable it', async () => {
    const off = makeClient({ paths: { '/': { cacheControl: { maxAge: 5 } } } })
    await off.store('/assets/off', jpeg)
    expect((await off.get('/assets/off/-/content')).headers.get('Cache-Control')).toBeNull()
  })
})
