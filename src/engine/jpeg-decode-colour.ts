// From components to rows of pixels. YCbCr by ITU-T T.871 in libjpeg's 16-bit fixed point, exact.

// @ts-ignore: decorator
@inline
function pair(a: i16, b: i16): v128 {
  return i32x4.splat((<i32>a & 0xffff) | (<i32>b << 16))
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

/** (a × weights.a + b × weights.b) >> 16 of eight pairs. */
// @ts-ignore: decorator
@inline
function weighed(a: v128, b: v128, weights: v128, round: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low(a, b), weights), round), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high(a, b), weights), round), 16),
  )
}

// R = Y + 1.402 Cr, of which 0.402 Cr is a product; B = Y + 1.772 Cb = Y + 2 Cb − 0.228 Cb;
// G = Y − 0.344136 Cb − 0.714136 Cr = Y − Cr − 0.344136 Cb + 0.285864 Cr.
// @ts-ignore: decorator
@inline
function redOf(y: v128, cr: v128): v128 {
  const two = i16x8.splat(2)
  return i16x8.add(i16x8.add(y, cr), weighed(cr, two, pair(26345, 16384), i32x4.splat(0)))
}

// @ts-ignore: decorator
@inline
function greenOf(y: v128, cb: v128, cr: v128): v128 {
  return i16x8.add(i16x8.sub(y, cr), weighed(cb, cr, pair(-22554, 18734), i32x4.splat(32768)))
}

// @ts-ignore: decorator
@inline
function blueOf(y: v128, cb: v128): v128 {
  const two = i16x8.splat(2)
  return i16x8.add(i16x8.add(y, i16x8.shl(cb, 1)), weighed(cb, two, pair(-14942, 16384), i32x4.splat(0)))
}

/** Sixteen pixels of three planes, interleaved, at `to`. */
// @ts-ignore: decorator
@inline
function store3(a: v128, b: v128, c: v128, to: usize): void {
  const ab0 = i8x16.shuffle(a, b, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5)
  v128.store(to, i8x16.shuffle(ab0, c, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15))
  const ab1 = i8x16.shuffle(a, b, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26)
  v128.store(to, i8x16.shuffle(ab1, c, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16)
  const ab2 = i8x16.shuffle(a, b, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0)
  v128.store(to, i8x16.shuffle(ab2, c, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32)
}

/** YCbCr → RGB. Reads and writes up to 15 pixels beyond `count`. */
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

/** Three planes → interleaved. Reads and writes up to 15 pixels beyond `count`. */
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
    const ab0 = i8x16.shuffle(as, bs, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const ab1 = i8x16.shuffle(as, bs, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    const ck0 = i8x16.shuffle(cs, ks, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const ck1 = i8x16.shuffle(cs, ks, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    v128.store(to, low(ab0, ck0))
    v128.store(to, high(ab0, ck0), 16)
    v128.store(to, low(ab1, ck1), 32)
    v128.store(to, high(ab1, ck1), 48)
  }
}

/** In place: the C, M, Y of a YCCK row that was converted as YCbCr → RGB are the complement. */
export function interleaveYcck(rgb: usize, k: usize, to: usize, count: i32, flip: i32): void {
  for (let i = 0; i < count; i++, rgb += 3, to += 4) {
    store<u8>(to, load<u8>(rgb) ^ 255 ^ flip)
    store<u8>(to, load<u8>(rgb, 1) ^ 255 ^ flip, 1)
    store<u8>(to, load<u8>(rgb, 2) ^ 255 ^ flip, 2)
    store<u8>(to, load<u8>(k + i) ^ flip, 3)
  }
}

/**
 * CMYK (255 is full ink) → RGB without a profile: each ink takes its complement of the light that
 * black lets through, (255 − C)(255 − K) / 255 rounded. `to` may be `from`.
 */
export function jpegCmykToRgb(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i++, from += 4, to += 3) {
    const light = 255 - <u32>load<u8>(from, 3)
    const r = (255 - <u32>load<u8>(from)) * light + 127
    const g = (255 - <u32>load<u8>(from, 1)) * light + 127
    const b = (255 - <u32>load<u8>(from, 2)) * light + 127
    store<u8>(to, r / 255)
    store<u8>(to, g / 255, 1)
    store<u8>(to, b / 255, 2)
  }
}
