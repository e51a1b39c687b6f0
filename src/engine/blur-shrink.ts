// Gaussian blur through a smaller picture, for large sigma: its cost falls as sigma grows.
//
// Rows are gathered into nodes `step` pixels apart with triangle weights, the nodes are blurred
// with a small Gaussian, and the output is their quadratic B-spline. The three kernels' variances
// add up to sigma². With sigma ≥ 2 steps the whole differs from the Gaussian by under a grey
// level even for noise, because the triangle removes what the nodes would alias. Node j lies at
// pixel j × step + (step - 1) / 2. Rows and columns beyond the edges repeat the edge, so nodes
// far outside are the edge itself.
//
// Memory is three rows of u32 at full width and a few rows of f32 nodes.

import { alloc } from './arena'

let width: i32 = 0
let height: i32 = 0
let bands: i32 = 0
let step: i32 = 0
let radius: i32 = 0
let weights: usize = 0

/** f32 weights of the 2 × step pixels around a node; the host's largest step is 60. */
const weightsOfNode = memory.data(128 * 4, 16)

/** Nodes across the picture, and with margin: -1 - radius … nodesX + radius. */
let nodesX: i32 = 0
let nodesY: i32 = 0
let nodeBytes: u32 = 0
let blurredBytes: u32 = 0

let samples: usize = 0
let sums: usize = 0
let sumBytes: u32 = 0
let nodes: usize = 0
let edge: usize = 0
let ring: usize = 0
let ringRows: i32 = 0
let final: usize = 0
let line: usize = 0

let rowsIn: i32 = 0
let rowsOut: i32 = 0
/** The next row of nodes to finish, from -1 - radius to nodesY + radius. */
let nodeNext: i32 = 0
/** The rows of the cell that ends here can be given. */
let rowsReady: i32 = 0

function align(bytes: u32): u32 {
  return (bytes + 31) & ~15
}

/**
 * Starts. `kernel` is nodeRadius + 1 × f32, the Gaussian's weights from the middle outwards.
 * Returns 0 or -1.
 */
export function shrinkStart(
  w: i32,
  h: i32,
  bandCount: i32,
  pixels: i32,
  nodeRadius: i32,
  kernel: usize,
): i32 {
  width = w
  height = h
  bands = bandCount
  step = pixels
  radius = nodeRadius
  weights = kernel
  nodesX = (w + step - 1) / step
  nodesY = (h + step - 1) / step
  const count = w * bands
  const sampleBytes = align(count * 2)
  sumBytes = align(count * 4)
  nodeBytes = align((nodesX + 2 + 2 * radius) * bands * 4)
  blurredBytes = align((nodesX + 2) * bands * 4)
  ringRows = 2 * radius + 1
  const bytes = sampleBytes + 3 * sumBytes + nodeBytes + blurredBytes * (1 + ringRows + 3 + 1)
  samples = alloc(bytes)
  if (samples == 0) return -1
  sums = samples + sampleBytes
  nodes = sums + 3 * sumBytes
  edge = nodes + nodeBytes
  ring = edge + blurredBytes
  final = ring + ringRows * blurredBytes
  line = final + 3 * blurredBytes
  // Whole vectors run over the ends of rows: what lies there must be numbers.
  memory.fill(samples, 0, bytes)
  rowsIn = 0
  rowsOut = 0
  nodeNext = -1 - radius
  rowsReady = 0
  return 0
}

/** The upper of the two nodes between which row (or column) `y` lies. */
function nodeAbove(y: i32): i32 {
  const position = 2 * y - (step - 1)
  return position < 0 ? -((2 * step - 1 - position) / (2 * step)) : position / (2 * step)
}

/** Triangle weight of row (or column) `y` for node `j`, in units of which each row has 2 × step. */
function triangle(y: i32, j: i32): i32 {
  const distance = 2 * y - (step - 1) - 2 * step * j
  return max(2 * step - (distance < 0 ? -distance : distance), 0)
}

