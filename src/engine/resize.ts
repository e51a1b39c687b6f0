// Resampling of rows: an integer box shrink, then a separable filter (Lanczos-3 to reduce, cubic to
// enlarge) from a window of rows, as libvips' vips_resize: columns first combined vertically, then
// horizontally, rounded to the sample's precision in between.
//
//   strips ─▶ box (kx × ky) ─▶ ring of rows ─▶ vertical taps ─▶ one row ─▶ horizontal taps ─▶ out
//
// Pictures without alpha (1 or 3 bands) stay u8 throughout. With alpha (2 or 4 bands) the ring holds
// premultiplied i16, the 8-bit value times 64, and straight alpha is restored at the end.
// Weights are i16 with 14 fractional bits, made by the host (src/image/steps/weights.ts).
import { alloc } from './arena'

const WEIGHT_BITS: i32 = 14
/** Premultiplied samples are scaled by this, so that rounding between the passes stays invisible. */
const SCALE: f32 = 64

@unmanaged
class Resizer {
  bands: i32
  /** Columns that are read, in source pixels, already cut to the window. */
  width: i32
  kx: i32
  ky: i32
  /** Columns after the box shrink. */
  columns: i32
  /** Rows that the source has, after the box shrink. */
  lines: i32
  outWidth: i32
  outHeight: i32
  xTaps: i32
  xStarts: usize
  xWeights: usize
  yTaps: i32
  yStarts: usize
  yWeights: usize
  /** Sums of the box row being made: u16 (no alpha), u32 (alpha), or unused where ky is 1. */
  sums: usize
  /** Source rows summed so far. */
  summed: i32
  /** Whether the box row being made is wanted: decided at its first source row. */
  making: bool
  ring: usize
  ringStride: i32
  ringRows: i32
  /** Box rows complete so far; row r lies at ring[r % ringRows]. */
  ready: i32
  /** Output rows given so far. */
  given: i32
  /** One row after the vertical pass. */
  middle: usize
  /** The addresses of the window's rows. */
  window: usize
  sourceRows: i32
  sourceSeen: i32
}

function hasAlpha(bands: i32): bool {
  return (bands & 1) == 0
}

/** Bytes of one row in the ring. */
function ringBytes(columns: i32, bands: i32): i32 {
  return ((columns * bands * (hasAlpha(bands) ? 2 : 1) + 15) & ~15) + 16
}

/**
 * Starts a resizer; its buffers come from the arena. `width` × `sourceRows` are the source pixels
 * read (whole boxes or the picture's edge), `kx`, `ky` at most 256. Tables: `starts` i32 per output
 * sample, `weights` i16 × taps per output sample (x taps a multiple of 8, y taps even).
 * Returns its address, or 0 where the arena is full.
 */
export function resizeStart(
  bands: i32,
  width: i32,
  sourceRows: i32,
  kx: i32,
  ky: i32,
  outWidth: i32,
  outHeight: i32,
  xTaps: i32,
  xStarts: usize,
  xWeights: usize,
  yTaps: i32,
  yStarts: usize,
  yWeights: usize,
  ringRows: i32,
): usize {
  const pointer = alloc(offsetof<Resizer>())
  if (pointer == 0) return 0
  const r = changetype<Resizer>(pointer)
  r.bands = bands
  r.width = width
  r.sourceRows = sourceRows
  r.sourceSeen = 0
  r.kx = kx
  r.ky = ky
  r.columns = (width + kx - 1) / kx
  r.lines = (sourceRows + ky - 1) / ky
  r.outWidth = outWidth
  r.outHeight = outHeight
  r.xTaps = xTaps
  r.xStarts = xStarts
  r.xWeights = xWeights
  r.yTaps = yTaps
  r.yStarts = yStarts
  r.yWeights = yWeights
  r.summed = 0
  r.making = false
  r.ready = 0
  r.given = 0
  r.ringRows = ringRows
  r.ringStride = ringBytes(r.columns, bands)
  r.sums = 0
  if (kx > 1 || ky > 1) {
    const bytes = r.columns * kx * bands * (hasAlpha(bands) ? 4 : 2) + 32
    r.sums = alloc(bytes)
    if (r.sums == 0) return 0
    memory.fill(r.sums, 0, bytes)
  }
  r.ring = alloc(ringRows * r.ringStride)
  r.middle = alloc(r.ringStride + 64)
  r.window = alloc((yTaps + 1) * 4)
  if (r.ring == 0 || r.middle == 0 || r.window == 0) return 0
  return pointer
}

