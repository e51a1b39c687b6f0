// The decoder's SIMD kernels against plain twins, sample for sample.
import { expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { random } from '../support/rows'

const engine = new Engine(1 << 20)
const at = Array.from({ length: 6 }, () => engine.alloc(8192)) as [
  number,
  number,
  number,
  number,
  number,
  number,
]

function put16(pointer: number, values: ArrayLike<number>): void {
  new Int16Array(engine.memory.buffer, pointer, values.length).set(values)
}

function bytes(pointer: number, length: number): number[] {
  return [...engine.bytes.subarray(pointer, pointer + length)]
}

function randomBytes(pointer: number, length: number, seed: number): number[] {
  const next = random(seed)
  const values = Array.from({ length }, () => next(256))
  engine.bytes.set(values, pointer)
  return values
}

const clamp = (x: number) => Math.min(255, Math.max(0, x))

/** jidctint.c in plain integers: columns, then rows. */
function islow(coefs: readonly number[], quant: readonly number[]): number[] {
  const pass = (x: readonly number[], shift: number) => {
    const z1 = (x[2]! + x[6]!) * 4433
    const [e2, e3] = [z1 - x[6]! * 15137, z1 + x[2]! * 6270]
    const [e0, e1] = [(x[0]! + x[4]!) * 8192, (x[0]! - x[4]!) * 8192]
    const even = [e0 + e3, e1 + e2, e1 - e2, e0 - e3]
    const z5 = (x[7]! + x[3]! + x[5]! + x[1]!) * 9633
    const a = (x[7]! + x[1]!) * -7373
    const b = (x[5]! + x[3]!) * -20995
    const c = (x[7]! + x[3]!) * -16069 + z5
    const d = (x[5]! + x[1]!) * -3196 + z5
    const odd = [x[1]! * 12299 + a + d, x[3]! * 25172 + b + c, x[5]! * 16819 + b + d, x[7]! * 2446 + a + c]
    const down = (v: number) => (v + (1 << (shift - 1))) >> shift
    return [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
      i < 4 ? down(even[i]! + odd[i]!) : down(even[7 - i]! - odd[7 - i]!),
    )
  }
  const middle = new Array<number>(64)
  for (let u = 0; u < 8; u++) {
    const column = pass(
      [0, 1, 2, 3, 4, 5, 6, 7].map((v) => coefs[v * 8 + u]! * quant[v * 8 + u]!),
      11,
    )
    column.forEach((value, y) => {
      middle[y * 8 + u] = value
    })
  }
  return [0, 1, 2, 3, 4, 5, 6, 7].flatMap((y) =>
    pass(middle.slice(y * 8, y * 8 + 8), 18).map((value) => clamp(value + 128)),
  )
}

it.each([
  ['jpegIdct8', 8],
  ['jpegIdct8Sparse', 4],
  ['jpegIdct8Flat', 1],
] as const)('%s is libjpeg’s accurate integer transform', (kernel, side) => {
  const next = random(side)
  for (let round = 0; round < 200; round++) {
    const spread = [4, 30, 200][round % 3]!
    const coefs = Array.from({ length: 64 }, (_, i) => {
      if ((i & 7) >= side || i >> 3 >= side) return 0
      return i === 0 ? next(400) - 200 : Math.round((next(spread) - spread / 2) / (1 + (i & 7) + (i >> 3)))
    })
    const quant = Array.from({ length: 64 }, () => 1 + next(12))
    put16(at[0], coefs)
    put16(at[1], quant)
    engine.call(kernel, at[0], at[1], at[2], 8)
    expect(bytes(at[2], 64)).toEqual(islow(coefs, quant))
  }
})

const sat = (x: number) => Math.min(32767, Math.max(-32768, x))
const q15 = (a: number, b: number) => sat((a * b + 0x4000) >> 15)
const i16 = (x: number) => (x << 16) >> 16
const sample = (x: number) => clamp((sat(x + 32) >> 6) + 128)

function fourPoints([x0, x1, x2, x3]: readonly [number, number, number, number]): number[] {
  const even = q15(x2, 30274)
  const [e0, e1] = [sat(x0 + even), sat(x0 - even)]
  const o0 = sat(sat(x1 + q15(x1, 9223)) + q15(x3, 14746))
  const o1 = sat(sat(q15(x1, 17393) - x3) - q15(x3, 2831))
  return [sat(e0 + o0), sat(e1 + o1), sat(e1 - o1), sat(e0 - o0)]
}

function flatPoints([x0, x1, x2, x3]: readonly [number, number, number, number]): number[] {
  const [e0, e1] = [sat(x0 + x2), sat(x0 - x2)]
  const o0 = sat(sat(x1 + q15(x1, 10045)) + q15(x3, 17734))
  const o1 = sat(sat(q15(x1, 17734) - x3) - q15(x3, 10045))
  return [sat(e0 + o0), sat(e1 + o1), sat(e1 - o1), sat(e0 - o0)]
}

const plainIdct4 = (points: typeof fourPoints) => (x: readonly number[]) => {
  const columns = [0, 1, 2, 3].map((u) => points([x[u]!, x[4 + u]!, x[8 + u]!, x[12 + u]!]))
  return [0, 1, 2, 3].flatMap((y) =>
    points(columns.map((column) => column[y]!) as [number, number, number, number]).map(sample),
  )
}

function plainIdct2([dc, a, b, c]: readonly number[]): number[] {
  const [h, v, hv] = [q15(a!, 29692), q15(b!, 29692), q15(q15(c!, 29692), 29692)]
  const [top, bottom] = [sat(dc! + v), sat(dc! - v)]
  const [dTop, dBottom] = [sat(h + hv), sat(h - hv)]
  return [top + dTop, top - dTop, bottom + dBottom, bottom - dBottom].map(sat).map(sample)
}

it.each([
  ['jpegIdct4', 4, plainIdct4(fourPoints)],
  ['jpegIdct4Flat', 4, plainIdct4(flatPoints)],
  ['jpegIdct2', 2, plainIdct2],
] as const)('%s reduces blocks to %i samples a side as its plain twin', (kernel, size, plain) => {
  const [blocks, pitch] = [16, 40]
  const next = random(size)
  for (let round = 0; round < 60; round++) {
    const spread = [20, 300, 4000][round % 3]!
    const arrays = Array.from({ length: size * size }, () =>
      Array.from({ length: pitch / 2 }, () => next(spread) - (spread >> 1)),
    )
    const quant = Array.from({ length: 64 }, () => 1 + next(20))
    put16(at[0], arrays.flat())
    put16(at[1], quant)
    engine.call(kernel, at[0], pitch, blocks, at[1], at[2], blocks * size)
    const got = bytes(at[2], blocks * size * size)
    for (let b = 0; b < blocks; b++) {
      const values = arrays.map((array, n) =>
        i16(array[b]! * quant[Math.floor(n / size) * 8 + (n % size)]! * 8),
      )
      const block = Array.from({ length: size * size }, (_, i) => {
        const [x, y] = [i % size, Math.floor(i / size)]
        return got[y * blocks * size + b * size + x]
      })
      expect(block).toEqual(plain(values))
    }
  }
})

it('makes one sample of a DC coefficient', () => {
  const next = random(1)
  const values = Array.from({ length: 16 }, () => next(700) - 350)
  put16(at[0], values)
  put16(at[1], [5])
  engine.call('jpegIdct1', at[0], 16, at[1], at[2])
  expect(bytes(at[2], 16)).toEqual(values.map((value) => clamp(((value * 5 + 4) >> 3) + 128)))
})

it.each([1, 2, 7, 8, 9, 30])('upsamples rows of %i samples by the triangle filters', (count) => {
  const near = randomBytes(at[0], count + 2, count)
  const far = randomBytes(at[1], count + 2, count + 100)
  const each = (f: (i: number) => number[]) => Array.from({ length: count }, (_, i) => f(i + 1)).flat()
  engine.call('jpegTriangleH2', at[0] + 1, at[3], count)
  expect(bytes(at[3], 2 * count)).toEqual(
    each((i) => [(3 * near[i]! + near[i - 1]! + 1) >> 2, (3 * near[i]! + near[i + 1]! + 2) >> 2]),
  )
  const sum = (i: number) => 3 * near[i]! + far[i]!
  engine.call('jpegTriangleH2V2', at[0] + 1, at[1] + 1, at[2], at[3], count)
  expect(bytes(at[3], 2 * count)).toEqual(
    each((i) => [(3 * sum(i) + sum(i - 1) + 8) >> 4, (3 * sum(i) + sum(i + 1) + 7) >> 4]),
  )
  engine.call('jpegTriangleV2', at[0] + 1, at[1] + 1, at[3], count, 2)
  expect(bytes(at[3], count)).toEqual(each((i) => [(sum(i) + 2) >> 2]))
  engine.call('jpegRepeatH2', at[0] + 1, at[3], count)
  expect(bytes(at[3], 2 * count)).toEqual(each((i) => [near[i]!, near[i]!]))
})

it('converts YCbCr as libjpeg’s tables do', () => {
  const count = 2000
  const [y, cb, cr] = [0, 1, 2].map((i) => randomBytes(at[i]!, count, i + 1)) as [
    number[],
    number[],
    number[],
  ]
  engine.call('jpegRgbFromYcc', at[0], at[1], at[2], at[3], count)
  const expected = y.flatMap((luma, i) => {
    const [b, r] = [cb[i]! - 128, cr[i]! - 128]
    return [
      clamp(luma + ((91881 * r + 32768) >> 16)),
      clamp(luma + ((-22554 * b - 46802 * r + 32768) >> 16)),
      clamp(luma + ((116130 * b + 32768) >> 16)),
    ]
  })
  expect(bytes(at[3], 3 * count)).toEqual(expected)
})

it('interleaves planes', () => {
  const count = 37
  const planes = [0, 1, 2, 3].map((i) => randomBytes(at[i]!, count, i + 1))
  const woven = (n: number, flip: number) =>
    Array.from({ length: count * n }, (_, i) => planes[i % n]![Math.floor(i / n)]! ^ flip)
  engine.call('jpegInterleave3', at[0], at[1], at[2], at[4], count)
  expect(bytes(at[4], 3 * count)).toEqual(woven(3, 0))
  for (const flip of [0, 255]) {
    engine.call('jpegInterleave4', at[0], at[1], at[2], at[3], at[4], count, flip)
    expect(bytes(at[4], 4 * count)).toEqual(woven(4, flip))
  }
})
