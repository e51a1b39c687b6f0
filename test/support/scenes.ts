// Pictures made from a seed: gradients, soft blobs, hard edges and grain, so that every kind of
// content that a kernel treats differently occurs.
import { makeRandom } from './random'

/** Interleaved samples of a picture with `bands` 1–4; an alpha band varies too. */
export function seededScene(width: number, height: number, bands: number, seed: number): Uint8Array {
  const random = makeRandom(seed)
  const unit = () => random() / 2 ** 32
  const data = new Uint8Array(width * height * bands)
  const shapes = Array.from({ length: 12 }, () => ({
    x: unit() * width,
    y: unit() * height,
    radius: (0.05 + 0.25 * unit()) * Math.max(width, height),
    colour: Array.from({ length: bands }, () => unit() * 255),
    hard: unit() < 0.5,
  }))
  const slope = Array.from({ length: bands }, () => [unit() - 0.5, unit() - 0.5, unit() * 255])
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let band = 0; band < bands; band++) {
        const [dx, dy, base] = slope[band] as [number, number, number]
        let value = base + (dx * 255 * x) / width + (dy * 255 * y) / height
        for (const { x: cx, y: cy, radius, colour, hard } of shapes) {
          const distance = Math.hypot(x - cx, y - cy) / radius
          if (distance > 1) continue
          const weight = hard ? 1 : 1 - distance
          value += ((colour[band] as number) - value) * weight
        }
        data[(y * width + x) * bands + band] = Math.max(0, Math.min(255, value + (unit() - 0.5) * 12))
      }
    }
  }
  return data
}

/** Independent random samples. */
export function noise(length: number, seed: number): Uint8Array {
  const random = makeRandom(seed)
  return Uint8Array.from({ length }, () => random() & 255)
}
