// The loop filters (RFC 6386 §15), 16 pixels of an edge at a time. Pixels across the edge are named
// p3 … p0 | q0 … q3. Sums saturate at 8 bits, which the specification's clamping allows.

const SIGN: v128 = i8x16.splat(-128)

// The pixels of the edge in hand, signed; p3 and q3 are only looked at.
let p2: v128 = SIGN
let p1: v128 = SIGN
let p0: v128 = SIGN
let q0: v128 = SIGN
let q1: v128 = SIGN
let q2: v128 = SIGN

// @ts-ignore: decorator
@inline
function distance(a: v128, b: v128): v128 {
  return v128.sub<u8>(v128.max<u8>(a, b), v128.min<u8>(a, b))
}

/** Where 4·|p0 - q0| + |p1 - q1| is at most 2·limit + 1; halved, so that it fits 8 bits. */
// @ts-ignore: decorator
@inline
function near(a1: v128, a0: v128, b0: v128, b1: v128, limit: i32): v128 {
  const step = distance(a0, b0)
  const outer = v128.shr<u8>(distance(a1, b1), 1)
  return i8x16.le_u(i8x16.add_sat_u(i8x16.add_sat_u(step, step), outer), i8x16.splat(<i8>limit))
}

/** Moves p0 and q0 towards each other by an eighth of `delta`. */
// @ts-ignore: decorator
@inline
function two(delta: v128): void {
  q0 = i8x16.sub_sat_s(q0, i8x16.shr_s(i8x16.add_sat_s(delta, i8x16.splat(4)), 3))
  p0 = i8x16.add_sat_s(p0, i8x16.shr_s(i8x16.add_sat_s(delta, i8x16.splat(3)), 3))
}

/** (delta · weight + 63) / 128, in 16 bits. */
// @ts-ignore: decorator
@inline
function share(low: v128, high: v128, weight: i16): v128 {
  const w = i16x8.splat(weight)
  const round = i16x8.splat(63)
  return i8x16.narrow_i16x8_s(
    i16x8.shr_s(i16x8.add(i16x8.mul(low, w), round), 7),
    i16x8.shr_s(i16x8.add(i16x8.mul(high, w), round), 7),
  )
}

/**
 * The normal filter on p3 … q3 as they are stored; leaves the filtered ones in p2 … q2, signed. Returns
 * whether any has changed.
 */
function normal(
  a3: v128,
  a2: v128,
  a1: v128,
  a0: v128,
  b0: v128,
  b1: v128,
  b2: v128,
  b3: v128,
  limit: i32,
  inner: i32,
  high: i32,
  outer: bool,
): bool {
  const flatA = v128.max<u8>(v128.max<u8>(distance(a3, a2), distance(a2, a1)), distance(a1, a0))
  const flatB = v128.max<u8>(v128.max<u8>(distance(b3, b2), distance(b2, b1)), distance(b1, b0))
  const flat = i8x16.le_u(v128.max<u8>(flatA, flatB), i8x16.splat(<i8>inner))
  const mask = v128.and(flat, near(a1, a0, b0, b1, limit))
  const steep = i8x16.gt_u(v128.max<u8>(distance(a1, a0), distance(b1, b0)), i8x16.splat(<i8>high))
  if (!v128.any_true(mask)) return false
  p2 = v128.xor(a2, SIGN)
  p1 = v128.xor(a1, SIGN)
  p0 = v128.xor(a0, SIGN)
  q0 = v128.xor(b0, SIGN)
  q1 = v128.xor(b1, SIGN)
  q2 = v128.xor(b2, SIGN)
  const step = i8x16.sub_sat_s(q0, p0)
  let delta = i8x16.sub_sat_s(p1, q1)
  if (outer) {
    delta = i8x16.add_sat_s(i8x16.add_sat_s(i8x16.add_sat_s(delta, step), step), step)
    delta = v128.and(delta, mask)
    two(v128.and(delta, steep))
    const soft = v128.andnot(delta, steep)
    const low = i16x8.extend_low_i8x16_s(soft)
    const top = i16x8.extend_high_i8x16_s(soft)
    const first = share(low, top, 27)
    const second = share(low, top, 18)
    const third = share(low, top, 9)
    p0 = i8x16.add_sat_s(p0, first)
    q0 = i8x16.sub_sat_s(q0, first)
    p1 = i8x16.add_sat_s(p1, second)
    q1 = i8x16.sub_sat_s(q1, second)
    p2 = i8x16.add_sat_s(p2, third)
    q2 = i8x16.sub_sat_s(q2, third)
  } else {
    delta = v128.and(delta, steep)
    delta = i8x16.add_sat_s(i8x16.add_sat_s(i8x16.add_sat_s(delta, step), step), step)
    delta = v128.and(delta, mask)
    const forward = i8x16.shr_s(i8x16.add_sat_s(delta, i8x16.splat(4)), 3)
    q0 = i8x16.sub_sat_s(q0, forward)
    p0 = i8x16.add_sat_s(p0, i8x16.shr_s(i8x16.add_sat_s(delta, i8x16.splat(3)), 3))
    const half = v128.andnot(i8x16.shr_s(i8x16.add(forward, i8x16.splat(1)), 1), steep)
    q1 = i8x16.sub_sat_s(q1, half)
    p1 = i8x16.add_sat_s(p1, half)
  }
  return true
}

