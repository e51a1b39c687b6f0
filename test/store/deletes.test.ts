import { expect, it } from 'vitest'
import { deleteAssets, deleteSubtree, releaseDeleted } from '../../src/store/deletes'
import { addAsset, rowsOf, store } from './support'

const pathsLeft = async (start: string) =>
  (await rowsOf('assets')).map((row) => row.path as string).filter((path) => path.startsWith(start))

it('deletes a subtree, whatever characters follow, and nothing beside it', async () => {
  const below = ['u/1', 'u/1/a', 'u/1/%', 'u/1/_', 'u/1/\u{10ffff}', 'u/1/ÿ', 'u/1/a/b/c', 'u/1/-x', "u/1/'"]
  const beside = ['u', 'u/10', 'u/1.', 'u/1-', 'u/1 ', 'u/11/a', 'u/10/a', 'U/1/a', 'u/2', 'u/1ä', 'u']
  for (const path of [...below, ...beside]) await addAsset(path)
  expect(await deleteSubtree(store, 'u/1', {})).toBe(below.length)
  expect((await pathsLeft('')).sort()).toEqual([...beside].sort())
})

it('deletes of a subtree what carries the labels', async () => {
  await addAsset('t', { labels: { a: '1', b: '2' } })
  await addAsset('t/x', { labels: { a: '1', b: '2', c: '3' } })
  await addAsset('t/x', { labels: { a: '1' } })
  await addAsset('t/y')
  expect(await deleteSubtree(store, 't', { a: '1', b: '2' })).toBe(2)
  expect(await pathsLeft('t')).toEqual(['t/x', 't/y'])
  expect(await deleteSubtree(store, 't', { a: '9' })).toBe(0)
})

it('deletes an entry, or the first in an order, and leaves no row of them', async () => {
  for (const n of [0, 1, 2, 3, 4]) await addAsset('n', { labels: { odd: `${n % 2}` }, tags: ['t'] }, n)
  const entries = async () => (await rowsOf('assets')).filter((r) => r.path === 'n').map((r) => r.entry_id)
  expect(await deleteAssets(store, { path: 'n', entryId: 9 }, 1)).toBe(0)
  expect(await deleteAssets(store, { path: 'n', entryId: 4 }, 1)).toBe(1)
  expect(await deleteAssets(store, { path: 'n' }, 1)).toBe(1)
  expect(await entries()).toEqual([0, 1, 2])
  expect(await deleteAssets(store, { path: 'n', order: 'modified', labels: { odd: '0' } }, 1)).toBe(1)
  expect(await entries()).toEqual([0, 1])
  expect(await deleteAssets(store, { path: 'n' }, 0)).toBe(0)
  expect(await deleteAssets(store, { path: 'n' }, -1)).toBe(2)
  const left = new Set((await rowsOf('assets')).map((row) => row.id))
  const orphans = async (table: string) => (await rowsOf(table)).filter((row) => !left.has(row.asset_id))
  expect(await orphans('labels')).toEqual([])
  while ((await releaseDeleted(store, 1, 3)) > 0) expect((await rowsOf('outbox')).length).toBeGreaterThan(0)
  for (const table of ['tags', 'variants', 'variant_aliases', 'deleted_assets']) {
    expect(await orphans(table)).toEqual([])
  }
})

it('puts every object into the outbox, bounded each time', async () => {
  const records = [await addAsset('o'), await addAsset('o/p')]
  await deleteSubtree(store, 'o', {})
  expect(await releaseDeleted(store, 77, 1)).toBe(1)
  expect(await releaseDeleted(store, 77, 1000)).toBe(1)
  expect(await releaseDeleted(store, 77, 1000)).toBe(0)
  const rows = (await rowsOf('outbox')).filter((row) => row.not_before === 77)
  expect(rows).toMatchObject(
    records.map((r) => ({ bucket: 'assets', key: r.variants[0]!.key, upload_id: null, attempts: 0 })),
  )
})
