// The Wiener filter process (AV1 specification, sections 7.17.4 and 7.17.5): 7 taps across, then 7 down, both ways the
// same.

import { H, largest } from './av1-state'

/** Rows after the horizontal filter, i16: up to 70 of 64 samples. */
const ROWS: usize = memory.data(70 * 64 * 2 + 32, 16)

/** The fourth tap. */
// @ts-ignore: decorator
@inline
function middle(taps: usize): i32 {
  return 128 - 2 * (<i32>load<i8>(taps) + <i32>load<i8>(taps, 1) + <i32>load<i8>(taps, 2))
}

// @ts-ignore: decorator
@inline
function pair(a: i32, b: i32): v128 {
  return i32x4.splat((a & 0xffff) | (b << 16))
}

/**
 * Filters a block.
 * @param from its first sample; three more samples surround it on all sides
 * @param stride bytes between rows, of both
 * @param taps six coefficients, i8: three of the columns' filter, three of the rows'
 * @param w columns, up to 64; @param h rows, up to 64
 */
export function wiener(from: usize, to: usize, stride: i32, w: i32, h: i32, taps: usize): void {
  const round0 = H.bitDepth == 12 ? 5 : 3
  across(from - 3 * stride, stride, w, h + 6, taps + 3, round0)
  down(to, stride, w, h, taps, H.bitDepth == 12 ? 9 : 11)
}

function across(from: usize, stride: i32, w: i32, rows: i32, taps: usize, round: i32): void {
  const outer = pair(<i32>load<i8>(taps), <i32>load<i8>(taps, 1))
  const inner = pair(<i32>load<i8>(taps, 2), middle(taps))
  const half = i32x4.splat((1 << round) >> 1)
  const offset = 1 << (H.bitDepth + 7 - round - 1)
  const least = i16x8.splat(<i16>-offset)
  const limit: i32 = (1 << (H.bitDepth + 8 - round)) - 1 - offset
  const most = i16x8.splat(<i16>limit)
  for (let i = 0; i < rows; i++) {
    const to = ROWS + (i << 7)
    for (let x = 0; x < w << 1; x += 16) {
      const at = from + x
      const a = i16x8.add(v128.load(at - 6), v128.load(at, 6))
      const b = i16x8.add(v128.load(at - 4), v128.load(at, 4))
      const c = i16x8.add(v128.load(at - 2), v128.load(at, 2))
      const d = v128.load(at)
      const low = i32x4.add(
        i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), outer),
        i32x4.dot_i16x8_s(v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11), inner),
      )
      const high = i32x4.add(
        i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), outer),
        i32x4.dot_i16x8_s(v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15), inner),
      )
      const all = i16x8.narrow_i32x4_s(
        i32x4.shr_s(i32x4.add(low, half), round), i32x4.shr_s(i32x4.add(high, half), round),
      )
      v128.store(to + x, i16x8.max_s(least, i16x8.min_s(most, all)))
    }
    from += stride
  }
}

function down(to: usize, stride: i32, w: i32, h: i32, taps: usize, round: i32): void {
  const t0 = <i32>load<i8>(taps)
  const t1 = <i32>load<i8>(taps, 1)
  const t2 = <i32>load<i8>(taps, 2)
  const first = pair(t0, t1)
  const second = pair(t2, middle(taps))
  const third = pair(t2, t1)
  const fourth = pair(t0, 0)
  const half = i32x4.splat(1 << (round - 1))
  const most = largest()
  for (let i = 0; i < h; i++) {
    for (let x = 0; x < w << 1; x += 16) {
      const at = ROWS + (i << 7) + x
      const a = v128.load(at)
      const b = v128.load(at, 128)
      const c = v128.load(at, 256)
      const d = v128.load(at, 384)
      const e = v128.load(at, 512)
      const f = v128.load(at, 640)
      const g = v128.load(at, 768)
      let low = i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), first)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11), second))
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(e, f, 0, 8, 1, 9, 2, 10, 3, 11), third))
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(g, g, 0, 8, 1, 9, 2, 10, 3, 11), fourth))
      let high = i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), first)
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15), second))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(e, f, 4, 12, 5, 13, 6, 14, 7, 15), third))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(g, g, 4, 12, 5, 13, 6, 14, 7, 15), fourth))
      const all = i16x8.narrow_i32x4_u(
        i32x4.shr_s(i32x4.add(low, half), round), i32x4.shr_s(i32x4.add(high, half), round),
      )
      v128.store(to + x, i16x8.min_u(all, most))
    }
    to += stride
  }
}
