import { describe, expect, it } from 'vitest'
import { colourBands, colourBytes, colourStep, type Layout, outputProfile } from '../../src/image/colour'
import { greyProfileBytes, profileBytes, rgbProfile } from '../../src/image/colour/build-profile'
import { rgbToPcs } from '../../src/image/colour/matrix'
import { Engine } from '../../src/image/engine'
import { embedMetadata, readMetadata } from '../../src/image/metadata'
import { probe } from '../../src/image/probe'
import type { Bands, RowReader } from '../../src/image/rows'
import type { ColorSpaceChoice } from '../../src/image/transformation'
import { makeRandom, mutate } from '../support/mutate'
import { encoded, raw } from '../support/oracle'
import { pixelsOf, psnr } from '../support/rows'
import { cmykTiff } from '../support/tiff'

const WIDTH = 61
const HEIGHT = 43

const prophoto = rgbProfile({
  description: 'ProPhoto',
  toPcs: rgbToPcs([0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], [0.3457, 0.3585]),
  curve: { kind: 'gamma', gamma: 1.8 },
})

/** Smooth colours with some noise; values stay off the edges of the gamut by `margin`. */
function picture(bands: number, margin = 0, width = WIDTH, height = HEIGHT): Uint8Array {
  const random = makeRandom(bands)
  const of = (i: number) => {
    const [x, y, band] = [Math.floor(i / bands) % width, Math.floor(i / bands / width), i % bands]
    const wave = 0.5 + 0.5 * Math.sin(x * (0.07 + 0.05 * band) + y * 0.11 * (band + 1))
    return margin + (255 - 2 * margin) * Math.min(1, Math.max(0, wave * 0.9 + random() * 0.1))
  }
  return Uint8Array.from({ length: width * height * bands }, (_, i) => of(i))
}

function readerOf(
  engine: Engine,
  bytes: Uint8Array,
  layout: Layout,
  width = WIDTH,
  height = HEIGHT,
): RowReader {
  const pointer = engine.alloc(bytes.length)
  engine.bytes.set(bytes, pointer)
  const stride = width * layout.bands * (layout.depth / 8)
  let done = false
  return {
    width,
    height,
    bands: layout.bands,
    async read() {
      if (done) return null
      done = true
      return { pointer, count: height, stride }
    },
    close: async () => {},
  }
}

interface Case {
  readonly icc?: Uint8Array | undefined
  readonly colorSpace?: string
  readonly bands?: Bands
  readonly depth?: 8 | 16
  readonly cmyk?: boolean
  readonly to?: ColorSpaceChoice
}

async function converted(
  bytes: Uint8Array,
  { icc, colorSpace = 'unknown', bands = 3, depth = 8, cmyk = false, to = 'srgb' }: Case,
) {
  const engine = new Engine(8 << 20)
  const from = { bands, depth, cmyk }
  const reader = readerOf(engine, bytes, from)
  return pixelsOf(engine, colourStep(engine, reader, { icc, colorSpace, from, to }))
}

const rawInput = (channels: number) => ({ raw: { width: WIDTH, height: HEIGHT, channels } })

/** The samples in a PNG with a profile, as libvips shows them in sRGB. */
async function judged(pixels: Uint8Array, channels: number, icc: Uint8Array): Promise<Uint8Array> {
  const { data } = await encoded(pixels, [['png']], rawInput(channels))
  return (await raw(embedMetadata('png', data, { icc }))).data
}

describe('matrix profiles', () => {
  it.each([
    ['Display P3', profileBytes('p3'), 45],
    ['Adobe RGB', profileBytes('adobe_rgb'), 45],
    ['ProPhoto', prophoto, 45],
  ] as const)('%s to sRGB as libvips', async (_name, icc, least) => {
    const pixels = picture(3)
    const level = psnr(await converted(pixels, { icc }), await judged(pixels, 3, icc))
    expect(level).toBeGreaterThan(least)
  })

  it('keeps alpha', async () => {
    const pixels = picture(4)
    const ours = await converted(pixels, { icc: profileBytes('p3'), bands: 4 })
    const theirs = await judged(pixels, 4, profileBytes('p3'))
    expect(psnr(ours, theirs)).toBeGreaterThan(45)
    expect(ours.filter((_, i) => i % 4 === 3)).toEqual(pixels.filter((_, i) => i % 4 === 3))
  })

  it('reads the profile that libvips embeds', async () => {
    const { data } = await encoded(picture(3, 40), [['withIccProfile', 'p3'], ['png']], rawInput(3))
    const { icc } = readMetadata(data, 'png')
    const inP3 = await raw(data, [['keepIccProfile']])
    expect(psnr(await converted(inP3.data, { icc }), (await raw(data)).data)).toBeGreaterThan(40)
    expect(probe(data).colorSpace).toBe('p3')
  })

  it('to P3 as libvips', async () => {
    const pixels = picture(3)
    const { data } = await encoded(pixels, [['withIccProfile', 'p3'], ['png']], rawInput(3))
    const theirs = await raw(data, [['keepIccProfile']])
    expect(psnr(await converted(pixels, { to: 'p3' }), theirs.data)).toBeGreaterThan(40)
  })

  it('there and back loses only what 8 bits lose', async () => {
    const pixels = picture(3)
    const there = await converted(pixels, { to: 'p3' })
    const back = await converted(there, { icc: profileBytes('p3') })
    expect(psnr(back, pixels)).toBeGreaterThan(48)
  })

  it('16-bit ProPhoto without banding', async () => {
    // A dark ramp over 61 × 43 samples: 8-bit ProPhoto would leave 26 levels of it.
    const ramp = Uint16Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => Math.floor(i / 3) * 2.5)
    const bytes = new Uint8Array(ramp.buffer)
    const ours = await converted(bytes, { icc: prophoto, depth: 16 })
    const levels = (data: Uint8Array) => new Set(data.filter((_, i) => i % 3 === 1)).size
    // Every level of sRGB up to the brightest.
    expect(levels(ours)).toBe(35)
    const exact = Array.from(ramp, (v) => {
      const linear = (v / 65535) ** 1.8
      return Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055))
    })
    expect(Math.max(...ours.map((v, i) => Math.abs(v - exact[i]!)))).toBeLessThanOrEqual(1)
  })

  it('to grey by luminance in linear light', async () => {
    const pixels = picture(3)
    const { data } = await raw(pixels, [['toColourspace', 'b-w']], rawInput(3))
    const ours = await converted(pixels, { to: 'grayscale' })
    expect(ours.length).toBe(WIDTH * HEIGHT)
    expect(psnr(ours, data)).toBeGreaterThan(36)
  })
})

