// Whole pictures against libvips, through every parameter.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { greyProfileBytes, profileBytes } from '../../src/image/colour/build-profile'
import { encodeSrgb } from '../../src/image/colour/spaces'
import { ImageError } from '../../src/image/error'
import { makeLqip } from '../../src/image/lqip'
import { embedMetadata, readMetadata } from '../../src/image/metadata'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { type Call, encoded, metadata, raw } from '../support/oracle'
import { makePng } from '../support/png'
import { render } from '../support/render'
import { psnr, random, sourceOf } from '../support/rows'

const budget = new MemoryBudget({ bytes: 500_000_000, queue: 4, waitMs: 1000 })

/** A picture with photographic detail: seeded noise blurred at several scales by libvips. */
async function photo(width: number, height: number, calls: Call[], seed = 1): Promise<Uint8Array> {
  const noise = new Uint8Array(width * height * 3)
  let state = seed
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    noise[i] = state >>> 24
  }
  const input = { raw: { width, height, channels: 3 } }
  const fine = await raw(noise, [['blur', 1.2]], input)
  const coarse = await raw(
    noise,
    [
      ['blur', 12],
      ['linear', 9, -1024],
    ],
    input,
  )
  const mixed = new Uint8Array(noise.length)
  for (let i = 0; i < mixed.length; i++) {
    const x = ((i / 3) | 0) % width
    const y = (i / 3 / width) | 0
    const edge = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2 ? 40 : 0
    mixed[i] = Math.min(255, (coarse.data[i]! * 3) / 5 + fine.data[i]! / 3 + edge)
  }
  return (await encoded(mixed, calls, input)).data
}

async function ours(picture: Uint8Array, asked: Transformation) {
  const header = probe(picture)
  return render(sourceOf(picture), header, normalise(asked, header), { budget, effort: 'interactive' })
}

/** PSNR of our PNG of `asked` against the same made by sharp. */
async function against(picture: Uint8Array, asked: Transformation, calls: Call[]): Promise<number> {
  const made = await ours(picture, { ...asked, format: 'png' })
  const is = await raw(made.bytes, [['ensureAlpha']])
  const should = await raw(picture, [...calls, ['ensureAlpha']])
  expect([is.info.width, is.info.height, is.info.channels]).toEqual([
    should.info.width,
    should.info.height,
    should.info.channels,
  ])
  return psnr(is.data, should.data)
}

const png: Call[] = [['png', { compressionLevel: 1 }]]
const slow = { fastShrinkOnLoad: false }

describe('resizing', () => {
  it('matches libvips', async () => {
    const picture = await photo(640, 427, png)
    const table: [Transformation, object][] = [
      [{ width: 320 }, { width: 320 }],
      [{ width: 200 }, { width: 200 }],
      [{ height: 99 }, { height: 99 }],
      [{ width: 100 }, { width: 100 }],
      [{ width: 37 }, { width: 37 }],
      [{ width: 600 }, { width: 600 }],
      [
        { width: 100, height: 100 },
        { width: 100, height: 100, fit: 'inside' },
      ],
      [
        { width: 100, height: 100, fit: 'fill' },
        { width: 100, height: 100, fit: 'cover' },
      ],
      [
        { width: 101, height: 37, fit: 'fill' },
        { width: 101, height: 37, fit: 'cover' },
      ],
      [
        { width: 100, height: 100, fit: 'stretch' },
        { width: 100, height: 100, fit: 'fill' },
      ],
      [{ width: 1280 }, { width: 1280 }],
      [
        { width: 901, height: 301, fit: 'stretch' },
        { width: 901, height: 301, fit: 'fill' },
      ],
      [
        { width: 900, height: 900, fit: 'fill' },
        { width: 900, height: 900, fit: 'cover' },
      ],
    ]
    const figures: Record<string, number> = {}
    for (const [asked, options] of table) {
      figures[JSON.stringify(asked)] =
        Math.round(10 * (await against(picture, asked, [['resize', { ...options, ...slow }]]))) / 10
    }
    for (const value of Object.values(figures)) expect(value).toBeGreaterThanOrEqual(40)
  })
})

