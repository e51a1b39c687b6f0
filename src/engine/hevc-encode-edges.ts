// The samples around a block that it is predicted from (ITU-T H.265, 8.4.4.2.2 and 8.4.4.2.3): one line
// from the lowest on the left over the corner to the last above, and the same line the other way round.

/** The line of a block of N: 2 N samples on the left upwards, the corner, 2 N above. */
export const EDGE = memory.data(192, 16)
export const EDGE_MIRRORED = memory.data(192, 16)
/** The same, smoothed. */
export const SMOOTH = memory.data(192, 16)
export const SMOOTH_MIRRORED = memory.data(192, 16)

/**
 * Reads the edge of a block of `size` at `at` of a plane. `below` and `right` say how many samples there
 * are beside the block's lower left and upper right.
 */
export function readEdge(at: usize, stride: usize, size: u32, left: bool, above: bool, below: u32, right: u32): void {
  const corner = EDGE + 2 * size
  if (left) {
    let from = at - 1
    let to = corner - 1
    const count = size + below
    for (let y: u32 = 0; y < count; y++, from += stride) store<u8>(to--, load<u8>(from))
    memory.fill(EDGE, load<u8>(to + 1), size - below)
  }
  if (above) {
    memory.copy(corner + 1, at - stride, size + right)
    memory.fill(corner + 1 + size + right, load<u8>(corner + size + right), size - right)
  }
  if (left && above) {
    store<u8>(corner, load<u8>(at - stride - 1))
  } else if (left) {
    memory.fill(corner, load<u8>(corner - 1), 2 * size + 1)
  } else if (above) {
    memory.fill(EDGE, load<u8>(corner + 1), 2 * size + 1)
  } else {
    memory.fill(EDGE, 128, 4 * size + 1)
  }
  mirror(EDGE, EDGE_MIRRORED, 4 * size)
}

/** Turns a line of `last` + 1 samples round; writes up to 15 bytes behind it. */
function mirror(from: usize, to: usize, last: u32): void {
  store<u8>(to + last, load<u8>(from))
  for (let i: u32 = 0; i < last; i += 16) {
    // `last` is a multiple of 16.
    const line = v128.load(from + last - 15 - i)
    v128.store(to + i, i8x16.shuffle(line, line, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
  }
}

/** Smooths the edge of a block of `size` by 1, 2, 1. */
export function smoothEdge(size: u32): void {
  const last: u32 = 4 * size
  const two = i16x8.splat(2)
  for (let i: u32 = 1; i < last; i += 8) {
    const a = v128.load64_zero(EDGE + i - 1)
    const b = v128.load64_zero(EDGE + i)
    const c = v128.load64_zero(EDGE + i + 1)
    const sum = i16x8.add(
      i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(c)),
      i16x8.add(i16x8.shl(i16x8.extend_low_i8x16_u(b), 1), two),
    )
    const line = i16x8.shr_u(sum, 2)
    v128.store64_lane(SMOOTH + i, i8x16.narrow_i16x8_u(line, line), 0)
  }
  store<u8>(SMOOTH, load<u8>(EDGE))
  store<u8>(SMOOTH + last, load<u8>(EDGE + last))
  mirror(SMOOTH, SMOOTH_MIRRORED, last)
}
