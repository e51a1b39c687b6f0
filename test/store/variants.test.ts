import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { deleteAssets } from '../../src/store/deletes'
import { listPage } from '../../src/store/list'
import { findVariant, variantByKey } from '../../src/store/read'
import type { AssetRecord } from '../../src/store/records'
import { beginUpload } from '../../src/store/uploads'
import { addAlias, deleteExpired, forgetVariant, insertVariant, touchVariant } from '../../src/store/variants'
import { addAsset, anyVariant, rowsOf, store } from './support'

async function derive(
  asset: AssetRecord,
  canonicalKey: string,
  requestKey: string,
  expiresAt: number | null,
) {
  const variant = { ...anyVariant(), transformation: { width: 9 } }
  await beginUpload(store, variant.bucket, variant.key, 1)
  const input = { ...variant, assetId: asset.id, canonicalKey, requestKey, createdAt: 100, expiresAt }
  return { key: variant.key, inserted: await insertVariant(store, input) }
}

it('finds asset, original and variant by a spelling seen before', async () => {
  const asset = await addAsset('find')
  expect(await findVariant(store, { path: 'nowhere' }, 'w=9')).toBeNull()
  expect(await findVariant(store, { path: 'find' }, 'w=9')).toMatchObject({ variant: null })
  const { key, inserted } = await derive(asset, 'w=9&h=9', 'w=9', null)
  expect(inserted).toMatchObject({ result: 'stored', variant: { key, transformation: { width: 9 } } })
  const found = await findVariant(store, { path: 'find' }, 'w=9')
  expect(found?.asset.id).toBe(asset.id)
  expect(found?.original).toEqual(asset.variants[0])
  expect(found?.variant?.key).toBe(key)
  expect((await findVariant(store, { path: 'find' }, 'h=9'))?.variant).toBeNull()
  await addAlias(store, asset.id, 'h=9', 'w=9&h=9')
  expect((await findVariant(store, { path: 'find' }, 'h=9'))?.variant?.key).toBe(key)
  expect((await variantByKey(store, asset.id, 'w=9&h=9'))?.key).toBe(key)
  expect((await findVariant(store, { path: 'find' }, null))?.variant).toEqual(asset.variants[0])
  await addAlias(store, asset.id, 'w=1', '')
  expect((await findVariant(store, { path: 'find' }, 'w=1'))?.variant).toEqual(asset.variants[0])
  const [listed] = (await listPage(store, { path: 'find' }, -1)).records
  expect(listed?.variants.map((v) => v.canonicalKey)).toEqual(['', 'w=9&h=9'])
})

it('stores one of two and puts the other object into the outbox', async () => {
  const asset = await addAsset('race')
  const first = await derive(asset, 'same', 'a', null)
  const second = await derive(asset, 'same', 'b', null)
  expect(second.inserted).toMatchObject({ result: 'exists', variant: { key: first.key } })
  expect((await findVariant(store, { path: 'race' }, 'b'))?.variant?.key).toBe(first.key)
  const waiting = (await rowsOf('outbox')).map((row) => row.key)
  expect(waiting).toContain(second.key)
  expect(waiting).not.toContain(first.key)
  expect(await rowsOf('uploads')).toEqual([])
})

it('gives the object up where the asset or the ledger row is gone', async () => {
  const asset = await addAsset('gone')
  await deleteAssets(store, { path: 'gone' }, 1, 1)
  const late = await derive(asset, 'k', 'k', null)
  expect(late.inserted).toEqual({ result: 'gone' })
  const swept = anyVariant()
  const other = await addAsset('gone')
  const input = {
    ...swept,
    assetId: other.id,
    canonicalKey: 'k',
    requestKey: 'k',
    createdAt: 1,
    expiresAt: null,
  }
  expect(await insertVariant(store, input)).toEqual({ result: 'gone' })
  const waiting = (await rowsOf('outbox')).map((row) => row.key)
  expect(waiting).toEqual(expect.arrayContaining([asset.variants[0]!.key, late.key, swept.key]))
})

