import { describe, expect, it } from 'vitest'
import { makeAnimationWriter, openAnimation } from '../../../src/image/animation'
import { makeWebpAnimation, webpWriterBytes } from '../../../src/image/animation/webp-writer'
import { readChunks, readWebp } from '../../../src/image/codecs/riff'
import {
  animationFrame,
  animationHeader,
  around,
  extendedHeader,
  writeRiff,
} from '../../../src/image/codecs/riff-writer'
import { openWebp } from '../../../src/image/codecs/webp'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { encoded, metadata, raw } from '../../support/oracle'
import { maxDiff, memoryReader, pixelsOf, psnr, random, scene, sourceOf } from '../../support/rows'

const LIMIT = 32 * 1024 * 1024

async function framesOf(file: Uint8Array, chunk?: number) {
  const engine = new Engine(LIMIT)
  const frames: { pixels: Uint8Array; delayMs: number }[] = []
  for await (const { reader, delayMs } of openAnimation(engine, sourceOf(file, chunk), { format: 'webp' })) {
    frames.push({ pixels: await pixelsOf(engine, reader), delayMs })
  }
  return frames
}

const joined = (frames: Uint8Array[]) => new Uint8Array(frames.flatMap((pixels) => [...pixels]))

/** What a transparent pixel's colour is does not matter. */
function cleared(rgba: Uint8Array): Uint8Array {
  for (let i = 0; i < rgba.length; i += 4) if (rgba[i + 3] === 0) rgba.fill(0, i, i + 4)
  return rgba
}

/** Random rectangles of random pictures, blended and disposed of at random. */
async function randomAnimation(
  next: (n: number) => number,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const frames = []
  for (let i = 0; i < 5; i++) {
    const [w, h] = [1 + next(width), 1 + next(height)]
    const even = (room: number): number => next((room >> 1) + 1) * 2
    const [x, y] = [even(width - w), even(height - h)]
    const { data } = await encoded(scene(w, h, 4), [['webp', { lossless: next(2) === 1 }]], {
      raw: { width: w, height: h, channels: 4 },
    })
    const chunks = [...readChunks(data, 12)].filter(({ code }) => code !== 'VP8X')
    const flags = { blend: next(2) === 1, dispose: next(2) === 1, durationMs: 20 + next(200) }
    frames.push(animationFrame({ x, y, width: w, height: h, ...flags, chunks }))
  }
  const header = extendedHeader(width, height, { alpha: true, animated: true })
  return writeRiff(around([animationHeader(0), ...frames], header, {}))
}

/** A square that moves over a still scene. */
function moving(count: number, width: number, background: Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, (_, step) => {
    const pixels = background.slice()
    for (let y = 10; y < 26; y++) {
      for (let x = 5 + step * 4; x < 21 + step * 4; x++)
        pixels.set([220, y * 5, 40, 255], (y * width + x) * 4)
    }
    return pixels
  })
}

async function written(frames: Uint8Array[], width: number, height: number, options: object = {}) {
  const engine = new Engine(LIMIT)
  const writer = makeAnimationWriter(engine, 'webp', {
    width,
    height,
    loop: -1,
    quality: 80,
    effort: 'interactive',
    ...options,
  })
  for (const [i, pixels] of frames.entries()) {
    await writer.addFrame(memoryReader(engine, pixels, width, height, 4), 40 + i)
  }
  return writer.finish()
}

