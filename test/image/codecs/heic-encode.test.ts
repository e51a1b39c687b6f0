// The engine's HEIC files, judged by libde265: with the smoothing of block edges turned off, what it
// decodes must be the encoder's own reconstruction to the sample.
import { describe, expect, it } from 'vitest'
import { openHeic } from '../../../src/image/codecs/heic'
import { heicEncodeBytes, heicLayout, makeHeicWriter } from '../../../src/image/codecs/heic-encode'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { embedMetadata, readMetadata } from '../../../src/image/metadata'
import { probe } from '../../../src/image/probe'
import type { Bands } from '../../../src/image/rows'
import { decodePlanes, encodeHeic, type HeicPicture } from '../../support/heic-encode'
import { maxDiff, pixelsOf, psnr, random, scene, sourceOf } from '../../support/rows'
import { noise, seededScene } from '../../support/scenes'

const picture = (width: number, height: number, bands: Bands, seed: number): HeicPicture => ({
  width,
  height,
  bands,
  data: seededScene(width, height, bands, seed),
})

/** What a viewer shows, in 3 or 4 bands. */
async function shown(file: Uint8Array, alpha = false): Promise<Uint8Array> {
  const engine = new Engine(16 << 20)
  return pixelsOf(engine, await openHeic(engine, sourceOf(file), { ...probe(file), alpha }))
}

/** Letters of a sort: hard strokes on even ground. */
function text(width: number, height: number, bands: Bands): HeicPicture {
  const data = new Uint8Array(width * height * bands)
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    const ink = y % 14 < 10 && ((x * 7 + (y >> 1) * 5) % 23 < 5 || x % 11 === 0)
    data.fill(ink ? 20 + (x & 7) : 235, i * bands, (i + 1) * bands)
  }
  return { width, height, bands, data }
}

const SIZES = [
  ...Array.from({ length: 17 }, (_, i) => [i + 1, i + 1] as const),
  [1, 17],
  [17, 1],
  [2, 97],
  [97, 2],
  [31, 33],
  [32, 32],
  [33, 31],
  [61, 67],
  [64, 40],
  [101, 89],
  [1, 300],
  [4096, 3],
] as const

