// The VP8 encoder's kernels against plain twins: pictures of one macroblock are encoded, and what the
// file says is computed again: the levels from the source and a plain prediction, which in turn is
// made of plain reconstructions.
import { describe, expect, it } from 'vitest'
import { makeLossyWebpWriter } from '../../src/image/codecs/webp-lossy'
import { Engine } from '../../src/image/engine'
import { fileOf } from '../support/rows'
import { noise, seededScene } from '../support/scenes'
import { readMacroblock, table } from '../support/vp8'

const DC_STEPS = table('DC_STEPS')
const AC_STEPS = table('AC_STEPS')
const clamp = (value: number) => Math.min(255, Math.max(0, value))

/** Twice the orthonormal DCT: rows, then columns. */
function forward(d: number[]): number[] {
  const t = new Array<number>(16).fill(0)
  for (let y = 0; y < 4; y++) {
    const [a, b, c, e] = d.slice(y * 4, y * 4 + 4) as [number, number, number, number]
    const [a0, a1, a2, a3] = [a + e, b + c, b - c, a - e]
    t[y * 4] = (a0 + a1) * 8
    t[y * 4 + 1] = (a2 * 2217 + a3 * 5352 + 1812) >> 9
    t[y * 4 + 2] = (a0 - a1) * 8
    t[y * 4 + 3] = (a3 * 2217 - a2 * 5352 + 937) >> 9
  }
  const out = new Array<number>(16).fill(0)
  for (let x = 0; x < 4; x++) {
    const [a, b, c, e] = [t[x]!, t[x + 4]!, t[x + 8]!, t[x + 12]!]
    const [a0, a1, a2, a3] = [a + e, b + c, b - c, a - e]
    out[x] = (a0 + a1 + 7) >> 4
    out[x + 4] = (a2 * 2217 + a3 * 5352 + 32768) >> 16
    out[x + 8] = (a0 - a1 + 7) >> 4
    out[x + 12] = (a3 * 2217 - a2 * 5352 + 32768) >> 16
  }
  return out
}

/** RFC 6386, 14.3. */
function inverse(c: number[]): number[] {
  const m1 = (a: number) => ((a * 20091) >> 16) + a
  const m2 = (a: number) => Math.floor((a * 35468) / 65536)
  const turn = (a: number, b: number, d: number, e: number) => {
    const [p, q] = [a + d, a - d]
    const [r, s] = [m2(b) - m1(e), m1(b) + m2(e)]
    return [p + s, q + r, q - r, p - s] as const
  }
  const t = new Array<number>(16).fill(0)
  for (let x = 0; x < 4; x++) {
    for (const [y, value] of turn(c[x]!, c[x + 4]!, c[x + 8]!, c[x + 12]!).entries()) t[y * 4 + x] = value
  }
  return [0, 4, 8, 12].flatMap((y) => turn(t[y]! + 4, t[y + 1]!, t[y + 2]!, t[y + 3]!).map((v) => v >> 3))
}

function quantise(value: number, step: number, bias: number): number {
  const level = Math.min(2047, ((Math.abs(value) + ((step * bias) >> 8)) * Math.floor(65536 / step)) >> 16)
  return value < 0 ? -level : level
}

/** 14.3: the Walsh–Hadamard transform is its own inverse but for scale. */
function walsh(d: number[], last: (sum: number) => number): number[] {
  const rows = [
    [1, 1, 1, 1],
    [1, 1, -1, -1],
    [1, -1, -1, 1],
    [1, -1, 1, -1],
  ]
  return d.map((_, i) => {
    let sum = 0
    for (const [j, value] of d.entries()) sum += value * rows[i >> 2]![j >> 2]! * rows[i & 3]![j & 3]!
    return last(sum)
  })
}

/** 12.3: a 4×4 prediction from L, K, J, I, the corner X, and A–H. */
function predict4(mode: number, e: number[]): number[] {
  const [l, k, j, i, x, a, b, c, d, ee, f, g, h] = e as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const two = (p: number, q: number) => (p + q + 1) >> 1
  const three = (p: number, q: number, r: number) => (p + 2 * q + r + 2) >> 2
  const left = [i, j, k, l]
  const top = [a, b, c, d]
  const diagonal = [l, k, j, i, x, a, b, c, d]
  const down = [a, b, c, d, ee, f, g, h, h]
  const grid = (at: (x: number, y: number) => number) =>
    Array.from({ length: 16 }, (_, n) => at(n & 3, n >> 2))
  const picture = (text: string, values: Record<string, number>) => [...text].map((name) => values[name]!)
  switch (mode) {
    case 0:
      return grid(() => (left.reduce((s, v) => s + v) + top.reduce((s, v) => s + v) + 4) >> 3)
    case 1:
      return grid((column, row) => clamp(left[row]! + top[column]! - x))
    case 2: {
      const row = [three(x, a, b), three(a, b, c), three(b, c, d), three(c, d, ee)]
      return grid((column) => row[column]!)
    }
    case 3: {
      const column = [three(x, i, j), three(i, j, k), three(j, k, l), three(k, l, l)]
      return grid((_, row) => column[row]!)
    }
    case 4:
      return grid((column, row) => {
        const at = 4 + column - row
        return three(diagonal[at - 1]!, diagonal[at]!, diagonal[at + 1]!)
      })
    case 6:
      return grid((column, row) =>
        three(down[column + row]!, down[column + row + 1]!, down[column + row + 2]!),
      )
    case 5:
      return picture('abcdefghiabcjefg', {
        a: two(x, a),
        b: two(a, b),
        c: two(b, c),
        d: two(c, d),
        e: three(i, x, a),
        f: three(x, a, b),
        g: three(a, b, c),
        h: three(b, c, d),
        i: three(j, i, x),
        j: three(k, j, i),
      })
    case 7:
      return picture('abcdefghbcdifghj', {
        a: two(a, b),
        b: two(b, c),
        c: two(c, d),
        d: two(d, ee),
        e: three(a, b, c),
        f: three(b, c, d),
        g: three(c, d, ee),
        h: three(d, ee, f),
        i: three(ee, f, g),
        j: three(f, g, h),
      })
    case 8:
      return picture('abcdefabghefijgh', {
        a: two(i, x),
        b: three(i, x, a),
        c: three(x, a, b),
        d: three(a, b, c),
        e: two(j, i),
        f: three(j, i, x),
        g: two(k, j),
        h: three(k, j, i),
        i: two(l, k),
        j: three(l, k, j),
      })
    default:
      return picture('abcdcdefefgggggg', {
        a: two(i, j),
        b: three(i, j, k),
        c: two(j, k),
        d: three(j, k, l),
        e: two(k, l),
        f: three(k, l, l),
        g: l,
      })
  }
}

