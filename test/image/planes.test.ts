// JPEG to JPEG by planes, against the same made by way of RGB.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { openJpegPlanes } from '../../src/image/codecs/jpeg-decode'
import { Engine } from '../../src/image/engine'
import { lastEnginePeak } from '../../src/image/engines'
import { normalise } from '../../src/image/normalise'
import { plan } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { decodeJpeg, LIMIT } from '../support/jpeg'
import { randomComponent, writeJpeg } from '../support/jpeg-writer'
import { type Call, encoded, raw } from '../support/oracle'
import { render } from '../support/render'
import { psnr, scene, sourceOf } from '../support/rows'

const effort = 'interactive'
const budget = new MemoryBudget({ bytes: 500_000_000, queue: 1, waitMs: 1 })

async function jpegOf(width: number, height: number, options: object): Promise<Uint8Array> {
  const input = { raw: { width, height, channels: 3 } }
  return (await encoded(scene(width, height, 3), [['jpeg', { quality: 92, ...options }]], input)).data
}

function planned(picture: Uint8Array, asked: Transformation) {
  const header = probe(picture)
  return plan(header, normalise(asked, header), { fileSize: picture.length, room: Infinity, effort })
}

async function rendered(picture: Uint8Array, asked: Transformation): Promise<Uint8Array> {
  const header = probe(picture)
  return (await render(sourceOf(picture), header, normalise(asked, header), { budget, effort })).bytes
}

/** Every plane of a file as it is decoded. */
async function planesOf(file: Uint8Array, options: Parameters<typeof openJpegPlanes>[2] = {}) {
  const engine = new Engine(LIMIT)
  const reader = await openJpegPlanes(engine, sourceOf(file), options)
  if (!reader) return null
  const rows: number[][][] = [[], [], []]
  for (let strips = await reader.read(); strips; strips = await reader.read()) {
    for (const [i, { pointer, count, stride }] of strips.entries()) {
      for (let row = 0; row < count; row++) {
        const at = pointer + row * stride
        rows[i]!.push([...engine.bytes.subarray(at, at + stride - 32)])
      }
    }
  }
  await reader.close()
  return { planes: reader.planes, rows }
}

describe('planes', () => {
  it('are what RGB is made of', async () => {
    const [width, height] = [67, 41]
    const file = await jpegOf(width, height, { chromaSubsampling: '4:4:4' })
    const { planes, rows } = (await planesOf(file))!
    expect(planes.map(({ across, down, left, top }) => [across, down, left, top])).toEqual(
      new Array(3).fill([1, 1, 0, 0]),
    )
    const rgb = (await decodeJpeg(file)).data
    const clamp = (value: number) => Math.min(255, Math.max(0, value))
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [luma, b, r] = [rows[0]![y]![x]!, rows[1]![y]![x]! - 128, rows[2]![y]![x]! - 128]
        expect([...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]).toEqual([
          clamp(luma + ((91881 * r + 32768) >> 16)),
          clamp(luma + ((-22554 * b - 46802 * r + 32768) >> 16)),
          clamp(luma + ((116130 * b + 32768) >> 16)),
        ])
      }
    }
  })

  it('have their own sizes, and begin where a crop lets them', async () => {
    const file = await jpegOf(701, 403, {})
    const whole = (await planesOf(file, { shrink: 2 }))!
    expect(whole.planes.map(({ width, height, across }) => [width, height, across])).toEqual([
      [351, 202, 1],
      [176, 101, 0.5],
      [176, 101, 0.5],
    ])
    const crop = { left: 200, top: 90, width: 30, height: 40 }
    const part = (await planesOf(file, { shrink: 2, crop }))!
    for (const i of [0, 1, 2] as const) {
      const { left, top, across, down } = part.planes[i]
      expect(left <= crop.left * across && top <= crop.top * down).toBe(true)
      expect(left > 0 && top > 0).toBe(true)
      for (let y = top; y < (crop.top + crop.height) * down; y++) {
        const to = (crop.left + crop.width) * across
        expect(part.rows[i]![y - top]!.slice(0, to - left)).toEqual(whole.rows[i]![y]!.slice(left, to))
      }
    }
  })

  it('are refused where chroma is finer than luma, or less than half as fine, or there is none', async () => {
    const coloured = (sampling: number[]) =>
      [0, 1, 2].map((i) => randomComponent(sampling[2 * i]!, sampling[2 * i + 1]!, i + 1))
    const picture = { width: 67, height: 41 }
    for (const [sampling, fits] of [
      [[1, 1, 1, 1, 1, 1], true],
      [[2, 1, 1, 1, 1, 1], true],
      [[1, 2, 1, 1, 1, 1], true],
      [[2, 2, 2, 1, 2, 1], true],
      [[4, 1, 1, 1, 1, 1], false],
      [[2, 2, 2, 1, 1, 2], false],
      [[1, 1, 2, 2, 1, 1], false],
    ] as const) {
      const file = writeJpeg({ ...picture, components: coloured([...sampling]) })
      expect((await planesOf(file)) !== null, String(sampling)).toBe(fits)
    }
    // Adobe's transform 0: the components are RGB.
    expect(
      await planesOf(writeJpeg({ ...picture, components: coloured([1, 1, 1, 1, 1, 1]), adobe: 0 })),
    ).toBe(null)
    expect(await planesOf(writeJpeg({ ...picture, components: [randomComponent(1, 1, 1)] }))).toBe(null)
  })
})