it('expires variants, never originals, with their aliases', async () => {
  const asset = await addAsset('expire')
  await derive(asset, 'a', 'a', 200)
  await derive(asset, 'b', 'b', 300)
  await derive(asset, 'c', 'c', null)
  expect(await deleteExpired(store, 199, 10)).toBe(0)
  expect(await deleteExpired(store, 300, 1)).toBe(1)
  expect((await findVariant(store, { path: 'expire' }, 'a'))?.variant).toBeNull()
  expect((await findVariant(store, { path: 'expire' }, 'b'))?.variant).not.toBeNull()
  expect(await deleteExpired(store, Number.MAX_SAFE_INTEGER, 10)).toBe(1)
  const [left] = (await listPage(store, { path: 'expire' }, 1)).records
  expect(left?.variants.map((v) => v.canonicalKey)).toEqual(['', 'c'])
  expect((await rowsOf('variant_aliases')).filter((row) => row.asset_id === asset.id)).toHaveLength(1)
})

it('gives a row id again without an alias that would lead to another picture', async () => {
  const asset = await addAsset('again')
  const { inserted } = await derive(asset, 'a', 'a', 200)
  await addAlias(store, asset.id, 'other', 'a')
  const idOf = (of: typeof inserted) => (of.result === 'gone' ? null : of.variant.id)
  for (const remove of ['expire', 'forget'] as const) {
    const { key } = (await findVariant(store, { path: 'again' }, 'a'))!.variant!
    if (remove === 'expire') await deleteExpired(store, 200, 10)
    else await forgetVariant(store, asset.id, key, 1)
    const next = await derive(asset, `b-${remove}`, `b-${remove}`, null)
    expect(idOf(next.inserted)).toBe(idOf(inserted))
    for (const spelling of ['a', 'other']) {
      expect((await findVariant(store, { path: 'again' }, spelling))?.variant).toBeNull()
    }
    await forgetVariant(store, asset.id, next.key, 1)
    await derive(asset, 'a', 'a', 200)
    await addAlias(store, asset.id, 'other', 'a')
  }
  const { key } = asset.variants[0]!
  await forgetVariant(store, asset.id, key, 1)
  expect((await findVariant(store, { path: 'again' }, null))?.original.key).toBe(key)
})

it('keeps the rows of an asset in its own range', async () => {
  const [one, two] = [await addAsset('range'), await addAsset('range')]
  await derive(one, 'a', 'a', null)
  const last = (one.id + 1) * 2 ** 20 - 1
  await env.DB.prepare('UPDATE variants SET id = ? WHERE asset_id = ? AND canonical_key = ?')
    .bind(last, one.id, 'a')
    .run()
  await expect(derive(one, 'b', 'b', null)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('CHECK constraint failed: variants_row') },
  })
  expect((await findVariant(store, { path: 'range', entryId: 1 }, null))?.original).toEqual(two.variants[0])
  await env.DB.exec('DELETE FROM uploads')
})

it('notes an access at most once per tenth of the ttl', async () => {
  const asset = await addAsset('idle')
  const idle = { strategy: 'idle', ttlMs: 1000 } as const
  await derive(asset, 'a', 'a', 1100)
  const read = async () => (await findVariant(store, { path: 'idle' }, 'a'))!.variant!
  await touchVariant(store, await read(), idle, 199)
  expect(await read()).toMatchObject({ lastAccessedAt: 100, expiresAt: 1100 })
  const stale = await read()
  await touchVariant(store, stale, idle, 200)
  expect(await read()).toMatchObject({ lastAccessedAt: 200, expiresAt: 1200 })
  await touchVariant(store, stale, idle, 250)
  expect(await read()).toMatchObject({ lastAccessedAt: 200, expiresAt: 1200 })
  await touchVariant(store, await read(), { strategy: 'ttl', ttlMs: 1000 }, 900)
  expect(await read()).toMatchObject({ lastAccessedAt: 200 })
})
