// Jobs with outputs of at most 2 megapixels: planned below 24 MB whatever JPEG or PNG they are of, never below
// what they use on noise, which is the worst there is, and with the same pixels where less is held for that.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { lastEnginePeak } from '../../src/image/engines'
import type { Format } from '../../src/image/formats'
import type { ImageHeader } from '../../src/image/header'
import { normalise } from '../../src/image/normalise'
import { plan } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { type Call, encoded } from '../support/oracle'
import { render } from '../support/render'
import { sourceOf } from '../support/rows'
import { noise } from '../support/scenes'
import { heldOf } from '../support/wasm-memory'

const effort = 'interactive'
const ROOM = 80_000_000

/** As libvips' profile has it, and as the preference profile of sRGB. */
const INK = { components: 4, colorSpace: 'cmyk', profile: { bytes: 961_644, tables: 51_000 } } as const
const TABLES = { colorSpace: 'sRGB v4 ICC preference', profile: { bytes: 61_000, tables: 30_000 } } as const

const SOURCES = {
  'a JPEG': { format: 'jpg' },
  'a progressive JPEG': { format: 'jpg', interlaced: true },
  'a PNG': { format: 'png' },
  'a PNG with alpha': { format: 'png', alpha: true },
  'a PNG with alpha and 16 bits': { format: 'png', alpha: true, bitDepth: 16 },
  'an interlaced PNG': { format: 'png', interlaced: true },
  'an interlaced PNG with alpha': { format: 'png', interlaced: true, alpha: true },
  'an interlaced PNG with alpha and 16 bits': { format: 'png', interlaced: true, alpha: true, bitDepth: 16 },
  'a JPEG of ink': { format: 'jpg', ...INK },
  'a progressive JPEG of ink': { format: 'jpg', interlaced: true, ...INK },
  'a JPEG of ink without a profile': { format: 'jpg', components: 4, colorSpace: 'cmyk' },
  'a progressive JPEG whose profile has tables': { format: 'jpg', interlaced: true, ...TABLES },
  'an interlaced PNG with alpha and 16 bits in Display P3': {
    ...{ format: 'png', interlaced: true, alpha: true, bitDepth: 16, colorSpace: 'p3' },
  },
  'an interlaced PNG with alpha and 16 bits whose profile has tables': {
    ...{ format: 'png', interlaced: true, alpha: true, bitDepth: 16 },
    ...TABLES,
  },
} as const satisfies Record<string, Partial<ImageHeader>>

const SHAPES = [
  [11547, 8660],
  [8165, 6123],
  [4080, 3072],
  [1526, 65500],
  [30000, 3333],
  [65500, 1526],
] as const

const border = { padding: 20, paddingColor: [255, 0, 0, 128] } as const
const OPERATIONS: readonly Transformation[] = [
  {},
  border,
  { rotate: 90 },
  { rotate: 90, ...border },
  { rotate: 180, flip: 'h' },
  { rotate: 90, blur: 20 },
  { rotate: 90, filter: 'sepia', blur: 3, ...border },
]

/** A size of about so many pixels, its border included, of a picture's shape. */
function sizeOf(width: number, height: number, pixels: number, { padding = 0 }: Transformation) {
  const factor = Math.min(1, Math.sqrt(pixels / (width * height)), 16_000 / Math.max(width, height))
  const side = (length: number) => Math.max(1, Math.floor(length * factor) - 2 * padding)
  return { width: side(width), height: side(height), fit: 'stretch' } as const
}

const header = (facts: Partial<ImageHeader>, width: number, height: number): ImageHeader => ({
  ...{ format: 'jpg', width, height, orientation: 1, alpha: false, bitDepth: 8, pageCount: 1, loop: 0 },
  ...{ colorSpace: 'srgb', interlaced: false, components: 3, ...facts },
})

describe.each(Object.entries(SOURCES))('%s of any size', (_name, facts) => {
  it.each<[Format, number]>([
    ['png', 2_000_000],
    ['jpg', 2_000_000],
    ['webp', 500_000],
  ])('is planned below 24 MB for a %s of %i pixels', (format, pixels) => {
    for (const [width, height] of SHAPES) {
      for (const asked of OPERATIONS) {
        const of = header(facts, width, height)
        // What libwebp takes for alpha is not ours to keep low.
        if (format === 'webp' && (of.alpha || asked.padding)) continue
        const colorSpace = of.colorSpace === 'srgb' ? 'origin' : 'srgb'
        const wanted = normalise(
          { colorSpace, ...asked, ...sizeOf(width, height, pixels, asked), format },
          of,
        )
        const { peakBytes } = plan(of, wanted, { fileSize: 3 * width * height, room: ROOM, effort })
        // The widest rows, of 16 bits or ink, take more yet where colours are converted from them.
        const most = of.colorSpace !== 'srgb' && width > 65_000 ? 26_500_000 : 24_000_000
        expect(peakBytes, `${width}×${height} ${JSON.stringify(asked)}`).toBeLessThanOrEqual(most)
      }
    }
  })
})