describe('shrink on load', () => {
  it('gives the picture of libvips', async () => {
    const picture = await photo(1280, 864, [['jpeg', { quality: 92 }]])
    const figures: Record<string, number> = {}
    const sizes = [
      { width: 640 },
      { width: 426 },
      { width: 330 },
      { width: 320 },
      { width: 160 },
      { width: 99 },
      { width: 80 },
      { width: 40 },
    ]
    for (const size of sizes) {
      figures[JSON.stringify(size)] = await against(picture, size, [['resize', { ...size, ...slow }]])
    }
    for (const size of [
      { width: 100, height: 300 },
      { width: 300, height: 40 },
    ]) {
      const calls: Call[] = [['resize', { ...size, fit: 'cover', ...slow }]]
      figures[JSON.stringify(size)] = await against(picture, { ...size, fit: 'fill' }, calls)
    }
    for (const value of Object.values(figures)) expect(value).toBeGreaterThan(40)
  })

  it('leaves the detail that a full decode leaves, and hardly more aliases, where it halves', async () => {
    // A zone plate: the frequency grows with the distance from the middle, to half a cycle per pixel.
    const side = 768
    const middle = (side - 1) / 2
    const plate = new Uint8Array(side * side)
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const phase = (Math.PI * ((x - middle) ** 2 + (y - middle) ** 2)) / side
        plate[y * side + x] = Math.round(128 + 100 * Math.cos(phase))
      }
    }
    const input = { raw: { width: side, height: side, channels: 1 } }
    const { data: picture } = await encoded(
      plate,
      [
        ['toColourspace', 'b-w'],
        ['jpeg', { quality: 95 }],
      ],
      input,
    )
    for (const [shrink, mostSeen, mostAliased] of [
      [2.91, 0.035, 0.11],
      [3, 0.03, 0.1],
      [3.5, 0.015, 0.06],
    ] as const) {
      const width = Math.round(side / shrink)
      const is = await raw((await ours(picture, { width, format: 'png' })).bytes, [['extractChannel', 0]])
      const should = await raw(picture, [
        ['resize', { width, ...slow }],
        ['extractChannel', 0],
      ])
      // Root mean squares of the differences by distance, as parts of the plate's own contrast.
      const rings = Array.from({ length: 12 }, () => ({ sum: 0, count: 0 }))
      for (let y = 0; y < width; y++) {
        for (let x = 0; x < width; x++) {
          const away = Math.hypot(x - (width - 1) / 2, y - (width - 1) / 2) / (width / 2)
          const ring = rings[Math.floor(away * 12)]
          if (!ring) continue
          ring.sum += (is.data[y * width + x]! - should.data[y * width + x]!) ** 2
          ring.count++
        }
      }
      const differences = rings.map(({ sum, count }) => Math.sqrt(sum / count) / (100 * Math.SQRT1_2))
      // The output's highest frequency lies at 1 / shrink of the way.
      const seen = Math.floor(12 / shrink) + 1
      expect(Math.max(...differences.slice(0, seen))).toBeLessThan(mostSeen)
      expect(Math.max(...differences.slice(seen))).toBeLessThan(mostAliased)
    }
  })
})

