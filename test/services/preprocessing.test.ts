import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { ConfigInput } from '../../src/config/schema'
import { PART_BYTES } from '../../src/services/object-writer'
import { storeUpload } from '../../src/services/store-asset'
import { STALE_UPLOAD_MS, sweep } from '../../src/services/sweep'
import { LONGEST_WAIT_MS } from '../../src/store/outbox'
import { metadata } from '../support/oracle'
import { form, keysIn, longPng, makeTestContext, picture, rowsOf } from './support'

const config = (image: Record<string, unknown>): ConfigInput => ({
  paths: { '/pre': { transform: { preprocessing: { enabled: true, image } } } },
})
const shrink = config({ maxWidth: 8, maxHeight: 8, format: 'jpg' })
const png = await picture('png', 32, 16)

/** Everything in R2 has a row. */
async function expectNoOrphans(): Promise<void> {
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
  const named = (await rowsOf('variants')).map((row) => row.key as string)
  expect((await keysIn()).sort()).toEqual(named.sort())
}

it('makes the transformed picture the original variant', async () => {
  const context = makeTestContext({ config: shrink })
  const record = await storeUpload(
    context,
    'pre',
    form([
      ['metadata', '{}'],
      ['asset', png],
    ]),
  )
  await context.settled()
  const [original, ...more] = record.variants
  expect(more).toEqual([])
  expect(original).toMatchObject({
    canonicalKey: '',
    transformation: null,
    attributes: { format: 'jpg', width: 8, height: 4 },
  })
  expect(original!.key).toMatch(/\.jpeg$/)
  const object = await env.ASSETS.get(original!.key)
  expect(object!.httpMetadata?.contentType).toBe('image/jpeg')
  expect([object!.size, object!.etag]).toEqual([original!.size, original!.etag])
  const seen = await metadata(new Uint8Array(await object!.arrayBuffer()))
  expect(seen).toMatchObject({ format: 'jpeg', width: 8, height: 4 })
  await expectNoOrphans()
})

it('stores the bytes as they came where nothing changes', async () => {
  const context = makeTestContext({ config: config({ maxWidth: 32, maxHeight: 100 }) })
  const record = await storeUpload(
    context,
    'pre',
    form([
      ['metadata', '{}'],
      ['asset', png],
    ]),
  )
  const object = await env.ASSETS.get(record.variants[0]!.key)
  expect(new Uint8Array(await object!.arrayBuffer())).toEqual(png)
  expect(context.calls).toEqual(['d1.query', 'r2.put', 'd1.batch'])
})

it('refuses a picture that can not be decoded and leaves nothing', async () => {
  for (const bytes of [longPng(png.subarray(0, 60), 400), longPng(png.subarray(0, 60), PART_BYTES + 400)]) {
    const context = makeTestContext({ config: shrink })
    const refused = storeUpload(
      context,
      'pre',
      form(
        [
          ['metadata', '{}'],
          ['asset', bytes],
        ],
        65_536,
      ),
    )
    await expect(refused).rejects.toMatchObject({ status: 400, code: expect.stringMatching(/^image_/) })
    await context.settled()
    await expectNoOrphans()
  }
})

it('leaves nothing where any call fails', async () => {
  const whole = makeTestContext({ config: shrink })
  await storeUpload(
    whole,
    'pre',
    form([
      ['metadata', '{}'],
      ['asset', png],
    ]),
  )
  // Up to the batch that makes it visible.
  const calls = whole.calls.indexOf('d1.batch') + 1
  await whole.settled()
  for (let n = 1; n <= calls; n++) {
    for (const when of ['fault', 'after'] as const) {
      let count = 0
      const fail = () => {
        if (++count >= n) throw new Error('injected')
      }
      const context = makeTestContext({ config: shrink, [when]: fail })
      await expect(
        storeUpload(
          context,
          'pre',
          form([
            ['metadata', '{}'],
            ['asset', png],
          ]),
        ),
      ).rejects.toThrow()
      await context.settled()
      const later = makeTestContext()
      later.time = context.time + STALE_UPLOAD_MS + LONGEST_WAIT_MS + 1
      await sweep(later)
      await expectNoOrphans()
    }
  }
})
