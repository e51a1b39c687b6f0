// Pixels to indices: the nearest colour of the palette, with as much of Floyd–Steinberg's error diffusion as
// the place needs.

import {
  NEAREST,
  byGreen,
  colours,
  count,
  entryOf,
  errors,
  exact,
  nearest,
  starts,
} from './palette'

/** A cell of `nearest`: unknown 0, else the index of its middle's colour plus 1; where others may be nearer too. */
const UNSURE: u32 = 0x8000
/** Twice the distance from a cell's middle to its farthest colour, and rounding. */
const SPAN: f64 = 7

/** Prepares for `closest` and all else in the present colours. */
export function nearestStart(): void {
  memory.fill(nearest, 0, NEAREST)
  sortByGreen()
}

/** Prepares for `closest` alone. */
export function sortByGreen(): void {
  memory.fill(starts, 0, 512)
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>load<u8>(colours + (<usize>i << 2), 1) << 1)
    store<u16>(at, load<u16>(at) + 1)
  }
  let sum: u16 = 0
  for (let green: usize = 0; green < 256; green++) {
    const here = load<u16>(starts + (green << 1))
    store<u16>(starts + (green << 1), sum)
    sum += here
  }
  // Filling moves each start to its green's end: the next green's start. They are moved back at last.
  for (let i = 0; i < count; i++) {
    const colour = load<u32>(colours + (<usize>i << 2))
    const at = starts + (<usize>((colour >> 8) & 255) << 1)
    const place = <usize>load<u16>(at)
    store<u32>(byGreen + (place << 2), (colour & 0xffffff) | (<u32>i << 24))
    store<u16>(at, <u16>(place + 1))
  }
  memory.copy(starts + 2, starts, 510)
  store<u16>(starts, 0)
}

// @ts-ignore: decorator
@inline
export function distance(colour: u32, r: i32, g: i32, b: i32): i32 {
  const dr = r - <i32>(colour & 255)
  const dg = g - <i32>((colour >> 8) & 255)
  const db = b - <i32>((colour >> 16) & 255)
  return dr * dr + dg * dg + db * db
}

/** Index of the palette's colour nearest to one. `guess` is an index that may be it. */
export function closest(r: i32, g: i32, b: i32, guess: i32): i32 {
  let best = distance(load<u32>(colours + (<usize>guess << 2)), r, g, b)
  let index = guess
  const middle = <i32>load<u16>(starts + (<usize>g << 1))
  for (let i = middle; i < count; i++) {
    const colour = load<u32>(byGreen + (<usize>i << 2))
    const dg = <i32>((colour >> 8) & 255) - g
    if (dg * dg >= best) break
    const far = distance(colour, r, g, b)
    if (far < best) {
      best = far
      index = <i32>(colour >>> 24)
    }
  }
  for (let i = middle - 1; i >= 0; i--) {
    const colour = load<u32>(byGreen + (<usize>i << 2))
    const dg = <i32>((colour >> 8) & 255) - g
    if (dg * dg >= best) break
    const far = distance(colour, r, g, b)
    if (far < best) {
      best = far
      index = <i32>(colour >>> 24)
    }
  }
  return index
}

/** What a cell's middle is nearest to, and whether all of the cell is: no other colour is nearly as near. */
function look(r: i32, g: i32, b: i32): u32 {
  const index = closest(r, g, b, 0)
  const found = <u32>index + 1
  const reach = Math.sqrt(<f64>distance(load<u32>(colours + (<usize>index << 2)), r, g, b)) + SPAN
  const limit = <i32>(reach * reach)
  const side = <i32>reach
  for (let i = <i32>load<u16>(starts + (<usize>max(0, g - side) << 1)); i < count; i++) {
    const colour = load<u32>(byGreen + (<usize>i << 2))
    if (<i32>((colour >> 8) & 255) > g + side) break
    if (<i32>(colour >>> 24) != index && distance(colour, r, g, b) < limit) return found | UNSURE
  }
  return found
}