it('grey with a profile to grey of sRGB', async () => {
  const pixels = picture(1)
  expect(await converted(pixels, { icc: greyProfileBytes(), bands: 1 })).toEqual(pixels)
  const gamma = greyProfileBytes().slice()
  // The curve of sRGB replaced by gamma 1: form 0, exponent 1.
  const at = String.fromCharCode(...gamma).lastIndexOf('para')
  gamma.set([0, 0, 0, 0, 0, 1, 0, 0], at + 8)
  const ours = await converted(new Uint8Array(WIDTH * HEIGHT).fill(55), { icc: gamma, bands: 1 })
  expect(ours[0]).toBe(128)
})

describe('CMYK', () => {
  /** Inks of pictures: up to 300% together. */
  const inks = picture(4).map((v, i) => (i % 4 === 3 ? v * 0.5 : v * 0.8))

  it('with a profile as libvips', async () => {
    const { data } = await encoded(
      picture(3),
      [['toColourspace', 'cmyk'], ['withIccProfile', 'cmyk'], ['jpeg']],
      rawInput(3),
    )
    const icc = readMetadata(data, 'jpg').icc!
    expect(icc.length).toBeGreaterThan(5000)
    const theirs = await raw(cmykTiff(WIDTH, HEIGHT, inks, icc))
    const ours = await converted(inks, { icc, bands: 4, cmyk: true })
    expect(psnr(ours, theirs.data)).toBeGreaterThan(40)
    // `origin` and grey convert too.
    expect(await converted(inks, { icc, bands: 4, cmyk: true, to: 'origin' })).toEqual(ours)
    expect((await converted(inks, { icc, bands: 4, cmyk: true, to: 'grayscale' })).length).toBe(
      WIDTH * HEIGHT,
    )
  })

  it('without a profile close to libvips', async () => {
    const theirs = await raw(cmykTiff(WIDTH, HEIGHT, inks))
    const ours = await converted(inks, { bands: 4, cmyk: true })
    expect(psnr(ours, theirs.data)).toBeGreaterThan(33)
    expect([
      ...(await converted(new Uint8Array(WIDTH * HEIGHT * 4), { bands: 4, cmyk: true })).subarray(0, 3),
    ]).toEqual([255, 255, 255])
  })

  it('with a broken profile as without one', async () => {
    const broken = new Uint8Array(400)
    broken.set(profileBytes('srgb').subarray(0, 132))
    broken.set([0x43, 0x4d, 0x59, 0x4b], 16)
    for (const to of ['srgb', 'p3', 'grayscale'] as const) {
      expect(await converted(inks, { icc: broken, bands: 4, cmyk: true, to })).toEqual(
        await converted(inks, { bands: 4, cmyk: true, to }),
      )
    }
  })
})

it('changes nothing where nothing has to change', async () => {
  const engine = new Engine(8 << 20)
  const from = { bands: 3, depth: 8, cmyk: false } as const
  const reader = readerOf(engine, picture(3), from)
  const same = (options: Case) =>
    colourStep(engine, reader, { colorSpace: 'srgb', to: 'srgb', ...options, from }) === reader
  expect(same({})).toBe(true)
  expect(same({ icc: profileBytes('srgb') })).toBe(true)
  expect(same({ icc: prophoto, to: 'origin' })).toBe(true)
  expect(same({ icc: profileBytes('p3'), to: 'p3' })).toBe(true)
  expect(same({ colorSpace: 'p3', to: 'p3' })).toBe(true)
  expect(same({ icc: greyProfileBytes() })).toBe(true)
  expect(same({ colorSpace: 'p3' })).toBe(false)
  expect(same({ icc: prophoto })).toBe(false)
})

