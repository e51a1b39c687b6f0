import { expect, it } from 'vitest'
import { probe } from '../../../src/image/probe'
import { auxC, box, heif, imir, irot, ispe, join, nclx, pixi } from '../../support/bmff'
import { encoded } from '../../support/oracle'

const still = (properties: Uint8Array[], brand = 'heic') =>
  heif({ brand, items: [{ id: 1, type: 'hvc1', properties: properties.map((_, i) => i + 1) }], properties })

it('reads size, depth and components of the primary item', () => {
  expect(probe(still([ispe(4032, 3024), pixi(10, 10, 10)]))).toMatchObject({
    format: 'heic',
    width: 4032,
    height: 3024,
    bitDepth: 10,
    components: 3,
    alpha: false,
  })
  expect(probe(still([ispe(5, 4), pixi(8)], 'avif'))).toMatchObject({
    format: 'avif',
    components: 1,
    colorSpace: 'grayscale',
  })
})

// The pairs that avifenc writes for EXIF Orientations 1 to 8.
it.each([
  [1, null, null],
  [2, null, 1],
  [3, 2, null],
  [4, null, 0],
  [5, 1, 0],
  [6, 3, null],
  [7, 3, 0],
  [8, 1, null],
] as const)('gives Orientation %i for irot %s and imir %s', (orientation, quarters, axis) => {
  const turns = [...(quarters === null ? [] : [irot(quarters)]), ...(axis === null ? [] : [imir(axis)])]
  expect(probe(still([ispe(5, 4), ...turns])).orientation).toBe(orientation)
})

it('reads a grid: size from the grid, depth from its tiles, alpha from its auxiliary', () => {
  const file = heif({
    brand: 'heic',
    primary: 3,
    items: [
      { id: 1, type: 'hvc1', properties: [1, 2, 5] },
      { id: 2, type: 'hvc1', properties: [1, 2, 5] },
      { id: 3, type: 'grid', properties: [3] },
      { id: 4, type: 'hvc1', properties: [3, 4] },
    ],
    properties: [
      ispe(512, 512),
      pixi(8, 8, 8),
      ispe(1000, 500),
      auxC('urn:mpeg:hevc:2015:auxid:1'),
      nclx(12),
    ],
    references: [
      ['dimg', 3, 1, 2],
      ['auxl', 4, 3],
    ],
  })
  expect(probe(file)).toMatchObject({ width: 1000, height: 500, bitDepth: 8, alpha: true, colorSpace: 'p3' })
})

it('finds meta behind other boxes', () => {
  const file = still([ispe(5, 4)])
  const ftyp = file.subarray(0, 24)
  expect(probe(join(ftyp, box('free', new Uint8Array(100_000)), file.subarray(24)))).toMatchObject({
    width: 5,
  })
})

it('reads what libheif writes', async () => {
  const rgba = {
    create: { width: 40, height: 30, channels: 4, background: { r: 200, g: 10, b: 30, alpha: 0.5 } },
  }
  expect(probe((await encoded(null, [['avif']], rgba)).data)).toMatchObject({
    width: 40,
    height: 30,
    alpha: true,
    bitDepth: 8,
    components: 3,
  })
})

it('says what is missing', () => {
  expect(() => probe(still([pixi(8, 8, 8)]))).toThrow('ispe property')
  const file = still([ispe(5, 4)])
  expect(() => probe(file.subarray(0, 60))).toThrow(/truncated|ended|Expected/)
  expect(() => probe(join(file.subarray(0, 24), box('moov')))).toThrow('only tracks')
})
