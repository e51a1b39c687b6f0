import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { ConfigInput } from '../../src/config/schema'
import type { ImageHeader } from '../../src/image/header'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import { render } from '../../src/image/render'
import { PART_BYTES } from '../../src/services/object-writer'
import { storeUpload } from '../../src/services/store-asset'
import { STALE_UPLOAD_MS, sweep } from '../../src/services/sweep'
import { LONGEST_WAIT_MS } from '../../src/store/outbox'
import { handGif } from '../support/gif'
import { metadata } from '../support/oracle'
import { sourceOf } from '../support/rows'
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

describe('what is stored is known as if it had come so', () => {
  const palette = [
    [200, 30, 30],
    [20, 160, 60],
    [30, 60, 200],
    [250, 250, 250],
  ]
  const frame = (x: number, width: number) => ({
    ...{ x, y: x, width, height: width },
    pixels: Array.from({ length: width * width }, (_, i) => ((i >> 2) + x) & 3),
  })
  const moving = handGif(32, 32, palette, [frame(0, 32), frame(9, 8)], 0)
  it.each(['jpg', 'png', 'webp', 'avif', 'jxl', 'heic', 'gif'] as const)('%s', async (format) => {
    for (const asset of [png, moving]) {
      const context = makeTestContext({ config: config({ maxWidth: 24, format }) })
      const parts = form([
        ['metadata', '{}'],
        ['asset', asset],
      ])
      const { variants } = await storeUpload(context, 'pre', parts)
      await context.settled()
      const [{ key, attributes }] = variants as [(typeof variants)[0]]
      const bytes = new Uint8Array(await (await env.ASSETS.get(key))!.arrayBuffer())
      const header = probe(bytes)
      expect(attributes).toEqual(header)
      expect(header.pageCount).toBe(asset === moving && (format === 'gif' || format === 'webp') ? 2 : 1)
      const wanted = normalise({ width: 12, format: 'png' }, attributes as unknown as ImageHeader)
      const made = await render(sourceOf(bytes), attributes as unknown as ImageHeader, wanted, {
        effort: 'interactive',
      })
      expect(made.header.width).toBe(12)
    }
  })
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
