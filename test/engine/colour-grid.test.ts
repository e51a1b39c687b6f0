// The grid kernels against plain twins, exactly, and against what the grid stands for.
import { expect, it } from 'vitest'
import { GRID_BYTES } from '../../src/image/colour/grid'
import { Engine } from '../../src/image/engine'
import { makeRandom } from '../support/mutate'

const PIXELS = 1009
const GUARD = 16

const STEP = { RGB: 2 ** 14 / 255, CMYK: 2 ** 21 / 32512 }

/** Of three numbers a node. */
const NODES = { RGB: 33 ** 3 * 3, CMYK: 17 ** 4 * 3 }

/** Nodes as the kernels want them. */
function laid(space: 'RGB' | 'CMYK', nodes: Int16Array): Int16Array {
  if (space === 'RGB')
    return Int16Array.from({ length: GRID_BYTES.RGB / 2 }, (_, i) =>
      i % 4 < 3 ? nodes[(i >> 2) * 3 + (i % 4)]! : 0,
    )
  const next = (lane: number) => (lane & 1) * 17 ** 3 * 3
  return Int16Array.from({ length: GRID_BYTES.CMYK / 2 }, (_, i) =>
    i % 8 < 6 ? nodes[(i >> 3) * 3 + ((i % 8) >> 1) + next(i)]! : 0,
  )
}

/** Nodes of any colours. */
function randomNodes(space: 'RGB' | 'CMYK'): Int16Array {
  const random = makeRandom(41)
  return Int16Array.from({ length: NODES[space] }, () => Math.round(random() * 255 * STEP[space]))
}

/** Runs a kernel over a grid; what it wrote, with the guard bytes looked at. */
function run(
  space: 'RGB' | 'CMYK',
  nodes: Int16Array,
  input: Uint8Array,
  bytes: number,
  call: (engine: Engine, from: number, to: number, grid: number) => void,
): Uint8Array {
  const engine = new Engine(8 << 20)
  const grid = engine.alloc(GRID_BYTES[space])
  const [from, to] = [engine.alloc(input.length), engine.alloc(bytes + GUARD)]
  engine.bytes.set(new Uint8Array(laid(space, nodes).buffer), grid)
  engine.bytes.set(input, from)
  engine.bytes.fill(0xaa, to, to + bytes + GUARD)
  call(engine, from, to, grid)
  expect([...engine.bytes.subarray(to + bytes, to + bytes + GUARD)]).toEqual(new Array(GUARD).fill(0xaa))
  return engine.bytes.slice(to, to + bytes)
}

/** Cell and place in it (0–255) of a place in 255ths of a cell. */
function cellOf(place: number, side: number): [cell: number, within: number] {
  const cell = Math.min(Math.floor(place / 255), side - 2)
  return [cell, place - cell * 255]
}

/** The corners of the tetrahedron around a place in the last three channels, with weights that sum to 255. */
function corners(places: readonly number[], side: number): { node: number; weight: number }[] {
  const cells = places.map((place, i) => {
    const [cell, within] = cellOf(place, side)
    return { cell, within, step: side ** (places.length - 1 - i) }
  })
  let node = cells.reduce((sum, { cell, step }) => sum + cell * step, 0)
  const order = cells.toSorted((a, b) => b.within - a.within || b.step - a.step)
  const found = [{ node, weight: 255 - order[0]!.within }]
  order.forEach(({ within, step }, i) => {
    node += step
    found.push({ node, weight: within - (order[i + 1]?.within ?? 0) })
  })
  return found
}

/** Bytes of every corner of the cube of values, then of random ones. */
function samples(channels: number, pixels = PIXELS): Uint8Array {
  const random = makeRandom(channels)
  const ends = [0, 255, 1, 254, 128, 15, 16, 240]
  return Uint8Array.from({ length: pixels * channels }, (_, i) => {
    const pixel = Math.floor(i / channels)
    if (pixel < 256) return (pixel >> (i % channels)) & 1 ? 255 : ends[pixel >> 5]!
    return random() * 256
  })
}

