// Chroma upsampling by rows. The triangle filters are those of libjpeg-turbo's "fancy upsampling"
// (jdsample.c), rounding included: each new sample is 3/4 of the nearer and 1/4 of the farther
// sample, in both directions. A sample beside each end of a row must repeat the row's own end.
import { highBytes, lowBytes } from './jpeg-decode-lanes'

/** Row → row of twice the width; reads from[-1] to from[count]. Writes up to 14 samples more. */
export function triangleH2(from: usize, to: usize, count: i32): void {
  const one = i16x8.splat(1)
  const two = i16x8.splat(2)
  const three = i16x8.splat(3)
  for (let i = 0; i < count; i += 8, from += 8, to += 16) {
    const x = i16x8.mul(v128.load8x8_u(from), three)
    const even = i16x8.shr_u(i16x8.add(i16x8.add(x, v128.load8x8_u(from - 1)), one), 2)
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(x, v128.load8x8_u(from + 1)), two), 2)
    v128.store(to, lowBytes(i8x16.narrow_i16x8_u(even, even), i8x16.narrow_i16x8_u(odd, odd)))
  }
}

/**
 * Two rows → one row of twice the width between them, nearer to `near`. `sums` holds count + 24
 * i16; reads near[-1] to near[count]. Writes up to 14 samples more.
 */
export function triangleH2V2(near: usize, far: usize, sums: usize, to: usize, count: i32): void {
  const three = i16x8.splat(3)
  const seven = i16x8.splat(7)
  const eight = i16x8.splat(8)
  near -= 1
  far -= 1
  for (let i = 0; i < count + 2; i += 8) {
    const sum = i16x8.add(i16x8.mul(v128.load8x8_u(near + i), three), v128.load8x8_u(far + i))
    v128.store(sums + (i << 1), sum)
  }
  for (let i = 0; i < count; i += 8, sums += 16, to += 16) {
    const x = i16x8.mul(v128.load(sums, 2), three)
    const even = i16x8.shr_u(i16x8.add(i16x8.add(x, v128.load(sums)), eight), 4)
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(x, v128.load(sums, 4)), seven), 4)
    v128.store(to, lowBytes(i8x16.narrow_i16x8_u(even, even), i8x16.narrow_i16x8_u(odd, odd)))
  }
}

/** Two rows → one row between them, nearer to `near`; `bias` is 1 for the upper one, 2 for the lower. */
export function triangleV2(near: usize, far: usize, to: usize, count: i32, bias: i32): void {
  const three = i16x8.splat(3)
  const round = i16x8.splat(<i16>bias)
  for (let i = 0; i < count; i += 8) {
    const x = i16x8.add(i16x8.mul(v128.load8x8_u(near + i), three), v128.load8x8_u(far + i))
    const y = i16x8.shr_u(i16x8.add(x, round), 2)
    v128.store64_lane(to + i, i8x16.narrow_i16x8_u(y, y), 0)
  }
}

/** Each sample twice. Writes up to 30 samples more. */
export function repeatH2(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 16, from += 16, to += 32) {
    const x = v128.load(from)
    v128.store(to, lowBytes(x, x))
    v128.store(to, highBytes(x, x), 16)
  }
}

/**
 * Samples `first`…`first + count` of a row that has `own` samples to `whole` of the picture's: the nearest,
 * the row's `last` one at most.
 */
export function nearest(from: usize, to: usize, first: i32, count: i32, own: i32, whole: i32, last: i32): void {
  for (let i = 0; i < count; i++) store<u8>(to + i, load<u8>(from + min((first + i) * own / whole, last)))
}
