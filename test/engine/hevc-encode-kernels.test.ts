// The HEVC encoder's kernels against plain twins, written after the specification (ITU-T H.265).
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { random } from '../support/rows'
import { noise } from '../support/scenes'

const SIZES = [2, 3, 4, 5]
const STRIDE = 32

function start() {
  const engine = new Engine(1 << 20)
  engine.call('hevcKernels')
  const at = (which: number) => engine.call('hevcScratch', which)
  const words = (which: number) => new Int16Array(engine.memory.buffer, at(which), 1024)
  return { engine, residual: words(0), coefficients: words(1), prediction: at(2), edge: at(3) }
}

/** First column of the 32-point matrix (8.6.4.2): the weights of its odd and even rows by angle. */
const WEIGHTS = [
  64, 90, 90, 90, 89, 88, 87, 85, 83, 82, 80, 78, 75, 73, 70, 67, 64, 61, 57, 54, 50, 46, 43, 38, 36, 31, 25,
  22, 18, 13, 9, 4,
]
const SINE = [29, 55, 74, 84, 74, 74, 0, -74, 84, -29, -74, 55, 55, -84, 74, -29]

/** The transform's matrix, by frequency and position. */
function matrix(log2: number, sine: boolean): number[][] {
  const size = 1 << log2
  return Array.from({ length: size }, (_, k) =>
    Array.from({ length: size }, (_, n) => {
      if (sine) return SINE[k * 4 + n]!
      if (k === 0) return 64
      const turn = ((k * 32) / size) * (2 * n + 1)
      const sign = Math.cos((turn * Math.PI) / 64) < 0 ? -1 : 1
      const folded = turn % 64 > 32 ? 64 - (turn % 64) : turn % 64
      return sign * WEIGHTS[folded]!
    }),
  )
}

const clip = (value: number) => Math.min(32767, Math.max(-32768, value))
const shifted = (value: number, by: number) => Math.floor((value + 2 ** (by - 1)) / 2 ** by)

/** M × block, or its transpose × block, then the same along rows. */
function twice(
  block: number[],
  log2: number,
  weight: (out: number, of: number) => number,
  shifts: [number, number],
) {
  const size = 1 << log2
  const sum = (term: (i: number) => number) =>
    Array.from({ length: size }, (_, i) => term(i)).reduce((a, b) => a + b)
  const columns = block.map((_, i) =>
    clip(
      shifted(
        sum((y) => weight(i >> log2, y) * block[(y << log2) + (i % size)]!),
        shifts[0],
      ),
    ),
  )
  return columns.map((_, i) =>
    clip(
      shifted(
        sum((x) => weight(i % size, x) * columns[((i >> log2) << log2) + x]!),
        shifts[1],
      ),
    ),
  )
}

/** Reference samples by (x, y) around a block at (0, 0). */
type Around = (x: number, y: number) => number

const ANGLES = [
  0, 0, 32, 26, 21, 17, 13, 9, 5, 2, 0, -2, -5, -9, -13, -17, -21, -26, -32, -26, -21, -17, -13, -9, -5, -2,
  0, 2, 5, 9, 13, 17, 21, 26, 32,
]

/** 8.4.4.2.3: the filtered edge. */
function smoothed(p: Around, size: number): Around {
  return (x, y) => {
    const end = (x === -1 && y === 2 * size - 1) || (y === -1 && x === 2 * size - 1)
    if (end) return p(x, y)
    if (x === -1 && y === -1) return (p(-1, 0) + 2 * p(-1, -1) + p(0, -1) + 2) >> 2
    return x === -1
      ? (p(-1, y + 1) + 2 * p(-1, y) + p(-1, y - 1) + 2) >> 2
      : (p(x + 1, -1) + 2 * p(x, -1) + p(x - 1, -1) + 2) >> 2
  }
}

