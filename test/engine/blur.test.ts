// The blur's kernels against plain twins that do the same arithmetic a sample at a time.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { makeRandom } from '../support/random'
import { noise } from '../support/scenes'

interface Picture {
  data: Uint8Array
  width: number
  height: number
  bands: number
}

const f = Math.fround

function run({ data, width, height, bands }: Picture, step: number, radius: number, kernel: ArrayBufferView) {
  const engine = new Engine(8 << 20)
  const source = engine.alloc(data.length)
  const weights = engine.alloc(kernel.byteLength)
  const target = engine.alloc(data.length + 8)
  expect(engine.call('blurStart', width, height, bands, step, radius, weights)).toBe(0)
  engine.bytes.set(data, source)
  engine.bytes.set(new Uint8Array(kernel.buffer), weights)
  const stride = width * bands
  for (let put = 0, taken = 0; taken < height; ) {
    put += engine.call('blurPut', source + put * stride, height - put, stride)
    taken += engine.call('blurTake', target + taken * stride, height - taken)
  }
  return engine.bytes.slice(target, target + data.length)
}

const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value))

/** 16-bit fixed point: columns, then rows, alpha premultiplied with 6 fraction bits. */
function plainDirect({ data, width, height, bands }: Picture, weights: Int16Array): Uint8Array {
  const alpha = bands % 2 === 0
  const last = bands - 1
  const radius = weights.length - 2
  const pass = (plane: Int32Array, dx: number, dy: number, shift: number) =>
    plane.map((_, i) => {
      const [band, x, y] = [i % bands, Math.floor(i / bands) % width, Math.floor(i / bands / width)]
      let sum = 2 ** (shift - 1)
      for (let k = -radius; k <= radius; k++) {
        const at = clamp(y + k * dy, height - 1) * width + clamp(x + k * dx, width - 1)
        sum += weights[Math.abs(k)]! * plane[at * bands + band]!
      }
      return sum >> shift
    })
  const wide = Int32Array.from(data, (value, i) => {
    if (!alpha || i % bands === last) return value << 6
    const product = value * data[i - (i % bands) + last]!
    return (product * 16448 + (product >> 2) + 32768) >> 16
  })
  const blurred = pass(pass(wide, 0, 1, 15), 1, 0, alpha ? 15 : 21)
  if (!alpha) return Uint8Array.from(blurred)
  return Uint8Array.from(blurred, (value, i) => {
    if (i % bands === last) return (value + 32) >> 6
    const opacity = Math.max(blurred[i - (i % bands) + last]!, 1)
    return clamp(Math.trunc(f(f(f(value * 255) / opacity) + 0.5)), 255)
  })
}

