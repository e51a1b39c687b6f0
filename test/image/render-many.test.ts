import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { normalise } from '../../src/image/normalise'
import { plan } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import { placeholders } from '../../src/image/render-many'
import type { Transformation } from '../../src/image/transformation'
import { encoded, raw } from '../support/oracle'
import { render, renderMany } from '../support/render'
import { psnr, scene, sourceOf } from '../support/rows'

const [width, height] = [640, 427]
const input = { raw: { width, height, channels: 3 } }
const options = { effort: 'interactive', budget: new MemoryBudget() } as const

describe('several outputs of one decode', () => {
  it('are those that are rendered alone', async () => {
    const picture = (await encoded(scene(width, height, 3), [['jpeg', { quality: 92 }]], input)).data
    const header = probe(picture)
    const asked: Transformation[] = [
      { width: 300, format: 'png' },
      { width: 100, height: 100, fit: 'fill', format: 'png' },
      { width: 100, height: 100, fit: 'fill', gravity: 'attention', rotate: 90, format: 'png' },
      { width: 200, filter: 'sepia', blur: 2, padding: 3, format: 'png' },
      { width: 1000, format: 'png' },
      { flip: 'v', format: 'png' },
    ]
    const wanted = asked.map((one) => normalise(one, header))
    let opened = 0
    const source = sourceOf(picture)
    const counted = { size: source.size, open: (at?: number) => source.open(at).finally(() => opened++) }
    const many = await renderMany(counted, header, wanted, options)
    expect(opened).toBe(1)
    for (const [i, one] of wanted.entries()) {
      const alone = await render(source, header, one, options)
      expect(many[i]!.header).toEqual(alone.header)
      // Shrink-on-load differs: all share the finest scale.
      const [a, b] = [await raw(many[i]!.bytes), await raw(alone.bytes)]
      expect(psnr(a.data, b.data)).toBeGreaterThan(38)
    }
  })

  it('are rendered alone where they do not fit together', async () => {
    const picture = (await encoded(scene(width, height, 3), [['png', {}]], input)).data
    const header = probe(picture)
    const wanted = [{ width: 300 }, { width: 301 }].map((one) => normalise(one, header))
    const planning = { fileSize: picture.length, room: Infinity, effort: 'interactive' } as const
    const bytes = Math.max(...wanted.map((one) => plan(header, one, planning).peakBytes))
    const tight = new MemoryBudget({ bytes, queue: 1, waitMs: 10 })
    const many = await renderMany(sourceOf(picture), header, wanted, { ...options, budget: tight })
    expect(many.map((one) => one.header.width)).toEqual([300, 301])
  })
})

describe('placeholders', () => {
  it('come of one pass, of the upright picture', async () => {
    const calls: [string, ...unknown[]][] = [
      ['jpeg', {}],
      ['withMetadata', { orientation: 6 }],
    ]
    const turned = (await encoded(scene(width, height, 3), calls, input)).data
    const upright = (await encoded(turned, [['autoOrient'], ['jpeg', { quality: 95 }]])).data
    const kinds = ['blurhash', 'thumbhash'] as const
    const one = await placeholders(sourceOf(turned), probe(turned), kinds, options)
    const other = await placeholders(sourceOf(upright), probe(upright), kinds, options)
    expect(one.blurhash?.slice(0, 8)).toBe(other.blurhash?.slice(0, 8))
    expect(one.thumbhash?.slice(0, 6)).toBe(other.thumbhash?.slice(0, 6))
  })
})