/** 8.4.4.2.4 to 8.4.4.2.6. */
function predicted(raw: Around, log2: number, mode: number, luma: boolean): number[] {
  const size = 1 << log2
  const off = Math.min(Math.abs(mode - 26), Math.abs(mode - 10))
  const filter = luma && mode !== 1 && log2 > 2 && off > [0, 0, 0, 7, 1, 0][log2]!
  const p = filter ? smoothed(raw, size) : raw
  const make = (value: (x: number, y: number) => number) =>
    Array.from({ length: size * size }, (_, i) => value(i % size, i >> log2))
  const fine = luma && log2 < 5
  if (mode === 0)
    return make(
      (x, y) =>
        ((size - 1 - x) * p(-1, y) +
          (x + 1) * p(size, -1) +
          (size - 1 - y) * p(x, -1) +
          (y + 1) * p(-1, size) +
          size) >>
        (log2 + 1),
    )
  if (mode === 1) {
    let sum = size
    for (let i = 0; i < size; i++) sum += p(i, -1) + p(-1, i)
    const dc = sum >> (log2 + 1)
    return make((x, y) => {
      if (!fine || (x > 0 && y > 0)) return dc
      if (x === 0 && y === 0) return (p(-1, 0) + 2 * dc + p(0, -1) + 2) >> 2
      return y === 0 ? (p(x, -1) + 3 * dc + 2) >> 2 : (p(-1, y) + 3 * dc + 2) >> 2
    })
  }
  const angle = ANGLES[mode]!
  const down = mode >= 18
  const main: Around = down ? p : (x, y) => p(y, x)
  const inverse = angle < 0 ? Math.round(8192 / angle) : 0
  const ref = (x: number) => (x >= 0 ? main(x - 1, -1) : main(-1, -1 + ((x * inverse + 128) >> 8)))
  return make((ox, oy) => {
    const [x, y] = down ? [ox, oy] : [oy, ox]
    if (angle === 0 && fine && x === 0)
      return Math.min(255, Math.max(0, main(0, -1) + ((main(-1, y) - main(-1, -1)) >> 1)))
    const index = ((y + 1) * angle) >> 5
    const part = ((y + 1) * angle) & 31
    return part === 0
      ? ref(x + index + 1)
      : ((32 - part) * ref(x + index + 1) + part * ref(x + index + 2) + 16) >> 5
  })
}

/** The Hadamard transform of a square block of differences. */
function hadamard(block: number[], size: number): number {
  const sign = (a: number, b: number) => {
    let odd = 0
    for (let bits = a & b; bits > 0; bits >>= 1) odd ^= bits & 1
    return odd ? -1 : 1
  }
  let sum = 0
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      let value = 0
      for (const [i, difference] of block.entries()) {
        value += difference * sign(u, i % size) * sign(v, Math.floor(i / size))
      }
      sum += Math.abs(value)
    }
  }
  return sum
}

