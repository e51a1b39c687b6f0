import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { ConfigInput } from '../../src/config/schema'
import { sizeOfPieces } from '../../src/image/encoded-file'
import { normalise } from '../../src/image/normalise'
import type { Transformation } from '../../src/image/transformation'
import { canonicalKey } from '../../src/params/keys'
import { deleteAssets } from '../../src/services/delete-assets'
import { budgetOf, generate, pendingVariant } from '../../src/services/generate'
import { headerOf } from '../../src/services/picture'
import { looksDifferent } from '../../src/services/placeholders'
import { storeUpload } from '../../src/services/store-asset'
import { Timings } from '../../src/services/timings'
import { findPicture, type VariantRequest } from '../../src/services/variant'
import type { Wanted } from '../../src/services/wanted'
import { findVariant } from '../../src/store/read'
import { beginUpload } from '../../src/store/uploads'
import { insertVariant } from '../../src/store/variants'
import { picture } from '../routes/support'
import { type Fault, form, keysIn, makeTestContext, rowsOf } from './support'

const jpeg = await picture('jpeg')

async function stored(path: string, options: { config?: ConfigInput; fault?: Fault; after?: Fault } = {}) {
  const context = makeTestContext(options)
  const { stream, contentType } = form([
    ['metadata', '{}'],
    ['asset', jpeg],
  ])
  await storeUpload(context, path, { stream, contentType })
  await context.settled()
  context.calls.length = 0
  return context
}

const asking = (path: string, asked: Transformation, mustBeStored = false): VariantRequest => {
  const wanted: Wanted = {
    asked,
    format: null,
    others: [],
    refused: [],
    instead: null,
    negotiated: false,
  }
  return { query: { path }, wanted, mustBeStored }
}

async function found(path: string, context: Awaited<ReturnType<typeof stored>>) {
  return (await findVariant(context.store, { path }, null))!
}

describe('a variant', () => {
  it('is answered before it is stored, and stored behind the answer', async () => {
    const context = await stored('v/behind')
    const objects = (await keysIn()).length
    const result = (await findPicture(context, asking('v/behind', { width: 20 }), new Timings()))!
    expect(result.cache).toBe('miss')
    expect(sizeOfPieces(result.picture.pieces!)).toBe(result.picture.row.size)
    await context.settled()
    expect(await keysIn()).toHaveLength(objects + 1)
    expect((await env.ASSETS.head(result.picture.row.key))?.size).toBe(result.picture.row.size)
    expect(await rowsOf('uploads')).toEqual([])
  })

  it('being stored serves whoever asks meanwhile', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    let puts = 0
    const context = await stored('v/pending', {
      fault: (call) => (call === 'r2.put' && ++puts > 1 ? gate : undefined),
    })
    const first = (await findPicture(context, asking('v/pending', { width: 20 }), new Timings()))!
    const other = (await findPicture(context, asking('v/pending', { height: 13, width: 20 }), new Timings()))!
    expect([first.cache, other.cache]).toEqual(['miss', 'hit'])
    expect(other.picture.pieces).toBe(first.picture.pieces)
    release()
    await context.settled()
    const later = (await findPicture(context, asking('v/pending', { width: 20 }), new Timings()))!
    expect(later.picture.row.key).toBe(first.picture.row.key)
    expect(later.picture.pieces).toBeNull()
  })

  it('is there when a link is answered', async () => {
    const context = await stored('v/link')
    const result = (await findPicture(context, asking('v/link', { width: 21 }, true), new Timings()))!
    expect(await env.ASSETS.head(result.picture.row.key)).not.toBeNull()
    expect(result.cache).toBe('miss')
    await context.settled()
  })

  it('that another isolate stored first wins; the object of this one is removed', async () => {
    const path = 'v/race'
    const rival = crypto.randomUUID()
    let raced = true
    const context = await stored(path, {
      after: async (call) => {
        if (call !== 'r2.put' || raced) return
        raced = true
        const { asset, original } = await found(path, context)
        const wanted = normalise({ width: 22 }, headerOf(original))
        await env.ASSETS.put(rival, jpeg)
        await beginUpload(context.store, 'assets', rival, 0)
        await insertVariant(context.store, {
          assetId: asset.id,
          canonicalKey: canonicalKey(wanted),
          requestKey: 'w=22',
          bucket: 'assets',
          key: rival,
          size: jpeg.length,
          etag: 'e',
          attributes: original.attributes,
          createdAt: 0,
          expiresAt: null,
        })
      },
    })
    raced = false
    const result = (await findPicture(context, asking(path, { width: 22 }, true), new Timings()))!
    await context.settled()
    expect(result.picture.row.key).toBe(rival)
    const keys = await keysIn()
    expect(keys).toContain(rival)
    const rows = await rowsOf('variants')
    for (const key of keys) expect(rows.map((row) => row.key)).toContain(key)
    expect(await rowsOf('outbox')).toEqual([])
  })

  it.each(['r2.put', 'd1.batch'])(
    'is answered even where storing fails at %s, and leaves nothing',
    async (call) => {
      const path = `v/fails/${call}`
      let armed = false
      const context = await stored(path, {
        fault: (name) => {
          if (armed && name === call) {
            armed = false
            throw new Error('injected')
          }
        },
      })
      const before = await keysIn()
      armed = true
      const result = (await findPicture(context, asking(path, { width: 23 }), new Timings()))!
      expect(result.picture.pieces).not.toBeNull()
      await context.settled()
      expect(context.logged).toContain('variant not stored')
      expect(await keysIn()).toEqual(before)
      expect(await rowsOf('uploads')).toEqual([])
      const again = (await findPicture(context, asking(path, { width: 23 }), new Timings()))!
      expect(again.cache).toBe('miss')
      await context.settled()
    },
  )

  it('of an asset that is deleted meanwhile is a 404 where it has to be stored', async () => {
    const path = 'v/deleted'
    let armed = false
    const context = await stored(path, {
      fault: async (call) => {
        if (!armed || call !== 'r2.put') return
        armed = false
        await deleteAssets(context, { kind: 'recursive', path, labels: {} })
      },
    })
    armed = true
    await expect(
      findPicture(context, asking(path, { width: 24 }, true), new Timings()),
    ).rejects.toMatchObject({
      status: 404,
    })
    await context.settled()
    expect(await rowsOf('outbox')).toEqual([])
  })

  it('fails for everyone who waits, once each, and is forgotten', async () => {
    const path = 'v/corrupt'
    const context = await stored(path)
    const { asset, original } = await found(path, context)
    await env.ASSETS.put(original.key, jpeg.slice(0, 4))
    const wanted = normalise({ format: 'png', width: 5 }, headerOf(original))
    const job = { asset, original, wanted, requestKey: 'x', effort: 'interactive' as const }
    const { made } = generate(context, job)
    await expect(made).rejects.toMatchObject({ status: 400 })
    await context.settled()
    expect(pendingVariant(asset.id, wanted)).toBeNull()
  })
})

