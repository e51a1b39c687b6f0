// Whole pictures against libvips, through every parameter.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import { render } from '../../src/image/render'
import type { Transformation } from '../../src/image/transformation'
import { type Call, encoded, raw } from '../support/oracle'
import { psnr, sourceOf } from '../support/rows'

const budget = new MemoryBudget({ bytes: 500_000_000, queue: 4, waitMs: 1000 })

/** A picture with photographic detail: seeded noise blurred at several scales by libvips. */
async function photo(width: number, height: number, calls: Call[], seed = 1): Promise<Uint8Array> {
  const noise = new Uint8Array(width * height * 3)
  let state = seed
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    noise[i] = state >>> 24
  }
  const input = { raw: { width, height, channels: 3 } }
  const fine = await raw(noise, [['blur', 1.2]], input)
  const coarse = await raw(
    noise,
    [
      ['blur', 12],
      ['linear', 9, -1024],
    ],
    input,
  )
  const mixed = new Uint8Array(noise.length)
  for (let i = 0; i < mixed.length; i++) {
    const x = ((i / 3) | 0) % width
    const y = (i / 3 / width) | 0
    const edge = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2 ? 40 : 0
    mixed[i] = Math.min(255, (coarse.data[i]! * 3) / 5 + fine.data[i]! / 3 + edge)
  }
  return (await encoded(mixed, calls, input)).data
}

async function ours(picture: Uint8Array, asked: Transformation) {
  const header = probe(picture)
  return render(sourceOf(picture), header, normalise(asked, header), { budget, effort: 'interactive' })
}

/** PSNR of our PNG of `asked` against the same made by sharp. */
async function against(picture: Uint8Array, asked: Transformation, calls: Call[]): Promise<number> {
  const made = await ours(picture, { ...asked, format: 'png' })
  const is = await raw(made.bytes, [['ensureAlpha']])
  const should = await raw(picture, [...calls, ['ensureAlpha']])
  expect([is.info.width, is.info.height, is.info.channels]).toEqual([
    should.info.width,
    should.info.height,
    should.info.channels,
  ])
  return psnr(is.data, should.data)
}

const png: Call[] = [['png', { compressionLevel: 1 }]]
const slow = { fastShrinkOnLoad: false }

describe('resizing', () => {
  it('matches libvips', async () => {
    const picture = await photo(640, 427, png)
    const table: [Transformation, object][] = [
      [{ width: 320 }, { width: 320 }],
      [{ width: 200 }, { width: 200 }],
      [{ height: 99 }, { height: 99 }],
      [{ width: 100 }, { width: 100 }],
      [{ width: 37 }, { width: 37 }],
      [{ width: 600 }, { width: 600 }],
      [
        { width: 100, height: 100 },
        { width: 100, height: 100, fit: 'inside' },
      ],
      [
        { width: 100, height: 100, fit: 'fill' },
        { width: 100, height: 100, fit: 'cover' },
      ],
      [
        { width: 101, height: 37, fit: 'fill' },
        { width: 101, height: 37, fit: 'cover' },
      ],
      [
        { width: 100, height: 100, fit: 'stretch' },
        { width: 100, height: 100, fit: 'fill' },
      ],
      [{ width: 1280 }, { width: 1280 }],
      [
        { width: 901, height: 301, fit: 'stretch' },
        { width: 901, height: 301, fit: 'fill' },
      ],
      [
        { width: 900, height: 900, fit: 'fill' },
        { width: 900, height: 900, fit: 'cover' },
      ],
    ]
    const figures: Record<string, number> = {}
    for (const [asked, options] of table) {
      figures[JSON.stringify(asked)] =
        Math.round(10 * (await against(picture, asked, [['resize', { ...options, ...slow }]]))) / 10
    }
    console.log(figures)
    for (const value of Object.values(figures)) expect(value).toBeGreaterThan(40)
  })
})