it.each([3, 1])('ink to %i bands exactly as the plain twin', (want) => {
  const nodes = randomNodes('CMYK')
  const input = samples(4)
  const output = run('CMYK', nodes, input, PIXELS * want, (engine, from, to, grid) => {
    engine.call('colourInks', from, to, want, PIXELS, grid)
  })
  const cyan = 17 ** 3
  const expected = Array.from({ length: PIXELS }, (_, x) => {
    const [first, ...rest] = Array.from(input.subarray(x * 4, x * 4 + 4), (ink) => ink * 16)
    const [cell, within] = cellOf(first!, 17)
    return Array.from({ length: want }, (_, lane) => {
      let sum = 1 << 20
      for (const { node, weight } of corners(rest, 17)) {
        const next = (weight * within + 1) >> 1
        const own = ((weight * 255 + 1) >> 1) - next
        const at = (cell * cyan + node) * 3 + lane
        sum += own * nodes[at]! + (next === 0 ? 0 : next * nodes[at + cyan * 3]!)
      }
      return sum >> 21
    })
  }).flat()
  expect([...output]).toEqual(expected)
})

it.each([
  [3, 3, 8],
  [4, 4, 8],
  [3, 4, 8],
  [4, 2, 8],
  [3, 1, 8],
  [3, 3, 16],
  [4, 4, 16],
  [4, 2, 16],
  [3, 1, 16],
])('%i bands of light to %i, of %i bits, exactly as the plain twin', (bands, want, depth) => {
  const nodes = randomNodes('RGB')
  const input = samples(bands * (depth / 8))
  const output = run('RGB', nodes, input, PIXELS * want, (engine, from, to, grid) => {
    engine.call(depth === 8 ? 'colourLights' : 'colourLights16', from, bands, to, want, PIXELS, grid)
  })
  const values = depth === 8 ? input : new Uint16Array(input.buffer)
  const placeOf = (value: number) => (depth === 8 ? value * 32 : Math.floor((value * 8160 + 32767) / 65535))
  const expected = Array.from({ length: PIXELS }, (_, x) => {
    const pixel = values.subarray(x * bands, (x + 1) * bands)
    const around = corners(Array.from(pixel.subarray(0, 3), placeOf), 33)
    const lanes = Array.from({ length: want > 2 ? 3 : 1 }, (_, lane) => {
      let sum = 1 << 13
      for (const { node, weight } of around) if (weight > 0) sum += weight * nodes[node * 3 + lane]!
      return sum >> 14
    })
    const alpha = bands < 4 ? 255 : depth === 8 ? pixel[3]! : Math.floor(pixel[3]! / 257 + 0.5)
    return want % 2 === 0 ? [...lanes, alpha] : lanes
  }).flat()
  expect([...output]).toEqual(expected)
})

it('gives the very colours of the nodes, and all white where all are white', () => {
  const nodes = new Int16Array(NODES.CMYK).fill(Math.round(255 * STEP.CMYK))
  const input = samples(4, 60000)
  const output = run('CMYK', nodes, input, 60000 * 3, (engine, from, to, grid) => {
    engine.call('colourInks', from, to, 3, 60000, grid)
  })
  expect(output.every((value) => value === 255)).toBe(true)
  const ramp = randomNodes('RGB')
  // 255 is 3 · 5 · 17: bytes 0 and 255 lie at nodes, and no others do.
  const ends = Uint8Array.from({ length: 24 }, (_, i) => ((Math.floor(i / 3) >> (i % 3)) & 1) * 255)
  const shown = run('RGB', ramp, ends, 24, (engine, from, to, grid) => {
    engine.call('colourLights', from, 3, to, 3, 8, grid)
  })
  const nodeOf = (x: number) => (x & 1) * 32 * 33 * 33 + ((x >> 1) & 1) * 32 * 33 + ((x >> 2) & 1) * 32
  expect([...shown]).toEqual(
    Array.from({ length: 24 }, (_, i) =>
      Math.round(ramp[nodeOf(Math.floor(i / 3)) * 3 + (i % 3)]! / STEP.RGB),
    ),
  )
})
