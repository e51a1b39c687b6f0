// The nodes of a grid for colour-grid.ts, out of a profile's tables: what ICC.1:2022 §10.12.1 says of single
// colours, for all of them. The host (src/image/colour/grid.ts) lays out what is needed; the plain twin is
// src/image/colour/lut-eval.ts.
import { BLACK, BLUE, CYAN, INKS, LIGHTS } from './colour-grid'

/** Steps of a curve, whose entries are one more, with one to spare. */
const CURVE_STEPS: f32 = 4096
const CURVE_BYTES: usize = (4096 + 2) * 4

/** A channel's step: bytes to its cell in the table, and the place in the cell, 0–1. */
const STEP_BYTES: i32 = 8

/** Three numbers of the table, whole. */
// @ts-ignore: decorator
@inline
function colourAt(at: usize, deep: bool): v128 {
  const bytes = deep
    ? i8x16.swizzle(v128.load64_zero(at), i8x16(1, 0, -1, -1, 3, 2, -1, -1, 5, 4, -1, -1, -1, -1, -1, -1))
    : i8x16.swizzle(v128.load32_zero(at), i8x16(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, -1, -1, -1, -1))
  return f32x4.convert_i32x4_u(bytes)
}

// @ts-ignore: decorator
@inline
function plus(sum: v128, at: usize, weight: f32, deep: bool): v128 {
  return f32x4.add(sum, f32x4.mul(f32x4.splat(weight), colourAt(at, deep)))
}

/** The colour at a place in the cell of three channels, times `weight`. */
// @ts-ignore: decorator
@inline
function tetrahedron(
  sum: v128,
  at: usize,
  weight: f32,
  deep: bool,
  x: f32,
  stepX: i32,
  y: f32,
  stepY: i32,
  z: f32,
  stepZ: i32,
): v128 {
  // By falling places.
  if (x < y) {
    const place = x
    const step = stepX
    x = y
    stepX = stepY
    y = place
    stepY = step
  }
  if (y < z) {
    const place = y
    const step = stepY
    y = z
    stepY = stepZ
    z = place
    stepZ = step
  }
  if (x < y) {
    const place = x
    const step = stepX
    x = y
    stepX = stepY
    y = place
    stepY = step
  }
  sum = plus(sum, at, weight * (1 - x), deep)
  // Where a place is 0, the step may lead out of the table.
  if (x > 0) {
    at += stepX
    sum = plus(sum, at, weight * (x - y), deep)
  }
  if (y > 0) {
    at += stepY
    sum = plus(sum, at, weight * (y - z), deep)
  }
  if (z > 0) sum = plus(sum, at + stepZ, weight * z, deep)
  return sum
}

/** Three numbers, clipped to 0–1, each through its curve: `next` bytes from one curve to that of the next number. */
// @ts-ignore: decorator
@inline
function curved(v: v128, curve: usize, next: usize): v128 {
  const clipped = f32x4.min(f32x4.max(v, f32x4.splat(0)), f32x4.splat(1))
  const place = f32x4.mul(clipped, f32x4.splat(CURVE_STEPS))
  const below = i32x4.trunc_sat_f32x4_s(place)
  const a = curve + (<usize>i32x4.extract_lane(below, 0) << 2)
  const b = curve + next + (<usize>i32x4.extract_lane(below, 1) << 2)
  const c = curve + 2 * next + (<usize>i32x4.extract_lane(below, 2) << 2)
  const low = v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2)
  const high = v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a, 4), 1, 4), 2, 4)
  const part = f32x4.sub(place, f32x4.convert_i32x4_s(below))
  return f32x4.add(low, f32x4.mul(f32x4.sub(high, low), part))
}

/** Three columns of 4 × f32, and the one that is added. */
// @ts-ignore: decorator
@inline
function affine(v: v128, matrix: usize): v128 {
  let sum = v128.load(matrix, 48)
  sum = f32x4.add(sum, f32x4.mul(v128.load(matrix), i32x4.shuffle(v, v, 0, 0, 0, 0)))
  sum = f32x4.add(sum, f32x4.mul(v128.load(matrix, 16), i32x4.shuffle(v, v, 1, 1, 1, 1)))
  return f32x4.add(sum, f32x4.mul(v128.load(matrix, 32), i32x4.shuffle(v, v, 2, 2, 2, 2)))
}

/** What CIE 15 makes of the cube roots in L*a*b*. */
// @ts-ignore: decorator
@inline
function cubed(v: v128): v128 {
  const cube = f32x4.mul(f32x4.mul(v, v), v)
  const line = f32x4.mul(f32x4.sub(v, f32x4.splat(16.0 / 116)), f32x4.splat(108.0 / 841))
  return v128.bitselect(cube, line, f32x4.gt(v, f32x4.splat(24.0 / 116)))
}

