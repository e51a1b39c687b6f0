import { describe, expect, it } from 'vitest'
import type { NormalTransformation } from '../../src/image/transformation'
import { canonicalKey, parseCanonicalKey, requestKey } from '../../src/params/keys'
import { parseQuery } from '../../src/params/query'
import { transformationJson } from '../../src/params/transformation-json'

const plain: NormalTransformation = {
  width: 100,
  height: 50,
  fit: 'fit',
  gravity: 'center',
  format: 'webp',
  orient: false,
  rotate: 0,
  flip: 'none',
  filter: 'none',
  blur: 0,
  quality: 80,
  padding: 0,
  paddingColor: null,
  strip: [],
  colorSpace: 'origin',
}

const full: NormalTransformation = {
  width: 1,
  height: 2,
  fit: 'crop',
  gravity: 'entropy',
  format: 'png',
  orient: true,
  rotate: 90,
  flip: 'h',
  filter: 'sepia',
  blur: 0.3,
  quality: null,
  padding: 7,
  paddingColor: [1, 2, 3, 0],
  strip: ['exif', 'xmp'],
  colorSpace: 'grayscale',
}

describe('canonicalKey', () => {
  it('leaves out what is neutral', () => {
    expect(canonicalKey(plain)).toBe('w=100&h=50&format=webp&q=80')
  })

  it.each([plain, full, { ...plain, orient: true }, { ...full, orient: false, rotate: 270 as const }])(
    'is read back as the same transformation',
    (wanted) => {
      expect(parseCanonicalKey(canonicalKey(wanted))).toEqual(wanted)
    },
  )

  it('differs wherever the transformation does', () => {
    const changed = Object.keys(plain).map((field) => ({
      ...plain,
      [field]: full[field as keyof typeof full],
    }))
    expect(new Set(changed.map(canonicalKey)).size).toBe(changed.length)
  })
})

describe('requestKey', () => {
  const key = (query: string, format: 'webp' | 'png' | null = null) =>
    requestKey(parseQuery(query, { outputSide: 1000 }).transformation, format)

  it.each([
    ['w=10&h=20', 'h=20&w=10'],
    ['w=10', 'w=10&fit=fit&g=attention&r=0&f=none&filter=none&blur=0&pad=0&cs=origin&strip=none'],
    ['pad=1&pad-c=%23FF0000', 'pad=1&pad-c=%23ff0000FF'],
    ['w=10', 'w=10&pad-c=%23FF0000'],
    ['filter=grayscale', 'filter=greyscale'],
    ['strip=exif,xmp', 'strip=xmp,exif,xmp'],
    ['blur=1', 'blur=1.0'],
    ['w=010', 'w=10'],
  ])('gives %s and %s one key', (a, b) => {
    expect(key(a)).toBe(key(b))
  })

  it('drops a quality that the format has by itself', () => {
    expect(key('w=1&q=80', 'webp')).toBe(key('w=1', 'webp'))
    expect(key('w=1&q=10', 'png')).toBe(key('w=1', 'png'))
    expect(key('w=1&q=80')).not.toBe(key('w=1'))
    expect(key('w=1', 'webp')).not.toBe(key('w=1', 'png'))
  })
})

it('writes asset JSON as the contract does', () => {
  expect(transformationJson({ ...plain, width: 2560, height: 1752, blur: 150 })).toEqual({
    width: 2560,
    height: 1752,
    fit: 'fit',
    gravity: 'center',
    format: 'webp',
    rotate: 'zero',
    flip: 'none',
    filter: 'none',
    blur: 150,
    quality: 80,
    padding: { amount: 0, color: [] },
    colorSpace: 'origin',
    metadata: { strip: [] },
  })
  const turned = transformationJson({ ...full, rotate: 0, flip: 'none' }, 6)
  expect(turned).toMatchObject({
    rotate: 'ninety',
    flip: 'none',
    padding: { amount: 7, color: [1, 2, 3, 0] },
  })
  expect(turned).not.toHaveProperty('quality')
  expect(transformationJson({ ...plain, rotate: 270 }).rotate).toBe('two_hundred_seventy')
})
