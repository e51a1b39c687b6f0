// YCbCr planes of video codecs to RGB rows (ITU-T H.273 §8.3): chroma is interpolated with the
// triangle filter that libjpeg-turbo and libheif use (sample at the centre of its pixels).

// Coefficients in 16.16 fixed point, set by `yccMatrix`.
let luma: i32 = 65536
let black: i32 = 0
let redV: i32 = 0
let greenU: i32 = 0
let greenV: i32 = 0
let blueU: i32 = 0

/** Sets the matrix: luma is `(y - black) × luma`, chroma is taken from 128. All 16.16 but `black`. */
export function yccMatrix(y: i32, offset: i32, rv: i32, gu: i32, gv: i32, bu: i32): void {
  luma = y
  black = offset
  redV = rv
  greenU = gu
  greenV = gv
  blueU = bu
}

// @ts-ignore: decorator
@inline
function wide(at: usize): v128 {
  return v128.load8x8_u(at)
}

// @ts-ignore: decorator
@inline
function mixed(near: usize, far: usize): v128 {
  return i16x8.add(i16x8.mul(wide(near), i16x8.splat(3)), wide(far))
}

// @ts-ignore: decorator
@inline
function mixedOne(near: usize, far: usize): i32 {
  return 3 * <i32>load<u8>(near) + <i32>load<u8>(far)
}

// @ts-ignore: decorator
@inline
function upsampleOne(near: usize, far: usize, last: usize, i: usize, to: usize): void {
  const sum = mixedOne(near + i, far + i)
  const before = i == 0 ? sum : mixedOne(near + i - 1, far + i - 1)
  const after = i == last ? sum : mixedOne(near + i + 1, far + i + 1)
  store<u16>(to + (i << 1), <u16>((3 * sum + before + 8) >> 4 | ((3 * sum + after + 7) >> 4) << 8))
}

/** A row of chroma at half width, between rows `near` (weight 3) and `far` (weight 1), to full width. */
export function yccUpsample(near: usize, far: usize, count: i32, to: usize): void {
  const last = <usize>count - 1
  upsampleOne(near, far, last, 0, to)
  let i: usize = 1
  for (; i + 8 <= last; i += 8) {
    const sum = i16x8.mul(mixed(near + i, far + i), i16x8.splat(3))
    const left = i16x8.shr_u(i16x8.add(i16x8.add(sum, mixed(near + i - 1, far + i - 1)), i16x8.splat(8)), 4)
    const right = i16x8.shr_u(i16x8.add(i16x8.add(sum, mixed(near + i + 1, far + i + 1)), i16x8.splat(7)), 4)
    v128.store(to + (i << 1), v128.or(left, i16x8.shl(right, 8)))
  }
  for (; i <= last; i++) upsampleOne(near, far, last, i, to)
}

// @ts-ignore: decorator
@inline
function four(at: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
}

/**
 * A row of `width` pixels to 3 or 4 bands. `u` and `v` are at full width; 0 where there is no
 * chroma. `alpha` is a row of alpha, or 0 for opaque. `identity`: the planes are G, B, R
 * (matrix 0). Reads and writes up to 16 bytes past the rows' ends.
 */
export function yccRow(
  y: usize,
  u: usize,
  v: usize,
  alpha: usize,
  width: i32,
  identity: i32,
  bands: i32,
  to: usize,
): void {
  const half = i32x4.splat(32768)
  const centre = i32x4.splat(128)
  const zero = i32x4.splat(0)
  const most = i32x4.splat(255)
  let a = i32x4.splat(255)
  for (let i: usize = 0; i < <usize>width; i += 4) {
    let r: v128
    let g: v128
    let b: v128
    if (identity) {
      r = four(v + i)
      g = four(y + i)
      b = four(u + i)
    } else {
      const l = i32x4.add(i32x4.mul(i32x4.sub(four(y + i), i32x4.splat(black)), i32x4.splat(luma)), half)
      r = l
      g = l
      b = l
      if (u != 0) {
        const cb = i32x4.sub(four(u + i), centre)
        const cr = i32x4.sub(four(v + i), centre)
        r = i32x4.add(l, i32x4.mul(cr, i32x4.splat(redV)))
        g = i32x4.sub(l, i32x4.add(i32x4.mul(cb, i32x4.splat(greenU)), i32x4.mul(cr, i32x4.splat(greenV))))
        b = i32x4.add(l, i32x4.mul(cb, i32x4.splat(blueU)))
      }
      r = i32x4.min_s(i32x4.max_s(i32x4.shr_s(r, 16), zero), most)
      g = i32x4.min_s(i32x4.max_s(i32x4.shr_s(g, 16), zero), most)
      b = i32x4.min_s(i32x4.max_s(i32x4.shr_s(b, 16), zero), most)
    }
    if (alpha != 0) a = four(alpha + i)
    const rg = v128.or(r, i32x4.shl(g, 8))
    const rgba = v128.or(rg, v128.or(i32x4.shl(b, 16), i32x4.shl(a, 24)))
    if (bands == 4) v128.store(to + i * 4, rgba)
    else
      v128.store(
        to + i * 3,
        v128.shuffle<u8>(rgba, rgba, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15),
      )
  }
}

/** Samples of 8 + `shift` bits (16-bit numbers) to 8 bits, rounded; in place where `to` is `from`. */
export function yccNarrow(from: usize, samples: usize, shift: i32, to: usize): void {
  const half = (1 << shift) >> 1
  const halves = i16x8.splat(<i16>half)
  let i: usize = 0
  for (; i + 8 <= samples; i += 8) {
    const rounded = i16x8.shr_u(i16x8.add(v128.load(from + i * 2), halves), shift)
    v128.store64_lane(to + i, i8x16.narrow_i16x8_u(rounded, rounded), 0)
  }
  for (; i < samples; i++) {
    store<u8>(to + i, <u8>min(255, (<i32>load<u16>(from + i * 2) + half) >> shift))
  }
}
