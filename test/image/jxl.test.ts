// Colours of JPEG XL: what a codestream says about them, in every way it can, and that pixels come out right.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { greyProfile, profileBytes, rgbProfile } from '../../src/image/colour/build-profile'
import { D65, rgbToPcs } from '../../src/image/colour/matrix'
import { SPACES } from '../../src/image/colour/spaces'
import { ImageError } from '../../src/image/error'
import { JxlBits, JxlBitWriter } from '../../src/image/jxl/bits'
import {
  colourOfProfile,
  DISPLAY_P3,
  type JxlColour,
  profileOfColour,
  readColour,
  SRGB,
  writeColour,
} from '../../src/image/jxl/colour-encoding'
import { readIcc } from '../../src/image/jxl/icc'
import { embedMetadata, readMetadata } from '../../src/image/metadata'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { be32, box, join } from '../support/bmff'
import { type Coding, codedJxl, iccStream, operated } from '../support/jxl-made'
import { makeRandom, mutate } from '../support/mutate'
import { encoded, metadata, raw } from '../support/oracle'
import { render } from '../support/render'
import { psnr, scene, sourceOf } from '../support/rows'

const [WIDTH, HEIGHT] = [80, 56]
const budget = new MemoryBudget({ bytes: 200_000_000, queue: 4, waitMs: 1000 })
const p3 = profileBytes('p3')
const rgba = scene(WIDTH, HEIGHT, 4).map((value, i) => (i % 4 === 3 ? 255 : value))

async function rendered(file: Uint8Array, asked: Transformation): Promise<Uint8Array> {
  const header = probe(file)
  const wanted = normalise(asked, header)
  return (await render(sourceOf(file), header, wanted, { budget, effort: 'interactive' })).bytes
}

/** Pixels of an output, as RGB, its profile not applied. */
const stored = async (file: Uint8Array) =>
  (await raw(file, [['keepIccProfile'], ['toColourspace', 'srgb'], ['removeAlpha']])).data

/** What libvips shows for these pixels in a profile. */
async function shown(pixels: Uint8Array, icc: Uint8Array, channels = 4): Promise<Uint8Array> {
  const { data } = await encoded(pixels, [['png']], { raw: { width: WIDTH, height: HEIGHT, channels } })
  return (await raw(embedMetadata('png', data, { icc }), [['removeAlpha']])).data
}

const opaque = (pixels: Uint8Array) => pixels.filter((_, i) => i % 4 !== 3)

/** A profile whose bytes are all below 224, so that it can be coded with copies: padded, curves by one number. */
const tame = (icc: Uint8Array) => icc.map((byte) => Math.min(byte, 223))

