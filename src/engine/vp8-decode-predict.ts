// Intra prediction (RFC 6386 §12). Pixels above and left of a block lie around it, rows `stride`
// apart; modes as in vp8-decode-tables.ts.

// @ts-ignore: decorator
@inline
function row16(at: usize): v128 {
  return i16x8.extend_low_i8x16_u(v128.load64_zero(at))
}

/** The sum of 16 bytes. */
// @ts-ignore: decorator
@inline
function sumOf(bytes: v128): i32 {
  const fours = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes))
  const twos = i32x4.add(fours, v128.shuffle<i64>(fours, fours, 1, 0))
  return i32x4.extract_lane(twos, 0) + i32x4.extract_lane(twos, 1)
}

/** TM of a square of 16 or 8: above + left - the corner, clipped. */
function trueMotion(to: usize, size: i32, stride: usize): void {
  const corner = i16x8.splat(load<u8>(to - stride - 1))
  const low = i16x8.sub(row16(to - stride), corner)
  if (size == 8) {
    for (let y = 0; y < 8; y++, to += stride) {
      const left = i16x8.splat(load<u8>(to - 1))
      v128.store64_lane(to, i8x16.narrow_i16x8_u(i16x8.add(low, left), low), 0)
    }
    return
  }
  const high = i16x8.sub(row16(to - stride + 8), corner)
  for (let y = 0; y < 16; y++, to += stride) {
    const left = i16x8.splat(load<u8>(to - 1))
    v128.store(to, i8x16.narrow_i16x8_u(i16x8.add(low, left), i16x8.add(high, left)))
  }
}

// @ts-ignore: decorator
@inline
function put(to: usize, size: i32, row: v128): void {
  if (size == 16) v128.store(to, row)
  else v128.store64_lane(to, row, 0)
}

/** Predicts a square of 16 (luma) or 8 (chroma); `atLeft` and `atTop`: the picture's edge is there. */
export function vp8PredictSquare(mode: i32, to: usize, size: i32, stride: usize, atLeft: bool, atTop: bool): void {
  const above = to - stride
  if (mode == 1) return trueMotion(to, size, stride)
  if (mode == 3) {
    for (let y = 0; y < size; y++, to += stride) put(to, size, i8x16.splat(load<u8>(to - 1)))
    return
  }
  const top = size == 16 ? v128.load(above) : v128.load64_zero(above)
  let row = top
  if (mode == 0) {
    let sum = atTop ? 0 : sumOf(top)
    if (!atLeft) for (let y = 0; y < size; y++) sum += <i32>load<u8>(to + <usize>y * stride - 1)
    const shift = size == 16 ? 4 : 3
    if (atTop && atLeft) sum = 128
    else if (atTop || atLeft) sum = (sum + (size >> 1)) >> shift
    else sum = (sum + size) >> (shift + 1)
    row = i8x16.splat(<i8>sum)
  }
  for (let y = 0; y < size; y++, to += stride) put(to, size, row)
}

// The modes of 4 × 4 blocks but DC and TM take means of two or three neighbours out of a line around the block: from
// the lower left to the upper right, its ends repeated, L L K J I X A B C D E F G H H. Where the pixels of a block, row by
// row, come from: the n-th mean of two, or (+ 16) of three.
const MEANS = memory.data<u8>([
  // VE
  21, 22, 23, 24, 21, 22, 23, 24, 21, 22, 23, 24, 21, 22, 23, 24,
  // HE
  19, 19, 19, 19, 18, 18, 18, 18, 17, 17, 17, 17, 16, 16, 16, 16,
  // RD
  20, 21, 22, 23, 19, 20, 21, 22, 18, 19, 20, 21, 17, 18, 19, 20,
  // VR
  5, 6, 7, 8, 20, 21, 22, 23, 19, 5, 6, 7, 18, 20, 21, 22,
  // LD
  22, 23, 24, 25, 23, 24, 25, 26, 24, 25, 26, 27, 25, 26, 27, 28,
  // VL
  6, 7, 8, 9, 22, 23, 24, 25, 7, 8, 9, 26, 23, 24, 25, 27,
  // HD
  4, 20, 21, 22, 3, 19, 4, 20, 2, 18, 3, 19, 1, 17, 2, 18,
  // HU
  3, 18, 2, 17, 2, 17, 1, 16, 1, 16, 0, 0, 0, 0, 0, 0,
])

/** Predicts a block of 4 × 4; rows are `s` apart. */
export function vp8PredictBlock(mode: i32, to: usize, s: usize): void {
  if (mode == 1) {
    const base = i16x8.sub(row16(to - s), i16x8.splat(load<u8>(to - s - 1)))
    for (let y = 0; y < 4; y++, to += s) {
      v128.store32_lane(to, i8x16.narrow_i16x8_u(i16x8.add(base, i16x8.splat(load<u8>(to - 1))), base), 0)
    }
    return
  }
  const l = <u32>load<u8>(to + 3 * s - 1)
  const k = <u32>load<u8>(to + 2 * s - 1)
  const j = <u32>load<u8>(to + s - 1)
  const i = <u32>load<u8>(to - 1)
  if (mode == 0) {
    const sum = i16x8.extadd_pairwise_i8x16_u(v128.load32_zero(to - s))
    const mean = (i16x8.extract_lane_u(sum, 0) + i16x8.extract_lane_u(sum, 1) + l + k + j + i + 4) >> 3
    const row = mean * 0x01010101
    store<u32>(to, row)
    store<u32>(to + s, row)
    store<u32>(to + 2 * s, row)
    store<u32>(to + 3 * s, row)
    return
  }
  // X A … H stand from byte 5 on.
  const line = v128.shuffle<u8>(
    i32x4.splat(l | (k << 8) | (j << 16) | (i << 24)),
    v128.load(to - s - 1),
    0, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 24, 24,
  )
  const one = v128.shuffle<u8>(line, line, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15)
  const two = v128.shuffle<u8>(line, line, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15)
  const means2 = i8x16.avgr_u(line, one)
  // (a + 2b + c + 2) / 4 is the mean, rounded up, of b and the mean, rounded down, of a and c.
  const outer = i8x16.sub(i8x16.avgr_u(line, two), v128.and(v128.xor(line, two), i8x16.splat(1)))
  const means3 = i8x16.avgr_u(outer, one)
  const places = v128.load(MEANS + ((<usize>mode - 2) << 4))
  // Places of 16 and more are out of the one's reach, those below of the other's.
  const pixels = v128.or(
    i8x16.swizzle(means2, places),
    i8x16.swizzle(means3, i8x16.sub(places, i8x16.splat(16))),
  )
  v128.store32_lane(to, pixels, 0)
  v128.store32_lane(to + s, pixels, 1)
  v128.store32_lane(to + 2 * s, pixels, 2)
  v128.store32_lane(to + 3 * s, pixels, 3)
}
