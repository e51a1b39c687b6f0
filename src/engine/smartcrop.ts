// What the search for a crop reads of a picture: a box-shrunk copy, and histograms of areas.
// Colours count by their alpha, so that what is transparent doesn't attract.

/** Colour bands of a picture: alpha is not one. */
function coloursOf(bands: i32): i32 {
  return bands < 3 ? 1 : 3
}

/** A sample times alpha, cut to 8 bits as libvips does. */
function product(sample: u32, alpha: u32): u32 {
  return (sample * alpha) / 255
}

/** Adds a row's colours to `sums`, u32 each. */
function addRow(row: usize, width: i32, bands: i32, sums: usize): void {
  const colours = coloursOf(bands)
  if (bands & 1) {
    const samples = width * bands
    for (let x = 0; x < samples; x += 8) {
      const wide = v128.load8x8_u(row + x)
      const at = sums + (x << 2)
      v128.store(at, i32x4.add(v128.load(at), i32x4.extend_low_i16x8_u(wide)))
      v128.store(at, i32x4.add(v128.load(at, 16), i32x4.extend_high_i16x8_u(wide)), 16)
    }
    return
  }
  for (let x = 0; x < width; x++, row += bands) {
    const alpha = <u32>load<u8>(row + colours)
    for (let band = 0; band < colours; band++, sums += 4) {
      store<u32>(sums, load<u32>(sums) + product(load<u8>(row + band), alpha))
    }
  }
}

/** Rows of the ring below, the most taps that an output row can have. */
const RING: i32 = 32
/** Bytes of one output row's taps: i32 first row, then up to RING × i16 weights. */
const TAP_BYTES: i32 = 4 + 2 * RING

/** Row `y` of the picture shrunk by `down`, into u8 at `target`; the last row repeats where it lacks. */
function shrinkRows(
  source: usize,
  stride: u32,
  width: i32,
  height: i32,
  bands: i32,
  down: i32,
  y: i32,
  sums: usize,
  target: usize,
): void {
  const samples = width * coloursOf(bands)
  const scale: u32 = (1 << 24) / down
  memory.fill(sums, 0, samples << 2)
  for (let i = 0; i < down; i++) {
    addRow(source + min(y * down + i, height - 1) * stride, width, bands, sums)
  }
  for (let x = 0; x < samples; x++) {
    const sum = load<u32>(sums + (x << 2)) + (down >> 1)
    store<u8>(target + x, (sum * scale) >> 24)
  }
}

/**
 * The first half of libvips' vips_resize to `rows` rows: columns shrunk by the whole factor `down`,
 * rounded to 8 bits, then resampled by `count` taps of 12 bits, at most 32; at last rows shrunk by
 * the whole factor `across`. `taps` has for each output row an i32, its first input row, and 32 ×
 * i16. `scratch` has room for 4 + 33 bytes for each sample of a row (1 or 3 bands) and 32 more.
 * `target` gets ceil(width ÷ across) pixels for each output row.
 */
export function smartcropShrink(
  source: usize,
  stride: u32,
  width: i32,
  height: i32,
  bands: i32,
  across: i32,
  down: i32,
  rows: i32,
  taps: usize,
  count: i32,
  scratch: usize,
  target: usize,
): void {
  const colours = coloursOf(bands)
  const samples = width * colours
  const shrunk = (height + down - 1) / down
  const columns = (width + across - 1) / across
  const acrossScale: u32 = (1 << 24) / across
  const ring = scratch + ((samples << 2) + 32)
  const line = ring + RING * samples
  let made = 0
  for (let y = 0; y < rows; y++, taps += TAP_BYTES) {
    const first = load<i32>(taps)
    const last = min(max(first + count - 1, 0), shrunk - 1)
    for (; made <= last; made++) {
      shrinkRows(source, stride, width, height, bands, down, made, scratch, ring + (made % RING) * samples)
    }
    memory.fill(scratch, 0, samples << 2)
    for (let i = 0; i < count; i++) {
      const row = ring + (min(max(first + i, 0), shrunk - 1) % RING) * samples
      const weight = <i32>load<i16>(taps + 4 + (i << 1))
      for (let x = 0; x < samples; x += 4) {
        const wide = i32x4.extend_low_i16x8_u(v128.load8x8_u(row + x))
        const at = scratch + (x << 2)
        v128.store(at, i32x4.add(v128.load(at), i32x4.mul(wide, i32x4.splat(weight))))
      }
    }
    for (let x = 0; x < samples; x++) {
      store<u8>(line + x, min(max((load<i32>(scratch + (x << 2)) + 2048) >> 12, 0), 255))
    }
    for (let x = 0; x < columns; x++) {
      for (let band = 0; band < colours; band++) {
        let sum: u32 = across >> 1
        for (let i = 0; i < across; i++) {
          sum += load<u8>(line + min(x * across + i, width - 1) * colours + band)
        }
        store<u8>(target++, (sum * acrossScale) >> 24)
      }
    }
  }
}

/** Counts the samples of an area, each band in its own 256 × u32 at `counts`, which is cleared. */
export function smartcropCount(source: usize, stride: u32, width: i32, height: i32, bands: i32, counts: usize): void {
  memory.fill(counts, 0, bands << 10)
  for (let y = 0; y < height; y++) {
    let row = source + y * stride
    for (let x = 0; x < width; x++, row += bands) {
      const alpha = bands & 1 ? 255 : <u32>load<u8>(row + bands - 1)
      for (let band = 0; band < bands; band++) {
        let sample = <u32>load<u8>(row + band)
        if (alpha != 255 && band < bands - 1) sample = product(sample, alpha)
        const entry = counts + (band << 10) + (sample << 2)
        store<u32>(entry, load<u32>(entry) + 1)
      }
    }
  }
}
