// Colour conversion of rows: matrix/TRC profiles, grey curves, and CMYK without a profile. The tables
// are made by the host (src/image/colour/tables.ts); plain twins are in test/engine/colour.test.ts.

/** Linear light has this many steps where it is encoded again: 14 bits keep the darks within half a byte step. */
const STEPS: i32 = 16384
/** Fraction bits of the 8-bit path's vectors. */
const FRACTION: i32 = 14

/**
 * Converts colour pixels of 8 bits. `tables`: for each of red, green and blue 256 vectors of 4 × i32, the
 * linear value times its column of the matrix in steps × 2^14 (red's with the half that rounds); then
 * 16384 bytes that encode a step. `bands` is 3 or 4; `want` 3 or 4, or 1 or 2 to write only the first row.
 */
export function colourMatrix(from: usize, bands: i32, to: usize, want: i32, pixels: i32, tables: usize): void {
  const green = tables + 4096
  const blue = tables + 8192
  const encode = tables + 12288
  const most = i32x4.splat(STEPS - 1)
  const none = i32x4.splat(0)
  const colour = want > 2
  const alpha = (want & 1) == 0
  for (let x = 0; x < pixels; x++) {
    const sum = i32x4.add(
      i32x4.add(
        v128.load(tables + (<usize>load<u8>(from) << 4)),
        v128.load(green + (<usize>load<u8>(from, 1) << 4)),
      ),
      v128.load(blue + (<usize>load<u8>(from, 2) << 4)),
    )
    const step = i32x4.min_s(i32x4.max_s(i32x4.shr_s(sum, FRACTION), none), most)
    const a: u8 = alpha ? (bands == 4 ? load<u8>(from, 3) : 255) : 0
    store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 0)))
    if (colour) {
      store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 1)), 1)
      store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 2)), 2)
    }
    if (alpha) store<u8>(to + want - 1, a)
    from += bands
    to += want
  }
}

/**
 * As `colourMatrix`, from samples of 16 bits, little-endian. `red`, `green`, `blue`: 65536 × f32 each, linear
 * light (they may be one table); `matrix`: three columns of 4 × f32, in steps; `encode` as above.
 */
export function colourMatrix16(
  from: usize,
  bands: i32,
  to: usize,
  want: i32,
  pixels: i32,
  red: usize,
  green: usize,
  blue: usize,
  matrix: usize,
  encode: usize,
): void {
  const columnR = v128.load(matrix)
  const columnG = v128.load(matrix, 16)
  const columnB = v128.load(matrix, 32)
  const half = f32x4.splat(0.5)
  const most = i32x4.splat(STEPS - 1)
  const none = i32x4.splat(0)
  const colour = want > 2
  const alpha = (want & 1) == 0
  for (let x = 0; x < pixels; x++) {
    const sum = f32x4.add(
      f32x4.add(
        f32x4.mul(columnR, f32x4.splat(load<f32>(red + (<usize>load<u16>(from) << 2)))),
        f32x4.mul(columnG, f32x4.splat(load<f32>(green + (<usize>load<u16>(from, 2) << 2)))),
      ),
      f32x4.mul(columnB, f32x4.splat(load<f32>(blue + (<usize>load<u16>(from, 4) << 2)))),
    )
    const step = i32x4.min_s(i32x4.max_s(i32x4.trunc_sat_f32x4_s(f32x4.add(sum, half)), none), most)
    store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 0)))
    if (colour) {
      store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 1)), 1)
      store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 2)), 2)
    }
    if (alpha) store<u8>(to + want - 1, bands == 4 ? narrow(load<u16>(from, 6)) : 255)
    from += bands << 1
    to += want
  }
}

/** Entries of tables that are looked up by the root of light, less one. */
const ROOTS: f32 = 4095

// @ts-ignore: decorator
@inline
function byRoot(table: usize, light: f32): f32 {
  return load<f32>(table + (<usize>(sqrt<f32>(min<f32>(light, 1)) * ROOTS + 0.5) << 2))
}

/**
 * Pixels of high dynamic range, of 8 or 16 bits, to 8 bits of standard range. `tables`: 65536 × f32 light of a
 * value; 4096 × f32 what a display adds by luminance, and 4096 × f32 what is left by the largest of red, green and
 * blue, both by the root of light; three columns of 4 × f32, in steps; luminance's weights; 16384 bytes that encode.
 */
export function colourHdr(from: usize, bands: i32, depth: i32, to: usize, want: i32, pixels: i32, tables: usize): void {
  const display = tables + 262144
  const left = display + 16384
  const matrix = left + 16384
  const encode = matrix + 64
  const columnR = v128.load(matrix)
  const columnG = v128.load(matrix, 16)
  const columnB = v128.load(matrix, 32)
  const weightR = load<f32>(matrix, 48)
  const weightG = load<f32>(matrix, 52)
  const weightB = load<f32>(matrix, 56)
  const half = f32x4.splat(0.5)
  const most = i32x4.splat(STEPS - 1)
  const none = i32x4.splat(0)
  const bytes = <usize>depth >> 3
  const colour = want > 2
  const alpha = (want & 1) == 0
  for (let x = 0; x < pixels; x++) {
    const r = load<f32>(tables + (sample(from, bytes) << 2))
    const g = load<f32>(tables + (sample(from + bytes, bytes) << 2))
    const b = load<f32>(tables + (sample(from + 2 * bytes, bytes) << 2))
    const added = byRoot(display, weightR * r + weightG * g + weightB * b)
    const largest = max<f32>(r, max<f32>(g, b)) * added
    const kept = (added * byRoot(left, largest)) / max<f32>(largest, 1)
    const sum = f32x4.add(
      f32x4.add(f32x4.mul(columnR, f32x4.splat(r * kept)), f32x4.mul(columnG, f32x4.splat(g * kept))),
      f32x4.mul(columnB, f32x4.splat(b * kept)),
    )
    const step = i32x4.min_s(i32x4.max_s(i32x4.trunc_sat_f32x4_s(f32x4.add(sum, half)), none), most)
    store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 0)))
    if (colour) {
      store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 1)), 1)
      store<u8>(to, load<u8>(encode + i32x4.extract_lane(step, 2)), 2)
    }
    if (alpha) store<u8>(to + want - 1, bands == 4 ? narrow(<u32>sample(from + 3 * bytes, bytes)) : 255)
    from += <usize>bands * bytes
    to += want
  }
}

