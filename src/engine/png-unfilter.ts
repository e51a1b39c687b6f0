// Reconstruction of PNG's filtered rows (third edition §9), sixteen bytes at a time where the filter
// allows it. Rows may be read and written up to 15 bytes past their end.

// @ts-ignore: decorator of AssemblyScript
@inline
function shift(v: v128, bytes: i32): v128 {
  // Moves every byte up by `bytes`, zeros coming in: constant shuffles, one per distance in use.
  const zero = i64x2.splat(0)
  if (bytes == 1) return i8x16.shuffle(zero, v, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
  if (bytes == 2) return i8x16.shuffle(zero, v, 0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
  if (bytes == 3) return i8x16.shuffle(zero, v, 0, 1, 2, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)
  if (bytes == 4) return i8x16.shuffle(zero, v, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)
  if (bytes == 6) return i8x16.shuffle(zero, v, 0, 1, 2, 3, 4, 5, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)
  if (bytes == 8) return i8x16.shuffle(zero, v, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  return i8x16.shuffle(zero, v, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19)
}

/** The last pixel of a vector, repeated over the next one. */
// @ts-ignore: decorator of AssemblyScript
@inline
function carry(v: v128, bpp: i32): v128 {
  if (bpp == 1) return i8x16.shuffle(v, v, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15)
  if (bpp == 2) return i8x16.shuffle(v, v, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15)
  if (bpp == 3) return i8x16.shuffle(v, v, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13)
  if (bpp == 4) return i8x16.shuffle(v, v, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15)
  if (bpp == 6) return i8x16.shuffle(v, v, 10, 11, 12, 13, 14, 15, 10, 11, 12, 13, 14, 15, 10, 11, 12, 13)
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
}

/** Running sums of pixels by doubling: of 16 bytes in two to four steps. */
// @ts-ignore: decorator of AssemblyScript
@inline
function sub(to: usize, from: usize, bytes: usize, bpp: i32): void {
  let left = i64x2.splat(0)
  for (let i: usize = 0; i < bytes; i += 16) {
    let v = v128.load(from + i)
    v = i8x16.add(v, shift(v, bpp))
    if (bpp < 8) v = i8x16.add(v, shift(v, 2 * bpp))
    if (bpp == 1) v = i8x16.add(v, shift(v, 4))
    if (bpp == 2) v = i8x16.add(v, shift(v, 8))
    if (bpp == 3) v = i8x16.add(v, shift(v, 12))
    if (bpp == 1) v = i8x16.add(v, shift(v, 8))
    v = i8x16.add(v, left)
    v128.store(to + i, v)
    left = carry(v, bpp)
  }
}

function up(to: usize, from: usize, above: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + i, i8x16.add(v128.load(from + i), v128.load(above + i)))
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function pixel(at: usize, bpp: i32): v128 {
  if (bpp <= 4) return v128.load32_zero(at)
  return v128.load64_zero(at)
}

// @ts-ignore: decorator of AssemblyScript
@inline
function put(at: usize, v: v128, bpp: i32): void {
  if (bpp == 1) v128.store8_lane(at, v, 0)
  else if (bpp == 2) v128.store16_lane(at, v, 0)
  else if (bpp <= 4) v128.store32_lane(at, v, 0) // a fourth byte is put right by the next pixel
  else if (bpp == 6) {
    v128.store32_lane(at, v, 0)
    v128.store16_lane(at, v, 2, 4)
  } else v128.store64_lane(at, v, 0)
}

/**
 * x + ((left + above) >> 1). SIMD's average rounds up; of complements, that is down: with n = ~left,
 * the next n is avgr(n, ~above) - x, so that a pixel waits for the one before it for two operations only.
 */
// @ts-ignore: decorator of AssemblyScript
@inline
function average(to: usize, from: usize, above: usize, bytes: usize, bpp: i32): void {
  let n = i8x16.splat(-1)
  for (let i: usize = 0; i < bytes; i += bpp) {
    n = i8x16.sub(i8x16.avgr_u(n, v128.not(pixel(above + i, bpp))), pixel(from + i, bpp))
    put(to + i, v128.not(n), bpp)
  }
}

/**
 * Paeth's predictor, a pixel a step in 16-bit lanes, as stb_image has it: with t = 3 · corner - left - above,
 * it is the greater of left and above where t is at most the lesser, the lesser where t is at least the
 * greater, else the corner.
 */
// @ts-ignore: decorator of AssemblyScript
@inline
function paeth(to: usize, from: usize, above: usize, bytes: usize, bpp: i32): void {
  const zero = i64x2.splat(0)
  const byte = i16x8.splat(255)
  let a = zero
  let c = zero
  for (let i: usize = 0; i < bytes; i += bpp) {
    const b = i16x8.extend_low_i8x16_u(pixel(above + i, bpp))
    const x = i16x8.extend_low_i8x16_u(pixel(from + i, bpp))
    const t = i16x8.sub(i16x8.sub(i16x8.add(i16x8.add(c, c), c), b), a)
    const lesser = i16x8.min_s(a, b)
    const greater = i16x8.max_s(a, b)
    const notGreater = i16x8.gt_s(t, lesser)
    const notLesser = i16x8.gt_s(greater, t)
    const one = v128.or(v128.andnot(greater, notGreater), v128.andnot(lesser, notLesser))
    const guess = v128.or(one, v128.and(v128.and(c, notLesser), notGreater))
    a = v128.and(i16x8.add(x, guess), byte)
    put(to + i, i8x16.narrow_i16x8_u(a, a), bpp)
    c = b
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function byFilter(filter: i32, to: usize, from: usize, above: usize, bytes: usize, bpp: i32): void {
  if (filter == 1) sub(to, from, bytes, bpp)
  else if (filter == 3) average(to, from, above, bytes, bpp)
  else paeth(to, from, above, bytes, bpp)
}

/**
 * Reconstructs one row.
 * @param filter 0 None, 1 Sub, 2 Up, 3 Average, 4 Paeth; false for any other
 * @param to where the row goes; not the same place as `from`
 * @param from the filtered bytes, without the filter's byte
 * @param above the reconstructed row before, zeros for the first; the same place as `to` unless pixels
 * have 3 bytes
 * @param bpp whole bytes of a pixel, at least 1: 1, 2, 3, 4, 6 or 8
 */
export function pngDecUnfilter(filter: i32, to: usize, from: usize, above: usize, bytes: usize, bpp: i32): bool {
  if (filter == 0) {
    memory.copy(to, from, bytes)
    return true
  }
  if (filter > 4) return false
  if (filter == 2) up(to, from, above, bytes)
  else if (bpp == 1) byFilter(filter, to, from, above, bytes, 1)
  else if (bpp == 2) byFilter(filter, to, from, above, bytes, 2)
  else if (bpp == 3) byFilter(filter, to, from, above, bytes, 3)
  else if (bpp == 4) byFilter(filter, to, from, above, bytes, 4)
  else if (bpp == 6) byFilter(filter, to, from, above, bytes, 6)
  else byFilter(filter, to, from, above, bytes, 8)
  return true
}
