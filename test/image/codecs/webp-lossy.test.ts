import { describe, expect, it } from 'vitest'
import { isLossyWebp, lossyWebpBytes, makeLossyWebpWriter } from '../../../src/image/codecs/webp-lossy'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { type Call, encoded, metadata, raw } from '../../support/oracle'
import { makeRandom } from '../../support/random'
import { fileOf, psnr } from '../../support/rows'
import { noise, seededScene } from '../../support/scenes'

async function encode(
  data: Uint8Array,
  width: number,
  height: number,
  bands: 1 | 3,
  quality: number,
  strip = 16,
) {
  const engine = new Engine(32 << 20)
  engine.reset(32 << 20)
  const before = engine.call('arenaUsed')
  const writer = makeLossyWebpWriter(engine, { width, height, bands, quality })
  const used = engine.call('arenaUsed') - before
  return { file: await fileOf(engine, writer, data, { width, height, bands }, strip), used }
}

/** libwebp's encoding as sharp makes it: method 4. */
async function libwebp(data: Uint8Array, width: number, height: number, bands: 1 | 3, quality: number) {
  const calls: Call[] = [['webp', { quality, effort: 4 }]]
  return (await encoded(data, calls, { raw: { width, height, channels: bands } })).data
}

/** What a decoder shows, as samples of as many bands. */
async function shown(file: Uint8Array, bands: 1 | 3): Promise<Uint8Array> {
  const { data } = await raw(file)
  return bands === 3 ? data : data.filter((_, i) => i % 3 === 1)
}

const sizes: [number, number][] = [
  [1, 1],
  [2, 1],
  [1, 2],
  [3, 5],
  [7, 8],
  [9, 9],
  [15, 16],
  [16, 17],
  [17, 15],
  [17, 17],
  [31, 47],
  [97, 61],
  [64, 128],
]

