import { describe, expect, it } from 'vitest'
import { makePngWriter, type PngWriterOptions } from '../../../src/image/codecs/png-encode'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { makeRandom } from '../../support/mutate'
import { encoded, metadata, raw } from '../../support/oracle'
import { fileOf, maxDiff, scene } from '../../support/rows'

type Picture = { width: number; height: number; bands: Bands; data: Uint8Array }

async function encode(picture: Picture, options: Partial<PngWriterOptions> = {}, strip = 16) {
  const engine = new Engine(16 << 20)
  const { width, height, bands, data } = picture
  return fileOf(engine, makePngWriter(engine, { width, height, bands, ...options }), data, picture, strip)
}

/** The picture as four bands, however few it has. */
function rgba(data: Uint8Array, bands: number): Uint8Array {
  if (bands === 4) return data
  const out = new Uint8Array((data.length / bands) * 4).fill(255)
  for (let from = 0, to = 0; from < data.length; from += bands, to += 4) {
    for (let c = 0; c < 3; c++) out[to + c] = data[bands < 3 ? from : from + c]!
    if (bands === 2) out[to + 3] = data[from + 1]!
  }
  return out
}

/** Expects the file to show exactly the picture, by libvips; gives colour type and depth from IHDR. */
async function expectExact(file: Uint8Array, picture: Picture) {
  const { data, info } = await raw(file)
  expect([info.width, info.height]).toEqual([picture.width, picture.height])
  expect(maxDiff(rgba(data, info.channels), rgba(picture.data, picture.bands))).toBe(0)
  return { depth: file[24], colorType: file[25] }
}

function paint(
  width: number,
  height: number,
  bands: Bands,
  pixel: (x: number, y: number) => number[],
): Picture {
  const data = new Uint8Array(width * height * bands)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(pixel(x, y), (y * width + x) * bands)
  }
  return { width, height, bands, data }
}

const noise = (width: number, height: number, bands: Bands, seed = 1): Picture => {
  const random = makeRandom(seed)
  return paint(width, height, bands, () => Array.from({ length: bands }, () => random() * 256))
}

it.each([1, 2, 3, 4] as const)('writes %i bands at every small size, exactly', async (bands) => {
  for (const [width, height] of [
    [1, 1],
    [1, 17],
    [17, 1],
    [3, 2],
    [16, 16],
    [13, 17],
    [67, 71],
  ] as const) {
    const data = scene(width, height, bands)
    await expectExact(await encode({ width, height, bands, data }, {}, 3), { width, height, bands, data })
    const random = noise(width, height, bands, width + height)
    await expectExact(await encode(random), random)
  }
})

it.each([1, 2, 3, 4] as const)('writes a picture of many blocks with %i bands', async (bands) => {
  const [width, height] = [401, 223]
  for (const level of [1, 6, 9]) {
    const data = scene(width, height, bands)
    await expectExact(await encode({ width, height, bands, data }, { level }), { width, height, bands, data })
  }
  const random = noise(width, height, bands)
  const file = await encode(random)
  await expectExact(file, random)
  expect(file.length).toBeLessThan(random.data.length * 1.01 + 1000)
})