const FILES: Record<string, [channels: 3 | 4, calls: Call[]]> = {
  'a progressive JPEG of ink': [
    3,
    [
      ['toColourspace', 'cmyk'],
      ['withIccProfile', 'cmyk'],
      ['jpeg', { quality: 90, progressive: true, chromaSubsampling: '4:4:4' }],
    ],
  ],
  'a JPEG': [3, [['jpeg', { quality: 90 }]]],
  // A header does not tell the sampling: the most costly is planned.
  'a progressive JPEG': [3, [['jpeg', { quality: 90, progressive: true, chromaSubsampling: '4:4:4' }]]],
  'a PNG': [3, [['png', { compressionLevel: 1 }]]],
  'a PNG with alpha': [4, [['png', { compressionLevel: 1 }]]],
  'an interlaced PNG with alpha and 16 bits': [
    4,
    [
      ['toColourspace', 'rgb16'],
      ['png', { compressionLevel: 1, progressive: true }],
    ],
  ],
}

async function noisy(name: string, width: number, height: number): Promise<Uint8Array> {
  const [channels, calls] = FILES[name]!
  const input = { raw: { width, height, channels } }
  return (await encoded(noise(width * height * channels, 5), calls, input)).data
}

const unlimited = new MemoryBudget({ bytes: 500_000_000, queue: 1, waitMs: 1 })

describe.each(Object.keys(FILES))('%s of noise', (name) => {
  it.each([
    [1640, 1240],
    [65500, 40],
  ])('of %i×%i uses what was planned', async (width, height) => {
    const file = await noisy(name, width, height)
    const of = probe(file)
    for (const format of ['png', 'jpg'] as const) {
      for (const asked of [{}, { rotate: 90 }, { rotate: 90, ...border }] as const) {
        const wanted = normalise({ ...asked, ...sizeOf(width, height, 2_000_000, asked), format }, of)
        const planned = plan(of, wanted, { fileSize: file.length, room: 500_000_000, effort })
        const { bytes } = await render(sourceOf(file), of, wanted, { budget: unlimited, effort })
        const used = lastEnginePeak() + heldOf(format, bytes)
        const figures = `${format} ${JSON.stringify(asked)}: planned ${planned.peakBytes}, used ${used}`
        expect(planned.engineBytes, figures).toBeGreaterThanOrEqual(lastEnginePeak())
        expect(planned.peakBytes, figures).toBeGreaterThanOrEqual(used)
        // A border of one colour is no noise; a JPEG's planes take less than its RGB, if it has some.
        if (('padding' in asked && height === 40) || planned.planes) continue
        // Streams on their way are planned too, and seen by the bench alone.
        const streams = planned.peakBytes - planned.engineBytes - planned.finishing.file
        expect(planned.peakBytes, figures).toBeLessThanOrEqual(1.25 * (used + streams))
      }
    }
  })

  it('gives the same picture where there is less room', async () => {
    const file = await noisy(name, 1640, 800)
    const of = probe(file)
    for (const rotate of of.interlaced ? ([0, 90, 180] as const) : ([90, 180] as const)) {
      const wanted = normalise({ rotate, width: 1500, height: 732, fit: 'stretch', format: 'png' }, of)
      const usual = plan(of, wanted, { fileSize: file.length, room: Infinity, effort })
      const room = Math.floor(usual.peakBytes * (rotate ? 0.8 : 0.95))
      const lean = plan(of, wanted, { fileSize: file.length, room, effort })
      expect(lean.peakBytes).toBeLessThanOrEqual(room)
      const { bytes } = await render(sourceOf(file), of, wanted, { budget: unlimited, effort })
      const tight = new MemoryBudget({ bytes: room, queue: 1, waitMs: 1 })
      const again = await render(sourceOf(file), of, wanted, { budget: tight, effort })
      expect(lastEnginePeak()).toBeLessThanOrEqual(lean.engineBytes)
      expect(again.bytes).toEqual(bytes)
    }
  })
})
