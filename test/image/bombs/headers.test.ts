// Headers that claim as much as their format can say, over hardly a byte: refused by the limits, from the header
// alone, before anything is allocated for them.
import { describe, expect, it } from 'vitest'
import { checkHeader } from '../../../src/image/limits'
import { probe } from '../../../src/image/probe'
import { be16, heif, ispe, join, le16, le32 } from '../../support/bmff'
import { packBits } from '../../support/jxl-bits'
import { outcomeOf } from '../../support/outcome'
import { chunk, ihdr, SIGNATURE } from '../../support/png'

const jpeg = (marker: number) =>
  join(
    [0xff, 0xd8, 0xff, marker, 0, 17, 8],
    be16(65535),
    be16(65535),
    [3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0],
    [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0],
  )
const png = (width: number, height: number, interlaced: boolean) =>
  join(SIGNATURE, ihdr(width, height, 16, 6, interlaced), chunk('IDAT', new Uint8Array(9)), chunk('IEND'))
const webp = () => {
  const vp8x = join('VP8X', le32(10), 2, 0, 0, 0, [255, 255, 255], [255, 255, 255])
  const body = join('WEBP', vp8x, 'ANIM', le32(6), le32(0), le16(0), 'ANMF', le32(16), new Uint8Array(16))
  return join('RIFF', le32(body.length), body)
}
const bmff = (brand: string, type: string) =>
  heif({ brand, items: [{ id: 1, type, properties: [1] }], properties: [ispe(0xffffffff, 0xffffffff)] })
/** Not small; height and width in 30 bits; everything else by default. */
const jxl = () =>
  join(
    packBits([
      [0xff, 8],
      [0x0a, 8],
      [0, 1],
      [3, 2],
      [2 ** 30 - 1, 30],
      [0, 3],
      [3, 2],
      [2 ** 30 - 1, 30],
      [1, 1],
    ]),
    new Uint8Array(40),
  )

describe('a header alone', () => {
  it.each([
    ['JPEG, 65,535 × 65,535', jpeg(0xc0)],
    ['progressive JPEG, 65,535 × 65,535', jpeg(0xc2)],
    ['PNG, 2^31 - 1 a side', png(0x7fffffff, 0x7fffffff, false)],
    ['interlaced PNG, 2^31 - 1 a side', png(0x7fffffff, 0x7fffffff, true)],
    ['PNG, one row of 2^31 - 1', png(0x7fffffff, 1, false)],
    [
      'GIF, 65,535 × 65,535',
      join('GIF89a', le16(65535), le16(65535), [0, 0, 0, 0x2c], new Uint8Array(9), [2, 0, 0x3b]),
    ],
    ['WebP, 2^24 a side', webp()],
    ['AVIF, 2^32 - 1 a side', bmff('avif', 'av01')],
    ['HEIC, 2^32 - 1 a side', bmff('heic', 'hvc1')],
    ['JPEG XL, 2^30 a side', jxl()],
  ])('%s', async (_name, file) => {
    expect(file.length).toBeLessThan(400)
    expect(await outcomeOf(() => checkHeader(probe(file)))).toMatchObject({
      kind: 'too-large',
      message: expect.stringMatching(
        /^Expected at most 100000000 pixels for the picture but received \d+×\d+ = /,
      ),
    })
  })

  it('PNG of 2^31 and more a side is no PNG', async () => {
    for (const [width, height] of [
      [0x80000000, 5],
      [5, 0xffffffff],
    ] as const) {
      expect(await outcomeOf(() => probe(png(width, height, false)))).toMatchObject({ kind: 'corrupt' })
    }
  })
})
