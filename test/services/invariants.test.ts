// Random operations with faults at random, several at once, then the proof: every visible variant's
// object is there with its size, no object without a row is left, and no entry id was given twice.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { deleteAssets } from '../../src/services/delete-assets'
import { giveUp } from '../../src/services/object-writer'
import { storeUpload } from '../../src/services/store-asset'
import { STALE_UPLOAD_MS, sweep } from '../../src/services/sweep'
import { updateAsset } from '../../src/services/update-asset'
import { makeKey } from '../../src/store/objects'
import { LONGEST_WAIT_MS } from '../../src/store/outbox'
import { findAsset, findVariant } from '../../src/store/read'
import { beginUpload } from '../../src/store/uploads'
import { insertVariant, touchVariant } from '../../src/store/variants'
import { form, makeTestContext, picture, rowsOf, type TestContext } from './support'

const OPERATIONS = 1500
const AT_ONCE = 5
const PATHS = ['a', 'a/b', 'a/b/c', 'a1', 'b']
const IDLE = { strategy: 'idle', ttlMs: 30 * 60_000 } as const

const png = await picture('png')

/** mulberry32: the same operations in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const random = seeded(2026)
const below = (n: number) => Math.floor(random() * n)
const one = <T>(list: readonly T[]): T => list[below(list.length)]!

/** What may be asked of the service, each as likely as it stands here. */
const operations: Record<string, (context: TestContext) => Promise<unknown>> = {
  store: (context) => {
    const labels = JSON.stringify({ labels: { n: `${below(3)}` }, tags: ['t'] })
    const cut = random() < 0.1 ? png.length - 40 : png.length
    return storeUpload(
      context,
      one(PATHS),
      form(
        [
          ['metadata', labels],
          ['asset', png.subarray(0, cut)],
        ],
        64,
      ),
    )
  },
  storeAgain: (context) => operations.store!(context),
  variant: async (context) => {
    const { store } = context
    const wanted = `w=${below(4)}`
    const found = await findVariant(store, { path: one(PATHS) }, wanted)
    if (found === null) return
    if (found.variant !== null) return touchVariant(store, found.variant, IDLE, context.now())
    const key = makeKey('.webp')
    try {
      await beginUpload(store, 'assets', key, context.now())
      const object = await context.buckets('assets').put(key, new Uint8Array(1 + below(50)))
      const about = { bucket: 'assets', key, size: object!.size, etag: object!.etag, attributes: {} }
      const times = {
        createdAt: context.now(),
        expiresAt: random() < 0.5 ? null : context.now() + IDLE.ttlMs,
      }
      const keys = { assetId: found.asset.id, canonicalKey: wanted, requestKey: wanted }
      await insertVariant(store, { ...about, ...keys, ...times })
    } catch (error) {
      // One isolate in ten dies here instead.
      if (random() < 0.9) await giveUp(context, key)
      throw error
    }
  },
  variantAgain: (context) => operations.variant!(context),
  update: async (context) => {
    const asset = await findAsset(context.store, { path: one(PATHS), order: one(['new', 'modified']) })
    if (asset !== null)
      await updateAsset(context, asset.path, asset.entryId, { labels: { n: `${below(3)}` } })
  },
  deleteEntry: (context) => deleteAssets(context, { kind: 'entry', path: one(PATHS), entryId: below(200) }),
  deleteFirst: (context) => {
    const labels = random() < 0.5 ? {} : { n: `${below(3)}` }
    return deleteAssets(context, {
      kind: 'first',
      path: one(PATHS),
      order: one(['new', 'modified']),
      limit: 1,
      labels,
    })
  },
  deleteAll: async (context) => {
    if (random() < 0.05) await deleteAssets(context, { kind: 'recursive', path: one(['a', 'b']), labels: {} })
  },
  sweep: (context) => sweep(context),
}

it(`holds after ${OPERATIONS} operations`, async () => {
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE given (path TEXT, entry_id INTEGER, PRIMARY KEY (path, entry_id))'),
    // A second time would fail on the key.
    env.DB.prepare(`CREATE TRIGGER given_once AFTER INSERT ON assets BEGIN
      INSERT INTO given VALUES (new.path, new.entry_id); END`),
  ])
  let faults = 0
  let failures = 0
  const fail = () => {
    if (random() < 0.04) throw new Error(`injected fault ${++faults}`)
  }
  let time = Date.UTC(2026, 1, 12)
  const names = Object.keys(operations)
  for (let done = 0; done < OPERATIONS; done += AT_ONCE) {
    time += below(5 * 60_000)
    const batch = Array.from({ length: AT_ONCE }, async () => {
      const context = makeTestContext({ fault: fail, after: fail })
      context.time = time
      await operations[one(names)]!(context).catch((error: unknown) => {
        failures++
        const message = `${error} ${(error as Error).cause}`
        expect(message).toMatch(/injected fault|AppError/)
      })
      await context.settled()
    })
    await Promise.all(batch)
  }
  expect(faults).toBeGreaterThan(OPERATIONS / 20)
  expect(failures).toBeGreaterThan(OPERATIONS / 40)

  const calm = makeTestContext()
  calm.time = time
  for (const wait of [STALE_UPLOAD_MS + 1, LONGEST_WAIT_MS]) {
    calm.time += wait
    await sweep(calm)
  }
  expect(calm.logged).toEqual([])
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
  const variants = await rowsOf('variants')
  const assets = await rowsOf('assets')
  expect(assets.length).toBeGreaterThan(10)
  expect(variants.length).toBeGreaterThan(assets.length)
  const named = new Map(variants.map((row) => [row.key as string, row.size as number]))
  const objects = new Map<string, number>()
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await env.ASSETS.list(cursor === undefined ? {} : { cursor })
    for (const object of page.objects) objects.set(object.key, object.size)
    more = page.truncated
    cursor = page.truncated ? page.cursor : undefined
  }
  expect(objects).toEqual(named)
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
}, 120_000)
