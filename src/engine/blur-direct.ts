// Gaussian blur by its own kernel, for small sigma: columns, then rows, in 16-bit fixed point.
//
// Samples have 6 fraction bits (at most 16,320), so that the two taps at equal distance from the
// middle can be added before they are multiplied by their common weight of 15 bits. Alpha is
// premultiplied on the way in and divided out on the way out. Rows and columns beyond the edges
// repeat the edge.

import { alloc } from './arena'

/** Rows that may be taken before any must be given. */
const AHEAD: i32 = 16
/** The largest radius: the ring's row pointers are a static table. */
const MAX_RADIUS: i32 = 31

const pointers = memory.data(4 * (2 * MAX_RADIUS + 2), 16)

let width: i32 = 0
let height: i32 = 0
let bands: i32 = 0
let radius: i32 = 0
let rowBytes: u32 = 0
let ringRows: i32 = 0
let ring: usize = 0
let column: usize = 0
let weights: usize = 0
let rowsIn: i32 = 0
let rowsOut: i32 = 0

/** Bytes of a row of i16 with room for whole vectors. */
function lineBytes(samples: i32): u32 {
  return ((samples + 7) & ~7) << 1
}

/** Starts: `kernel` is radius + 2 × i16, weights from the middle outwards and a 0. Returns 0 or -1. */
export function directStart(w: i32, h: i32, bandCount: i32, r: i32, kernel: usize): i32 {
  width = w
  height = h
  bands = bandCount
  radius = r
  weights = kernel
  rowBytes = lineBytes(w * bands)
  ringRows = 2 * r + AHEAD
  // The pass over rows reads r pixels, and up to a pair and a vector more, beyond both ends.
  const columnBytes = lineBytes((w + 2 * (r + 1)) * bands) + 32
  ring = alloc(rowBytes * ringRows + columnBytes)
  if (ring == 0) return -1
  column = ring + rowBytes * ringRows
  rowsIn = 0
  rowsOut = 0
  return 0
}

/** Takes up to `count` rows, as many as the ring has room for; returns how many. */
export function directPut(source: usize, count: i32, stride: u32): i32 {
  const room = rowsOut - radius + ringRows - rowsIn
  const taken = min(count, min(room, height - rowsIn))
  for (let i = 0; i < taken; i++) {
    const row = ring + ((rowsIn + i) % ringRows) * rowBytes
    if (bands & 1) widen(source + i * stride, width * bands, row)
    else premultiply(source + i * stride, row)
  }
  rowsIn += taken
  return taken
}

/** Gives up to `most` rows at `target`; returns how many there are. */
export function directTake(target: usize, most: i32): i32 {
  const ready = rowsIn == height ? height : max(rowsIn - radius, 0)
  const count = min(most, ready - rowsOut)
  for (let i = 0; i < count; i++) {
    columns(rowsOut++)
    extend()
    rows(target + i * width * bands)
  }
  return count
}

/** u8 samples to i16 with 6 fraction bits. */
function widen(source: usize, samples: i32, row: usize): void {
  for (let x = 0; x < samples; x += 8) {
    v128.store(row + (x << 1), i16x8.shl(v128.load8x8_u(source + x), 6))
  }
}

/** 64 / 255 of products of two bytes, in 16-bit fixed point, rounded to nearest. */
function fraction(products: v128): v128 {
  const scaled = i32x4.add(i32x4.mul(products, i32x4.splat(16448)), i32x4.shr_u(products, 2))
  return i32x4.shr_u(i32x4.add(scaled, i32x4.splat(32768)), 16)
}

/** The same for pixels with alpha: colours times alpha. */
function premultiply(source: usize, row: usize): void {
  if (bands == 4) {
    const opaque = v128.splat<u8>(255)
    for (let x = 0; x < width << 2; x += 8) {
      const pixels = v128.load64_zero(source + x)
      const alphas = i8x16.shuffle(pixels, opaque, 3, 3, 3, 16, 7, 7, 7, 16, 0, 0, 0, 0, 0, 0, 0, 0)
      const products = i16x8.extmul_low_i8x16_u(pixels, alphas)
      const low = fraction(i32x4.extend_low_i16x8_u(products))
      const high = fraction(i32x4.extend_high_i16x8_u(products))
      v128.store(row + (x << 1), i16x8.narrow_i32x4_s(low, high))
    }
    return
  }
  const colours = bands - 1
  for (let x = 0; x < width; x++) {
    const alpha = <u32>load<u8>(source + colours)
    for (let band = 0; band < colours; band++) {
      // As `fraction`.
      const product = <u32>load<u8>(source + band) * alpha
      store<i16>(row + (band << 1), <i16>((product * 16448 + (product >> 2) + 32768) >> 16))
    }
    store<i16>(row + (colours << 1), <i16>(alpha << 6))
    source += bands
    row += bands << 1
  }
}

/** The weights at distance k and k + 1, paired for a dot product. */
function weightPair(k: i32): v128 {
  return i32x4.splat(load<i32>(weights + (k << 1)))
}

