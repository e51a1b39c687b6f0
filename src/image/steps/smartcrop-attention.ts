// The most interesting spot of a small picture, by the measure of libvips' smartcrop (which took
// it from smartcrop.js): edges in luminance, closeness to the colour of skin, redness.

/** Both sides of the picture that is judged, in pixels. */
export const ATTENTION_SIDE = 32

const SIDE = ATTENTION_SIDE
/** Direction of skin's colour in XYZ. */
const SKIN = [0.78, 0.57, 0.44] as const
/** Luminance, of 100, below which colour says nothing. */
const DARK = 5

/** sRGB's transfer function, 0–255 to 0–100. */
const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255
  return 100 * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
})

/** CIE's f, for the a of L*a*b*. */
function labRoot(t: number): number {
  return t < 0.008856 ? 7.787 * t + 16 / 116 : Math.cbrt(t)
}

const clamp = (at: number) => Math.min(SIDE - 1, Math.max(0, at))

/** Scores of skin and redness of a colour in XYZ; both 0 in the dark. */
function colourScore(x: number, y: number, z: number): number {
  if (y <= DARK) return 0
  const length = Math.hypot(x, y, z)
  const skin = Math.hypot(x / length - SKIN[0], y / length - SKIN[1], z / length - SKIN[2])
  const a = 500 * (labRoot(x / 95.047) - labRoot(y / 100))
  return 100 - 100 * skin + a
}

/** Each pixel's interest. */
function scores(pixels: Uint8ClampedArray, bands: number): Float32Array {
  const luminance = new Float32Array(SIDE * SIDE)
  const interest = new Float32Array(SIDE * SIDE)
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [r, g, b] = [0, 1, 2].map((band) => LINEAR[pixels[i * bands + (bands === 1 ? 0 : band)]!]!) as [
      number,
      number,
      number,
    ]
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    luminance[i] = y
    interest[i] = colourScore(0.4124 * r + 0.3576 * g + 0.1805 * b, y, 0.0193 * r + 0.1192 * g + 0.9505 * b)
  }
  const at = (x: number, y: number) => luminance[clamp(y) * SIDE + clamp(x)]!
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const edge = 4 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)
      interest[y * SIDE + x]! += 5 * Math.abs(edge)
    }
  }
  return interest
}

/** libvips' whole-number Gaussian: cut where it falls below a fifth, in twentieths. */
function kernel(sigma: number): number[] {
  const weights: number[] = []
  for (let x = 0; x < 8 * sigma; x++) {
    const weight = Math.exp(-(x * x) / (2 * sigma * sigma))
    if (weight < 0.2) break
    weights.push(Math.round(20 * weight))
  }
  const sum = weights.reduce((total, weight) => total + 2 * weight, -weights[0]!)
  return weights.map((weight) => weight / sum)
}

/** Blurs along `step` (1 rows, SIDE columns), edges repeated. */
function blur(plane: Float32Array, weights: number[], step: number): Float32Array {
  const other = SIDE + 1 - step
  return plane.map((_, i) => {
    const place = Math.floor(i / step) % SIDE
    const base = (Math.floor(i / other) % SIDE) * other
    let sum = 0
    for (let k = 1 - weights.length; k < weights.length; k++) {
      sum += weights[Math.abs(k)]! * plane[base + clamp(place + k) * step]!
    }
    return sum
  })
}

/**
 * The spot of a 32×32 picture (1 or 3 bands) that a crop should be centred on.
 * @param width size of the crop in this picture's pixels: the larger, the wider it is judged
 */
export function attentionSpot(
  pixels: Uint8ClampedArray,
  bands: number,
  width: number,
  height: number,
): { x: number; y: number } {
  const weights = kernel(Math.max(Math.hypot(width, height) / 10, 1))
  const blurred = blur(blur(scores(pixels, bands), weights, 1), weights, SIDE)
  let best = 0
  for (let i = 1; i < blurred.length; i++) if (blurred[i]! > blurred[best]!) best = i
  return { x: best % SIDE, y: Math.floor(best / SIDE) }
}
