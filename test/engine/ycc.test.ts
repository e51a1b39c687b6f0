// The kernels of chroma at half width against plain twins.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { random } from '../support/rows'

/** The triangle filter over two rows, weights 3 and 1, and over neighbours. */
function twin(near: number[], far: number[]): number[] {
  const sums = near.map((value, i) => 3 * value + far[i]!)
  return sums.flatMap((sum, i) => [
    (3 * sum + (sums[i - 1] ?? sum) + 8) >> 4,
    (3 * sum + (sums[i + 1] ?? sum) + 7) >> 4,
  ])
}

const WIDTHS = [1, 2, 3, 8, 9, 10, 17, 18, 64, 101]
const next = random(17)
const row = (width: number, most: number) =>
  Array.from({ length: width }, () => (next(5) === 0 ? most : next(most + 1)))

describe('chroma at half width', () => {
  it.each(WIDTHS)('is interpolated, %i samples of 8 bits', (width) => {
    const engine = new Engine(1 << 20)
    const [near, far] = [row(width, 255), row(width, 255)]
    const [a, b, to] = [engine.alloc(width + 16), engine.alloc(width + 16), engine.alloc(2 * width + 32)]
    engine.bytes.set(near, a)
    engine.bytes.set(far, b)
    engine.call('yccUpsample', a, b, width, to)
    expect([...engine.bytes.subarray(to, to + 2 * width)]).toEqual(twin(near, far))
    const wide = engine.alloc(4 * width + 64)
    engine.call('yccDeepUpsample', a, b, width, 1, wide)
    expect([...new Uint16Array(engine.memory.buffer, wide, 2 * width)]).toEqual(twin(near, far))
  })

  it.each(WIDTHS)('is interpolated, %i samples of 12 bits', (width) => {
    const engine = new Engine(1 << 20)
    const [near, far] = [row(width, 4095), row(width, 4095)]
    const [a, b, to] = [0, 1, 2].map(() => engine.alloc(4 * width + 64)) as [number, number, number]
    new Uint16Array(engine.memory.buffer, a, width).set(near)
    new Uint16Array(engine.memory.buffer, b, width).set(far)
    engine.call('yccDeepUpsample', a, b, width, 2, to)
    expect([...new Uint16Array(engine.memory.buffer, to, 2 * width)]).toEqual(twin(near, far))
  })
})

describe('samples of more than 8 bits', () => {
  it.each([0, 2, 4])('are rounded to 8, %i bits more, in place and not', (shift) => {
    const engine = new Engine(1 << 20)
    const samples = row(101, 2 ** (8 + shift) - 1)
    const half = (1 << shift) >> 1
    const expected = samples.map((value) => Math.min(255, (value + half) >> shift))
    const [from, to] = [engine.alloc(256), engine.alloc(256)]
    new Uint16Array(engine.memory.buffer, from, 101).set(samples)
    engine.call('yccNarrow', from, 101, shift, to)
    expect([...engine.bytes.subarray(to, to + 101)]).toEqual(expected)
    engine.call('yccNarrow', from, 101, shift, from)
    expect([...engine.bytes.subarray(from, from + 101)]).toEqual(expected)
  })
})