describe('the fewest samples that hold the picture', () => {
  it('are grey bits for black and white', async () => {
    const picture = paint(77, 40, 3, (x, y) => Array(3).fill((x * y) % 7 > 3 ? 255 : 0))
    expect(await expectExact(await encode(picture), picture)).toEqual({ depth: 1, colorType: 0 })
  })
  it('are two or four bits for few greys', async () => {
    const four = paint(50, 50, 1, (x, y) => [((x + y) % 4) * 85])
    expect(await expectExact(await encode(four), four)).toEqual({ depth: 2, colorType: 0 })
    const sixteen = paint(51, 50, 4, (x, y) => [...Array(3).fill(((x * 3 + y) % 16) * 17), 255])
    expect(await expectExact(await encode(sixteen), sixteen)).toEqual({ depth: 4, colorType: 0 })
  })
  it('are grey for a grey photograph in colour bands', async () => {
    const grey = scene(90, 70, 1)
    const picture = paint(90, 70, 4, (x, y) => [...Array(3).fill(grey[y * 90 + x]), 255])
    expect(await expectExact(await encode(picture), picture)).toEqual({ depth: 8, colorType: 0 })
  })
  it.each([
    [2, 1],
    [4, 2],
    [16, 4],
    [17, 8],
    [256, 8],
  ])('are a palette for %i colours', async (colors, depth) => {
    const random = makeRandom(colors)
    const picture = paint(64, 64, 3, (x, y) => {
      const n = y < 8 ? (y * 64 + x) % colors : Math.floor(random() * colors)
      return [n, (n * 7) & 255, 255 - n]
    })
    expect(await expectExact(await encode(picture), picture)).toEqual({ depth, colorType: 3 })
    const clear = paint(64, 64, 4, (x, y) => [
      ...picture.data.subarray((y * 64 + x) * 3).slice(0, 3),
      x % 2 && colors < 128 ? 100 : 255,
    ])
    expect((await expectExact(await encode(clear), clear)).colorType).toBe(3)
  })
  it('are all of them for more colours', async () => {
    const picture = paint(64, 64, 3, (x, y) => [x, y, x ^ y])
    expect(await expectExact(await encode(picture), picture)).toEqual({ depth: 8, colorType: 2 })
  })
  it('leave an opaque alpha out', async () => {
    const picture = paint(64, 64, 4, (x, y) => [x * 4, y * 4, 99, 255])
    expect(await expectExact(await encode(picture), picture)).toEqual({ depth: 8, colorType: 2 })
  })
  it('keep it in a drawing, which is smaller so', async () => {
    // Glyphs of 7 × 9 noisy pixels in lines, some in other colours.
    const random = makeRandom(3)
    const glyphs = Array.from({ length: 40 }, () =>
      Array.from({ length: 63 }, () => Math.floor(random() * 3)),
    )
    const text = Array.from({ length: 4000 }, () => glyphs[Math.floor(random() * 40)]!)
    const ink = text.map(() => [0, 1, 2].map(() => Math.floor(random() * 256)))
    const picture = paint(420, 300, 4, (x, y) => {
      const letter = Math.floor(y / 9) * 60 + Math.floor(x / 7)
      const shade = text[letter]![(y % 9) * 7 + (x % 7)]!
      return [...ink[letter >> 3]!.map((v) => 255 - ((255 - v) * shade) / 2), 255]
    })
    const file = await encode(picture)
    expect(await expectExact(file, picture)).toEqual({ depth: 8, colorType: 6 })
    const { data } = await encoded(picture.data, [['png']], { raw: { width: 420, height: 300, channels: 4 } })
    expect(file.length).toBeLessThan(data.length * 1.05)
  })
  it('are grey and alpha', async () => {
    const picture = paint(64, 64, 4, (x, y) => [x * 4, x * 4, x * 4, y * 4])
    expect(await expectExact(await encode(picture), picture)).toEqual({ depth: 8, colorType: 4 })
  })
})

describe('a picture that changes its mind', () => {
  // Each change makes the writer read back what it has written.
  const kinds: Record<string, (x: number, y: number) => number[]> = {
    white: () => [255, 255, 255, 255],
    grey: (x, y) => [(x * y) & 255, (x * y) & 255, (x * y) & 255, 255],
    palette: (x, y) => [(x & 3) * 60, (y & 3) * 60, 7, 255],
    clear: (x) => [x & 7, 0, 0, (x & 1) * 255],
    color: (x, y) => [x & 255, y & 255, (x ^ y) & 255, 255],
    smoke: (x, y) => [(x * 3) & 255, (x * 3) & 255, (x * 3) & 255, (y * 5) & 255],
    all: (x, y) => [x & 255, (x * y) & 255, y & 255, (x + y) & 255],
  }
  it.each([
    ['white, grey', 0],
    ['white, palette', 3],
    ['grey, palette', 2],
    ['palette, color', 2],
    ['white, palette, color', 2],
    ['white, palette, color, all', 6],
    ['grey, clear', 6],
    ['white, smoke', 4],
    ['smoke, color', 6],
    ['clear, smoke', 6],
    ['white, smoke, all', 6],
  ])('%s', async (sequence, colorType) => {
    const parts = sequence.split(', ').map((name) => kinds[name]!)
    const [width, height] = [211, 90 * parts.length]
    const picture = paint(width, height, 4, (x, y) => parts[Math.floor(y / 90)]!(x, y))
    expect((await expectExact(await encode(picture), picture)).colorType).toBe(colorType)
  })
})

