// Intra prediction (RFC 6386, section 12). A plane's macroblock lies in a buffer of 32 bytes a row
// with the row above it and the column to its left, so that a mode is the same everywhere.

export const STRIDE: usize = 32

/** Modes of whole blocks, which are also the first four of 4×4 blocks. */
export const DC_MODE: u32 = 0
export const TRUE_MOTION: u32 = 1
export const VERTICAL: u32 = 2
export const HORIZONTAL: u32 = 3

/** Predicts a block of `size` × `size` (16 or 8) at `block` of its buffer, into rows of 32 at `target`. */
export function predictWhole(
  mode: u32,
  block: usize,
  size: usize,
  left: bool,
  top: bool,
  target: usize,
): void {
  const above = block - STRIDE
  if (mode == VERTICAL) {
    const row = v128.load(above)
    for (let y: usize = 0; y < size; y++) v128.store(target + y * STRIDE, row)
  } else if (mode == HORIZONTAL) {
    for (let y: usize = 0; y < size; y++) {
      v128.store(target + y * STRIDE, v128.splat<u8>(load<u8>(block + y * STRIDE - 1)))
    }
  } else if (mode == DC_MODE) {
    const fill = v128.splat<u8>(<u8>mean(block, size, left, top))
    for (let y: usize = 0; y < size; y++) v128.store(target + y * STRIDE, fill)
  } else {
    const row = v128.load(above)
    const corner = <i16>load<u8>(above - 1)
    const low = i16x8.sub(i16x8.extend_low_i8x16_u(row), i16x8.splat(corner))
    const high = i16x8.sub(i16x8.extend_high_i8x16_u(row), i16x8.splat(corner))
    for (let y: usize = 0; y < size; y++) {
      const side = i16x8.splat(<i16>load<u8>(block + y * STRIDE - 1))
      const pixels = i8x16.narrow_i16x8_u(i16x8.add(low, side), i16x8.add(high, side))
      v128.store(target + y * STRIDE, pixels)
    }
  }
}

/** The mean of what there is of the row above and the column to the left; 128 without either. */
function mean(block: usize, size: usize, left: bool, top: bool): u32 {
  let sum: u32 = 0
  for (let i: usize = 0; i < size; i++) {
    if (top) sum += load<u8>(block - STRIDE + i)
    if (left) sum += load<u8>(block + i * STRIDE - 1)
  }
  if (!left && !top) return 128
  const shift: u32 = (size == 16 ? 4 : 3) + (left && top ? 1 : 0)
  return (sum + (1 << (shift - 1))) >> shift
}

/** L, L, K, J, I to the left from below, the corner X, A–H above, H: what 4×4 modes are made of. */
const edge = memory.data(32, 16)
/** 10 predictions of 16 bytes, by mode. */
export const PREDICTIONS4 = memory.data(160, 16)

/** Makes the ten predictions of the 4×4 block at `block` of its buffer. */
export function predict4(block: usize): void {
  const above = block - STRIDE
  const l = load<u8>(block + 3 * STRIDE - 1)
  store<u8>(edge, l)
  store<u8>(edge, l, 1)
  store<u8>(edge, load<u8>(block + 2 * STRIDE - 1), 2)
  store<u8>(edge, load<u8>(block + STRIDE - 1), 3)
  store<u8>(edge, load<u8>(block - 1), 4)
  store<u8>(edge, load<u8>(above - 1), 5)
  store<u64>(edge, load<u64>(above), 6)
  store<u8>(edge, load<u8>(above, 7), 14)
  const e0 = v128.load(edge)
  const e1 = v128.load(edge, 1)
  const e2 = v128.load(edge, 2)
  // (a + 2b + c + 2) / 4 is the rounded mean of b and the cut mean of a and c.
  const outer = i8x16.sub(i8x16.avgr_u(e0, e2), v128.and(v128.xor(e0, e2), v128.splat<u8>(1)))
  const three = i8x16.avgr_u(outer, e1)
  const two = i8x16.avgr_u(e0, e1)
  v128.store(PREDICTIONS4, i8x16.shuffle(three, two, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8), 32)
  v128.store(PREDICTIONS4, i8x16.shuffle(three, two, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0), 48)
  v128.store(PREDICTIONS4, i8x16.shuffle(three, two, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5, 1, 2, 3, 4), 64)
  v128.store(PREDICTIONS4, i8x16.shuffle(three, two, 21, 22, 23, 24, 4, 5, 6, 7, 3, 21, 22, 23, 2, 4, 5, 6), 80)
  v128.store(PREDICTIONS4, i8x16.shuffle(three, two, 6, 7, 8, 9, 7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12), 96)
  v128.store(
    PREDICTIONS4,
    i8x16.shuffle(three, two, 22, 23, 24, 25, 6, 7, 8, 9, 23, 24, 25, 10, 7, 8, 9, 11),
    112,
  )
  v128.store(PREDICTIONS4, i8x16.shuffle(three, two, 20, 4, 5, 6, 19, 3, 20, 4, 18, 2, 19, 3, 17, 1, 18, 2), 128)
  v128.store(
    PREDICTIONS4,
    i8x16.shuffle(three, two, 19, 2, 18, 1, 18, 1, 17, 0, 17, 0, 16, 16, 16, 16, 16, 16),
    144,
  )
  let sum: u32 = 4
  for (let i: usize = 1; i < 5; i++) sum += load<u8>(edge + i)
  for (let i: usize = 6; i < 10; i++) sum += load<u8>(edge + i)
  v128.store(PREDICTIONS4, v128.splat<u8>(<u8>(sum >> 3)))
  // TrueMotion: left + above - corner.
  const top = i16x8.sub(
    i16x8.extend_low_i8x16_u(v128.load32_splat(edge + 6)),
    i16x8.splat(<i16>load<u8>(edge, 5)),
  )
  const upper = i8x16.shuffle(e0, v128.splat<u8>(0), 4, 16, 4, 16, 4, 16, 4, 16, 3, 16, 3, 16, 3, 16, 3, 16)
  const lower = i8x16.shuffle(e0, v128.splat<u8>(0), 2, 16, 2, 16, 2, 16, 2, 16, 1, 16, 1, 16, 1, 16, 1, 16)
  v128.store(PREDICTIONS4, i8x16.narrow_i16x8_u(i16x8.add(top, upper), i16x8.add(top, lower)), 16)
}
