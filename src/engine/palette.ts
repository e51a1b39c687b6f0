// Palettes for GIF: exact where the colours are few, else Xiaolin Wu's quantiser ("Efficient
// Statistical Computations for Optimal Color Quantization", Graphics Gems II, 1991: boxes of a
// 32×32×32 histogram are cut where the variance falls most), mapped by nearest colour with
// Floyd–Steinberg error diffusion. Pixels with alpha below 128 are transparent.

const SIDE: i32 = 33
const CELLS: usize = 33 * 33 * 33
/** Moments of a cell: weight, red, green, blue (f64), squares. */
const MOMENT: usize = 40
const BOX: usize = 48
const HASH: usize = 1024
const CACHE: usize = 2 << 18

let moments: usize = 0
let boxes: usize = 0
let hash: usize = 0
let cache: usize = 0
let errors: usize = 0
let colours: usize = 0
let count: i32 = 0
let exact: bool = false

/** Bytes of the work area that `paletteBegin` takes for rows of `width` pixels. */
export function paletteBytes(width: usize): usize {
  return CELLS * MOMENT + 256 * BOX + HASH * 8 + CACHE + (width + 2) * 24 + 1024 + 80
}

/** Goes on with the palette made in a work area. */
export function paletteUse(work: usize, width: usize): void {
  place(work, width)
  count = load<i32>(colours, 1024)
  exact = load<i32>(colours, 1028) != 0
}

function place(work: usize, width: usize): void {
  moments = work
  boxes = moments + CELLS * MOMENT
  hash = boxes + 256 * BOX
  cache = hash + HASH * 8
  errors = cache + CACHE
  colours = errors + (((width + 2) * 24 + 15) & ~15)
}

/** Starts a palette in a work area of `paletteBytes`. */
export function paletteBegin(work: usize, width: usize): void {
  place(work, width)
  memory.fill(moments, 0, CELLS * MOMENT)
  memory.fill(hash, 0, HASH * 8)
  store<i32>(colours, 0, 1032)
  count = 0
  exact = true
}

// @ts-ignore: decorator
@inline
function cell(r: i32, g: i32, b: i32): usize {
  return moments + <usize>((r * SIDE + g) * SIDE + b) * MOMENT
}

/** Where the palette lies: RGBA words. */
export function paletteColours(): usize {
  return colours
}

/** Adds an opaque colour to the table of the exact palette; gives up beyond `most`. */
function remember(colour: u32, most: i32): void {
  let slot = <i32>((colour * 0x9e3779b1) >>> 22)
  for (;;) {
    const at = hash + (<usize>slot << 3)
    const found = load<u32>(at)
    if (found == colour) return
    if (found == 0) {
      if (count == most) {
        exact = false
        return
      }
      store<u32>(at, colour)
      store<u32>(at + 4, count)
      store<u32>(colours + (<usize>count << 2), colour)
      count++
      return
    }
    slot = (slot + 1) & <i32>(HASH - 1)
  }
}

/**
 * Counts pixels. `skip` is a mask of bytes, one a pixel, of which the non-zero ones are left out;
 * or 0. `most` is the number of colours the palette may have.
 */
export function paletteCount(rgba: usize, pixels: usize, skip: usize, most: i32): void {
  let before: u32 = 0
  for (let i: usize = 0; i < pixels; i++) {
    if (skip != 0 && load<u8>(skip + i) != 0) continue
    const pixel = load<u32>(rgba + (i << 2))
    if (pixel >>> 31 == 0) continue
    const colour = pixel | 0xff000000
    if (exact && colour != before) remember(colour, most)
    before = colour
    const r = <i32>(colour & 255)
    const g = <i32>((colour >> 8) & 255)
    const b = <i32>((colour >> 16) & 255)
    const at = cell((r >> 3) + 1, (g >> 3) + 1, (b >> 3) + 1)
    store<f64>(at, load<f64>(at) + 1)
    store<f64>(at + 8, load<f64>(at + 8) + r)
    store<f64>(at + 16, load<f64>(at + 16) + g)
    store<f64>(at + 24, load<f64>(at + 24) + b)
    store<f64>(at + 32, load<f64>(at + 32) + <f64>(r * r + g * g + b * b))
  }
}