describe('openAnimation of WebP', () => {
  it('composites blending and disposal as libvips does', async () => {
    const next = random(11)
    for (let round = 0; round < 6; round++) {
      const [width, height] = [4 + next(30), 4 + next(30)]
      const file = await randomAnimation(next, width, height)
      const { data } = await raw(file, [['ensureAlpha']], { animated: true })
      const frames = await framesOf(file, 1 + next(200))
      // Blending rounds a little differently here and there.
      expect(
        maxDiff(cleared(joined(frames.map(({ pixels }) => pixels))), cleared(data)),
        `round ${round}`,
      ).toBeLessThan(4)
    }
  })

  it('shows frames of 10 ms or less for 100', async () => {
    const data = scene(20, 60, 4)
    const { data: file } = await encoded(data, [['webp', { delay: [0, 10, 11] }]], {
      raw: { width: 20, height: 60, channels: 4, pageHeight: 20 },
    })
    expect((await framesOf(file)).map(({ delayMs }) => delayMs)).toEqual([100, 100, 11])
  })

  it('gives the first frame as a still', async () => {
    const file = await randomAnimation(random(5), 24, 18)
    const engine = new Engine(LIMIT)
    const first = await pixelsOf(engine, await openWebp(engine, sourceOf(file), { alpha: true }))
    expect(maxDiff(first, (await framesOf(file))[0]!.pixels)).toBe(0)
  })

  it('ends where a file breaks off; names what is wrong with one without a frame', async () => {
    const file = await randomAnimation(random(2), 24, 18)
    const { frames } = readWebp(file)
    const cut = frames[3]!.chunks[0]!.offset
    expect(await framesOf(file.slice(0, cut + 8))).toHaveLength(3)
    await expect(framesOf(file.slice(0, 40))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(framesOf(file.with(0, 0))).rejects.toMatchObject({ kind: 'corrupt', offset: 0 })
  })

  it('never traps or hangs on mutated files', async () => {
    const next = random(23)
    const file = await randomAnimation(next, 16, 16)
    for (let round = 0; round < 60; round++) {
      const bytes = file.slice(0, next(6) === 0 ? next(file.length) : file.length)
      for (let i = 0; i <= next(4); i++) bytes[next(bytes.length)] = next(256)
      bytes.set(file.subarray(24, 30), Math.min(24, Math.max(0, bytes.length - 6)))
      try {
        readWebp(bytes)
        await framesOf(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError)
      }
    }
  })
})

describe('makeAnimationWriter of WebP', () => {
  it('gives back every frame, lossless exactly', async () => {
    const [width, height] = [64, 40]
    const clear = new Uint8Array(width * height * 4)
    for (const background of [scene(width, height, 4), clear]) {
      const frames = moving(6, width, background)
      frames.splice(2, 0, frames[1]!)
      const file = await written(frames, width, height, { lossless: true })
      const back = await framesOf(file)
      expect(back.map(({ delayMs }) => delayMs)).toEqual([40, 41, 42, 43, 44, 45, 46])
      for (const [i, { pixels }] of back.entries()) {
        expect(maxDiff(cleared(pixels), cleared(frames[i]!.slice())), `frame ${i}`).toBe(0)
      }
      const { data } = await raw(file, [['ensureAlpha']], { animated: true })
      expect(maxDiff(cleared(data), cleared(joined(frames)))).toBe(0)
    }
  })

  it('tells plays, quality and metadata', async () => {
    const frames = moving(3, 64, scene(64, 40, 4))
    const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    for (const [loop, theirs] of [
      [-1, 0],
      [1, 1],
      [7, 7],
    ]) {
      const file = await written(frames, 64, 40, { loop, metadata: { xmp } })
      expect(await metadata(file)).toMatchObject({
        pages: 3,
        loop: theirs,
        delay: [40, 41, 42],
        hasAlpha: true,
      })
      expect(readWebp(file).xmp).toEqual(xmp)
    }
  })

  it('is no larger than libvips at equal quality', async () => {
    const [width, height, count] = [128, 96, 8]
    const opaque = scene(width, height, 4).map((value, i) => (i % 4 === 3 ? 255 : value))
    const frames = moving(count, width, opaque)
    const ours = await written(frames, width, height)
    const { data: theirs } = await encoded(
      joined(frames),
      [['webp', { quality: 80, delay: Array(count).fill(40) }]],
      {
        raw: { width, height: height * count, channels: 4, pageHeight: height },
      },
    )
    expect(ours.length).toBeLessThan(theirs.length * 1.1)
    const { data } = await raw(ours, [['ensureAlpha']], { animated: true })
    expect(psnr(data, joined(frames))).toBeGreaterThan(33)
  })

  it('writes little for a frame that equals the one before', async () => {
    const still = scene(64, 40, 4)
    const one = await written([still], 64, 40)
    const many = await written(Array(11).fill(still), 64, 40)
    expect(many.length - one.length).toBeLessThanOrEqual(10 * 40)
    expect(await metadata(many)).toMatchObject({ pages: 11 })
    const { data } = await raw(many, [['ensureAlpha']], { animated: true })
    const frame = data.length / 11
    for (let i = 1; i < 11; i++) {
      expect(maxDiff(data.subarray(0, frame), data.subarray(i * frame, (i + 1) * frame))).toBe(0)
    }
  })

  it('lets slow changes come through', async () => {
    // A grey that grows by one a frame, less than is worth to be written.
    const frames = Array.from({ length: 24 }, (_, i) =>
      new Uint8Array(32 * 32 * 4).map((_, at) => (at % 4 === 3 ? 255 : 90 + i)),
    )
    const back = await framesOf(await written(frames, 32, 32))
    for (const [i, { pixels }] of back.entries())
      expect(maxDiff(pixels, frames[i]!), `frame ${i}`).toBeLessThan(7)
  })

  it('takes the bytes of the arena that it says', async () => {
    const engine = new Engine(LIMIT)
    const before = engine.call('arenaUsed')
    const picture = { width: 300, height: 200 }
    const writer = makeWebpAnimation(engine, { ...picture, loop: 1, quality: 80, effort: 'interactive' })
    const opaque = scene(300, 200, 4).map((value, i) => (i % 4 === 3 ? 255 : value))
    const reader = memoryReader(engine, opaque, 300, 200, 4)
    const strip = 300 * 4 * 7 + 80
    await writer.addFrame(reader, 40)
    const used = engine.call('arenaPeak') - before - strip
    expect(used).toBeLessThanOrEqual(webpWriterBytes(300, 200))
    expect(used).toBeGreaterThan(webpWriterBytes(300, 200) * 0.9)
  })
})
