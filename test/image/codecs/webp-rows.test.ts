// The engine's decoders of VP8 and VP8L against libwebp, exactly.
import { describe, expect, it } from 'vitest'
import factory from '../../../build/codecs/webp-encode.js'
import wasm from '../../../build/codecs/webp-encode.wasm'
import { instantiate, reserveString } from '../../../src/image/codecs/emscripten'
import { CONFIG } from '../../../src/image/codecs/webp-encode'
import { openWebpRows, webpRowBytes } from '../../../src/image/codecs/webp-rows'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { probe } from '../../../src/image/probe'
import { encoded, raw } from '../../support/oracle'
import { maxDiff, pixelsOf, psnr, random, scene, sourceOf } from '../../support/rows'

const LIMIT = 8 * 1024 * 1024

/** A scene with noise, so that every mode and filter has work. */
function noisy(width: number, height: number, next: (n: number) => number): Uint8Array {
  return scene(width, height, 4).map((value, i) =>
    i % 4 === 3 ? 255 : Math.max(0, Math.min(255, value + next(31) - 15)),
  )
}

/** Encodes with any of libwebp's options. */
async function webp(pixels: Uint8Array, width: number, height: number, options: object): Promise<Uint8Array> {
  const codec = await instantiate(factory, wasm)
  const rgba = reserveString(codec, pixels.length)
  codec.HEAPU8.set(pixels, rgba.at)
  const file = codec.encode(rgba, width, height, { ...CONFIG, ...options })
  if (!(file instanceof Uint8Array)) throw new Error('not encoded')
  return file.slice()
}

async function rows(file: Uint8Array, bands: 3 | 4 = 3, chunk?: number): Promise<Uint8Array> {
  const engine = new Engine(LIMIT)
  const reader = await openWebpRows(engine, sourceOf(file, chunk), bands)
  return pixelsOf(engine, reader!)
}

/** Sizes with whole squares of pixels, and with parts of them. */
const SIZES: [number, number][] = [
  [64, 48],
  [61, 47],
  [37, 33],
  [9, 100],
  [3, 2],
]

type Scale = 2 | 4 | 8

/** The rows of a file at a fraction of its size. */
async function shrunk(file: Uint8Array, bands: 3 | 4, scale: Scale): Promise<Uint8Array> {
  const engine = new Engine(LIMIT)
  const reader = (await openWebpRows(engine, sourceOf(file), bands, scale))!
  const { width, height } = probe(file)
  expect([reader.width, reader.height]).toEqual([Math.ceil(width / scale), Math.ceil(height / scale)])
  return pixelsOf(engine, reader)
}

/** Means of squares of RGBA, colours by their alpha; 0 where all is transparent. */
function means(rgba: Uint8Array, width: number, height: number, scale: number): Uint8Array {
  const [across, down] = [Math.ceil(width / scale), Math.ceil(height / scale)]
  const out = new Uint8Array(across * down * 4)
  for (let i = 0; i < out.length; i += 4) {
    const [x, y] = [((i / 4) % across) * scale, Math.floor(i / 4 / across) * scale]
    const sums = [0, 0, 0, 0]
    let count = 0
    for (let row = y; row < Math.min(height, y + scale); row++) {
      for (let column = x; column < Math.min(width, x + scale); column++, count++) {
        const at = (row * width + column) * 4
        const alpha = rgba[at + 3]!
        for (let band = 0; band < 3; band++) sums[band]! += rgba[at + band]! * alpha
        sums[3]! += alpha
      }
    }
    for (let band = 0; band < 3; band++) out[i + band] = sums[3] ? Math.floor(sums[band]! / sums[3] + 0.5) : 0
    out[i + 3] = Math.floor(sums[3]! / count + 0.5)
  }
  return out
}

const wanted = async (file: Uint8Array) => (await raw(file, [['removeAlpha']])).data

