// The square rendition that attention is judged on, as libvips' vips_resize makes it: columns, then
// rows, each shrunk by a whole factor and resampled by Lanczos-3 (enlarged by Catmull-Rom) with
// 12-bit weights at 64 phases. Two spots are often nearly equal, so its rounding is kept too.
import type { Engine } from '../engine'
import type { Area } from './smartcrop'

/** Taps that an output sample has at most: a residual factor of just under 4, three lobes. */
const MOST_TAPS = 32
const TAP_BYTES = 4 + 2 * MOST_TAPS

/** Lanczos with three lobes. */
function lanczos3(x: number): number {
  if (x === 0) return 1
  if (Math.abs(x) >= 3) return 0
  const t = Math.PI * x
  return (3 * Math.sin(t) * Math.sin(t / 3)) / (t * t)
}

/** Keys' cubic with a = -½. */
function catmullRom(x: number): number {
  const t = Math.abs(x)
  if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1
  return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0
}

/** How one axis is resampled: the whole factor, and each output sample's first input and weights. */
interface Axis {
  readonly factor: number
  readonly count: number
  readonly taps: readonly { readonly first: number; readonly weights: Int16Array }[]
}

/** The whole factor by which libvips shrinks a side before it resamples. */
function factorOf(length: number, side: number): number {
  return Math.max(1, Math.floor(length / side / 2))
}

function axisOf(length: number, side: number): Axis {
  const factor = factorOf(length, side)
  const scale = length / side / factor
  const shrinks = scale > 1
  const count = scale === 1 ? 1 : shrinks ? 2 * Math.round(3 * scale) + 1 : 5
  const taps = Array.from({ length: side }, (_, index) => {
    const centre = (index + 0.5) * scale
    const whole = Math.floor(centre)
    const phase = ((Math.floor(centre * 128) & 127) + 1) >> 1
    const half = phase / 64 + count / 2 - 1
    const kernel = Array.from({ length: count }, (_, i) =>
      shrinks ? lanczos3((i - half) / scale) : catmullRom(scale === 1 ? 0 : i - half),
    )
    const sum = kernel.reduce((total, weight) => total + weight, 0)
    const weights = Int16Array.from(kernel, (weight) => Math.trunc((weight / sum) * 4096))
    return { first: whole - (Math.ceil(count / 2) - 1), weights }
  })
  return { factor, count, taps }
}

/** What an allocation of `bytes` takes of the arena. */
const block = (bytes: number) => (bytes + 64 + 15) & ~15

const scratchBytes = (width: number) => width * 3 * (4 + MOST_TAPS + 1) + 32
const shrunkBytes = (width: number, side: number) => Math.ceil(width / factorOf(width, side)) * side * 3

/** Bytes of the arena that `makeSquare` takes. */
export function squareBytes(width: number, side: number): number {
  return block(side * TAP_BYTES) + block(scratchBytes(width)) + block(shrunkBytes(width, side))
}

/**
 * A rendition of `side` × `side` pixels, whatever the picture's ratio: interleaved, 1 or 3 bands, colours
 * premultiplied. The engine does the columns; the few thousand samples left are resampled here.
 */
export function makeSquare(engine: Engine, area: Area, side: number): Uint8ClampedArray {
  const { pointer, stride, width, height, bands } = area
  const colours = bands < 3 ? 1 : 3
  const down = axisOf(height, side)
  const across = axisOf(width, side)
  const table = engine.alloc(side * TAP_BYTES)
  const scratch = engine.alloc(scratchBytes(width))
  const shrunk = engine.alloc(shrunkBytes(width, side))
  for (const [i, { first, weights }] of down.taps.entries()) {
    new DataView(engine.memory.buffer).setInt32(table + i * TAP_BYTES, first, true)
    engine.bytes.set(new Uint8Array(weights.buffer), table + i * TAP_BYTES + 4)
  }
  const picture = [pointer, stride, width, height, bands]
  engine.call(
    'smartcropShrink',
    ...picture,
    across.factor,
    down.factor,
    side,
    table,
    down.count,
    scratch,
    shrunk,
  )
  const columns = Math.ceil(width / across.factor)
  const rows = engine.bytes.subarray(shrunk, shrunk + columns * side * colours)
  const square = new Uint8ClampedArray(side * side * colours)
  for (let i = 0; i < square.length; i++) {
    const [band, x, y] = [i % colours, Math.floor(i / colours) % side, Math.floor(i / colours / side)]
    const { first, weights } = across.taps[x]!
    let sum = 2048
    for (let k = 0; k < weights.length; k++) {
      const column = Math.min(columns - 1, Math.max(0, first + k))
      sum += weights[k]! * rows[(y * columns + column) * colours + band]!
    }
    square[i] = sum >> 12
  }
  return square
}