describe('profiles', () => {
  it.each(['prefix', 'ans'] as const)('are read, coded by %s', (coding) => {
    for (const icc of [p3, profileBytes('adobe_rgb'), greyProfile('Grey', { kind: 'gamma', gamma: 2.2 })]) {
      const { icc: stream } = iccStream(icc, coding)
      expect(readIcc(new JxlBits(stream.bytes()), 1 << 20)).toEqual(icc)
    }
  })

  it('are read, coded with copies', () => {
    const icc = tame(p3)
    // The first 128 bytes are differences, which may be what can't be coded: made what the usual header is.
    const { icc: probe } = iccStream(p3)
    const plain = readIcc(new JxlBits(probe.bytes()), 1 << 20).slice()
    plain.fill(0, 44)
    plain.set(icc.subarray(128), 128)
    plain.set([0, 0, 246, 214, 0, 1, 0, 0, 0, 0, 211, 45], 68)
    plain.set([4, 0, 0, 0], 8)
    plain.set(plain.subarray(4, 8), 80)
    for (let i = 24; i < 36; i++) plain[i] = 0
    expect(readIcc(new JxlBits(iccStream(plain, 'copies').icc.bytes()), 1 << 20)).toEqual(plain)
  })

  it('are put together by every command', () => {
    // After the header: two tags by list, a type, XYZ, numbers predicted in 1, 2 and 4 bytes, shuffled ones.
    const commands = [
      3, // two tags follow, less one
      ...[1 | 64 | 128, 152, 1, 30], // a tag of its own name, place and size
      ...[2], // curves of red, green and blue
      0,
      ...[20], // parametric curve
      ...[10], // XYZ
      ...[4, 1 | 4, 8], // 2-byte numbers, first differences, 8 bytes
      ...[4, 0 | 8, 3], // bytes, second differences
      ...[4, 3 | 16, 8, 8], // 4-byte numbers, 8 bytes apart
      ...[2, 4], // 2 columns
      ...[3, 8], // 4 columns
    ]
    const numbers = [10, 20, 30, 40, 50, 60, 70, 80]
    const data = [
      ...Array.from('Name', (c) => c.charCodeAt(0)),
      ...Array.from({ length: 12 }, (_, i) => i + 1),
      ...numbers,
      ...[1, 2, 3],
      ...numbers,
      ...[1, 2, 3, 4],
      ...numbers,
    ]
    const header = p3.slice(0, 128)
    const tags = (name: string, start: number, size: number) => join(name, be32(start), be32(size))
    const begin = join(
      header,
      be32(2),
      tags('Name', 152, 30),
      tags('rTRC', 182, 30),
      tags('gTRC', 182, 30),
      tags('bTRC', 182, 30),
      'para',
      be32(0),
      'XYZ ',
      be32(0),
      data.slice(4, 16),
    )
    // By hand: 2-byte numbers 10·50, 20·60, 30·70, 40·80 (columns) added to 2a − b.
    const out = [...begin]
    const u16 = (at: number) => out[at]! * 256 + out[at + 1]!
    for (const [high, low] of [
      [10, 50],
      [20, 60],
      [30, 70],
      [40, 80],
    ] as const) {
      const guess = 2 * u16(out.length - 2) - u16(out.length - 4)
      out.push((high + ((guess >> 8) & 255)) & 255, (low + (guess & 255)) & 255)
    }
    for (const value of [1, 2, 3]) {
      const [c, b, a] = out.slice(-3) as [number, number, number]
      out.push((value + 3 * a - 3 * b + c) & 255)
    }
    for (const column of [10, 30, 50, 70, 20, 40, 60, 80]) out.push((column + out.at(-8)!) & 255)
    out.push(1, 3, 2, 4)
    out.push(10, 30, 50, 70, 20, 40, 60, 80)
    const icc = Uint8Array.from(out)
    icc.set(be32(icc.length))
    const { icc: stream } = iccStream(icc, 'ans', { commands, data })
    expect([...readIcc(new JxlBits(stream.bytes()), 1 << 20)]).toEqual([...icc])
  })

  it('that are damaged are errors, never traps', () => {
    const random = makeRandom(3)
    for (const coding of ['prefix', 'ans'] as Coding[]) {
      const bytes = iccStream(p3, coding).icc.bytes()
      for (let i = 0; i < 400; i++) {
        const damaged = mutate(bytes, random)
        try {
          readIcc(new JxlBits(damaged), 1 << 20)
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError)
        }
      }
    }
    const whole = iccStream(p3).icc.bytes()
    expect(() => readIcc(new JxlBits(whole.subarray(0, 100)), 1 << 20)).toThrow('codestream ended')
    expect(() => readIcc(new JxlBits(whole), 200)).toThrow('damaged')
  })
})

describe('colour encodings', () => {
  const written = (colour: JxlColour) => {
    const bits = new JxlBitWriter()
    writeColour(bits, colour)
    return readColour(new JxlBits(bits.bytes())).colour
  }

  it('are read as they are written', () => {
    const custom: JxlColour = {
      space: 'rgb',
      white: [0.3457, 0.3585],
      primaries: [
        [0.7347, 0.2653],
        [0.1596, 0.8404],
        [0.0366, 0.0001],
      ],
      transfer: { gamma: 1.8 },
    }
    for (const colour of [SRGB, DISPLAY_P3, { ...SRGB, transfer: 'pq' } as const]) {
      expect(written(colour)).toEqual(colour)
    }
    const read = written(custom)
    expect(read.primaries.flat()).toEqual(custom.primaries.flat().map((v) => expect.closeTo(v, 6)))
    expect(read.transfer).toEqual({ gamma: expect.closeTo(1.8, 5) })
  })

  it('become profiles, and profiles become encodings', () => {
    expect(profileOfColour(SRGB)).toBeNull()
    expect(profileOfColour({ ...SRGB, space: 'xyb' })).toBeNull()
    expect(colourOfProfile(p3)).toMatchObject({ transfer: 'srgb', white: D65 })
    for (const icc of [
      p3,
      profileBytes('adobe_rgb'),
      profileOfColour({ ...DISPLAY_P3, transfer: 'linear' })!,
    ]) {
      const again = profileOfColour(colourOfProfile(icc)!)!
      // Colorants at the same places, equal within their rounding.
      const numbers = (bytes: Uint8Array) => [...bytes.subarray(bytes.length - 160, bytes.length - 60)]
      expect(again.length).toBeGreaterThan(300)
      expect(numbers(again).length).toBe(numbers(icc).length)
    }
    expect(written(colourOfProfile(p3)!)).toEqual(DISPLAY_P3)
    const prophoto = rgbProfile({
      description: 'ProPhoto',
      toPcs: rgbToPcs([0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], [0.3457, 0.3585]),
      curve: { kind: 'gamma', gamma: 1.8 },
    })
    expect(colourOfProfile(prophoto)).toMatchObject({ transfer: { gamma: expect.closeTo(1.8, 3) } })
    expect(colourOfProfile(greyProfile('Grey', { kind: 'gamma', gamma: 2 }))).toBeNull()
    const odd = { kind: 'table', values: Uint16Array.of(0, 60000, 65535) } as const
    expect(colourOfProfile(rgbProfile({ ...SPACES.p3, curve: odd }))).toBeNull()
  })
})

