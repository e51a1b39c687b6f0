import { expect, it } from 'vitest'
import {
  describePicture,
  makeExif,
  orientationOf,
  readExifFacts,
  resetOrientation,
  setOrientation,
} from '../../../src/image/metadata/exif'
import { join } from '../../support/bmff'
import { exifBlock } from '../../support/metadata'
import { makeRandom, mutate } from '../../support/mutate'

it.each([true, false])('reads and resets Orientation in place (little-endian: %s)', (little) => {
  const block = exifBlock(little)
  expect(orientationOf(block)).toBe(6)
  const reset = resetOrientation(block)
  expect(orientationOf(reset)).toBe(1)
  expect(reset.length).toBe(block.length)
  expect([...reset].filter((byte, i) => byte !== block[i]).length).toBe(1)
  expect(orientationOf(block)).toBe(6)
})

it('adds Orientation to a block without it, and keeps the rest', () => {
  const block = exifBlock(false)
  // 0x0113 instead of 0x0112.
  block[8 + 2 + 12 + 1] = 0x13
  expect(orientationOf(block)).toBe(1)
  expect(setOrientation(block, 1)).toEqual(block)
  const added = setOrientation(block, 8)
  expect(orientationOf(added)).toBe(8)
  expect(readExifFacts(added)).not.toBeNull()
  expect(describePicture(added, { orientation: 1, width: 10, height: 20 }).length).toBeGreaterThan(
    block.length - 10,
  )
})

it('makes a block where there is none', () => {
  expect(orientationOf(makeExif(5))).toBe(5)
  expect(orientationOf(setOrientation(new Uint8Array(3), 7))).toBe(7)
  expect(orientationOf(join('Exif\0\0', makeExif(3)))).toBe(3)
  expect(orientationOf(join('Exif\0\0 nothing here'))).toBe(1)
})

it.each([true, false])('describes another rendition (little-endian: %s)', (little) => {
  const block = exifBlock(little)
  const other = describePicture(block, { orientation: 1, width: 300, height: 70000 })
  const text = String.fromCharCode(...other)
  expect(text).toContain('Konifer')
  expect(text).not.toContain('THUMBS')
  const view = new DataView(other.buffer, other.byteOffset)
  expect([view.getUint16(60 + 8, little), view.getUint32(72 + 8, little)]).toEqual([300, 70000])
  // The link to IFD1 is gone.
  expect(view.getUint32(46, little)).toBe(0)
})

it('names Adobe RGB by ColorSpace 2', () => {
  const block = exifBlock(false)
  block.set([0xa0, 0x01], 60)
  block.set([0, 2], 68)
  expect(readExifFacts(block)?.colorSpace).toBe('adobe_rgb')
  block.set([0, 1], 68)
  expect(readExifFacts(block)?.colorSpace).toBe('srgb')
})

it('survives damage', () => {
  const random = makeRandom(3)
  for (let i = 0; i < 2000; i++) {
    const damaged = mutate(exifBlock(i % 2 === 0), random)
    const other = describePicture(damaged, { orientation: 3, width: 9, height: 9 })
    expect(orientationOf(setOrientation(other, 1))).toBe(1)
  }
})
