import { describe, expect, it } from 'vitest'
import { openPng } from '../../../src/image/codecs/png-decode'
import { Engine } from '../../../src/image/engine'
import type { ByteSource } from '../../../src/image/header'
import { makeRandom } from '../../support/mutate'
import { raw } from '../../support/oracle'
import { expandedPixels, makePng, type PlainPng } from '../../support/png'
import { maxDiff } from '../../support/rows'

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const KINDS = [
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
] as const

/** A source whose streams cut the bytes as `cut` says: the size of the next chunk. */
function sourceOf(bytes: Uint8Array, cut: () => number = () => 65536): ByteSource {
  return {
    size: bytes.length,
    open: async (offset = 0) => {
      let at = offset
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) return controller.close()
          const end = at + Math.max(1, cut())
          controller.enqueue(bytes.slice(at, end))
          at = end
        },
      })
    },
  }
}

/** All rows of a picture, tightly packed. */
async function pixels(
  file: Uint8Array,
  options: { cut?: () => number; depth?: 8 | 16; limit?: number; heldBytes?: number } = {},
) {
  const engine = new Engine(options.limit ?? 16 << 20)
  const reader = await openPng(engine, sourceOf(file, options.cut), {
    depth: options.depth ?? 8,
    ...(options.heldBytes === undefined ? {} : { heldBytes: options.heldBytes }),
  })
  const rowBytes = reader.width * reader.bands * reader.sampleBytes
  const data = new Uint8Array(rowBytes * reader.height)
  let y = 0
  for (let rows = await reader.read(); rows !== null; rows = await reader.read()) {
    for (let i = 0; i < rows.count; i++, y++) {
      const at = rows.pointer + i * rows.stride
      data.set(engine.bytes.subarray(at, at + rowBytes), y * rowBytes)
      // The caller may change its rows: the next ones must not depend on them.
      engine.bytes.fill(y & 255, at, at + rowBytes)
    }
  }
  expect(y).toBe(reader.height)
  await reader.close()
  return { width: reader.width, bands: reader.bands, data, truncated: reader.truncated }
}

/** A picture with gradients, flat parts and noise. */
function makePicture(width: number, height: number, colorType: number, bitDepth: number, seed = 1): PlainPng {
  const random = makeRandom(seed)
  const channels = CHANNELS[colorType]!
  const most = 2 ** bitDepth - 1
  const samples = new Uint16Array(width * height * channels)
  for (let i = 0; i < samples.length; i++) {
    const x = ((i / channels) | 0) % width
    const kind = x % 24 < 8 ? 0 : x % 24 < 16 ? random() * most : (most * i) / samples.length
    samples[i] = Math.round(kind)
  }
  return { width, height, bitDepth, colorType, samples }
}

const randomPalette = (entries: number) => {
  const random = makeRandom(entries)
  return Uint8Array.from({ length: entries * 3 }, () => random() * 256)
}

for (const [colorType, depths, interlaced] of [
  ...KINDS.map(([type, depths]) => [type, depths, false] as const),
  ...KINDS.map(([type, depths]) => [type, depths, true] as const),
]) {
  for (const bitDepth of depths) {
    const how = interlaced ? 'interlaced ' : ''
    it(`reads ${how}colour type ${colorType} with ${bitDepth} bits at every small size`, async () => {
      for (const [width, height] of [
        [1, 1],
        [2, 3],
        [3, 2],
        [5, 7],
        [8, 8],
        [9, 1],
        [1, 17],
        [13, 11],
        [17, 17],
        [67, 5],
      ] as const) {
        const png = makePicture(width, height, colorType, bitDepth, width * 31 + height)
        if (colorType === 3) png.palette = randomPalette(2 ** bitDepth)
        png.interlaced = interlaced
        const file = makePng(png)
        const want = expandedPixels(png)
        const got = await pixels(file)
        expect(got.bands).toBe(want.bands)
        expect(got.data, `${width}×${height}`).toEqual(want.data)
        if (bitDepth === 16) {
          const wide = expandedPixels(png, true)
          const gotWide = await pixels(file, { depth: 16 })
          expect(new Uint16Array(gotWide.data.buffer)).toEqual(wide.data)
        }
        // The oracle agrees: libvips drops the low byte of 16 bits where we round.
        const libvips = await raw(file)
        if (libvips.info.channels === want.bands) {
          const off = maxDiff(got.data, libvips.data)
          expect(off).toBeLessThanOrEqual(bitDepth === 16 ? 1 : 0)
        }
      }
    })
  }
}