/** The box row that the next output row starts with. */
function firstNeeded(r: Resizer): i32 {
  return r.given < r.outHeight ? load<i32>(r.yStarts + (r.given << 2)) : i32.MAX_VALUE
}

/**
 * Takes source rows until the ring is full. `source` points at the first column of the window.
 * Returns how many rows it took; pull before pushing the rest.
 */
export function resizePush(pointer: usize, source: usize, count: i32, stride: i32): i32 {
  const r = changetype<Resizer>(pointer)
  let taken = 0
  while (taken < count && r.sourceSeen < r.sourceRows) {
    const first = firstNeeded(r)
    if (r.ready - first >= r.ringRows) break
    takeRow(r, source + taken * stride, r.ready >= first)
    taken++
  }
  if (r.sourceSeen >= r.sourceRows) return count
  return taken
}

/** Adds one source row. Rows above the window are only counted. */
function takeRow(r: Resizer, row: usize, wanted: bool): void {
  r.sourceSeen++
  if (r.kx == 1 && r.ky == 1) {
    if (wanted) {
      const to = r.ring + (r.ready % r.ringRows) * r.ringStride
      if (hasAlpha(r.bands)) premultiplyRow(row, to, r.columns, r.bands)
      else memory.copy(to, row, r.columns * r.bands)
    }
    r.ready++
    return
  }
  if (r.summed == 0) r.making = wanted
  // The last box may stick out below the picture: its last row then counts several times.
  let times = 1
  if (r.sourceSeen == r.sourceRows) times = r.ky - r.summed
  if (r.making) {
    for (let i = 0; i < times; i++) {
      if (hasAlpha(r.bands)) sumAlphaRow(row, r.sums, r.width, r.bands)
      else sumRow(row, r.sums, r.width * r.bands)
    }
  }
  r.summed += times
  if (r.summed < r.ky) return
  if (r.making) {
    extendSums(r)
    const to = r.ring + (r.ready % r.ringRows) * r.ringStride
    if (hasAlpha(r.bands)) boxAlphaRow(r.sums, to, r.columns, r.kx, r.ky, r.bands)
    else boxRow(r.sums, to, r.columns, r.kx, r.ky, r.bands)
    memory.fill(r.sums, 0, r.columns * r.kx * r.bands * (hasAlpha(r.bands) ? 4 : 2))
  }
  r.summed = 0
  r.ready++
}

/** The last box of a row may stick out to the right: repeats the picture's last column there. */
function extendSums(r: Resizer): void {
  const size = r.bands * (hasAlpha(r.bands) ? 4 : 2)
  const last = r.sums + (r.width - 1) * size
  for (let x = r.width; x < r.columns * r.kx; x++) memory.copy(r.sums + x * size, last, size)
}

/** sums (u16) += row (u8). */
function sumRow(row: usize, sums: usize, samples: i32): void {
  let i = 0
  for (; i + 16 <= samples; i += 16) {
    const s = v128.load(row + i)
    const at = sums + (i << 1)
    v128.store(at, i16x8.add(v128.load(at), i16x8.extend_low_i8x16_u(s)))
    v128.store(at, i16x8.add(v128.load(at, 16), i16x8.extend_high_i8x16_u(s)), 16)
  }
  for (; i < samples; i++) {
    const at = sums + (i << 1)
    store<u16>(at, load<u16>(at) + <u16>load<u8>(row + i))
  }
}

