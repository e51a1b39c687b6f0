// A picture like a photograph, made from a seed: a spectrum that falls with the frequency, soft light, a few hard
// edges, colours that change more slowly than light, and a sensor's grain.
import { makeRandom } from './random'

/** Random values on a lattice of `step` pixels, interpolated between. */
function octave(width: number, height: number, step: number, next: () => number): Float32Array {
  const [columns, rows] = [Math.ceil(width / step) + 2, Math.ceil(height / step) + 2]
  const lattice = Float32Array.from({ length: columns * rows }, () => next() - 0.5)
  const plane = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    const [row, v] = [Math.floor(y / step) * columns, (y % step) / step]
    for (let x = 0; x < width; x++) {
      const [at, u] = [row + Math.floor(x / step), (x % step) / step]
      const upper = lattice[at]! + (lattice[at + 1]! - lattice[at]!) * u
      const lower = lattice[at + columns]! + (lattice[at + columns + 1]! - lattice[at + columns]!) * u
      plane[y * width + x] = upper + (lower - upper) * v
    }
  }
  return plane
}

/** Octaves from `coarsest` pixels down to `finest`, each four fifths as strong as the one before. */
function clouds(
  width: number,
  height: number,
  coarsest: number,
  finest: number,
  next: () => number,
): Float32Array {
  const sum = new Float32Array(width * height)
  for (let step = coarsest, strength = 1; step >= finest; step /= 2, strength *= 0.8) {
    const plane = octave(width, height, step, next)
    for (let i = 0; i < sum.length; i++) sum[i]! += strength * plane[i]!
  }
  return sum
}

/** Interleaved samples with `bands` 1–4; alpha, where there is one, is a soft shape. */
export function photo(width: number, height: number, bands: number, seed: number): Uint8Array {
  const random = makeRandom(seed)
  const next = () => random() / 2 ** 32
  const light = clouds(width, height, 256, 1, next)
  const [blue, red] = [clouds(width, height, 256, 8, next), clouds(width, height, 256, 8, next)]
  const things = Array.from({ length: 8 }, () => ({
    x: next() * width,
    y: next() * height,
    radius: (0.03 + 0.12 * next()) * Math.max(width, height),
    shift: (next() - 0.5) * 120,
  }))
  const colours = bands < 3 ? 1 : 3
  const data = new Uint8Array(width * height * bands)
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    let luma = 128 + 80 * light[i]! + 40 * (0.5 - y / height)
    for (const thing of things) if (Math.hypot(x - thing.x, y - thing.y) < thing.radius) luma += thing.shift
    luma += (next() + next() - 1) * 6
    const [b, r] = [60 * blue[i]!, 60 * red[i]!]
    const colour = [luma + 1.4 * r, luma - 0.34 * b - 0.71 * r, luma + 1.77 * b]
    for (let band = 0; band < bands; band++) {
      const value =
        band < colours
          ? colour[band]!
          : 255 - 2 * Math.max(0, Math.hypot(x - width / 2, y - height / 2) - width / 3)
      data[i * bands + band] = Math.max(0, Math.min(255, value))
    }
  }
  return data
}