describe('turning', () => {
  it('is exact', async () => {
    const picture = await photo(61, 47, png)
    const table: [Transformation, Call[]][] = [
      [{ rotate: 90 }, [['rotate', 90]]],
      [{ rotate: 180 }, [['rotate', 180]]],
      [{ rotate: 270 }, [['rotate', 270]]],
      [{ flip: 'h' }, [['flop']]],
      [{ flip: 'v' }, [['flip']]],
    ]
    for (const [asked, calls] of table) expect(await against(picture, asked, calls)).toBe(Infinity)
    // sharp flips before it rotates, so a rotation and a flip are two runs there.
    for (const rotate of [90, 270] as const) {
      const turned = (await encoded(picture, [['rotate', rotate], ...png])).data
      const is = await raw((await ours(picture, { rotate, flip: 'v', format: 'png' })).bytes, [
        ['removeAlpha'],
      ])
      const should = await raw(turned, [['flip'], ['removeAlpha']])
      expect(psnr(is.data, should.data)).toBe(Infinity)
    }
  })

  it('turns upright by EXIF Orientation, and sizes are those of the upright picture', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const picture = await photo(61, 47, [...png, ['withMetadata', { orientation }]])
      expect(await against(picture, { rotate: 'auto' }, [['autoOrient']])).toBe(Infinity)
      // In one go sharp mirrors after it resizes.
      const upright = (await encoded(picture, [['autoOrient'], ...png])).data
      for (const size of [{ width: 20 }, { width: 90 }, { width: 20, height: 31, fit: 'fill' as const }]) {
        const made = await ours(picture, { ...size, rotate: 'auto', format: 'png' })
        const is = await raw(made.bytes, [['removeAlpha']])
        const should = await raw(upright, [['resize', { ...size, fit: size.fit ? 'cover' : 'inside' }]])
        expect(psnr(is.data, should.data)).toBeGreaterThan(40)
      }
    }
  })
})

describe('filters and padding', () => {
  it('match libvips', async () => {
    const picture = await photo(61, 47, png)
    const grey = await raw(picture, [['greyscale']])
    const made = await ours(picture, { filter: 'grayscale', format: 'png' })
    const is = await raw(made.bytes, [['extractChannel', 0]])
    expect(psnr(is.data, grey.data)).toBeGreaterThan(50)
    const padded: Call = ['extend', { top: 3, left: 3, right: 3, bottom: 3, background: '#ff000080' }]
    const colour = [255, 0, 0, 128] as const
    expect(await against(picture, { padding: 3, paddingColor: colour }, [padded])).toBe(Infinity)
    const cut: Call = ['extract', { left: 20, top: 13, width: 21, height: 21 }]
    expect(await against(picture, { width: 21, height: 21, fit: 'crop' }, [cut])).toBe(Infinity)
  })
})

describe('filters on a wide space', () => {
  it('are those of the colours that a browser shows', async () => {
    const plain = await photo(61, 47, png)
    const picture = embedMetadata('png', plain, { icc: profileBytes('adobe_rgb') })
    expect(probe(picture).colorSpace).toBe('adobe_rgb')
    const shown = (await raw(picture, [['removeAlpha']])).data
    const grey = await ours(picture, { filter: 'grayscale', format: 'png' })
    const should = await raw(picture, [['greyscale']])
    expect(psnr((await raw(grey.bytes, [['extractChannel', 0]])).data, should.data)).toBeGreaterThan(45)
    const black = await ours(picture, { filter: 'black_white', format: 'png' })
    const blackShould = should.data.map((luminance) => (luminance > 128 ? 255 : 0))
    expect(psnr((await raw(black.bytes, [['extractChannel', 0]])).data, blackShould)).toBeGreaterThan(25)

    const sepia = await ours(picture, { filter: 'sepia', format: 'png' })
    expect((await metadata(sepia.bytes)).hasProfile).toBe(false)
    expect(sepia.header.colorSpace).toBe('srgb')
    // Filter Effects 1 §13.1.2: sepia(100%).
    const matrix = [0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131] as const
    const css = shown.map((_, i) => {
      const [at, row] = [i - (i % 3), (i % 3) * 3]
      const sum = [0, 1, 2].reduce((all, n) => all + matrix[row + n]! * shown[at + n]!, 0)
      return Math.min(255, Math.round(sum))
    })
    expect(psnr((await raw(sepia.bytes, [['removeAlpha']])).data, css)).toBeGreaterThan(45)
  })
})