/** Nodes, their blur and their spline, in single precision in the engine's order. */
function plainShrink(
  { data, width, height, bands }: Picture,
  step: number,
  radius: number,
  kernel: Float32Array,
) {
  const alpha = bands % 2 === 0
  const last = bands - 1
  const triangle = (x: number, node: number) =>
    Math.max(2 * step - Math.abs(2 * x - (step - 1) - 2 * step * node), 0)
  const sample = (x: number, y: number, band: number) => {
    const at = (y * width + x) * bands
    return alpha ? data[at + last]! * (band === last ? 255 : data[at + band]!) : data[at + band]!
  }
  const scale = f(1 / (4 * step ** 4 * (alpha ? 255 : 1)))
  const [across, down] = [Math.ceil(width / step), Math.ceil(height / step)]
  /** Node rows j and nodes i from -1 - radius, each `bands` numbers. */
  const node = (i: number, j: number, band: number) => {
    let total = 0
    for (let x = (i - 2) * step; x < (i + 3) * step; x++) {
      const weight = triangle(x, i)
      if (weight === 0) continue
      let sum = 0
      for (let y = (j - 2) * step; y < (j + 3) * step; y++) {
        sum += triangle(y, j) * sample(clamp(x, width - 1), clamp(y, height - 1), band)
      }
      total = f(total + f(f(sum) * weight))
    }
    return f(total * scale)
  }
  const blurBy = (at: (k: number) => number) => {
    let total = f(at(0) * kernel[0]!)
    for (let k = 1; k <= radius; k++) total = f(total + f(f(at(-k) + at(k)) * kernel[k]!))
    return total
  }
  const nodes = new Map<string, number>()
  const cached = (key: string, make: () => number) => {
    if (!nodes.has(key)) nodes.set(key, make())
    return nodes.get(key)!
  }
  const rowBlurred = (i: number, j: number, band: number) =>
    cached(`r${i},${j},${band}`, () =>
      blurBy((k) => cached(`n${i + k},${j},${band}`, () => node(i + k, j, band))),
    )
  const blurred = (i: number, j: number, band: number) =>
    cached(`b${i},${j},${band}`, () => blurBy((k) => rowBlurred(i, j + k, band)))
  const out = new Uint8ClampedArray(data.length)
  const h = f(1 / step)
  const start = f(f(0.5 * h) - 0.5)
  const slope = f(f(f(2 * start) * h) + f(h * h))
  for (let y = 0; y < height; y++) {
    const j = Math.floor(y / step)
    expect(j).toBeLessThan(down)
    const t = f(f(f(y - j * step + 0.5) / step) - 0.5)
    const spline = [
      f(f(0.5 * f(0.5 - t)) * f(0.5 - t)),
      f(0.75 - f(t * t)),
      f(f(0.5 * f(0.5 + t)) * f(0.5 + t)),
    ]
    const line = (i: number, band: number) =>
      f(
        f(f(blurred(i, j - 1, band) * spline[0]!) + f(blurred(i, j, band) * spline[1]!)) +
          f(blurred(i, j + 1, band) * spline[2]!),
      )
    for (let i = 0; i < across; i++) {
      const cells = Array.from({ length: bands }, (_, band) => {
        const [p, q, r] = [line(i - 1, band), line(i, band), line(i + 1, band)]
        const sum = f(f(p + r) * 0.5)
        const c = f(sum - q)
        const b = f(f(r - p) * 0.5)
        const a = f(f(sum * 0.25) + f(q * 0.75))
        return {
          value: f(a + f(f(b * start) + f(c * f(start * start)))),
          difference: f(f(b * h) + f(c * slope)),
          change: f(c * f(f(2 * h) * h)),
        }
      })
      for (let x = i * step; x < Math.min(width, (i + 1) * step); x++) {
        const opacity = f(255 / Math.max(cells[last]!.value, f(0.0001)))
        for (const [band, cell] of cells.entries()) {
          const straight =
            alpha && band !== last ? clamp(f(cell.value * opacity), 255) : Math.max(cell.value, 0)
          out[(y * width + x) * bands + band] = f(straight + 8388608) - 8388608
          cell.value = f(cell.value + cell.difference)
          cell.difference = f(cell.difference + cell.change)
        }
      }
    }
  }
  return Uint8Array.from(out)
}

const pictures = Array.from({ length: 24 }, (_, seed): Picture => {
  const random = makeRandom(seed + 1)
  const [width, height, bands] = [1 + (random() % 29), 1 + (random() % 23), 1 + (seed % 4)]
  return { data: noise(width * height * bands, seed), width, height, bands }
})

describe('blur kernels', () => {
  it('direct: is its plain twin exactly', () => {
    for (const [i, picture] of pictures.entries()) {
      const radius = 1 + (i % 13)
      const weights = new Int16Array(radius + 2)
      for (let k = 1; k <= radius; k++) weights[k] = Math.floor(14000 / radius / (k + 1))
      weights[0] = 32768 - 2 * weights.subarray(1).reduce((sum, weight) => sum + weight, 0)
      const { width, height, bands } = picture
      expect(run(picture, 1, radius, weights), `${width}×${height}×${bands}, radius ${radius}`).toEqual(
        plainDirect(picture, weights),
      )
    }
  })

  it('through nodes: is its plain twin exactly', () => {
    for (const [i, picture] of pictures.entries()) {
      const [step, radius] = [2 + (i % 7), 1 + (i % 9)]
      const kernel = Float32Array.from({ length: radius + 1 }, (_, k) => 1 / (1 + k * k))
      const sum = kernel.reduce((total, weight, k) => total + (k ? 2 : 1) * weight, 0)
      for (const k of kernel.keys()) kernel[k]! /= sum
      const { width, height, bands } = picture
      const where = `${width}×${height}×${bands}, step ${step}, radius ${radius}`
      expect(run(picture, step, radius, kernel), where).toEqual(plainShrink(picture, step, radius, kernel))
    }
  })
})