/** Turns the histogram into sums over all cells below and left of each. */
function accumulate(): void {
  for (let m: usize = 0; m < MOMENT; m += 8) {
    for (let r = 1; r < SIDE; r++) {
      for (let g = 1; g < SIDE; g++) {
        let line: f64 = 0
        for (let b = 1; b < SIDE; b++) {
          line += load<f64>(cell(r, g, b) + m)
          // The area of this r is kept with the plane below it added: inclusion and exclusion.
          const area = line + load<f64>(cell(r, g - 1, b) + m) - load<f64>(cell(r - 1, g - 1, b) + m)
          store<f64>(cell(r, g, b) + m, area + load<f64>(cell(r - 1, g, b) + m))
        }
      }
    }
  }
}

// A box: r0, r1, g0, g1, b0, b1 as i32 (lower bounds exclusive), its variance as f64, whether it can't be cut.

/** A moment's sum over a box. */
function volume(at: usize, m: usize): f64 {
  const r0 = load<i32>(at)
  const r1 = load<i32>(at, 4)
  const g0 = load<i32>(at, 8)
  const g1 = load<i32>(at, 12)
  const b0 = load<i32>(at, 16)
  const b1 = load<i32>(at, 20)
  return (
    load<f64>(cell(r1, g1, b1) + m) -
    load<f64>(cell(r1, g1, b0) + m) -
    load<f64>(cell(r1, g0, b1) + m) +
    load<f64>(cell(r1, g0, b0) + m) -
    load<f64>(cell(r0, g1, b1) + m) +
    load<f64>(cell(r0, g1, b0) + m) +
    load<f64>(cell(r0, g0, b1) + m) -
    load<f64>(cell(r0, g0, b0) + m)
  )
}

/** Weighted variance of a box: what cutting it could gain. */
function settle(at: usize): void {
  const w = volume(at, 0)
  const r = volume(at, 8)
  const g = volume(at, 16)
  const b = volume(at, 24)
  store<f64>(at, w > 0 ? volume(at, 32) - (r * r + g * g + b * b) / w : 0, 24)
}

/** Cuts the box `at` where it gains most; the upper part goes to `to`. False where it can't be cut. */
function cut(at: usize, to: usize): bool {
  const w = volume(at, 0)
  const r = volume(at, 8)
  const g = volume(at, 16)
  const b = volume(at, 24)
  let best: f64 = 0
  let axis = -1
  let place = 0
  for (let a = 0; a < 3; a++) {
    const low = at + <usize>a * 8
    const from = load<i32>(low)
    const end = load<i32>(low, 4)
    for (let i = from + 1; i < end; i++) {
      store<i32>(low, i, 4)
      const w0 = volume(at, 0)
      if (w0 > 0 && w0 < w) {
        const r0 = volume(at, 8)
        const g0 = volume(at, 16)
        const b0 = volume(at, 24)
        const r1 = r - r0
        const g1 = g - g0
        const b1 = b - b0
        const gain = (r0 * r0 + g0 * g0 + b0 * b0) / w0 + (r1 * r1 + g1 * g1 + b1 * b1) / (w - w0)
        if (gain > best) {
          best = gain
          axis = a
          place = i
        }
      }
    }
    store<i32>(low, end, 4)
  }
  if (axis < 0) return false
  memory.copy(to, at, BOX)
  store<i32>(at + <usize>axis * 8, place, 4)
  store<i32>(to + <usize>axis * 8, place)
  settle(at)
  settle(to)
  return true
}

