// Rows of pixels of a lossless picture, at its size or, by averages, at a half, a quarter or an eighth of it: a
// thumbnail then needs no full rows of pixels. Its file comes in parts, for it is read from front to back.
import { alloc } from './arena'
import { vp8lNext, vp8lRow } from './vp8l-decode'
import { vp8lBitsFed, vp8lBitsLow } from './vp8l-decode-codes'

let width: i32 = 0
let bands: i32 = 0
let scale: i32 = 1
/** Rows that are still to come. */
let left: i32 = 0
/** Rows that are in the sums. */
let summed: i32 = 0
/** Of a scaled row: four i32 for each pixel. */
let sums: usize = 0
let isLast: bool = false

/**
 * After `vp8lOpen`: rows of w × h pixels come as `pixelBands` (3, 4) a pixel, at one `shrink`th (1, 2, 4, 8) of the
 * size, rounded up. `last`: no further bytes will come. Returns 0, or -3 where the arena has no room.
 */
export function vp8lRowsOpen(w: i32, h: i32, pixelBands: i32, shrink: i32, last: i32): i32 {
  width = w
  left = h
  bands = pixelBands
  scale = shrink
  summed = 0
  isLast = last != 0
  if (scale == 1) return 0
  const size = <usize>((w + scale - 1) / scale) << 4
  sums = alloc(size)
  if (sums == 0) return -3
  memory.fill(sums, 0, size)
  return 0
}

/**
 * Tells of more bytes: the first `taken` are gone, those behind them have moved there, and with the new ones there are
 * `size`. `last` as above.
 */
export function vp8lRowsFed(taken: usize, size: usize, last: i32): void {
  vp8lBitsFed(taken, size)
  isLast = last != 0
}

/**
 * Decodes the next row of pixels to `to`, and up to 16 bytes more. Returns 1; 0 where it takes more bytes first; or a
 * status below 0.
 */
export function vp8lRowsNext(to: usize): i32 {
  do {
    // A pixel takes less than 8 bytes.
    if (!isLast && vp8lBitsLow((<usize>width + 2) << 3)) return 0
    const status = vp8lNext()
    if (status < 0) return status
    left--
    if (scale == 1) {
      putRow(vp8lRow(), to)
      return 1
    }
    if (bands == 4) sumWeighted(vp8lRow())
    else sum(vp8lRow())
  } while (++summed < scale && left > 0)
  putMeans(to)
  memory.fill(sums, 0, <usize>((width + scale - 1) / scale) << 4)
  summed = 0
  return 1
}

function putRow(from: usize, to: usize): void {
  const order = bands == 4
    ? i8x16(2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15)
    : i8x16(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1)
  const step = <usize>bands << 2
  for (let x = 0; x < width; x += 4, from += 16, to += step) {
    v128.store(to, i8x16.swizzle(v128.load(from), order))
  }
}

/** Adds the channels of two pixels in 16 bits to the sums of one. */
// @ts-ignore: decorator
@inline
function add(at: usize, two: v128): void {
  const both = i32x4.add(i32x4.extend_low_i16x8_u(two), i32x4.extend_high_i16x8_u(two))
  v128.store(at, i32x4.add(v128.load(at), both))
}

function sum(from: usize): void {
  let at = sums
  let x = 0
  if (scale == 2) {
    for (; x + 4 <= width; x += 4, from += 16, at += 32) {
      const four = v128.load(from)
      add(at, i16x8.extend_low_i8x16_u(four))
      add(at + 16, i16x8.extend_high_i8x16_u(four))
    }
  } else {
    for (; x + 4 <= width; x += 4, from += 16) {
      const four = v128.load(from)
      add(at, i16x8.add(i16x8.extend_low_i8x16_u(four), i16x8.extend_high_i8x16_u(four)))
      if (((x + 4) & (scale - 1)) == 0) at += 16
    }
  }
  for (; x < width; x++, from += 4) {
    add(at, i16x8.extend_low_i8x16_u(v128.load32_zero(from)))
    if (((x + 1) & (scale - 1)) == 0) at += 16
  }
}

/** Two pixels in 16 bits, their colours times their alpha. */
// @ts-ignore: decorator
@inline
function weighted(two: v128): v128 {
  const alpha = i8x16.swizzle(two, i8x16(6, -1, 6, -1, 6, -1, -1, -1, 14, -1, 14, -1, 14, -1, -1, -1))
  return i16x8.mul(two, v128.or(alpha, i16x8(0, 0, 0, 1, 0, 0, 0, 1)))
}

/** As `sum`, where colours count by their alpha. */
function sumWeighted(from: usize): void {
  let at = sums
  let x = 0
  for (; x + 4 <= width; x += 4, from += 16) {
    const four = v128.load(from)
    add(at, weighted(i16x8.extend_low_i8x16_u(four)))
    if (scale == 2) at += 16
    add(at, weighted(i16x8.extend_high_i8x16_u(four)))
    if (((x + 4) & (scale - 1)) == 0) at += 16
  }
  for (; x < width; x++, from += 4) {
    add(at, weighted(i16x8.extend_low_i8x16_u(v128.load32_zero(from))))
    if (((x + 1) & (scale - 1)) == 0) at += 16
  }
}

/** Makes pixels of the sums. */
function putMeans(to: usize): void {
  let at = sums
  for (let x = 0; x < width; x += scale, at += 16, to += bands) {
    const area = min(scale, width - x) * summed
    const channels = v128.load(at)
    let divisor = f32x4.splat(<f32>area)
    if (bands == 4) {
      // Every number here is whole and below 2^24, and no quotient is so near to a half that it would be rounded wrongly.
      divisor = f32x4.splat(<f32>i32x4.extract_lane(channels, 3))
      divisor = f32x4.replace_lane(divisor, 3, <f32>area)
    }
    const quotients = f32x4.div(f32x4.convert_i32x4_s(channels), divisor)
    // Where all is transparent, 0 / 0 becomes 0.
    const means = i32x4.trunc_sat_f32x4_s(f32x4.add(quotients, f32x4.splat(0.5)))
    v128.store32_lane(to, i8x16.swizzle(means, i32x4.splat(0x0c000408)), 0)
  }
}
