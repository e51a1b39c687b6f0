import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { random, scene } from '../support/rows'

const [width, height] = [160, 100]

interface Palette {
  colours: number[][]
  /** Indices of the pixels, without dithering. */
  indices: Uint8Array
}

function quantised(pixels: Uint8Array, make: (engine: Engine) => number, dither = 0): Palette {
  const engine = new Engine(16 * 1024 * 1024)
  const count = pixels.length / 4
  const rgba = engine.alloc(pixels.length)
  engine.bytes.set(pixels, rgba)
  const work = engine.alloc(engine.call('paletteBytes', width))
  engine.call('paletteBegin', work, width)
  engine.call('paletteCount', rgba, count, 0)
  const made = make(engine)
  const indices = engine.alloc(count)
  engine.call('paletteMap', rgba, width, height, 0, 255, dither, 12, indices)
  const from = engine.call('paletteColours')
  return {
    colours: Array.from({ length: made }, (_, i) => [
      ...engine.bytes.subarray(from + i * 4, from + i * 4 + 3),
    ]),
    indices: engine.bytes.slice(indices, indices + count),
  }
}

const distance = (pixels: Uint8Array, at: number, [r, g, b]: number[]): number =>
  (pixels[at]! - r!) ** 2 + (pixels[at + 1]! - g!) ** 2 + (pixels[at + 2]! - b!) ** 2

/** Mean squared error over the three channels. */
function errorOf(pixels: Uint8Array, { colours, indices }: Palette): number {
  const sum = indices.reduce((all, index, i) => all + distance(pixels, i * 4, colours[index]!), 0)
  return sum / (indices.length * 3)
}

const opaque = (pixels: Uint8Array): Uint8Array => pixels.map((value, i) => (i % 4 === 3 ? 255 : value))

/** Nearly every colour another one: more than the table holds, so that it grows coarser. */
const noise = (): Uint8Array => {
  const next = random(7)
  return opaque(new Uint8Array(width * height * 4).map(() => next(256)))
}

describe('palettes', () => {
  it.each([
    ['a picture', () => opaque(scene(width, height, 4))],
    ['noise', noise],
  ])('give each pixel of %s its nearest colour', (_, make) => {
    const pixels = make()
    const palette = quantised(pixels, (engine) => engine.call('paletteMake', 200))
    expect(palette.colours.length).toBe(200)
    for (const [i, index] of palette.indices.entries()) {
      const nearest = Math.min(...palette.colours.map((colour) => distance(pixels, i * 4, colour)))
      if (distance(pixels, i * 4, palette.colours[index]!) !== nearest) throw new Error(`pixel ${i}`)
    }
  })

  it('have all colours where they are few enough, in the order of their appearance', () => {
    const pixels = new Uint8Array(width * height * 4).map((_, i) => [i & 96, (i >> 3) & 224, 17, 255][i % 4]!)
    const palette = quantised(pixels, (engine) => engine.call('paletteMake', 256))
    expect(errorOf(pixels, palette)).toBe(0)
    expect(palette.colours[0]).toEqual([...pixels.subarray(0, 3)])
    expect(new Set(palette.colours.map(String)).size).toBe(palette.colours.length)
  })

  it('have as few colours as an error allows', () => {
    const pixels = opaque(scene(width, height, 4))
    const sizes = [40, 10, 2.5].map((error) => {
      const palette = quantised(pixels, (engine) => engine.call('paletteFewer', 255, error))
      expect(errorOf(pixels, palette)).toBeLessThanOrEqual(error)
      return palette.colours.length
    })
    expect(sizes[0]).toBeGreaterThan(2)
    expect(sizes[1]).toBeGreaterThan(sizes[0]!)
    expect(sizes[2]).toBeGreaterThan(sizes[1]!)
    expect(sizes[2]).toBeLessThan(255)
  })

  it('tell apart greys that lie within one cell of a coarse cube', () => {
    const pixels = opaque(new Uint8Array(width * height * 4).map((_, i) => 100 + ((i >> 2) % 8)))
    const palette = quantised(pixels, (engine) => engine.call('paletteFewer', 8, 0))
    expect(errorOf(pixels, palette)).toBe(0)
  })

  it('are dithered where neighbours are alike, and only there', () => {
    const ramp = opaque(
      new Uint8Array(width * height * 4).map((_, i) => 100 + Math.round((40 * ((i >> 2) % width)) / width)),
    )
    const few = (engine: Engine): number => engine.call('paletteFewer', 4, 0)
    const changes = ({ indices }: Palette): number =>
      indices.reduce((sum, index, i) => sum + (i % width > 0 && index !== indices[i - 1] ? 1 : 0), 0)
    expect(changes(quantised(ramp, few))).toBe(3 * height)
    expect(changes(quantised(ramp, few, 160))).toBeGreaterThan(12 * height)
    const steps = opaque(
      new Uint8Array(width * height * 4).map((_, i) => ((i >> 2) % width) * 2 + ((i >> 2) & 1) * 40),
    )
    expect(quantised(steps, few, 160).indices).toEqual(quantised(steps, few).indices)
  })
})