/** The simple filter on the edge below row `at - stride`. */
export function vp8SimpleBelow(at: usize, stride: usize, limit: i32): void {
  const a1 = v128.load(at - 2 * stride)
  const a0 = v128.load(at - stride)
  const b0 = v128.load(at)
  const b1 = v128.load(at + stride)
  simple(a1, a0, b0, b1, limit)
  v128.store(at - stride, v128.xor(p0, SIGN))
  v128.store(at, v128.xor(q0, SIGN))
}

function simple(a1: v128, a0: v128, b0: v128, b1: v128, limit: i32): void {
  p0 = v128.xor(a0, SIGN)
  q0 = v128.xor(b0, SIGN)
  const step = i8x16.sub_sat_s(q0, p0)
  const delta = i8x16.sub_sat_s(v128.xor(a1, SIGN), v128.xor(b1, SIGN))
  const sum = i8x16.add_sat_s(i8x16.add_sat_s(i8x16.add_sat_s(delta, step), step), step)
  two(v128.and(sum, near(a1, a0, b0, b1, limit)))
}

// Rows of 16 pixels lie in one place (luma), or 8 and 8 in two (U and V): `second` is the other's.

// @ts-ignore: decorator
@inline
function row(first: usize, second: usize): v128 {
  return second == 0 ? v128.load(first) : v128.load64_lane(second, v128.load64_zero(first), 1)
}

// @ts-ignore: decorator
@inline
function putRow(first: usize, second: usize, pixels: v128): void {
  const value = v128.xor(pixels, SIGN)
  if (second == 0) {
    v128.store(first, value)
  } else {
    v128.store64_lane(first, value, 0)
    v128.store64_lane(second, value, 1)
  }
}

/** The normal filter on a horizontal edge; `second` is 0 for luma, else V's place beside U's. */
export function vp8NormalBelow(
  at: usize,
  second: usize,
  stride: usize,
  limit: i32,
  inner: i32,
  high: i32,
  outer: bool,
): void {
  // With no second place, offsets to it must stay 0.
  const s = second == 0 ? <usize>0 : stride
  const changed = normal(
    row(at - 4 * stride, second - 4 * s),
    row(at - 3 * stride, second - 3 * s),
    row(at - 2 * stride, second - 2 * s),
    row(at - stride, second - s),
    row(at, second),
    row(at + stride, second + s),
    row(at + 2 * stride, second + 2 * s),
    row(at + 3 * stride, second + 3 * s),
    limit,
    inner,
    high,
    outer,
  )
  if (!changed) return
  if (outer) {
    putRow(at - 3 * stride, second - 3 * s, p2)
    putRow(at + 2 * stride, second + 2 * s, q2)
  }
  putRow(at - 2 * stride, second - 2 * s, p1)
  putRow(at - stride, second - s, p0)
  putRow(at, second, q0)
  putRow(at + stride, second + s, q1)
}

// Vertical edges: 8 pixels of 16 rows are turned into 8 columns of 16, filtered, and turned back.