describe('a JPEG of a JPEG', () => {
  const sizes: Transformation[] = [
    { width: 700 },
    { width: 399 },
    { width: 253 },
    { width: 100 },
    { width: 37 },
    { width: 5 },
    { width: 301, height: 77, fit: 'fill' },
    { width: 111, height: 300, fit: 'fill' },
    { width: 333, height: 222, fit: 'stretch' },
  ]

  it.each([
    ['4:2:0', {}],
    ['4:4:4', { chromaSubsampling: '4:4:4' }],
    ['progressive', { progressive: true }],
  ] as const)('is as near to libvips’ pixels as by way of RGB: %s', async (_name, options) => {
    const picture = await jpegOf(801, 603, options)
    for (const asked of sizes) {
      const job = planned(picture, { ...asked, format: 'jpg' })
      expect(job.planes).toBe(true)
      const is = await raw(await rendered(picture, { ...asked, format: 'jpg', quality: 80 }))
      expect(lastEnginePeak()).toBeLessThanOrEqual(job.engineBytes)
      const { width, height } = is.info
      const fit = asked.fit === 'fill' ? 'cover' : 'fill'
      const should = await raw(picture, [['resize', { width, height, fit, fastShrinkOnLoad: false }]])
      expect([width, height]).toEqual([should.info.width, should.info.height])
      const scaled = await rendered(picture, { ...asked, format: 'png' })
      const byRgb = await raw(await rendered(scaled, { format: 'jpg', quality: 80 }))
      // The quantiser takes most of both; a few pixels may differ by more, far above that.
      const [planes, rgb] = [psnr(is.data, should.data), psnr(byRgb.data, should.data)]
      expect(planes, `${JSON.stringify(asked)}: ${planes} and ${rgb} dB`).toBeGreaterThan(
        Math.min(rgb - 0.2, 35),
      )
    }
  })

  it('goes by RGB where a step needs it, and where chroma is kept whole', async () => {
    const picture = await jpegOf(801, 603, {})
    const steps: Transformation[] = [
      { filter: 'sepia' },
      { blur: 2 },
      { rotate: 90 },
      { flip: 'h' },
      { colorSpace: 'p3' },
      { padding: 4, paddingColor: [0, 0, 0, 255] },
      { quality: 90 },
      { width: 801 },
      { width: 900 },
      { width: 100, height: 200, fit: 'fill', gravity: 'attention' },
    ]
    for (const step of steps) {
      expect(
        planned(picture, { width: 200, format: 'jpg', quality: 80, ...step }).planes,
        JSON.stringify(step),
      ).toBe(false)
    }
    expect(planned(picture, { width: 200, format: 'webp' }).planes).toBe(false)
    // A file whose components are RGB is planned for planes, and made without them.
    const file = writeJpeg({
      width: 67,
      height: 41,
      adobe: 0,
      components: [0, 1, 2].map((i) => randomComponent(1, 1, i + 1)),
    })
    expect(planned(file, { width: 30, format: 'jpg' }).planes).toBe(true)
    const is = await raw(await rendered(file, { width: 30, format: 'jpg' }))
    expect(psnr(is.data, (await raw(file, [['resize', { width: 30 }]])).data)).toBeGreaterThan(20)
  })

  it('keeps the profile and the metadata', async () => {
    const input = { raw: { width: 320, height: 200, channels: 3 } }
    const calls: Call[] = [
      ['jpeg', {}],
      ['withIccProfile', 'p3'],
      ['withExif', { IFD0: { Copyright: 'Somebody' } }],
    ]
    const picture = (await encoded(scene(320, 200, 3), calls, input)).data
    const asked: Transformation = { width: 100, format: 'jpg', quality: 80, strip: [] }
    expect(planned(picture, asked).planes).toBe(true)
    const header = probe(await rendered(picture, asked))
    expect(header.colorSpace).toBe(probe(picture).colorSpace)
    expect(header.colorSpace).toBe('p3')
  })
})
