// YCbCr planes of more than 8 bits, or of matrices that fixed point hasn't (YCgCo), to RGB rows of 8 or 16 bits
// (ITU-T H.273 §8.3), in floating point. Lines are of 16-bit numbers.

let most: f32 = 255
let luma: f32 = 1
let black: f32 = 0
let centre: f32 = 128
let opacity: f32 = 1
/** Whether luma counts in all colours; where not, the planes are G, B and R. */
let sums: f32 = 1
let redU: f32 = 0
let redV: f32 = 0
let greenU: f32 = 0
let greenV: f32 = 0
let blueU: f32 = 0
let blueV: f32 = 0

/** Luma is `(y - black) × scale`, chroma is taken from `middle`, alpha times `alpha`; `out` is the most that comes out. */
export function yccDeepMatrix(out: f32, scale: f32, offset: f32, middle: f32, alpha: f32): void {
  most = out
  luma = scale
  black = offset
  centre = middle
  opacity = alpha
}

/** What chroma adds: red of u and v, green, blue. `withLuma` 0 leaves luma to green alone. */
export function yccDeepTerms(withLuma: f32, ru: f32, rv: f32, gu: f32, gv: f32, bu: f32, bv: f32): void {
  sums = withLuma
  redU = ru
  redV = rv
  greenU = gu
  greenV = gv
  blueU = bu
  blueV = bv
}

// @ts-ignore: decorator
@inline
function one(at: usize, bytes: usize): i32 {
  return bytes == 2 ? <i32>load<u16>(at) : <i32>load<u8>(at)
}

// @ts-ignore: decorator
@inline
function oneMixed(near: usize, far: usize, i: usize, bytes: usize): i32 {
  return 3 * one(near + i * bytes, bytes) + one(far + i * bytes, bytes)
}

// @ts-ignore: decorator
@inline
function eight(at: usize, i: usize, bytes: usize): v128 {
  return bytes == 2 ? v128.load(at + (i << 1)) : v128.load8x8_u(at + i)
}

// @ts-ignore: decorator
@inline
function eightMixed(near: usize, far: usize, i: usize, bytes: usize): v128 {
  return i16x8.add(i16x8.mul(eight(near, i, bytes), i16x8.splat(3)), eight(far, i, bytes))
}

// @ts-ignore: decorator
@inline
function upsampleOne(near: usize, far: usize, last: usize, i: usize, bytes: usize, to: usize): void {
  const sum = oneMixed(near, far, i, bytes)
  const before = i == 0 ? sum : oneMixed(near, far, i - 1, bytes)
  const after = i == last ? sum : oneMixed(near, far, i + 1, bytes)
  store<u16>(to + (i << 2), <u16>((3 * sum + before + 8) >> 4))
  store<u16>(to + (i << 2), <u16>((3 * sum + after + 7) >> 4), 2)
}

/** As `yccUpsample`, from samples of 1 or 2 bytes to 16-bit numbers. Sixteen times 12 bits fit those, too. */
export function yccDeepUpsample(near: usize, far: usize, count: i32, bytes: usize, to: usize): void {
  const last = <usize>count - 1
  upsampleOne(near, far, last, 0, bytes, to)
  let i: usize = 1
  for (; i + 8 <= last; i += 8) {
    const sum = i16x8.mul(eightMixed(near, far, i, bytes), i16x8.splat(3))
    const before = i16x8.add(eightMixed(near, far, i - 1, bytes), i16x8.splat(8))
    const after = i16x8.add(eightMixed(near, far, i + 1, bytes), i16x8.splat(7))
    const left = i16x8.shr_u(i16x8.add(sum, before), 4)
    const right = i16x8.shr_u(i16x8.add(sum, after), 4)
    v128.store(to + (i << 2), v128.shuffle<u16>(left, right, 0, 8, 1, 9, 2, 10, 3, 11))
    v128.store(to + (i << 2), v128.shuffle<u16>(left, right, 4, 12, 5, 13, 6, 14, 7, 15), 16)
  }
  for (; i <= last; i++) upsampleOne(near, far, last, i, bytes, to)
}

/** Bytes to 16-bit numbers. */
export function yccWiden(from: usize, samples: usize, to: usize): void {
  for (let i: usize = 0; i < samples; i++) store<u16>(to + (i << 1), <u16>load<u8>(from + i))
}

// @ts-ignore: decorator
@inline
function four(at: usize): v128 {
  return f32x4.convert_i32x4_u(v128.load16x4_u(at))
}

// @ts-ignore: decorator
@inline
function settled(value: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.min(f32x4.max(value, f32x4.splat(0)), f32x4.splat(most))))
}

/**
 * A row of `width` pixels to 3 or 4 bands of `depth` bits, 8 or 16. `u` and `v` are at full width, 0 where there
 * is no chroma; `alpha` is a row of alpha, or 0 for opaque. Reads and writes up to 16 bytes past the rows' ends.
 */
export function yccDeepRow(
  y: usize,
  u: usize,
  v: usize,
  alpha: usize,
  width: i32,
  bands: i32,
  depth: i32,
  to: usize,
): void {
  const middle = f32x4.splat(centre)
  let a = settled(f32x4.splat(most))
  for (let i: usize = 0; i < <usize>width; i += 4) {
    const l = f32x4.mul(f32x4.sub(four(y + (i << 1)), f32x4.splat(black)), f32x4.splat(luma))
    let r = l
    let g = l
    let b = l
    if (u != 0) {
      const cb = f32x4.sub(four(u + (i << 1)), middle)
      const cr = f32x4.sub(four(v + (i << 1)), middle)
      const base = f32x4.mul(l, f32x4.splat(sums))
      r = f32x4.add(base, f32x4.add(f32x4.mul(cb, f32x4.splat(redU)), f32x4.mul(cr, f32x4.splat(redV))))
      g = f32x4.add(l, f32x4.add(f32x4.mul(cb, f32x4.splat(greenU)), f32x4.mul(cr, f32x4.splat(greenV))))
      b = f32x4.add(base, f32x4.add(f32x4.mul(cb, f32x4.splat(blueU)), f32x4.mul(cr, f32x4.splat(blueV))))
    }
    const red = settled(r)
    const green = settled(g)
    const blue = settled(b)
    if (alpha != 0) a = settled(f32x4.mul(four(alpha + (i << 1)), f32x4.splat(opacity)))
    if (depth == 8) {
      const rg = v128.or(red, i32x4.shl(green, 8))
      const rgba = v128.or(rg, v128.or(i32x4.shl(blue, 16), i32x4.shl(a, 24)))
      if (bands == 4) v128.store(to + (i << 2), rgba)
      else
        v128.store(
          to + i * 3,
          v128.shuffle<u8>(rgba, rgba, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15),
        )
      continue
    }
    const rg = v128.or(red, i32x4.shl(green, 16))
    const ba = v128.or(blue, i32x4.shl(a, 16))
    // Pixels of 8 bytes, two by two.
    const low = v128.shuffle<u32>(rg, ba, 0, 4, 1, 5)
    const high = v128.shuffle<u32>(rg, ba, 2, 6, 3, 7)
    if (bands == 4) {
      v128.store(to + (i << 3), low)
      v128.store(to + (i << 3), high, 16)
    } else {
      v128.store(to + i * 6, v128.shuffle<u16>(low, low, 0, 1, 2, 4, 5, 6, 7, 7))
      v128.store(to + i * 6, v128.shuffle<u16>(high, high, 0, 1, 2, 4, 5, 6, 7, 7), 12)
    }
  }
}
