// VP8's inverse transforms (RFC 6386 §14.3, §14.4).

/** Y2's inverse Walsh–Hadamard transform of 16 i16: the DC of every block of luma, 16 i16 apart; `from` is zeroed. */
export function vp8Hadamard(from: usize, to: usize): void {
  const rows = memory.data(64, 16)
  for (let i: usize = 0; i < 4; i++) {
    const at = from + (i << 1)
    const i0 = <i32>load<i16>(at)
    const i1 = <i32>load<i16>(at, 8)
    const i2 = <i32>load<i16>(at, 16)
    const i3 = <i32>load<i16>(at, 24)
    const a0 = i0 + i3
    const a1 = i1 + i2
    const a2 = i1 - i2
    const a3 = i0 - i3
    store<i32>(rows + (i << 2), a0 + a1)
    store<i32>(rows + (i << 2), a3 + a2, 16)
    store<i32>(rows + (i << 2), a0 - a1, 32)
    store<i32>(rows + (i << 2), a3 - a2, 48)
  }
  v128.store(from, i64x2.splat(0))
  v128.store(from, i64x2.splat(0), 16)
  for (let i: usize = 0; i < 4; i++, to += 128) {
    const at = rows + (i << 4)
    const dc = load<i32>(at) + 3
    const a0 = dc + load<i32>(at, 12)
    const a1 = load<i32>(at, 4) + load<i32>(at, 8)
    const a2 = load<i32>(at, 4) - load<i32>(at, 8)
    const a3 = dc - load<i32>(at, 12)
    store<i16>(to, <i16>((a0 + a1) >> 3))
    store<i16>(to, <i16>((a3 + a2) >> 3), 32)
    store<i16>(to, <i16>((a0 - a1) >> 3), 64)
    store<i16>(to, <i16>((a3 - a2) >> 3), 96)
  }
}

/** Adds a DC to 4 × 4 pixels. */
function addDc(dc: i32, to: usize, stride: usize): void {
  const up = i8x16.splat(<i8>min(max(dc, 0), 255))
  const down = i8x16.splat(<i8>min(max(-dc, 0), 255))
  for (let y = 0; y < 4; y++, to += stride) {
    const pixels = v128.load32_zero(to)
    v128.store32_lane(to, i8x16.sub_sat_u(i8x16.add_sat_u(pixels, up), down), 0)
  }
}

// a · 20091 / 65536 + a, and a · 35468 / 65536, of i32 whose lower halves are their values: one product of 16 bits.

// @ts-ignore: decorator
@inline
function first1(a: v128): v128 {
  return i32x4.add(i32x4.shr_s(i32x4.dot_i16x8_s(a, i32x4.splat(20091)), 16), a)
}

// @ts-ignore: decorator
@inline
function first2(a: v128): v128 {
  return i32x4.add(i32x4.shr_s(i32x4.dot_i16x8_s(a, i32x4.splat(35468)), 16), a)
}

// The same of any i32.

// @ts-ignore: decorator
@inline
function next1(a: v128): v128 {
  return i32x4.add(i32x4.shr_s(i32x4.mul(a, i32x4.splat(20091)), 16), a)
}

// @ts-ignore: decorator
@inline
function next2(a: v128): v128 {
  return i32x4.shr_s(i32x4.mul(a, i32x4.splat(35468)), 16)
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5)
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7)
}

// @ts-ignore: decorator
@inline
function addRow(to: usize, residual: v128): void {
  const pixels = i16x8.extend_low_i8x16_u(v128.load32_zero(to))
  const sum = i16x8.add(pixels, i16x8.narrow_i32x4_s(i32x4.shr_s(residual, 3), residual))
  v128.store32_lane(to, i8x16.narrow_i16x8_u(sum, sum), 0)
}

/**
 * Adds a block's residual to its prediction: `kind` 0 has none, 1 has a DC alone, 2 more. The coefficients, 16 i16,
 * are zeroed.
 */
export function vp8Add(kind: i32, from: usize, to: usize, stride: usize): void {
  if (kind == 0) return
  if (kind == 1) {
    addDc((<i32>load<i16>(from) + 4) >> 3, to, stride)
    store<i16>(from, 0)
    return
  }
  const i0 = v128.load16x4_s(from)
  const i1 = v128.load16x4_s(from + 8)
  const i2 = v128.load16x4_s(from + 16)
  const i3 = v128.load16x4_s(from + 24)
  v128.store(from, i64x2.splat(0))
  v128.store(from, i64x2.splat(0), 16)
  const a = i32x4.add(i0, i2)
  const b = i32x4.sub(i0, i2)
  const c = i32x4.sub(first2(i1), first1(i3))
  const d = i32x4.add(first1(i1), first2(i3))
  const r0 = i32x4.add(a, d)
  const r1 = i32x4.add(b, c)
  const r2 = i32x4.sub(b, c)
  const r3 = i32x4.sub(a, d)
  // Rows become columns.
  const s0 = low(r0, r1)
  const s1 = high(r0, r1)
  const s2 = low(r2, r3)
  const s3 = high(r2, r3)
  const j0 = i32x4.add(v128.shuffle<i64>(s0, s2, 0, 2), i32x4.splat(4))
  const j1 = v128.shuffle<i64>(s0, s2, 1, 3)
  const j2 = v128.shuffle<i64>(s1, s3, 0, 2)
  const j3 = v128.shuffle<i64>(s1, s3, 1, 3)
  const e = i32x4.add(j0, j2)
  const f = i32x4.sub(j0, j2)
  const g = i32x4.sub(next2(j1), next1(j3))
  const h = i32x4.add(next1(j1), next2(j3))
  const t0 = i32x4.add(e, h)
  const t1 = i32x4.add(f, g)
  const t2 = i32x4.sub(f, g)
  const t3 = i32x4.sub(e, h)
  const u0 = low(t0, t1)
  const u1 = high(t0, t1)
  const u2 = low(t2, t3)
  const u3 = high(t2, t3)
  addRow(to, v128.shuffle<i64>(u0, u2, 0, 2))
  addRow(to + stride, v128.shuffle<i64>(u0, u2, 1, 3))
  addRow(to + 2 * stride, v128.shuffle<i64>(u1, u3, 0, 2))
  addRow(to + 3 * stride, v128.shuffle<i64>(u1, u3, 1, 3))
}
