// Planes at half, a quarter or an eighth of their size, by averages, as libwebp's scaled decoding
// has it: a thumbnail then needs neither full rows of RGB nor interpolated chroma.

/**
 * Averages squares of `scale` pixels over `rows` rows (fewer at the picture's bottom) of a plane.
 * `sums` has room for 16-bit sums of pairs: `width` + 32 bytes. Writes ceil(width / scale) bytes.
 */
export function vp8Shrink(
  plane: usize,
  stride: usize,
  rows: i32,
  width: i32,
  scale: i32,
  sums: usize,
  to: usize,
): void {
  if (scale == 1) {
    memory.copy(to, plane, width)
    return
  }
  for (let x: usize = 0; x < <usize>width; x += 16) {
    let sum = i16x8.extadd_pairwise_i8x16_u(v128.load(plane + x))
    for (let row = 1; row < rows; row++) {
      sum = i16x8.add(sum, i16x8.extadd_pairwise_i8x16_u(v128.load(plane + x + <usize>row * stride)))
    }
    v128.store(sums + x, sum)
  }
  const whole = width / scale
  const area = scale * rows
  const half = area >> 1
  for (let x = 0; x < whole; x++) {
    const at = sums + <usize>(x * scale)
    let sum = <i32>load<u16>(at)
    for (let i: usize = 2; i < <usize>scale; i += 2) sum += <i32>load<u16>(at + i)
    store<u8>(to + x, <u8>((sum + half) / area))
  }
  const rest = width - whole * scale
  if (rest == 0) return
  let sum = 0
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < rest; i++) sum += <i32>load<u8>(plane + <usize>row * stride + whole * scale + i)
  }
  store<u8>(to + whole, <u8>((sum + ((rest * rows) >> 1)) / (rest * rows)))
}
