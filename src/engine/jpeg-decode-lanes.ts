// Interleavings that are one instruction each, and pairs of weights for dot products.

/** i16 pairs (a, b, a, b …) for `i32x4.dot_i16x8_s` on interleaved inputs. */
// @ts-ignore: decorator
@inline
export function pair(a: i16, b: i16): v128 {
  return i32x4.splat((<i32>a & 0xffff) | (<i32>b << 16))
}

/** The low halves of two i16x8, interleaved. */
// @ts-ignore: decorator
@inline
export function low(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

/** The high halves of two i16x8, interleaved. */
// @ts-ignore: decorator
@inline
export function high(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

/** The low halves of two i8x16, interleaved. */
// @ts-ignore: decorator
@inline
export function lowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

/** The high halves of two i8x16, interleaved. */
// @ts-ignore: decorator
@inline
export function highBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}
