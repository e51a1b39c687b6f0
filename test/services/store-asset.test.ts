import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { PART_BYTES } from '../../src/services/object-writer'
import { storeUpload } from '../../src/services/store-asset'
import { form, keysIn, longPng, makeTestContext, type Part, picture, rowsOf, streamOf } from './support'

const png = await picture('png')

/** No test leaves anything in flight. */
beforeEach(async () => {
  expect(await rowsOf('uploads')).toEqual([])
  expect(await rowsOf('outbox')).toEqual([])
})

it('stores a form in either order, whatever the asset part calls itself', async () => {
  const asset: Part = ['asset', png, '; filename="a.exe"\r\nContent-Type: application/x-msdownload']
  const metadata: Part = ['metadata', '{"alt":"A","labels":{"k":"v"},"tags":["t"]}']
  for (const [n, parts] of [
    [asset, metadata],
    [metadata, asset],
  ].entries()) {
    const context = makeTestContext()
    const record = await storeUpload(context, 'either', form(parts, 7))
    expect(record).toMatchObject({
      entryId: n,
      alt: 'A',
      labels: { k: 'v' },
      tags: ['t'],
      source: 'upload',
      sourceUrl: null,
      createdAt: context.time,
      variants: [{ size: png.length, attributes: { format: 'png', width: 4, height: 3 }, bucket: 'assets' }],
    })
    const { key, etag } = record.variants[0]!
    expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.png$/)
    const object = await env.ASSETS.get(key)
    expect(new Uint8Array(await object!.arrayBuffer())).toEqual(png)
    expect(object!.httpMetadata?.contentType).toBe('image/png')
    expect(object!.etag).toBe(etag)
    expect(context.calls).toEqual(['d1.query', 'r2.put', 'd1.batch'])
  }
})

it.each([
  ['less than a part', PART_BYTES - 1, 1],
  ['one part', PART_BYTES, 1],
  ['a byte more', PART_BYTES + 1, 2],
  ['three parts', 2 * PART_BYTES + 4321, 3],
])('stores %s byte for byte', async (_, size, parts) => {
  const context = makeTestContext()
  const bytes = longPng(png, size)
  const record = await storeUpload(
    context,
    'long',
    form(
      [
        ['metadata', '{}'],
        ['asset', bytes],
      ],
      65_536,
    ),
  )
  const { key, size: stored, etag } = record.variants[0]!
  const object = await env.ASSETS.get(key)
  expect([object!.size, stored, object!.etag]).toEqual([size, size, etag])
  expect(Buffer.from(await object!.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
  expect(context.calls.filter((call) => call === 'r2.uploadPart')).toHaveLength(parts === 1 ? 0 : parts)
})

it.each<[string, Part[], string]>([
  ['no metadata', [['asset', png]], 'missing_part'],
  ['no asset', [['metadata', '{}']], 'missing_part'],
  ['nothing', [], 'missing_part'],
  [
    'metadata twice',
    [
      ['metadata', '{}'],
      ['metadata', '{}'],
      ['asset', png],
    ],
    'repeated_part',
  ],
  [
    'asset twice',
    [
      ['asset', png],
      ['asset', png],
      ['metadata', '{}'],
    ],
    'repeated_part',
  ],
  [
    'another part',
    [
      ['metadata', '{}'],
      ['asset', png],
      ['more', 'x'],
    ],
    'unknown_part',
  ],
  [
    'metadata that is no JSON',
    [
      ['asset', png],
      ['metadata', '{'],
    ],
    'invalid_json',
  ],
  [
    'an unknown field',
    [
      ['asset', png],
      ['metadata', '{"title":"x"}'],
    ],
    'unknown_field',
  ],
  [
    'a url in the form',
    [
      ['metadata', '{"url":"https://a.example/b.png"}'],
      ['asset', png],
    ],
    'unknown_field',
  ],
  [
    'metadata of a megabyte',
    [
      ['metadata', `${' '.repeat(1024 * 1024)}{}`],
      ['asset', png],
    ],
    'metadata_too_large',
  ],
  [
    'no picture',
    [
      ['metadata', '{}'],
      ['asset', 'GIF, honestly. '.repeat(9)],
    ],
    'image_unsupported',
  ],
  [
    'an empty asset',
    [
      ['metadata', '{}'],
      ['asset', ''],
    ],
    'image_unsupported',
  ],
  [
    'half a header',
    [
      ['metadata', '{}'],
      ['asset', png.subarray(0, 20)],
    ],
    'image_truncated',
  ],
])('refuses %s and leaves nothing', async (_, parts, code) => {
  const before = await keysIn()
  const context = makeTestContext()
  await expect(storeUpload(context, 'refused', form(parts))).rejects.toMatchObject({ status: 400, code })
  await context.settled()
  expect(await keysIn()).toEqual(before)
  expect((await rowsOf('assets')).filter((row) => row.path === 'refused')).toEqual([])
})

it.each([
  ['a body that ends early', '', 'multipart/form-data; boundary=edge'],
  ['no boundary', '--\r\n', 'multipart/form-data'],
  ['another boundary', '--\r\n', 'multipart/form-data; boundary=other'],
])('refuses %s', async (_, end, contentType) => {
  const context = makeTestContext()
  const { stream } = form(
    [
      ['metadata', '{}'],
      ['asset', png],
    ],
    1000,
    end,
  )
  const refused = storeUpload(context, 'broken', { stream, contentType })
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'invalid_multipart' })
  await context.settled()
})

