// Rows of RGB to the planes of WebP's lossy pictures: BT.601 in 16–235, chroma the mean of 2×2 pixels.

function pair(even: i32, odd: i32): v128 {
  return i32x4.splat((even & 0xffff) | (odd << 16))
}

/** Red and green of the 4 pixels in the first 12 bytes, as pairs of i16. */
function redGreen(pixels: v128): v128 {
  return i8x16.shuffle(pixels, v128.splat<u8>(0), 0, 16, 1, 16, 3, 16, 4, 16, 6, 16, 7, 16, 9, 16, 10, 16)
}

function greenBlue(pixels: v128): v128 {
  return i8x16.shuffle(pixels, v128.splat<u8>(0), 1, 16, 2, 16, 4, 16, 5, 16, 7, 16, 8, 16, 10, 16, 11, 16)
}

/** 16 + 0.257 R + 0.504 G + 0.098 B; green's weight is split in two to fit 16 bits. */
function luma(pixels: v128): v128 {
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(redGreen(pixels), pair(16839, 16675)),
    i32x4.dot_i16x8_s(greenBlue(pixels), pair(16384, 6420)),
  )
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat((16 << 16) + 32768)), 16)
}

/** Grey samples to RGB pixels. */
export function greyRow(source: usize, width: i32, target: usize): void {
  for (let x = 0; x < width; x++, target += 3) {
    const value = load<u8>(source + x)
    store<u8>(target, value)
    store<u8>(target, value, 1)
    store<u8>(target, value, 2)
  }
}

/** Luma of `width` RGB pixels; reads 4 bytes and writes 7 bytes past their ends. */
export function lumaRow(source: usize, width: i32, y: usize): void {
  for (let x = 0; x < width; x += 8, source += 24) {
    const row = i16x8.narrow_i32x4_s(luma(v128.load(source)), luma(v128.load(source, 12)))
    v128.store64_lane(y + x, i8x16.narrow_i16x8_u(row, row), 0)
  }
}

/** Sums of neighbouring pixels' pairs: 4 pixels from 8. */
function joined(a: v128, b: v128): v128 {
  return i16x8.add(v128.shuffle<u32>(a, b, 0, 2, 4, 6), v128.shuffle<u32>(a, b, 1, 3, 5, 7))
}

/** A chroma sample from sums of 4 pixels. */
function chroma(rg: v128, gb: v128, k: v128, l: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(rg, k), i32x4.dot_i16x8_s(gb, l))
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat((128 << 18) + (1 << 17))), 18)
}

/** Chroma of two rows of RGB, `width` of them an even number; runs over as `lumaRow` does. */
export function chromaRows(upper: usize, lower: usize, width: i32, u: usize, v: usize): void {
  for (let x = 0; x < width; x += 8, upper += 24, lower += 24) {
    const a = v128.load(upper)
    const b = v128.load(upper, 12)
    const c = v128.load(lower)
    const d = v128.load(lower, 12)
    const rg = joined(i16x8.add(redGreen(a), redGreen(c)), i16x8.add(redGreen(b), redGreen(d)))
    const gb = joined(i16x8.add(greenBlue(a), greenBlue(c)), i16x8.add(greenBlue(b), greenBlue(d)))
    const us = chroma(rg, gb, pair(-9719, -19081), pair(0, 28800))
    const vs = chroma(rg, gb, pair(28800, -24116), pair(0, -4684))
    const both = i16x8.narrow_i32x4_s(us, vs)
    const bytes = i8x16.narrow_i16x8_u(both, both)
    v128.store32_lane(u + (x >> 1), bytes, 0)
    v128.store32_lane(v + (x >> 1), bytes, 1)
  }
}
