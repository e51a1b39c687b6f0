// Colours by a grid of them (a profile's tables, read at equal steps): between its nodes ink is interpolated
// linearly in cyan and in tetrahedra over magenta, yellow and black, red, green and blue in tetrahedra, as
// Little CMS does. The grids are made by the host (src/image/colour/grid.ts); plain twins are in
// test/engine/colour-grid.test.ts.
import { narrow } from './colour'

/** Nodes along each channel. */
export const INKS: i32 = 17
export const LIGHTS: i32 = 33
/** Bytes of a node, and from one node to the next of a channel. An ink's node also has its neighbour in cyan. */
export const BLACK: i32 = 16
const YELLOW: i32 = BLACK * INKS
const MAGENTA: i32 = YELLOW * INKS
export const CYAN: i32 = MAGENTA * INKS
export const BLUE: i32 = 8
const GREEN: i32 = BLUE * LIGHTS
const RED: i32 = GREEN * LIGHTS

/** A channel's place in its cell, 0–255, above the bytes that lead to the cell's other side. */
const PLACE: i32 = 16

/** The cell of a place in 255ths of a cell; the grid's end is that of its last cell. */
// @ts-ignore: decorator
@inline
function cellOf(place: i32, last: i32): i32 {
  const cell = ((place + 1) * 257) >> 16
  return cell < last ? cell : last
}

/** A key that sorts by the place in a cell, and leads to the cell's other side. */
// @ts-ignore: decorator
@inline
function keyOf(place: i32, cell: i32, step: i32): i32 {
  return ((place - cell * 255) << PLACE) | step
}

// @ts-ignore: decorator
@inline
function most(a: i32, b: i32): i32 {
  return a > b ? a : b
}

// @ts-ignore: decorator
@inline
function least(a: i32, b: i32): i32 {
  return a < b ? a : b
}

/** A node of inks, times `weight` shared between it and its neighbour in cyan by `c`. */
// @ts-ignore: decorator
@inline
function inkNode(node: usize, weight: i32, c: i32): v128 {
  const next = (weight * c + 1) >> 1
  const own = ((weight * 255 + 1) >> 1) - next
  return i32x4.dot_i16x8_s(v128.load(node), i32x4.splat(own | (next << 16)))
}

/**
 * CMYK pixels (255 is full ink) to RGB or grey.
 * @param want 3, or 1 to write only the first of a node's numbers
 * @param grid 16 × 17³ nodes (cyan slowest, black fastest) of 8 × i16: the three colours of the node, each followed
 *   by that of its neighbour in cyan, and two of no meaning; a byte's step is 2²¹ / 32512
 */
export function colourInks(from: usize, to: usize, want: i32, pixels: i32, grid: usize): void {
  const half = i32x4.splat(1 << 20)
  for (let x = 0; x < pixels; x++) {
    const placeC = <i32>load<u8>(from) * (INKS - 1)
    const placeM = <i32>load<u8>(from, 1) * (INKS - 1)
    const placeY = <i32>load<u8>(from, 2) * (INKS - 1)
    const placeK = <i32>load<u8>(from, 3) * (INKS - 1)
    const c = cellOf(placeC, INKS - 2)
    const m = cellOf(placeM, INKS - 2)
    const y = cellOf(placeY, INKS - 2)
    const k = cellOf(placeK, INKS - 2)
    const keyM = keyOf(placeM, m, MAGENTA)
    const keyY = keyOf(placeY, y, YELLOW)
    const keyK = keyOf(placeK, k, BLACK)
    // The largest place first: that is the edge along which the tetrahedron leaves the corner.
    const high = most(keyM, keyY)
    const low = least(keyM, keyY)
    const first = most(high, keyK)
    const rest = least(high, keyK)
    const second = most(low, rest)
    const third = least(low, rest)
    const a = first >> PLACE
    const b = second >> PLACE
    const d = third >> PLACE
    const inC = placeC - c * 255
    let node = grid + <usize>(c * CYAN + m * MAGENTA + y * YELLOW + k * BLACK)
    let sum = i32x4.add(half, inkNode(node, 255 - a, inC))
    node += first & 0xffff
    sum = i32x4.add(sum, inkNode(node, a - b, inC))
    node += second & 0xffff
    sum = i32x4.add(sum, inkNode(node, b - d, inC))
    node += third & 0xffff
    sum = i32x4.add(sum, inkNode(node, d, inC))
    const bytes = i32x4.shr_u(sum, 21)
    store<u8>(to, <u8>i32x4.extract_lane(bytes, 0))
    if (want == 3) {
      store<u8>(to, <u8>i32x4.extract_lane(bytes, 1), 1)
      store<u8>(to, <u8>i32x4.extract_lane(bytes, 2), 2)
    }
    from += 4
    to += want
  }
}