describe('lossy WebP encoder', () => {
  it.each(sizes)('is read as the same picture for %i×%i', async (width, height) => {
    for (const bands of [1, 3] as const) {
      const data = seededScene(width, height, bands, width * 100 + height)
      for (const quality of [1, 40, 80, 100]) {
        const { file } = await encode(data, width, height, bands, quality)
        expect(await metadata(file)).toMatchObject({ format: 'webp', width, height, hasAlpha: false })
        const theirs = await libwebp(data, width, height, bands, quality)
        const ours = Math.min(psnr(await shown(file, bands), data), 45)
        const where = `${bands} bands at quality ${quality}`
        // A few pixels at a coarse step are a matter of luck.
        const least = Math.min(psnr(await shown(theirs, bands), data), 45) - (width * height < 100 ? 6 : 1.5)
        expect(ours, where).toBeGreaterThan(least)
        expect(file.length, where).toBeLessThan(theirs.length * 1.12 + 40)
      }
    }
  })

  it("has libwebp's bytes and quality on pictures of some size", async () => {
    let [bytes, theirBytes, decibels] = [0, 0, 0]
    const runs = [30, 60, 80, 90].flatMap((quality) => [1, 2, 3].map((seed) => ({ quality, seed })))
    for (const { quality, seed } of runs) {
      const data = seededScene(256, 192, 3, seed)
      const { file } = await encode(data, 256, 192, 3, quality)
      const theirs = await libwebp(data, 256, 192, 3, quality)
      bytes += Math.log(file.length)
      theirBytes += Math.log(theirs.length)
      decibels += psnr(await shown(file, 3), data) - psnr(await shown(theirs, 3), data)
    }
    // A decibel is worth about 16% of the bytes at these rates.
    const worse = (bytes - theirBytes - decibels * 0.16) / runs.length
    expect(worse).toBeLessThan(0.05)
    expect(decibels / runs.length).toBeGreaterThan(-0.4)
  })

  it('reconstructs what the decoder does: nothing drifts, however large the levels', async () => {
    const data = noise(200 * 120, 4)
    const { file } = await encode(data, 200, 120, 1, 100)
    // Luma has 220 steps: their rounding alone leaves some 58 dB, the quantiser's finest step 45.
    expect(psnr(await shown(file, 1), data)).toBeGreaterThan(43)
    const checker = Uint8Array.from({ length: 160 * 160 }, (_, i) => (((i % 160) ^ (i / 160)) & 1 ? 255 : 0))
    const { file: hard } = await encode(checker, 160, 160, 1, 100)
    expect(psnr(await shown(hard, 1), checker)).toBeGreaterThan(43)
  })

  it('makes pictures of any size, content and quality that are read as what they are', async () => {
    const random = makeRandom(17)
    for (let run = 0; run < 24; run++) {
      const [width, height, quality, flat] = [
        1 + (random() % 70),
        1 + (random() % 70),
        1 + (random() % 100),
        random(),
      ]
      const grain = noise(width * height, run)
      const kinds = [
        (x: number, y: number) => grain[y * width + x]!,
        () => flat & 255,
        (x: number, y: number) => (((x >> 2) ^ (y >> 2)) & 1) * 255,
        (x: number, y: number) => (x * 3 + y * 2) & 255,
      ]
      const kind = kinds[run % 4]!
      const data = Uint8Array.from({ length: width * height }, (_, i) =>
        kind(i % width, Math.floor(i / width)),
      )
      const { file } = await encode(data, width, height, 1, quality, 1 + (random() % 20))
      const theirs = await libwebp(data, width, height, 1, quality)
      const where = `${width}×${height} at quality ${quality}, kind ${run % 4}`
      const least = Math.min(psnr(await shown(theirs, 1), data), 45)
      expect(psnr(await shown(file, 1), data), where).toBeGreaterThan(least - 6)
      expect(file.length, where).toBeLessThan(theirs.length * 1.15 + 40)
    }
  })

  it('hands out partitions in pieces when they are long', async () => {
    const data = noise(480 * 400, 9)
    const { file } = await encode(data, 480, 400, 1, 100)
    expect(file.length).toBeGreaterThan(2.5 * 65536)
    expect(psnr(await shown(file, 1), data)).toBeGreaterThan(43)
  })

  it("codes what its probabilities don't expect", async () => {
    // Flat but for one macroblock in a hundred: each of its booleans costs up to 8 bits.
    const grain = noise(320 * 320, 5)
    const data = grain.map((value, i) => ((i % 320) % 160 < 16 && i / 320 < 16 ? value : 77))
    const { file } = await encode(data, 320, 320, 1, 100)
    expect(psnr(await shown(file, 1), data)).toBeGreaterThan(50)
  })

  it('gives the same file for every height of strip', async () => {
    const data = seededScene(75, 53, 3, 1)
    const { file } = await encode(data, 75, 53, 3, 80, 53)
    for (const strip of [1, 3, 16, 17]) expect((await encode(data, 75, 53, 3, 80, strip)).file).toEqual(file)
  })

  it('carries metadata', async () => {
    const engine = new Engine(1 << 22)
    const picture = { width: 20, height: 10, bands: 3 as const }
    const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    const writer = makeLossyWebpWriter(engine, { ...picture, quality: 80, metadata: { xmp } })
    const facts = await metadata(await fileOf(engine, writer, seededScene(20, 10, 3, 1), picture))
    expect(facts).toMatchObject({ width: 20, height: 10, format: 'webp' })
    expect(facts.xmp).toBeDefined()
  })

  it('refuses more and fewer rows than the height', () => {
    const engine = new Engine(1 << 22)
    const pointer = engine.alloc(64)
    const writer = makeLossyWebpWriter(engine, { width: 4, height: 4, bands: 1, quality: 80 })
    writer.write({ pointer, count: 3, stride: 4 })
    expect(() => writer.write({ pointer, count: 2, stride: 4 })).toThrow('Expected 4 rows')
    expect(() => writer.finish()).toThrow('Expected 4 rows for a WebP but received 3')
  })

  it('takes from the arena what lossyWebpBytes says, or nothing', async () => {
    for (const [width, height] of [
      [1, 1],
      [17, 9],
      [256, 340],
      [639, 481],
    ] as const) {
      const { used } = await encode(new Uint8Array(width * height), width, height, 1, 80)
      expect(used).toBe(lossyWebpBytes(width, height))
    }
    const engine = new Engine(500_000)
    const options = { width: 2000, height: 2000, bands: 3 as const, quality: 80 }
    expect(() => makeLossyWebpWriter(engine, options)).toThrow(ImageError)
    // A third of what libwebp holds.
    expect(lossyWebpBytes(2000, 2000)).toBeLessThan(2000 * 2000 * 4)
  })

  it('leaves alpha and what is too large to libwebp', () => {
    expect(isLossyWebp({ width: 100, height: 100, bands: 3, quality: 80 })).toBe(true)
    expect(isLossyWebp({ width: 100, height: 100, bands: 4, quality: 80 })).toBe(false)
    expect(isLossyWebp({ width: 16384, height: 10, bands: 3, quality: 80 })).toBe(false)
    expect(isLossyWebp({ width: 4000, height: 3000, bands: 3, quality: 80 })).toBe(false)
  })
})