/** Makes the palette of what was counted, of at most `most` colours. Returns how many it has. */
export function paletteMake(most: i32): i32 {
  memory.fill(cache, 0, CACHE)
  if (!exact) paint(split(most))
  store<i32>(colours, count, 1024)
  store<i32>(colours, exact ? 1 : 0, 1028)
  return count
}

/** Mean squared error over the three channels that what was counted has to a quantised palette of `most` colours. */
export function paletteSpread(most: i32): f64 {
  const made = split(most)
  let sum: f64 = 0
  let weight: f64 = 0
  for (let i = 0; i < made; i++) {
    sum += load<f64>(boxes + <usize>i * BOX, 24)
    weight += volume(boxes + <usize>i * BOX, 0)
  }
  return weight > 0 ? sum / (3 * weight) : 0
}

/** As `paletteMake`, quantised even where fewer colours were counted. */
export function paletteFewer(most: i32): i32 {
  exact = false
  return paletteMake(most)
}

/** Cuts the colours into at most `most` boxes. Returns how many there are. */
function split(most: i32): i32 {
  if (load<i32>(colours, 1032) == 0) accumulate()
  store<i32>(colours, 1, 1032)
  let made = 1
  for (let a: usize = 0; a < 3; a++) {
    store<i32>(boxes + a * 8, 0)
    store<i32>(boxes + a * 8, SIDE - 1, 4)
  }
  store<i32>(boxes, 0, 32)
  settle(boxes)
  // A box that can't be cut is marked behind its variance.
  while (made < most) {
    let widest: usize = 0
    for (let i = 0; i < made; i++) {
      const at = boxes + <usize>i * BOX
      if (load<i32>(at, 32) != 0) continue
      if (widest == 0 || load<f64>(at, 24) > load<f64>(widest, 24)) widest = at
    }
    if (widest == 0 || load<f64>(widest, 24) <= 0) break
    if (cut(widest, boxes + <usize>made * BOX)) made++
    else store<i32>(widest, 1, 32)
  }
  return made
}

/** Makes each box's mean a colour. */
function paint(made: i32): void {
  count = made
  for (let i = 0; i < count; i++) {
    const at = boxes + <usize>i * BOX
    const w = max<f64>(volume(at, 0), 1)
    const r = <u32>(volume(at, 8) / w + 0.5)
    const g = <u32>(volume(at, 16) / w + 0.5)
    const b = <u32>(volume(at, 24) / w + 0.5)
    store<u32>(colours + (<usize>i << 2), r | (g << 8) | (b << 16) | 0xff000000)
  }
}

/** Index of an exact palette's colour, -1 where it has not got it. */
function indexOf(colour: u32): i32 {
  let slot = <i32>((colour * 0x9e3779b1) >>> 22)
  let at = hash + (<usize>slot << 3)
  while (load<u32>(at) != colour) {
    if (load<u32>(at) == 0) return -1
    slot = (slot + 1) & <i32>(HASH - 1)
    at = hash + (<usize>slot << 3)
  }
  return load<i32>(at + 4)
}

/**
 * How well the palette suits pixels it was not made of: their mean squared error over the three
 * channels; exactly 0 where an exact palette has every colour.
 */
export function paletteError(rgba: usize, pixels: usize, skip: usize): f64 {
  let sum: f64 = 0
  let counted: f64 = 0
  for (let i: usize = 0; i < pixels; i++) {
    if (skip != 0 && load<u8>(skip + i) != 0) continue
    const pixel = load<u32>(rgba + (i << 2))
    if (pixel >>> 31 == 0) continue
    counted++
    if (exact && indexOf(pixel | 0xff000000) >= 0) continue
    const r = <i32>(pixel & 255)
    const g = <i32>((pixel >> 8) & 255)
    const b = <i32>((pixel >> 16) & 255)
    const colour = load<u32>(colours + (<usize>nearest(r, g, b) << 2))
    const dr = r - <i32>(colour & 255)
    const dg = g - <i32>((colour >> 8) & 255)
    const db = b - <i32>((colour >> 16) & 255)
    // An exact palette is left as soon as a colour is missing.
    sum += <f64>(dr * dr + dg * dg + db * db) / 3 + (exact ? 1e6 : 0)
  }
  return counted > 0 ? sum / counted : 0
}

