import { decode } from 'blurhash'
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash'
import { expect, it } from 'vitest'
import { makeLqip } from '../../src/image/lqip'

/** Left half `a`, right half `b`. */
function halves(width: number, height: number, a: number[], b: number[]): Uint8Array {
  return Uint8Array.from(
    { length: width * height * 4 },
    (_, i) => (((i >>> 2) % width) * 2 < width ? a : b)[i & 3]!,
  )
}
const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))

it('makes a BlurHash of 4×4 components that looks like the picture', () => {
  const { blurhash, thumbhash } = makeLqip(halves(100, 60, [250, 20, 20, 255], [20, 20, 250, 255]), 100, 60, [
    'blurhash',
  ])
  expect(thumbhash).toBeUndefined()
  // 4 + 2 × 4 × 4 characters; the first says 4×4: (4 - 1) + (4 - 1) × 9 = 30, `U`.
  expect(blurhash).toMatch(/^U.{35}$/)
  const small = decode(blurhash!, 8, 8)
  expect(small[0]!).toBeGreaterThan(180)
  expect(small[7 * 4 + 2]!).toBeGreaterThan(180)
})

it('makes a ThumbHash with aspect ratio and alpha', () => {
  const { thumbhash } = makeLqip(halves(100, 50, [0, 200, 0, 255], [0, 200, 0, 0]), 100, 50, ['thumbhash'])
  expect(thumbHashToApproximateAspectRatio(bytes(thumbhash!))).toBeGreaterThan(1.5)
  const { g, a } = thumbHashToAverageRGBA(bytes(thumbhash!))
  expect([g, a].map((x) => Math.round(x * 10))).toEqual([8, 5])
})

it('lays transparent pixels on white for BlurHash', () => {
  const clear = makeLqip(halves(10, 10, [0, 0, 0, 0], [0, 0, 0, 0]), 10, 10, ['blurhash', 'thumbhash'])
  const white = makeLqip(halves(10, 10, [255, 255, 255, 255], [255, 255, 255, 255]), 10, 10, ['blurhash'])
  expect(clear.blurhash).toBe(white.blurhash)
  expect(clear.thumbhash).toBeTruthy()
})

it('looks like a picture of few pixels, too', () => {
  const large = makeLqip(halves(60, 60, [40, 120, 200, 255], [40, 120, 200, 255]), 60, 60, [
    'blurhash',
  ]).blurhash
  for (const [width, height] of [
    [1, 1],
    [2, 1],
    [1, 3],
    [100, 2],
    [3, 90],
  ] as const) {
    const flat = halves(width, height, [40, 120, 200, 255], [40, 120, 200, 255])
    const { blurhash, thumbhash } = makeLqip(flat, width, height, ['blurhash', 'thumbhash'])
    expect(blurhash, `${width}×${height}`).toBe(large)
    const { rgba } = thumbHashToRGBA(bytes(thumbhash!))
    for (const [i, value] of rgba.entries()) {
      expect(Math.abs(value - [40, 120, 200, 255][i & 3]!), `${width}×${height}`).toBeLessThan(12)
    }
  }
  const { blurhash } = makeLqip(halves(2, 1, [250, 20, 20, 255], [20, 20, 250, 255]), 2, 1, ['blurhash'])
  const small = decode(blurhash!, 8, 8)
  expect(small[0]!).toBeGreaterThan(180)
  expect(small[7 * 4 + 2]!).toBeGreaterThan(180)
})

it('takes a single pixel, and refuses what is too large', () => {
  expect(makeLqip(new Uint8Array([9, 9, 9, 255]), 1, 1, ['blurhash', 'thumbhash'])).toMatchObject({
    blurhash: expect.any(String),
    thumbhash: expect.any(String),
  })
  expect(() => makeLqip(new Uint8Array(101 * 4), 101, 1, ['blurhash'])).toThrow('at most 100×100')
})
