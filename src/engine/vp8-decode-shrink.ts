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