/** sums (u32) += premultiplied row: colour × alpha, and alpha × 255. */
function sumAlphaRow(row: usize, sums: usize, width: i32, bands: i32): void {
  if (bands == 4) {
    let x = 0
    for (; x + 4 <= width; x += 4) {
      const s = v128.load(row + (x << 2))
      const alpha = v128.or(
        v128.and(
          v128.shuffle<u8>(s, s, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15),
          i32x4.splat(0x00ffffff),
        ),
        i32x4.splat(0xff000000),
      )
      const low = i16x8.extmul_low_i8x16_u(s, alpha)
      const high = i16x8.extmul_high_i8x16_u(s, alpha)
      const at = sums + (x << 4)
      v128.store(at, i32x4.add(v128.load(at), i32x4.extend_low_i16x8_u(low)))
      v128.store(at, i32x4.add(v128.load(at, 16), i32x4.extend_high_i16x8_u(low)), 16)
      v128.store(at, i32x4.add(v128.load(at, 32), i32x4.extend_low_i16x8_u(high)), 32)
      v128.store(at, i32x4.add(v128.load(at, 48), i32x4.extend_high_i16x8_u(high)), 48)
    }
    for (; x < width; x++) {
      const a = <u32>load<u8>(row + (x << 2), 3)
      const at = sums + (x << 4)
      for (let b = 0; b < 3; b++)
        store<u32>(at + (b << 2), load<u32>(at + (b << 2)) + <u32>load<u8>(row + (x << 2) + b) * a)
      store<u32>(at, load<u32>(at, 12) + a * 255, 12)
    }
    return
  }
  for (let x = 0; x < width; x++) {
    const a = <u32>load<u8>(row + (x << 1), 1)
    const at = sums + (x << 3)
    store<u32>(at, load<u32>(at) + <u32>load<u8>(row + (x << 1)) * a)
    store<u32>(at, load<u32>(at, 4) + a * 255, 4)
  }
}

/** The mean of kx sums side by side, of ky rows each, rounded to nearest. */
function boxRow(sums: usize, to: usize, columns: i32, kx: i32, ky: i32, bands: i32): void {
  const area = <u32>(kx * ky)
  // ⌊(sum + area/2) / area⌋ by a 32-bit reciprocal; exact for these sums (at most 255 × area).
  const factor = ((<u64>1) << 40) / area + 1
  const half = area >> 1
  if (bands == 3) {
    let at = sums
    for (let x = 0; x < columns; x++) {
      let a: u32 = half
      let b: u32 = half
      let c: u32 = half
      for (let k = 0; k < kx; k++) {
        a += <u32>load<u16>(at)
        b += <u32>load<u16>(at, 2)
        c += <u32>load<u16>(at, 4)
        at += 6
      }
      store<u8>(to, <u8>((<u64>a * factor) >> 40))
      store<u8>(to, <u8>((<u64>b * factor) >> 40), 1)
      store<u8>(to, <u8>((<u64>c * factor) >> 40), 2)
      to += 3
    }
    return
  }
  let at = sums
  for (let x = 0; x < columns; x++) {
    let a: u32 = half
    for (let k = 0; k < kx; k++) {
      a += <u32>load<u16>(at)
      at += 2
    }
    store<u8>(to + x, <u8>((<u64>a * factor) >> 40))
  }
}

/** The mean of premultiplied sums as i16 × 64. */
function boxAlphaRow(sums: usize, to: usize, columns: i32, kx: i32, ky: i32, bands: i32): void {
  const factor: f32 = SCALE / (<f32>255 * <f32>(kx * ky))
  if (bands == 4) {
    let at = sums
    const scale = f32x4.splat(factor)
    for (let x = 0; x < columns; x++) {
      let sum = v128.load(at)
      at += 16
      for (let k = 1; k < kx; k++) {
        sum = i32x4.add(sum, v128.load(at))
        at += 16
      }
      const value = i32x4.trunc_sat_f32x4_u(
        f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(sum), scale), f32x4.splat(0.5)),
      )
      v128.store64_lane(to + (x << 3), i16x8.narrow_i32x4_s(value, value), 0)
    }
    return
  }
  let at = sums
  for (let x = 0; x < columns; x++) {
    let grey: u32 = 0
    let alpha: u32 = 0
    for (let k = 0; k < kx; k++) {
      grey += load<u32>(at)
      alpha += load<u32>(at, 4)
      at += 8
    }
    store<i16>(to + (x << 2), <i16>(<f32>grey * factor + <f32>0.5))
    store<i16>(to + (x << 2), <i16>(<f32>alpha * factor + <f32>0.5), 2)
  }
}

