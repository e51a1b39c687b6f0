// The self guided filter process (AV1 specification, sections 7.17.2 and 7.17.3): each sample is drawn to the mean of
// the box around it, the more the less the box varies; with two sizes of box, weighed against each other.

import { SETS } from './av1-restore-units'
import { H, largest } from './av1-state'

/** Columns of a block, and of what is computed around it. */
const WIDE = 72
const ROW: i32 = WIDE * 4
/** Sums down the columns of a box: of the samples, and of their squares; from 4 columns before the block on. */
const SUMS: usize = memory.data((WIDE + 16) * 4, 16)
const SQUARES: usize = memory.data((WIDE + 16) * 4, 16)
/** The arrays A and B: i32, 66 rows from the one above the block on, columns from 1 before it on. */
const A: usize = memory.data(67 * WIDE * 4, 16)
const BB: usize = memory.data(67 * WIDE * 4, 16)
/** flt0 and flt1, rows of 64 i32. */
const FIRST: usize = memory.data(64 * 64 * 4, 16)
const SECOND: usize = memory.data(64 * 64 * 4, 16)

/**
 * Filters a block.
 * @param from its first sample; three more samples surround it on all sides
 * @param stride bytes between rows, of both
 * @param w columns, up to 64; @param h rows, up to 64
 * @param set lr_sgr_set @param weights LrSgrXqd, two i8
 */
export function selfGuided(from: usize, to: usize, stride: i32, w: i32, h: i32, set: i32, weights: usize): void {
  const params = SETS + (set << 2)
  const large = load<u8>(params) != 0
  const small = load<u8>(params, 2) != 0
  if (large) {
    boxes(from, stride, w, h, 2, <i32>load<u8>(params, 1))
    blurLarge(from, stride, w, h)
  }
  if (small) {
    boxes(from, stride, w, h, 1, <i32>load<u8>(params, 3))
    blurSmall(from, stride, w, h)
  }
  const w0 = <i32>load<i8>(weights)
  const w1 = <i32>load<i8>(weights, 1)
  const own = i32x4.splat(w1 + (large ? 0 : w0) + (small ? 0 : 128 - w0 - w1))
  const first = i32x4.splat(large ? w0 : 0)
  const second = i32x4.splat(small ? 128 - w0 - w1 : 0)
  const half = i32x4.splat(1024)
  const most = largest()
  for (let i = 0; i < h; i++) {
    for (let x = 0; x < w; x += 8) {
      const samples = v128.load(from + (x << 1))
      const at = (i << 8) + (x << 2)
      let low = i32x4.mul(own, i32x4.shl(i32x4.extend_low_i16x8_u(samples), 4))
      let high = i32x4.mul(own, i32x4.shl(i32x4.extend_high_i16x8_u(samples), 4))
      low = i32x4.add(low, i32x4.mul(first, v128.load(FIRST + at)))
      high = i32x4.add(high, i32x4.mul(first, v128.load(FIRST + at, 16)))
      low = i32x4.add(low, i32x4.mul(second, v128.load(SECOND + at)))
      high = i32x4.add(high, i32x4.mul(second, v128.load(SECOND + at, 16)))
      const all = i16x8.narrow_i32x4_u(
        i32x4.shr_s(i32x4.add(low, half), 11), i32x4.shr_s(i32x4.add(high, half), 11),
      )
      v128.store(to + (x << 1), i16x8.min_u(all, most))
    }
    from += stride
    to += stride
  }
}

/** A and B of boxes of 2 r + 1 samples (section 7.17.3). Of the larger ones every second row is computed. */
function boxes(from: usize, stride: i32, w: i32, h: i32, r: i32, strength: i32): void {
  const n = (2 * r + 1) * (2 * r + 1)
  const n2e = n * n * strength
  const s = i32x4.splat(((1 << 20) + (n2e >> 1)) / n2e)
  const count = i32x4.splat(n)
  const part = i32x4.splat((4096 + (n >> 1)) / n)
  const depth = H.bitDepth - 8
  const halfSquare = i32x4.splat((1 << (2 * depth)) >> 1)
  const halfSum = i32x4.splat((1 << depth) >> 1)
  const one = i32x4.splat(1)
  const full = i32x4.splat(256)
  const limit = i32x4.splat(255)
  for (let i = -1; i <= h; i += r) {
    sumColumns(from + i * stride - 8, stride, w + 8, r)
    const a = A + (i + 1) * ROW
    const b = BB + (i + 1) * ROW
    // Column -1 is the fourth of the sums.
    for (let x = 0; x < w + 2; x += 4) {
      const at = (x + 3 - r) << 2
      let sum = v128.load(SUMS + at)
      let square = v128.load(SQUARES + at)
      for (let k = 1; k <= 2 * r; k++) {
        sum = i32x4.add(sum, v128.load(SUMS + at + (k << 2)))
        square = i32x4.add(square, v128.load(SQUARES + at + (k << 2)))
      }
      const mean = i32x4.shr_u(i32x4.add(sum, halfSum), depth)
      const power = i32x4.shr_u(i32x4.add(square, halfSquare), 2 * depth)
      const p = i32x4.max_s(i32x4.splat(0), i32x4.sub(i32x4.mul(power, count), i32x4.mul(mean, mean)))
      const z = i32x4.shr_u(i32x4.add(i32x4.mul(p, s), i32x4.splat(1 << 19)), 20)
      const capped = i32x4.min_u(z, limit)
      // ((z << 8) + z / 2) / (z + 1), whose quotient a float holds to less than its distance from a whole number.
      const above = f32x4.convert_i32x4_s(i32x4.add(i32x4.shl(capped, 8), i32x4.shr_u(capped, 1)))
      let share = i32x4.trunc_sat_f32x4_s(f32x4.div(above, f32x4.convert_i32x4_s(i32x4.add(capped, one))))
      share = i32x4.max_s(share, one)
      share = v128.bitselect(full, share, i32x4.eq(capped, limit))
      v128.store(a + (x << 2), share)
      const rest = i32x4.mul(i32x4.mul(i32x4.sub(full, share), sum), part)
      v128.store(b + (x << 2), i32x4.shr_u(i32x4.add(rest, i32x4.splat(2048)), 12))
    }
  }
}

