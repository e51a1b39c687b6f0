// Planes at half, a quarter or an eighth of their size, by averages, as libwebp's scaled decoding
// has it: a thumbnail then needs neither full rows of RGB nor interpolated chroma.

/**
 * Averages squares of `scale` (1, 2, 4, 8) pixels over `rows` rows (fewer at the picture's bottom) of a plane. Writes
 * ceil(width / scale) bytes.
 */
export function vp8Shrink(plane: usize, stride: usize, rows: i32, width: i32, scale: i32, to: usize): void {
  if (scale == 1) {
    memory.copy(to, plane, width)
    return
  }
  let x = 0
  if (rows == scale) for (; x + 16 <= width; x += 16) to += sixteen(plane + x, stride, scale, to)
  for (; x < width; x += scale) {
    const columns = min(scale, width - x)
    let sum = 0
    for (let row = 0; row < rows; row++) {
      const at = plane + <usize>row * stride + x
      for (let i: usize = 0; i < <usize>columns; i++) sum += <i32>load<u8>(at + i)
    }
    const area = columns * rows
    store<u8>(to++, <u8>((sum + (area >> 1)) / area))
  }
}

/** Sixteen columns of whole squares. Returns how many bytes they made. */
// @ts-ignore: decorator
@inline
function sixteen(plane: usize, stride: usize, scale: i32, to: usize): usize {
  let sum = i16x8.extadd_pairwise_i8x16_u(v128.load(plane))
  for (let row = 1; row < scale; row++) {
    sum = i16x8.add(sum, i16x8.extadd_pairwise_i8x16_u(v128.load(plane + <usize>row * stride)))
  }
  if (scale == 2) {
    sum = i16x8.shr_u(i16x8.add(sum, i16x8.splat(2)), 2)
    v128.store64_lane(to, i8x16.narrow_i16x8_u(sum, sum), 0)
    return 8
  }
  let wide = i32x4.extadd_pairwise_i16x8_u(sum)
  if (scale == 4) {
    wide = i32x4.shr_u(i32x4.add(wide, i32x4.splat(8)), 4)
    const bytes = i8x16.swizzle(wide, i32x4.splat(0x0c080400))
    v128.store32_lane(to, bytes, 0)
    return 4
  }
  wide = i32x4.add(wide, v128.shuffle<i32>(wide, wide, 1, 0, 3, 2))
  wide = i32x4.shr_u(i32x4.add(wide, i32x4.splat(32)), 6)
  v128.store16_lane(to, i8x16.swizzle(wide, i32x4.splat(0x08000800)), 0)
  return 2
}

/** Means of 2 × 2 bytes, rounded up, as chroma's alpha: `width` and `rows` of the plane. */
export function vp8Halve(plane: usize, stride: usize, rows: i32, width: i32, to: usize, toStride: usize): void {
  for (let row = 0; row < rows; row += 2, to += toStride) {
    const upper = plane + <usize>row * stride
    const lower = row + 1 < rows ? upper + stride : upper
    for (let x: usize = 0; x < <usize>width; x += 16) {
      const sum = i16x8.add(
        i16x8.extadd_pairwise_i8x16_u(v128.load(upper + x)),
        i16x8.extadd_pairwise_i8x16_u(v128.load(lower + x)),
      )
      const means = i16x8.shr_u(i16x8.add(sum, i16x8.splat(3)), 2)
      v128.store64_lane(to + (x >> 1), i8x16.narrow_i16x8_u(means, means), 0)
    }
    // The last of an odd width has no neighbour.
    if (width & 1) {
      const sum = <i32>load<u8>(upper + width - 1) + <i32>load<u8>(lower + width - 1)
      store<u8>(to + (width >> 1), <u8>((sum + 1) >> 1))
    }
  }
}

/** As `vp8Shrink`, where samples count by their weights, which lie as they do: what is transparent shows no colour. */
export function vp8ShrinkWeighted(
  plane: usize,
  weights: usize,
  stride: usize,
  rows: i32,
  width: i32,
  scale: i32,
  to: usize,
): void {
  if (scale == 1) {
    memory.copy(to, plane, width)
    return
  }
  let x = 0
  if (rows == scale) for (; x + 16 <= width; x += 16) to += sixteenWeighted(plane + x, weights + x, stride, scale, to)
  for (; x < width; x += scale) {
    const columns = min(scale, width - x)
    let sum = 0
    let total = 0
    for (let row = 0; row < rows; row++) {
      const at = <usize>row * stride + x
      for (let i: usize = 0; i < <usize>columns; i++) {
        const weight = <i32>load<u8>(weights + at + i)
        sum += weight * <i32>load<u8>(plane + at + i)
        total += weight
      }
    }
    store<u8>(to++, total == 0 ? 0 : <u8>((sum + (total >> 1)) / total))
  }
}

/** Sums of neighbours, of eight words. */
// @ts-ignore: decorator
@inline
function neighbours(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7))
}

/** Quotients, rounded, of numbers below 2^24; 0 / 0 is 0. */
// @ts-ignore: decorator
@inline
function quotients(sums: v128, totals: v128): v128 {
  const exact = f32x4.div(f32x4.convert_i32x4_s(sums), f32x4.convert_i32x4_s(totals))
  return i32x4.trunc_sat_f32x4_s(f32x4.add(exact, f32x4.splat(0.5)))
}

function sixteenWeighted(plane: usize, weights: usize, stride: usize, scale: i32, to: usize): usize {
  let sum0 = i32x4.splat(0)
  let sum1 = sum0
  let total0 = sum0
  let total1 = sum0
  const ones = i16x8.splat(1)
  for (let row = 0; row < scale; row++) {
    const samples = v128.load(plane)
    const by = v128.load(weights)
    const by0 = i16x8.extend_low_i8x16_u(by)
    const by1 = i16x8.extend_high_i8x16_u(by)
    sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(samples), by0))
    sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(samples), by1))
    total0 = i32x4.add(total0, i32x4.dot_i16x8_s(by0, ones))
    total1 = i32x4.add(total1, i32x4.dot_i16x8_s(by1, ones))
    plane += stride
    weights += stride
  }
  if (scale == 2) {
    const means = i16x8.narrow_i32x4_s(quotients(sum0, total0), quotients(sum1, total1))
    v128.store64_lane(to, i8x16.narrow_i16x8_u(means, means), 0)
    return 8
  }
  let sum = neighbours(sum0, sum1)
  let total = neighbours(total0, total1)
  if (scale == 8) {
    sum = neighbours(sum, sum)
    total = neighbours(total, total)
  }
  const means = i8x16.swizzle(quotients(sum, total), i32x4.splat(0x0c080400))
  if (scale == 4) {
    v128.store32_lane(to, means, 0)
    return 4
  }
  v128.store16_lane(to, means, 0)
  return 2
}