describe('blur', () => {
  it('is a Gaussian of this sigma', async () => {
    const picture = await photo(161, 97, png)
    for (const sigma of [0.5, 2, 9]) {
      expect(
        await against(picture, { blur: sigma }, [['blur', { sigma, precision: 'float' }]]),
      ).toBeGreaterThan(38)
    }
    expect(await against(picture, { blur: 0.2 }, [])).toBe(Infinity)
  })
})

describe('gravity', () => {
  it('keeps the window that libvips keeps', async () => {
    const picture = await photo(640, 427, png, 5)
    for (const gravity of ['attention', 'entropy'] as const) {
      const size = { width: 100, height: 200 }
      const calls: Call[] = [['resize', { ...size, fit: 'cover', position: gravity }]]
      expect(await against(picture, { ...size, fit: 'fill', gravity }, calls)).toBeGreaterThan(40)
    }
  })

  it('is found in a rendition where the picture is too large to be held', async () => {
    const around: Call = ['extend', { top: 500, bottom: 720, left: 900, right: 400, background: '#808080' }]
    const picture = await photo(200, 200, [around, ['jpeg', { quality: 90 }]], 5)
    const size = { width: 1000, height: 1420 }
    for (const gravity of ['attention', 'entropy'] as const) {
      const { bytes } = await ours(picture, { ...size, fit: 'crop', gravity, format: 'png' })
      const is = await raw(bytes)
      // Only where there is detail can one see which columns they are.
      const whole = await raw(picture)
      // Cut at the own scale, the window is a run of the original's columns: find which.
      const lefts = Array.from({ length: 501 }, (_, left) => left).filter((left) => {
        for (let x = 0; x < 1000; x += 7) {
          const [a, b] = [is.data[(600 * 1000 + x) * 3]!, whole.data[(600 * 1500 + x + left) * 3]!]
          if (Math.abs(a - b) > 3) return false
        }
        return true
      })
      const calls: Call[] = [
        ['resize', { ...size, fit: 'cover', position: gravity }],
        ['extractChannel', 0],
      ]
      const should = await raw(picture, calls)
      const theirs = Array.from({ length: 501 }, (_, left) => left).find((left) => {
        for (let x = 0; x < 1000; x++) {
          if (should.data[600 * 1000 + x] !== whole.data[(600 * 1500 + x + left) * 3]) return false
        }
        return true
      })
      expect(lefts.length).toBe(1)
      expect(Math.abs(lefts[0]! - theirs!)).toBeLessThanOrEqual(20)
    }
  })
})

describe('metadata', () => {
  it('travels, with the Orientation that is true of the output', async () => {
    const picture = await photo(61, 47, [
      ['jpeg', {}],
      ['withExif', { IFD0: { Copyright: 'Somebody' } }],
      ['withMetadata', { orientation: 6 }],
    ])
    for (const format of ['jpg', 'png', 'webp'] as const) {
      const kept = await ours(picture, { format, width: 30 })
      expect(await metadata(kept.bytes)).toMatchObject({ orientation: 6, width: 30 })
      expect(kept.header.orientation).toBe(6)
      const turned = await ours(picture, { format, width: 30, rotate: 'auto' })
      expect((await metadata(turned.bytes)).orientation ?? 1).toBe(1)
      expect(await metadata(turned.bytes)).toMatchObject({ width: 30, height: 39 })
      const stripped = await ours(picture, { format, strip: ['exif'] })
      expect(await metadata(stripped.bytes)).toMatchObject({ width: 47, height: 61 })
      expect((await metadata(stripped.bytes)).exif).toBeUndefined()
    }
  })

  it('keeps the profile that the colours are in', async () => {
    const picture = await photo(61, 47, [
      ['jpeg', {}],
      ['withIccProfile', 'p3'],
    ])
    for (const format of ['jpg', 'png', 'webp'] as const) {
      const made = await ours(picture, { format, width: 30 })
      expect((await metadata(made.bytes)).hasProfile).toBe(true)
      const grey = await ours(picture, { format, width: 30, filter: 'grayscale' })
      expect((await metadata(grey.bytes)).hasProfile).toBe(false)
    }
  })
})

