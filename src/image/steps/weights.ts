// The weights of one axis of the resampler, in libvips' geometry (resample/resize.c, reduceh.cpp,
// affine.c): reducing first takes the mean of whole boxes, then Lanczos-3; enlarging is cubic.

/** i16 weights have 14 fractional bits, so that a sum of 1 and Lanczos' overshoot both fit. */
const ONE = 1 << 14
const LOBES = 3
/** The filter after the box shrink still reduces by at least this much: libvips' `gap`. */
const GAP = 2
/** Sums of a box's rows are u16: 256 × 255 fits. */
const MAX_BOX = 256

/** How samples along one axis become others. */
export interface Axis {
  /** Source samples averaged into one before filtering. */
  readonly box: number
  /** First source sample that is needed, and how many. */
  readonly from: number
  readonly length: number
  /** Weights per output sample. */
  readonly taps: number
  /** First box of each output sample, counted from `from`. */
  readonly starts: Int32Array
  /** `taps` per output sample. */
  readonly weights: Int16Array
}

/** What of a scaled axis is wanted. */
export interface AxisRequest {
  /** Samples of the source. */
  readonly source: number
  /** Source samples per output sample, below 1 to enlarge. */
  readonly shrink: number
  /** Samples of the whole scaled axis. */
  readonly scaled: number
  /** The part of it that is wanted. */
  readonly first: number
  readonly count: number
  /** Whether the upright picture runs the other way along this axis. */
  readonly mirrored: boolean
  /** Of an axis that is reduced: where in the source output sample 0 begins, if not by libvips' rule. */
  readonly begins?: number
}

/** Source samples averaged per box for this scale. */
export function boxOf(source: number, scaled: number): number {
  return Math.min(MAX_BOX, Math.max(1, Math.floor(source / scaled / GAP)))
}

/** Taps of an axis, as `makeAxis` will have them: as many samples as can lie within the kernel's reach. */
export function tapsOf(shrink: number, box: number, align: number): number {
  const taps = shrink === 1 ? 1 : shrink < 1 ? 4 : Math.ceil((2 * LOBES * shrink) / box)
  return Math.ceil(taps / align) * align
}

/** Where output sample 0 of an axis begins: libvips reduces around the picture's middle. */
export function beginOf(source: number, shrink: number, scaled: number): number {
  return shrink > 1 ? (source - scaled * shrink) / 2 : 0
}

/** What the samples of an axis are made of. */
function settle({ source, shrink, scaled, mirrored, begins = beginOf(source, shrink, scaled) }: AxisRequest) {
  const box = shrink > 1 ? boxOf(source, scaled) : 1
  const boxes = Math.ceil(source / box)
  // libvips enlarges half an output pixel to the right of the picture's middle (vips_affine in
  // vips_resize): we follow, so that pictures lie exactly upon each other.
  const shift = shrink > 1 ? 0.5 : mirrored ? 1 : 0
  const reach = shrink > 1 ? (LOBES * shrink) / box : 2
  const width = tapsOf(shrink, box, 1)
  return {
    box,
    boxes,
    width,
    /** Where output sample `i` lies, in boxes. */
    centre: (i: number): number => ((i + shift) * shrink + begins) / box - 0.5,
    /** Its first tap. A picture that isn't scaled along this axis is copied. */
    start: (i: number, centre: number): number => (shrink === 1 ? i : Math.floor(centre - reach) + 1),
    /** The box of the first weight, moved inside the picture. */
    begin: (start: number): number => clamp(start, 0, Math.max(0, boxes - width)),
  }
}

/** The source samples that an axis needs, without its weights. */
export function spanOf(request: AxisRequest): { from: number; length: number } {
  const { box, boxes, width, centre, start, begin } = settle(request)
  const at = (i: number): number => begin(start(i, centre(i)))
  const from = at(request.first) * box
  const end = Math.min(boxes, at(request.first + request.count - 1) + width) * box
  return { from, length: Math.min(end, request.source) - from }
}

/**
 * Makes the weights of an axis.
 * @param align taps are padded to a multiple of this with zeros
 */
export function makeAxis(request: AxisRequest, align: number): Axis {
  const { shrink, first, count } = request
  const { box, boxes, width, centre, start, begin } = settle(request)
  const step = box / shrink
  const kernel = shrink > 1 ? (d: number) => lanczos(d * step) : cubic
  const { from, length } = spanOf(request)
  const low = from / box
  const taps = Math.ceil(width / align) * align
  const starts = new Int32Array(count)
  const weights = new Int16Array(count * taps)
  const values = new Float64Array(width)
  for (let i = 0; i < count; i++) {
    const middle = centre(first + i)
    const own = start(first + i, middle)
    const moved = begin(own)
    if (moved === own && own + width <= boxes && shrink !== 1) {
      for (let t = 0; t < width; t++) values[t] = kernel(own + t - middle)
    } else {
      values.fill(0)
      for (let t = 0; t < width; t++) {
        // What lies outside repeats the edge.
        const at = clamp(own + t, 0, boxes - 1) - moved
        values[clamp(at, 0, width - 1)]! += shrink === 1 ? Number(t === 0) : kernel(own + t - middle)
      }
    }
    starts[i] = moved - low
    quantise(values, weights, i * taps)
  }
  return { box, from, length, taps, starts, weights }
}

/** Rounds to 14 fractional bits so that the sum is exactly one: flat areas stay exactly flat. */
function quantise(values: Float64Array, out: Int16Array, at: number): void {
  const { length } = values
  let sum = 0
  for (let i = 0; i < length; i++) sum += values[i]!
  const scale = ONE / sum
  let rest = ONE
  let largest = 0
  let most = 0
  for (let i = 0; i < length; i++) {
    const weight = Math.floor(values[i]! * scale + 0.5)
    out[at + i] = weight
    rest -= weight
    const size = weight < 0 ? -weight : weight
    if (size > most) {
      most = size
      largest = i
    }
  }
  out[at + largest]! += rest
}

/** Lanczos-3 at this many points per unit; between them a straight line is off by less than 10⁻⁵. */
const POINTS = 512

const lanczosTable = Float64Array.from({ length: LOBES * POINTS + 2 }, (_, i) => {
  if (i === 0) return 1
  if (i >= LOBES * POINTS) return 0
  const angle = (Math.PI * i) / POINTS
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle)
})

function lanczos(x: number): number {
  const at = Math.abs(x) * POINTS
  if (at >= LOBES * POINTS) return 0
  const i = Math.floor(at)
  const low = lanczosTable[i]!
  return low + (lanczosTable[i + 1]! - low) * (at - i)
}

/** Catmull-Rom, libvips' `bicubic`. */
function cubic(x: number): number {
  const d = Math.abs(x)
  if (d >= 2) return 0
  return d <= 1 ? (1.5 * d - 2.5) * d * d + 1 : ((-0.5 * d + 2.5) * d - 4) * d + 2
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
