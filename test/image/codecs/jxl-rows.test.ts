// Our JPEG XL decoder against libjxl's, over what libjxl's encoder makes; what it leaves out, and what that becomes.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../../src/image/budget'
import { decoderOf } from '../../../src/image/codecs'
import { openJxl, openJxlByRows } from '../../../src/image/codecs/jxl'
import { Engine } from '../../../src/image/engine'
import type { ImageHeader } from '../../../src/image/header'
import { normalise } from '../../../src/image/normalise'
import { plan } from '../../../src/image/plan'
import { probe } from '../../../src/image/probe'
import { Retold } from '../../../src/image/retold'
import type { Bands } from '../../../src/image/rows'
import { codedJxl } from '../../support/jxl-made'
import { recompressed } from '../../support/jxl-recompressed'
import { turnJxl } from '../../support/jxl-turn'
import { raw } from '../../support/oracle'
import { render, renderMany } from '../../support/render'
import { maxDiff, pixelsOf, psnr, scene, sourceOf } from '../../support/rows'
import { seededScene } from '../../support/scenes'

const LIMIT = 64 * 1024 * 1024
/** Of an isolate. */
const budget = new MemoryBudget({ bytes: 80_000_000, queue: 4, waitMs: 1000 })

const engineOf = () => {
  const engine = new Engine(LIMIT)
  engine.reset(LIMIT)
  return engine
}

async function byRows(file: Uint8Array, bands: Bands, eighth = false): Promise<Uint8Array> {
  const engine = engineOf()
  const options = { bands, depth: 8, eighth, most: LIMIT, header: probe(file) } as const
  return pixelsOf(engine, await openJxlByRows(engine, sourceOf(file), options))
}

async function whole(file: Uint8Array, bands: Bands): Promise<Uint8Array> {
  const engine = engineOf()
  return pixelsOf(engine, await openJxl(engine, sourceOf(file), { alpha: bands % 2 === 0, grey: bands < 3 }))
}

function meanDiff(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
}

const opaque = (pixels: Uint8Array) => pixels.filter((_, i) => i % 4 !== 3)
const colours = async (file: Uint8Array) => Uint8Array.from((await raw(file, [['removeAlpha']])).data)

/** A picture with smooth parts, edges and noise, whose sides are no multiples of anything. */
const [WIDTH, HEIGHT] = [333, 290]
const picture = (alpha: boolean) =>
  seededScene(WIDTH, HEIGHT, 4, 9).map((value, i) => (i % 4 === 3 && !alpha ? 255 : value))

describe('a picture with loss is what libjxl makes of it, but for its dithering', () => {
  it.each<[string, Record<string, number | boolean>]>([
    ...[1, 3, 5, 7].map((effort): [string, Record<string, number>] => [`effort ${effort}`, { effort }]),
    ...[20, 50, 95, 100].map((quality): [string, Record<string, number>] => [
      `quality ${quality}`,
      { quality },
    ]),
    ['three rounds of the filter', { epf: 3, quality: 40 }],
    ['no filters', { epf: 0, gaborish: 0 }],
    ['in passes', { progressiveAC: 1, effort: 5 }],
    ['in passes of finer steps', { qProgressiveAC: 1, effort: 5 }],
    ['made for speed', { decodingSpeed: 4, effort: 5 }],
  ])('%s', async (_, more) => {
    const options = { lossless: false, quality: 75, effort: 3, ...more }
    const file = await codedJxl(picture(false), WIDTH, HEIGHT, options)
    const ours = await byRows(file, 4)
    const theirs = await whole(file, 4)
    expect(meanDiff(ours, theirs)).toBeLessThan(0.3)
    expect(maxDiff(ours, theirs)).toBeLessThanOrEqual(1)
  })
})

describe('a JPEG that was recompressed is what libjxl makes of it', () => {
  it.each(Object.entries(recompressed()))('%s', async (kind, file) => {
    const bands = kind === 'grey' ? 1 : 3
    const ours = await byRows(file, bands)
    const theirs = await whole(file, bands)
    expect(meanDiff(ours, theirs)).toBeLessThan(0.3)
    expect(maxDiff(ours, theirs)).toBeLessThanOrEqual(1)
  })

  it.each(Object.entries(recompressed()))(
    'shrunk by 16 from the picture of an eighth: %s',
    async (kind, file) => {
      const bands = kind === 'grey' ? 1 : 3
      const { width } = probe(file)
      const means = (pixels: Uint8Array, across: number, side: number) => {
        const [columns, rows] = [across, pixels.length / bands / across].map((n) => Math.floor(n / side))
        return Uint8Array.from({ length: columns! * rows! * bands }, (_, at) => {
          const [left, top] = [
            (Math.floor(at / bands) % columns!) * side,
            Math.floor(at / bands / columns!) * side,
          ]
          let sum = 0
          for (let i = 0; i < side * side; i++) {
            sum += pixels[((top + Math.floor(i / side)) * across + left + (i % side)) * bands + (at % bands)]!
          }
          return sum / side / side
        })
      }
      const small = means(await byRows(file, bands, true), Math.ceil(width / 8), 2)
      const exact = means(await whole(file, bands), width, 16)
      // Of odd sides, the last block of 8 is less than half a pixel.
      expect(small.length).toBeGreaterThanOrEqual(exact.length)
      expect(maxDiff(small.subarray(0, bands * 3), exact.subarray(0, bands * 3))).toBeLessThanOrEqual(3)
    },
  )
})