describe('tRNS', () => {
  it.each([
    [0, 1, [0, 1]],
    [0, 2, [0xff, 2]],
    [0, 4, [0, 7]],
    [0, 8, [3, 100]],
    [0, 16, [0x12, 0x34]],
    [2, 8, [0, 10, 9, 20, 0, 30]],
    [2, 16, [1, 10, 2, 20, 3, 30]],
    [3, 2, [0, 128]],
    [3, 8, [255, 1, 2, 3]],
  ])('makes alpha of colour type %i with %i bits', async (colorType, bitDepth, transparency) => {
    const png = makePicture(31, 9, colorType, bitDepth)
    png.transparency = Uint8Array.from(transparency)
    if (colorType === 3) png.palette = randomPalette(2 ** bitDepth)
    else {
      // Some pixels of the very colour, and some that differ in their last bit.
      const most = 2 ** bitDepth - 1
      const key = transparency
        .filter((_, i) => i % 2 === 1)
        .map((v, c) => ((transparency[2 * c]! << 8) | v) & most)
      for (let i = 0; i < 40; i++) png.samples.set(key, (i * 5 + 3) * key.length)
      for (let i = 0; i < 20; i++) png.samples[i * 5 * key.length] = key[0]! ^ 1
    }
    const want = expandedPixels(png)
    const got = await pixels(makePng(png))
    expect(got.bands).toBe(want.bands)
    expect(got.data).toEqual(want.data)
    expect(new Set(got.data.filter((_, i) => i % got.bands === got.bands - 1)).size).toBeGreaterThan(1)
    if (bitDepth === 16) {
      const wide = await pixels(makePng(png), { depth: 16 })
      expect(new Uint16Array(wide.data.buffer)).toEqual(expandedPixels(png, true).data)
    }
  })

  it('is passed over where it does not suit the colour type, or its CRC is wrong', async () => {
    const png = makePicture(5, 5, 2, 8)
    expect((await pixels(makePng({ ...png, transparency: Uint8Array.of(1, 2) }))).bands).toBe(3)
    const file = makePng({ ...png, transparency: Uint8Array.of(0, 2, 0, 2, 0, 2) })
    file[8 + 25 + 8] = 1
    expect((await pixels(file)).bands).toBe(3)
  })
})

it('shows indices beyond the palette as black', async () => {
  const png = makePicture(20, 6, 3, 4)
  png.palette = randomPalette(5)
  expect((await pixels(makePng(png))).data).toEqual(expandedPixels(png).data)
})

it.each([0, 1, 6, 9])('gives the same rows however its bytes are cut, zlib level %i', async (level) => {
  const random = makeRandom(level)
  for (const most of [1, 50, 700, 70000]) {
    const png = most < 700 ? makePicture(41, 43, 2, 8, 7) : makePicture(211, 397, 2, 8, 7)
    const want = expandedPixels(png).data
    const idat = most === 50 ? 1 : Math.ceil(random() * 5000)
    const file = makePng({ ...png, level, idat, filter: (row) => (row * 7) % 5 })
    const got = await pixels(file, { cut: () => Math.ceil(random() * most) })
    expect(got.data, `chunks of at most ${most}`).toEqual(want)
    expect(got.truncated).toBe(false)
  }
})