describe('openWebpRows', () => {
  it('decodes pictures of all sizes around macroblocks', async () => {
    const next = random(1)
    for (const [width, height] of [
      [1, 1],
      [2, 1],
      [1, 2],
      [15, 17],
      [16, 16],
      [17, 15],
      [31, 33],
      [48, 5],
      [5, 48],
      [97, 61],
    ] as const) {
      for (const quality of [5, 60, 98]) {
        const file = await webp(noisy(width, height, next), width, height, { quality })
        expect(maxDiff(await rows(file), await wanted(file)), `${width}×${height} q ${quality}`).toBe(0)
      }
    }
  })

  it.each([
    ['simple filter', { filter_type: 0, filter_strength: 80 }],
    ['sharp filter', { filter_sharpness: 7, filter_strength: 100 }],
    ['mild sharpness', { filter_sharpness: 3 }],
    ['no filter', { filter_strength: 0 }],
    ['one segment', { segments: 1 }],
    ['strong segments', { segments: 4, sns_strength: 100, quality: 30 }],
    ['eight partitions', { partitions: 3 }],
    ['whole macroblocks only', { method: 0 }],
    ['all modes', { method: 6, quality: 90 }],
    ['automatic filter', { autofilter: 1, quality: 20 }],
  ])('decodes %s', async (_name, options) => {
    const file = await webp(noisy(150, 117, random(4)), 150, 117, options)
    expect(maxDiff(await rows(file), await wanted(file))).toBe(0)
  })

  it.each(SIZES)('shrinks %i×%i by averages', async (width, height) => {
    const file = await webp(noisy(width, height, random(5)), width, height, { quality: 90 })
    const full = (await raw(file, [['ensureAlpha']])).data
    for (const scale of [2, 4, 8] as const) {
      // Chroma is not interpolated and edges are not smoothed, hence the room.
      const mean = means(full, width, height, scale).filter((_, i) => i % 4 !== 3)
      expect(psnr(await shrunk(file, 3, scale), mean), `1 / ${scale}`).toBeGreaterThan(32)
    }
  })

  it('gives opaque alpha where four bands are wanted, in chunks of any size', async () => {
    const { data: file } = await encoded(
      noisy(64, 40, random(8)),
      [['removeAlpha'], ['webp', { quality: 70 }]],
      {
        raw: { width: 64, height: 40, channels: 4 },
      },
    )
    const pixels = await rows(file, 4, 13)
    expect(pixels.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true)
    expect(
      maxDiff(
        pixels.filter((_, i) => i % 4 !== 3),
        await wanted(file),
      ),
    ).toBe(0)
  })

  it('leaves animations to others', async () => {
    const pixels = scene(20, 40, 4)
    const input = { raw: { width: 20, height: 40, channels: 4, pageHeight: 20 } }
    const { data } = await encoded(pixels, [['webp', {}]], input)
    expect(await openWebpRows(new Engine(LIMIT), sourceOf(data), 4)).toBeNull()
  })

  it('takes the bytes of the arena that it says, whatever the height', async () => {
    for (const height of [16, 400]) {
      const file = await webp(noisy(200, height, random(3)), 200, height, {})
      const engine = new Engine(LIMIT)
      const before = engine.call('arenaUsed')
      await openWebpRows(engine, sourceOf(file), 3)
      const used = engine.call('arenaUsed') - before
      const planned = webpRowBytes({ width: 200, height, alpha: false }, file.length)
      expect(used).toBeLessThanOrEqual(planned)
      expect(used).toBeGreaterThan(planned * 0.8)
    }
  })

  it('names what is wrong with a file', async () => {
    const file = await webp(noisy(80, 80, random(6)), 80, 80, {})
    await expect(rows(file.slice(0, 8))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(rows(file.slice(0, file.length - 100))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(rows(file.with(1, 0))).rejects.toMatchObject({ kind: 'corrupt', offset: 0 })
    await expect(rows(file.with(23, 0))).rejects.toMatchObject({ kind: 'corrupt', offset: 20 })
    await expect(rows(file.with(22, 0xff))).rejects.toMatchObject({ kind: 'truncated', offset: 20 })
    const small = new Engine(65536)
    await expect(openWebpRows(small, sourceOf(file), 3)).rejects.toMatchObject({ kind: 'too-large' })
  })

  it('never traps or hangs on mutated files, nor writes beyond its buffers', async () => {
    const next = random(17)
    const file = await webp(noisy(60, 50, next), 60, 50, { partitions: 1, segments: 4 })
    for (let round = 0; round < 400; round++) {
      const bytes = file.slice(0, next(10) === 0 ? next(file.length) : file.length)
      for (let i = 0; i <= next(6); i++)
        bytes[next(2) ? next(bytes.length) : Math.min(20 + next(60), bytes.length - 1)] = next(256)
      // Size stays: limits are checked before a picture is opened.
      bytes.set(file.subarray(26, 30), Math.min(26, Math.max(0, bytes.length - 4)))
      const engine = new Engine(LIMIT)
      try {
        const reader = await openWebpRows(engine, sourceOf(bytes), 3)
        if (!reader) continue
        const canary = engine.alloc(64)
        engine.bytes.fill(0xa5, canary, canary + 64)
        while (await reader.read());
        expect(engine.bytes.subarray(canary, canary + 64).every((byte) => byte === 0xa5)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError)
      }
    }
  })
})

/** What kinds of pictures lossless coding treats each in its own way. */
const KINDS: Record<string, (width: number, height: number) => Uint8Array> = {
  photograph: (width, height) => noisy(width, height, random(12)),
  'with soft alpha': (width, height) => scene(width, height, 4),
  'two colours': (width, height) => ofColours(width, height, 2),
  'three colours': (width, height) => ofColours(width, height, 3),
  'sixteen colours': (width, height) => ofColours(width, height, 16),
  'two hundred colours': (width, height) => ofColours(width, height, 200),
  'one colour': (width, height) => ofColours(width, height, 1),
  'repeated tiles': (width, height) => {
    const tile = noisy(16, 16, random(2))
    return new Uint8Array(width * height * 4).map((_, i) => {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)]
      return tile[((y & 15) * 16 + (x & 15)) * 4 + (i & 3)]!
    })
  },
}