it('refuses part headers that are no headers', async () => {
  for (const header of ['\r\nBad Header: x', '\r\nX-Header: \u0000']) {
    const context = makeTestContext()
    const refused = storeUpload(
      context,
      'broken',
      form([
        ['asset', png, header],
        ['metadata', '{}'],
      ]),
    )
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'invalid_multipart' })
    await context.settled()
  }
})

it('refuses by the header before R2 is touched', async () => {
  const wide = await picture('png', 300, 200)
  const limited = makeTestContext({ config: { limits: { inputPixels: 59_999 } } })
  const bytes = longPng(wide, 2 * PART_BYTES)
  const refused = storeUpload(
    limited,
    'pixels',
    form([
      ['metadata', '{}'],
      ['asset', bytes],
    ]),
  )
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'image_too_large' })
  expect(limited.calls).toEqual([])
})

it('takes only the types a path allows', async () => {
  const paths = {
    '/webp': { allowedContentTypes: ['image/webp', 'image/gif'] },
    '/none': { allowedContentTypes: [] },
  }
  const store = (path: string) => {
    const context = makeTestContext({ config: { paths } })
    return {
      context,
      stored: storeUpload(
        context,
        path,
        form([
          ['metadata', '{}'],
          ['asset', png],
        ]),
      ),
    }
  }
  for (const path of ['webp', 'WEBP/below', 'none']) {
    const { context, stored } = store(path)
    await expect(stored).rejects.toMatchObject({ status: 403, code: 'content_type_not_allowed' })
    expect(context.calls).toEqual([])
  }
  expect((await store('other').stored).entryId).toBe(0)
})

it('stops at the first byte over the limit', async () => {
  const limit = 2 * PART_BYTES
  const config = { source: { multipart: { maxBytes: limit } } }
  const exact = makeTestContext({ config })
  const fits = form(
    [
      ['metadata', '{}'],
      ['asset', longPng(png, limit)],
    ],
    65_536,
  )
  expect((await storeUpload(exact, 'limit', fits)).variants[0]!.size).toBe(limit)

  const over = makeTestContext({ config })
  let pulled = 0
  const { stream, contentType } = form(
    [
      ['metadata', '{}'],
      ['asset', longPng(png, limit + 40 * 65_536)],
    ],
    65_536,
  )
  const counted = stream.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        pulled += chunk.length
        controller.enqueue(chunk)
      },
    }),
  )
  const before = await keysIn()
  await expect(storeUpload(over, 'limit', { stream: counted, contentType })).rejects.toMatchObject({
    status: 400,
    code: 'asset_too_large',
  })
  expect(pulled).toBeLessThan(limit + 4 * 65_536)
  await over.settled()
  expect(await keysIn()).toEqual(before)

  const declared = makeTestContext({ config })
  const body = {
    ...form([
      ['metadata', '{}'],
      ['asset', png],
    ]),
    length: 100 * limit,
  }
  await expect(storeUpload(declared, 'limit', body)).rejects.toMatchObject({ code: 'asset_too_large' })
})

it('leaves nothing where the client hangs up', async () => {
  const before = await keysIn()
  const bytes = longPng(png, 3 * PART_BYTES)
  const reader = form([
    ['metadata', '{}'],
    ['asset', bytes],
  ]).stream.getReader()
  const whole: Uint8Array[] = []
  for (let next = await reader.read(); !next.done; next = await reader.read()) whole.push(next.value)
  const body = new Uint8Array(await new Blob(whole).arrayBuffer())
  for (const failAt of [300, PART_BYTES + 70_000, body.length - 10]) {
    const context = makeTestContext()
    const stream = streamOf(body, 65_536, failAt)
    const lost = storeUpload(context, 'lost', { stream, contentType: 'multipart/form-data; boundary=edge' })
    await expect(lost).rejects.toMatchObject({ status: 400, code: 'body_interrupted' })
    await context.settled()
    expect(await keysIn()).toEqual(before)
    expect(await rowsOf('uploads')).toEqual([])
    expect(await rowsOf('outbox')).toEqual([])
  }
})
