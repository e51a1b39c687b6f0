// From components to rows of pixels. YCbCr by ITU-T T.871 in libjpeg's 16-bit fixed point, exact.
import { high, highBytes, low, lowBytes, pair } from './jpeg-decode-lanes'

/** 0.402 in 15 bits. */
const RED: i16 = 13173

// R = Y + 1.402 Cr = Y + Cr + 0.402 Cr; B = Y + 1.772 Cb = Y + 2 Cb − 0.228 Cb, where one rounding
// product of 15 bits gives what libjpeg's 16 bits do for every one of the 256 values;
// G = Y − 0.344136 Cb − 0.714136 Cr = Y − Cr − 0.344136 Cb + 0.285864 Cr, rounded once.
// @ts-ignore: decorator
@inline
function redOf(y: v128, cr: v128): v128 {
  return i16x8.add(i16x8.add(y, cr), i16x8.q15mulr_sat_s(cr, i16x8.splat(RED)))
}

// @ts-ignore: decorator
@inline
function greenOf(y: v128, cb: v128, cr: v128): v128 {
  const weights = pair(-22554, 18734)
  const round = i32x4.splat(32768)
  const mixed = i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low(cb, cr), weights), round), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high(cb, cr), weights), round), 16),
  )
  return i16x8.add(i16x8.sub(y, cr), mixed)
}

// @ts-ignore: decorator
@inline
function blueOf(y: v128, cb: v128): v128 {
  return i16x8.add(i16x8.add(y, i16x8.add(cb, cb)), i16x8.q15mulr_sat_s(cb, i16x8.splat(-7471)))
}

/** Four pixels of four bytes become four of three, and four bytes that the next store overwrites. */
// @ts-ignore: decorator
@inline
function squeeze(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15))
}

/** Sixteen pixels of three planes, interleaved, at `to`: 48 bytes, and 4 more that are garbage. */
// @ts-ignore: decorator
@inline
export function store3(a: v128, b: v128, c: v128, to: usize): void {
  // Interleavings by pairs are one instruction each; shuffles of two vectors by threes are many.
  const ab0 = lowBytes(a, b)
  const ab1 = highBytes(a, b)
  const cc0 = lowBytes(c, c)
  const cc1 = highBytes(c, c)
  v128.store(to, squeeze(low(ab0, cc0)))
  v128.store(to, squeeze(high(ab0, cc0)), 12)
  v128.store(to, squeeze(low(ab1, cc1)), 24)
  v128.store(to, squeeze(high(ab1, cc1)), 36)
}

/** YCbCr → RGB. Reads up to 15 samples and writes up to 49 bytes beyond `count`. */
export function rgbFromYcc(y: usize, cb: usize, cr: usize, to: usize, count: i32): void {
  const half = i16x8.splat(128)
  for (let i = 0; i < count; i += 16, y += 16, cb += 16, cr += 16, to += 48) {
    const ys = v128.load(y)
    const bs = v128.load(cb)
    const rs = v128.load(cr)
    const y0 = i16x8.extend_low_i8x16_u(ys)
    const y1 = i16x8.extend_high_i8x16_u(ys)
    const b0 = i16x8.sub(i16x8.extend_low_i8x16_u(bs), half)
    const b1 = i16x8.sub(i16x8.extend_high_i8x16_u(bs), half)
    const r0 = i16x8.sub(i16x8.extend_low_i8x16_u(rs), half)
    const r1 = i16x8.sub(i16x8.extend_high_i8x16_u(rs), half)
    store3(
      i8x16.narrow_i16x8_u(redOf(y0, r0), redOf(y1, r1)),
      i8x16.narrow_i16x8_u(greenOf(y0, b0, r0), greenOf(y1, b1, r1)),
      i8x16.narrow_i16x8_u(blueOf(y0, b0), blueOf(y1, b1)),
      to,
    )
  }
}

/** Three planes → interleaved. Reads up to 15 samples and writes up to 49 bytes beyond `count`. */
export function interleave3(a: usize, b: usize, c: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 16, to += 48) store3(v128.load(a + i), v128.load(b + i), v128.load(c + i), to)
}

/** Four planes → interleaved, each sample XORed with `flip` (0 or 255). Up to 15 pixels beyond. */
export function interleave4(a: usize, b: usize, c: usize, k: usize, to: usize, count: i32, flip: i32): void {
  const f = i8x16.splat(<i8>flip)
  for (let i = 0; i < count; i += 16, to += 64) {
    const as = v128.xor(v128.load(a + i), f)
    const bs = v128.xor(v128.load(b + i), f)
    const cs = v128.xor(v128.load(c + i), f)
    const ks = v128.xor(v128.load(k + i), f)
    const ab0 = lowBytes(as, bs)
    const ab1 = highBytes(as, bs)
    const ck0 = lowBytes(cs, ks)
    const ck1 = highBytes(cs, ks)
    v128.store(to, low(ab0, ck0))
    v128.store(to, high(ab0, ck0), 16)
    v128.store(to, low(ab1, ck1), 32)
    v128.store(to, high(ab1, ck1), 48)
  }
}

/** YCCK: C, M, Y are the complements of the row converted as YCbCr → RGB; K is as it is. `flip` as above. */
export function interleaveYcck(rgb: usize, k: usize, to: usize, count: i32, flip: i32): void {
  for (let i = 0; i < count; i++, rgb += 3, to += 4) {
    store<u8>(to, load<u8>(rgb) ^ 255 ^ flip)
    store<u8>(to, load<u8>(rgb, 1) ^ 255 ^ flip, 1)
    store<u8>(to, load<u8>(rgb, 2) ^ 255 ^ flip, 2)
    store<u8>(to, load<u8>(k + i) ^ flip, 3)
  }
}
