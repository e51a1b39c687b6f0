// Sizes and fidelity of animations against libvips' (sharp at its defaults) on every kind of content.
import { describe, expect, it } from 'vitest'
import { makeAnimationWriter } from '../../../src/image/animation'
import { MemoryBudget } from '../../../src/image/budget'
import { joined } from '../../../src/image/encoded-file'
import { Engine } from '../../../src/image/engine'
import { normalise } from '../../../src/image/normalise'
import { probe } from '../../../src/image/probe'
import { render } from '../../../src/image/render'
import { ANIMATIONS, type Animation } from '../../support/animations'
import { type Call, encoded, metadata, raw } from '../../support/oracle'
import { memoryReader, sourceOf } from '../../support/rows'

const DELAY = 50
/** No difference can be seen beyond this, in dB. */
const UNSEEN = 45

/** The file that libvips makes of frames. */
async function theirs({ width, height, frames }: Animation, call: Call): Promise<Uint8Array> {
  const [method, options] = call
  const delay = Array(frames.length).fill(DELAY)
  const input = { raw: { width, height: height * frames.length, channels: 4, pageHeight: height } }
  const made = await encoded(joined(frames), [[method, { ...(options as object), delay, loop: 0 }]], input)
  return made.data
}

async function ours({ width, height, frames }: Animation, format: 'gif' | 'webp'): Promise<Uint8Array> {
  const engine = new Engine(48 * 1024 * 1024)
  const writer = makeAnimationWriter(engine, format, {
    ...{ width, height, loop: -1, quality: 80, effort: 'interactive', merge: 2 },
  })
  for (const frame of frames) await writer.addFrame(memoryReader(engine, frame, width, height, 4), DELAY)
  return writer.finish()
}

/** What each of the asked frames shows, as libvips decodes it; it may have joined equal ones. */
async function shown(file: Uint8Array, frames: number): Promise<Uint8Array[]> {
  const { data } = await raw(file, [['ensureAlpha']], { animated: true })
  const { pages = 1, delay = [] } = (await metadata(file)) as { pages?: number; delay?: number[] }
  const size = data.length / pages
  const at: number[] = []
  for (let page = 0; page < pages; page++) {
    const times = pages === frames ? 1 : Math.round((delay[page] ?? DELAY) / DELAY)
    for (let i = 0; i < times; i++) at.push(page)
  }
  return Array.from({ length: frames }, (_, i) => {
    const page = at[i] ?? pages - 1
    return data.subarray(page * size, (page + 1) * size)
  })
}

/** PSNR in dB of premultiplied pixels, at most `UNSEEN`. */
function fidelity(is: Uint8Array, should: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < is.length; i++) {
    const [a, b] = i % 4 === 3 ? [255, 255] : [is[i | 3]!, should[i | 3]!]
    sum += ((is[i]! * a - should[i]! * b) / 255) ** 2
  }
  return sum === 0 ? UNSEEN : Math.min(UNSEEN, 10 * Math.log10((255 * 255 * is.length) / sum))
}

/** The frames at half the size. */
async function halved({ width, height, frames }: Animation): Promise<Animation> {
  const size = { width: width / 2, height: height / 2 }
  const small = await Promise.all(
    frames.map(async (frame) => {
      const input = { raw: { width, height, channels: 4 } }
      return (await raw(frame, [['resize', size.width, size.height]], input)).data
    }),
  )
  return { ...size, frames: small }
}

const KINDS = Object.entries(ANIMATIONS)
const FORMATS = ['gif', 'webp'] as const

describe.each(KINDS)('%s', (_name, make) => {
  it.each(FORMATS)('is no larger in %s than libvips makes it, and no worse', async (format) => {
    const animation = await halved(make())
    const count = animation.frames.length
    const [mine, other] = [await ours(animation, format), await theirs(animation, [format, {}])]
    expect(mine.length / other.length, `${mine.length} / ${other.length} bytes`).toBeLessThanOrEqual(1.1)
    expect(probe(mine)).toMatchObject({ pageCount: count })
    const [here, there] = [await shown(mine, count), await shown(other, count)]
    for (const [i, frame] of animation.frames.entries()) {
      const least = fidelity(there[i]!, frame) - 0.5
      expect(fidelity(here[i]!, frame), `frame ${i}`).toBeGreaterThanOrEqual(least)
    }
  })

  it.each(FORMATS)('is no larger in %s than libvips makes it of a GIF at half its size', async (format) => {
    const animation = make()
    const source = await theirs(animation, ['gif', {}])
    const header = probe(source)
    const asked = normalise({ width: animation.width / 2, format }, header)
    const { pieces } = await render(sourceOf(source), header, asked, {
      ...{ effort: 'interactive', budget: new MemoryBudget() },
    })
    const bytes = joined(pieces)
    const { data } = await encoded(source, [['resize', animation.width / 2], [format]], { animated: true })
    expect(bytes.length / data.length, `${bytes.length} / ${data.length} bytes`).toBeLessThanOrEqual(1.1)
    expect(probe(bytes)).toMatchObject({ width: animation.width / 2, pageCount: header.pageCount })
  })
})
