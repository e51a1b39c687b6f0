import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { ConfigInput } from '../../src/config/schema'
import { requestKey } from '../../src/params/keys'
import { deleteAssets } from '../../src/services/delete-assets'
import {
  consumeEagerMessages,
  type EagerMessage,
  makeEagerVariants,
  requestEagerVariants,
} from '../../src/services/eager-variants'
import { storeUpload } from '../../src/services/store-asset'
import { STALE_UPLOAD_MS, sweep } from '../../src/services/sweep'
import { LONGEST_WAIT_MS } from '../../src/store/outbox'
import { findAsset, findVariant } from '../../src/store/read'
import type { AssetRecord } from '../../src/store/records'
import { metadata } from '../support/oracle'
import { form, keysIn, makeTestContext, picture, rowsOf, type TestContext } from './support'

const config: ConfigInput = {
  variantProfiles: {
    small: { w: 8, format: 'jpg' },
    tiny: { w: 4, h: 4, fit: 'fill', format: 'webp' },
    same: { w: 32 },
    again: { h: 4, format: 'jpg' },
  },
  paths: {
    '/eager': { transform: { eagerVariants: ['small', 'tiny', 'same', 'again'] } },
  },
}
const png = await picture('png', 32, 16)

/** A context whose queue keeps what it is sent. */
function queued(options: Parameters<typeof makeTestContext>[0] = {}) {
  const sent: EagerMessage[] = []
  const context = makeTestContext({ config, ...options })
  Object.assign(context.env, { VARIANTS: { send: async (message: EagerMessage) => void sent.push(message) } })
  return { context, sent }
}

/** Delivers messages as the queue does. */
async function deliver(context: TestContext, messages: EagerMessage[], attempts = 1) {
  const ends: string[] = []
  await consumeEagerMessages(context, {
    messages: messages.map((body) => ({
      id: '1',
      timestamp: new Date(0),
      body,
      attempts,
      ack: () => void ends.push('ack'),
      retry: (options) => void ends.push(`retry in ${options?.delaySeconds} s`),
    })),
  })
  await context.settled()
  return ends
}

async function storeEager(context: TestContext, bytes = png, path = 'eager'): Promise<AssetRecord> {
  return storeUpload(
    context,
    path,
    form([
      ['metadata', '{}'],
      ['asset', bytes],
    ]),
  )
}

const keysOf = async (context: TestContext, record: AssetRecord) =>
  (await findAsset(context.store, { path: record.path, entryId: record.entryId }))!.variants.map(
    (variant) => variant.canonicalKey,
  )

/** Ends what a killed consumer left, then proves that every object has its row. */
async function expectNoOrphans(context: TestContext): Promise<void> {
  const later = makeTestContext()
  later.time = context.time + STALE_UPLOAD_MS + LONGEST_WAIT_MS + 1
  await sweep(later)
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
  const named = (await rowsOf('variants')).map((row) => row.key as string)
  expect((await keysIn()).sort()).toEqual(named.sort())
}

it('queues the asset before the store answers, and makes its profiles from the message', async () => {
  const { context, sent } = queued()
  const record = await storeEager(context)
  expect(record.variants).toHaveLength(1)
  expect(sent).toEqual([{ assetId: record.id }])
  expect(await deliver(context, sent)).toEqual(['ack'])
  // `same` is the original itself, `again` the same picture as `small`.
  const keys = await keysOf(context, record)
  expect(keys).toHaveLength(3)
  for (const [asked, format, width] of [
    [{ width: 8, format: 'jpg' }, 'jpeg', 8],
    [{ height: 4, format: 'jpg' }, 'jpeg', 8],
    [{ width: 4, height: 4, fit: 'fill', format: 'webp' }, 'webp', 4],
    [{ width: 32 }, 'png', 32],
  ] as const) {
    const found = await findVariant(context.store, { path: 'eager' }, requestKey(asked, null))
    const object = await env.ASSETS.get(found!.variant!.key)
    const seen = await metadata(new Uint8Array(await object!.arrayBuffer()))
    expect(seen).toMatchObject({ format, width, height: width === 32 ? 16 : 4 })
  }
  // A second delivery makes nothing.
  const second = queued().context
  expect(await deliver(second, sent)).toEqual(['ack'])
  expect(second.calls.filter((call) => call.startsWith('r2.'))).toEqual([])
  await expectNoOrphans(context)
})

it('decodes one picture once for all its profiles', async () => {
  const { context, sent } = queued()
  await storeEager(context)
  context.calls.length = 0
  await deliver(context, sent)
  expect(context.calls.filter((call) => call === 'r2.get')).toHaveLength(1)
  expect(context.calls.filter((call) => call === 'r2.put')).toHaveLength(2)
})