it('renders what there is of a truncated file, and says so', async () => {
  const png = makePicture(64, 300, 6, 8, 3)
  const file = makePng({ ...png, idat: 4000 })
  const whole = expandedPixels(png).data
  for (const share of [0.1, 0.5, 0.9]) {
    const { data, truncated } = await pixels(file.subarray(0, file.length * share))
    expect(truncated).toBe(true)
    let same = 0
    while (same < whole.length && data[same] === whole[same]) same++
    const rows = Math.floor(same / (64 * 4))
    expect(rows).toBeGreaterThan(300 * share * 0.7)
    expect(data.subarray((rows + 1) * 64 * 4).every((v) => v === 0)).toBe(true)
  }
  // All rows but no end: nothing is missing.
  const { data, truncated } = await pixels(file.subarray(0, file.length - 14))
  expect([truncated, data]).toEqual([false, whole])
})

describe('interlaced pictures whose passes are not held', () => {
  it.each([
    [2, 8, 6],
    [6, 8, 1],
    [3, 4, 6],
    [0, 16, 0],
  ])('give the same rows: colour type %i, %i bits, zlib level %i', async (colorType, bitDepth, level) => {
    const random = makeRandom(bitDepth + level)
    for (const [width, height] of [
      [1, 300],
      [300, 1],
      [5, 5],
      [129, 203],
      [301, 397],
    ] as const) {
      const png = makePicture(width, height, colorType, bitDepth, 5)
      if (colorType === 3) png.palette = randomPalette(16)
      const file = makePng({ ...png, interlaced: true, level, idat: 3000, filter: (row) => (row * 3) % 5 })
      const cut = () => Math.ceil(random() * 9000)
      const got = await pixels(file, { heldBytes: 0, cut })
      expect(maxDiff(got.data, expandedPixels(png).data as Uint8Array), `${width}×${height}`).toBe(0)
      expect(got.truncated).toBe(false)
    }
  })
})

it.each([0, 100_000, 8 << 20])(
  'reads wide interlaced rows with %i bytes of passes held',
  async (heldBytes) => {
    // Rows of 160,000 bytes: longer than the history, and than a window.
    const png = makePicture(20_001, 11, 6, 16, 4)
    const file = makePng({ ...png, interlaced: true, level: 1, filter: (row) => row % 5 })
    const got = await pixels(file, { heldBytes })
    expect(got.truncated).toBe(false)
    expect(got.data).toEqual(expandedPixels(png).data)
  },
)

it('shows a truncated interlaced picture as coarse as its passes are', async () => {
  const [width, height] = [120, 96]
  const png = makePicture(width, height, 2, 8, 9)
  const whole = expandedPixels(png).data
  const pixel = (data: { subarray(from: number, to: number): ArrayLike<number> }, x: number, y: number) => [
    ...Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)),
  ]
  // Stored, so that a place in the file is a place in the passes: these bytes hold the first pass.
  const firstPass = 8 + 25 + 8 + 2 + 5 + (height / 8) * ((width / 8) * 3 + 1)
  const stored = makePng({ ...png, interlaced: true, level: 0 }).subarray(0, firstPass)
  const packed = makePng({ ...png, interlaced: true, idat: 900 })
  for (const heldBytes of [0, 1 << 20]) {
    const coarse = await pixels(stored, { heldBytes })
    expect(coarse.truncated).toBe(true)
    for (let y = 0; y < height; y += 3) {
      for (let x = 0; x < width; x += 5) {
        expect(pixel(coarse.data, x, y)).toEqual(pixel(whole, x & ~7, y & ~7))
      }
    }
    for (const share of [0.2, 0.45, 0.9]) {
      const { data, truncated } = await pixels(packed.subarray(0, packed.length * share), { heldBytes })
      expect(truncated).toBe(true)
      for (let y = 0; y < height; y += 8) expect(pixel(data, 8, y)).toEqual(pixel(whole, 8, y))
    }
  }
})