describe('HEVC encoder kernels', () => {
  it.each([...SIZES.map((log2) => [log2, false] as const), [2, true] as const])(
    'transforms blocks of 2^%i, sine %s',
    (log2, sine) => {
      const { engine, residual, coefficients } = start()
      const weights = matrix(log2, sine)
      const next = random(log2)
      for (let round = 0; round < 6; round++) {
        const extreme = round === 0
        const block = Array.from({ length: 1 << (2 * log2) }, () =>
          extreme ? next(2) * 510 - 255 : next(511) - 255,
        )
        residual.set(block)
        engine.call('hevcForward', log2, sine ? 1 : 0)
        // The first pass keeps one bit less than the specification has in mind, but in blocks of 4.
        const shifts: [number, number] = log2 === 2 ? [1, 8] : [log2, log2 + 5]
        const expected = twice(block, log2, (out, of) => weights[out]![of]!, shifts)
        expect([...coefficients.subarray(0, block.length)], `round ${round}`).toEqual(
          expected.map((v) => v + 0),
        )
      }
    },
  )

  it.each([...SIZES.map((log2) => [log2, false] as const), [2, true] as const])(
    'transforms back as decoders do: 2^%i, sine %s',
    (log2, sine) => {
      const { engine, residual, coefficients } = start()
      const weights = matrix(log2, sine)
      const next = random(9 + log2)
      const size = 1 << log2
      for (let round = 0; round < 8; round++) {
        // Some are filled in their corner alone, and some hold the largest numbers.
        const [rows, columns] = round < 4 ? [size, size] : [1 + next(size), 1 + next(size)]
        const range = round % 2 === 0 ? 65536 : 4000
        const block = Array.from({ length: size * size }, (_, i) =>
          i >> log2 < rows && i % size < columns ? next(range) - range / 2 : 0,
        )
        coefficients.set(block)
        engine.call('hevcInverse', log2, sine ? 1 : 0, rows, columns)
        const expected = twice(block, log2, (out, of) => weights[of]![out]!, [7, 12])
        expect([...residual.subarray(0, block.length)], `round ${round}`).toEqual(expected.map((v) => v + 0))
      }
    },
  )

  it.each(SIZES)('predicts blocks of 2^%i in all modes', (log2) => {
    const { engine, prediction, edge } = start()
    const size = 1 << log2
    const next = random(40 + log2)
    for (let round = 0; round < 4; round++) {
      const line = Array.from({ length: 4 * size + 1 }, () => (round === 0 ? next(2) * 255 : next(256)))
      const around: Around = (x, y) => (x === -1 ? line[2 * size - 1 - y]! : line[2 * size + 1 + x]!)
      // A plane with the block in its middle, so that its edge is read from all sides.
      const plane = engine.alloc(200 * 200)
      const block = plane + 80 * 200 + 80
      for (let i = 0; i < 2 * size; i++) {
        engine.bytes[block + i * 200 - 1] = around(-1, i)
        engine.bytes[block - 200 + i] = around(i, -1)
      }
      engine.bytes[block - 201] = around(-1, -1)
      engine.call('hevcReadEdge', block, 200, size, 1, 1, size, size)
      expect([...engine.bytes.subarray(edge, edge + 4 * size + 1)]).toEqual(line)
      if (log2 > 2) engine.call('hevcSmoothEdge', size)
      for (const luma of [true, false]) {
        for (let mode = 0; mode < 35; mode++) {
          engine.call('hevcPredict', log2, mode, luma ? 1 : 0)
          const rows = Array.from({ length: size }, (_, y) => [
            ...engine.bytes.subarray(prediction + y * STRIDE, prediction + y * STRIDE + size),
          ])
          expect(rows.flat(), `mode ${mode}, luma ${luma}`).toEqual(predicted(around, log2, mode, luma))
        }
      }
    }
  })

  it('fills in what an edge lacks (8.4.4.2.2)', () => {
    const { engine, edge } = start()
    const plane = engine.alloc(64 * 64)
    const samples = noise(64 * 64, 3)
    engine.bytes.set(samples, plane)
    const size = 8
    const [bx, by] = [24, 24]
    for (const left of [0, 1]) {
      for (const above of [0, 1]) {
        for (const below of left ? [0, 3, 8] : [0]) {
          for (const right of above ? [0, 5, 8] : [0]) {
            engine.call('hevcReadEdge', plane + by * 64 + bx, 64, size, left, above, below, right)
            const known: (number | null)[] = []
            for (let y = 2 * size - 1; y >= 0; y--)
              known.push(left && y < size + below ? samples[(by + y) * 64 + bx - 1]! : null)
            known.push(left && above ? samples[(by - 1) * 64 + bx - 1]! : null)
            for (let x = 0; x < 2 * size; x++)
              known.push(above && x < size + right ? samples[(by - 1) * 64 + bx + x]! : null)
            let last = known.find((value) => value !== null) ?? 128
            const expected = known.map((value) => (last = value ?? last))
            expect([...engine.bytes.subarray(edge, edge + 33)], `${left} ${above} ${below} ${right}`).toEqual(
              expected,
            )
          }
        }
      }
    }
  })

  it.each(SIZES)('measures differences of blocks of 2^%i', (log2) => {
    const { engine, prediction } = start()
    const size = 1 << log2
    const source = engine.alloc(64 * 40)
    for (const seed of [1, 2, 3]) {
      const [a, b] = [noise(64 * 40, seed), noise(1024, seed + 10)]
      if (seed === 3) for (let i = 0; i < 2560; i++) a[i] = i & 1 ? 255 : 0
      engine.bytes.set(a, source)
      engine.bytes.set(b, prediction)
      const difference = (x: number, y: number) => a[y * 64 + x]! - b[y * STRIDE + x]!
      let [squares, sums, unrest] = [0, 0, 0]
      const side = Math.min(size, 8)
      for (let y = 0; y < size; y += side) {
        for (let x = 0; x < size; x += side) {
          const block = Array.from({ length: side * side }, (_, i) =>
            difference(x + (i % side), y + Math.floor(i / side)),
          )
          for (const value of block) squares += value * value
          const sum = hadamard(block, side) / 2
          sums += side === 8 ? Math.floor((sum + 1) / 2) : sum
        }
      }
      for (let y = 0; y < size - 1; y++) {
        for (let x = 0; x < size - 8; x++) {
          const here = a[y * 64 + x]!
          unrest += Math.abs(here - a[y * 64 + x + 1]!) + Math.abs(here - a[(y + 1) * 64 + x]!)
        }
      }
      expect(engine.call('hevcSquares', source, 64, prediction, STRIDE, log2)).toBe(squares)
      expect(engine.call('hevcHadamard', source, 64, log2)).toBe(sums)
      if (log2 > 3) expect(engine.call('hevcUnrest', source, 64, log2)).toBe(unrest)
    }
  })
})
