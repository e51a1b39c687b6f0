// Gaussian blur as a step between rows. Below DIRECT_BELOW the picture meets the kernel itself;
// from there it goes through a smaller one (src/engine/blur-shrink.ts), at a cost that falls as
// sigma grows. Both keep over 50 dB to the true Gaussian; edges are repeated, alpha premultiplied.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Bands, RowReader, Rows } from '../rows'

/** Sigma from which the smaller picture is used: its nodes, 2 pixels apart, are then exact enough. */
const DIRECT_BELOW = 4
/** Rows given at once. */
const STRIP = 16

/** How a sigma is carried out: the distance of nodes (1 = direct) and the kernel applied there. */
interface Method {
  readonly step: number
  readonly sigma: number
  readonly radius: number
}

function methodOf(sigma: number): Method {
  if (sigma < DIRECT_BELOW) return { step: 1, sigma, radius: Math.ceil(3.4 * sigma) }
  const step = Math.max(2, Math.floor(sigma / 2.5))
  // What the triangle that makes nodes and the spline that reads them blur already.
  let triangle = 0
  for (let i = 1; i < 2 * step; i++) {
    const distance = (i - step) / step
    triangle += (1 - Math.abs(distance)) * distance ** 2
  }
  const rest = Math.sqrt((sigma / step) ** 2 - triangle / step - 3 / 12)
  return { step, sigma: rest, radius: Math.ceil(3.7 * rest) }
}

/** Weights from the middle outwards that sum, taken twice but for the middle one, to 1. */
function gaussian({ sigma, radius }: Method): number[] {
  const weights = Array.from({ length: radius + 1 }, (_, k) => Math.exp(-(k * k) / (2 * sigma * sigma)))
  const sum = weights.reduce((total, weight) => total + 2 * weight, -1)
  return weights.map((weight) => weight / sum)
}

/** The same in 15 bits, as the direct kernel takes them, with a 0 behind. */
export function fixedWeights(sigma: number): Int16Array {
  const method = methodOf(sigma)
  const weights = new Int16Array(method.radius + 2)
  weights.set(gaussian(method).map((weight) => Math.round(weight * 32768)))
  const sides = weights.subarray(1).reduce((total, weight) => total + 2 * weight, 0)
  weights[0] = 32768 - sides
  return weights
}

const align = (bytes: number) => (bytes + 31) & ~15
/** What an allocation of `bytes` takes of the arena. */
const block = (bytes: number) => (bytes + 64 + 15) & ~15

/** Bytes of the engine's arena that `blurRows` takes. */
export function blurBytes(width: number, height: number, bands: Bands, sigma: number): number {
  const { step, radius } = methodOf(sigma)
  const output = block(Math.min(STRIP, height) * width * bands + 8)
  const line = (samples: number) => ((samples + 7) & ~7) * 2
  if (step === 1) {
    const rows = line(width * bands) * (2 * radius + STRIP) + line((width + 2 * (radius + 1)) * bands) + 32
    return output + block((radius + 2) * 2) + block(rows)
  }
  const nodes = Math.ceil(width / step)
  const full = align(width * bands * 2) + 3 * align(width * bands * 4)
  const shrunk =
    align((nodes + 2 + 2 * radius) * bands * 4) + align((nodes + 2) * bands * 4) * (2 * radius + 6)
  return output + block((radius + 1) * 4) + block(full + shrunk)
}

function place(engine: Engine, weights: Int16Array | Float32Array): number {
  const pointer = engine.alloc(weights.byteLength)
  engine.bytes.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength), pointer)
  return pointer
}

/**
 * Blurs the rows of `source` with a Gaussian of `sigma` pixels, 0.3–150.
 * Throws ImageError `too-large` where the arena has less room than `blurBytes`.
 */
export function blurRows(engine: Engine, source: RowReader, sigma: number): RowReader {
  const { width, height, bands } = source
  const method = methodOf(sigma)
  const strip = Math.min(STRIP, height)
  const output = engine.alloc(strip * width * bands + 8)
  const kernel = place(engine, method.step === 1 ? fixedWeights(sigma) : Float32Array.from(gaussian(method)))
  if (engine.call('blurStart', width, height, bands, method.step, method.radius, kernel) < 0) {
    throw new ImageError('too-large', `The picture needs more than the ${engine.limit} bytes planned for it`)
  }
  const put = engine.kernel('blurPut')
  const take = engine.kernel('blurTake')
  let rows: Rows | null = null
  let used = 0
  return {
    width,
    height,
    bands,
    async read() {
      while (true) {
        const count = take(output, strip)
        if (count > 0) return { pointer: output, count, stride: width * bands }
        if (!rows || used === rows.count) {
          rows = await source.read()
          used = 0
          if (!rows) return null
        }
        used += put(rows.pointer + used * rows.stride, rows.count - used, rows.stride)
      }
    },
    close: () => source.close(),
  }
}