describe('colour', () => {
  it('is converted where asked, and CMYK always, as libvips does', async () => {
    const p3 = await photo(161, 97, [
      ['png', {}],
      ['withIccProfile', 'p3'],
    ])
    const srgb = await raw(p3, [['toColourspace', 'srgb']])
    const made = await ours(p3, { colorSpace: 'srgb', format: 'png' })
    expect(psnr((await raw(made.bytes)).data, srgb.data)).toBeGreaterThan(40)
    expect((await metadata(made.bytes)).hasProfile).toBe(false)

    const cmyk = await photo(161, 97, [
      ['toColourspace', 'cmyk'],
      ['jpeg', { quality: 95 }],
    ])
    expect(probe(cmyk).components).toBe(4)
    const small = await ours(cmyk, { width: 80, format: 'png' })
    expect(small.header).toMatchObject({ components: 3, colorSpace: 'srgb' })
    const should = await raw(cmyk, [
      ['resize', { width: 80, ...slow }],
      ['toColourspace', 'srgb'],
    ])
    expect(psnr((await raw(small.bytes)).data, should.data)).toBeGreaterThan(30)

    const deep = await photo(161, 97, [
      ['png', {}],
      ['toColourspace', 'rgb16'],
      ['withIccProfile', 'p3'],
    ])
    expect(probe(deep).bitDepth).toBe(16)
    const eight = await ours(deep, { width: 80, colorSpace: 'srgb', format: 'png' })
    const eightShould = await raw(deep, [
      ['resize', { width: 80 }],
      ['toColourspace', 'srgb'],
    ])
    expect(psnr((await raw(eight.bytes)).data, eightShould.data)).toBeGreaterThan(38)
  })

  it('is computed from 16 bits where the output has no place for a grey profile', async () => {
    // A dark ramp with the curve of gamma 1: 8 linear bits would leave 16 levels of it.
    const [width, height] = [256, 8]
    const samples = Uint16Array.from({ length: width * height }, (_, i) => (i % width) * 16)
    const bare = makePng({ width, height, bitDepth: 16, colorType: 0, samples })
    const picture = embedMetadata('png', bare, { icc: linearGrey() })
    expect(probe(picture)).toMatchObject({ bitDepth: 16, colorSpace: 'grayscale' })
    const should = Array.from({ length: width }, (_, x) => encodeSrgb((x * 16) / 65535))
    const levels = new Set(should).size
    expect(levels).toBeGreaterThan(60)
    for (const format of ['gif', 'webp', 'avif'] as const) {
      const made = await ours(picture, { format, quality: 100 })
      const { data } = await raw(made.bytes, [
        ['toColourspace', 'srgb'],
        ['extractChannel', 1],
      ])
      const row = data.subarray(width * 4, width * 5)
      expect(Math.max(...row.map((v, x) => Math.abs(v - should[x]!)))).toBeLessThanOrEqual(4)
      if (format === 'gif') expect(new Set(row).size).toBeGreaterThan(levels - 3)
    }
  })

  it('has the tones of sRGB with cs=srgb where it is grey with others', async () => {
    const [width, height] = [128, 16]
    const samples = Uint8Array.from({ length: width * height }, (_, i) => (i % width) * 2)
    const input = { raw: { width, height, channels: 1 } }
    const calls: Call[] = [['toColourspace', 'b-w'], ['png']]
    const picture = embedMetadata('png', (await encoded(samples, calls, input)).data, { icc: linearGrey() })
    const should = (await raw(picture, [['extractChannel', 0]])).data
    for (const cs of ['srgb', 'grayscale'] as const) {
      const made = await ours(picture, { colorSpace: cs, format: 'png' })
      expect(made.header).toMatchObject({ colorSpace: 'grayscale', components: 1 })
      expect(await metadata(made.bytes)).toMatchObject({ hasProfile: false, channels: 1 })
      expect(psnr((await raw(made.bytes, [['extractChannel', 0]])).data, should)).toBeGreaterThan(45)
    }
    const kept = await ours(picture, { format: 'png', width: 64 })
    expect(readMetadata(kept.bytes, 'png').icc).toEqual(linearGrey())
    expect(
      (
        await raw(kept.bytes, [
          ['resize', 128],
          ['extractChannel', 0],
        ])
      ).data[64],
    ).toBeGreaterThan(150)
    // What is grey of sRGB anyway is not made anew.
    const plain = embedMetadata('png', (await encoded(samples, calls, input)).data, {
      icc: greyProfileBytes(),
    })
    expect(probe(plain).toned).toBeUndefined()
    expect(normalise({ colorSpace: 'srgb' }, probe(plain)).colorSpace).toBe('origin')
  })

  it('becomes one channel with cs=grayscale where the format has it', async () => {
    const picture = await photo(61, 47, png)
    for (const format of ['jpg', 'png'] as const) {
      const made = await ours(picture, { colorSpace: 'grayscale', format, quality: 100 })
      expect(await metadata(made.bytes)).toMatchObject({ channels: 1, space: 'b-w' })
      const should = await raw(picture, [['greyscale'], ['toColourspace', 'b-w']])
      expect(psnr((await raw(made.bytes, [['extractChannel', 0]])).data, should.data)).toBeGreaterThan(45)
    }
  })
})

