// Kernels between the engine's rows and RGBA, each against its plain twin, exactly.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { random } from '../support/rows'

const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 100]

/** Random bytes in the arena, and a place for a kernel's output. */
function prepare(next: (n: number) => number, bytes: number, room: number) {
  const engine = new Engine(1 << 20)
  const from = engine.alloc(bytes)
  const to = engine.alloc(room)
  const input = Uint8Array.from({ length: bytes }, () => next(256))
  engine.bytes.set(input, from)
  return { engine, from, to, input, output: (length: number) => engine.bytes.slice(to, to + length) }
}

describe('frame', () => {
  it('drops alpha', () => {
    const next = random(1)
    for (const pixels of LENGTHS) {
      const { engine, from, to, input, output } = prepare(next, pixels * 4, pixels * 3)
      engine.call('frameDropAlpha', from, to, pixels)
      expect(output(pixels * 3)).toEqual(input.filter((_, i) => i % 4 !== 3))
    }
  })

  it('adds alpha to rows of any bands', () => {
    const next = random(2)
    for (const pixels of LENGTHS) {
      for (const bands of [1, 2, 3]) {
        const { engine, from, to, input, output } = prepare(next, pixels * bands, pixels * 4)
        engine.call('frameAddAlpha', from, bands, to, pixels)
        const plain = Array.from({ length: pixels }, (_, i) => {
          const [a, b, c] = input.subarray(i * bands, i * bands + bands)
          return bands === 3 ? [a!, b!, c!, 255] : [a!, a!, a!, b ?? 255]
        })
        expect(output(pixels * 4)).toEqual(Uint8Array.from(plain.flat()))
      }
    }
  })

  it('narrows samples of any depth, rounded', () => {
    for (const depth of [9, 10, 12, 16]) {
      const most = 2 ** depth - 1
      const samples = Uint16Array.from({ length: 257 }, (_, i) => Math.round((i * most) / 256))
      const engine = new Engine(1 << 20)
      const at = engine.alloc(samples.byteLength)
      engine.bytes.set(new Uint8Array(samples.buffer), at)
      engine.call('frameNarrow', at, samples.length, depth)
      const plain = Uint8Array.from(samples, (value) => Math.floor((value * 255) / most + 0.5))
      expect(engine.bytes.slice(at, at + samples.length)).toEqual(plain)
    }
  })
})

/** Makes samples of 8 or 16 bits. */
const makeSamples = (depth: number) => (length: number, of: (i: number) => number) =>
  depth === 16 ? Uint16Array.from({ length }, (_, i) => of(i)) : Uint8Array.from({ length }, (_, i) => of(i))

describe('samples of any depth', () => {
  const placed = (samples: Uint8Array | Uint16Array) => {
    const engine = new Engine(1 << 20)
    const at = engine.alloc(samples.byteLength)
    engine.bytes.set(new Uint8Array(samples.buffer), at)
    const now = () => engine.bytes.slice(at, at + samples.byteLength)
    return { engine, at, now, wide: () => new Uint16Array(now().buffer) }
  }

  it('become 16 bits, rounded', () => {
    for (const depth of [9, 10, 12, 15]) {
      const most = 2 ** depth - 1
      const samples = Uint16Array.from({ length: 300 }, (_, i) => Math.round((i * most) / 299))
      const { engine, at, wide } = placed(samples)
      engine.call('frameWiden', at, samples.length, depth)
      expect(wide()).toEqual(Uint16Array.from(samples, (v) => Math.floor((v * 65535) / most + 0.5)))
    }
  })

  it('become 8 bits where they have fewer', () => {
    for (const depth of [1, 2, 4, 7]) {
      const most = 2 ** depth - 1
      const samples = Uint8Array.from({ length: most + 1 }, (_, i) => i)
      const { engine, at, now } = placed(samples)
      engine.call('frameStretch', at, samples.length, depth)
      expect(now()).toEqual(samples.map((v) => Math.floor((v * 255) / most + 0.5)))
    }
  })

  it.each([8, 16])('of %s bits are divided by alpha', (depth) => {
    const next = random(depth)
    const most = 2 ** depth - 1
    const samplesOf = makeSamples(depth)
    const samples = samplesOf(400, (i) => (i < 8 ? [0, most][i >> 2]! : next(most + 1)))
    const { engine, at, now, wide } = placed(samples)
    engine.call('frameUnmultiply', at, samples.length / 4, depth)
    const plain = samplesOf(samples.length, (i) => {
      const v = samples[i]!
      const alpha = samples[i | 3]!
      return i % 4 === 3 || alpha === 0 ? v : Math.min(most, Math.floor((v * most) / alpha + 0.5))
    })
    expect(depth === 16 ? wide() : now()).toEqual(plain)
  })

  it.each([8, 16])('of %s bits are picked', (depth) => {
    const next = random(depth)
    const samplesOf = makeSamples(depth)
    const samples = samplesOf(4 * 23, () => next(2 ** depth))
    for (const bands of [1, 2, 3]) {
      const { engine, at } = placed(samples)
      const to = engine.alloc(23 * 8)
      engine.call('framePick', at, to, 23, bands, depth)
      const bytes = engine.bytes.slice(to, to + (23 * bands * depth) / 8)
      const kept = bands === 2 ? [0, 3] : [0, 1, 2].slice(0, bands)
      const plain = samples.filter((_, i) => kept.includes(i % 4))
      expect(depth === 16 ? new Uint16Array(bytes.buffer) : bytes).toEqual(plain)
    }
  })
})