function low16(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

function high16(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

/** Row `y` of the picture blurred down its columns, into the line `column`. */
function columns(y: i32): void {
  // Pointers from the middle outwards: 0, -1, +1, -2, +2, …, and one pair more for an odd radius.
  const last = height - 1
  for (let k = 0; k <= radius + 1; k++) {
    const distance = min(k, radius)
    const above = ring + (max(y - distance, 0) % ringRows) * rowBytes
    const below = ring + (min(y + distance, last) % ringRows) * rowBytes
    store<u32>(pointers + (k << 3), <u32>above)
    store<u32>(pointers + (k << 3), <u32>below, 4)
  }
  const samples = width * bands
  const target = column + ((radius + 1) * bands << 1)
  const half = i32x4.splat(1 << 14)
  const zero = i16x8.splat(0)
  const middle = v128.and(weightPair(0), i32x4.splat(0xffff))
  for (let x = 0; x < samples; x += 8) {
    const offset = x << 1
    const centre = v128.load(load<u32>(pointers) + offset)
    let low = i32x4.add(i32x4.dot_i16x8_s(low16(centre, zero), middle), half)
    let high = i32x4.add(i32x4.dot_i16x8_s(high16(centre, zero), middle), half)
    for (let k = 1; k <= radius; k += 2) {
      const entry = pointers + (k << 3)
      const near = i16x8.add(v128.load(load<u32>(entry) + offset), v128.load(load<u32>(entry, 4) + offset))
      const far = i16x8.add(v128.load(load<u32>(entry, 8) + offset), v128.load(load<u32>(entry, 12) + offset))
      const pair = weightPair(k)
      low = i32x4.add(low, i32x4.dot_i16x8_s(low16(near, far), pair))
      high = i32x4.add(high, i32x4.dot_i16x8_s(high16(near, far), pair))
    }
    v128.store(target + offset, i16x8.narrow_i32x4_s(i32x4.shr_s(low, 15), i32x4.shr_s(high, 15)))
  }
}

/** Repeats the first and the last pixel of `column` beyond its ends. */
function extend(): void {
  const margin = (radius + 1) * bands
  const samples = width * bands
  for (let i = 0; i < margin; i++) {
    const band = i % bands
    store<i16>(column + (i << 1), load<i16>(column + ((margin + band) << 1)))
    const end = margin + samples
    store<i16>(column + ((end + i) << 1), load<i16>(column + ((end - bands + band) << 1)))
  }
}

/** Blurs `column` along the row into u8 samples at `target`; runs up to 7 bytes over their end. */
function rows(target: usize): void {
  const samples = width * bands
  const source = column + ((radius + 1) * bands << 1)
  const step = bands << 1
  const zero = i16x8.splat(0)
  const middle = v128.and(weightPair(0), i32x4.splat(0xffff))
  const alpha = (bands & 1) == 0
  // Without alpha the 6 fraction bits go at once, else after the division by alpha.
  const half = i32x4.splat(alpha ? 1 << 14 : 1 << 20)
  const shift = alpha ? 15 : 21
  for (let x = 0; x < samples; x += 8) {
    const from = source + (x << 1)
    const centre = v128.load(from)
    let low = i32x4.add(i32x4.dot_i16x8_s(low16(centre, zero), middle), half)
    let high = i32x4.add(i32x4.dot_i16x8_s(high16(centre, zero), middle), half)
    let left = from - step
    let right = from + step
    for (let k = 1; k <= radius; k += 2) {
      const near = i16x8.add(v128.load(left), v128.load(right))
      const far = i16x8.add(v128.load(left - step), v128.load(right + step))
      const pair = weightPair(k)
      low = i32x4.add(low, i32x4.dot_i16x8_s(low16(near, far), pair))
      high = i32x4.add(high, i32x4.dot_i16x8_s(high16(near, far), pair))
      left -= step << 1
      right += step << 1
    }
    const sum = i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift))
    if (alpha) unpremultiply(sum, target + x)
    else v128.store64_lane(target + x, i8x16.narrow_i16x8_u(sum, sum), 0)
  }
}

/** Divides the colours of 2 RGBA or 4 grey-alpha pixels by their alpha, 8 bytes to `target`. */
function unpremultiply(sum: v128, target: usize): void {
  const alphas =
    bands == 4
      ? v128.shuffle<u16>(sum, sum, 3, 3, 3, 3, 7, 7, 7, 7)
      : v128.shuffle<u16>(sum, sum, 1, 1, 3, 3, 5, 5, 7, 7)
  const low = divide(i32x4.extend_low_i16x8_s(sum), i32x4.extend_low_i16x8_s(alphas))
  const high = divide(i32x4.extend_high_i16x8_s(sum), i32x4.extend_high_i16x8_s(alphas))
  const colours = i16x8.narrow_i32x4_s(low, high)
  const opacity = i16x8.shr_u(i16x8.add(sum, i16x8.splat(32)), 6)
  const lanes = bands == 4 ? i64x2.splat(0xffff000000000000) : i32x4.splat(0xffff0000)
  const pixels = v128.bitselect(opacity, colours, lanes)
  v128.store64_lane(target, i8x16.narrow_i16x8_u(pixels, pixels), 0)
}

/** 255 × colour ÷ alpha, to nearest; 0 where alpha is 0. */
function divide(colour: v128, alpha: v128): v128 {
  const quotient = f32x4.div(
    f32x4.mul(f32x4.convert_i32x4_s(colour), f32x4.splat(255)),
    f32x4.convert_i32x4_s(i32x4.max_s(alpha, i32x4.splat(1))),
  )
  return i32x4.trunc_sat_f32x4_s(f32x4.add(quotient, f32x4.splat(0.5)))
}