/** A grey profile whose curve is the identity. */
function linearGrey(): Uint8Array {
  const icc = greyProfileBytes().slice()
  // Form 0 with the exponent 1.
  icc.set([0, 0, 0, 0, 0, 1, 0, 0], String.fromCharCode(...icc).lastIndexOf('para') + 8)
  return icc
}

/** The colour in characters 2–5 of a BlurHash: red, green, blue in base 83. */
function meanColour(hash: string): number[] {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'
  const value = [...hash.slice(2, 6)].reduce((sum, digit) => sum * 83 + digits.indexOf(digit), 0)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

describe('placeholders', () => {
  it('are made of the output as it passes', async () => {
    const picture = await photo(320, 213, png)
    const header = probe(picture)
    const wanted = normalise({ width: 200, format: 'webp' }, header)
    const options = { budget, effort: 'interactive', lqip: ['blurhash', 'thumbhash'] } as const
    const { lqip, bytes } = await render(sourceOf(picture), header, wanted, options)
    const small = await raw(bytes, [['resize', 100, 67, { fit: 'fill' }], ['ensureAlpha']])
    const should = makeLqip(small.data, 100, 67, ['blurhash', 'thumbhash'])
    // Size, contrast, and the mean colour within what lossy coding shifts it by.
    expect(lqip.blurhash?.slice(0, 2)).toBe(should.blurhash?.slice(0, 2))
    for (const [band, value] of meanColour(lqip.blurhash!).entries()) {
      expect(Math.abs(value - meanColour(should.blurhash!)[band]!)).toBeLessThanOrEqual(2)
    }
    expect(lqip.thumbhash?.length).toBe(should.thumbhash?.length)
  })
})

describe('what does not fit', () => {
  it('is refused before decoding, with the largest size that would', async () => {
    // HEIC that is one coded picture, which its decoder holds whole.
    const header = {
      ...probe(await photo(61, 47, [['avif', { effort: 0 }]])),
      format: 'heic' as const,
      width: 8000,
      height: 6000,
    }
    const source = { size: 9_000_000, open: () => Promise.reject(new Error('must not be read')) }
    const small = new MemoryBudget({ bytes: 80_000_000, queue: 1, waitMs: 1 })
    const asked = render(source, header, normalise({ width: 100 }, header), {
      budget: small,
      effort: 'interactive',
    })
    await expect(asked).rejects.toMatchObject({ kind: 'too-large' })
    await expect(asked).rejects.toThrow(
      /8000×6000 pixels needs [\d.]+ MB .* up to \d{4}×\d{4} it could be made/,
    )
    const large = render(source, { ...header, format: 'jpg' }, normalise({ format: 'avif' }, header), {
      budget: small,
      effort: 'interactive',
    })
    await expect(large).rejects.toThrow(/smaller output: a 8000×6000 avif needs/)
  })
})

describe('formats', () => {
  it('are all written from all', async () => {
    const sources = [
      await photo(61, 47, [['jpeg', { quality: 95 }]]),
      await photo(61, 47, png),
      await photo(61, 47, [['webp', { quality: 95 }]]),
    ]
    for (const picture of sources) {
      for (const format of ['jpg', 'png', 'webp'] as const) {
        const made = await ours(picture, { format, width: 30, quality: 95 })
        expect(probe(made.bytes)).toMatchObject({ format, width: 30, height: 23 })
        expect(made.header).toMatchObject({ format, width: 30, height: 23 })
        const is = await raw(made.bytes, [['removeAlpha']])
        const should = await raw(picture, [['resize', { width: 30, ...slow }]])
        expect(psnr(is.data, should.data)).toBeGreaterThan(30)
      }
    }
  })
})

describe('damaged originals', () => {
  it('give a picture or an ImageError, and never hang', async () => {
    const sources = [
      await photo(161, 97, [['jpeg', { quality: 85 }]]),
      await photo(161, 97, [['jpeg', { quality: 85, progressive: true }]]),
      await photo(161, 97, png),
      await photo(161, 97, [['webp', { quality: 80 }]]),
    ]
    const next = random(11)
    const kinds = new Set<string>()
    for (const picture of sources) {
      for (let round = 0; round < 12; round++) {
        const bytes = picture.slice(0, round % 3 === 0 ? 300 + next(picture.length - 300) : picture.length)
        for (let flips = round % 3; flips > 0; flips--) bytes[200 + next(bytes.length - 200)]! ^= 1 << next(8)
        try {
          const made = await ours(bytes, { width: 64, format: 'png' })
          expect(probe(made.bytes)).toMatchObject({ width: 64, format: 'png' })
          kinds.add('picture')
        } catch (error) {
          if (!(error instanceof ImageError)) throw error
          kinds.add(error.kind)
        }
      }
    }
    expect(kinds).toContain('picture')
    expect(kinds.size).toBeGreaterThan(1)
  })

  it('leave room and engines behind for the next one', async () => {
    const picture = await photo(161, 97, png)
    const damaged = picture.slice()
    damaged.fill(0, 400, 800)
    const small = new MemoryBudget({ bytes: 8_000_000, queue: 1, waitMs: 10 })
    const header = probe(picture)
    const wanted = normalise({ width: 64 }, header)
    for (let i = 0; i < 3; i++) {
      const job = render(sourceOf(damaged), header, wanted, { budget: small, effort: 'interactive' })
      await expect(job).rejects.toBeInstanceOf(ImageError)
    }
    expect(small.used).toBe(0)
    const fine = await render(sourceOf(picture), header, wanted, { budget: small, effort: 'interactive' })
    expect(fine.header.width).toBe(64)
  })

  it('are given up when the request is gone', async () => {
    const picture = await photo(161, 97, png)
    const header = probe(picture)
    const gone = AbortSignal.abort(new Error('gone'))
    const job = render(sourceOf(picture), header, normalise({ width: 64 }, header), {
      budget,
      effort: 'interactive',
      signal: gone,
    })
    await expect(job).rejects.toThrow('gone')
  })
})