describe('a picture whose samples are of a space', () => {
  it.each([
    ['Display P3 by name', { ...DISPLAY_P3 }, 'p3'],
    ['Adobe RGB by numbers', colourOfProfile(profileBytes('adobe_rgb'))!, 'adobe_rgb'],
    ['linear light', { ...SRGB, transfer: 'linear' as const }, 'sRGB, linear'],
  ] as const)('%s', async (_name, colour, name) => {
    const file = operated(await codedJxl(rgba, WIDTH, HEIGHT), { colour })
    expect(probe(file).colorSpace).toBe(name)
    const { icc } = readMetadata(file, 'jxl')
    const kept = await rendered(file, { format: 'png' })
    expect(psnr(await stored(kept), opaque(rgba))).toBe(Number.POSITIVE_INFINITY)
    expect((await metadata(kept)).hasProfile).toBe(true)
    const srgb = await rendered(file, { format: 'png', colorSpace: 'srgb' })
    expect(psnr(await stored(srgb), await shown(rgba, icc!))).toBeGreaterThan(42)
  })

  it.each(['prefix', 'ans'] as const)('of a profile, coded by %s, naked and in parts', async (coding) => {
    const file = operated(await codedJxl(rgba, WIDTH, HEIGHT), { colour: iccStream(p3, coding) })
    const inParts = join(
      be32(12),
      'JXL \r\n',
      [0x87, 10],
      box('ftyp', 'jxl ', be32(0), 'jxl '),
      box('jxlp', be32(0), file.subarray(0, 300)),
      box('jxlp', be32(0x80000001), file.subarray(300)),
    )
    for (const form of [file, inParts]) {
      expect(probe(form).colorSpace).toBe('p3')
      expect(readMetadata(form, 'jxl').icc).toEqual(p3)
      const kept = await rendered(form, { format: 'png' })
      expect(psnr(await stored(kept), opaque(rgba))).toBe(Number.POSITIVE_INFINITY)
      const srgb = await rendered(form, { format: 'webp', colorSpace: 'srgb', quality: 100 })
      expect(psnr(await stored(srgb), await shown(rgba, p3))).toBeGreaterThan(36)
    }
  })

  it('of 16 bits is converted without bands', async () => {
    // A dark ramp in linear light: 8 bits would leave 16 levels of it.
    const samples = Uint16Array.from({ length: 256 * 8 * 4 }, (_, i) =>
      i % 4 === 3 ? 65535 : (Math.floor(i / 4) % 256) * 16,
    )
    const coded = await codedJxl(new Uint8Array(samples.buffer), 256, 8, { bitDepth: 16 })
    const file = operated(coded, { colour: { ...SRGB, transfer: 'linear' } })
    expect(probe(file)).toMatchObject({ bitDepth: 16, colorSpace: 'sRGB, linear' })
    const made = await rendered(file, { format: 'png', colorSpace: 'srgb' })
    const { data, info } = await raw(made)
    expect(new Set(data.filter((_, i) => i % info.channels === 0)).size).toBeGreaterThan(60)
  })

  it('of colours multiplied by alpha', async () => {
    const straight = scene(WIDTH, HEIGHT, 4)
    const multiplied = straight.map((v, i) => (i % 4 === 3 ? v : Math.round((v * straight[i | 3]!) / 255)))
    const file = operated(await codedJxl(multiplied, WIDTH, HEIGHT), { premultiplied: true })
    const { data } = await raw(await rendered(file, { format: 'png' }), [['ensureAlpha']])
    // Of the faintest tenth nothing much is left.
    const clear = (pixels: Uint8Array) => pixels.filter((_, i) => straight[i | 3]! > 25)
    expect(psnr(clear(data), clear(straight))).toBeGreaterThan(42)
  })
})

