import { describe, expect, it } from 'vitest'
import { gifFrames } from '../../../src/image/animation/gif-frames'
import { gifAnimationBytes, makeGifAnimation } from '../../../src/image/animation/gif-writer'
import { gifEncodeBytes, makeGifWriter } from '../../../src/image/codecs/gif'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { encoded, metadata, raw } from '../../support/oracle'
import { fileOf, maxDiff, memoryReader, pixelsOf, psnr, random, scene, sourceOf } from '../../support/rows'

const LIMIT = 32 * 1024 * 1024

async function still(pixels: Uint8Array, width: number, height: number, bands: Bands): Promise<Uint8Array> {
  const engine = new Engine(LIMIT)
  const picture = { width, height, bands }
  return fileOf(engine, makeGifWriter(engine, picture), pixels, picture)
}

async function animated(frames: Uint8Array[], width: number, height: number, loop = -1, delays = [50]) {
  const engine = new Engine(LIMIT)
  const writer = makeGifAnimation(engine, { width, height, loop })
  for (const [i, pixels] of frames.entries()) {
    await writer.addFrame(memoryReader(engine, pixels, width, height, 4), delays[i % delays.length]!)
  }
  return writer.finish()
}

/** Frames in which squares of few colours move over a background that may be transparent. */
function moving(count: number, width: number, height: number, transparent: boolean): Uint8Array[] {
  return Array.from({ length: count }, (_, step) => {
    const pixels = new Uint8Array(width * height * 4)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const inside = Math.abs(x - 10 - step * 3) < 6 && Math.abs(y - height / 2) < 8
        if (transparent && !inside) continue
        pixels.set(
          inside ? [200, 30 + (y & 7) * 8, 40, 255] : [(x >> 3) * 9, (y >> 3) * 9, 90, 255],
          (y * width + x) * 4,
        )
      }
    }
    return pixels
  })
}

describe('makeGifWriter', () => {
  it('keeps pictures of up to 256 colours exactly', async () => {
    const next = random(3)
    for (const colours of [1, 2, 3, 17, 128, 255, 256]) {
      const [width, height] = [37, 23]
      const palette = Array.from({ length: colours }, (_, i) => [next(256), i, next(256)])
      const pixels = new Uint8Array(
        Array.from({ length: width * height }, (_, i) => palette[i % colours]!).flat(),
      )
      const file = await still(pixels, width, height, 3)
      expect(maxDiff((await raw(file, [['removeAlpha']])).data, pixels), `${colours} colours`).toBe(0)
    }
  })

  it.each([1, 2, 3, 4] as const)('writes rows of %i bands', async (bands) => {
    const [width, height] = [120, 90]
    const pixels = scene(width, height, bands)
    const { data } = await raw(await still(pixels, width, height, bands), [['ensureAlpha']])
    for (let i = 0; i < width * height; i++) {
      const alpha = bands === 2 || bands === 4 ? pixels[i * bands + bands - 1]! : 255
      if (data[i * 4 + 3] !== (alpha < 128 ? 0 : 255)) throw new Error(`alpha of pixel ${i}`)
    }
  })

  it('dithers what has more colours, no worse than libvips', async () => {
    const [width, height] = [160, 120]
    const pixels = scene(width, height, 3)
    const ours = await still(pixels, width, height, 3)
    const input = { raw: { width, height, channels: 3 } }
    const { data: theirs } = await encoded(pixels, [['gif']], input)
    // Seen from afar: dithering is judged by what the eye makes of it.
    const afar = async (file: Uint8Array) => (await raw(file, [['removeAlpha'], ['resize', 40]])).data
    const { data: wanted } = await raw(pixels, [['resize', 40]], input)
    expect(psnr(await afar(ours), wanted)).toBeGreaterThan(Math.min(45, psnr(await afar(theirs), wanted)))
    expect(ours.length).toBeLessThan(theirs.length * 1.1)
  })

  it('takes the bytes of the arena that it says', async () => {
    const [width, height] = [200, 150]
    const engine = new Engine(LIMIT)
    const before = engine.call('arenaUsed')
    await fileOf(engine, makeGifWriter(engine, { width, height, bands: 3 }), scene(width, height, 3), {
      width,
      height,
      bands: 3,
    })
    const used = engine.call('arenaUsed') - before - 16 * width * 3 - 80
    expect(used).toBeLessThanOrEqual(gifEncodeBytes(width, height))
    expect(used).toBeGreaterThan(gifEncodeBytes(width, height) * 0.9)
  })
})