/** The same with the rows beyond the edges added to row 0 and to the last. */
function weightOf(y: i32, j: i32, last: i32): i32 {
  let weight = triangle(y, j)
  if (y == 0) for (let i = 1; i < 2 * step; i++) weight += triangle(-i, j)
  if (y == last) for (let i = 1; i < 2 * step; i++) weight += triangle(last + i, j)
  return weight
}

/** Takes up to `count` rows; fewer when output must be taken first. Returns how many. */
export function shrinkPut(source: usize, count: i32, stride: u32): i32 {
  let taken = 0
  while (taken < count && rowsIn < height) {
    const above = nodeAbove(rowsIn)
    // The two sums are of the nodes above and below; earlier nodes must be finished.
    if (rowsIn > 0 && nodeNext < max(above, -1)) break
    const row = source + taken * stride
    if (bands & 1) widen(row)
    else premultiply(row)
    if (rowsIn == 0) edgeNodes()
    gather(above)
    gather(above + 1)
    if (rowsIn == height - 1 && rowsIn > 0) edgeNodes()
    rowsIn++
    taken++
  }
  return taken
}

function widen(source: usize): void {
  const count = width * bands
  for (let x = 0; x < count; x += 8) v128.store(samples + (x << 1), v128.load8x8_u(source + x))
}

/** Colours times alpha, alpha times 255. */
function premultiply(source: usize): void {
  if (bands == 4) {
    const opaque = v128.splat<u8>(255)
    for (let x = 0; x < width << 2; x += 16) {
      const pixels = v128.load(source + x)
      const alphas = i8x16.shuffle(pixels, opaque, 3, 3, 3, 16, 7, 7, 7, 16, 11, 11, 11, 16, 15, 15, 15, 16)
      v128.store(samples + (x << 1), i16x8.extmul_low_i8x16_u(pixels, alphas))
      v128.store(samples + (x << 1), i16x8.extmul_high_i8x16_u(pixels, alphas), 16)
    }
    return
  }
  const colours = bands - 1
  let target = samples
  for (let x = 0; x < width; x++) {
    const alpha = <u32>load<u8>(source + colours)
    for (let band = 0; band < colours; band++) {
      store<u16>(target + (band << 1), load<u8>(source + band) * alpha)
    }
    store<u16>(target + (colours << 1), alpha * 255)
    source += bands
    target += bands << 1
  }
}

/** Adds the row in `samples` to the sum of node row `j`. */
function gather(j: i32): void {
  const weight = weightOf(rowsIn, j, height - 1)
  if (weight == 0) return
  const sum = sums + (j & 1) * sumBytes
  const factor = i16x8.splat(<i16>weight)
  const count = width * bands
  // A node's first row, which is row 0 for those it has a part in, starts its sum.
  const first = rowsIn == 0 || triangle(rowsIn - 1, j) == 0
  if (first) {
    for (let x = 0; x < count; x += 8) {
      const row = v128.load(samples + (x << 1))
      v128.store(sum + (x << 2), i32x4.extmul_low_i16x8_u(row, factor))
      v128.store(sum + (x << 2), i32x4.extmul_high_i16x8_u(row, factor), 16)
    }
    return
  }
  for (let x = 0; x < count; x += 8) {
    const row = v128.load(samples + (x << 1))
    const at = sum + (x << 2)
    v128.store(at, i32x4.add(v128.load(at), i32x4.extmul_low_i16x8_u(row, factor)))
    v128.store(at, i32x4.add(v128.load(at, 16), i32x4.extmul_high_i16x8_u(row, factor)), 16)
  }
}

/** The nodes that see nothing but the row in `samples`, the first or the last. */
function edgeNodes(): void {
  const sum = sums + 2 * sumBytes
  const factor = i16x8.splat(<i16>(2 * step * step))
  const count = width * bands
  for (let x = 0; x < count; x += 8) {
    const row = v128.load(samples + (x << 1))
    v128.store(sum + (x << 2), i32x4.extmul_low_i16x8_u(row, factor))
    v128.store(sum + (x << 2), i32x4.extmul_high_i16x8_u(row, factor), 16)
  }
  gatherNodes(sum)
  blurNodes(edge)
}