describe('a picture of absolute colours (XYB)', () => {
  const file = codedJxl(rgba, WIDTH, HEIGHT, { lossless: false })

  it.each([
    ['a space by name', () => DISPLAY_P3],
    ['a profile that is an encoding', () => iccStream(p3)],
    ['a profile of another gamma', () => iccStream(profileBytes('adobe_rgb'), 'ans')],
    ['a profile with a curve of its own', () => iccStream(rgbProfile({ ...SPACES.p3, curve: sCurve }))],
    ['nothing known', () => ({ ...SRGB, transfer: 'unknown' as const })],
  ] as const)('is the same whatever it is to be decoded to: %s', async (_name, colour) => {
    const made = operated(await file, { colour: colour() })
    const srgb = await rendered(made, { format: 'png', colorSpace: 'srgb' })
    expect(psnr(await stored(srgb), opaque(rgba))).toBeGreaterThan(36)
    // `origin` embeds a profile with which the picture is the same.
    const kept = await rendered(made, { format: 'png' })
    expect(psnr((await raw(kept, [['removeAlpha']])).data, opaque(rgba))).toBeGreaterThan(34)
  })

  it('is grey where it says so', async () => {
    const made = operated(await file, { colour: { ...SRGB, space: 'grey' } })
    expect(probe(made)).toMatchObject({ components: 1, colorSpace: 'grayscale' })
    const grey = await rendered(made, { format: 'png' })
    expect(await metadata(grey)).toMatchObject({ space: 'b-w' })
    const should = await raw(rgba, [['removeAlpha'], ['toColourspace', 'b-w']], {
      raw: { width: WIDTH, height: HEIGHT, channels: 4 },
    })
    expect(psnr((await raw(grey, [['extractChannel', 0]])).data, should.data)).toBeGreaterThan(34)
  })
})

describe('an output', () => {
  const prophoto = rgbProfile({
    description: 'ProPhoto',
    toPcs: rgbToPcs([0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], [0.3457, 0.3585]),
    curve: { kind: 'gamma', gamma: 1.8 },
  })
  const original = async (icc?: Uint8Array) => {
    const { data } = await encoded(rgba, [['png']], { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
    return icc ? embedMetadata('png', data, { icc }) : data
  }

  it.each([
    ['none', undefined, 'srgb'],
    ['Display P3', p3, 'p3'],
    ['Adobe RGB', profileBytes('adobe_rgb'), 'adobe_rgb'],
    ['ProPhoto', prophoto, 'RGB, gamma 1.80'],
  ] as const)('keeps its pixels and the profile: %s', async (_name, icc, name) => {
    const file = await rendered(await original(icc), { format: 'jxl', quality: 95 })
    expect(probe(file).colorSpace).toBe(name)
    // Read as libjxl gives them, the pixels are what they were.
    const back = await rendered(file, { format: 'png' })
    expect(psnr(await stored(back), opaque(rgba))).toBeGreaterThan(37)
    // White and greys have no tint: the header's numbers of 16 bits add up.
    const grey = new Uint8Array(WIDTH * HEIGHT * 4).map((_, i) =>
      i % 4 === 3 ? 255 : (i >> 2) % WIDTH > 40 ? 255 : 128,
    )
    const input = { raw: { width: WIDTH, height: HEIGHT, channels: 4 } }
    const plain = (await encoded(grey, [['png']], input)).data
    const made = await rendered(icc ? embedMetadata('png', plain, { icc }) : plain, {
      format: 'jxl',
      quality: 95,
    })
    const after = await stored(await rendered(made, { format: 'png' }))
    expect(after.subarray(3 * 75, 3 * 76).every((value) => value >= 254)).toBe(true)
    expect(after.subarray(3 * 10, 3 * 11).every((value) => Math.abs(value - 128) <= 1)).toBe(true)
  })

  it('is sRGB where its profile says more than numbers do, or where it is asked for', async () => {
    const odd = rgbProfile({ ...SPACES.p3, curve: sCurve })
    const converted = await shown(rgba, odd)
    const file = await rendered(await original(odd), { format: 'jxl', quality: 95 })
    expect(probe(file).colorSpace).toBe('srgb')
    expect(psnr(await stored(await rendered(file, { format: 'png' })), converted)).toBeGreaterThan(36)
    const wide = await rendered(await original(), { format: 'jxl', colorSpace: 'p3', quality: 95 })
    expect(probe(wide).colorSpace).toBe('p3')
    const seen = await rendered(wide, { format: 'png', colorSpace: 'srgb' })
    expect(psnr(await stored(seen), opaque(rgba))).toBeGreaterThan(37)
  })
})

const sCurve = {
  kind: 'table',
  values: Uint16Array.from({ length: 64 }, (_, i) => 65535 * (3 * (i / 63) ** 2 - 2 * (i / 63) ** 3)),
} as const

it('refuses black ink, which the decoder leaves out', async () => {
  const file = operated(await codedJxl(rgba, WIDTH, HEIGHT), { black: true })
  expect(() => probe(file)).toThrow("CMYK can't be decoded")
})
