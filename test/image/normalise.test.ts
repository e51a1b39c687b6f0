import { describe, expect, it } from 'vitest'
import type { ImageHeader } from '../../src/image/header'
import { isOriginal, normalise, outputSize } from '../../src/image/normalise'
import type { Transformation } from '../../src/image/transformation'

const header: ImageHeader = {
  format: 'jpg',
  width: 400,
  height: 300,
  orientation: 1,
  alpha: false,
  bitDepth: 8,
  pageCount: 1,
  loop: 0,
  colorSpace: 'srgb',
  interlaced: false,
  components: 3,
}
const turned: ImageHeader = { ...header, orientation: 6 }
const RED = [255, 0, 0, 255] as const

/** Spellings of one picture: all of a row normalise to the same. */
const SAME: [string, ImageHeader, Transformation[]][] = [
  [
    'derived sizes',
    header,
    [
      { width: 200 },
      { height: 150 },
      { width: 200, height: 150 },
      { width: 200, height: 900 },
      { width: 200, height: 150, fit: 'stretch' },
      { width: 200, height: 150, fit: 'fill' },
      { width: 200, height: 150, fit: 'fill', gravity: 'attention' },
      { width: 200, gravity: 'entropy' },
      { maxWidth: 200 },
      { maxWidth: 200, maxHeight: 900 },
      { width: 200, maxWidth: 10 },
    ],
  ],
  [
    'defaults',
    header,
    [
      {},
      { format: 'jpg' },
      { quality: 80 },
      { width: 400 },
      { height: 300 },
      { rotate: 0, flip: 'none', filter: 'none', blur: 0, padding: 0, strip: [], colorSpace: 'origin' },
      { rotate: 'auto' },
      { colorSpace: 'srgb' },
      { paddingColor: RED },
      { maxWidth: 4000, maxHeight: 3000 },
      { width: 400, height: 300, fit: 'crop', gravity: 'attention' },
    ],
  ],
  ['half turns', header, [{ flip: 'v' }, { rotate: 180, flip: 'h' }]],
  [
    'a flip after a quarter',
    header,
    [
      { rotate: 90, flip: 'v' },
      { rotate: 270, flip: 'h' },
    ],
  ],
  ['quality where there is none', header, [{ format: 'png' }, { format: 'png', quality: 3 }]],
  [
    'padding colours',
    header,
    [
      { padding: 2, paddingColor: [255, 255, 255, 255] },
      { padding: 2 },
      { padding: 2, paddingColor: [9, 9, 9, 0] },
    ],
  ],
  [
    'transparent padding',
    header,
    [
      { format: 'png', padding: 2, paddingColor: [0, 0, 0, 0] },
      { format: 'png', padding: 2, paddingColor: [9, 9, 9, 0] },
      { format: 'png', padding: 2 },
    ],
  ],
  [
    'half transparent padding over white',
    header,
    [
      { padding: 2, paddingColor: [255, 0, 0, 51] },
      { padding: 2, paddingColor: [255, 204, 204, 255] },
    ],
  ],
  [
    'windows larger than the picture',
    header,
    [
      { width: 800, height: 500, fit: 'crop' },
      { width: 800, height: 500, fit: 'fill' },
    ],
  ],
  ['stripping what the format has not', header, [{ format: 'gif', strip: ['exif'] }, { format: 'gif' }]],
  ['stripping, in any order', header, [{ strip: ['xmp', 'exif'] }, { strip: ['exif', 'xmp', 'exif'] }]],
  ['upright where viewers would not turn', turned, [{ format: 'avif' }, { format: 'avif', rotate: 'auto' }]],
  [
    'upright where the Orientation is stripped',
    turned,
    [
      { strip: ['exif'], width: 200 },
      { strip: ['exif'], rotate: 'auto', height: 200 },
    ],
  ],
  [
    'sRGB for a format without profiles',
    { ...header, colorSpace: 'p3' },
    [{ format: 'gif' }, { format: 'gif', colorSpace: 'srgb' }, { format: 'gif', colorSpace: 'p3' }],
  ],
  [
    'grey of grey',
    { ...header, colorSpace: 'grayscale', components: 1 },
    [{ filter: 'grayscale' }, { colorSpace: 'grayscale' }, {}],
  ],
  [
    'grey of grey with other tones',
    { ...header, colorSpace: 'grayscale', components: 1, toned: true },
    [{ colorSpace: 'srgb' }, { colorSpace: 'grayscale' }],
  ],
  [
    'grey with other tones in a format without grey',
    { ...header, colorSpace: 'grayscale', components: 1, toned: true },
    [{ format: 'webp' }, { format: 'webp', colorSpace: 'srgb' }, { format: 'webp', colorSpace: 'grayscale' }],
  ],
  [
    'grey by filter or space',
    header,
    [{ filter: 'grayscale', colorSpace: 'grayscale' }, { colorSpace: 'grayscale' }],
  ],
  [
    'filters, which work on sRGB',
    { ...header, colorSpace: 'p3' },
    [{ filter: 'sepia' }, { filter: 'sepia', colorSpace: 'srgb' }],
  ],
  [
    'luminance in any space',
    { ...header, colorSpace: 'ProPhoto RGB' },
    [
      { filter: 'grayscale' },
      { filter: 'grayscale', colorSpace: 'srgb' },
      { filter: 'grayscale', colorSpace: 'p3' },
    ],
  ],
  [
    'CMYK, which always becomes sRGB',
    { ...header, colorSpace: 'cmyk', components: 4 },
    [{}, { colorSpace: 'srgb' }],
  ],
]

