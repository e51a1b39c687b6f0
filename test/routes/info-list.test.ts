// Lists longer than a page, and assets with more variants than are held at once.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { PAGE_ASSETS } from '../../src/store/list'
import { HELD_VARIANTS } from '../../src/store/read'
import { type AssetJson, makeClient, picture } from './support'

const client = makeClient({ paths: { '/kept': { cacheControl: { enabled: true, maxAge: 3600 } } } })
const png = await picture('png')
const ASSETS = 2 * PAGE_ASSETS + 7
const VARIANTS = 2 * HELD_VARIANTS + 3

const numbers = (count: number) =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`

/** Repeats an asset at its path, with its original and labels that tell them apart. */
async function repeat(path: string, times: number) {
  const from = `(SELECT * FROM assets WHERE path = '${path}' AND entry_id = 0) a, n`
  await env.DB.batch([
    env.DB.prepare(`INSERT INTO assets (path, entry_id, alt, source, created_at, modified_at)
      ${numbers(times)} SELECT a.path, i, 'no. ' || i, a.source, a.created_at, 1000 * (i * 7919 % 10007) FROM ${from}`),
    env.DB.prepare(`INSERT INTO variants (id, asset_id, canonical_key, bucket, key, size, etag, attributes,
        created_at, last_accessed_at)
      SELECT b.id << 20, b.id, '', v.bucket, b.id || '.png', v.size, v.etag, v.attributes, 0, 0
      FROM assets b, assets a, variants v
      WHERE b.path = '${path}' AND b.entry_id > 0 AND a.path = b.path AND a.entry_id = 0 AND v.asset_id = a.id`),
    env.DB.prepare(`INSERT INTO labels (asset_id, key, value, path, entry_id, modified_at)
      SELECT id, 'half', entry_id % 2, path, entry_id, modified_at FROM assets WHERE path = '${path}' AND entry_id > 0`),
  ])
}

beforeAll(async () => {
  for (const path of ['many', 'kept/many', 'dense']) await client.store(`/assets/${path}`, png)
  await repeat('many', ASSETS - 1)
  await repeat('kept/many', ASSETS - 1)
  await repeat('dense', 2)
  // A real variant of the first is copied to the last, many times.
  expect((await client.get('/assets/dense/-/entry/0/content?w=3')).status).toBe(200)
  await env.DB.prepare(`INSERT INTO variants (id, asset_id, canonical_key, transformation, bucket, key, size,
      etag, attributes, created_at, last_accessed_at)
    ${numbers(VARIANTS - 1)} SELECT (b.id << 20) + i, b.id, 'w=' || i, v.transformation, v.bucket, 'v' || i,
      v.size, v.etag, v.attributes, 0, 0
    FROM variants v JOIN assets a ON a.id = v.asset_id, assets b, n
    WHERE a.path = 'dense' AND a.entry_id = 0 AND v.canonical_key <> '' AND b.path = 'dense' AND b.entry_id = 2`).run()
})

const list = async (path: string) => (await (await client.get(`/assets/${path}`)).json()) as AssetJson[]

describe('a list longer than a page', () => {
  it('has all assets, newest first', async () => {
    const assets = await list('many/-/info?limit=-1')
    expect(assets.map(({ entryId }) => entryId)).toEqual(
      Array.from({ length: ASSETS }, (_, n) => ASSETS - 1 - n),
    )
    expect(assets[0]).toEqual(await (await client.get('/assets/many/-/info')).json())
    expect(assets.every(({ variants }) => variants.length === 1)).toBe(true)
  })

  it.each([PAGE_ASSETS - 1, PAGE_ASSETS, PAGE_ASSETS + 1, 2 * PAGE_ASSETS, ASSETS, ASSETS + 1])(
    'stops at a limit of %i',
    async (limit) => {
      expect(await list(`many/-/info?limit=${limit}`)).toHaveLength(Math.min(limit, ASSETS))
    },
  )

  it('has them in the order of changes, and with a label alone', async () => {
    const modified = (await list('many/-/modified/info?limit=-1')).map((asset) => asset.modifiedAt)
    expect(modified).toHaveLength(ASSETS)
    expect(modified).toEqual([...modified].sort().reverse())
    for (const order of ['new', 'modified']) {
      const half = await list(`many/-/${order}/info?limit=-1&half=1`)
      expect(half).toHaveLength((ASSETS - 1) / 2)
      expect(new Set(half.map(({ entryId }) => entryId)).size).toBe(half.length)
    }
  })

  it('is written while it is read: no length, no tag, not kept at the edge; HEAD alike', async () => {
    for (let i = 0; i < 2; i++) {
      const { headers, status } = await client.get('/assets/kept/many/-/info?limit=-1')
      const head = await client.fetch('/assets/kept/many/-/info?limit=-1', { method: 'HEAD' })
      expect([status, head.status]).toEqual([200, 200])
      const of = (all: Headers) => [...all].filter(([name]) => name !== 'server-timing')
      expect(of(head.headers)).toEqual(of(headers))
      expect(headers.get('Content-Type')).toBe('application/json')
      for (const name of ['Content-Length', 'ETag', 'Age']) expect(headers.get(name), name).toBeNull()
    }
  })
})

describe('an asset of many variants', () => {
  const isWhole = ({ variants, ...asset }: AssetJson) => {
    expect(Object.keys({ ...asset, variants })).toContain('modifiedAt')
    expect(variants).toHaveLength(VARIANTS)
    expect(variants.map(({ isOriginalVariant }) => isOriginalVariant).lastIndexOf(true)).toBe(0)
    expect(new Set(variants.map(({ storeKey }) => storeKey)).size).toBe(VARIANTS)
  }

  it('has all of them: alone, in a list, and when it was updated', async () => {
    const alone = await client.get('/assets/dense/-/info')
    const text = await alone.clone().text()
    // In the contract's order of fields.
    expect(text).toMatch(/^\{"class":"image",.*"variants":\[.*\],"createdAt":"[^"]+","modifiedAt":"[^"]+"\}$/)
    isWhole(await alone.json())
    const assets = await list('dense/-/info?limit=-1')
    expect(assets.map(({ entryId, variants }) => [entryId, variants.length])).toEqual([
      [2, VARIANTS],
      [1, 1],
      [0, 2],
    ])
    isWhole(assets[0]!)
    const headers = { 'Content-Type': 'application/json' }
    const put = { method: 'PUT', body: '{"alt":"put"}', headers }
    const updated = (await (await client.fetch('/assets/dense/-/entry/2', put)).json()) as AssetJson
    expect(updated.alt).toBe('put')
    isWhole(updated)
  })
})
