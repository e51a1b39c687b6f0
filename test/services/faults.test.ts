// A store that fails anywhere leaves nothing visible, and nothing orphaned for good.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { PART_BYTES } from '../../src/services/object-writer'
import { storeUpload } from '../../src/services/store-asset'
import { STALE_UPLOAD_MS, sweep } from '../../src/services/sweep'
import { LONGEST_WAIT_MS } from '../../src/store/outbox'
import { type Fault, form, keysIn, longPng, makeTestContext, type Part, picture, rowsOf } from './support'

const png = await picture('png')
const small: Part[] = [
  ['asset', png],
  ['metadata', '{"labels":{"a":"b"}}'],
]
const large: Part[] = [
  ['asset', longPng(png, PART_BYTES + 5)],
  ['metadata', '{"tags":["t"]}'],
]

/** Throws at the nth call, and with `forGood` at every later one. */
function failAt(n: number, forGood: boolean): Fault {
  let calls = 0
  return (call) => {
    calls++
    if (calls === n || (forGood && calls > n)) throw new Error(`injected at ${call}`)
  }
}

/** Sweeps without faults, an hour and a back-off later. */
async function sweepLater(time: number): Promise<void> {
  const context = makeTestContext()
  context.time = time + STALE_UPLOAD_MS + LONGEST_WAIT_MS + 1
  await sweep(context)
  expect(context.logged).toEqual([])
}

/** What is left afterwards: every visible variant has its object, every object its row. */
async function expectConsistent(): Promise<void> {
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
  const named = (await rowsOf('variants')).map((row) => row.key as string)
  expect((await keysIn()).sort()).toEqual(named.sort())
}

for (const [name, parts] of [
  ['small', small],
  ['large', large],
] as const) {
  it(`a ${name} store that fails at any call`, async () => {
    const calls = await callsOf(parts)
    for (let n = 1; n <= calls.length; n++) {
      for (const when of ['fault', 'after'] as const) {
        for (const forGood of when === 'fault' ? [false, true] : [false]) {
          const path = `${name}/${n}/${when}/${forGood}`
          const context = makeTestContext({ [when]: failAt(n, forGood) })
          await expect(storeUpload(context, path, form(parts, 65_536))).rejects.toThrow(
            /injected|Failed query/,
          )
          await context.settled()
          const visible = (await rowsOf('assets')).filter((row) => row.path === path)
          // Only a committed batch whose answer was lost shows, and then it is whole.
          const committed = when === 'after' && n === calls.length
          expect(visible).toHaveLength(committed ? 1 : 0)
          await sweepLater(context.time)
          await expectConsistent()
        }
      }
    }
  })
}

/** The calls of a store that succeeds. */
async function callsOf(parts: Part[]): Promise<string[]> {
  const context = makeTestContext()
  await storeUpload(context, 'calls', form(parts, 65_536))
  await context.settled()
  return context.calls
}

it('gives up an upload that was swept while it went on', async () => {
  const before = (await rowsOf('assets')).length
  const meanwhile = makeTestContext()
  const context = makeTestContext({
    async after(call) {
      // The object has landed; an hour and a sweep pass before the batch.
      if (call !== 'r2.put') return
      meanwhile.time = context.time += STALE_UPLOAD_MS + 1
      await sweep(meanwhile)
    },
  })
  await expect(storeUpload(context, 'slow', form(small))).rejects.toMatchObject({
    status: 503,
    code: 'upload_expired',
  })
  expect(await rowsOf('assets')).toHaveLength(before)
  await context.settled()
  await expectConsistent()
})

it('stops an upload that takes longer than the sweep waits', async () => {
  let chunks = 0
  const context = makeTestContext({
    after(call) {
      if (call === 'r2.uploadPart') chunks += context.time += STALE_UPLOAD_MS
    },
  })
  const slow = storeUpload(
    context,
    'slow',
    form(
      [
        ['metadata', '{}'],
        ['asset', longPng(png, 4 * PART_BYTES)],
      ],
      65_536,
    ),
  )
  await expect(slow).rejects.toMatchObject({ status: 400, code: 'upload_too_slow' })
  expect(chunks).toBeGreaterThan(0)
  await context.settled()
  await sweepLater(context.time)
  await expectConsistent()
})

it('aborts multipart uploads that nobody finished', async () => {
  const upload = await env.ASSETS.createMultipartUpload('dead.png')
  await upload.uploadPart(1, new Uint8Array(PART_BYTES))
  const context = makeTestContext()
  const stale = env.DB.prepare('INSERT INTO uploads (key, bucket, upload_id, started_at) VALUES (?, ?, ?, ?)')
  await stale.bind('dead.png', 'assets', upload.uploadId, context.time).run()
  await sweep(context)
  expect(await rowsOf('uploads')).toHaveLength(1)
  await sweepLater(context.time)
  await expectConsistent()
  await expect(upload.uploadPart(2, new Uint8Array(PART_BYTES))).rejects.toThrow()
})
