// The plan's memory against what jobs really use.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { decoderOf } from '../../src/image/codecs'
import { lastEnginePeak } from '../../src/image/engines'
import { normalise } from '../../src/image/normalise'
import { plan, scaleOf } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { type Call, encoded } from '../support/oracle'
import { render } from '../support/render'
import { scene, sourceOf } from '../support/rows'

const budget = new MemoryBudget({ bytes: 500_000_000, queue: 1, waitMs: 1 })
const effort = 'interactive'

async function picture(width: number, height: number, bands: 1 | 3 | 4, calls: Call[]): Promise<Uint8Array> {
  const input = { raw: { width, height, channels: bands } }
  return (await encoded(scene(width, height, bands), calls, input)).data
}

const SOURCES: [string, () => Promise<Uint8Array>][] = [
  ['a baseline JPEG', () => picture(1600, 1200, 3, [['jpeg', {}]])],
  ['a 4:4:4 JPEG', () => picture(1600, 1200, 3, [['jpeg', { chromaSubsampling: '4:4:4' }]])],
  // A header does not tell the sampling, so that 4:4:4 is planned, whose coefficients are the most.
  [
    'a progressive JPEG',
    () => picture(1600, 1200, 3, [['jpeg', { progressive: true, chromaSubsampling: '4:4:4' }]]),
  ],
  [
    'a grey JPEG',
    () =>
      picture(1600, 1200, 1, [
        ['toColourspace', 'b-w'],
        ['jpeg', {}],
      ]),
  ],
  ['a PNG', () => picture(1600, 1200, 3, [['png', { compressionLevel: 1 }]])],
  ['a PNG with alpha', () => picture(1600, 1200, 4, [['png', { compressionLevel: 1 }]])],
  ['a PNG with a palette', () => picture(1600, 1200, 3, [['png', { palette: true, effort: 1 }]])],
  ['an interlaced PNG', () => picture(1600, 1200, 3, [['png', { progressive: true, compressionLevel: 1 }]])],
]

const OUTPUTS: Transformation[] = [
  { width: 256, format: 'webp' },
  { width: 256, format: 'jpg' },
  { width: 700, height: 700, fit: 'fill', format: 'jpg' },
  { width: 300, height: 500, fit: 'fill', gravity: 'attention', format: 'png' },
  { width: 1000, rotate: 90, format: 'jpg' },
  { rotate: 270, format: 'jpg' },
  { filter: 'sepia', blur: 3, padding: 20, format: 'png' },
  { width: 2400, format: 'jpg', quality: 95 },
]

/** Engine bytes that a short job takes over what is counted: whole pages, tables made once. */
const SMALL = 300_000

describe.each(SOURCES)('the plan for %s', (_name, make) => {
  it('is never below what is used, and at most a quarter above', async () => {
    const bytes = await make()
    const header = probe(bytes)
    for (const asked of OUTPUTS) {
      const wanted = normalise(asked, header)
      const planned = plan(header, wanted, { fileSize: bytes.length, room: 500_000_000, effort })
      await render(sourceOf(bytes), header, wanted, { budget, effort })
      const used = lastEnginePeak()
      const figures = `${JSON.stringify(asked)}: planned ${planned.engineBytes}, used ${used}`
      expect(planned.engineBytes >= used, figures).toBe(true)
      expect(planned.engineBytes <= used * 1.25 + SMALL, figures).toBe(true)
    }
  })
})

describe('shrink on load', () => {
  const scales = (format: 'jpg' | 'png' | 'webp') => decoderOf({ format, interlaced: false }).scales

  it('leaves a factor of two, as vips_thumbnail, and less where halves are flat', () => {
    const webp = { 1: 1, 3.9: 1, 4: 2, 7.9: 2, 8: 4, 12: 4, 16: 8, 32: 8 }
    for (const [shrink, scale] of Object.entries({ 0.5: 1, ...webp })) {
      expect(scaleOf(Number(shrink), scales('webp'))).toBe(scale)
    }
    for (const [shrink, scale] of Object.entries({ ...webp, 2.89: 1, 2.9: 2, 3.9: 2 })) {
      expect(scaleOf(Number(shrink), scales('jpg'))).toBe(scale)
    }
    expect(scaleOf(32, scales('png'))).toBe(1)
  })
})

describe('a turn that does not fit', () => {
  it('is made in bands, with the same pixels', async () => {
    const bytes = await picture(700, 900, 3, [['jpeg', { quality: 90 }]])
    const header = probe(bytes)
    for (const rotate of [90, 180] as const) {
      const wanted = normalise({ rotate, format: 'png' }, header)
      const whole = plan(header, wanted, { fileSize: bytes.length, room: Infinity, effort })
      const room = whole.peakBytes - 1_400_000
      const bands = plan(header, wanted, { fileSize: bytes.length, room, effort })
      expect([whole.passes, bands.passes > 2, bands.peakBytes <= room]).toEqual([1, true, true])
      const one = await render(sourceOf(bytes), header, wanted, { budget, effort })
      const tight = new MemoryBudget({ bytes: room, queue: 1, waitMs: 1 })
      const other = await render(sourceOf(bytes), header, wanted, { budget: tight, effort })
      expect(lastEnginePeak()).toBeLessThanOrEqual(bands.engineBytes)
      expect(other.bytes).toEqual(one.bytes)
    }
  })
})
