// The recursive intra prediction process (AV1 specification, section 7.11.2.3): blocks of 4×2 samples, each a weighted
// sum of the 7 samples around it.

import { B } from './av1-block-state'
import { ABOVE, LEFT } from './av1-predict-angle'
import { largest } from './av1-state'

/** Intra_Filter_Taps by mode, then by sample around; 8 taps each, of the 8 samples of a block. */
const TAPS = memory.data<i8>([
  -6, -5, -3, -3, -4, -3, -3, -3,
  10, 2, 1, 1, 6, 2, 2, 1,
  0, 10, 1, 1, 0, 6, 2, 2,
  0, 0, 10, 2, 0, 0, 6, 2,
  0, 0, 0, 10, 0, 0, 0, 6,
  12, 9, 7, 5, 2, 2, 2, 3,
  0, 0, 0, 0, 12, 9, 7, 5,
  -10, -6, -4, -2, -10, -6, -4, -2,
  16, 0, 0, 0, 16, 0, 0, 0,
  0, 16, 0, 0, 0, 16, 0, 0,
  0, 0, 16, 0, 0, 0, 16, 0,
  0, 0, 0, 16, 0, 0, 0, 16,
  10, 6, 4, 2, 0, 0, 0, 0,
  0, 0, 0, 0, 10, 6, 4, 2,
  -8, -8, -8, -8, -4, -4, -4, -4,
  8, 0, 0, 0, 4, 0, 0, 0,
  0, 8, 0, 0, 0, 4, 0, 0,
  0, 0, 8, 0, 0, 0, 4, 0,
  0, 0, 0, 8, 0, 0, 0, 4,
  16, 16, 16, 16, 0, 0, 0, 0,
  0, 0, 0, 0, 16, 16, 16, 16,
  -2, -1, -1, 0, -1, -1, -1, -1,
  8, 3, 2, 1, 4, 3, 2, 2,
  0, 8, 3, 2, 0, 4, 3, 2,
  0, 0, 8, 3, 0, 0, 4, 3,
  0, 0, 0, 8, 0, 0, 0, 4,
  10, 6, 4, 2, 3, 4, 4, 3,
  0, 0, 0, 0, 10, 6, 4, 3,
  -12, -10, -9, -8, -10, -9, -8, -7,
  14, 0, 0, 0, 12, 1, 0, 0,
  0, 14, 0, 0, 0, 12, 0, 0,
  0, 0, 14, 0, 0, 0, 12, 1,
  0, 0, 0, 14, 0, 0, 0, 12,
  14, 12, 11, 10, 0, 0, 1, 1,
  0, 0, 0, 0, 14, 12, 11, 9,
])

const ROUND: usize = memory.data(16 * 2, 16)

/** @param to the block's first sample @param stride bytes between rows */
export function predictFiltered(to: usize, stride: i32, w: i32, h: i32): void {
  const taps = TAPS + B.filterMode * 56
  const most = largest()
  const half = i32x4.splat(8)
  for (let y = 0; y < h; y += 2) {
    for (let x = 0; x < w; x += 4) {
      const at = to + (x << 1)
      // The five above, from the corner on, then the two to the left.
      const above = y == 0 ? ABOVE + (x << 1) - 2 : at - stride - 2
      for (let i = 0; i < 5; i++) store<u16>(ROUND + (i << 1), load<u16>(above + (i << 1)))
      if (x == 0) {
        if (y > 0) store<u16>(ROUND, load<u16>(LEFT + (y << 1) - 2))
        store<u16>(ROUND, load<u16>(LEFT + (y << 1)), 10)
        store<u16>(ROUND, load<u16>(LEFT + (y << 1) + 2), 12)
      } else {
        store<u16>(ROUND, load<u16>(at - 2), 10)
        store<u16>(ROUND, load<u16>(at + stride - 2), 12)
      }
      let low = i32x4.splat(0)
      let high = i32x4.splat(0)
      for (let i = 0; i < 7; i++) {
        const sample = i16x8.splat(<i16>load<u16>(ROUND + (i << 1)))
        const weights = i16x8.extend_low_i8x16_s(v128.load64_zero(taps + (i << 3)))
        low = i32x4.add(low, i32x4.extmul_low_i16x8_s(sample, weights))
        high = i32x4.add(high, i32x4.extmul_high_i16x8_s(sample, weights))
      }
      const all = i16x8.min_u(most, i16x8.narrow_i32x4_u(rounded(low, half), rounded(high, half)))
      v128.store64_lane(at, all, 0)
      v128.store64_lane(at + stride, all, 1)
    }
    to += stride << 1
  }
}

/** Round2Signed of 4 bits: negative sums, which the clip makes 0, may round either way. */
// @ts-ignore: decorator
@inline
function rounded(sum: v128, half: v128): v128 {
  return i32x4.shr_s(i32x4.add(sum, half), 4)
}
