import { describe, expect, it } from 'vitest'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { smartcrop, smartcropBytes } from '../../../src/image/steps/smartcrop'
import { type Call, raw } from '../../support/oracle'
import { noise, seededScene } from '../../support/scenes'

type Gravity = 'attention' | 'entropy'
interface Picture {
  data: Uint8Array
  width: number
  height: number
  bands: Bands
}

function crop(
  { data, width, height, bands }: Picture,
  size: { width: number; height: number },
  gravity: Gravity,
) {
  const engine = new Engine(32 << 20)
  const stride = width * bands + 3
  const pointer = engine.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    engine.bytes.set(data.subarray(y * width * bands, (y + 1) * width * bands), pointer + y * stride)
  }
  const before = engine.call('arenaUsed')
  const place = smartcrop(engine, { pointer, stride, width, height, bands }, size, gravity)
  expect(engine.call('arenaUsed')).toBe(before)
  return place
}

/** Where libvips crops; the target touches two sides, so that nothing is resized first. */
async function expected({ data, width, height, bands }: Picture, size: object, position: Gravity) {
  const calls: Call[] = [['resize', { ...size, fit: 'cover', position }]]
  if (bands < 3) calls.push(['toColourspace', 'b-w'])
  const { info } = await raw(data, calls, { raw: { width, height, channels: bands } })
  const { cropOffsetLeft, cropOffsetTop } = info as unknown as Record<string, number>
  return { left: Math.abs(cropOffsetLeft!), top: Math.abs(cropOffsetTop!) }
}

const pictures: [number, number, Bands][] = [
  [64, 64, 3],
  [65, 127, 3],
  [128, 97, 3],
  [129, 301, 3],
  [200, 150, 3],
  [151, 199, 3],
  [333, 40, 3],
  [37, 210, 3],
  [256, 256, 3],
  [100, 99, 1],
  [191, 120, 1],
  [97, 233, 1],
  [320, 240, 4],
  [77, 150, 4],
  [190, 64, 4],
  [383, 70, 3],
  [70, 383, 3],
  [211, 223, 3],
  [301, 299, 3],
  [129, 65, 1],
  [257, 101, 3],
]

describe('smartcrop', () => {
  it.each(pictures)('puts a crop of %i×%i with %i bands where libvips does', async (width, height, bands) => {
    const picture = { data: seededScene(width, height, bands, width + height), width, height, bands }
    const sizes = [
      { width: Math.ceil(width / 3), height },
      { width, height: Math.ceil(height / 2) },
    ]
    for (const size of sizes) {
      for (const gravity of ['attention', 'entropy'] as const) {
        const ours = crop(picture, size, gravity)
        const theirs = await expected(picture, size, gravity)
        const where = `${gravity}: ${JSON.stringify({ size, ours, theirs })}`
        expect(Math.abs(ours.left - theirs.left), where).toBeLessThanOrEqual(width * 0.02)
        expect(Math.abs(ours.top - theirs.top), where).toBeLessThanOrEqual(height * 0.02)
      }
    }
  })

  // Slices that are equal, or all but equal: rounding decides, and must be libvips'.
  const REGULAR: Record<string, (x: number, y: number, band: number, width: number) => number> = {
    flat: () => 100,
    ramp: (x, _y, _band, width) => (255 * x) / width,
    checks: (x, y) => (((x >> 3) + (y >> 3)) & 1 ? 220 : 30),
    stripes: (x) => ((x >> 2) & 1 ? 255 : 0),
    steps: (x, y, band) => (x * 37 + y * 101 + band * 7) % 256,
    waves: (x, y, band) => 128 + 60 * Math.sin(x / 19 + band) + 40 * Math.cos(y / 23),
  }
  it.each(Object.entries(REGULAR))('cuts %s where libvips does', async (_name, sample) => {
    for (const [width, height] of [
      [200, 150],
      [97, 233],
    ] as const) {
      for (const bands of [1, 3] as const) {
        const data = Uint8Array.from({ length: width * height * bands }, (_, i) => {
          const pixel = Math.floor(i / bands)
          return sample(pixel % width, Math.floor(pixel / width), i % bands, width)
        })
        const picture = { data, width, height, bands }
        for (const part of [1 / 4, 0.62, 0.8]) {
          for (const size of [
            { width: Math.ceil(width * part), height },
            { width, height: Math.ceil(height * part) },
          ]) {
            const ours = crop(picture, size, 'entropy')
            expect(ours, `${width}×${height}×${bands} to ${JSON.stringify(size)}`).toEqual(
              await expected(picture, size, 'entropy'),
            )
          }
        }
      }
    }
  })

  it('keeps the window inside the picture, whatever its size', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [5, 2],
      [13, 17],
      [31, 33],
      [64, 3],
      [3, 500],
    ] as const) {
      const picture = { data: noise(width * height * 3, 1), width, height, bands: 3 as const }
      for (const size of [
        { width: 1, height: 1 },
        { width: Math.ceil(width / 2), height },
        { width, height },
      ]) {
        for (const gravity of ['attention', 'entropy'] as const) {
          const { left, top } = crop(picture, size, gravity)
          expect(left).toBeGreaterThanOrEqual(0)
          expect(top).toBeGreaterThanOrEqual(0)
          expect(left + size.width).toBeLessThanOrEqual(width)
          expect(top + size.height).toBeLessThanOrEqual(height)
        }
      }
    }
  })

  it('finds the only thing there is', () => {
    const [width, height] = [300, 60]
    const data = new Uint8Array(width * height * 3).fill(40)
    for (let y = 20; y < 40; y++)
      for (let x = 230; x < 250; x++) data.set([230, 170, 140], (y * width + x) * 3)
    for (const gravity of ['attention', 'entropy'] as const) {
      const { left } = crop({ data, width, height, bands: 3 }, { width: 60, height }, gravity)
      expect(left).toBeLessThanOrEqual(230)
      expect(left + 60).toBeGreaterThanOrEqual(250)
    }
  })

  it('is not attracted by what is transparent', () => {
    const [width, height] = [300, 60]
    const data = new Uint8Array(width * height * 4)
    const grain = noise(width * height, 3)
    for (let i = 0; i < width * height; i++) {
      const x = i % width
      const alpha = x < 150 ? 0 : 255
      const value = x < 150 || (x > 200 && x < 220) ? grain[i]! : 90
      data.set([value, value, value, alpha], i * 4)
    }
    for (const gravity of ['attention', 'entropy'] as const) {
      const { left } = crop({ data, width, height, bands: 4 }, { width: 80, height }, gravity)
      expect(left).toBeGreaterThanOrEqual(130)
    }
  })

  it('takes from the arena what smartcropBytes says', () => {
    for (const [width, gravity] of [
      [50, 'attention'],
      [1000, 'attention'],
      [1000, 'entropy'],
    ] as const) {
      const need = smartcropBytes(width, gravity)
      const run = (room: number) => {
        const engine = new Engine(16 << 20)
        const pointer = engine.alloc(width * 40 * 3)
        engine.call('arenaLimit', engine.call('arenaUsed') + room)
        const area = { pointer, stride: width * 3, width, height: 40, bands: 3 as const }
        return smartcrop(engine, area, { width: 20, height: 40 }, gravity)
      }
      expect(run(need)).toMatchObject({ top: 0 })
      expect(() => run(need - 16)).toThrow('needs more than')
    }
  })
})
