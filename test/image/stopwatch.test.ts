import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import type { ByteSource } from '../../src/image/header'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import { PARTS, Stopwatch } from '../../src/image/stopwatch'
import { encoded } from '../support/oracle'
import { render } from '../support/render'
import { sourceOf } from '../support/rows'

afterEach(() => vi.restoreAllMocks())

const budget = new MemoryBudget({ bytes: 80_000_000, queue: 4, waitMs: 1000 })
const gradient = { create: { width: 400, height: 300, channels: 3, background: '#336699' } }

it('counts each moment once, for the innermost part', async () => {
  let now = 100
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const watch = new Stopwatch()
  now += 1
  expect(watch.to('transform')).toBe('wait')
  now += 2
  await watch.during('encode', async () => {
    now += 4
    await watch.during('decode', async () => void (now += 8))
    now += 16
  })
  now += 32
  await expect(
    watch.during('object', () => {
      now += 64
      throw new Error('gone')
    }),
  ).rejects.toThrow('gone')
  expect(watch.spent()).toEqual({ wait: 1, object: 64, decode: 8, transform: 34, encode: 20 })
})

describe('of a render', () => {
  const animated = async () => {
    const tall = { create: { ...gradient.create, height: 600 }, pages: 2 }
    return (await encoded(null, [['gif']], { ...tall, create: { ...tall.create, pageHeight: 300 } })).data
  }
  it.each([
    ['jpeg', 'webp'],
    ['png', 'jpg'],
    ['webp', 'png'],
    ['gif', 'gif'],
  ] as const)('tells what waiting for a %s → %s took from the work', async (from, to) => {
    const picture = from === 'gif' ? await animated() : (await encoded(null, [[from]], gradient)).data
    // A clock that advances only while the source is waited for.
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const inner = sourceOf(picture, 1 << 20)
    let waited = 0
    const source: ByteSource = {
      size: inner.size,
      async open(offset) {
        now += 1000
        waited += 1000
        const reader = (await inner.open(offset)).getReader()
        return new ReadableStream<Uint8Array>(
          {
            async pull(controller) {
              const { done, value } = await reader.read()
              now += 10
              waited += 10
              if (done) controller.close()
              else controller.enqueue(value)
            },
          },
          { highWaterMark: 0 },
        )
      },
    }
    const watch = new Stopwatch()
    const header = probe(picture)
    const wanted = normalise({ width: 100, rotate: 90, blur: 2, format: to }, header)
    await render(source, header, wanted, { budget, effort: 'interactive', watch })
    expect(waited).toBeGreaterThanOrEqual(1010)
    expect(watch.spent()).toEqual({ wait: 0, object: waited, decode: 0, transform: 0, encode: 0 })

    // A clock that advances with every look: each part is looked at, and nothing is lost between them.
    vi.spyOn(performance, 'now').mockImplementation(() => now++)
    const began = now
    const second = new Stopwatch()
    await render(sourceOf(picture), header, wanted, { budget, effort: 'interactive', watch: second })
    const spent = second.spent()
    for (const part of PARTS) expect(spent[part], part).toBeGreaterThan(0)
    expect(PARTS.reduce((sum, part) => sum + spent[part], 0)).toBe(now - 1 - began)
  })
})
