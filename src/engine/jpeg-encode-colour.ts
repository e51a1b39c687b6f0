// Rows of interleaved samples to planes of Y, Cb and Cr (JFIF 1.02, full range), and 2×2 chroma
// averaging. The arithmetic is libjpeg's: 16-bit fixed point, chroma biased down by one unit of
// the last place, averages rounded by an alternating 1, 2.

/** Coefficients of a pair of samples for a dot product. */
function pair(even: i32, odd: i32): v128 {
  return i32x4.splat((even & 0xffff) | (odd << 16))
}

/** Narrows four vectors of 4 × i32 in 0–255 to 16 bytes. */
function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
}

/** Red and green of the 4 pixels from `pointer`, as pairs of i16. */
function redGreen(pixels: v128): v128 {
  return i8x16.shuffle(pixels, v128.splat<u8>(0), 0, 16, 1, 16, 3, 16, 4, 16, 6, 16, 7, 16, 9, 16, 10, 16)
}

/** Green and blue of the same. */
function greenBlue(pixels: v128): v128 {
  return i8x16.shuffle(pixels, v128.splat<u8>(0), 1, 16, 2, 16, 4, 16, 5, 16, 7, 16, 8, 16, 10, 16, 11, 16)
}

/** Y = 0.299 R + 0.587 G + 0.114 B; green's 0.587 is split in two to fit 16 bits. */
function luma(rg: v128, gb: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(rg, pair(19595, 22086)), i32x4.dot_i16x8_s(gb, pair(16384, 7471)))
  return i32x4.shr_u(i32x4.add(sum, i32x4.splat(32768)), 16)
}

/** Cb = 128 - 0.168736 R - 0.331264 G + 0.5 B; +0.5 does not fit 16 bits, so the sum is negated. */
function blueness(rg: v128, gb: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(rg, pair(11059, 21709)), i32x4.dot_i16x8_s(gb, pair(0, -32768)))
  return i32x4.shr_u(i32x4.sub(i32x4.splat((128 << 16) + 32767), sum), 16)
}

/** Cr = 128 + 0.5 R - 0.418688 G - 0.081312 B, negated likewise. */
function redness(rg: v128, gb: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(rg, pair(-32768, 27439)), i32x4.dot_i16x8_s(gb, pair(0, 5329)))
  return i32x4.shr_u(i32x4.sub(i32x4.splat((128 << 16) + 32767), sum), 16)
}

/**
 * Converts `width` RGB pixels to three rows. Reads up to 52 bytes and writes up to 15 bytes past
 * their ends: both sides keep slack behind their rows.
 */
export function colourRow(source: usize, width: i32, y: usize, cb: usize, cr: usize): void {
  for (let x = 0; x < width; x += 16, source += 48) {
    const p0 = v128.load(source)
    const p1 = v128.load(source, 12)
    const p2 = v128.load(source, 24)
    const p3 = v128.load(source, 36)
    const rg0 = redGreen(p0)
    const gb0 = greenBlue(p0)
    const rg1 = redGreen(p1)
    const gb1 = greenBlue(p1)
    const rg2 = redGreen(p2)
    const gb2 = greenBlue(p2)
    const rg3 = redGreen(p3)
    const gb3 = greenBlue(p3)
    v128.store(y + x, narrow(luma(rg0, gb0), luma(rg1, gb1), luma(rg2, gb2), luma(rg3, gb3)))
    v128.store(cb + x, narrow(blueness(rg0, gb0), blueness(rg1, gb1), blueness(rg2, gb2), blueness(rg3, gb3)))
    v128.store(cr + x, narrow(redness(rg0, gb0), redness(rg1, gb1), redness(rg2, gb2), redness(rg3, gb3)))
  }
}

/** Repeats the last of `width` samples up to `padded`. */
export function extendRow(row: usize, width: i32, padded: i32): void {
  if (padded > width) memory.fill(row + width, load<u8>(row + width - 1), padded - width)
}

/** Averages 2×2 samples of the rows `a` and `b`; `width` output samples, a multiple of 8. */
export function averageRows(a: usize, b: usize, width: i32, target: usize): void {
  const bias = i32x4.splat(0x20001)
  for (let x = 0; x < width; x += 8) {
    const upper = i16x8.extadd_pairwise_i8x16_u(v128.load(a + (x << 1)))
    const lower = i16x8.extadd_pairwise_i8x16_u(v128.load(b + (x << 1)))
    const sum = i16x8.shr_u(i16x8.add(i16x8.add(upper, lower), bias), 2)
    v128.store64_lane(target + x, i8x16.narrow_i16x8_u(sum, sum), 0)
  }
}
