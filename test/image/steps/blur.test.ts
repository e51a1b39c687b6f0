import { describe, expect, it } from 'vitest'
import { Engine } from '../../../src/image/engine'
import type { Bands, RowReader } from '../../../src/image/rows'
import { blurBytes, blurRows, fixedWeights } from '../../../src/image/steps/blur'
import { raw } from '../../support/oracle'
import { pixelsOf, psnr } from '../../support/rows'
import { noise, seededScene } from '../../support/scenes'

interface Picture {
  data: Uint8Array
  width: number
  height: number
  bands: Bands
}

/** Pixels as a reader of strips of `strip` rows, each row with `gap` bytes behind it. */
function readerOf(
  engine: Engine,
  { data, width, height, bands }: Picture,
  strip: number,
  gap: number,
): RowReader {
  const stride = width * bands + gap
  const pointer = engine.alloc(strip * stride)
  let row = 0
  return {
    width,
    height,
    bands,
    async read() {
      if (row === height) return null
      const count = Math.min(strip, height - row)
      for (let i = 0; i < count; i++, row++) {
        engine.bytes.set(data.subarray(row * width * bands, (row + 1) * width * bands), pointer + i * stride)
      }
      return { pointer, count, stride }
    },
    async close() {},
  }
}

async function blur(picture: Picture, sigma: number, strip = 7) {
  const engine = new Engine(32 << 20)
  const reader = readerOf(engine, picture, strip, 5)
  const before = engine.call('arenaUsed')
  const blurred = blurRows(engine, reader, sigma)
  const used = engine.call('arenaUsed') - before
  return { data: await pixelsOf(engine, blurred), used }
}

/** A true Gaussian in floating point, 6 sigma wide, edges repeated, alpha premultiplied. */
function gaussian({ data, width, height, bands }: Picture, sigma: number): Uint8Array {
  const radius = Math.ceil(6 * sigma)
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const total = weights.reduce((sum, weight) => sum + weight)
  const alpha = bands % 2 === 0
  let plane = Float64Array.from(data, (value, i) => {
    const last = i - (i % bands) + bands - 1
    return alpha && i !== last ? (value * data[last]!) / 255 : value
  })
  for (const [size, step] of [
    [width, bands],
    [height, bands * width],
  ] as const) {
    const next = new Float64Array(plane.length)
    for (let i = 0; i < plane.length; i++) {
      const place = Math.floor(i / step) % size
      let sum = 0
      for (let k = -radius; k <= radius; k++) {
        const to = Math.min(size - 1, Math.max(0, place + k))
        sum += weights[k + radius]! * plane[i + (to - place) * step]!
      }
      next[i] = sum / total
    }
    plane = next
  }
  return Uint8Array.from(plane, (value, i) => {
    const last = i - (i % bands) + bands - 1
    const straight = alpha && i !== last ? (plane[last]! < 0.5 ? 0 : (value * 255) / plane[last]!) : value
    return Math.min(255, Math.round(straight))
  })
}