describe('the queue for memory', () => {
  /** Takes all the room that jobs share, until it is given back. */
  function full(context: Awaited<ReturnType<typeof stored>>) {
    const budget = budgetOf(context.config)
    let free = () => {}
    const held = budget.run(budget.options.bytes, () => new Promise<void>((resolve) => (free = resolve)))
    return {
      budget,
      free: () => {
        free()
        return held
      },
    }
  }
  const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true))
  const limits = (more: object = {}) => ({ config: { limits: { queueTimeout: '5s', ...more } } })

  it('is left by a job when the last client that waits for it has hung up', async () => {
    const path = 'v/left'
    const context = await stored(path, limits())
    const { budget, free } = full(context)
    const [one, two] = [new AbortController(), new AbortController()]
    const ask = (gone: AbortController) =>
      findPicture({ ...context, signal: gone.signal }, asking(path, { width: 19 }), new Timings())
    const first = ask(one)
    await until(() => budget.waiting === 1)
    const second = ask(two)
    // The same variant: one place in the queue, and the other client is served although the first is gone.
    await scheduler.wait(50)
    expect(budget.waiting).toBe(1)
    one.abort()
    expect(budget.waiting).toBe(1)
    two.abort()
    await expect(first).rejects.toMatchObject({ status: 503 })
    await expect(second).rejects.toMatchObject({ status: 503 })
    expect(budget.waiting).toBe(0)
    await free()
    await context.settled()
    expect(budget.used).toBe(0)
  })

  it('is kept by a job that has a client left', async () => {
    const path = 'v/kept'
    const context = await stored(path, limits())
    const { budget, free } = full(context)
    const gone = new AbortController()
    const first = findPicture({ ...context, signal: gone.signal }, asking(path, { width: 19 }), new Timings())
    await until(() => budget.waiting === 1)
    const second = findPicture(context, asking(path, { width: 19 }), new Timings())
    const third = findPicture(context, asking(path, { width: 19 }), new Timings())
    await scheduler.wait(50)
    gone.abort()
    expect(budget.waiting).toBe(1)
    await free()
    const all = await Promise.all([first, second, third])
    expect(all.map((found) => found?.picture.pieces)).toEqual(Array(3).fill(all[0]!.picture.pieces))
    await context.settled()
  })

  it('refuses with a 503 that says when to come again, by its length and by time', async () => {
    const path = 'v/busy'
    const context = await stored(path, limits({ queueLength: 1, queueTimeout: '1s' }))
    const { budget, free } = full(context)
    const busy = { status: 503, code: 'busy', headers: { 'Retry-After': '5' } }
    const waiting = findPicture(context, asking(path, { width: 19 }), new Timings())
    await until(() => budget.waiting === 1)
    await expect(findPicture(context, asking(path, { width: 18 }), new Timings())).rejects.toMatchObject(busy)
    await expect(waiting).rejects.toMatchObject(busy)
    await free()
    expect((await findPicture(context, asking(path, { width: 18 }), new Timings()))?.cache).toBe('miss')
    await context.settled()
  })

  it('gives room back where a job fails, to the one behind it', async () => {
    const path = 'v/thrown'
    const context = await stored(path, limits())
    const { original } = await found(path, context)
    const { budget, free } = full(context)
    const failing = findPicture(context, asking(path, { width: 17 }), new Timings())
    await until(() => budget.waiting === 1)
    const sound = await env.ASSETS.get(original.key).then((object) => object!.arrayBuffer())
    await env.ASSETS.put(original.key, jpeg.slice(0, 30))
    await free()
    await expect(failing).rejects.toMatchObject({ status: 400 })
    expect([budget.used, budget.waiting]).toEqual([0, 0])
    await env.ASSETS.put(original.key, sound)
    expect((await findPicture(context, asking(path, { width: 16 }), new Timings()))?.cache).toBe('miss')
    await context.settled()
  })

  it('is not entered by what can never fit: a 400 with the largest size that would', async () => {
    const path = 'v/never'
    const context = await stored(path, { config: { limits: { memoryBytes: 16 << 20 } } })
    const asked = { width: 3000, height: 3000, fit: 'stretch', format: 'png' } as const
    const failure = await findPicture(context, asking(path, asked), new Timings()).catch((error) => error)
    expect(failure).toMatchObject({ status: 400, code: 'image_too_large' })
    const [, side] = /up to (\d+)×(\d+) it can be made/.exec(failure.message)!.map(Number)
    const most = { ...asked, width: side!, height: side! }
    const made = await findPicture(context, asking(path, most), new Timings())
    expect(made?.picture.header.width).toBe(side)
    expect(budgetOf(context.config).waiting).toBe(0)
    await context.settled()
  })
})

