import { expect, it } from 'vitest'
import { insertAsset, replaceMetadata } from '../../src/store/assets'
import { deleteAssets } from '../../src/store/deletes'
import { listPage } from '../../src/store/list'
import { findAsset } from '../../src/store/read'
import { beginUpload } from '../../src/store/uploads'
import { addAsset, anyVariant, rowsOf, store } from './support'

it('stores an asset with everything that hangs on it and clears the ledger', async () => {
  const original = anyVariant()
  await beginUpload(store, 'assets', original.key, 5)
  const record = await insertAsset(store, {
    path: 'whole',
    metadata: { alt: 'Ä', labels: { b: '2', a: '1' }, tags: ['z', 'a'] },
    source: 'url',
    sourceUrl: 'https://example.com/a.png',
    original: { ...original, lqip: { blurhash: 'L' } },
    createdAt: 7,
  })
  expect(record).toMatchObject({
    path: 'whole',
    entryId: 0,
    alt: 'Ä',
    labels: { a: '1', b: '2' },
    tags: ['z', 'a'],
    source: 'url',
    sourceUrl: 'https://example.com/a.png',
    createdAt: 7,
    modifiedAt: 7,
    version: 0,
    variants: [
      {
        canonicalKey: '',
        key: original.key,
        bucket: 'assets',
        size: 3,
        attributes: { width: 1, format: 'png' },
        lqip: { blurhash: 'L' },
        transformation: null,
        createdAt: 7,
        expiresAt: null,
      },
    ],
  })
  expect(await findAsset(store, { path: 'whole' })).toEqual(record)
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
})

it('numbers entries per path from 0, also under concurrent stores and after deletes', async () => {
  const records = await Promise.all(Array.from({ length: 12 }, () => addAsset('numbers')))
  expect(records.map((r) => r.entryId).sort((a, b) => a - b)).toEqual([...Array(12).keys()])
  expect(await deleteAssets(store, { path: 'numbers' }, -1, 1)).toBe(12)
  expect((await addAsset('numbers')).entryId).toBe(12)
  expect((await addAsset('numbers/other')).entryId).toBe(0)
})

it('stores nothing where the sweep has taken the ledger row', async () => {
  const input = { path: 'swept', metadata: { labels: { a: 'b' }, tags: ['c'] }, source: 'upload' as const }
  await addAsset('swept')
  expect(await insertAsset(store, { ...input, original: anyVariant(), createdAt: 1 })).toBeNull()
  expect((await listPage(store, { path: 'swept' }, -1)).records).toHaveLength(1)
})

it('replaces alt, labels and tags whole and moves modifiedAt and version', async () => {
  const before = await addAsset('put', { alt: 'old', labels: { a: '1' }, tags: ['x', 'y'] }, 50)
  const after = await replaceMetadata(store, 'put', 0, { labels: { b: '2' }, tags: ['y'] }, 40)
  expect(after).toEqual({
    ...before,
    alt: null,
    labels: { b: '2' },
    tags: ['y'],
    modifiedAt: 51,
    version: 1,
  })
  expect(await findAsset(store, { path: 'put', labels: { a: '1' } })).toBeNull()
  expect(await replaceMetadata(store, 'put', 1, {}, 60)).toBeNull()
})

it('finds by order and labels', async () => {
  for (const n of [0, 1, 2, 3]) await addAsset('order', { labels: { even: `${n % 2 === 0}`, all: 'y' } }, n)
  await replaceMetadata(store, 'order', 1, { labels: { all: 'y', put: 'y' } }, 9)
  const entries = async (query: object, limit = -1) =>
    (await listPage(store, { path: 'order', ...query }, limit)).records.map((r) => r.entryId)
  expect(await entries({})).toEqual([3, 2, 1, 0])
  expect(await entries({}, 2)).toEqual([3, 2])
  expect(await entries({ order: 'modified' })).toEqual([1, 3, 2, 0])
  expect(await entries({ order: 'modified' }, 1)).toEqual([1])
  expect(await entries({ labels: { even: 'true' } })).toEqual([2, 0])
  expect(await entries({ labels: { all: 'y' }, order: 'modified' }, 2)).toEqual([1, 3])
  expect(await entries({ labels: { all: 'y', put: 'y' } })).toEqual([1])
  expect(await entries({ labels: { all: 'y', even: 'no' } })).toEqual([])
  expect(await entries({ entryId: 2 })).toEqual([2])
  expect(await entries({ entryId: 2, labels: { even: 'true' } })).toEqual([2])
  expect(await entries({ entryId: 2, labels: { even: 'false' } })).toEqual([])
})

it('takes more labels than D1 binds parameters', async () => {
  const labels = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`k${n}`, `v"${n}`]))
  await addAsset('many', { labels })
  expect((await findAsset(store, { path: 'many', labels }))?.labels).toEqual(labels)
  expect(await findAsset(store, { path: 'many', labels: { ...labels, k7: 'other' } })).toBeNull()
})