describe('HEIC encoder', () => {
  it.each(SIZES)('is decoded to its own reconstruction: %i×%i', async (width, height) => {
    for (const bands of [1, 3] as const) {
      for (const quality of [1, 50, 100]) {
        const { file, planes } = await encodeHeic(picture(width, height, bands, width * 100 + height), {
          quality,
          deblocking: false,
        })
        const [decoded] = await decodePlanes(file)
        expect(decoded, `${bands} bands at quality ${quality}`).toEqual(planes)
        expect(probe(file)).toMatchObject({ format: 'heic', width, height, alpha: false, bitDepth: 8 })
      }
    }
  })

  it('reconstructs any content as decoders do, at any quality', async () => {
    const next = random(5)
    for (let run = 0; run < 60; run++) {
      const [width, height, quality] = [1 + next(90), 1 + next(90), 1 + next(100)]
      const level = next(256)
      const kinds: (() => HeicPicture)[] = [
        () => ({ width, height, bands: 3, data: noise(width * height * 3, run) }),
        () => ({ width, height, bands: 3, data: new Uint8Array(width * height * 3).fill(level) }),
        () => text(width, height, 3),
        () => picture(width, height, 3, run),
        () => ({
          width,
          height,
          bands: 1,
          data: Uint8Array.from({ length: width * height }, (_, i) => (i % width) * 3 + (i / width) * level),
        }),
      ]
      const made = kinds[run % kinds.length]!()
      const { file, planes } = await encodeHeic(made, { quality, deblocking: false })
      expect((await decodePlanes(file))[0], `${width}×${height} at ${quality}, run ${run}`).toEqual(planes)
    }
  })

  it('codes hard content at the finest step without running over', async () => {
    const data = Uint8Array.from({ length: 96 * 96 * 3 }, (_, i) => (((i * 2654435761) >>> 13) & 1 ? 255 : 0))
    const { file, planes } = await encodeHeic(
      { width: 96, height: 96, bands: 3, data },
      {
        quality: 100,
        deblocking: false,
      },
    )
    expect((await decodePlanes(file))[0]).toEqual(planes)
  })

  it.each([
    [1, 24, 0.02],
    [30, 31, 0.06],
    [50, 34, 0.15],
    [80, 38, 0.5],
    [100, 42, 2],
  ])('has its quality: at %i over %i dB in at most %f bytes a pixel', async (quality, least, most) => {
    const grey = { ...picture(256, 192, 1, 3), bands: 1 as const }
    const { file } = await encodeHeic(grey, { quality })
    const luma = (await shown(file)).filter((_, i) => i % 3 === 0)
    expect(psnr(luma, grey.data)).toBeGreaterThan(least)
    expect(file.length / (256 * 192)).toBeLessThan(most)
  })

  it('shows the colours that went in', async () => {
    const [width, height] = [96, 64]
    const data = scene(width, height, 3)
    const { file } = await encodeHeic({ width, height, bands: 3, data }, { quality: 90 })
    expect(psnr(await shown(file), data)).toBeGreaterThan(33)
    for (const colour of [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
      [0, 0, 0],
      [200, 120, 40],
    ]) {
      const flat = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => colour[i % 3]!)
      const made = await encodeHeic({ width: 40, height: 30, bands: 3, data: flat }, { quality: 90 })
      expect(maxDiff(await shown(made.file), flat), colour.join()).toBeLessThanOrEqual(3)
    }
  })

  it('keeps alpha as an auxiliary picture', async () => {
    for (const bands of [2, 4] as const) {
      const { width, height, data } = picture(75, 53, bands, 4)
      const { file } = await encodeHeic({ width, height, bands, data }, { quality: 80 })
      expect(probe(file)).toMatchObject({ width, height, alpha: true })
      const pixels = await shown(file, true)
      const opacity = (from: Uint8Array, of: number) => from.filter((_, i) => i % of === of - 1)
      expect(psnr(opacity(pixels, 4), opacity(data, bands))).toBeGreaterThan(33)
      const ours = pixels.filter((_, i) => i % 4 !== 3)
      const theirs =
        bands === 4
          ? data.filter((_, i) => i % 4 !== 3)
          : Uint8Array.from({ length: width * height * 3 }, (_, i) => data[Math.floor(i / 3) * 2]!)
      expect(psnr(ours, theirs)).toBeGreaterThan(30)
    }
  })

  it('cuts what is too large for one picture into tiles', async () => {
    const sizes = [
      [4097, 40],
      [40, 4100],
      [4608, 520],
    ] as const
    for (const [width, height] of sizes) {
      const { tileWidth, columns, rows } = heicLayout(width, height)
      expect({ tileWidth, columns, rows }).toEqual({
        tileWidth: 512,
        columns: Math.ceil(width / 512),
        rows: Math.ceil(height / 512),
      })
      const made = text(width, height, 1)
      const { file } = await encodeHeic(made, { quality: 60 })
      expect(probe(file)).toMatchObject({ width, height, interlaced: false })
      const luma = (await shown(file)).filter((_, i) => i % 3 === 0)
      expect(psnr(luma, made.data), `${width}×${height}`).toBeGreaterThan(33)
    }
  })

  it('cuts colour and alpha alike', async () => {
    const made = picture(4099, 33, 4, 2)
    const { file } = await encodeHeic(made, { quality: 70 })
    expect(probe(file)).toMatchObject({ width: 4099, height: 33, alpha: true })
    const opacity = (from: Uint8Array) => from.filter((_, i) => i % 4 === 3)
    expect(psnr(opacity(await shown(file, true)), opacity(made.data))).toBeGreaterThan(33)
    // Tiles' pictures know nothing of each other: each is whole.
    for (const planes of await decodePlanes(file, 'alpha')) expect(planes[0]).toHaveLength(512 * 512)
  })

  it('gives the same file for every height of strip', async () => {
    const made = picture(75, 83, 4, 1)
    const { file } = await encodeHeic(made, { quality: 50 })
    for (const strip of [1, 3, 31, 33, 83]) {
      expect((await encodeHeic(made, { quality: 50, strip })).file, `${strip}`).toEqual(file)
    }
  })

  it('carries a profile, EXIF and XMP', async () => {
    const made = picture(4100, 20, 4, 1)
    const { file } = await encodeHeic(made, { quality: 50, profiled: true })
    const exif = Uint8Array.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    const icc = Uint8Array.from({ length: 200 }, (_, i) => i)
    const whole = embedMetadata('heic', file, { exif, xmp, icc })
    expect(readMetadata(whole, 'heic')).toEqual({ exif, xmp, icc })
    expect(await shown(whole, true)).toEqual(await shown(file, true))
  })

  it('refuses more and fewer rows than the height', async () => {
    const engine = new Engine(1 << 22)
    const pointer = engine.alloc(64)
    const writer = makeHeicWriter(engine, { width: 4, height: 4, bands: 1, quality: 80 })
    await writer.write({ pointer, count: 3, stride: 4 })
    await expect(writer.write({ pointer, count: 2, stride: 4 })).rejects.toThrow('Expected 4 rows')
    expect(() => writer.finish()).toThrow('Expected 4 rows for a HEIC but received 3')
  })

  it('takes from the arena what heicEncodeBytes says, or nothing', async () => {
    for (const [width, height, bands] of [
      [1, 1, 1],
      [17, 9, 4],
      [256, 340, 3],
      [639, 481, 2],
      [4097, 20, 4],
    ] as const) {
      const data = new Uint8Array(width * height * bands)
      const { used } = await encodeHeic({ width, height, bands, data }, { quality: 1 })
      expect(used).toBe(heicEncodeBytes(width, height, bands))
    }
    const options = { width: 4000, height: 2000, bands: 3 as const, quality: 80 }
    expect(() => makeHeicWriter(new Engine(600_000), options)).toThrow(ImageError)
    // Rows, whatever the height.
    expect(heicEncodeBytes(4000, 20, 3)).toBe(heicEncodeBytes(4000, 2000, 3))
    expect(heicEncodeBytes(8192, 8192, 4)).toBeLessThan(3_000_000)
  })
})
