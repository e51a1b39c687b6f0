import { expect, it } from 'vitest'
import { cmykTerms } from '../../src/image/colour/cmyk'
import type { Curve } from '../../src/image/colour/icc-tags'
import type { Matrix } from '../../src/image/colour/matrix'
import { curveTable, matrixTables, matrixTables16, STEPS } from '../../src/image/colour/tables'
import { Engine } from '../../src/image/engine'
import { makeRandom } from '../support/mutate'

const matrix: Matrix = [
  [1.4, -0.3, -0.1],
  [-0.06, 1.2, -0.14],
  [0.01, -0.3, 1.29],
]
const curves: [Curve, Curve, Curve] = [
  { kind: 'gamma', gamma: 1.8 },
  { kind: 'gamma', gamma: 2.2 },
  { kind: 'table', values: Uint16Array.from([0, 9000, 30000, 65535]) },
]
const PIXELS = 301

/** Runs a kernel over random bytes: what it read, and what it wrote; 16 guard bytes must stay. */
function run(
  inputBytes: number,
  outputBytes: number,
  tables: Uint8Array,
  call: (engine: Engine, from: number, to: number, at: number) => void,
) {
  const engine = new Engine(4 << 20)
  const random = makeRandom(inputBytes * 31 + outputBytes)
  const input = Uint8Array.from({ length: inputBytes }, () => random() * 256)
  // Ends of the range too.
  input.set([0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])
  const [from, to, at] = [
    engine.alloc(inputBytes),
    engine.alloc(outputBytes + 16),
    engine.alloc(tables.length),
  ]
  engine.bytes.set(input, from)
  engine.bytes.set(tables, at)
  engine.bytes.fill(0xaa, to, to + outputBytes + 16)
  call(engine, from, to, at)
  expect(engine.bytes.slice(to + outputBytes, to + outputBytes + 16)).toEqual(new Uint8Array(16).fill(0xaa))
  return { input, output: engine.bytes.slice(to, to + outputBytes) }
}

const clip = (value: number, most: number) => Math.min(most, Math.max(0, value))
const narrow = (a: number) => Math.floor(a / 257 + 0.5)

it.each([
  [3, 3],
  [3, 4],
  [4, 4],
  [4, 3],
  [3, 1],
  [4, 2],
])('converts %i bands to %i exactly as its plain twin', (bands, want) => {
  const tables = matrixTables(curves, matrix)
  const vectors = new Int32Array(tables.buffer, 0, 3072)
  const encode = tables.subarray(12288)
  const { input, output } = run(PIXELS * bands, PIXELS * want, tables, (engine, from, to, at) => {
    engine.call('colourMatrix', from, bands, to, want, PIXELS, at)
  })
  const expected = Array.from({ length: PIXELS }, (_, x) => {
    const [r, g, b] = [0, 1, 2].map((i) => input[x * bands + i]!) as [number, number, number]
    const lanes = [0, 1, 2].map((lane) => {
      const sum = vectors[r * 4 + lane]! + vectors[1024 + g * 4 + lane]! + vectors[2048 + b * 4 + lane]!
      return encode[clip(sum >> 14, STEPS - 1)]!
    })
    const alpha = bands === 4 ? input[x * 4 + 3]! : 255
    return [...lanes.slice(0, want > 2 ? 3 : 1), ...(want % 2 === 0 ? [alpha] : [])]
  }).flat()
  expect([...output]).toEqual(expected)
})

it.each([
  [3, 3],
  [4, 4],
  [3, 1],
  [4, 2],
])('converts %i bands of 16 bits to %i of 8 exactly as its plain twin', (bands, want) => {
  const tables = matrixTables16(curves, matrix)
  const floats = new Float32Array(tables.buffer, 0, 3 * 65536 + 12)
  const encode = tables.subarray(3 * 65536 * 4 + 48)
  const size = 65536 * 4
  const { input, output } = run(PIXELS * bands * 2, PIXELS * want, tables, (engine, from, to, at) => {
    const columns = at + 3 * size
    engine.call(
      'colourMatrix16',
      from,
      bands,
      to,
      want,
      PIXELS,
      at,
      at + size,
      at + 2 * size,
      columns,
      columns + 48,
    )
  })
  const samples = new Uint16Array(input.buffer)
  const f = Math.fround
  const expected = Array.from({ length: PIXELS }, (_, x) => {
    const lanes = [0, 1, 2].map((lane) => {
      const part = (i: number) =>
        f(floats[3 * 65536 + i * 4 + lane]! * floats[i * 65536 + samples[x * bands + i]!]!)
      const sum = f(f(part(0) + part(1)) + part(2))
      return encode[clip(Math.trunc(f(sum + 0.5)), STEPS - 1)]!
    })
    const alpha = bands === 4 ? narrow(samples[x * 4 + 3]!) : 255
    return [...lanes.slice(0, want > 2 ? 3 : 1), ...(want % 2 === 0 ? [alpha] : [])]
  }).flat()
  expect([...output]).toEqual(expected)
})

it.each([1, 2])('takes grey of %i bands through a table', (bands) => {
  const table = curveTable(curves[0], 256)
  const { input, output } = run(PIXELS * bands, PIXELS * bands, table, (engine, from, to, at) => {
    engine.call('colourCurve', from, bands, to, PIXELS, at)
  })
  expect([...output]).toEqual([...input].map((v, i) => (i % bands === 1 ? v : table[v]!)))
  const wide = curveTable(curves[0], 65536)
  const deep = run(PIXELS * bands * 2, PIXELS * bands, wide, (engine, from, to, at) => {
    engine.call('colourCurve16', from, bands, to, PIXELS, at)
  })
  const samples = new Uint16Array(deep.input.buffer)
  expect([...deep.output]).toEqual([...samples].map((v, i) => (i % bands === 1 ? narrow(v) : wide[v]!)))
})

it('narrows every 16-bit sample to the nearest byte', () => {
  const engine = new Engine(4 << 20)
  const [from, to] = [engine.alloc(131072), engine.alloc(65536)]
  engine.bytes.set(new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer), from)
  engine.call('colourNarrow', from, to, 65536)
  const wrong = Array.from({ length: 65536 }, (_, i) => i).filter((i) => engine.bytes[to + i] !== narrow(i))
  expect(wrong).toEqual([])
})

it('evaluates the CMYK polynomial as its plain twin', () => {
  const terms = cmykTerms()
  const table = new Float32Array(terms.buffer)
  const { input, output } = run(PIXELS * 4, PIXELS * 3, terms, (engine, from, to, at) => {
    engine.call('colourCmyk', from, to, PIXELS, at)
  })
  const f = Math.fround
  const unit = f(1 / 255)
  const expected = Array.from({ length: PIXELS }, (_, x) => {
    const ink = [0, 1, 2, 3].map((i) => f(input[x * 4 + i]! * unit))
    return [0, 1, 2].map((lane) => {
      let sum = f(255.5)
      let [one, two, three] = [0, 4, 14] as [number, number, number]
      const next = (i: number) => table[i * 4 + lane]!
      for (let a = 0; a < 4; a++) {
        let inner = next(one++)
        for (let b = a; b < 4; b++) {
          let pair = next(two++)
          for (let c = b; c < 4; c++) pair = f(pair + f(ink[c]! * next(three++)))
          inner = f(inner + f(ink[b]! * pair))
        }
        sum = f(sum + f(ink[a]! * inner))
      }
      return clip(Math.trunc(sum), 255)
    })
  }).flat()
  expect([...output]).toEqual(expected)
})