/** Gathers a row of u32 sums into nodes -1 - radius … nodesX + radius. */
function gatherNodes(sum: usize): void {
  const unit = <f64>(2 * step * step)
  const scale = f32x4.splat(<f32>(1 / (unit * unit * (bands & 1 ? 1 : 255))))
  // The weights are the same for every node.
  const offset = ((step - 1) >> 1) + 1 - step
  for (let n = 0; n < 2 * step; n++) store<f32>(weightsOfNode + (n << 2), <f32>triangle(offset + n, 0))
  let target = nodes
  for (let i = -1 - radius; i <= nodesX + radius; i++, target += bands << 2) {
    const first = i * step + offset
    let total = f32x4.splat(0)
    if (first >= 0 && first + 2 * step <= width) {
      let from = sum + ((first * bands) << 2)
      for (let n = 0; n < 2 * step; n++, from += bands << 2) {
        const weight = v128.load32_splat(weightsOfNode + (n << 2))
        total = f32x4.add(total, f32x4.mul(f32x4.convert_i32x4_u(v128.load(from)), weight))
      }
    } else {
      for (let n = 0; n < 2 * step; n++) {
        const from = sum + ((min(max(first + n, 0), width - 1) * bands) << 2)
        const weight = v128.load32_splat(weightsOfNode + (n << 2))
        total = f32x4.add(total, f32x4.mul(f32x4.convert_i32x4_u(v128.load(from)), weight))
      }
    }
    v128.store(target, f32x4.mul(total, scale))
  }
}

/** Blurs the row `nodes` into nodes -1 … nodesX at `target`. */
function blurNodes(target: usize): void {
  const count = (nodesX + 2) * bands
  const distance = bands << 2
  const middle = v128.load32_splat(weights)
  for (let x = 0; x < count; x += 4) {
    const centre = nodes + (radius * bands + x) * 4
    let left = centre
    let right = centre
    let total = f32x4.mul(v128.load(centre), middle)
    for (let k = 1; k <= radius; k++) {
      left -= distance
      right += distance
      const pair = f32x4.add(v128.load(left), v128.load(right))
      total = f32x4.add(total, f32x4.mul(pair, v128.load32_splat(weights + (k << 2))))
    }
    v128.store(target + (x << 2), total)
  }
}

function ringRow(j: i32): usize {
  return ring + ((j + 2 * ringRows) % ringRows) * blurredBytes
}

function finalRow(g: i32): usize {
  return final + ((g + 3) % 3) * blurredBytes
}

/** Blurs the ring's columns into node row `g`. */
function blurColumns(g: i32): void {
  const count = (nodesX + 2) * bands
  const target = finalRow(g)
  const middle = v128.load32_splat(weights)
  for (let x = 0; x < count; x += 4) {
    const row = v128.load(ringRow(g) + (x << 2))
    v128.store(target + (x << 2), f32x4.mul(row, middle))
  }
  for (let k = 1; k <= radius; k++) {
    const above = ringRow(g - k)
    const below = ringRow(g + k)
    const weight = v128.load32_splat(weights + (k << 2))
    for (let x = 0; x < count; x += 4) {
      const at = target + (x << 2)
      const pair = f32x4.add(v128.load(above + (x << 2)), v128.load(below + (x << 2)))
      v128.store(at, f32x4.add(v128.load(at), f32x4.mul(pair, weight)))
    }
  }
}

/** Finishes the next row of nodes if its rows are all there; false if not. */
function advance(): bool {
  const j = nodeNext
  if (rowsIn == 0 || j > nodesY + radius) return false
  if (rowsIn < height && nodeAbove(rowsIn) <= j) return false
  if (j < -1 || j > nodeAbove(height - 1) + 1) {
    memory.copy(ringRow(j), edge, blurredBytes)
  } else {
    gatherNodes(sums + (j & 1) * sumBytes)
    blurNodes(ringRow(j))
  }
  nodeNext++
  const g = j - radius
  if (g >= -1) blurColumns(g)
  if (g >= 1) rowsReady = min(height, g * step)
  return true
}

