import { expect, it } from 'vitest'
import { makeJxlWriter, openJxl } from '../../../src/image/codecs/jxl'
import { Engine } from '../../../src/image/engine'
import { probe } from '../../../src/image/probe'
import { be32, box, join } from '../../support/bmff'
import { packBits } from '../../support/jxl-bits'
import { turnJxl } from '../../support/jxl-turn'
import { fileOf, scene, sourceOf } from '../../support/rows'

type Field = readonly [number, number]
const signature: Field[] = [
  [0xff, 8],
  [0x0a, 8],
]
/** 1000×600: neither small nor a ratio; U32 selector 1 is 13 bits. */
const size: Field[] = [
  [0, 1],
  [1, 2],
  [599, 13],
  [0, 3],
  [1, 2],
  [999, 13],
]
const codestream = (...fields: Field[]) => join(packBits([...signature, ...fields]), new Uint8Array(40))
const container = (...boxes: Uint8Array[]) =>
  join(be32(12), 'JXL \r\n', [0x87, 10], box('ftyp', 'jxl ', be32(0), 'jxl '), ...boxes)

it('reads a naked codestream of defaults', () => {
  expect(probe(codestream(...size, [1, 1]))).toMatchObject({
    format: 'jxl',
    width: 1000,
    height: 600,
    bitDepth: 8,
    alpha: false,
    orientation: 1,
    colorSpace: 'srgb',
    pageCount: 1,
  })
})

it('reads small sizes and ratios', () => {
  expect(probe(codestream([1, 1], [3, 5], [7, 3], [1, 1]))).toMatchObject({ width: 64, height: 32 })
  expect(probe(codestream([1, 1], [3, 5], [0, 3], [0, 5], [1, 1]))).toMatchObject({ width: 8, height: 32 })
})

// Not default; extra fields: orientation 6, no intrinsic size, no preview, an animation of 100/1 s, endless, without timecodes.
const animated: Field[] = [
  [0, 1],
  [1, 1],
  [5, 3],
  [0, 1],
  [0, 1],
  [1, 1],
  [0, 2],
  [0, 2],
  [0, 2],
  [0, 1],
]
// 16 bits by 1 + u(6), 16-bit buffers, one extra channel with all defaults (alpha), XYB.
const depth16: Field[] = [
  [0, 1],
  [3, 2],
  [15, 6],
  [0, 1],
  [1, 2],
  [1, 1],
  [1, 1],
]

it('reads depth, alpha and colour, and the size of the upright picture', () => {
  // Not default, no profile, RGB, white point D65, primaries P3 (2 + 9), sRGB curve (2 + 11), perceptual.
  const p3: Field[] = [
    [0, 1],
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 2],
    [9, 4],
    [0, 1],
    [2, 2],
    [11, 4],
    [0, 2],
  ]
  expect(probe(codestream(...size, ...animated, ...depth16, ...p3))).toMatchObject({
    width: 600,
    height: 1000,
    orientation: 1,
    bitDepth: 16,
    alpha: true,
    colorSpace: 'p3',
    pageCount: 1,
    loop: 0,
  })
  const grey: Field[] = [
    [0, 1],
    [0, 1],
    [1, 2],
  ]
  expect(probe(codestream(...size, ...animated, ...depth16, ...grey))).toMatchObject({
    components: 1,
    colorSpace: 'grayscale',
  })
  const profile: Field[] = [
    [0, 1],
    [1, 1],
    [0, 2],
  ]
  expect(probe(codestream(...size, ...animated, ...depth16, ...profile)).colorSpace).toBe('unknown')
})

it('reads containers, whole and in parts', () => {
  const stream = codestream(...size, [1, 1])
  expect(probe(container(box('Exif', be32(0), 'MM'), box('jxlc', stream)))).toMatchObject({
    width: 1000,
    height: 600,
  })
  expect(
    probe(
      container(
        box('jxlp', be32(0), stream.subarray(0, 4)),
        box('jxlp', be32(0x80000001), stream.subarray(4)),
      ),
    ),
  ).toMatchObject({ width: 1000, height: 600 })
  expect(() => probe(container(box('jxlp', be32(0x80000000), stream.subarray(0, 4))))).toThrow(
    'codestream ended',
  )
  expect(() => probe(container())).toThrow('Expected a JPEG XL codestream')
})

it('gives the size that the decoder gives, whatever the orientation', async () => {
  const picture = { width: 37, height: 20, bands: 3 } as const
  const engine = new Engine(16 << 20)
  const writer = await makeJxlWriter(engine, { ...picture, quality: 90, effort: 'interactive' })
  const file = await fileOf(engine, writer, scene(37, 20, 3), picture)
  for (const orientation of [1, 3, 6]) {
    const turned = turnJxl(file, orientation)
    const { width, height } = probe(turned)
    const reader = await openJxl(new Engine(16 << 20), sourceOf(turned), { alpha: false })
    expect([width, height]).toEqual([reader.width, reader.height])
    expect(width).toBe(orientation === 6 ? 20 : 37)
    await reader.close()
  }
})