/** Pairs that must stay apart. */
const DIFFERENT: [string, ImageHeader, Transformation, Transformation][] = [
  [
    'gravity where something is cut',
    header,
    { width: 50, height: 90, fit: 'fill' },
    { width: 50, height: 90, fit: 'fill', gravity: 'entropy' },
  ],
  ['fill and crop', header, { width: 50, height: 90, fit: 'fill' }, { width: 50, height: 90, fit: 'crop' }],
  [
    'stretch and fill',
    header,
    { width: 50, height: 90, fit: 'fill' },
    { width: 50, height: 90, fit: 'stretch' },
  ],
  [
    'with and without alpha in the padding',
    header,
    { format: 'png', padding: 1 },
    { format: 'png', padding: 1, paddingColor: [255, 255, 255, 255] },
  ],
  ['a turned picture and one that says so', turned, {}, { rotate: 'auto' }],
  ['qualities', header, { quality: 79 }, { quality: 80 }],
  ['stripped', header, {}, { strip: ['exif'] }],
  ['spaces', header, {}, { colorSpace: 'p3' }],
  [
    'tones of grey',
    { ...header, colorSpace: 'grayscale', components: 1, toned: true },
    {},
    { colorSpace: 'srgb' },
  ],
]

describe('normalise', () => {
  it.each(SAME)('makes one of %s', (_name, of, spellings) => {
    const first = normalise(spellings[0]!, of)
    for (const other of spellings) expect(normalise(other, of)).toEqual(first)
  })

  it.each(DIFFERENT)('keeps apart %s', (_name, of, one, other) => {
    expect(normalise(one, of)).not.toEqual(normalise(other, of))
  })

  it('settles every field', () => {
    expect(normalise({ width: 100, height: 100, fit: 'fill', format: 'webp', rotate: 90 }, header)).toEqual({
      width: 100,
      height: 100,
      fit: 'fill',
      gravity: 'center',
      format: 'webp',
      orient: false,
      rotate: 90,
      flip: 'none',
      filter: 'none',
      blur: 0,
      quality: 80,
      padding: 0,
      paddingColor: null,
      strip: [],
      colorSpace: 'origin',
    })
  })

  it('takes w and h for those of the upright picture with r=auto, else of the stored one', () => {
    expect(normalise({ width: 150, rotate: 'auto' }, turned)).toMatchObject({
      width: 150,
      height: 200,
      orient: true,
    })
    expect(normalise({ width: 200 }, turned)).toMatchObject({ width: 200, height: 150, orient: false })
    // The same picture, shown alike by viewers that turn and by those that don't.
    expect(normalise({ width: 200, format: 'avif' }, turned)).toMatchObject({
      width: 150,
      height: 200,
      orient: true,
    })
  })

  it('turns the same way whether the viewer does it or we', () => {
    // Stored pixels flipped, then shown by Orientation 6: a vertical flip of what is seen.
    expect(normalise({ flip: 'h', format: 'avif' }, turned)).toMatchObject({
      orient: true,
      rotate: 180,
      flip: 'h',
    })
    expect(normalise({ rotate: 90, format: 'avif' }, turned)).toMatchObject({
      orient: true,
      rotate: 90,
      flip: 'none',
    })
  })

  it('turns what is shown turned by more than EXIF, unless it stays as it is', () => {
    const avif = { ...turned, format: 'avif' as const }
    expect(normalise({ format: 'jpg' }, avif)).toMatchObject({ orient: true, width: 300, height: 400 })
    expect(isOriginal(normalise({}, avif), avif)).toBe(true)
    expect(isOriginal(normalise({ rotate: 'auto' }, avif), avif)).toBe(true)
    expect(isOriginal(normalise({ rotate: 90 }, avif), avif)).toBe(false)
  })

  it('only shrinks by maxWidth and maxHeight', () => {
    expect(normalise({ maxWidth: 100, maxHeight: 60 }, header)).toMatchObject({ width: 80, height: 60 })
    expect(normalise({ maxWidth: 1000 }, header)).toMatchObject({ width: 400, height: 300 })
    expect(normalise({ maxWidth: 150, rotate: 'auto' }, turned)).toMatchObject({ width: 150, height: 200 })
    expect(normalise({ width: 800, maxWidth: 100 }, header)).toMatchObject({ width: 800, height: 600 })
  })

  it('knows the size of the finished picture', () => {
    expect(outputSize(normalise({ width: 200, rotate: 90, padding: 5 }, header))).toEqual({
      width: 160,
      height: 210,
    })
  })
})

describe('isOriginal', () => {
  it('is true where nothing changes', () => {
    for (const asked of SAME.find(([name]) => name === 'defaults')![2]) {
      expect(isOriginal(normalise(asked, header), header)).toBe(true)
    }
    expect(isOriginal(normalise({}, turned), turned)).toBe(true)
  })

  it('is false where something does', () => {
    const changes: Transformation[] = [
      { width: 399 },
      { format: 'png' },
      { quality: 81 },
      { rotate: 90 },
      { flip: 'h' },
      { filter: 'sepia' },
      { blur: 1 },
      { padding: 1 },
      { strip: ['exif'] },
      { colorSpace: 'p3' },
    ]
    for (const asked of changes) expect(isOriginal(normalise(asked, header), header)).toBe(false)
    expect(isOriginal(normalise({ rotate: 'auto' }, turned), turned)).toBe(false)
  })
})
