// The resampler's SIMD against a plain twin, exact, on seeded random rows.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import type { Bands } from '../../src/image/rows'
import { type Axis, makeAxis } from '../../src/image/steps/weights'
import { random } from '../support/rows'

const clamp = (value: number): number => Math.min(255, Math.max(0, value))
const f = Math.fround
/** Rounds as the kernels do: half up, by an arithmetic shift of 14 bits. */
const shift = (sum: number): number => Math.floor((sum + 8192) / 16384)

/** Whole boxes of straight samples, or of samples premultiplied and × 64. */
function shrink(
  pixels: Uint8Array,
  width: number,
  height: number,
  bands: Bands,
  x: Axis,
  y: Axis,
): number[][] {
  const alpha = bands % 2 === 0
  const columns = Math.ceil(x.length / x.box)
  const lines = Math.ceil(y.length / y.box)
  const out: number[][] = []
  for (let line = 0; line < lines; line++) {
    const row: number[] = []
    for (let column = 0; column < columns; column++) {
      for (let band = 0; band < bands; band++) {
        let sum = 0
        for (let v = 0; v < y.box; v++) {
          for (let u = 0; u < x.box; u++) {
            const px = Math.min(x.from + column * x.box + u, x.from + x.length - 1, width - 1)
            const py = Math.min(y.from + line * y.box + v, y.from + y.length - 1, height - 1)
            const at = (py * width + px) * bands
            const a = pixels[at + bands - 1]!
            sum += alpha ? pixels[at + band]! * (band === bands - 1 ? 255 : a) : pixels[at + band]!
          }
        }
        const area = x.box * y.box
        if (!alpha) row.push(Math.floor((sum + (area >> 1)) / area))
        else if (area > 1) row.push(Math.floor(f(f(sum * f(64 / f(255 * area))) + 0.5)))
        else {
          // Halved, so that the product fits a signed 16-bit lane.
          row.push(Math.floor(((sum >> 1) * 16448 + 16384) / 32768))
        }
      }
    }
    out.push(row)
  }
  return out
}

function plain(pixels: Uint8Array, width: number, height: number, bands: Bands, x: Axis, y: Axis): number[] {
  const alpha = bands % 2 === 0
  const boxes = shrink(pixels, width, height, bands, x, y)
  const samples = boxes[0]!.length
  const out: number[] = []
  for (let row = 0; row < y.starts.length; row++) {
    const middle: number[] = []
    for (let i = 0; i < samples; i++) {
      let sum = 0
      for (let t = 0; t < y.taps; t++) {
        const line = Math.min(y.starts[row]! + t, boxes.length - 1)
        sum += y.weights[row * y.taps + t]! * boxes[line]![i]!
      }
      middle.push(alpha ? shift(sum) : clamp(shift(sum)))
    }
    for (let column = 0; column < x.starts.length; column++) {
      const sums: number[] = []
      for (let band = 0; band < bands; band++) {
        let sum = 0
        for (let t = 0; t < x.taps; t++) {
          const weight = x.weights[column * x.taps + t]!
          if (weight !== 0) sum += weight * middle[(x.starts[column]! + t) * bands + band]!
        }
        sums.push(shift(sum))
      }
      if (!alpha) out.push(...sums.map(clamp))
      else {
        const a = sums[bands - 1]!
        const factor = f(255 / a)
        for (let band = 0; band < bands; band++) {
          const value = band === bands - 1 ? f(a * f(1 / 64)) : f(sums[band]! * factor)
          out.push(a < 32 ? 0 : clamp(Math.trunc(f(value + 0.5))))
        }
      }
    }
  }
  return out
}

function kernel(pixels: Uint8Array, width: number, bands: Bands, x: Axis, y: Axis): number[] {
  const engine = new Engine(16 << 20)
  const place = (table: Uint8Array | Int32Array | Int16Array): number => {
    const at = engine.alloc(table.byteLength)
    engine.bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), at)
    return at
  }
  const at = place(pixels)
  const [outWidth, outHeight] = [x.starts.length, y.starts.length]
  const tables = [x.taps, place(x.starts), place(x.weights), y.taps, place(y.starts), place(y.weights)]
  const state = engine.call(
    'resizeStart',
    bands,
    x.length,
    y.length,
    x.box,
    y.box,
    outWidth,
    outHeight,
    ...tables,
    y.taps + 3,
  )
  const stride = outWidth * bands + 16
  const out = engine.alloc(outHeight * stride)
  let made = 0
  let used = 0
  while (made < outHeight) {
    const row = at + ((y.from + used) * width + x.from) * bands
    used += engine.call('resizePush', state, row, Math.min(5, y.length - used), width * bands)
    made += engine.call('resizePull', state, out + made * stride, stride, outHeight - made)
  }
  const rows: number[] = []
  for (let row = 0; row < outHeight; row++) {
    rows.push(...engine.bytes.subarray(out + row * stride, out + row * stride + outWidth * bands))
  }
  return rows
}

const axis = (source: number, scaled: number, first: number, count: number, align: number): Axis =>
  makeAxis({ source, shrink: source / scaled, scaled, first, count, mirrored: false }, align)

describe.each([1, 2, 3, 4] as const)('resampling %i bands', (bands) => {
  it('is exactly the plain one', () => {
    const next = random(bands)
    const [width, height] = [97, 61]
    for (let round = 0; round < 3; round++) {
      // Opaque, transparent and in between; extremes, so that Lanczos overshoots.
      const pixels = Uint8Array.from({ length: width * height * bands }, () =>
        next(3) === 0 ? 255 * next(2) : next(256),
      )
      const sizes: [number, number][] = [
        [40, 25],
        [11, 7],
        [3, 2],
        [150, 20],
        [97, 90],
      ]
      for (const [w, h] of sizes) {
        const cut = Math.min(2, w - 1)
        const x = axis(width, w, cut, w - cut, bands === 1 ? 8 : 4)
        const y = axis(height, h, 0, h, 2)
        expect(kernel(pixels, width, bands, x, y)).toEqual(plain(pixels, width, height, bands, x, y))
      }
    }
  })
})

describe('weights', () => {
  it('sum to one, so that flat areas stay flat', () => {
    for (const [source, scaled] of [
      [97, 13],
      [97, 96],
      [97, 300],
      [5, 1],
      [1, 9],
    ] as const) {
      const { taps, weights, starts } = axis(source, scaled, 0, scaled, 4)
      for (let i = 0; i < scaled; i++) {
        const sum = weights.subarray(i * taps, (i + 1) * taps).reduce((total, weight) => total + weight, 0)
        expect(sum).toBe(16384)
        expect(starts[i]).toBeGreaterThanOrEqual(0)
      }
    }
  })
})
