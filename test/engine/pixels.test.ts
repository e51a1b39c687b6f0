// Bands, flattening, filters and turns against plain twins, exact, on seeded random pixels.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { gammaTables } from '../../src/image/steps/filter'
import { random } from '../support/rows'

const COUNT = 67

function bench(bytes: Uint8Array) {
  const engine = new Engine(4 << 20)
  const from = engine.alloc(bytes.length)
  engine.bytes.set(bytes, from)
  const to = engine.alloc(bytes.length * 4)
  return { engine, from, to, read: (length: number, at = to) => [...engine.bytes.slice(at, at + length)] }
}

const noise = (length: number, seed: number): Uint8Array => {
  const next = random(seed)
  return Uint8Array.from({ length }, () => next(256))
}

const pixelsOf = (bytes: Uint8Array, bands: number): number[][] =>
  Array.from({ length: bytes.length / bands }, (_, i) => [...bytes.subarray(i * bands, (i + 1) * bands)])

describe('bands', () => {
  it('are repeated, added as opaque, dropped', () => {
    for (const [bands, want] of [
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 1],
      [2, 3],
      [2, 4],
      [3, 4],
      [4, 3],
    ] as const) {
      const bytes = noise(COUNT * bands, bands * 5 + want)
      const { engine, from, to, read } = bench(bytes)
      engine.call('pixelsBands', from, bands, to, want, COUNT)
      const should = pixelsOf(bytes, bands).flatMap((pixel) => {
        const colour = bands > 2 ? pixel.slice(0, 3) : [pixel[0]!, pixel[0]!, pixel[0]!]
        const alpha = bands % 2 === 0 ? pixel[bands - 1]! : 255
        return [...(want > 2 ? colour : [pixel[0]!]), ...(want % 2 === 0 ? [alpha] : [])]
      })
      expect(read(COUNT * want)).toEqual(should)
    }
  })
})

describe('flattening', () => {
  it('lays over a colour, rounded to nearest', () => {
    for (const bands of [2, 4] as const) {
      const bytes = noise(COUNT * bands, bands)
      const { engine, from, to, read } = bench(bytes)
      const under = [255, 40, 0]
      engine.call('pixelsFlatten', from, bands, to, COUNT, ...under)
      const should = pixelsOf(bytes, bands).flatMap((pixel) => {
        const alpha = pixel[bands - 1]!
        return pixel.slice(0, -1).map((v, i) => Math.round((v * alpha + under[i]! * (255 - alpha)) / 255))
      })
      expect(read(COUNT * (bands - 1))).toEqual(should)
    }
  })
})

describe('filling', () => {
  it('repeats the colour', () => {
    const { engine, to, read } = bench(new Uint8Array(8))
    engine.call('pixelsFill', to, 3, 2, 0x030201)
    expect(read(7)).toEqual([1, 2, 3, 1, 2, 3, 0])
  })
})

describe('filters', () => {
  it('sepia is the matrix of CSS', () => {
    for (const bands of [3, 4] as const) {
      const bytes = noise(COUNT * bands, bands)
      const { engine, from, read } = bench(bytes)
      engine.call('filterSepia', from, bands, COUNT)
      const should = pixelsOf(bytes, bands).flatMap(([r = 0, g = 0, b = 0, ...alpha]) => [
        ...[393 * r + 769 * g + 189 * b, 349 * r + 686 * g + 168 * b, 272 * r + 534 * g + 131 * b].map(
          (sum) => Math.min(255, Math.floor((sum + 500) / 1000)),
        ),
        ...alpha,
      ])
      expect(read(bytes.length, from)).toEqual(should)
    }
  })

  it('luminance is that of linear light, to one level, and keeps alpha', () => {
    const tables = gammaTables()
    for (const bands of [1, 2, 3, 4] as const) {
      const bytes = noise(COUNT * bands, bands)
      const { engine, from, to, read } = bench(bytes)
      const at = engine.alloc(512 + 4096)
      engine.bytes.set(new Uint8Array(tables.linear.buffer), at)
      engine.bytes.set(tables.encoded, at + 512)
      engine.call('filterTables', at, at + 512)
      engine.call('filterLuminance', from, bands, to, COUNT, -1)
      const out = bands % 2 === 0 ? 2 : 1
      const made = read(COUNT * out)
      engine.call('filterLuminance', from, bands, to, COUNT, 128)
      const cut = read(COUNT * out)
      const light = (v: number): number =>
        v <= 10.31475 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4
      pixelsOf(bytes, bands).forEach((pixel, i) => {
        const [r = 0, g = r, b = r] = bands > 2 ? pixel : [pixel[0]!]
        const y = 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b)
        const should = bands > 2 ? 255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055) : r
        expect(Math.abs(made[i * out]! - should)).toBeLessThan(1)
        expect(cut[i * out]).toBe(made[i * out]! > 128 ? 255 : 0)
        if (out === 2) expect([made[i * 2 + 1], cut[i * 2 + 1]]).toEqual([pixel[bands - 1], pixel[bands - 1]])
      })
    }
  })
})

describe('turning', () => {
  it('places every pixel, whatever the strips', () => {
    const [width, height] = [37, 41]
    for (const bands of [1, 2, 3, 4] as const) {
      const bytes = noise(width * height * bands, bands)
      for (const code of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const { engine, from, to, read } = bench(bytes)
        const [across, down] = code & 4 ? [height, width] : [width, height]
        for (let top = 0; top < height; top += 16) {
          const count = Math.min(16, height - top)
          const at = from + top * width * bands
          engine.call(
            'orientRows',
            at,
            width * bands,
            top,
            count,
            width,
            height,
            bands,
            code,
            to,
            across * bands,
          )
        }
        const should: number[] = []
        for (let y = 0; y < down; y++) {
          for (let x = 0; x < across; x++) {
            const u = code & 1 ? across - 1 - x : x
            const v = code & 2 ? down - 1 - y : y
            const source = code & 4 ? u * width + v : v * width + u
            for (let band = 0; band < bands; band++) should.push(bytes[source * bands + band]!)
          }
        }
        expect(read(bytes.length)).toEqual(should)
      }
    }
  })
})
