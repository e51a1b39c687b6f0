// A row of YCbCr 4:2:0 to RGB as libwebp does it, to the bit: chroma by its triangle filter
// ("fancy upsampling"), colours by BT.601 of limited range in its fixed point.
import { store3 } from './jpeg-decode-colour'
import { highBytes, lowBytes } from './jpeg-decode-lanes'

// Sixteen pixels of one band each.
let red: v128 = i64x2.splat(0)
let green: v128 = i64x2.splat(0)
let blue: v128 = i64x2.splat(0)

/** `a` · (256 `whole` + `part`) / 256, rounded down, of bytes in 16 bits. */
// @ts-ignore: decorator
@inline
function times(a: v128, whole: i16, part: i16): v128 {
  const low = i16x8.shr_u(i16x8.mul(a, i16x8.splat(part)), 8)
  return i16x8.add(i16x8.mul(a, i16x8.splat(whole)), low)
}

/** 6 bits stand below the point; what is out of range is clipped when it is narrowed. */
// @ts-ignore: decorator
@inline
function redOf(y: v128, v: v128): v128 {
  return i16x8.shr_s(i16x8.sub(i16x8.add(y, times(v, 102, 37)), i16x8.splat(14234)), 6)
}

// @ts-ignore: decorator
@inline
function greenOf(y: v128, u: v128, v: v128): v128 {
  const taken = i16x8.add(times(u, 25, 19), times(v, 52, 8))
  return i16x8.shr_s(i16x8.add(i16x8.sub(y, taken), i16x8.splat(8708)), 6)
}

/** Sums over 32767: unsigned, and 0 where they are below. */
// @ts-ignore: decorator
@inline
function blueOf(y: v128, u: v128): v128 {
  return i16x8.shr_u(i16x8.sub_sat_u(i16x8.add(y, times(u, 129, 26)), i16x8.splat(17685)), 6)
}

/** Sixteen pixels to `red`, `green` and `blue`; chroma as 8 and 8 in 16 bits. */
// @ts-ignore: decorator
@inline
function convert(y: v128, u0: v128, u1: v128, v0: v128, v1: v128): void {
  const y0 = times(i16x8.extend_low_i8x16_u(y), 74, 133)
  const y1 = times(i16x8.extend_high_i8x16_u(y), 74, 133)
  red = i8x16.narrow_i16x8_u(redOf(y0, v0), redOf(y1, v1))
  green = i8x16.narrow_i16x8_u(greenOf(y0, u0, v0), greenOf(y1, u1, v1))
  blue = i8x16.narrow_i16x8_u(blueOf(y0, u0), blueOf(y1, u1))
}

/** Stores them, with `alpha` as the fourth of 4 bands; and up to 4 bytes more. */
// @ts-ignore: decorator
@inline
function put(bands: usize, alpha: v128, to: usize): void {
  if (bands == 3) {
    store3(red, green, blue, to)
    return
  }
  const rg0 = lowBytes(red, green)
  const rg1 = highBytes(red, green)
  const ba0 = lowBytes(blue, alpha)
  const ba1 = highBytes(blue, alpha)
  v128.store(to, i16x8.shuffle(rg0, ba0, 0, 8, 1, 9, 2, 10, 3, 11))
  v128.store(to, i16x8.shuffle(rg0, ba0, 4, 12, 5, 13, 6, 14, 7, 15), 16)
  v128.store(to, i16x8.shuffle(rg1, ba1, 0, 8, 1, 9, 2, 10, 3, 11), 32)
  v128.store(to, i16x8.shuffle(rg1, ba1, 4, 12, 5, 13, 6, 14, 7, 15), 48)
}

/** Three parts of the near row and one of the far, of 8 samples, in 16 bits. */
// @ts-ignore: decorator
@inline
function mixed(near: usize, far: usize): v128 {
  const a = i16x8.extend_low_i8x16_u(v128.load64_zero(near))
  return i16x8.add(i16x8.add(a, i16x8.add(a, a)), i16x8.extend_low_i8x16_u(v128.load64_zero(far)))
}

