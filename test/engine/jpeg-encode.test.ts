// The JPEG encoder's kernels against plain twins: pictures of one MCU are encoded, their
// coefficients read back from the file by a plain Huffman decoder, and computed again without SIMD.
import { describe, expect, it } from 'vitest'
import { makeJpegWriter } from '../../src/image/codecs/jpeg-encode'
import { Engine } from '../../src/image/engine'
import { makeRandom } from '../support/random'
import { fileOf } from '../support/rows'
import { noise } from '../support/scenes'

const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
]

/** The blocks of a file's only MCU: which table each uses, and 64 coefficients in natural order. */
function readBlocks(file: Uint8Array, tables: number[]): Int32Array[] {
  const codes = new Map<string, number>()
  let at = 2
  while (file[at + 1] !== 0xda) {
    const end = at + 2 + ((file[at + 2]! << 8) | file[at + 3]!)
    for (let i = at + 4; file[at + 1] === 0xc4 && i < end; ) {
      const id = file[i]!
      let symbol = i + 17
      let code = 0
      for (let length = 1; length <= 16; length++, code <<= 1) {
        for (let n = file[i + length]!; n > 0; n--) codes.set(`${id},${length},${code++}`, file[symbol++]!)
      }
      i = symbol
    }
    at = end
  }
  const data = [...file.subarray(at + 2 + ((file[at + 2]! << 8) | file[at + 3]!), file.length - 2)]
  const bits = data
    .filter((byte, i) => byte !== 0 || data[i - 1] !== 0xff)
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
  let bit = 0
  const symbol = (id: number): number => {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | Number(bits[bit++])
      const found = codes.get(`${id},${length},${code}`)
      if (found !== undefined) return found
    }
    throw new Error('no such code')
  }
  const value = (size: number): number => {
    const raw = size === 0 ? 0 : Number.parseInt(bits.slice(bit, bit + size), 2)
    bit += size
    return size > 0 && raw < 2 ** (size - 1) ? raw - 2 ** size + 1 : raw
  }
  const previous = new Map<number, number>()
  return tables.map((table, component) => {
    const block = new Int32Array(64)
    const key = table === 0 ? 0 : component
    block[0] = (previous.get(key) ?? 0) + value(symbol(table))
    previous.set(key, block[0])
    for (let k = 1; k < 64; k++) {
      const next = symbol(0x10 | table)
      if (next === 0) break
      k += next >> 4
      if (next & 15) block[ZIGZAG[k]!] = value(next & 15)
    }
    return block
  })
}

/** The DQT entries of a table, natural order. */
function quantiser(file: Uint8Array, table: number): Uint8Array {
  const dqt = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xdb)
  const out = new Uint8Array(64)
  for (let k = 0; k < 64; k++) out[ZIGZAG[k]!] = file[dqt + 5 + table * 65 + k]!
  return out
}

/** One pass of the accurate integer DCT along 8 values `step` apart. */
function pass(d: Int32Array, at: number, step: number, drop: number, even: (x: number) => number): void {
  const x = Array.from({ length: 8 }, (_, i) => d[at + i * step]!) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const s = [x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]] as const
  const [t4, t5, t6, t7] = [x[3] - x[4], x[2] - x[5], x[1] - x[6], x[0] - x[7]]
  const [e0, e1, e2, e3] = [s[0] + s[3], s[1] + s[2], s[1] - s[2], s[0] - s[3]]
  const round = (sum: number) => (sum + 2 ** (drop - 1)) >> drop
  const z1 = (e2 + e3) * 4433
  const z5 = (t4 + t6 + t5 + t7) * 9633
  const a = (t4 + t7) * -7373
  const b = (t5 + t6) * -20995
  const c = (t4 + t6) * -16069 + z5
  const e = (t5 + t7) * -3196 + z5
  const out = [
    even(e0 + e1),
    round(t7 * 12299 + a + e),
    round(z1 + e3 * 6270),
    round(t6 * 25172 + b + c),
    even(e0 - e1),
    round(t5 * 16819 + b + e),
    round(z1 - e2 * 15137),
    round(t4 * 2446 + a + c),
  ]
  for (let i = 0; i < 8; i++) d[at + i * step] = out[i]!
}