/** A sample as one of 16 bits. */
// @ts-ignore: decorator
@inline
function sample(at: usize, bytes: usize): usize {
  return bytes == 2 ? <usize>load<u16>(at) : <usize>load<u8>(at) * 257
}

/** A 16-bit sample as 8 bits, rounded: ⌊a / 257 + ½⌋. */
// @ts-ignore: decorator
@inline
export function narrow(a: u32): u8 {
  return <u8>((a * 255 + 32895) >> 16)
}

/** Grey pixels (`bands` 1 or 2) through a table of 256 bytes. */
export function colourCurve(from: usize, bands: i32, to: usize, pixels: i32, table: usize): void {
  for (let x = 0; x < pixels; x++) {
    store<u8>(to, load<u8>(table + load<u8>(from)))
    if (bands == 2) store<u8>(to, load<u8>(from, 1), 1)
    from += bands
    to += bands
  }
}

/** Grey pixels of 16 bits through a table of 65536 bytes; the result has 8 bits. */
export function colourCurve16(from: usize, bands: i32, to: usize, pixels: i32, table: usize): void {
  for (let x = 0; x < pixels; x++) {
    store<u8>(to, load<u8>(table + load<u16>(from)))
    if (bands == 2) store<u8>(to, narrow(load<u16>(from, 2)), 1)
    from += bands << 1
    to += bands
  }
}

/** Samples of 16 bits to 8, nothing else. */
export function colourNarrow(from: usize, to: usize, samples: i32): void {
  for (let i = 0; i < samples; i++) store<u8>(to + i, narrow(load<u16>(from + (<usize>i << 1))))
}

/** The vector of a term. */
// @ts-ignore: decorator
@inline
function term(terms: usize, i: i32): v128 {
  return v128.load(terms + (<usize>i << 4))
}

/** sum + a · b */
// @ts-ignore: decorator
@inline
function plus(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b))
}

/**
 * CMYK pixels (255 is full ink) to RGB by a cubic polynomial of the inks: `terms` has 4 × f32 each for the
 * 4 inks, the 10 products of two and the 20 of three (in order c ≤ m ≤ y ≤ k), in units of 255. Evaluated
 * from the inside: ink · (its term + ink · (term of two + ink · term of three)).
 */
export function colourCmyk(from: usize, to: usize, pixels: i32, terms: usize): void {
  const paper = f32x4.splat(255.5)
  const scale = f32x4.splat(1 / <f32>255)
  const most = i32x4.splat(255)
  const none = i32x4.splat(0)
  for (let x = 0; x < pixels; x++) {
    const bytes = v128.load32_zero(from)
    const inks = f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes))), scale)
    const c = i32x4.shuffle(inks, inks, 0, 0, 0, 0)
    const m = i32x4.shuffle(inks, inks, 1, 1, 1, 1)
    const y = i32x4.shuffle(inks, inks, 2, 2, 2, 2)
    const k = i32x4.shuffle(inks, inks, 3, 3, 3, 3)

    const cc = plus(plus(plus(plus(term(terms, 4), c, term(terms, 14)), m, term(terms, 15)), y, term(terms, 16)), k, term(terms, 17))
    const cm = plus(plus(plus(term(terms, 5), m, term(terms, 18)), y, term(terms, 19)), k, term(terms, 20))
    const cy = plus(plus(term(terms, 6), y, term(terms, 21)), k, term(terms, 22))
    const ck = plus(term(terms, 7), k, term(terms, 23))
    let sum = plus(paper, c, plus(plus(plus(plus(term(terms, 0), c, cc), m, cm), y, cy), k, ck))

    const mm = plus(plus(plus(term(terms, 8), m, term(terms, 24)), y, term(terms, 25)), k, term(terms, 26))
    const my = plus(plus(term(terms, 9), y, term(terms, 27)), k, term(terms, 28))
    const mk = plus(term(terms, 10), k, term(terms, 29))
    sum = plus(sum, m, plus(plus(plus(term(terms, 1), m, mm), y, my), k, mk))

    const yy = plus(plus(term(terms, 11), y, term(terms, 30)), k, term(terms, 31))
    const yk = plus(term(terms, 12), k, term(terms, 32))
    sum = plus(sum, y, plus(plus(term(terms, 2), y, yy), k, yk))

    const kk = plus(term(terms, 13), k, term(terms, 33))
    sum = plus(sum, k, plus(term(terms, 3), k, kk))

    const rgb = i32x4.min_s(i32x4.max_s(i32x4.trunc_sat_f32x4_s(sum), none), most)
    store<u8>(to, <u8>i32x4.extract_lane(rgb, 0))
    store<u8>(to, <u8>i32x4.extract_lane(rgb, 1), 1)
    store<u8>(to, <u8>i32x4.extract_lane(rgb, 2), 2)
    from += 4
    to += 3
  }
}
