import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA } from 'thumbhash'
import { expect, it } from 'vitest'
import { storeUpload } from '../../src/services/store-asset'
import { form, makeTestContext, picture } from './support'

const config = {
  paths: {
    '/both': { image: { lqip: ['blurhash', 'thumbhash'] as ('blurhash' | 'thumbhash')[] } },
    '/both/one': { image: { lqip: ['blurhash'] as 'blurhash'[] } },
    '/both/pre': {
      transform: { preprocessing: { enabled: true, image: { maxWidth: 20, filter: 'grayscale' } } },
    },
  },
}

async function lqipOf(path: string, bytes: Uint8Array) {
  const context = makeTestContext({ config })
  const record = await storeUpload(
    context,
    path,
    form([
      ['metadata', '{}'],
      ['asset', bytes],
    ]),
  )
  await context.settled()
  return { lqip: record.variants[0]!.lqip, logged: context.logged }
}

const decoded = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0))

it('makes the placeholders a path lists, of every format', async () => {
  for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
    const { lqip } = await lqipOf('both', await picture(format, 300, 150))
    expect(Object.keys(lqip!).sort()).toEqual(['blurhash', 'thumbhash'])
    // 4×4 components: 1 + 1 + 4 + 2 × 15 characters.
    expect(lqip!.blurhash).toMatch(/^U.{35}$/)
    const { r, g, b, a } = thumbHashToAverageRGBA(decoded(lqip!.thumbhash!))
    expect([r, g, b, a].map((value) => Math.round(value * 10))).toEqual([2, 4, 6, 10])
    expect(thumbHashToApproximateAspectRatio(decoded(lqip!.thumbhash!))).toBeGreaterThan(1.5)
  }
  expect(Object.keys((await lqipOf('both/one', await picture('png', 30, 15))).lqip!)).toEqual(['blurhash'])
  expect((await lqipOf('none', await picture('png', 30, 15))).lqip).toBeNull()
})

it('makes them of the preprocessed picture', async () => {
  const { lqip } = await lqipOf('both/pre', await picture('png', 60, 30))
  const { r, g, b } = thumbHashToAverageRGBA(decoded(lqip!.thumbhash!))
  expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(0.05)
})

it('stores without them what can not be decoded', async () => {
  const damaged = (await picture('png', 30, 15)).slice()
  damaged.fill(0, Buffer.from(damaged).indexOf('IDAT') + 4, -12)
  expect(await lqipOf('both', damaged)).toEqual({ lqip: null, logged: ['placeholders not made'] })
})
