import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { metadata } from '../support/oracle'
import { makeClient, ORIGIN, picture } from './support'

const client = makeClient()
const png = await picture('png')
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())

describe('link', () => {
  it('gives the absolute address of the newest entry with the own parameters', async () => {
    await client.store('/assets/link/a%20b', png, { alt: 'Ä picture' })
    const response = await client.get('/assets/link/a%20b?w=10&label:x=1&s=zzz')
    expect(response.status).toBe(404)
    const found = await client.get('/assets/link/a%20b?w=10&pad-c=%23FF0000&s=zzz&q=80')
    expect(found.status).toBe(200)
    expect(await found.json()).toEqual({
      url: `${ORIGIN}/assets/link/a%20b/-/entry/0/content?w=10&pad-c=%23FF0000&q=80`,
      alt: 'Ä picture',
      lqip: {},
    })
    expect(found.headers.get('K-Cache-Status')).toBe('miss')
    expect(found.headers.get('Content-Type')).toBe('application/json')
    expect((await client.get('/assets/link/a%20b?w=10')).headers.get('K-Cache-Status')).toBe('hit')
  })

  it('drops the signature however its name is written', async () => {
    await client.store('/assets/link/spelt', png)
    const { url } = (await (await client.get('/assets/link/spelt?w=10&%73=zzz')).json()) as { url: string }
    expect(url).toBe(`${ORIGIN}/assets/link/spelt/-/entry/0/content?w=10`)
  })

  it('has made the variant when it answers', async () => {
    await client.store('/assets/link/made', png)
    await client.get('/assets/link/made?w=7')
    const info = (await (await client.get('/assets/link/made/-/info')).json()) as { variants: unknown[] }
    expect(info.variants).toHaveLength(2)
  })

  it('is JSON whatever pictures the client could show', async () => {
    await client.store('/assets/link/json', png)
    const response = await client.get('/assets/link/json', { Accept: 'application/json' })
    expect(response.status).toBe(200)
    expect(response.headers.get('Vary')).toBe('Accept')
  })
})

describe('content', () => {
  it('gives the original as it came', async () => {
    await client.store('/assets/content/a', png, { alt: 'plain' })
    const response = await client.get('/assets/content/a/-/content')
    expect(response.status).toBe(200)
    expect(await bytesOf(response)).toEqual(png)
    const { headers } = response
    expect(headers.get('Content-Type')).toBe('image/png')
    expect(headers.get('Content-Length')).toBe(String(png.length))
    expect(headers.get('ETag')).toMatch(/^"[0-9a-f-]{36}-0"$/)
    expect(Date.parse(headers.get('Last-Modified')!)).toBeGreaterThan(Date.now() - 60_000)
    expect(headers.get('Accept-Ranges')).toBe('bytes')
    expect(headers.get('K-Alt')).toBe('plain')
    expect(headers.get('K-Cache-Status')).toBe('hit')
    expect(headers.get('Cache-Control')).toBeNull()
    expect(headers.get('Server-Timing')).toMatch(/metadata;dur=.*object;dur=.*total;dur=/)
  })

  it('makes a variant once, and finds it by any spelling', async () => {
    await client.store('/assets/content/b', png)
    const first = await client.get('/assets/content/b/-/content?w=30')
    expect(first.headers.get('K-Cache-Status')).toBe('miss')
    expect(first.headers.get('Server-Timing')).toMatch(
      /^resolve;.*metadata;.*wait;.*object;.*decode;.*transform;.*encode;dur=\d+\.\d, total;dur=/,
    )
    const bytes = await bytesOf(first)
    expect(await metadata(bytes)).toMatchObject({ width: 30, height: 20, format: 'png' })
    expect(first.headers.get('Content-Length')).toBe(String(bytes.length))
    for (const query of ['w=30', 'h=20', 'w=30&h=20', 'w=30&fit=fit&blur=0', 'w=30&h=20&fit=stretch&q=5']) {
      const again = await client.get(`/assets/content/b/-/content?${query}`)
      expect(again.headers.get('K-Cache-Status'), query).toBe('hit')
      expect(again.headers.get('ETag')).toBe(first.headers.get('ETag'))
      expect(await bytesOf(again)).toEqual(bytes)
    }
    const other = await client.get('/assets/content/b/-/content?w=31')
    expect(other.headers.get('ETag')).not.toBe(first.headers.get('ETag'))
  })

  it('needs one round trip to D1 and one read of R2 for a hit', async () => {
    await client.store('/assets/content/calls', png)
    await client.get('/assets/content/calls/-/content?w=9')
    client.calls()
    await client.get('/assets/content/calls/-/content?w=9')
    expect(client.calls()).toEqual(['d1.query', 'r2.get'])
    await client.get('/assets/content/calls/-/content')
    expect(client.calls()).toEqual(['d1.query', 'r2.get'])
    await client.fetch('/assets/content/calls/-/content?w=9', { method: 'HEAD' })
    expect(client.calls()).toEqual(['d1.query'])
  })

  it('is the original where nothing changes', async () => {
    await client.store('/assets/content/same', png)
    const same = await client.get('/assets/content/same/-/content?w=60&h=40&format=png&r=0')
    expect(same.headers.get('K-Cache-Status')).toBe('hit')
    expect(await bytesOf(same)).toEqual(png)
  })

  it('makes a variant anew whose object is gone', async () => {
    await client.store('/assets/content/lost', png)
    const first = await client.get('/assets/content/lost/-/content?w=8')
    const { variants } = (await (await client.get('/assets/content/lost/-/info')).json()) as {
      variants: { storeKey: string }[]
    }
    await env.ASSETS.delete(variants[1]!.storeKey)
    const again = await client.get('/assets/content/lost/-/content?w=8')
    expect(again.status).toBe(200)
    expect(again.headers.get('K-Cache-Status')).toBe('miss')
    expect(again.headers.get('ETag')).not.toBe(first.headers.get('ETag'))
    expect(await bytesOf(again)).toEqual(await bytesOf(first))
    expect((await client.get('/assets/content/lost/-/content?w=8')).headers.get('K-Cache-Status')).toBe('hit')
  })

  it('says 500 and nothing more where an original is lost', async () => {
    const asset = await client.store('/assets/content/dead', png)
    await env.ASSETS.delete(asset.variants[0]!.storeKey)
    const response = await client.get('/assets/content/dead/-/content')
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({
      message: expect.stringMatching(/^Something went wrong on our side; the log has it under [\w-]+$/),
      code: 'internal_error',
    })
  })

  it('generates once for requests at the same time', async () => {
    await client.store('/assets/content/once', png)
    client.calls()
    const all = await Promise.all(
      Array.from({ length: 5 }, () => client.get('/assets/content/once/-/content?w=11&blur=2')),
    )
    expect(client.calls().filter((call) => call === 'r2.put')).toHaveLength(1)
    expect(new Set(all.map((response) => response.headers.get('ETag'))).size).toBe(1)
    expect(all.filter((response) => response.headers.get('K-Cache-Status') === 'miss')).toHaveLength(1)
  })

  it('percent-encodes an alt that is not plain ASCII', async () => {
    await client.store('/assets/content/alt', png, { alt: 'Grüße & "Küsse"' })
    const { headers } = await client.get('/assets/content/alt/-/content')
    expect(headers.get('K-Alt')).toBe(encodeURIComponent('Grüße & "Küsse"'))
  })
})