function ofColours(width: number, height: number, count: number): Uint8Array {
  const next = random(count)
  const palette = Array.from({ length: count }, () => [next(256), next(256), next(256), next(4) ? 255 : 90])
  return new Uint8Array(
    Array.from(
      { length: width * height },
      (_, i) => palette[(i >> 3) % 5 === 0 ? next(count) : i % count]!,
    ).flat(),
  )
}

describe('openWebpRows of lossless pictures', () => {
  it.each(Object.keys(KINDS))('gives %s as libvips does', async (kind) => {
    for (const [width, height] of [
      [1, 1],
      [2, 3],
      [17, 9],
      [130, 71],
    ] as const) {
      for (const [method, quality] of [
        [0, 20],
        [2, 100],
        [4, 75],
        [6, 100],
      ]) {
        const options = { lossless: 1, exact: 1, method, quality }
        const file = await webp(KINDS[kind]!(width, height), width, height, options)
        const should = (await raw(file, [['ensureAlpha']])).data
        expect(maxDiff(await rows(file, 4), should), `${width}×${height} m ${method} q ${quality}`).toBe(0)
      }
    }
  })

  it.each(SIZES)('shrinks %i×%i by averages, colours by their alpha', async (width, height) => {
    for (const kind of ['photograph', 'with soft alpha', 'sixteen colours']) {
      const pixels = KINDS[kind]!(width, height)
      const file = await webp(pixels, width, height, { lossless: 1, exact: 1 })
      for (const scale of [2, 4, 8] as const) {
        const mean = means(pixels, width, height, scale)
        const bands = probe(file).alpha ? 4 : 3
        const should = bands === 4 ? mean : mean.filter((_, i) => i % 4 !== 3)
        expect(maxDiff(await shrunk(file, bands, scale), should), `${kind} / ${scale}`).toBe(0)
      }
    }
  })

  it('reads a file in parts, however much stands before its pixels', async () => {
    const [width, height] = [1500, 1000]
    const next = random(5)
    // Each block of pixels is another mixture of colours: predictors, factors and codes of their own.
    const pixels = new Uint8Array(width * height * 4)
    for (let i = 0; i < pixels.length; i += 4) {
      const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)]
      const block = (x >> 5) * 31 + (y >> 5) * 17
      for (let band = 0; band < 3; band++)
        pixels[i + band] = (x * block * (band + 1)) / 9 + next(1 + (block % 60))
      pixels[i + 3] = 255
    }
    const file = await webp(pixels, width, height, { lossless: 1, method: 4, quality: 90 })
    const engine = new Engine(LIMIT * 4)
    const before = engine.call('arenaUsed')
    const reader = (await openWebpRows(engine, sourceOf(file), 3))!
    const taken = engine.call('arenaUsed') - before
    const colours = pixels.filter((_, i) => i % 4 !== 3)
    expect(maxDiff(await pixelsOf(engine, reader), colours)).toBe(0)
    // The file is not held, but for a part.
    expect(file.length).toBeGreaterThan(2_000_000)
    expect(taken).toBeLessThan(4 * 2 ** 20 + 1_200_000)
    expect(taken).toBeLessThanOrEqual(webpRowBytes(probe(file), file.length))
  })

  it('copies from as far as copies reach, in a picture that does not fit the ring', async () => {
    // Two million pixels: the same noise again after a little less than a million, and again.
    const [width, height] = [1400, 1500]
    const next = random(31)
    const strip = Uint8Array.from({ length: width * 700 * 4 }, (_, i) => (i % 4 === 3 ? 255 : next(4) * 60))
    const pixels = new Uint8Array(width * height * 4)
    for (let at = 0; at < pixels.length; at += strip.length)
      pixels.set(strip.subarray(0, pixels.length - at), at)
    const file = await webp(pixels, width, height, { lossless: 1, method: 4, quality: 100 })
    const header = probe(file)
    expect(header).toMatchObject({ lossless: true, interlaced: false })
    const planned = webpRowBytes(header, file.length)
    // The file would be twice as large if the second half were not copied.
    expect(file.length).toBeLessThan(width * height * 0.75 * 0.6)
    const engine = new Engine(planned + 65536 * 4)
    const before = engine.call('arenaUsed')
    const reader = (await openWebpRows(engine, sourceOf(file), 3))!
    const data = await pixelsOf(engine, reader)
    expect(
      maxDiff(
        data,
        pixels.filter((_, i) => i % 4 !== 3),
      ),
    ).toBe(0)
    expect(engine.call('arenaPeak') - before).toBeLessThanOrEqual(planned)
  })

  it('takes no more of the arena than it says', async () => {
    for (const kind of Object.keys(KINDS)) {
      for (const [width, height] of [
        [1, 1],
        [40, 1000],
        [300, 200],
      ] as const) {
        const file = await webp(KINDS[kind]!(width, height), width, height, { lossless: 1, method: 3 })
        const engine = new Engine(LIMIT * 2)
        const before = engine.call('arenaUsed')
        const header = probe(file)
        const reader = (await openWebpRows(engine, sourceOf(file), header.alpha ? 4 : 3))!
        await pixelsOf(engine, reader)
        expect(engine.call('arenaPeak') - before, kind).toBeLessThanOrEqual(webpRowBytes(header, file.length))
      }
    }
  })

  it('names what is wrong with a file', async () => {
    const file = await webp(noisy(80, 80, random(6)), 80, 80, { lossless: 1 })
    await expect(rows(file.slice(0, file.length - 1000))).rejects.toMatchObject({ kind: 'truncated' })
    // The chunk says that it ends earlier than its picture.
    const cut = file.slice(0, 1020)
    new DataView(cut.buffer).setUint32(16, 1000, true)
    await expect(rows(cut)).rejects.toMatchObject({ kind: 'truncated', offset: 20 })
    const small = new Engine(65536)
    await expect(openWebpRows(small, sourceOf(file), 3)).rejects.toMatchObject({ kind: 'too-large' })
  })
})