it.each([
  ['a photograph', 3],
  ['a photograph with alpha', 4],
  ['greys', 1],
] as const)('takes fewer bytes than libvips for %s', async (_, bands) => {
  const [width, height] = [333, 222]
  const data = scene(width, height, bands)
  const random = makeRandom(bands)
  for (let i = 0; i < data.length; i++) if (i % 4 !== 3) data[i]! += Math.floor(random() * 6)
  const file = await encode({ width, height, bands, data })
  const libvips = await encoded(data, [['png']], { raw: { width, height, channels: bands } })
  expect(file.length).toBeLessThan(libvips.data.length)
})

const GRADIENT =
  '<defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#fe0"/><stop offset="1" stop-color="#08f"/></linearGradient></defs>'
const DRAWINGS: Record<string, [number, number, string]> = {
  'an icon': [32, 32, `${GRADIENT}<circle cx="16" cy="16" r="14" fill="url(#g)"/>`],
  'a gradient': [400, 300, `${GRADIENT}<rect width="400" height="300" fill="url(#g)"/>`],
  'soft shapes': [
    ...([300, 200] as const),
    `${GRADIENT}<filter id="f"><feGaussianBlur stdDeviation="9"/></filter>
    <ellipse cx="150" cy="100" rx="90" ry="60" filter="url(#f)"/><ellipse cx="140" cy="90" rx="90" ry="60" fill="url(#g)"/>`,
  ],
  'many shapes': [
    ...([400, 300] as const),
    Array.from(
      { length: 80 },
      (_, i) =>
        `<circle cx="${(i * 71) % 400}" cy="${(i * 53) % 300}" r="${5 + ((i * 37) % 30)}" fill="hsl(${i * 47},60%,50%)"/>`,
    ).join(''),
  ],
}

it.each(Object.keys(DRAWINGS))('takes at most 5 %% more bytes than libvips for %s', async (name) => {
  const [width, height, shapes] = DRAWINGS[name]!
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`
  const { data } = await raw(new TextEncoder().encode(svg), [['ensureAlpha']])
  const picture: Picture = { width, height, bands: 4, data }
  const file = await encode(picture)
  await expectExact(file, picture)
  const libvips = await encoded(data, [['png']], { raw: { width, height, channels: 4 } })
  expect(file.length).toBeLessThan(libvips.data.length * 1.05)
})

it('embeds a profile and other chunks before the image data', async () => {
  const picture = { width: 40, height: 30, bands: 3 as const, data: new Uint8Array(40 * 30 * 3).fill(77) }
  const red = { create: { width: 8, height: 8, channels: 3, background: '#f00' } }
  const profile = await encoded(null, [['withIccProfile', 'p3'], ['png']], red)
  const { icc } = (await metadata(profile.data)) as { icc: { data: number[] } }
  const text = new TextEncoder().encode('XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
  const file = await encode(picture, {
    icc: Uint8Array.from(icc.data),
    chunks: [{ type: 'iTXt', data: text }],
  })
  const facts = (await metadata(file)) as { icc: { data: number[] }; xmp: unknown; width: number }
  expect(facts.icc.data).toEqual(icc.data)
  expect(facts.xmp).toBeDefined()
  // A grey picture with a profile for colours stays in colours.
  expect(file[25]).toBe(3)
  expect((await expectExact(file, picture)).colorType).toBe(3)
})
