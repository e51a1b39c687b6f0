import { expect, it } from 'vitest'
import { probe } from '../../../src/image/probe'
import { be16, join } from '../../support/bmff'
import { encoded } from '../../support/oracle'

const colour = { create: { width: 20, height: 10, channels: 3, background: '#a06020' } }

it('tells progressive from baseline', async () => {
  expect(probe((await encoded(null, [['jpeg', { progressive: true }]], colour)).data).interlaced).toBe(true)
  expect(probe((await encoded(null, [['jpeg', { progressive: false }]], colour)).data).interlaced).toBe(false)
})

it('reads EXIF Orientation', async () => {
  const { data } = await encoded(null, [['withMetadata', { orientation: 6 }], ['jpeg']], colour)
  expect(probe(data)).toMatchObject({ width: 20, height: 10, orientation: 6 })
})

it('names colour spaces', async () => {
  const space = async (...calls: [string, ...unknown[]][]) =>
    probe((await encoded(null, [...calls, ['jpeg']], colour)).data).colorSpace
  expect(await space()).toBe('srgb')
  expect(await space(['withIccProfile', 'p3'])).toBe('p3')
  expect(await space(['toColourspace', 'cmyk'], ['withIccProfile', 'cmyk'])).toBe('cmyk')
  expect(await space(['toColourspace', 'b-w'])).toBe('grayscale')
})

const sof = (marker: number, height: number, components = 1) =>
  join(
    [0xff, marker],
    be16(8 + 3 * components),
    8,
    be16(height),
    be16(7),
    components,
    ...Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]),
  )
const sos = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]

it('takes the height from DNL where the frame has none', () => {
  const head = join([0xff, 0xd8], sof(0xc0, 0), sos, [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4])
  expect(probe(join(head, [0xff, 0xdc, 0, 4, 0, 5, 0xff, 0xd9]))).toMatchObject({ width: 7, height: 5 })
  expect(() => probe(join(head, [0xff, 0xd9]))).toThrow('SOF or DNL')
})

it('passes over stray bytes and fill bytes before a marker', () => {
  expect(
    probe(join([0xff, 0xd8, 0xff, 0xe0, 0, 2, 1, 2, 0xff, 0xff], sof(0xc2, 3).subarray(1), sos)),
  ).toMatchObject({
    height: 3,
    interlaced: true,
  })
})

it('refuses by name what it can not decode', () => {
  const file = (marker: number, ...more: number[]) => join([0xff, 0xd8], sof(marker, 3, ...more), sos)
  expect(() => probe(file(0xc9))).toThrow('arithmetic coding')
  expect(() => probe(file(0xc3))).toThrow('lossless coding')
  expect(() => probe(file(0xc0, 2))).toThrow('1, 3 or 4 components but received 2')
  const deep = file(0xc1)
  deep[6] = 12
  expect(() => probe(deep)).toThrow('8 bits per sample but received 12')
  expect(() => probe(join([0xff, 0xd8, 0xff, 0xe0, 0, 1]))).toThrow('segment length of at least 2')
  expect(() => probe(join([0xff, 0xd8], sos))).toThrow('before the first scan')
})
