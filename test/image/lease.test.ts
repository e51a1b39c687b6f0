// A plan is of the worst content; what a picture turns out not to need is given back while it is written.
import { expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { JOINED_BYTES } from '../../src/image/encoded-file'
import { lastEnginePeak } from '../../src/image/engines'
import type { ByteSource } from '../../src/image/header'
import { normalise } from '../../src/image/normalise'
import { plan, STREAM_BYTES } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { encoded } from '../support/oracle'
import { makePng } from '../support/png'
import { render } from '../support/render'
import { scene, sourceOf } from '../support/rows'
import { noise, seededScene } from '../support/scenes'

const SIZE = { width: 1200, height: 900, channels: 3 } as const

/** Renders, and gives what the job held whenever it read a piece of its source. */
async function heldWhile(file: Uint8Array, asked: Transformation) {
  const budget = new MemoryBudget({ bytes: 500_000_000, queue: 1, waitMs: 1 })
  const held: number[] = []
  const inner = sourceOf(file, 16384)
  const source: ByteSource = {
    size: inner.size,
    async open(offset) {
      const watched = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          held.push(budget.used)
          controller.enqueue(chunk)
        },
      })
      return (await inner.open(offset)).pipeThrough(watched)
    },
  }
  const header = probe(file)
  const wanted = normalise(asked, header)
  const planned = plan(header, wanted, { fileSize: file.length, room: 500_000_000, effort: 'interactive' })
  const { bytes } = await render(source, header, wanted, { budget, effort: 'interactive' })
  expect(budget.used).toBe(0)
  const needed = lastEnginePeak() + planned.reading.outside + STREAM_BYTES + bytes.length + JOINED_BYTES
  return { held, planned, needed }
}

async function pngOf(pixels: Uint8Array): Promise<Uint8Array> {
  return (await encoded(pixels, [['png', { compressionLevel: 1 }]], { raw: SIZE })).data
}

it.each([
  ['a picture', seededScene(1200, 900, 3, 4)],
  ['a smooth picture', scene(1200, 900, 3)],
] as const)('of %s most of the file is given back, and what is used is kept', async (_name, pixels) => {
  const { held, planned, needed } = await heldWhile(await pngOf(pixels), { width: 1100, format: 'png' })
  expect(held[0]).toBe(planned.peakBytes)
  expect(held).toEqual(held.toSorted((a, b) => b - a))
  const last = held.at(-1)!
  expect(last).toBeLessThan(planned.peakBytes - 300_000)
  expect(last).toBeGreaterThanOrEqual(needed - JOINED_BYTES)
  expect(last).toBeLessThanOrEqual(1.25 * needed)
})

it('of noise nothing but what joining and codes might have taken is given back', async () => {
  const { held, planned } = await heldWhile(await pngOf(noise(SIZE.width * SIZE.height * 3, 2)), {
    width: 1199,
    format: 'png',
  })
  expect(held[0]).toBe(planned.peakBytes)
  expect(held.at(-1)).toBeGreaterThan(0.9 * planned.peakBytes)
})

it('keeps the room for a file that may have to be written again in another kind', async () => {
  // Grey until its last rows.
  const samples = new Uint16Array(SIZE.width * SIZE.height * 3).fill(99)
  samples.set([1, 2, 3], samples.length - 3)
  const file = makePng({ ...SIZE, bitDepth: 8, colorType: 2, samples, level: 0 })
  const { held, planned } = await heldWhile(file, { filter: 'none', format: 'png', flip: 'none' })
  expect(new Set(held)).toEqual(new Set([planned.peakBytes]))
})