describe('download', () => {
  it('names the file by its alt', async () => {
    await client.store('/assets/download/a', png, { alt: "Bob's Größe (1)" })
    const { headers } = await client.get('/assets/download/a/-/download?format=jpg')
    expect(headers.get('Content-Disposition')).toBe(
      "attachment; filename*=UTF-8''Bob%27s%20Gr%C3%B6%C3%9Fe%20%281%29.jpeg",
    )
    expect(headers.get('Content-Type')).toBe('image/jpeg')
  })

  it('names the file by its path where there is no alt', async () => {
    await client.store('/assets/download/b/c', png)
    const { headers } = await client.get('/assets/download/b/c/-/download')
    expect(headers.get('Content-Disposition')).toBe("attachment; filename*=UTF-8''download_b_c.png")
  })
})

describe('which asset', () => {
  it('is the newest, the last modified, or that very entry', async () => {
    for (const alt of ['zero', 'one', 'two']) await client.store('/assets/order', png, { alt })
    const put = await client.fetch('/assets/order/-/entry/1', {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"alt":"changed"}',
    })
    expect(put.status).toBe(200)
    const alt = async (path: string) => (await client.get(path)).headers.get('K-Alt')
    expect(await alt('/assets/order/-/content')).toBe('two')
    expect(await alt('/assets/order/-/new/content')).toBe('two')
    expect(await alt('/assets/order/-/MODIFIED/Content')).toBe('changed')
    expect(await alt('/assets/order/-/entry/0/content')).toBe('zero')
    expect((await client.get('/assets/order/-/entry/3/content')).status).toBe(404)
  })

  it('carries every label', async () => {
    await client.store('/assets/labels', png, { alt: 'a', labels: { team: 'x', w: 'big' } })
    await client.store('/assets/labels', png, { alt: 'b', labels: { team: 'x' } })
    await client.store('/assets/labels', png, { alt: 'c', labels: { team: 'y' } })
    const alt = async (query: string) =>
      (await client.get(`/assets/labels/-/content?${query}`)).headers.get('K-Alt')
    expect(await alt('team=x')).toBe('b')
    expect(await alt('team=x&label:w=big')).toBe('a')
    expect(await alt('label:team=y')).toBe('c')
    expect((await client.get('/assets/labels/-/content?team=z')).status).toBe(404)
    expect((await client.get('/assets/labels/-/content?team=x&label:team=y')).status).toBe(404)
    expect((await client.get('/assets/labels/-/entry/2/content?team=x')).status).toBe(404)
  })

  it('is at a path as it was given, case and all', async () => {
    await client.store('/assets/Case/A', png)
    expect((await client.get('/assets//Case///A/')).status).toBe(200)
    expect((await client.get('/assets/Case%2FA')).status).toBe(200)
    expect((await client.get('/assets/case/a')).status).toBe(404)
  })
})

