// The URL source over workerd's own fetch; test/support/origin-server.ts answers.
import { expect, it } from 'vitest'
import { PART_BYTES } from '../../src/services/object-writer'
import { storeFromUrl } from '../../src/services/store-asset'
import { keysIn, makeTestContext, rowsOf } from './support'

/** A store by URL of a path at the origin. */
function from(path: string, source: object = {}) {
  const url = `https://origin.example${path}`
  const context = makeTestContext({
    config: { source: { url: { allowedDomains: ['origin.example'], ...source } } },
    fetch: (input, init) => fetch(input, init),
  })
  return { context, stored: storeFromUrl(context, 'origin', { url }) }
}

it('downloads, sniffs the type and follows redirects', async () => {
  for (const path of ['/png', '/redirect/1', '/redirect/3']) {
    const record = await from(path).stored
    expect(record).toMatchObject({
      source: 'url',
      sourceUrl: `https://origin.example${path}`,
      variants: [{ attributes: { format: 'png', width: 3, height: 2 } }],
    })
  }
})

it('streams a long body to R2', async () => {
  const bytes = 2 * PART_BYTES + 77
  expect((await from(`/padded/${bytes}`).stored).variants[0]!.size).toBe(bytes)
})

it.each([
  ['/redirect/4', {}, 'url_redirects'],
  ['/to?http%3A%2F%2F127.0.0.1%2Fpng', {}, 'url_not_allowed'],
  ['/to?https%3A%2F%2Fother.example%2Fpng', {}, 'url_not_allowed'],
  ['/to?file%3A%2F%2F%2Fetc%2Fpasswd', {}, 'invalid_url'],
  ['/missing', {}, 'url_unreachable'],
  ['/hang', { timeout: '1s' }, 'url_timeout'],
  ['/padded/2000', { maxBytes: 1999 }, 'asset_too_large'],
  [`/padded/${PART_BYTES + 70_000}`, { maxBytes: PART_BYTES + 1 }, 'asset_too_large'],
])('refuses %s and leaves nothing', async (path, source, code) => {
  const before = await keysIn()
  const { stored, context } = from(path, source)
  await expect(stored).rejects.toMatchObject({ status: 400, code })
  await context.settled()
  expect(await keysIn()).toEqual(before)
  expect(await rowsOf('uploads')).toEqual([])
})