describe('a picture without loss is exact', () => {
  it.each<[string, Record<string, number | boolean>]>([
    ...[1, 2, 3, 4, 7].map((effort): [string, Record<string, number>] => [`effort ${effort}`, { effort }]),
    ['by other predictors', { effort: 4, modularPredictor: 15 }],
  ])('%s', async (_, more) => {
    const pixels = picture(true)
    const file = await codedJxl(pixels, WIDTH, HEIGHT, { lossless: true, effort: 3, ...more })
    expect(await byRows(file, 4)).toEqual(pixels)
  })

  it('of few colours', async () => {
    const pixels = picture(false).map((value, i) => (i % 4 === 3 ? 255 : value & 0xc0))
    for (const effort of [3, 5]) {
      const file = await codedJxl(pixels, WIDTH, HEIGHT, { lossless: true, effort })
      expect(await byRows(file, 4)).toEqual(pixels)
    }
  })

  it('of one row, of one column, of one pixel', async () => {
    for (const [width, height] of [
      [300, 1],
      [1, 300],
      [1, 1],
    ] as const) {
      const pixels = scene(width, height, 4)
      expect(await byRows(await codedJxl(pixels, width, height), 4)).toEqual(pixels)
      const lossy = await codedJxl(pixels, width, height, { lossless: false, effort: 3 })
      expect(maxDiff(await byRows(lossy, 4), await whole(lossy, 4))).toBeLessThanOrEqual(1)
    }
  })
})

it('of more than 8 bits gives 16', async () => {
  const samples = Uint16Array.from(picture(true), (value, i) => value * 4 + (i % 3))
  const file = await codedJxl(new Uint8Array(samples.buffer), WIDTH, HEIGHT, { bitDepth: 10, effort: 3 })
  const engine = engineOf()
  const options = { bands: 4, depth: 16, eighth: false, most: LIMIT, header: probe(file) } as const
  const reader = await openJxlByRows(engine, sourceOf(file), options)
  const rows = (await reader.read())!
  const first = new Uint16Array(engine.memory.buffer.slice(rows.pointer, rows.pointer + 8 * WIDTH))
  const colour = (_: number, i: number) => i % 4 !== 3
  const wanted = samples.subarray(0, 4 * WIDTH).filter(colour)
  // In single precision.
  first.filter(colour).forEach((value, i) => {
    expect(Math.abs(value - (wanted[i]! * 65535) / 1023)).toBeLessThan(1)
  })
})

it('memory hangs on the width, hardly on the height', () => {
  const header: ImageHeader = {
    ...{ format: 'jxl', width: 3072, height: 4080, alpha: true, orientation: 1, components: 3, bitDepth: 8 },
    ...{ pageCount: 1, loop: 0, colorSpace: 'srgb', interlaced: false },
  }
  const job = (height: number) => {
    const wanted = normalise({ width: 256, height: 256, fit: 'crop', format: 'webp' }, { ...header, height })
    const options = { fileSize: 1_500_000, room: 80_000_000, effort: 'interactive' } as const
    return plan({ ...header, height }, wanted, options).peakBytes
  }
  expect(job(4080)).toBeLessThan(30_000_000)
  expect(job(12240) - job(4080)).toBeLessThan(8_000_000)
})

