// The compositor against libvips' pages, exactly.
import { describe, expect, it } from 'vitest'
import { gifFrames } from '../../../src/image/animation/gif-frames'
import { openGif } from '../../../src/image/codecs/gif'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { type HandFrame, handGif } from '../../support/gif'
import { encoded, raw } from '../../support/oracle'
import { maxDiff, pixelsOf, random, scene, sourceOf } from '../../support/rows'

const LIMIT = 8 * 1024 * 1024

async function framesOf(file: Uint8Array, chunk?: number) {
  const engine = new Engine(LIMIT)
  const frames: { pixels: Uint8Array; delayMs: number }[] = []
  for await (const { reader, delayMs } of gifFrames(engine, sourceOf(file, chunk))) {
    frames.push({ pixels: await pixelsOf(engine, reader), delayMs })
  }
  return frames
}

/** libvips' pages one below the other, RGBA, with transparent pixels cleared. */
async function pagesOf(file: Uint8Array): Promise<Uint8Array> {
  const { data } = await raw(file, [['ensureAlpha']], { animated: true })
  return cleared(data)
}

/** What a transparent pixel's colour is does not matter. */
function cleared(rgba: Uint8Array): Uint8Array {
  for (let i = 0; i < rgba.length; i += 4) if (rgba[i + 3] === 0) rgba.fill(0, i, i + 4)
  return rgba
}

const joined = (frames: { pixels: Uint8Array }[]) =>
  new Uint8Array(frames.flatMap(({ pixels }) => [...pixels]))

const COLOURS = [
  [250, 20, 30],
  [10, 240, 60],
  [40, 50, 230],
  [240, 230, 20],
]

function randomFrame(next: (n: number) => number, width: number, height: number): HandFrame {
  const [w, h] = [1 + next(width), 1 + next(height)]
  const disposal = next(4)
  return {
    x: next(width - w + 1),
    y: next(height - h + 1),
    width: w,
    height: h,
    pixels: Array.from({ length: w * h }, () => next(4)),
    disposal,
    // libvips clears an opaque frame to the background's colour, browsers and we to transparent.
    ...(next(2) || disposal === 2 ? { transparent: next(4) } : {}),
    interlaced: next(2) === 1,
    delay: next(30),
    ...(next(3) === 0 ? { palette: COLOURS.map((colour) => colour.map((v) => 255 - v)) } : {}),
  }
}

describe('gifFrames', () => {
  it('composites disposal, transparency, interlacing and local palettes as libvips does', async () => {
    const next = random(7)
    for (let round = 0; round < 12; round++) {
      const [width, height] = [3 + next(20), 3 + next(20)]
      const file = handGif(
        width,
        height,
        COLOURS,
        Array.from({ length: 5 }, () => randomFrame(next, width, height)),
      )
      expect(maxDiff(joined(await framesOf(file, 1 + next(50))), await pagesOf(file)), `round ${round}`).toBe(
        0,
      )
    }
  })

  it('reads what libvips writes', async () => {
    const [width, height] = [90, 64]
    const { data: file } = await encoded(
      scene(width, height * 4, 4),
      [['gif', { delay: [0, 10, 20, 1000], loop: 3 }]],
      {
        raw: { width, height: height * 4, channels: 4, pageHeight: height },
      },
    )
    const frames = await framesOf(file)
    expect(frames.map(({ delayMs }) => delayMs)).toEqual([100, 100, 20, 1000])
    expect(maxDiff(joined(frames), await pagesOf(file))).toBe(0)
  })

  it('cuts frames that reach over the canvas, and passes over those beside it', async () => {
    const whole = { width: 6, height: 6, pixels: new Uint8Array(36).fill(1) }
    const over = { x: 3, y: 4, width: 6, height: 6, pixels: new Uint8Array(36).fill(2) }
    const beside = { x: 9, y: 9, width: 2, height: 2, pixels: new Uint8Array(4).fill(3), disposal: 3 }
    const [, second, third] = await framesOf(handGif(6, 6, COLOURS, [whole, over, beside]))
    const at = (x: number, y: number) => [...second!.pixels.subarray((y * 6 + x) * 4, (y * 6 + x) * 4 + 3)]
    expect([at(2, 5), at(3, 3), at(3, 4), at(5, 5)]).toEqual([COLOURS[1], COLOURS[1], COLOURS[2], COLOURS[2]])
    expect(third!.pixels).toEqual(second!.pixels)
  })

  it('ends where a file breaks off, and says so where there is no frame', async () => {
    const frame = { width: 8, height: 8, pixels: new Uint8Array(64).fill(2) }
    const file = handGif(8, 8, COLOURS, [frame, frame])
    expect(await framesOf(file.slice(0, file.length - 30))).toHaveLength(2)
    expect(await framesOf(file.slice(0, (file.length >> 1) + 20))).toHaveLength(1)
    for (const length of [0, 5, 12, 20, 25]) {
      await expect(framesOf(file.slice(0, length))).rejects.toMatchObject({ kind: 'truncated' })
    }
    await expect(framesOf(new Uint8Array(50))).rejects.toMatchObject({ kind: 'corrupt', offset: 0 })
  })

  it('never traps or hangs on mutated files', async () => {
    const next = random(99)
    const file = handGif(
      16,
      16,
      COLOURS,
      Array.from({ length: 3 }, () => randomFrame(next, 16, 16)),
    )
    for (let round = 0; round < 150; round++) {
      const bytes = file.slice(0, next(8) === 0 ? next(file.length) : file.length)
      for (let i = 0; i <= next(4); i++) bytes[next(bytes.length)] = next(256)
      // The canvas stays small: limits are checked before a GIF is opened.
      bytes.set(
        [16, 0, 16, 0].slice(0, Math.max(0, Math.min(4, bytes.length - 6))),
        Math.min(6, bytes.length),
      )
      try {
        await framesOf(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError)
      }
    }
  })
})

describe('openGif', () => {
  it('gives the first frame', async () => {
    const frame = { width: 5, height: 4, pixels: Array.from({ length: 20 }, (_, i) => i % 4), transparent: 3 }
    const file = handGif(5, 4, COLOURS, [frame, { ...frame, pixels: new Uint8Array(20) }])
    const engine = new Engine(LIMIT)
    const pixels = await pixelsOf(engine, await openGif(engine, sourceOf(file), { alpha: true }))
    expect(maxDiff(pixels, cleared((await raw(file, [['ensureAlpha']])).data))).toBe(0)
    const rgb = await pixelsOf(engine, await openGif(engine, sourceOf(file), { alpha: false }))
    expect([...rgb.subarray(0, 9)]).toEqual(COLOURS.slice(0, 3).flat())
  })
})