/** The direct kernel's arithmetic without SIMD: 6 fraction bits, columns, then rows. Not for alpha. */
function plain({ data, width, height, bands }: Picture, sigma: number): Uint8Array {
  const weights = fixedWeights(sigma)
  const radius = weights.length - 2
  const at = (plane: ArrayLike<number>, x: number, y: number, band: number) =>
    plane[
      (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * bands + band
    ]!
  const pass = (plane: ArrayLike<number>, dx: number, dy: number, shift: number) =>
    Int32Array.from({ length: data.length }, (_, i) => {
      const [band, x, y] = [i % bands, Math.floor(i / bands) % width, Math.floor(i / bands / width)]
      let sum = weights[0]! * at(plane, x, y, band) + 2 ** (shift - 1)
      for (let k = 1; k <= radius; k++) {
        sum +=
          weights[k]! * (at(plane, x - k * dx, y - k * dy, band) + at(plane, x + k * dx, y + k * dy, band))
      }
      return sum >> shift
    })
  return Uint8Array.from(
    pass(
      pass(
        Int32Array.from(data, (value) => value << 6),
        0,
        1,
        15,
      ),
      1,
      0,
      21,
    ),
  )
}

/** RGBA as it looks on black. */
function onBlack(data: Uint8Array): Uint8Array {
  return data.map((value, i) => ((i & 3) === 3 ? value : Math.round((value * data[i | 3]!) / 255)))
}

const sizes: [number, number][] = [
  [1, 1],
  [1, 9],
  [9, 1],
  [2, 3],
  [5, 7],
  [8, 8],
  [13, 11],
  [17, 16],
  [37, 41],
]

describe('blurRows', () => {
  it.each(sizes)('is the plain kernel exactly for %i×%i and small sigma', async (width, height) => {
    for (const bands of [1, 3] as const) {
      const picture = { data: noise(width * height * bands, width * 31 + height), width, height, bands }
      for (const sigma of [0.3, 0.7, 1, 2.2, 3.9]) {
        expect((await blur(picture, sigma)).data, `${bands} bands, sigma ${sigma}`).toEqual(
          plain(picture, sigma),
        )
      }
    }
  })

  it.each(sizes)('is close to the true Gaussian for %i×%i', async (width, height) => {
    for (const bands of [1, 2, 3, 4] as const) {
      const picture = { data: noise(width * height * bands, width * 37 + height), width, height, bands }
      if (bands % 2 === 0)
        for (let i = bands - 1; i < picture.data.length; i += bands) picture.data[i]! |= 128
      for (const sigma of [0.3, 1, 3.9, 4, 5, 8, 31]) {
        const error = psnr((await blur(picture, sigma)).data, gaussian(picture, sigma))
        expect(error, `${bands} bands, sigma ${sigma}`).toBeGreaterThan(48)
      }
    }
  })

  it.each([0.5, 2, 3.9, 4.1, 6, 10, 33.3, 150])(
    "keeps 50 dB to libvips' untruncated kernel for sigma %f",
    async (sigma) => {
      for (const bands of [1, 3, 4] as const) {
        const picture = { data: seededScene(120, 90, bands, 5), width: 120, height: 90, bands }
        const calls: [string, ...unknown[]][] = [['blur', { sigma, precision: 'float', minAmplitude: 0.001 }]]
        if (bands === 1) calls.push(['toColourspace', 'b-w'])
        const input = { raw: { width: 120, height: 90, channels: bands } }
        const expected = (await raw(picture.data, calls, input)).data
        const ours = (await blur(picture, sigma)).data
        // sharp premultiplies into 8 bits, and cuts them off: as seen on black.
        const error = bands === 4 ? psnr(onBlack(ours), onBlack(expected)) : psnr(ours, expected)
        expect(error, `${bands} bands`).toBeGreaterThan(bands === 4 ? 47 : 50)
      }
    },
  )

  it('keeps hard edges of text and lines within 50 dB', async () => {
    const [width, height] = [200, 60]
    const data = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)]
      return x > 90 ? (((x >> 1) + (y >> 2)) & 1) * 255 : x % 7 === 0 || y % 11 === 0 ? 255 : 0
    })
    const picture = { data, width, height, bands: 1 as const }
    for (const sigma of [0.6, 3.5, 4, 5, 7.5, 12, 40]) {
      expect(psnr((await blur(picture, sigma)).data, gaussian(picture, sigma)), `${sigma}`).toBeGreaterThan(
        50,
      )
    }
  })

  it('does not bleed the colour of what is transparent', async () => {
    const [width, height] = [40, 20]
    const data = new Uint8Array(width * height * 4)
    for (let i = 0; i < width * height; i++)
      data.set(i % width < 20 ? [0, 255, 0, 0] : [200, 10, 30, 255], i * 4)
    for (const sigma of [1, 6]) {
      const { data: out } = await blur({ data, width, height, bands: 4 }, sigma)
      for (let i = 0; i < width * height; i++) {
        const [r, g, b, a] = out.subarray(i * 4, i * 4 + 4)
        if (a! > 20) expect([r, g, b]).toEqual([200, 10, 30])
      }
    }
  })

  it('leaves a flat picture as it is', async () => {
    for (const bands of [1, 2, 3, 4] as const) {
      const data = new Uint8Array(50 * 40 * bands).map((_, i) => [250, 3, 128, 255][i % bands]!)
      if (bands === 2) for (let i = 1; i < data.length; i += 2) data[i] = 255
      for (const sigma of [0.4, 3, 5, 150]) {
        expect((await blur({ data, width: 50, height: 40, bands }, sigma)).data).toEqual(data)
      }
    }
  })

  it('does not depend on the strips it is given', async () => {
    const picture = { data: seededScene(61, 53, 3, 2), width: 61, height: 53, bands: 3 as const }
    for (const sigma of [2, 9]) {
      const expected = (await blur(picture, sigma, 53)).data
      for (const strip of [1, 3, 16]) expect((await blur(picture, sigma, strip)).data).toEqual(expected)
    }
  })

  it('takes from the arena what blurBytes says', async () => {
    for (const [width, height, bands, sigma] of [
      [1, 1, 1, 0.3],
      [64, 40, 3, 3],
      [33, 9, 4, 3.99],
      [64, 40, 3, 4],
      [101, 20, 2, 17],
      [320, 200, 4, 150],
    ] as const) {
      const picture = { data: new Uint8Array(width * height * bands), width, height, bands }
      expect((await blur(picture, sigma)).used).toBe(blurBytes(width, height, bands, sigma))
    }
    expect(blurBytes(4096, 4096, 3, 150)).toBeLessThan(1 << 20)
  })
})