/** 128 / 255 with 15 fractional bits: makes a halved product of two bytes a premultiplied sample × 64. */
const PREMULTIPLY: i32 = 16448

function premultiplied(product: i32): i16 {
  return <i16>(((product >> 1) * PREMULTIPLY + 16384) >> 15)
}

/** Straight u8 to premultiplied i16 × 64, off by less than one of these steps. */
function premultiplyRow(row: usize, to: usize, columns: i32, bands: i32): void {
  if (bands == 4) {
    const factor = i16x8.splat(<i16>PREMULTIPLY)
    let x = 0
    for (; x + 4 <= columns; x += 4) {
      const s = v128.load(row + (x << 2))
      const alpha = v128.or(
        v128.and(v128.shuffle<u8>(s, s, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15), i32x4.splat(0x00ffffff)),
        i32x4.splat(0xff000000),
      )
      const low = i16x8.shr_u(i16x8.extmul_low_i8x16_u(s, alpha), 1)
      const high = i16x8.shr_u(i16x8.extmul_high_i8x16_u(s, alpha), 1)
      v128.store(to + (x << 3), i16x8.q15mulr_sat_s(low, factor))
      v128.store(to + (x << 3), i16x8.q15mulr_sat_s(high, factor), 16)
    }
    for (; x < columns; x++) {
      const at = row + (x << 2)
      const a = <i32>load<u8>(at, 3)
      for (let b = 0; b < 3; b++) store<i16>(to + (x << 3) + (b << 1), premultiplied(<i32>load<u8>(at + b) * a))
      store<i16>(to + (x << 3), premultiplied(a * 255), 6)
    }
    return
  }
  for (let x = 0; x < columns; x++) {
    const a = <i32>load<u8>(row + (x << 1), 1)
    store<i16>(to + (x << 2), premultiplied(<i32>load<u8>(row + (x << 1)) * a))
    store<i16>(to + (x << 2), premultiplied(a * 255), 2)
  }
}

/**
 * Makes output rows while the ring has what they need, at most `most`, at `to` in rows of `stride`
 * bytes (which needs 16 bytes more than the samples behind the last one).
 * Returns how many it made.
 */
export function resizePull(pointer: usize, to: usize, stride: i32, most: i32): i32 {
  const r = changetype<Resizer>(pointer)
  let made = 0
  const samples = r.columns * r.bands
  while (made < most && r.given < r.outHeight) {
    const first = firstNeeded(r)
    // Taps are padded to an even number: the ones past the picture weigh nothing.
    const end = min(first + r.yTaps, r.lines)
    if (r.ready < end) break
    for (let t = 0; t < r.yTaps; t++) {
      const line = min(first + t, r.lines - 1)
      store<usize>(r.window + (t << 2), r.ring + (line % r.ringRows) * r.ringStride)
    }
    const weights = r.yWeights + ((r.given * r.yTaps) << 1)
    if (hasAlpha(r.bands)) {
      verticalI16(r.window, weights, r.yTaps, r.middle, samples)
      if (r.bands == 4) horizontal4(r.middle, r.xStarts, r.xWeights, r.xTaps, to, r.outWidth)
      else horizontal2(r.middle, r.xStarts, r.xWeights, r.xTaps, to, r.outWidth)
    } else {
      verticalU8(r.window, weights, r.yTaps, r.middle, samples)
      if (r.bands == 3) horizontal3(r.middle, r.xStarts, r.xWeights, r.xTaps, to, r.outWidth)
      else horizontal1(r.middle, r.xStarts, r.xWeights, r.xTaps, to, r.outWidth)
    }
    to += stride
    made++
    r.given++
  }
  return made
}