describe('openWebpRows of alpha', () => {
  it('gives it as libvips does, however it is coded', async () => {
    for (const [width, height] of [
      [1, 1],
      [33, 50],
      [150, 117],
    ] as const) {
      const next = random(width)
      const soft = scene(width, height, 4)
      const noise = soft.map((v, i) => (i % 4 === 3 ? next(256) : v))
      const hard = soft.map((v, i) => (i % 4 === 3 ? (v > 120 ? 255 : 0) : v))
      for (const pixels of [soft, noise, hard]) {
        for (const options of [
          {},
          { alpha_filtering: 0 },
          { alpha_filtering: 2 },
          { alpha_compression: 0 },
          { alpha_quality: 40 },
          { method: 0, quality: 20 },
        ]) {
          const file = await webp(pixels, width, height, options)
          const ours = await rows(file, 4)
          const theirs = (await raw(file, [['ensureAlpha']])).data
          expect(maxDiff(ours, theirs), `${width}×${height} ${JSON.stringify(options)}`).toBe(0)
          expect(
            maxDiff(
              await rows(file),
              theirs.filter((_, i) => i % 4 !== 3),
            ),
          ).toBe(0)
        }
      }
    }
  })
})

it.each(SIZES)('shrinks %i×%i of lossy colours by their alpha', async (width, height) => {
  const soft = scene(width, height, 4)
  const file = await webp(soft, width, height, { quality: 90, exact: 1 })
  const full = (await raw(file, [['ensureAlpha']])).data
  for (const scale of [2, 4, 8] as const) {
    const ours = await shrunk(file, 4, scale)
    const mean = means(full, width, height, scale)
    const alpha = (pixels: Uint8Array) => pixels.filter((_, i) => i % 4 === 3)
    expect(maxDiff(alpha(ours), alpha(mean))).toBe(0)
    // As they show: what is transparent has no colour.
    const shown = (pixels: Uint8Array) =>
      pixels.map((value, i) => (i % 4 === 3 ? value : Math.round((value * pixels[i | 3]!) / 255)))
    expect(psnr(shown(ours), shown(mean)), `1 / ${scale}`).toBeGreaterThan(32)
  }
})

