import { expect, it } from 'vitest'
import { probe } from '../../../src/image/probe'
import { join, le16, le32 } from '../../support/bmff'
import { encoded } from '../../support/oracle'

const frames = {
  create: {
    width: 8,
    height: 18,
    pageHeight: 6,
    channels: 4,
    background: { r: 255, g: 0, b: 0, alpha: 0.5 },
    noise: { type: 'gaussian', mean: 100, sigma: 40 },
  },
}

/** A GIF of `images` 2×2 frames; `blocks` stand before the first. */
function gif(images: number, ...blocks: number[][]): Uint8Array {
  const image = [0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 2, 0x44, 1, 0]
  return join(
    'GIF89a',
    le16(2),
    le16(2),
    [0x80, 0, 0],
    [0, 0, 0, 255, 255, 255],
    ...blocks,
    ...Array.from({ length: images }, () => image),
    0x3b,
  )
}
const netscape = (loop: number) => [0x21, 0xff, 11, ...join('NETSCAPE2.0'), 3, 1, ...le16(loop), 0]

it.each([
  ['gif', 0, -1],
  ['gif', 3, 3],
  ['webp', 0, -1],
  ['webp', 3, 3],
] as const)('counts the frames of %s with loop %i', async (format, loop, expected) => {
  const { data } = await encoded(null, [[format, { loop, delay: [100, 100, 100] }]], frames)
  expect(probe(data)).toMatchObject({ width: 8, height: 6, pageCount: 3, loop: expected, alpha: true })
})

it('plays a GIF without a loop extension once, and a still not at all', () => {
  expect(probe(gif(3))).toMatchObject({ pageCount: 3, loop: 1 })
  expect(probe(gif(1, netscape(0)))).toMatchObject({ pageCount: 1, loop: 0 })
  expect(probe(gif(2, netscape(7)))).toMatchObject({ pageCount: 2, loop: 8, alpha: false })
})

it('keeps the frames before damage', () => {
  expect(probe(join(gif(2).subarray(0, -1), [0x99, 0x98]))).toMatchObject({ pageCount: 2 })
  expect(() => probe(gif(0))).toThrow('Expected a GIF image')
})

it('takes the first image as the screen where that is 0×0', () => {
  const file = gif(1)
  file.set([0, 0, 0, 0], 6)
  expect(probe(file)).toMatchObject({ width: 2, height: 2 })
})

it('reads EXIF at the end of a WebP', async () => {
  const { data } = await encoded(null, [['withMetadata', { orientation: 3 }], ['webp']], {
    create: { width: 5, height: 4, channels: 3, background: '#123456' },
  })
  expect(probe(data)).toMatchObject({ width: 5, height: 4, orientation: 3 })
})

it('reads lossless WebP with and without alpha', async () => {
  const of = async (channels: number) =>
    probe(
      (
        await encoded(null, [['webp', { lossless: true }]], {
          create: { width: 300, height: 2, channels, background: { r: 9, g: 8, b: 7, alpha: 0.3 } },
        })
      ).data,
    )
  expect(await of(3)).toMatchObject({ width: 300, height: 2, alpha: false })
  expect(await of(4)).toMatchObject({ width: 300, height: 2, alpha: true })
})

it('refuses a WebP without a picture', () => {
  expect(() => probe(join('RIFF', le32(4), 'WEBP'))).toThrow('Expected a WebP image chunk')
})