/** Sixteen columns at a time: Σ weight × row, rounded, clamped to u8. */
function verticalU8(window: usize, weights: usize, taps: i32, to: usize, samples: i32): void {
  const zero = i32x4.splat(0)
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1))
  for (let i = 0; i < samples; i += 16) {
    let a = half
    let b = half
    let c = half
    let d = half
    for (let t = 0; t < taps; t += 2) {
      const w = v128.load32_splat(weights + (t << 1))
      const p = v128.load(load<usize>(window + (t << 2)) + i)
      const q = v128.load(load<usize>(window + (t << 2), 4) + i)
      const low = v128.shuffle<u8>(p, q, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const high = v128.shuffle<u8>(p, q, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), w))
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), w))
      c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), w))
      d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), w))
    }
    const ab = i16x8.narrow_i32x4_s(i32x4.shr_s(a, WEIGHT_BITS), i32x4.shr_s(b, WEIGHT_BITS))
    const cd = i16x8.narrow_i32x4_s(i32x4.shr_s(c, WEIGHT_BITS), i32x4.shr_s(d, WEIGHT_BITS))
    v128.store(to + i, i8x16.narrow_i16x8_u(ab, cd))
  }
  v128.store(to + samples, zero)
}

/** Eight columns at a time: Σ weight × row, rounded, as i16. */
function verticalI16(window: usize, weights: usize, taps: i32, to: usize, samples: i32): void {
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1))
  for (let i = 0; i < samples; i += 8) {
    let a = half
    let b = half
    for (let t = 0; t < taps; t += 2) {
      const w = v128.load32_splat(weights + (t << 1))
      const p = v128.load(load<usize>(window + (t << 2)) + (i << 1))
      const q = v128.load(load<usize>(window + (t << 2), 4) + (i << 1))
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.shuffle<i16>(p, q, 0, 8, 1, 9, 2, 10, 3, 11), w))
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.shuffle<i16>(p, q, 4, 12, 5, 13, 6, 14, 7, 15), w))
    }
    v128.store(to + (i << 1), i16x8.narrow_i32x4_s(i32x4.shr_s(a, WEIGHT_BITS), i32x4.shr_s(b, WEIGHT_BITS)))
  }
}

/** RGB: four taps of one output pixel at a time. */
function horizontal3(row: usize, starts: usize, weights: usize, taps: i32, to: usize, width: i32): void {
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1))
  // Pixels 0 and 1, then 2 and 3, as pairs of 16-bit samples: r₀ r₁ g₀ g₁ b₀ b₁ – –.
  const first = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)
  const second = i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1)
  for (let x = 0; x < width; x++) {
    let at = row + load<i32>(starts + (x << 2)) * 3
    let a = half
    let b = i32x4.splat(0)
    for (let t = 0; t < taps; t += 4) {
      const s = v128.load(at)
      a = i32x4.add(a, i32x4.dot_i16x8_s(i8x16.swizzle(s, first), v128.load32_splat(weights)))
      b = i32x4.add(b, i32x4.dot_i16x8_s(i8x16.swizzle(s, second), v128.load32_splat(weights, 4)))
      weights += 8
      at += 12
    }
    const sum = i32x4.shr_s(i32x4.add(a, b), WEIGHT_BITS)
    const narrow = i16x8.narrow_i32x4_s(sum, sum)
    // Four bytes, the fourth overwritten by the next pixel (the row has slack behind it).
    v128.store32_lane(to, i8x16.narrow_i16x8_u(narrow, narrow), 0)
    to += 3
  }
}

/** Eight taps of one output sample: products in four sums. */
// @ts-ignore: decorator
@inline
function taps8(at: usize, weights: usize, taps: i32): v128 {
  let a = i32x4.dot_i16x8_s(v128.load_ext<u8>(at), v128.load(weights))
  for (let t = 8; t < taps; t += 8) {
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<u8>(at + t), v128.load(weights + (t << 1))))
  }
  return a
}

