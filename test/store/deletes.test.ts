import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { deleteAssets, deleteSubtree } from '../../src/store/deletes'
import { addAlias } from '../../src/store/variants'
import { addAsset, rowsOf, store } from './support'

const pathsLeft = async (start: string) =>
  (await rowsOf('assets')).map((row) => row.path as string).filter((path) => path.startsWith(start))

it('deletes a subtree, whatever characters follow, and nothing beside it', async () => {
  const below = ['u/1', 'u/1/a', 'u/1/%', 'u/1/_', 'u/1/\u{10ffff}', 'u/1/ÿ', 'u/1/a/b/c', 'u/1/-x', "u/1/'"]
  const beside = ['u', 'u/10', 'u/1.', 'u/1-', 'u/1 ', 'u/11/a', 'u/10/a', 'U/1/a', 'u/2', 'u/1ä', 'u']
  for (const path of [...below, ...beside]) await addAsset(path)
  expect(await deleteSubtree(store, 'u/1', {}, 1)).toBe(below.length)
  expect((await pathsLeft('')).sort()).toEqual([...beside].sort())
})

it('deletes of a subtree what carries the labels', async () => {
  await addAsset('t', { labels: { a: '1', b: '2' } })
  await addAsset('t/x', { labels: { a: '1', b: '2', c: '3' } })
  await addAsset('t/x', { labels: { a: '1' } })
  await addAsset('t/y')
  expect(await deleteSubtree(store, 't', { a: '1', b: '2' }, 1)).toBe(2)
  expect(await pathsLeft('t')).toEqual(['t/x', 't/y'])
  expect(await deleteSubtree(store, 't', { a: '9' }, 1)).toBe(0)
})

it('deletes an entry, or the first in an order, and leaves no row of them', async () => {
  for (const n of [0, 1, 2, 3, 4]) await addAsset('n', { labels: { odd: `${n % 2}` }, tags: ['t'] }, n)
  const entries = async () => (await rowsOf('assets')).filter((r) => r.path === 'n').map((r) => r.entry_id)
  expect(await deleteAssets(store, { path: 'n', entryId: 9 }, 1, 1)).toBe(0)
  expect(await deleteAssets(store, { path: 'n', entryId: 4 }, 1, 1)).toBe(1)
  expect(await deleteAssets(store, { path: 'n' }, 1, 1)).toBe(1)
  expect(await entries()).toEqual([0, 1, 2])
  expect(await deleteAssets(store, { path: 'n', order: 'modified', labels: { odd: '0' } }, 1, 1)).toBe(1)
  expect(await entries()).toEqual([0, 1])
  expect(await deleteAssets(store, { path: 'n' }, 0, 1)).toBe(0)
  expect(await deleteAssets(store, { path: 'n' }, -1, 1)).toBe(2)
  await expectNoOrphans()
})

it('puts every object into the outbox', async () => {
  const records = [await addAsset('o'), await addAsset('o/p')]
  expect(await deleteSubtree(store, 'o', {}, 77)).toBe(2)
  const rows = (await rowsOf('outbox')).filter((row) => row.not_before === 77)
  expect(rows).toMatchObject(
    records.map((r) => ({ bucket: 'assets', key: r.variants[0]!.key, upload_id: null, attempts: 0 })),
  )
})

const TABLES = ['assets', 'labels', 'tags', 'variants', 'variant_aliases', 'outbox']
const everything = () => Promise.all(TABLES.map(rowsOf))

/** Deletes of each kind. What is picked from differs, and with it the order of the statements. */
const deletes = {
  entry: () => deleteAssets(store, { path: 'f', entryId: 0 }, 1, 5),
  newest: () => deleteAssets(store, { path: 'f' }, -1, 5),
  'with a label': () => deleteAssets(store, { path: 'f', labels: { k: 'v' } }, -1, 5),
  'with labels': () =>
    deleteAssets(store, { path: 'f', order: 'modified', labels: { k: 'v', l: 'w' } }, 1, 5),
  subtree: () => deleteSubtree(store, 'f', {}, 5),
  'subtree with labels': () => deleteSubtree(store, 'f', { l: 'w', k: 'v' }, 5),
}

it.each(Object.entries(deletes))('deletes all or nothing: %s', async (_, remove) => {
  const asset = await addAsset('f', { labels: { k: 'v', l: 'w' }, tags: ['t'] })
  await addAlias(store, asset.id, 'w=1', '')
  await addAsset('f/g', { labels: { k: 'v', l: 'w' }, tags: ['t'] })
  const before = await everything()
  for (const [table, change] of TABLES.map((name) => [name, name === 'outbox' ? 'INSERT' : 'DELETE'])) {
    // Whichever statement fails, after others of the batch have already changed rows.
    await env.DB.prepare(`CREATE TRIGGER fails AFTER ${change} ON ${table}
      BEGIN SELECT RAISE(ABORT, 'injected'); END`).run()
    await expect(remove()).rejects.toThrow('injected')
    expect(await everything()).toEqual(before)
    await env.DB.exec('DROP TRIGGER fails')
  }
  expect(await remove()).toBeGreaterThan(0)
  await expectNoOrphans()
  const gone = before[0]!.length - (await rowsOf('assets')).length
  expect(await rowsOf('outbox')).toHaveLength(before[5]!.length + gone)
  await deleteSubtree(store, 'f', {}, 5)
})

/** Every row that hangs on an asset has one, and every asset its original. */
async function expectNoOrphans(): Promise<void> {
  const ids = new Set((await rowsOf('assets')).map((row) => row.id))
  for (const table of ['labels', 'tags', 'variants', 'variant_aliases']) {
    expect((await rowsOf(table)).filter((row) => !ids.has(row.asset_id))).toEqual([])
  }
  const originals = (await rowsOf('variants')).filter((row) => row.canonical_key === '')
  expect(new Set(originals.map((row) => row.asset_id))).toEqual(ids)
}
