// Work on single pixels, row by row and mostly in place: bands, filters, flattening, padding.
// `samples`, `pixels` count what a row holds; rows are interleaved u8 with straight alpha.

/** Copies `count` rows from one stride to another. */
export function pixelsCopy(
  from: usize,
  fromStride: i32,
  to: usize,
  toStride: i32,
  bytes: i32,
  count: i32,
): void {
  for (let y = 0; y < count; y++) {
    memory.copy(to, from, bytes)
    from += fromStride
    to += toStride
  }
}

/**
 * Turns `pixels` pixels of `bands` into `want` bands: grey is repeated, a missing alpha is opaque, a
 * surplus one is dropped. Colour never becomes grey here (see `filterLuminance`): from 3 or 4 bands only
 * 3 or 4 can be had. `to` may not overlap `from`.
 */
export function pixelsBands(from: usize, bands: i32, to: usize, want: i32, pixels: i32): void {
  const step = want
  if (bands == 3 && want == 4) {
    const spread = i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1)
    const opaque = i32x4.splat(0xff000000)
    let x = 0
    for (; x + 6 <= pixels; x += 4) {
      v128.store(to, v128.or(i8x16.swizzle(v128.load(from), spread), opaque))
      from += 12
      to += 16
    }
    for (; x < pixels; x++) {
      store<u16>(to, load<u16>(from))
      store<u8>(to, load<u8>(from, 2), 2)
      store<u8>(to, 255, 3)
      from += 3
      to += 4
    }
    return
  }
  for (let x = 0; x < pixels; x++) {
    const colour = bands > 2
    store<u8>(to, load<u8>(from))
    if (want > 2) {
      store<u8>(to, load<u8>(from + (colour ? 1 : 0)), 1)
      store<u8>(to, load<u8>(from + (colour ? 2 : 0)), 2)
    }
    if ((want & 1) == 0) store<u8>(to + want - 1, (bands & 1) == 0 ? load<u8>(from + bands - 1) : 255)
    from += bands
    to += step
  }
}

/**
 * Lays `pixels` pixels with alpha (`bands` 2 or 4) over an opaque colour; writes `bands` − 1.
 * `to` may be `from`.
 */
export function pixelsFlatten(
  from: usize,
  bands: i32,
  to: usize,
  pixels: i32,
  red: i32,
  green: i32,
  blue: i32,
): void {
  const colours = bands - 1
  for (let x = 0; x < pixels; x++) {
    const a = <i32>load<u8>(from + colours)
    for (let b = 0; b < colours; b++) {
      const under = b == 0 ? red : b == 1 ? green : blue
      const v = <i32>load<u8>(from + b) * a + under * (255 - a) + 127
      // ⌊v / 255⌋ for 0 ≤ v ≤ 65 152
      store<u8>(to + b, <u8>((v + 1 + (v >> 8)) >> 8))
    }
    from += bands
    to += colours
  }
}

/** Fills `pixels` pixels with one colour of `bands` bytes, given low byte first. */
export function pixelsFill(to: usize, bands: i32, pixels: i32, colour: i32): void {
  for (let x = 0; x < pixels; x++) {
    for (let b = 0; b < bands; b++) store<u8>(to + b, <u8>(colour >>> (b << 3)))
    to += bands
  }
}

// ── Filters ──────────────────────────────────────────────────────────────────────────────────────

/** 16-bit linear light of each sRGB byte; then the sRGB byte of each linear value >> 4. */
let linear: usize = 0
let encoded: usize = 0

/**
 * Gives the tables that `filterLuminance` uses, made by the host: 256 × u16 and 4096 × u8.
 */
export function filterTables(linearOfByte: usize, byteOfLinear: usize): void {
  linear = linearOfByte
  encoded = byteOfLinear
}

/**
 * Luminance of `pixels` colour pixels in linear light, as libvips' b-w: Y of Rec. 709 primaries,
 * encoded as sRGB again. `threshold` ≥ 0 makes it black up to that value and white above.
 * Writes 1 band (2 with alpha) where `bands` is 3 (4). `to` may be `from`.
 */
export function filterLuminance(from: usize, bands: i32, to: usize, pixels: i32, threshold: i32): void {
  const alpha = (bands & 1) == 0
  for (let x = 0; x < pixels; x++) {
    let y: i32
    if (bands > 2) {
      // 0.2126, 0.7152, 0.0722 in 1/65536
      const r = <u32>load<u16>(linear + ((<usize>load<u8>(from)) << 1))
      const g = <u32>load<u16>(linear + ((<usize>load<u8>(from, 1)) << 1))
      const b = <u32>load<u16>(linear + ((<usize>load<u8>(from, 2)) << 1))
      y = load<u8>(encoded + ((r * 13933 + g * 46871 + b * 4732) >>> 20))
    } else {
      y = load<u8>(from)
    }
    if (threshold >= 0) y = y > threshold ? 255 : 0
    const a = alpha ? load<u8>(from + bands - 1) : 0
    store<u8>(to, <u8>y)
    if (alpha) store<u8>(to, a, 1)
    from += bands
    to += alpha ? 2 : 1
  }
}

/** CSS sepia(100%) on encoded values (Filter Effects 1 §9.2), `bands` 3 or 4, in place. */
export function filterSepia(at: usize, bands: i32, pixels: i32): void {
  for (let x = 0; x < pixels; x++) {
    const r = <i32>load<u8>(at)
    const g = <i32>load<u8>(at, 1)
    const b = <i32>load<u8>(at, 2)
    // Thousandths, rounded to nearest: (n × 67109) >> 26 is n / 1000 for n < 400 000.
    const red = <i32>((<u64>(393 * r + 769 * g + 189 * b + 500) * 67109) >> 26)
    const green = <i32>((<u64>(349 * r + 686 * g + 168 * b + 500) * 67109) >> 26)
    const blue = <i32>((<u64>(272 * r + 534 * g + 131 * b + 500) * 67109) >> 26)
    store<u8>(at, <u8>min(red, 255))
    store<u8>(at, <u8>min(green, 255), 1)
    store<u8>(at, <u8>min(blue, 255), 2)
    at += bands
  }
}