/** Grey: eight taps at a time, four output samples at once. */
function horizontal1(row: usize, starts: usize, weights: usize, taps: i32, to: usize, width: i32): void {
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1))
  const step = taps << 1
  let x = 0
  for (; x + 4 <= width; x += 4) {
    const s = starts + (x << 2)
    const a = taps8(row + load<i32>(s), weights, taps)
    const b = taps8(row + load<i32>(s, 4), weights + step, taps)
    const c = taps8(row + load<i32>(s, 8), weights + 2 * step, taps)
    const e = taps8(row + load<i32>(s, 12), weights + 3 * step, taps)
    weights += 4 * step
    // Sums across: pairs of each vector, then the halves of both.
    const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
    const ce = i32x4.add(v128.shuffle<i32>(c, e, 0, 4, 1, 5), v128.shuffle<i32>(c, e, 2, 6, 3, 7))
    const sums = i32x4.add(v128.shuffle<i64>(ab, ce, 0, 2), v128.shuffle<i64>(ab, ce, 1, 3))
    const narrow = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(sums, half), WEIGHT_BITS), half)
    v128.store32_lane(to + x, i8x16.narrow_i16x8_u(narrow, narrow), 0)
  }
  for (; x < width; x++) {
    const at = row + load<i32>(starts + (x << 2))
    let a = i32x4.splat(0)
    for (let t = 0; t < taps; t += 8) {
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<u8>(at + t), v128.load(weights)))
      weights += 16
    }
    a = i32x4.add(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1))
    const sum =
      (i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS
    store<u8>(to + x, <u8>max(0, min(255, sum)))
  }
}

/** Premultiplied RGBA in i16 to straight u8: four taps at a time. */
function horizontal4(row: usize, starts: usize, weights: usize, taps: i32, to: usize, width: i32): void {
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1))
  for (let x = 0; x < width; x++) {
    let at = row + (load<i32>(starts + (x << 2)) << 3)
    let a = half
    let b = i32x4.splat(0)
    for (let t = 0; t < taps; t += 4) {
      const p = v128.load(at)
      const q = v128.load(at, 16)
      a = i32x4.add(
        a,
        i32x4.dot_i16x8_s(v128.shuffle<i16>(p, p, 0, 4, 1, 5, 2, 6, 3, 7), v128.load32_splat(weights)),
      )
      b = i32x4.add(
        b,
        i32x4.dot_i16x8_s(v128.shuffle<i16>(q, q, 0, 4, 1, 5, 2, 6, 3, 7), v128.load32_splat(weights, 4)),
      )
      weights += 8
      at += 32
    }
    const sum = i32x4.shr_s(i32x4.add(a, b), WEIGHT_BITS)
    store<u32>(to, straight(sum))
    to += 4
  }
}

/** Premultiplied × 64 (colour, colour, colour, alpha) to a straight u8 pixel. */
function straight(sum: v128): u32 {
  const alpha = <f32>i32x4.extract_lane(sum, 3)
  if (alpha < 32) return 0
  const factor = f32x4.replace_lane(f32x4.splat(<f32>255 / alpha), 3, <f32>1 / SCALE)
  const value = i32x4.trunc_sat_f32x4_s(
    f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sum), factor), f32x4.splat(0.5)),
  )
  const narrow = i16x8.narrow_i32x4_s(value, value)
  return i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0)
}

/** Premultiplied grey and alpha in i16 to straight u8: four taps at a time. */
function horizontal2(row: usize, starts: usize, weights: usize, taps: i32, to: usize, width: i32): void {
  for (let x = 0; x < width; x++) {
    let at = row + (load<i32>(starts + (x << 2)) << 2)
    let a = i32x4.splat(0)
    for (let t = 0; t < taps; t += 4) {
      const s = v128.load(at)
      const w = v128.load64_splat(weights)
      a = i32x4.add(
        a,
        i32x4.dot_i16x8_s(
          v128.shuffle<i16>(s, s, 0, 2, 1, 3, 4, 6, 5, 7),
          v128.shuffle<i32>(w, w, 0, 0, 1, 1),
        ),
      )
      weights += 8
      at += 16
    }
    const round = 1 << (WEIGHT_BITS - 1)
    const grey = (i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 2) + round) >> WEIGHT_BITS
    const alpha = (i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 3) + round) >> WEIGHT_BITS
    const sum = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(0), 0, grey), 3, alpha)
    const pixel = straight(sum)
    store<u8>(to, <u8>pixel)
    store<u8>(to, <u8>(pixel >>> 24), 1)
    to += 2
  }
}