/** Of sixteenths, three parts of `a` and one of `b`. */
// @ts-ignore: decorator
@inline
function between(a: v128, b: v128): v128 {
  const sum = i16x8.add(i16x8.add(a, i16x8.add(a, a)), b)
  return i16x8.shr_u(i16x8.add(sum, i16x8.splat(8)), 4)
}

/** Sixteen bytes of alpha; opaque where there is none. */
// @ts-ignore: decorator
@inline
function alphas(at: usize): v128 {
  return at == 0 ? i8x16.splat(-1) : v128.load(at)
}

/** A pixel at the row's end, which no second sample of chroma is near. */
function putEnd(
  y: usize,
  nearU: usize,
  farU: usize,
  nearV: usize,
  farV: usize,
  alpha: usize,
  bands: usize,
  to: usize,
): void {
  const two = i16x8.splat(2)
  const u = i16x8.shr_u(i16x8.add(mixed(nearU, farU), two), 2)
  const v = i16x8.shr_u(i16x8.add(mixed(nearV, farV), two), 2)
  convert(v128.load64_zero(y), u, u, v, v)
  const rg = lowBytes(red, green)
  const pixel = i16x8.shuffle(rg, lowBytes(blue, alphas(alpha)), 0, 8, 1, 9, 2, 10, 3, 11)
  if (bands == 4) {
    v128.store32_lane(to, pixel, 0)
  } else {
    v128.store16_lane(to, pixel, 0)
    v128.store8_lane(to, pixel, 2, 2)
  }
}

/**
 * Converts a row; `near` is its own row of chroma and `far` the next nearest, `alpha` a row of alpha or 0. Writes 3 or
 * 4 bands. Reads up to 16 samples and writes up to 64 bytes past the row's end.
 */
export function vp8RowToRgb(
  y: usize,
  nearU: usize,
  farU: usize,
  nearV: usize,
  farV: usize,
  alpha: usize,
  width: i32,
  bands: usize,
  to: usize,
): void {
  putEnd(y, nearU, farU, nearV, farV, alpha, bands, to)
  // Two pixels between each sample of chroma and the next.
  const pairs = <usize>((width - 1) >> 1)
  for (let x: usize = 0; x < pairs; x += 8) {
    const u0 = mixed(nearU + x, farU + x)
    const u1 = mixed(nearU + x + 1, farU + x + 1)
    const v0 = mixed(nearV + x, farV + x)
    const v1 = mixed(nearV + x + 1, farV + x + 1)
    const leftU = between(u0, u1)
    const rightU = between(u1, u0)
    const leftV = between(v0, v1)
    const rightV = between(v1, v0)
    const at: usize = 2 * x + 1
    convert(
      v128.load(y + at),
      i16x8.shuffle(leftU, rightU, 0, 8, 1, 9, 2, 10, 3, 11),
      i16x8.shuffle(leftU, rightU, 4, 12, 5, 13, 6, 14, 7, 15),
      i16x8.shuffle(leftV, rightV, 0, 8, 1, 9, 2, 10, 3, 11),
      i16x8.shuffle(leftV, rightV, 4, 12, 5, 13, 6, 14, 7, 15),
    )
    put(bands, alphas(alpha == 0 ? 0 : alpha + at), to + at * bands)
  }
  if (width & 1) return
  const last = <usize>width - 1
  const c = last >> 1
  putEnd(y + last, nearU + c, farU + c, nearV + c, farV + c, alpha == 0 ? 0 : alpha + last, bands, to + last * bands)
}

/** Converts a row whose chroma has the width of its luma. Reads and writes as far as `vp8RowToRgb`. */
export function vp8PlainRowToRgb(
  y: usize,
  u: usize,
  v: usize,
  alpha: usize,
  width: i32,
  bands: usize,
  to: usize,
): void {
  for (let x: usize = 0; x < <usize>width; x += 16) {
    const us = v128.load(u + x)
    const vs = v128.load(v + x)
    convert(
      v128.load(y + x),
      i16x8.extend_low_i8x16_u(us),
      i16x8.extend_high_i8x16_u(us),
      i16x8.extend_low_i8x16_u(vs),
      i16x8.extend_high_i8x16_u(vs),
    )
    put(bands, alphas(alpha == 0 ? 0 : alpha + x), to + x * bands)
  }
}
