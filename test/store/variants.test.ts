import { expect, it } from 'vitest'
import { deleteAssets, deleteExpired, releaseDeleted } from '../../src/store/deletes'
import { findVariant, listAssets, variantByKey } from '../../src/store/read'
import type { AssetRecord } from '../../src/store/records'
import { beginUpload } from '../../src/store/uploads'
import { addAlias, insertVariant, touchVariant } from '../../src/store/variants'
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
  const [listed] = await listAssets(store, { path: 'find' }, -1)
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
  await deleteAssets(store, { path: 'gone' }, 1)
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
  await releaseDeleted(store, 1, 1000)
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
  const [left] = await listAssets(store, { path: 'expire' }, 1)
  expect(left?.variants.map((v) => v.canonicalKey)).toEqual(['', 'c'])
  expect((await rowsOf('variant_aliases')).filter((row) => row.asset_id === asset.id)).toHaveLength(1)
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