describe('expiry', () => {
  it('is set when a variant is stored, and put off by access', async () => {
    const config: ConfigInput = {
      paths: { '/': { transform: { expire: { strategy: 'idle', ttl: '10m' } } } },
    }
    const context = await stored('v/idle', { config })
    await findPicture(context, asking('v/idle', { width: 25 }), new Timings())
    await context.settled()
    const expires = async () =>
      (await env.DB.prepare(
        "SELECT expires_at FROM variants WHERE canonical_key LIKE 'w=25&%'",
      ).first<number>('expires_at'))!
    expect(await expires()).toBe(context.time + 600_000)
    context.time += 30_000
    await findPicture(context, asking('v/idle', { width: 25 }), new Timings())
    await context.settled()
    expect(await expires()).toBe(context.time - 30_000 + 600_000)
    context.time += 60_000
    await findPicture(context, asking('v/idle', { width: 25 }), new Timings())
    await context.settled()
    expect(await expires()).toBe(context.time + 600_000)
  })
})

describe('placeholders', () => {
  const header = {
    format: 'jpg',
    width: 600,
    height: 400,
    orientation: 1,
    alpha: false,
    bitDepth: 8,
    pageCount: 1,
    loop: 0,
    colorSpace: 'srgb',
    interlaced: false,
    components: 3,
  } as const

  it.each<[Transformation, boolean]>([
    [{ width: 100 }, false],
    [{ width: 7 }, false],
    [{ blur: 20 }, false],
    [{ format: 'webp', quality: 5 }, false],
    [{ width: 301, height: 201, fit: 'stretch' }, false],
    [{ rotate: 90 }, true],
    [{ rotate: 180 }, true],
    [{ flip: 'h' }, true],
    [{ filter: 'sepia' }, true],
    [{ padding: 1 }, true],
    [{ width: 100, height: 100, fit: 'fill' }, true],
    [{ width: 100, height: 100, fit: 'stretch' }, true],
    [{ width: 300, height: 200, fit: 'crop' }, true],
  ])('are made anew for %j: %s', (asked, different) => {
    expect(looksDifferent(normalise(asked, header), header)).toBe(different)
  })

  it('are made of what looks different', async () => {
    const config: ConfigInput = { paths: { '/': { image: { lqip: ['blurhash', 'thumbhash'] } } } }
    const context = await stored('v/lqip', { config })
    const { picture } = (await findPicture(context, asking('v/lqip', { rotate: 90 }), new Timings()))!
    expect(picture.row.lqip).toEqual({ blurhash: expect.any(String), thumbhash: expect.any(String) })
    const { original } = await found('v/lqip', context)
    const same = (await findPicture(context, asking('v/lqip', { width: 10 }), new Timings()))!
    expect(same.picture.row.lqip).toEqual(original.lqip)
    await context.settled()
  })
})