/** As `closest`, with what was learned of the colour's neighbourhood. */
function indexNear(r: i32, g: i32, b: i32): i32 {
  const at = nearest + (<usize>(((r >> 2) << 12) | ((g >> 2) << 6) | (b >> 2)) << 1)
  let known = <u32>load<u16>(at)
  if (known == 0) {
    known = look((r & ~3) + 2, (g & ~3) + 2, (b & ~3) + 2)
    store<u16>(at, <u16>known)
  }
  const index = <i32>(known & 0x1ff) - 1
  return known & UNSURE ? closest(r, g, b, index) : index
}

/** Of more pixels than so many a third is enough to know an error by. */
const MANY: usize = 4096

/**
 * How well the palette suits pixels it was not made of: their mean squared error over the three
 * channels; exactly 0 where an exact palette has every colour.
 */
export function paletteError(rgba: usize, pixels: usize, skip: usize): f64 {
  let sum: f64 = 0
  let counted: f64 = 0
  const stride: usize = exact || pixels <= MANY ? 1 : 3
  for (let i: usize = 0; i < pixels; i += stride) {
    if (skip != 0 && load<u8>(skip + i) != 0) continue
    const pixel = load<u32>(rgba + (i << 2))
    if (pixel >>> 31 == 0) continue
    counted++
    if (exact && entryOf(pixel) >= 0) continue
    const r = <i32>(pixel & 255)
    const g = <i32>((pixel >> 8) & 255)
    const b = <i32>((pixel >> 16) & 255)
    const index = indexNear(r, g, b)
    // An exact palette is left as soon as a colour is missing.
    sum += <f64>distance(load<u32>(colours + (<usize>index << 2)), r, g, b) / 3 + (exact ? 1e6 : 0)
  }
  return counted > 0 ? sum / counted : 0
}

/** The largest difference of a channel to the pixels before and above. */
// @ts-ignore: decorator
@inline
function unrest(pixel: u32, before: u32, above: u32): i32 {
  let most = 0
  for (let at = 0; at < 24; at += 8) {
    const value = <i32>((pixel >> at) & 255)
    most = max(most, max(abs(value - <i32>((before >> at) & 255)), abs(value - <i32>((above >> at) & 255))))
  }
  return most
}

/**
 * Maps pixels to indices. `skip` as in `paletteCount`; such pixels, and transparent ones, become
 * `transparent`. `strength` of the diffusion: 0 none … 256 all of the error; it fades out where neighbours are
 * `calm` apart, for there no band can be seen. Rows go to and fro.
 */
export function paletteMap(
  rgba: usize,
  width: i32,
  height: i32,
  skip: usize,
  transparent: i32,
  strength: i32,
  calm: i32,
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
        store<u8>(to + at, <u8>entryOf(pixel))
        continue
      }
      const before = x > 0 ? load<u32>(rgba + ((at - 1) << 2)) : pixel
      const above = y > 0 ? load<u32>(rgba + ((at - width) << 2)) : pixel
      const part = (strength * max(0, calm - unrest(pixel, before, above))) / calm
      const error = here + <usize>(x + 1) * 12
      let r = <i32>(pixel & 255)
      let g = <i32>((pixel >> 8) & 255)
      let b = <i32>((pixel >> 16) & 255)
      if (part > 0) {
        r = min(255, max(0, r + ((load<i32>(error) + 8) >> 4)))
        g = min(255, max(0, g + ((load<i32>(error, 4) + 8) >> 4)))
        b = min(255, max(0, b + ((load<i32>(error, 8) + 8) >> 4)))
      }
      const index = indexNear(r, g, b)
      store<u8>(to + at, <u8>index)
      if (part == 0) continue
      const colour = load<u32>(colours + (<usize>index << 2))
      const ahead = error + <usize>(step * 12)
      const under = below + <usize>(x + 1) * 12
      for (let c = 0; c < 3; c++) {
        const wanted = c == 0 ? r : c == 1 ? g : b
        const e = ((wanted - <i32>((colour >> (c << 3)) & 255)) * part) >> 8
        const o = <usize>c << 2
        store<i32>(ahead + o, load<i32>(ahead + o) + e * 7)
        store<i32>(under - step * 12 + o, load<i32>(under - step * 12 + o) + e * 3)
        store<i32>(under + o, load<i32>(under + o) + e * 5)
        store<i32>(under + step * 12 + o, load<i32>(under + step * 12 + o) + e)
      }
    }
  }
}