describe('info', () => {
  it('lists with a limit', async () => {
    for (let i = 0; i < 3; i++) await client.store('/assets/many', png)
    const entries = async (query: string) => {
      const body = (await (await client.get(`/assets/many/-/info${query}`)).json()) as { entryId: number }[]
      return Array.isArray(body) ? body.map((asset) => asset.entryId) : body
    }
    expect(await entries('?limit=2')).toEqual([2, 1])
    expect(await entries('?limit=-1')).toEqual([2, 1, 0])
    expect(await entries('?limit=1')).toMatchObject({ entryId: 2 })
    expect(await entries('')).toMatchObject({ entryId: 2, class: 'image' })
    const metadata = await client.get('/assets/many/-/entry/0/metadata')
    expect(await metadata.json()).toMatchObject({ entryId: 0 })
    expect(metadata.headers.get('K-Cache-Status')).toBe('hit')
    expect((await client.get('/assets/nobody/-/info?limit=-1')).status).toBe(404)
  })
})

describe('format', () => {
  it('is negotiated by quality, and says so', async () => {
    await client.store('/assets/accept', png)
    const type = async (accept: string | null, query = '') => {
      const headers: HeadersInit = accept === null ? {} : { Accept: accept }
      const response = await client.get(`/assets/accept/-/content${query}`, headers)
      return [response.headers.get('Content-Type'), response.headers.get('Vary')]
    }
    expect(await type('image/jpeg, image/webp;q=0.8')).toEqual(['image/jpeg', 'Accept'])
    expect(await type('image/jpeg;q=0.5, image/webp;q=0.8')).toEqual(['image/webp', 'Accept'])
    expect(await type('text/html, image/*;q=0.1')).toEqual(['image/png', 'Accept'])
    expect(await type(null)).toEqual(['image/png', 'Accept'])
    expect(await type('image/png;q=0, image/*')).toEqual(['image/jpeg', 'Accept'])
    expect(await type('text/html', '?format=webp')).toEqual(['image/webp', null])
    const none = await client.get('/assets/accept/-/content', { Accept: 'text/html' })
    expect(none.status).toBe(400)
    expect(await none.json()).toMatchObject({ code: 'not_acceptable' })
    expect(none.headers.get('Vary')).toBe('Accept')
  })

  it('gives way to the next that Accept admits, where the picture is too large for it', async () => {
    await client.store('/assets/accept/large', await picture('jpeg', 2000, 1600))
    const get = async (accept: string, query = '') => {
      const { status, headers } = await client.get(`/assets/accept/large/-/content${query}`, {
        Accept: accept,
      })
      return [status, headers.get('Content-Type'), headers.get('K-Cache-Status')]
    }
    const chrome = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'
    expect(await get(chrome)).toEqual([200, 'image/webp', 'miss'])
    expect(await get(chrome)).toEqual([200, 'image/webp', 'hit'])
    expect(await get('image/avif, */*;q=0.5')).toEqual([200, 'image/jpeg', 'hit'])
    expect(await get(chrome, '?w=40')).toEqual([200, 'image/avif', 'miss'])
    // What nothing stands in for is refused, and so is what was asked for by name.
    expect(await get('image/avif')).toEqual([400, 'application/json', null])
    expect(await get(chrome, '?format=avif')).toEqual([400, 'application/json', null])
    const link = await client.get('/assets/accept/large?w=1900', { Accept: chrome })
    expect(link.status).toBe(200)
    expect(link.headers.get('Vary')).toBe('Accept')
  })
})

describe('HEAD', () => {
  it.each(['', '/-/content?w=5', '/-/download', '/-/info', '/-/redirect'])(
    'has the headers of GET: %s',
    async (rest) => {
      await client.store('/assets/head', png)
      const head = await client.fetch(`/assets/head${rest}`, { method: 'HEAD' })
      const get = await client.get(`/assets/head${rest}`)
      const of = ({ headers }: Response) =>
        [...headers].filter(([name]) => !/server-timing|k-cache-status/.test(name)).sort()
      expect(of(head)).toEqual(of(get))
      expect(head.headers.get('Content-Length')).toBe(String((await get.arrayBuffer()).byteLength))
      expect((await head.arrayBuffer()).byteLength).toBe(0)
    },
  )

  it.each(['/assets/head/-/latest', '/assets/nobody-here', '/assets/head?w=0', '/nowhere', '/health'])(
    'has them where nothing is to be had either: %s',
    async (path) => {
      const head = await client.fetch(path, { method: 'HEAD' })
      const get = await client.get(path)
      const of = ({ headers }: Response) => [...headers].filter(([name]) => name !== 'server-timing').sort()
      expect(head.status).toBe(get.status)
      expect(of(head)).toEqual(of(get))
      expect(head.headers.get('Content-Length')).toBe(String((await get.arrayBuffer()).byteLength))
    },
  )
})