// @ts-ignore: decorator
@inline
function putLight(node: usize, colour: v128): void {
  store<i16>(node, <i16>i32x4.extract_lane(colour, 0))
  store<i16>(node, <i16>i32x4.extract_lane(colour, 1), 2)
  store<i16>(node, <i16>i32x4.extract_lane(colour, 2), 4)
}

/** A node's colour, which is also that of the neighbour of the node before it in cyan; the last is nothing else. */
// @ts-ignore: decorator
@inline
function putInk(node: usize, cyan: i32, colour: v128): void {
  const red = <i16>i32x4.extract_lane(colour, 0)
  const green = <i16>i32x4.extract_lane(colour, 1)
  const blue = <i16>i32x4.extract_lane(colour, 2)
  if (cyan < INKS - 1) {
    store<i16>(node, red)
    store<i16>(node, green, 4)
    store<i16>(node, blue, 8)
  }
  if (cyan > 0) {
    store<i16>(node - CYAN, red, 2)
    store<i16>(node - CYAN, green, 6)
    store<i16>(node - CYAN, blue, 10)
  }
}

/** What happens to the table's numbers: addresses, 0 for what is left out. */
@unmanaged
class Pipeline {
  /** Three curves, a matrix and three curves, as in lutAToBType. */
  first: usize
  matrix: usize
  second: usize
  /** A matrix to XYZ, or to its cube roots where that is Lab. */
  toSpace: usize
  isLab: i32
  /** A matrix to the output's linear light, and the curve that its square root goes through. */
  toLight: usize
  encoder: usize
}

// @ts-ignore: decorator
@inline
function shown(v: v128, by: Pipeline): v128 {
  if (by.first != 0) v = curved(v, by.first, CURVE_BYTES)
  if (by.matrix != 0) v = affine(v, by.matrix)
  v = affine(curved(v, by.second, CURVE_BYTES), by.toSpace)
  if (by.isLab) v = cubed(v)
  const root = f32x4.sqrt(f32x4.max(affine(v, by.toLight), f32x4.splat(0)))
  return i32x4.trunc_sat_f32x4_s(f32x4.add(curved(root, by.encoder, 0), f32x4.splat(0.5)))
}

/**
 * Fills a grid of `colourInks`, or one of `colourLights`.
 * @param inks whether it has cyan before its three other channels
 * @param steps 4 channels' nodes × (i32, f32): bytes to the cell in the table, place in it; cyan's are 0 where there is none
 * @param strides 4 × i32: bytes of the table from one node to the next of each channel
 * @param table three numbers a node, of 16 bits (big-endian) where `deep`, else of 8; 2 bytes more can be read
 * @param pipeline a `Pipeline`
 */
export function colourNodes(
  grid: usize,
  inks: i32,
  steps: usize,
  strides: usize,
  table: usize,
  deep: i32,
  pipeline: usize,
): void {
  const by = changetype<Pipeline>(pipeline)
  const unit = f32x4.splat(deep ? 1.0 / 65535 : 1.0 / 255)
  const side = inks ? INKS : LIGHTS
  const stepC = load<i32>(strides)
  const stepX = load<i32>(strides, 4)
  const stepY = load<i32>(strides, 8)
  const stepZ = load<i32>(strides, 12)
  const alongX = steps + side * STEP_BYTES
  const alongY = alongX + side * STEP_BYTES
  const alongZ = alongY + side * STEP_BYTES
  let node = grid
  const cyans = inks ? side : 1
  for (let c = 0; c < cyans; c++) {
    const atC = table + load<i32>(steps + c * STEP_BYTES)
    const placeC = load<f32>(steps + c * STEP_BYTES, 4)
    for (let i = 0; i < side; i++) {
      const atX = atC + load<i32>(alongX + i * STEP_BYTES)
      const x = load<f32>(alongX + i * STEP_BYTES, 4)
      for (let j = 0; j < side; j++) {
        const atY = atX + load<i32>(alongY + j * STEP_BYTES)
        const y = load<f32>(alongY + j * STEP_BYTES, 4)
        for (let k = 0; k < side; k++) {
          const at = atY + load<i32>(alongZ + k * STEP_BYTES)
          const z = load<f32>(alongZ + k * STEP_BYTES, 4)
          let sum = f32x4.splat(0)
          if (deep) {
            sum = tetrahedron(sum, at, 1 - placeC, true, x, stepX, y, stepY, z, stepZ)
            if (placeC > 0) sum = tetrahedron(sum, at + stepC, placeC, true, x, stepX, y, stepY, z, stepZ)
          } else {
            sum = tetrahedron(sum, at, 1 - placeC, false, x, stepX, y, stepY, z, stepZ)
            if (placeC > 0) sum = tetrahedron(sum, at + stepC, placeC, false, x, stepX, y, stepY, z, stepZ)
          }
          const colour = shown(f32x4.mul(sum, unit), by)
          if (inks) putInk(node, c, colour)
          else putLight(node, colour)
          node += inks ? BLACK : BLUE
        }
      }
    }
  }
}