describe('makeGifAnimation', () => {
  it.each([false, true])('gives back every frame (transparent: %s)', async (transparent) => {
    const [width, height] = [64, 40]
    const frames = moving(7, width, height, transparent)
    frames.splice(3, 0, frames[2]!)
    const file = await animated(frames, width, height, 3, [50, 120, 20])
    const engine = new Engine(LIMIT)
    let index = 0
    for await (const { reader, delayMs } of gifFrames(engine, sourceOf(file))) {
      expect(maxDiff(await pixelsOf(engine, reader), frames[index]!), `frame ${index}`).toBe(0)
      expect(delayMs).toBe([50, 120, 20][index % 3])
      index++
    }
    expect(index).toBe(8)
    const { data } = await raw(file, [['ensureAlpha']], { animated: true })
    expect(
      maxDiff(
        data.filter((_, i) => i % 4 === 3),
        new Uint8Array(frames.flatMap((f) => [...f])).filter((_, i) => i % 4 === 3),
      ),
    ).toBe(0)
  })

  it('gives back noise of which half stays from frame to frame', async () => {
    // More pixels than are encoded at once, and strings enough to fill the table of codes many times.
    const [width, height] = [300, 240]
    const next = random(9)
    let frame = new Uint8Array(width * height * 4)
    const frames = Array.from({ length: 4 }, () => {
      frame = frame.slice()
      for (let i = 0; i < frame.length; i += 4) {
        if (next(2) === 0) frame.set([next(4) * 60, next(3) * 90, next(5) * 50, 255], i)
      }
      return frame
    })
    const file = await animated(frames, width, height)
    const engine = new Engine(LIMIT)
    let index = 0
    for await (const { reader } of gifFrames(engine, sourceOf(file))) {
      expect(maxDiff(await pixelsOf(engine, reader), frames[index]!), `frame ${index}`).toBe(0)
      index++
    }
    const { data } = await raw(file, [['ensureAlpha']], { animated: true })
    expect(maxDiff(data, new Uint8Array(frames.flatMap((pixels) => [...pixels])))).toBe(0)
  })

  it('tells plays as repeats', async () => {
    const frames = moving(2, 20, 20, false)
    for (const loop of [-1, 1, 2, 9]) {
      const { data: theirs } = await encoded(await animated(frames, 20, 20, loop), [['gif']], {
        animated: true,
      })
      expect((await metadata(await animated(frames, 20, 20, loop))).loop).toBe((await metadata(theirs)).loop)
      const text = String.fromCharCode(...(await animated(frames, 20, 20, loop)))
      expect(text.includes('NETSCAPE2.0')).toBe(loop !== 1)
    }
  })

  it('does not write again what did not change: no larger than libvips', async () => {
    const [width, height] = [120, 90]
    const frames = moving(8, width, height, false)
    const ours = await animated(frames, width, height)
    const all = new Uint8Array(frames.flatMap((frame) => [...frame]))
    const { data: theirs } = await encoded(all, [['gif', { delay: Array(8).fill(50) }]], {
      raw: { width, height: height * 8, channels: 4, pageHeight: height },
    })
    expect(ours.length).toBeLessThan(theirs.length * 1.1)
  })

  it('writes little for a frame that equals the one before', async () => {
    const [still] = moving(1, 64, 40, false)
    const one = await animated([still!], 64, 40)
    const many = await animated(Array(11).fill(still), 64, 40)
    expect(many.length - one.length).toBeLessThanOrEqual(10 * 23)
    expect(await metadata(many)).toMatchObject({ delay: Array(11).fill(50) })
  })

  it('has one palette for frames whose colours fit it, and makes others where that is worth it', async () => {
    /** Of each frame: whether it has a palette of its own. */
    const own = (file: Uint8Array) => {
      const found: boolean[] = []
      for (let at = 13 + (3 << ((file[10]! & 7) + 1)); file[at] !== 0x3b; ) {
        if (file[at] === 0x21) at += 2
        else {
          const flags = file[at + 9]!
          found.push((flags & 0x80) !== 0)
          at += 11 + (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)
        }
        while (file[at]! > 0) at += file[at]! + 1
        at++
      }
      return found
    }
    // The first frame knows none of the later frames' colours.
    const blank = new Uint8Array(40 * 40 * 4).fill(255)
    const small = Array.from({ length: 6 }, (_, i) => {
      const pixels = blank.slice()
      for (let at = 0; at < 400; at += 4) pixels.set([at & 255, i * 30, 40, 255], at + 4000)
      return pixels
    })
    expect(own(await animated([blank, ...small], 40, 40))).toEqual(Array(7).fill(false))
    // Frames so large that they are not held, of colours far apart.
    const [width, height] = [940, 940]
    const tinted = (tint: number) =>
      new Uint8Array(width * height * 4).map((_, i) => [tint, (i >> 6) & 255, 255 - tint, 255][i % 4]!)
    expect(own(await animated([0, 120, 240].map(tinted), width, height))).toEqual([false, true, true])
  })

  it('takes the bytes of the arena that it says', async () => {
    const engine = new Engine(LIMIT)
    const before = engine.call('arenaUsed')
    makeGifAnimation(engine, { width: 300, height: 200, loop: 1 })
    const used = engine.call('arenaUsed') - before
    expect(used).toBeLessThanOrEqual(gifAnimationBytes(300, 200).engine)
    expect(used).toBeGreaterThan(gifAnimationBytes(300, 200).engine * 0.9)
  })
})