function plainBlock(samples: (x: number, y: number) => number, divisors: Uint8Array): Int32Array {
  const d = Int32Array.from({ length: 64 }, (_, i) => samples(i & 7, i >> 3) - 128)
  for (let y = 0; y < 8; y++) pass(d, y * 8, 1, 11, (x) => x << 2)
  for (let x = 0; x < 8; x++) pass(d, x, 8, 15, (y) => (y + 2) >> 2)
  return d.map((value, i) => {
    const divisor = divisors[i]! * 8
    const quotient = Math.floor((Math.abs(value) + divisor / 2) / divisor)
    return value < 0 ? -quotient : quotient
  })
}

/** Y, Cb or Cr of a pixel in 16-bit fixed point. */
function plainColour(r: number, g: number, b: number, component: number): number {
  if (component === 0) return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
  if (component === 1) return (-11059 * r - 21709 * g + 32768 * b + (128 << 16) + 32767) >> 16
  return (32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767) >> 16
}

async function encode(data: Uint8Array, side: number, bands: 1 | 3, quality: number): Promise<Uint8Array> {
  const engine = new Engine(1 << 20)
  const picture = { width: side, height: side, bands }
  return fileOf(engine, makeJpegWriter(engine, { ...picture, quality }), data, picture)
}

/** Random samples of three kinds: all values, the two extremes, and nearly flat. */
function samples(length: number, seed: number): Uint8Array {
  const data = noise(length, seed)
  if (seed % 3 === 1) return data.map((value) => (value & 1) * 255)
  return seed % 3 === 2 ? data.map((value) => 100 + (value & 7)) : data
}

describe('JPEG encoder kernels', () => {
  it('transform and quantise as their plain twin', async () => {
    const random = makeRandom(3)
    for (let seed = 0; seed < 150; seed++) {
      const data = samples(64, seed)
      const file = await encode(data, 8, 1, 1 + (random() % 100))
      const expected = plainBlock((x, y) => data[y * 8 + x]!, quantiser(file, 0))
      expect(readBlocks(file, [0])[0], `seed ${seed}`).toEqual(expected)
    }
  })

  it('convert colours as their plain twin', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const data = samples(192, seed)
      const file = await encode(data, 8, 3, 90 + (seed % 11))
      const blocks = readBlocks(file, [0, 1, 1])
      for (const [component, block] of blocks.entries()) {
        const sample = (x: number, y: number) => {
          const at = (y * 8 + x) * 3
          return plainColour(data[at]!, data[at + 1]!, data[at + 2]!, component)
        }
        const expected = plainBlock(sample, quantiser(file, Math.min(component, 1)))
        expect(block, `seed ${seed}, component ${component}`).toEqual(expected)
      }
    }
  })

  it('average chroma as their plain twin', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const data = samples(768, seed)
      const file = await encode(data, 16, 3, 20 + seed)
      const blocks = readBlocks(file, [0, 0, 0, 0, 1, 1])
      const full = (x: number, y: number, component: number) => {
        const at = (y * 16 + x) * 3
        return plainColour(data[at]!, data[at + 1]!, data[at + 2]!, component)
      }
      for (const [i, block] of blocks.entries()) {
        const sample = (x: number, y: number) => {
          if (i < 4) return full(x + (i & 1) * 8, y + (i >> 1) * 8, 0)
          const [left, top, component] = [2 * x, 2 * y, i - 3]
          const upper = full(left, top, component) + full(left + 1, top, component)
          const lower = full(left, top + 1, component) + full(left + 1, top + 1, component)
          return (upper + lower + 1 + (x & 1)) >> 2
        }
        const expected = plainBlock(sample, quantiser(file, i < 4 ? 0 : 1))
        expect(block, `seed ${seed}, block ${i}`).toEqual(expected)
      }
    }
  })
})
