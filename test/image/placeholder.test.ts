import { thumbHashToRGBA } from 'thumbhash'
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { profileBytes } from '../../src/image/colour/build-profile'
import { embedMetadata } from '../../src/image/metadata'
import { normalise } from '../../src/image/normalise'
import { placeholdersOf } from '../../src/image/placeholder'
import { probe } from '../../src/image/probe'
import { placeholders } from '../../src/image/render-many'
import type { Transformation } from '../../src/image/transformation'
import { lutTag, profileOf } from '../support/lut'
import { encoded } from '../support/oracle'
import { render } from '../support/render'
import { sourceOf } from '../support/rows'

const budget = new MemoryBudget({ bytes: 500_000_000, queue: 4, waitMs: 1000 })
const options = { budget, effort: 'interactive' as const }
const kinds = ['blurhash', 'thumbhash'] as const

/** Four quarters of a wide picture: red, green, blue, white from its upper left. */
const COLOURS = [
  [230, 30, 30, 255],
  [30, 200, 30, 255],
  [30, 30, 230, 255],
  [255, 255, 255, 255],
] as const
function quarters(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)]
    return COLOURS[(x * 2 < width ? 0 : 1) + (y * 2 < height ? 0 : 2)]![i & 3]!
  })
}

/** Which of the colours a ThumbHash shows in each quarter. */
function seen(hash: string): string[] {
  const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(hash), (c) => c.charCodeAt(0)))
  return [0, 1, 2, 3].map((quarter) => {
    const x = Math.floor(w * (quarter & 1 ? 0.75 : 0.25))
    const y = Math.floor(h * (quarter & 2 ? 0.75 : 0.25))
    const distance = (colour: readonly number[]) =>
      [0, 1, 2].reduce((sum, band) => sum + Math.abs(colour[band]! - rgba[(y * w + x) * 4 + band]!), 0)
    const nearest = COLOURS.reduce((best, colour) => (distance(colour) < distance(best) ? colour : best))
    return ['red', 'green', 'blue', 'white'][COLOURS.indexOf(nearest)]!
  })
}

async function variant(picture: Uint8Array, asked: Transformation) {
  const header = probe(picture)
  return (await render(sourceOf(picture), header, normalise(asked, header), { ...options, lqip: kinds })).lqip
}

describe('the small picture', () => {
  it('is turned upright', () => {
    const small = { width: 40, height: 24, rgba: quarters(40, 24) }
    // TIFF 6.0, Orientation: where row 0 and column 0 lie as seen.
    const table = {
      1: ['red', 'green', 'blue', 'white'],
      2: ['green', 'red', 'white', 'blue'],
      3: ['white', 'blue', 'green', 'red'],
      4: ['blue', 'white', 'red', 'green'],
      5: ['red', 'blue', 'green', 'white'],
      6: ['blue', 'red', 'white', 'green'],
      7: ['white', 'green', 'blue', 'red'],
      8: ['green', 'white', 'red', 'blue'],
    }
    for (const [orientation, colours] of Object.entries(table)) {
      const output = { orientation: Number(orientation) as 1, icc: null }
      expect(seen(placeholdersOf(small, output, ['thumbhash']).thumbhash!), orientation).toEqual(colours)
    }
  })

  it('is in sRGB, whatever profile the file has', () => {
    const white = { width: 20, height: 20, rgba: new Uint8Array(1600).fill(255) }
    const colour = { width: 20, height: 20, rgba: quarters(20, 20) }
    const plain = { orientation: 1, icc: null } as const
    const wide = { orientation: 1, icc: profileBytes('adobe_rgb') } as const
    const same = { orientation: 1, icc: profileBytes('srgb') } as const
    expect(placeholdersOf(colour, same, kinds)).toEqual(placeholdersOf(colour, plain, kinds))
    expect(placeholdersOf(colour, wide, kinds)).not.toEqual(placeholdersOf(colour, plain, kinds))
    const node = (r = 0, g = 0, b = 0) => [b * 0.9, 0.5 + 0.2 * (g - r), 0.5 + 0.3 * (r - b)]
    const tables = lutTag(2, { channels: 3, side: 5, node })
    const odd = { orientation: 1, icc: profileOf('RGB ', 'Lab ', 2, { A2B0: tables }) } as const
    // Its lightness is that of blue alone.
    expect(seen(placeholdersOf(colour, odd, kinds).thumbhash!)).not.toEqual(['red', 'green', 'blue', 'white'])
    // White stays white.
    expect(placeholdersOf(white, wide, kinds)).toEqual(placeholdersOf(white, plain, kinds))
  })
})

describe('placeholders of a variant', () => {
  it('are those of what is seen, as those of its original are', async () => {
    const input = { raw: { width: 80, height: 48, channels: 4 } }
    const calls = [['removeAlpha'], ['jpeg', { quality: 95 }], ['withMetadata', { orientation: 6 }]] as const
    const picture = (await encoded(quarters(80, 48), [...calls] as never, input)).data
    const upright = ['blue', 'red', 'white', 'green']
    const original = await placeholders(sourceOf(picture), probe(picture), kinds, options)
    expect(seen(original.thumbhash!)).toEqual(upright)
    for (const asked of [
      { width: 40 },
      { width: 40, rotate: 'auto' },
      { format: 'avif', width: 40 },
    ] as const) {
      expect(seen((await variant(picture, asked)).thumbhash!), JSON.stringify(asked)).toEqual(upright)
    }
  })

  it('have the colours that are seen', async () => {
    const input = { raw: { width: 80, height: 48, channels: 4 } }
    const plain = (await encoded(quarters(80, 48), [['removeAlpha'], ['png']], input)).data
    const picture = embedMetadata('png', plain, { icc: profileBytes('adobe_rgb') })
    const original = await placeholders(sourceOf(picture), probe(picture), kinds, options)
    expect(await variant(picture, { padding: 0, width: 80 })).toEqual(original)
    expect(await variant(picture, { colorSpace: 'srgb' })).toEqual(original)
  })
})