/** Sums of 2 r + 1 rows around the one at `from`, and of their squares. */
function sumColumns(from: usize, stride: i32, count: i32, r: i32): void {
  for (let x = 0; x < count; x += 8) {
    let at = from + (x << 1) - r * stride
    let sum = v128.load(at)
    let low = i32x4.extmul_low_i16x8_s(sum, sum)
    let high = i32x4.extmul_high_i16x8_s(sum, sum)
    for (let k = 0; k < 2 * r; k++) {
      at += stride
      const samples = v128.load(at)
      sum = i16x8.add(sum, samples)
      low = i32x4.add(low, i32x4.extmul_low_i16x8_s(samples, samples))
      high = i32x4.add(high, i32x4.extmul_high_i16x8_s(samples, samples))
    }
    v128.store(SUMS + (x << 2), i32x4.extend_low_i16x8_u(sum))
    v128.store(SUMS + (x << 2), i32x4.extend_high_i16x8_u(sum), 16)
    v128.store(SQUARES + (x << 2), low)
    v128.store(SQUARES + (x << 2), high, 16)
  }
}

/** Three columns of a row, the middle one by 6 and the others by 5. */
// @ts-ignore: decorator
@inline
function sixFive(at: usize): v128 {
  const middle = v128.load(at, 4)
  const all = i32x4.add(i32x4.add(v128.load(at), v128.load(at, 8)), middle)
  return i32x4.add(i32x4.add(i32x4.shl(all, 2), all), middle)
}

function blurLarge(from: usize, stride: i32, w: i32, h: i32): void {
  for (let i = 0; i < h; i++) {
    const odd = (i & 1) != 0
    const shift = odd ? 8 : 9
    const half = i32x4.splat(1 << (shift - 1))
    for (let x = 0; x < w; x += 4) {
      const at = (odd ? i + 1 : i) * ROW + (x << 2)
      let a = sixFive(A + at)
      let b = sixFive(BB + at)
      if (!odd) {
        a = i32x4.add(a, sixFive(A + at + 2 * ROW))
        b = i32x4.add(b, sixFive(BB + at + 2 * ROW))
      }
      const samples = i32x4.extend_low_i16x8_u(v128.load64_zero(from + (x << 1)))
      const value = i32x4.add(i32x4.mul(a, samples), b)
      v128.store(FIRST + (i << 8) + (x << 2), i32x4.shr_u(i32x4.add(value, half), shift))
    }
    from += stride
  }
}

/** Nine values around, those at the corners by 3 and the others by 4. */
// @ts-ignore: decorator
@inline
function fourThree(at: usize): v128 {
  const corners = i32x4.add(
    i32x4.add(v128.load(at), v128.load(at, 8)), i32x4.add(v128.load(at + 2 * ROW), v128.load(at + 2 * ROW, 8)),
  )
  const cross = i32x4.add(
    i32x4.add(v128.load(at, 4), v128.load(at + 2 * ROW, 4)),
    i32x4.add(v128.load(at + ROW, 4), i32x4.add(v128.load(at + ROW), v128.load(at + ROW, 8))),
  )
  return i32x4.sub(i32x4.shl(i32x4.add(corners, cross), 2), corners)
}

function blurSmall(from: usize, stride: i32, w: i32, h: i32): void {
  const half = i32x4.splat(256)
  for (let i = 0; i < h; i++) {
    for (let x = 0; x < w; x += 4) {
      const at = i * ROW + (x << 2)
      const samples = i32x4.extend_low_i16x8_u(v128.load64_zero(from + (x << 1)))
      const value = i32x4.add(i32x4.mul(fourThree(A + at), samples), fourThree(BB + at))
      v128.store(SECOND + (i << 8) + (x << 2), i32x4.shr_u(i32x4.add(value, half), 9))
    }
    from += stride
  }
}