/** Reconstructed luma of 16 × 16 with its edges: 127 above, 129 to the left. */
class Plane {
  readonly #pixels = new Map<number, number>()
  at(x: number, y: number): number {
    if (y < 0) return 127
    if (x < 0) return 129
    // What lies to the right of the macroblock is the row above it, all the way down.
    return x > 15 ? 127 : this.#pixels.get(y * 16 + x)!
  }
  set(x: number, y: number, value: number): void {
    this.#pixels.set(y * 16 + x, clamp(value))
  }
}

async function encode(data: Uint8Array, quality: number) {
  const engine = new Engine(1 << 20)
  const picture = { width: 16, height: 16, bands: 1 as const }
  return readMacroblock(
    await fileOf(engine, makeLossyWebpWriter(engine, { ...picture, quality }), data, picture),
  )
}

const lumaOf = (grey: number) => (56318 * grey + (16 << 16) + 32768) >> 16

describe('VP8 encoder kernels', () => {
  it('predict, transform, quantise and reconstruct 4×4 blocks, and whole ones, as their plain twins', async () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 120; seed++) {
      const data = seed % 3 === 0 ? noise(256, seed) : seededScene(16, 16, 1, seed)
      // Whole blocks are for what is nearly even.
      if (seed % 4 === 1)
        for (const [i, value] of data.entries()) data[i] = 60 + seed + (i >> 4) + (value & 3)
      const source = Array.from(data, lumaOf)
      const { quantiser, modes, whole, second, luma } = await encode(data, 1 + ((seed * 37) % 100))
      const [dc, ac] = [DC_STEPS[quantiser]!, AC_STEPS[quantiser]!]
      const levelsOf = (coefficients: number[]) =>
        coefficients.map((value, i) => quantise(value, i === 0 ? dc : ac, i === 0 ? 96 : 110))
      const values = (levels: number[]) => levels.map((level, i) => level * (i === 0 ? dc : ac))
      if (modes) {
        const plane = new Plane()
        for (const [block, mode] of modes.entries()) {
          seen.add(`4×4 ${mode}`)
          const [x, y] = [(block & 3) * 4, (block >> 2) * 4]
          const edge = [3, 2, 1, 0, -1].map((row) => plane.at(x - 1, y + row))
          for (let i = 0; i < 8; i++) edge.push(plane.at(x + i, y - 1))
          if (y === 0) edge[4] = 127
          const prediction = predict4(mode, edge)
          const residual = prediction.map((p, i) => source[(y + (i >> 2)) * 16 + x + (i & 3)]! - p)
          const expected = levelsOf(forward(residual))
          expect(luma[block], `seed ${seed}, block ${block}, mode ${mode}`).toEqual(
            expected.map((v) => v + 0),
          )
          for (const [i, error] of inverse(values(expected)).entries()) {
            plane.set(x + (i & 3), y + (i >> 2), prediction[i]! + error)
          }
        }
      } else {
        seen.add(`whole ${whole}`)
        const prediction = [128, 129, 127, 129][whole]!
        const blocks = Array.from({ length: 16 }, (_, block) => {
          const [x, y] = [(block & 3) * 4, (block >> 2) * 4]
          const rows = Array.from(
            { length: 16 },
            (_, i) => source[(y + (i >> 2)) * 16 + x + (i & 3)]! - prediction,
          )
          return forward(rows)
        })
        for (const [block, coefficients] of blocks.entries()) {
          const expected = levelsOf(coefficients).map((level, i) => (i === 0 ? 0 : level + 0))
          expect(luma[block], `seed ${seed}, block ${block}`).toEqual(expected)
        }
        const dcs = walsh(
          blocks.map((coefficients) => coefficients[0]!),
          (sum) => sum,
        )
        const [step, other] = [dc * 2, Math.max(8, Math.floor((ac * 155) / 100))]
        const expected = dcs.map((sum, i) => {
          const size = i === 0 ? step : other
          const level = Math.min(2047, Math.floor(((Math.abs(sum) >> 1) + ((size * 100) >> 8)) / size))
          return sum < 0 ? 0 - level : level
        })
        expect(second, `seed ${seed}`).toEqual(expected)
      }
    }
    // Every 4×4 mode was chosen somewhere, and whole blocks too.
    expect([...seen].filter((name) => name.startsWith('4×4'))).toHaveLength(10)
    expect([...seen].some((name) => name.startsWith('whole'))).toBe(true)
  })
})