describe('diff', () => {
  it('finds the bounds of what differs', () => {
    const next = random(3)
    const [width, height] = [23, 17]
    for (let round = 0; round < 40; round++) {
      const engine = new Engine(1 << 20)
      const [a, b, to] = [
        engine.alloc(width * height * 4),
        engine.alloc(width * height * 4),
        engine.alloc(16),
      ]
      engine.bytes.fill(7, a, a + width * height * 4)
      engine.bytes.fill(7, b, b + width * height * 4)
      const places = Array.from({ length: round % 5 }, () => [next(width), next(height)] as const)
      for (const [x, y] of places) engine.bytes[b + (y * width + x) * 4 + next(4)] = 8
      engine.call('diffBounds', a, b, width, height, to)
      const xs = places.map(([x]) => x)
      const ys = places.map(([, y]) => y)
      const plain =
        places.length === 0
          ? [0, 0, 0, 0]
          : [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1]
      expect([...new Int32Array(engine.memory.buffer, to, 4)]).toEqual(plain)
    }
  })

  it('finds the bounds of what is not transparent', () => {
    const next = random(7)
    const [width, height] = [23, 17]
    for (let round = 0; round < 20; round++) {
      const engine = new Engine(1 << 20)
      const at = engine.alloc(width * height * 4)
      const to = engine.alloc(16)
      engine.bytes.fill(0, at, at + width * height * 4)
      const places = Array.from({ length: round % 4 }, () => [next(width), next(height)] as const)
      for (const [x, y] of places) engine.bytes[at + (y * width + x) * 4 + 3] = 1
      engine.call('diffOpaque', at, width, height, to)
      const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)]
      const plain =
        places.length === 0
          ? [0, 0, 0, 0]
          : [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1]
      expect([...new Int32Array(engine.memory.buffer, to, 4)]).toEqual(plain)
    }
  })

  it('counts what is not opaque', () => {
    const next = random(8)
    for (const pixels of LENGTHS) {
      const engine = new Engine(1 << 20)
      const at = engine.alloc(pixels * 4)
      const rgba = Uint8Array.from({ length: pixels * 4 }, () => (next(2) > 0 ? 255 : next(256)))
      engine.bytes.set(rgba, at)
      const soft = rgba.filter((v, i) => i % 4 === 3 && v !== 255).length
      expect(engine.call('diffSoft', at, pixels)).toBe(soft)
    }
  })

  it('makes alpha all or nothing', () => {
    const { engine, from, input } = prepare(random(4), 400, 16)
    engine.call('diffThreshold', from, 100)
    const plain = input.slice()
    for (let i = 0; i < 400; i += 4) {
      if (plain[i + 3]! < 128) plain.fill(0, i, i + 4)
      else plain[i + 3] = 255
    }
    expect(engine.bytes.slice(from, from + 400)).toEqual(plain)
  })
})

describe('ycc', () => {
  it('doubles a row of chroma with the triangle filter', () => {
    const next = random(5)
    for (const count of LENGTHS) {
      const { engine, from, to, input, output } = prepare(next, count * 2, count * 2)
      engine.call('yccUpsample', from, from + count, count, to)
      const sum = (i: number): number => {
        const at = Math.min(Math.max(i, 0), count - 1)
        return 3 * input[at]! + input[count + at]!
      }
      const plain = Array.from({ length: count }, (_, i) => [
        (3 * sum(i) + sum(i - 1) + 8) >> 4,
        (3 * sum(i) + sum(i + 1) + 7) >> 4,
      ])
      expect(output(count * 2)).toEqual(Uint8Array.from(plain.flat()))
    }
  })

  it('converts rows of any width', () => {
    const next = random(6)
    for (const width of LENGTHS) {
      for (const bands of [3, 4]) {
        const { engine, from, to, input, output } = prepare(next, width * 4, width * bands + 16)
        engine.call('yccMatrix', 76309, 16, 104597, 25675, 53279, 132201)
        engine.call('yccRow', from, from + width, from + 2 * width, from + 3 * width, width, 0, bands, to)
        const clip = (value: number): number => Math.min(255, Math.max(0, value >> 16))
        const plain = Array.from({ length: width }, (_, i) => {
          const luma = (input[i]! - 16) * 76309 + 32768
          const [u, v] = [input[width + i]! - 128, input[2 * width + i]! - 128]
          const rgb = [clip(luma + v * 104597), clip(luma - u * 25675 - v * 53279), clip(luma + u * 132201)]
          return bands === 4 ? [...rgb, input[3 * width + i]!] : rgb
        })
        expect(output(width * bands)).toEqual(Uint8Array.from(plain.flat()))
      }
    }
  })
})