/** A sample's place in 255ths of a cell. */
// @ts-ignore: decorator
@inline
function placeOf(from: usize, band: usize, deep: bool): i32 {
  if (!deep) return <i32>load<u8>(from + band) * (LIGHTS - 1)
  // Rounded: 65535 of 16 bits are 32 cells of 255.
  return <i32>((<u64>load<u16>(from + (band << 1)) * ((LIGHTS - 1) * 255) + 32767) / 65535)
}

// @ts-ignore: decorator
@inline
function lights(from: usize, bands: i32, to: usize, want: i32, pixels: i32, grid: usize, deep: bool): void {
  const half = i32x4.splat(1 << 13)
  const alpha = (want & 1) == 0
  const stride = deep ? bands << 1 : bands
  for (let x = 0; x < pixels; x++) {
    const placeR = placeOf(from, 0, deep)
    const placeG = placeOf(from, 1, deep)
    const placeB = placeOf(from, 2, deep)
    const r = cellOf(placeR, LIGHTS - 2)
    const g = cellOf(placeG, LIGHTS - 2)
    const b = cellOf(placeB, LIGHTS - 2)
    const keyR = keyOf(placeR, r, RED)
    const keyG = keyOf(placeG, g, GREEN)
    const keyB = keyOf(placeB, b, BLUE)
    const high = most(keyR, keyG)
    const low = least(keyR, keyG)
    const first = most(high, keyB)
    const rest = least(high, keyB)
    const second = most(low, rest)
    const third = least(low, rest)
    const p = first >> PLACE
    const q = second >> PLACE
    const s = third >> PLACE
    const corner = grid + <usize>(r * RED + g * GREEN + b * BLUE)
    const one = corner + (first & 0xffff)
    const two = one + (second & 0xffff)
    const three = two + (third & 0xffff)
    const near = i16x8.shuffle(v128.load64_zero(corner), v128.load64_zero(one), 0, 8, 1, 9, 2, 10, 3, 11)
    const far = i16x8.shuffle(v128.load64_zero(two), v128.load64_zero(three), 0, 8, 1, 9, 2, 10, 3, 11)
    const sum = i32x4.add(
      i32x4.dot_i16x8_s(near, i32x4.splat((255 - p) | ((p - q) << 16))),
      i32x4.dot_i16x8_s(far, i32x4.splat((q - s) | (s << 16))),
    )
    const bytes = i32x4.shr_u(i32x4.add(sum, half), 14)
    store<u8>(to, <u8>i32x4.extract_lane(bytes, 0))
    if (want > 2) {
      store<u8>(to, <u8>i32x4.extract_lane(bytes, 1), 1)
      store<u8>(to, <u8>i32x4.extract_lane(bytes, 2), 2)
    }
    if (alpha) {
      const own = deep ? narrow(load<u16>(from, 6)) : load<u8>(from, 3)
      store<u8>(to + want - 1, bands == 4 ? own : 255)
    }
    from += stride
    to += want
  }
}

/**
 * Colour pixels of 8 bits. `bands` is 3 or 4; `want` 3 or 4, or 1 or 2 to write only the first of a node's numbers.
 * @param grid 33³ nodes (red slowest, blue fastest) of 4 × i16: three colours, of which a byte's step is 2¹⁴ / 255,
 *   and one of no meaning
 */
export function colourLights(from: usize, bands: i32, to: usize, want: i32, pixels: i32, grid: usize): void {
  lights(from, bands, to, want, pixels, grid, false)
}

/** As `colourLights`, from samples of 16 bits, little-endian. */
export function colourLights16(from: usize, bands: i32, to: usize, want: i32, pixels: i32, grid: usize): void {
  lights(from, bands, to, want, pixels, grid, true)
}