it('never traps or hangs on mutated lossless files and alpha', async () => {
  const next = random(19)
  const input = { raw: { width: 60, height: 50, channels: 4 } }
  const files = [
    await webp(noisy(60, 50, next), 60, 50, { lossless: 1, method: 6, quality: 100 }),
    await webp(ofColours(60, 50, 12), 60, 50, { lossless: 1 }),
    (await encoded(scene(60, 50, 4), [['webp', {}]], input)).data,
  ]
  for (let round = 0; round < 900; round++) {
    const file = files[round % 3]!
    const bytes = file.slice(0, next(10) === 0 ? next(file.length) : file.length)
    for (let i = 0; i <= next(6); i++)
      bytes[next(2) ? next(bytes.length) : Math.min(20 + next(120), bytes.length - 1)] = next(256)
    // Sizes stay: limits are checked before a picture is opened.
    if (bytes.length > 30) bytes.set(file.subarray(20, 30), 20)
    const engine = new Engine(LIMIT)
    try {
      const reader = await openWebpRows(engine, sourceOf(bytes), 4, ([1, 1, 2, 4, 8] as const)[round % 5])
      if (!reader || reader.width * reader.height > 1e6) continue
      const canary = engine.alloc(64)
      engine.bytes.fill(0xa5, canary, canary + 64)
      while (await reader.read());
      expect(engine.bytes.subarray(canary, canary + 64).every((byte) => byte === 0xa5)).toBe(true)
    } catch (error) {
      expect(error).toBeInstanceOf(ImageError)
    }
  }
})