// @ts-ignore: decorator
@inline
function low8(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

// @ts-ignore: decorator
@inline
function high8(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}

/** Where row `i` of an edge lies: 16 of luma, or 8 of U and 8 of V. */
// @ts-ignore: decorator
@inline
function place(at: usize, second: usize, stride: usize, i: usize): usize {
  return second != 0 && i >= 8 ? second + (i - 8) * stride : at + i * stride
}

// @ts-ignore: decorator
@inline
function pair(at: usize, second: usize, stride: usize, i: usize): v128 {
  // Rows i and i + 8, byte by byte in turn.
  return low8(
    v128.load64_zero(place(at, second, stride, i)),
    v128.load64_zero(place(at, second, stride, i + 8)),
  )
}

/** The normal filter on a vertical edge at `at`; `second` as in `vp8NormalBelow`. */
export function vp8NormalBeside(
  at: usize,
  second: usize,
  stride: usize,
  limit: i32,
  inner: i32,
  high: i32,
  outer: bool,
): void {
  const from = at - 4
  const other = second == 0 ? <usize>0 : second - 4
  // Four rounds of interleaving turn 16 rows of 8 into 8 columns of 16.
  const a0 = pair(from, other, stride, 0)
  const a1 = pair(from, other, stride, 1)
  const a2 = pair(from, other, stride, 2)
  const a3 = pair(from, other, stride, 3)
  const a4 = pair(from, other, stride, 4)
  const a5 = pair(from, other, stride, 5)
  const a6 = pair(from, other, stride, 6)
  const a7 = pair(from, other, stride, 7)
  const b0 = low8(a0, a4)
  const b1 = high8(a0, a4)
  const b2 = low8(a1, a5)
  const b3 = high8(a1, a5)
  const b4 = low8(a2, a6)
  const b5 = high8(a2, a6)
  const b6 = low8(a3, a7)
  const b7 = high8(a3, a7)
  // b0: columns 0 to 3 of rows 0, 4, 8, 12 …; now of the even and the odd ones.
  const c0 = low8(b0, b4)
  const c1 = high8(b0, b4)
  const c2 = low8(b1, b5)
  const c3 = high8(b1, b5)
  const c4 = low8(b2, b6)
  const c5 = high8(b2, b6)
  const c6 = low8(b3, b7)
  const c7 = high8(b3, b7)
  const changed = normal(
    low8(c0, c4),
    high8(c0, c4),
    low8(c1, c5),
    high8(c1, c5),
    low8(c2, c6),
    high8(c2, c6),
    low8(c3, c7),
    high8(c3, c7),
    limit,
    inner,
    high,
    outer,
  )
  if (!changed) return
  if (outer) {
    putColumns(at - 3, second == 0 ? 0 : second - 3, stride, p2, p1, p0, q0)
    putPair(at + 1, second == 0 ? 0 : second + 1, stride, q1, q2)
  } else {
    putColumns(at - 2, second == 0 ? 0 : second - 2, stride, p1, p0, q0, q1)
  }
}

/** Stores four columns of 16 as 4 bytes of 16 rows. */
function putColumns(at: usize, second: usize, stride: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.xor(low8(a, b), SIGN)
  const cd = v128.xor(low8(c, d), SIGN)
  const ab8 = v128.xor(high8(a, b), SIGN)
  const cd8 = v128.xor(high8(c, d), SIGN)
  const scratch = memory.data(64, 16)
  v128.store(scratch, v128.shuffle<u16>(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11))
  v128.store(scratch, v128.shuffle<u16>(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15), 16)
  v128.store(scratch, v128.shuffle<u16>(ab8, cd8, 0, 8, 1, 9, 2, 10, 3, 11), 32)
  v128.store(scratch, v128.shuffle<u16>(ab8, cd8, 4, 12, 5, 13, 6, 14, 7, 15), 48)
  for (let i: usize = 0; i < 16; i++) store<u32>(place(at, second, stride, i), load<u32>(scratch + (i << 2)))
}

/** Stores two columns of 16 as 2 bytes of 16 rows. */
function putPair(at: usize, second: usize, stride: usize, a: v128, b: v128): void {
  const scratch = memory.data(32, 16)
  v128.store(scratch, v128.xor(low8(a, b), SIGN))
  v128.store(scratch, v128.xor(high8(a, b), SIGN), 16)
  for (let i: usize = 0; i < 16; i++) store<u16>(place(at, second, stride, i), load<u16>(scratch + (i << 1)))
}

/** The simple filter on a vertical edge: seldom used, so pixel by pixel. */
export function vp8SimpleBeside(at: usize, stride: usize, limit: i32): void {
  const most = 2 * limit + 1
  for (let i = 0; i < 16; i++, at += stride) {
    const a1 = <i32>load<u8>(at - 2)
    const a0 = <i32>load<u8>(at - 1)
    const b0 = <i32>load<u8>(at)
    const b1 = <i32>load<u8>(at + 1)
    if (4 * abs(a0 - b0) + abs(a1 - b1) > most) continue
    const a = 3 * (b0 - a0) + min(max(a1 - b1, -128), 127)
    store<u8>(at - 1, <u8>min(max(a0 + min(max((a + 3) >> 3, -16), 15), 0), 255))
    store<u8>(at, <u8>min(max(b0 - min(max((a + 4) >> 3, -16), 15), 0), 255))
  }
}
