import { describe, expect, it } from 'vitest'
import type { ImageHeader } from '../../src/image/header'
import { checkHeader, checkOutput, DEFAULT_LIMITS } from '../../src/image/limits'
import { normalise } from '../../src/image/normalise'

const header: ImageHeader = {
  format: 'webp',
  width: 400,
  height: 300,
  orientation: 1,
  alpha: false,
  bitDepth: 8,
  pageCount: 10,
  loop: -1,
  colorSpace: 'srgb',
  interlaced: false,
  components: 3,
}

describe('limits', () => {
  it('let ordinary pictures pass', () => {
    checkHeader(header)
    checkHeader({ ...header, width: 8160, height: 6120, pageCount: 1 })
    checkOutput(normalise({ width: 2000 }, header), 10)
  })

  it.each([
    ['pixels', { width: 65535, height: 65535, pageCount: 1 }, '100000000 pixels'],
    ['frames', { pageCount: 501 }, '500 frames'],
    ['pixels of all frames', { width: 2000, height: 2000, pageCount: 100 }, '200000000 pixels in all frames'],
  ])('refuse an original by its %s', (_name, change, words) => {
    expect(() => checkHeader({ ...header, ...change })).toThrow(words)
  })

  it.each([
    ['the side', { width: 20000, height: 10, fit: 'stretch', format: 'png' }, '16384 pixels a side'],
    ['the format’s side', { width: 16384, height: 10, fit: 'stretch' }, '16383 pixels a side'],
    ['padding', { width: 16000, height: 10, fit: 'stretch', padding: 200 }, '16383 pixels a side'],
    ['pixels', { width: 12000, height: 9000, fit: 'stretch', format: 'jpg' }, '100000000 pixels'],
    ['pixels of all frames', { width: 6000 }, 'in all frames together'],
  ] as const)('refuse an output by %s', (_name, asked, words) => {
    expect(() => checkOutput(normalise(asked, header), header.pageCount)).toThrow(words)
  })

  it('can be changed', () => {
    expect(() => checkHeader(header, { ...DEFAULT_LIMITS, inputPixels: 1000 })).toThrow('1000 pixels')
  })
})