it('makes the others where one profile can not be made', async () => {
  const profiles = { ...config.variantProfiles, wide: { w: 20_000, format: 'webp' } }
  const limits = { outputSide: 20_000 }
  const paths = { '/eager': { transform: { eagerVariants: ['small', 'wide', 'tiny'] } } }
  const { context, sent } = queued({ config: { variantProfiles: profiles, limits, paths } })
  const record = await storeEager(context)
  // The largest side of a WebP is 16,383 pixels.
  expect(await deliver(context, sent)).toEqual(['ack'])
  expect(context.logged).toContain('eager variants failed')
  expect(await keysOf(context, record)).toHaveLength(3)
})

it('queues nothing for a path without eager variants', async () => {
  const { context, sent } = queued()
  await storeEager(context, png, 'plain')
  await context.settled()
  expect(sent).toEqual([])
})

it('makes them behind the answer without a queue, or where it takes no message', async () => {
  const without = makeTestContext({ config })
  Object.assign(without.env, { VARIANTS: undefined })
  const failing = makeTestContext({ config })
  Object.assign(failing.env, { VARIANTS: { send: () => Promise.reject(new Error('queue is down')) } })
  for (const context of [without, failing]) {
    const record = await storeEager(context)
    await context.settled()
    expect(await keysOf(context, record)).toHaveLength(3)
  }
  expect(failing.logged).toEqual(['eager variants not queued'])
})

it('drops messages of deleted assets, also where they go while it works', async () => {
  const { context, sent } = queued()
  await storeEager(context)
  await deleteAssets(context, { kind: 'first', path: 'eager', order: 'new', limit: 1, labels: {} })
  await context.settled()
  expect(await makeEagerVariants(context, sent[0]!.assetId)).toBe('gone')
  expect(await deliver(context, sent)).toEqual(['ack'])
  for (const moment of ['r2.get', 'r2.put']) {
    const { context: plain, sent: messages } = queued()
    await storeEager(plain)
    let deleted = false
    const during = queued({
      async fault(call) {
        if (call !== moment || deleted) return
        deleted = true
        await deleteAssets(plain, { kind: 'first', path: 'eager', order: 'new', limit: 1, labels: {} })
        await plain.settled()
      },
    }).context
    expect(await makeEagerVariants(during, messages[0]!.assetId)).toBe('gone')
    await during.settled()
  }
  await expectNoOrphans(context)
})

it('survives a consumer that is killed at any call', async () => {
  const probe = queued()
  await storeEager(probe.context)
  probe.context.calls.length = 0
  await deliver(probe.context, probe.sent)
  const calls = probe.context.calls.length
  for (let n = 1; n <= calls; n += 2) {
    const { context, sent } = queued()
    const record = await storeEager(context)
    let count = 0
    // From here on nothing that the isolate does has an effect, its answer to the queue included.
    const killed = queued({
      fault: () => {
        if (++count >= n) throw new Error('killed')
      },
    }).context
    const ends = await deliver(killed, sent)
    expect(ends).toEqual([n <= calls && count >= n ? 'retry in 10 s' : 'ack'])
    expect(await deliver(queued().context, sent, 2)).toEqual(['ack'])
    expect(await keysOf(context, record)).toHaveLength(3)
  }
  await expectNoOrphans(probe.context)
})

it('finds done what a request made first, and never stores a variant twice', async () => {
  const { context, sent } = queued()
  const record = await storeEager(context)
  const both = [queued().context, queued().context]
  await Promise.all(both.map((other) => deliver(other, sent)))
  expect(await keysOf(context, record)).toHaveLength(3)
  await expectNoOrphans(context)
})

it('does not try a picture again that can not be decoded', async () => {
  const damaged = png.slice()
  damaged.fill(0, Buffer.from(png).indexOf('IDAT') + 4, -12)
  const { context, sent } = queued()
  const record = await storeEager(context, damaged)
  expect(await deliver(context, sent)).toEqual(['ack'])
  expect(context.logged).toContain('eager variants failed')
  expect(await keysOf(context, record)).toEqual([''])
})

it('tries again later, ever later, what may pass', async () => {
  const { context, sent } = queued()
  await storeEager(context)
  const down = queued({
    fault: (call) => {
      if (call === 'r2.put') throw new Error('R2 is down')
    },
  }).context
  for (const [attempts, seconds] of [
    [1, 10],
    [2, 20],
    [4, 80],
    [9, 600],
  ] as const) {
    expect(await deliver(down, sent, attempts)).toEqual([`retry in ${seconds} s`])
  }
  await requestEagerVariants(context, (await findAsset(context.store, { path: 'eager' }))!)
  expect(await deliver(context, sent)).toEqual(['ack', 'ack'])
})
