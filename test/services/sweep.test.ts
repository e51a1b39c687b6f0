import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { deleteAssets } from '../../src/services/delete-assets'
import { storeUpload } from '../../src/services/store-asset'
import { sweep } from '../../src/services/sweep'
import { updateAsset } from '../../src/services/update-asset'
import { FIRST_WAIT_MS, LONGEST_WAIT_MS } from '../../src/store/outbox'
import { beginUpload } from '../../src/store/uploads'
import { insertVariant } from '../../src/store/variants'
import { type Fault, form, keysIn, makeTestContext, picture, rowsOf, type TestContext } from './support'

const png = await picture('png')
const store = (context: TestContext, path: string) =>
  storeUpload(
    context,
    path,
    form([
      ['metadata', '{}'],
      ['asset', png],
    ]),
  )

/** `n` rows in the outbox. An object that is gone already is as good as removed; the first is there. */
async function leave(n: number, name: string): Promise<void> {
  await env.ASSETS.put(`${name}-0`, 'x')
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)'
  const insert = `INSERT INTO outbox (bucket, key, not_before) ${numbers} SELECT 'assets', ? || '-' || i, 0 FROM n`
  await env.DB.prepare(insert).bind(n, name).run()
}

beforeEach(async () => {
  await env.DB.exec('DELETE FROM outbox')
})

it('deletes rows at once and objects right behind the answer', async () => {
  const context = makeTestContext()
  const { key } = (await store(context, 'gone')).variants[0]!
  context.calls.length = 0
  expect(await deleteAssets(context, { kind: 'entry', path: 'gone', entryId: 0 })).toBe(1)
  await context.settled()
  expect(context.calls).toEqual(['d1.batch', 'd1.query', 'r2.delete', 'd1.batch'])
  expect(await env.ASSETS.head(key)).toBeNull()
  expect(await rowsOf('outbox')).toEqual([])
  const nothing = { kind: 'first', path: 'gone', order: 'new', limit: 1, labels: {} } as const
  expect(await deleteAssets(context, nothing)).toBe(0)
  expect(await deleteAssets(context, { kind: 'recursive', path: 'gone', labels: {} })).toBe(0)
})

it('updates an entry and answers 404 where there is none', async () => {
  const context = makeTestContext()
  await store(context, 'put')
  context.time += 5
  const record = await updateAsset(context, 'put', 0, { alt: 'new' })
  expect(record).toMatchObject({
    alt: 'new',
    modifiedAt: context.time,
    createdAt: context.time - 5,
    version: 1,
  })
  await expect(updateAsset(context, 'put', 1, {})).rejects.toMatchObject({
    status: 404,
    code: 'asset_not_found',
  })
})

it('keeps trying for an hour and more while R2 fails, ever more rarely', async () => {
  let down = true
  let attempts = 0
  const fault: Fault = (call) => {
    if (call !== 'r2.delete') return
    attempts++
    if (down) throw new Error('R2 is down')
  }
  const context = makeTestContext({ fault })
  const { key } = (await store(context, 'down')).variants[0]!
  await deleteAssets(context, { kind: 'entry', path: 'down', entryId: 0 })
  await context.settled()
  const start = context.time
  for (let minute = 1; minute <= 60; minute++) {
    context.time = start + minute * 60_000
    await sweep(context)
  }
  // At once, then in the minutes 1, 3, 7, 15, 30, 45 and 60.
  expect(attempts).toBe(8)
  expect(await rowsOf('outbox')).toMatchObject([{ key, attempts: 8 }])
  expect(await env.ASSETS.head(key)).not.toBeNull()
  down = false
  context.time += LONGEST_WAIT_MS
  await sweep(context)
  expect(await rowsOf('outbox')).toEqual([])
  expect(await env.ASSETS.head(key)).toBeNull()
})

it('lets no bad object block the others', async () => {
  await leave(1000, 'many')
  await leave(30, 'more')
  const bad = new Set(['many-0', 'many-617', 'more-29'])
  const context = makeTestContext()
  const { buckets } = context
  let calls = 0
  const failing = (name: string) =>
    ({
      delete(keys: string | string[]) {
        calls++
        if ([keys].flat().some((key) => bad.has(key))) return Promise.reject(new Error('bad object'))
        return buckets(name).delete(keys)
      },
    }) as unknown as R2Bucket
  expect(await sweep({ ...context, buckets: failing })).toMatchObject({ removed: 1027, failed: 3 })
  expect(calls).toBeLessThan(80)
  expect((await rowsOf('outbox')).map((row) => row.key).sort()).toEqual([...bad].sort())
  expect(await rowsOf('outbox')).toMatchObject(
    [1, 2, 3].map(() => ({ not_before: context.time + FIRST_WAIT_MS })),
  )
  expect(await sweep(context)).toMatchObject({ removed: 0, failed: 0 })
  context.time += FIRST_WAIT_MS
  expect(await sweep(context)).toMatchObject({ removed: 3, failed: 0 })
  expect(await keysIn()).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(many|more)-/)]))
})

it('keeps what is in a bucket that the configuration forgot, and removes the rest', async () => {
  await env.DB.prepare("INSERT INTO outbox (bucket, key, not_before) VALUES ('lost', 'k', 0)").run()
  await leave(2, 'known')
  const context = makeTestContext()
  expect(await sweep(context)).toMatchObject({ removed: 2, failed: 1 })
  expect(await rowsOf('outbox')).toMatchObject([{ bucket: 'lost', attempts: 1 }])
})

it('removes expired variants with their objects and never originals', async () => {
  const context = makeTestContext()
  const asset = await store(context, 'expire')
  const key = 'variant.webp'
  await beginUpload(context.store, 'assets', key, context.time)
  await env.ASSETS.put(key, 'x')
  const variant = { bucket: 'assets', key, size: 1, etag: 'e', attributes: {}, assetId: asset.id }
  const keys = { canonicalKey: 'w=1', requestKey: 'w=1' }
  const times = { createdAt: context.time, expiresAt: context.time + 1000 }
  expect(await insertVariant(context.store, { ...variant, ...keys, ...times })).toMatchObject({
    result: 'stored',
  })
  context.time += 999
  expect(await sweep(context)).toMatchObject({ expired: 0 })
  context.time += 1
  expect(await sweep(context)).toEqual({ expired: 1, removed: 1, failed: 0, stale: 0 })
  expect(await sweep(context)).toEqual({ expired: 0, removed: 0, failed: 0, stale: 0 })
  expect(await keysIn()).not.toContain(key)
  expect(await keysIn()).toContain(asset.variants[0]!.key)
})

it('goes on with the other steps where one fails', async () => {
  await leave(1, 'after')
  let batches = 0
  const context = makeTestContext({
    fault(call) {
      // The ledger's step is the first batch.
      if (call === 'd1.batch' && ++batches === 1) throw new Error('D1 is down')
    },
  })
  expect(await sweep(context)).toMatchObject({ removed: 1 })
  expect(context.logged).toEqual(['sweep step failed'])
})