/** Index of the palette's colour nearest to one; searched once for each of 64×64×64 cells. */
function nearest(r: i32, g: i32, b: i32): i32 {
  const at = cache + (<usize>(((r >> 2) << 12) | ((g >> 2) << 6) | (b >> 2)) << 1)
  const known = <i32>load<u16>(at)
  if (known != 0) return known - 1
  let best = 0x7fffffff
  let index = 0
  for (let i = 0; i < count; i++) {
    const colour = load<u32>(colours + (<usize>i << 2))
    const dr = r - <i32>(colour & 255)
    const dg = g - <i32>((colour >> 8) & 255)
    const db = b - <i32>((colour >> 16) & 255)
    const distance = 2 * dr * dr + 4 * dg * dg + db * db
    if (distance < best) {
      best = distance
      index = i
    }
  }
  store<u16>(at, <u16>(index + 1))
  return index
}

/**
 * Maps pixels to indices. `skip` as in `paletteCount`; such pixels, and transparent ones, become
 * `transparent`. `strength` of the diffusion: 0 none … 256 all of the error. Rows go to and fro.
 */
export function paletteMap(
  rgba: usize,
  width: i32,
  height: i32,
  skip: usize,
  transparent: i32,
  strength: i32,
  to: usize,
): void {
  const line = <usize>(width + 2) * 12
  memory.fill(errors, 0, line * 2)
  for (let y = 0; y < height; y++) {
    const row = <usize>y * width
    // Errors are i32 in sixteenths, three a pixel, one pixel of margin on either side.
    const here = errors + (y & 1 ? line : 0)
    const below = errors + (y & 1 ? 0 : line)
    const step = y & 1 ? -1 : 1
    memory.fill(below, 0, line)
    for (let i = 0, x = y & 1 ? width - 1 : 0; i < width; i++, x += step) {
      const at = row + x
      const pixel = load<u32>(rgba + (at << 2))
      if ((skip != 0 && load<u8>(skip + at) != 0) || pixel >>> 31 == 0) {
        store<u8>(to + at, <u8>transparent)
        continue
      }
      if (exact) {
        store<u8>(to + at, <u8>indexOf(pixel | 0xff000000))
        continue
      }
      const error = here + <usize>(x + 1) * 12
      const r = min(255, max(0, <i32>(pixel & 255) + ((load<i32>(error) + 8) >> 4)))
      const g = min(255, max(0, <i32>((pixel >> 8) & 255) + ((load<i32>(error, 4) + 8) >> 4)))
      const b = min(255, max(0, <i32>((pixel >> 16) & 255) + ((load<i32>(error, 8) + 8) >> 4)))
      const index = nearest(r, g, b)
      store<u8>(to + at, <u8>index)
      if (strength == 0) continue
      const colour = load<u32>(colours + (<usize>index << 2))
      const ahead = error + <usize>(step * 12)
      const under = below + <usize>(x + 1) * 12
      for (let c = 0; c < 3; c++) {
        const shift = c << 3
        const wanted = c == 0 ? r : c == 1 ? g : b
        const e = ((wanted - <i32>((colour >> shift) & 255)) * strength) >> 8
        const o = <usize>c << 2
        store<i32>(ahead + o, load<i32>(ahead + o) + e * 7)
        store<i32>(under - step * 12 + o, load<i32>(under - step * 12 + o) + e * 3)
        store<i32>(under + o, load<i32>(under + o) + e * 5)
        store<i32>(under + step * 12 + o, load<i32>(under + step * 12 + o) + e)
      }
    }
  }
}
