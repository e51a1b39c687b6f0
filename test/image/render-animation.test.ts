import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { type Call, encoded, raw } from '../support/oracle'
import { render } from '../support/render'
import { psnr, scene, sourceOf } from '../support/rows'

const [width, height, frames] = [80, 60, 4]
const options = { effort: 'interactive', budget: new MemoryBudget() } as const

/** Frames in which a square wanders over a still scene. */
async function animation(calls: Call[]): Promise<Uint8Array> {
  const one = scene(width, height, 3)
  const all = new Uint8Array(one.length * frames)
  for (let frame = 0; frame < frames; frame++) {
    all.set(one, frame * one.length)
    for (let y = 20; y < 40; y++) {
      const from = frame * one.length + (y * width + 10 + frame * 12) * 3
      all.fill(frame * 60, from, from + 60)
    }
  }
  const input = { raw: { width, height: height * frames, channels: 3, pageHeight: height } }
  return (await encoded(all, calls, input)).data
}

async function ours(picture: Uint8Array, asked: Transformation) {
  const header = probe(picture)
  return render(sourceOf(picture), header, normalise(asked, header), options)
}

const webp: Call[] = [['webp', { lossless: true, delay: [100, 200, 300, 400], loop: 3 }]]
const gif: Call[] = [['gif', { delay: [100, 200, 300, 400], loop: 3 }]]

describe('animations', () => {
  it('keep frames, delays and plays between GIF and WebP, each frame transformed', async () => {
    for (const calls of [gif, webp]) {
      const picture = await animation(calls)
      expect(probe(picture).pageCount).toBe(frames)
      for (const format of ['gif', 'webp'] as const) {
        const made = await ours(picture, { width: 40, format, quality: 95 })
        expect(made.header).toMatchObject({ width: 40, height: 30, pageCount: frames })
        expect(probe(made.bytes)).toMatchObject({
          width: 40,
          height: 30,
          pageCount: frames,
          loop: probe(picture).loop,
        })
        for (let page = 0; page < frames; page++) {
          const is = await raw(made.bytes, [['removeAlpha']], { page })
          const should = await raw(picture, [['resize', { width: 40 }], ['removeAlpha']], { page })
          expect(psnr(is.data, should.data)).toBeGreaterThan(26)
        }
      }
    }
  })

  it('are turned, filtered and padded as stills are', async () => {
    const picture = await animation(webp)
    const asked = { rotate: 90, filter: 'grayscale', padding: 2, format: 'webp', quality: 95 } as const
    const made = await ours(picture, asked)
    expect(probe(made.bytes)).toMatchObject({ width: 64, height: 84, pageCount: frames })
    const last = await raw(
      made.bytes,
      [
        ['extract', { left: 2, top: 2, width: 60, height: 80 }],
        ['extractChannel', 0],
      ],
      { page: 3 },
    )
    const still = (await encoded(picture, [['greyscale'], ['png', {}]], { page: 3 })).data
    const should = await raw(still, [
      ['rotate', 90],
      ['extractChannel', 0],
    ])
    expect(psnr(last.data, should.data)).toBeGreaterThan(30)
  })

  it('keep the window of their first frame', async () => {
    const picture = await animation(webp)
    const size = { width: 30, height: 60, fit: 'fill', gravity: 'attention', format: 'webp' } as const
    const made = await ours(picture, size)
    expect(probe(made.bytes)).toMatchObject({ width: 30, height: 60, pageCount: frames })
  })

  it('give their first frame to formats that hold one', async () => {
    for (const calls of [gif, webp]) {
      const picture = await animation(calls)
      const made = await ours(picture, { format: 'png' })
      expect(made.header).toMatchObject({ pageCount: 1, loop: 0 })
      const is = await raw(made.bytes, [['removeAlpha']])
      const should = await raw(picture, [['removeAlpha']], { page: 0 })
      expect(psnr(is.data, should.data)).toBe(Infinity)
    }
  })
})
