// Files of animations against what is reserved for them: of noise in every frame, a photograph that moves, and one
// over which a square wanders.
import { expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { animationFileMost } from '../../src/image/codecs/file-sizes'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import { encoded } from '../support/oracle'
import { photo } from '../support/photo'
import { render } from '../support/render'
import { sourceOf } from '../support/rows'
import { noise } from '../support/scenes'

const [side, frames] = [140, 4]
const options = { effort: 'interactive', budget: new MemoryBudget() } as const
type Content = 'noise' | 'moving' | 'still'

function content(kind: Content): Uint8Array {
  if (kind === 'noise') return noise(side * side * 3 * frames, 3)
  const one = photo(side, side, 3, 3)
  const all = new Uint8Array(one.length * frames)
  for (let frame = 0; frame < frames; frame++) {
    const shift = kind === 'moving' ? frame * 7 * 3 : 0
    all.set(one.subarray(shift), frame * one.length)
    all.set(one.subarray(0, shift), (frame + 1) * one.length - shift)
    if (kind === 'still')
      for (let y = 20; y < 40; y++)
        all.fill(
          200,
          frame * one.length + (y * side + 9 * frame) * 3,
          frame * one.length + (y * side + 9 * frame + 20) * 3,
        )
  }
  return all
}

it.each([
  ['noise', 'gif', {}],
  ['noise', 'webp', { quality: 10 }],
  ['noise', 'webp', { quality: 90 }],
  ['moving', 'gif', {}],
  ['moving', 'webp', { quality: 10 }],
  ['moving', 'webp', { quality: 80 }],
  ['moving', 'webp', { lossless: true }],
  ['still', 'gif', {}],
  ['still', 'webp', { quality: 80 }],
] as const)('of %s out of %s %j', async (kind, source, how) => {
  const input = { raw: { width: side, height: side * frames, channels: 3, pageHeight: side } }
  const { data: file } = await encoded(content(kind), [[source, how]], input)
  const header = probe(file)
  expect(header.pageCount).toBe(frames)
  const pixels = side * side * frames
  for (const [format, quality] of [
    ['gif', undefined],
    ['webp', 80],
    ['webp', 100],
  ] as const) {
    // Noise is no better for being small.
    for (const width of kind === 'noise' ? [side] : [side, side / 2]) {
      const wanted = normalise({ format, width, ...(quality && { quality }) }, header)
      const { bytes } = await render(sourceOf(file), header, wanted, options)
      // Of a film of many such parts: what headers and tables are allowed has no share in it.
      const parts = 100
      const film = {
        ...{ format, quality: quality ?? 100, source },
        pixels: parts * (width / side) ** 2 * pixels,
        sourceBytes: parts * file.length,
      }
      const most = animationFileMost(film) / parts
      const figures = `${format} at ${quality}, ${width} wide: ${bytes.length} of ${most}, from ${file.length}`
      expect(bytes.length, figures).toBeLessThanOrEqual(most)
    }
  }
})