/** Gives up to `most` rows at `target`, which may run 3 bytes over; returns how many there are. */
export function shrinkTake(target: usize, most: i32): i32 {
  let given = 0
  while (given < most && rowsOut < height) {
    if (rowsOut == rowsReady) {
      if (!advance()) break
      continue
    }
    splineRow(rowsOut++, target + given * width * bands)
    given++
  }
  return given
}

/** Output row `y` from the three rows of nodes around it. */
function splineRow(y: i32, target: usize): void {
  const cell = y / step
  const t = (<f32>(y - cell * step) + 0.5) / <f32>step - 0.5
  const upper = f32x4.splat(0.5 * (0.5 - t) * (0.5 - t))
  const middle = f32x4.splat(<f32>0.75 - t * t)
  const lower = f32x4.splat(0.5 * (0.5 + t) * (0.5 + t))
  const above = finalRow(cell - 1)
  const here = finalRow(cell)
  const below = finalRow(cell + 1)
  const bytes = ((nodesX + 2) * bands) << 2
  for (let x = 0; x < bytes; x += 16) {
    const sum = f32x4.add(f32x4.mul(v128.load(above + x), upper), f32x4.mul(v128.load(here + x), middle))
    v128.store(line + x, f32x4.add(sum, f32x4.mul(v128.load(below + x), lower)))
  }
  splineCells(target)
}

/** Along the row: each cell is a parabola, followed by its first and second differences. */
function splineCells(target: usize): void {
  const h: f32 = <f32>1 / <f32>step
  const start: f32 = 0.5 * h - 0.5
  const atStart = f32x4.splat(start)
  const startSquared = f32x4.splat(start * start)
  const stepOne = f32x4.splat(h)
  const slope = f32x4.splat(2 * start * h + h * h)
  const second = f32x4.splat(2 * h * h)
  const magic = f32x4.splat(8388608)
  const half = f32x4.splat(0.5)
  const node = bands << 2
  const alpha = (bands & 1) == 0
  let from = line
  let left = width
  while (left > 0) {
    const p = v128.load(from)
    const q = v128.load(from + node)
    const r = v128.load(from + 2 * node)
    from += node
    // The spline ½(½ - t)² p + (¾ - t²) q + ½(½ + t)² r as a + b t + c t².
    const sum = f32x4.mul(f32x4.add(p, r), half)
    const c = f32x4.sub(sum, q)
    const b = f32x4.mul(f32x4.sub(r, p), half)
    const a = f32x4.add(f32x4.mul(sum, f32x4.splat(0.25)), f32x4.mul(q, f32x4.splat(0.75)))
    let value = f32x4.add(a, f32x4.add(f32x4.mul(b, atStart), f32x4.mul(c, startSquared)))
    let difference = f32x4.add(f32x4.mul(b, stepOne), f32x4.mul(c, slope))
    const change = f32x4.mul(c, second)
    const count = min(step, left)
    left -= count
    for (let i = 0; i < count; i++) {
      // Adding 2^23 leaves the rounded sample in the low byte; the next pixel mends what runs over.
      const rounded = f32x4.add(alpha ? straight(value) : value, magic)
      v128.store32_lane(target, v128.shuffle<u8>(rounded, rounded, 0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0)
      target += bands
      value = f32x4.add(value, difference)
      difference = f32x4.add(difference, change)
    }
  }
}

/** Divides a pixel's colours by its alpha; 0 where alpha is 0. */
function straight(pixel: v128): v128 {
  const alpha =
    bands == 4 ? v128.shuffle<u32>(pixel, pixel, 3, 3, 3, 3) : v128.shuffle<u32>(pixel, pixel, 1, 1, 1, 1)
  const scale = f32x4.div(f32x4.splat(255), f32x4.max(alpha, f32x4.splat(0.0001)))
  const colours = f32x4.min(f32x4.max(f32x4.mul(pixel, scale), f32x4.splat(0)), f32x4.splat(255))
  const lanes = bands == 4 ? i32x4(0, 0, 0, -1) : i32x4(0, -1, 0, -1)
  return v128.bitselect(f32x4.max(pixel, f32x4.splat(0)), colours, lanes)
}