it('takes the space that a header names for a profile that is not there', async () => {
  const pixels = picture(3)
  const named = await converted(pixels, { colorSpace: 'p3' })
  // A profile's numbers are rounded to 16 bits behind the point.
  expect(psnr(named, await converted(pixels, { icc: profileBytes('p3') }))).toBeGreaterThan(60)
})

it('says which profile to embed', () => {
  const from = { bands: 3, depth: 8, cmyk: false } as const
  const of = (options: Case, bands: Bands = 3) =>
    outputProfile(
      { colorSpace: 'srgb', to: 'origin', ...options, from: { ...from, cmyk: options.cmyk ?? false } },
      bands,
    )
  expect(of({ icc: prophoto })).toBe(prophoto)
  expect(of({ icc: prophoto }, 1)).toBeNull()
  expect(of({ icc: greyProfileBytes() }, 1)).toBe(greyProfileBytes())
  expect(of({ icc: prophoto, to: 'srgb' })).toBeNull()
  expect(of({ icc: prophoto, to: 'p3' }, 4)).toBe(profileBytes('p3'))
  expect(of({ to: 'grayscale' }, 1)).toBeNull()
  expect(of({ icc: prophoto, cmyk: true })).toBeNull()
  expect(of({ colorSpace: 'p3' })).toBe(profileBytes('p3'))
  expect(of({})).toBeNull()
})

it('takes no more of the arena than it says', async () => {
  const header = probe((await encoded(picture(3), [['png']], rawInput(3))).data)
  for (const cmyk of [false, true]) {
    for (const depth of cmyk ? ([8] as const) : ([8, 16] as const)) {
      for (const to of ['origin', 'srgb', 'p3', 'grayscale'] as const) {
        const from = { bands: cmyk ? 4 : 3, depth, cmyk } as const
        const engine = new Engine(8 << 20)
        const reader = readerOf(engine, new Uint8Array(WIDTH * HEIGHT * from.bands * (depth / 8)), from)
        const before = engine.call('arenaUsed')
        const icc = cmyk ? undefined : prophoto
        await pixelsOf(engine, colourStep(engine, reader, { icc, colorSpace: 'ProPhoto', from, to }))
        const used = engine.call('arenaUsed') - before
        expect(used).toBeLessThanOrEqual(colourBytes({ ...header, colorSpace: 'ProPhoto' }, to, WIDTH, from))
      }
    }
  }
})

it('makes `origin` sRGB where the output has no room for the profile', async () => {
  const engine = new Engine(8 << 20)
  const grey = { bands: 1, depth: 8, cmyk: false } as const
  const reader = readerOf(engine, picture(1), grey)
  const linear = rgbProfile({
    description: 'x',
    toPcs: rgbToPcs([0.6, 0.3], [0.3, 0.6], [0.1, 0.1], [0.3, 0.3]),
    curve: { kind: 'gamma', gamma: 1 },
  })
  const options = { icc: greyProfileBytes(), colorSpace: 'grayscale', from: grey, to: 'origin' } as const
  expect(colourStep(engine, reader, { ...options, format: 'jpg' })).toBe(reader)
  expect(outputProfile({ ...options, format: 'jpg' }, 1)).toBe(options.icc)
  expect(colourStep(engine, reader, { ...options, format: 'webp' })).not.toBe(reader)
  expect(outputProfile({ ...options, format: 'webp' }, 1)).toBeNull()
  const colour = { ...options, icc: linear, from: { ...grey, bands: 3 } } as const
  expect(outputProfile({ ...colour, format: 'webp' }, 3)).toBe(linear)
  expect(outputProfile({ ...colour, format: 'gif' }, 3)).toBeNull()
})

it('gives the bands it announces', () => {
  const from = { bands: 4, depth: 8, cmyk: false } as const
  expect(colourBands({ from, to: 'grayscale' })).toBe(2)
  expect(colourBands({ from, to: 'p3' })).toBe(4)
  expect(colourBands({ from: { ...from, cmyk: true }, to: 'origin' })).toBe(3)
})

it('survives damaged profiles with tables', async () => {
  const { data } = await encoded(
    picture(3),
    [['toColourspace', 'cmyk'], ['withIccProfile', 'cmyk'], ['jpeg']],
    rawInput(3),
  )
  const icc = readMetadata(data, 'jpg').icc!
  const random = makeRandom(9)
  const inks = picture(4)
  for (let i = 0; i < 12; i++) {
    // The tables' headers are where damage hurts.
    const damaged = mutate(icc.subarray(0, 4000), random)
    const whole = new Uint8Array(icc.length)
    whole.set(icc)
    whole.set(damaged)
    const rows = await converted(inks, { icc: whole, bands: 4, cmyk: true })
    expect(rows.length).toBe(WIDTH * HEIGHT * 3)
  }
})