describe('a picture with an orientation is turned upright, as libjxl turns it', () => {
  const [width, height] = [277, 150]
  const cases = [2, 3, 4, 5, 6, 7, 8]
  const made = async (orientation: number, more = {}) =>
    turnJxl(await codedJxl(seededScene(width, height, 4, 3), width, height, more), orientation)

  it.each(cases)('orientation %i', async (orientation) => {
    const file = await made(orientation)
    const header = probe(file)
    const wanted = normalise({ format: 'png' }, header)
    expect([header.width, header.height]).toEqual(orientation > 4 ? [height, width] : [width, height])
    const size = { width, height, orientation }
    await expect(byRows(file, 4)).rejects.toEqual(new Retold(size as Partial<ImageHeader>))
    const { bytes, header: out } = await render(sourceOf(file), header, wanted, {
      budget,
      effort: 'interactive',
    })
    expect(out).toMatchObject({ width: header.width, height: header.height, orientation: 1 })
    expect(Uint8Array.from((await raw(bytes)).data)).toEqual(await whole(file, 4))
  })

  it.each(cases)('orientation %i, cut and shrunk and turned on', async (orientation) => {
    const file = await made(orientation)
    const header = probe(file)
    const plain = await codedJxl(await whole(file, 4), header.width, header.height)
    const asked = {
      width: 60,
      height: 40,
      fit: 'crop',

      rotate: 90,
      format: 'png',
    } as const
    const wanted = normalise(asked, header)
    const options = { budget, effort: 'interactive' } as const
    const ours = await render(sourceOf(file), header, wanted, options)
    const theirs = await render(sourceOf(plain), probe(plain), wanted, options)
    const [a, b] = [await raw(ours.bytes), await raw(theirs.bytes)]
    expect(a.info).toEqual(b.info)
    expect(psnr(Uint8Array.from(a.data), Uint8Array.from(b.data))).toBeGreaterThan(40)
  })

  it('several outputs of one decode', async () => {
    const file = await made(6)
    const header = probe(file)
    const wanted = [100, 50].map((side) => normalise({ width: side, format: 'png' }, header))
    const many = await renderMany(sourceOf(file), header, wanted, { budget, effort: 'interactive' })
    expect(many.map((one) => [one.header.width, one.header.height])).toEqual([
      [100, 185],
      [50, 92],
    ])
  })

  it('where it is left to libjxl too', async () => {
    const file = await made(8, { lossless: true, effort: 4, responsive: 1 })
    const header = probe(file)
    const wanted = normalise({ format: 'png' }, header)
    const { bytes } = await render(sourceOf(file), header, wanted, { budget, effort: 'interactive' })
    expect(Uint8Array.from((await raw(bytes)).data)).toEqual(await whole(file, 4))
  })
})

describe('what is left out', () => {
  const cases: [string, Record<string, number | boolean>][] = [
    ['noise', { lossless: false, effort: 5, photonNoiseIso: 3200 }],
    ['low frequencies in a frame of their own', { lossless: false, effort: 5, progressiveDC: 1 }],
    ['squeezed channels', { lossless: true, effort: 4, responsive: 1 }],
  ]

  it.each(cases)('is told before there are rows: %s', async (_, options) => {
    const file = await codedJxl(picture(false), WIDTH, HEIGHT, options)
    await expect(byRows(file, 4)).rejects.toEqual(new Retold({ interlaced: true }))
  })

  it.each(cases)('is rendered by libjxl: %s', async (_, options) => {
    const file = await codedJxl(picture(false), WIDTH, HEIGHT, options)
    const header = probe(file)
    const wanted = normalise({ format: 'png' }, header)
    const { bytes } = await render(sourceOf(file), header, wanted, { budget, effort: 'interactive' })
    expect(maxDiff(await colours(bytes), opaque(await whole(file, 4)))).toBe(0)
  })

  it('a picture of an eighth of the size of one that holds none', async () => {
    const file = await codedJxl(picture(true), WIDTH, HEIGHT, { lossless: true, effort: 3 })
    await expect(byRows(file, 4, true)).rejects.toEqual(new Retold({ lossless: true }))
  })
})

it('a file that is cut is a clear error, wherever it ends', async () => {
  const file = await codedJxl(picture(false), WIDTH, HEIGHT, { lossless: false, effort: 3 })
  for (const part of [0.02, 0.1, 0.5, 0.99]) {
    const cut = file.slice(0, Math.floor(file.length * part))
    await expect(byRows(cut, 4)).rejects.toMatchObject({ kind: 'truncated' })
  }
})

it.each([1, 6])(
  'a picture beyond what libjxl could hold here is rendered: orientation %i',
  async (orientation) => {
    const [width, height] = [3200, 3120]
    const pixels = new Uint8Array(width * height * 4)
    const words = new Uint32Array(pixels.buffer)
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++)
        words[i++] = 0xff000000 | ((x >> 4) << 16) | ((y >> 4) << 8) | ((x + y) >> 5)
    }
    const stored = await codedJxl(pixels, width, height, { lossless: true, effort: 1 })
    const file = orientation === 1 ? stored : turnJxl(stored, orientation)
    const header = probe(file)
    const options = { fileSize: file.length, room: 80_000_000, effort: 'interactive' } as const
    const across = header.width / 8
    const wanted = normalise({ width: across, format: 'png' }, header)
    expect(plan({ ...header, interlaced: true }, wanted, options).peakBytes).toBeGreaterThan(80_000_000)
    const { bytes } = await render(sourceOf(file), header, wanted, { budget, effort: 'interactive' })
    const shrunk = Uint8Array.from({ length: 400 * 390 * 3 }, (_, i) => {
      const [column, row] = [(Math.floor(i / 3) % across) * 8 + 3.5, Math.floor(i / 3 / across) * 8 + 3.5]
      const [x, y] = orientation === 1 ? [column, row] : [row, height - 1 - column]
      return [(x + y) / 32, y / 16, x / 16][i % 3]!
    })
    expect(psnr(await colours(bytes), shrunk)).toBeGreaterThan(45)
    expect(decoderOf(header)).not.toBe(decoderOf({ ...header, interlaced: true }))
  },
)
