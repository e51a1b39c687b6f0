import { expect, it } from 'vitest'
import { makeExif } from '../../../src/image/metadata/exif'
import { probe } from '../../../src/image/probe'
import { be32, join } from '../../support/bmff'
import { encoded } from '../../support/oracle'

const ihdr = (width: number, height: number, depth: number, colour: number, interlace = 0) =>
  chunk('IHDR', join(be32(width), be32(height), depth, colour, 0, 0, interlace))
/** A chunk with a zero CRC, which the probe does not read. */
const chunk = (type: string, body: Uint8Array = new Uint8Array(0)) =>
  join(be32(body.length), type, body, be32(0))
const file = (...chunks: Uint8Array[]) => join([0x89], 'PNG\r\n', [0x1a, 10], ...chunks)
const rest = [chunk('IDAT', new Uint8Array(5)), chunk('IEND')]

it('reads every colour type', () => {
  const facts = (depth: number, colour: number) => probe(file(ihdr(3, 2, depth, colour, 1), ...rest))
  expect(facts(1, 0)).toMatchObject({
    components: 1,
    alpha: false,
    bitDepth: 1,
    colorSpace: 'grayscale',
    interlaced: true,
  })
  expect(facts(16, 2)).toMatchObject({ components: 3, alpha: false, bitDepth: 16, colorSpace: 'srgb' })
  expect(facts(4, 3)).toMatchObject({ components: 3, alpha: false, bitDepth: 8 })
  expect(facts(8, 4)).toMatchObject({ components: 1, alpha: true })
  expect(facts(16, 6)).toMatchObject({ components: 3, alpha: true, bitDepth: 16 })
  expect(() => facts(3, 0)).toThrow('colour type and bit depth but received 0 and 3')
})

it('counts tRNS as alpha', () => {
  expect(probe(file(ihdr(3, 2, 8, 2), chunk('tRNS', new Uint8Array(6)), ...rest)).alpha).toBe(true)
})

it('finds an eXIf chunk behind the image data', () => {
  expect(probe(file(ihdr(3, 2, 8, 2), rest[0]!, chunk('eXIf', makeExif(8)), rest[1]!)).orientation).toBe(8)
})

it('reads iCCP and cICP', async () => {
  const grey = { create: { width: 2, height: 2, channels: 3, background: '#808080' } }
  expect(probe((await encoded(null, [['withIccProfile', 'p3'], ['png']], grey)).data).colorSpace).toBe('p3')
  expect(probe(file(ihdr(3, 2, 8, 2), chunk('cICP', join(12, 13, 0, 1)), ...rest)).colorSpace).toBe('p3')
  const broken = chunk('iCCP', join('name\0\0', [1, 2, 3, 4, 5]))
  expect(probe(file(ihdr(3, 2, 8, 2), broken, ...rest)).colorSpace).toBe('srgb')
})

it('says what is wrong', () => {
  expect(() => probe(file(ihdr(0, 2, 8, 2), ...rest))).toThrow(
    'width and height of at least 1 but received 0×2',
  )
  expect(() => probe(file(chunk('CgBI', new Uint8Array(13)), ...rest))).toThrow('iPhone-optimised')
  expect(() => probe(file(ihdr(3, 2, 8, 2)))).toThrow('IDAT')
  expect(() => probe(file(ihdr(2147483648, 2, 8, 2), ...rest))).toThrow('2147483647')
})
