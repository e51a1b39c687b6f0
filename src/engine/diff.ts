// What changes from one frame of an animation to the next, over RGBA pixels.

/** Makes alpha all or nothing: below 128 a pixel is cleared, else it is opaque. */
export function diffThreshold(rgba: usize, pixels: usize): void {
  for (let i: usize = 0; i < pixels; i++) {
    const pixel = load<u32>(rgba + (i << 2))
    store<u32>(rgba + (i << 2), pixel >>> 31 == 0 ? 0 : pixel | 0xff000000)
  }
}

/** Clears the colour of wholly transparent pixels, so that they are all alike. */
export function diffClear(rgba: usize, pixels: usize): void {
  for (let i: usize = 0; i < pixels; i++) {
    if (load<u8>(rgba + (i << 2), 3) == 0) store<u32>(rgba + (i << 2), 0)
  }
}

/**
 * Writes the bounds of the pixels that differ to `to`, as four i32: left, top, and right and
 * bottom exclusive; all 0 where nothing does.
 */
export function diffBounds(before: usize, after: usize, width: i32, height: i32, to: usize): void {
  let left = width
  let right = 0
  let top = -1
  let bottom = 0
  const stride = <usize>width << 2
  for (let y = 0; y < height; y++) {
    const a = before + <usize>y * stride
    const b = after + <usize>y * stride
    if (memory.compare(a, b, stride) == 0) continue
    if (top < 0) top = y
    bottom = y + 1
    let x = 0
    while (load<u32>(a + (<usize>x << 2)) == load<u32>(b + (<usize>x << 2))) x++
    left = min(left, x)
    x = width - 1
    while (load<u32>(a + (<usize>x << 2)) == load<u32>(b + (<usize>x << 2))) x--
    right = max(right, x + 1)
  }
  store<i32>(to, top < 0 ? 0 : left)
  store<i32>(to, top < 0 ? 0 : top, 4)
  store<i32>(to, right, 8)
  store<i32>(to, bottom, 12)
}

/** As `diffBounds`, of the pixels that are not transparent. */
export function diffOpaque(rgba: usize, width: i32, height: i32, to: usize): void {
  let left = width
  let right = 0
  let top = -1
  let bottom = 0
  for (let y = 0; y < height; y++) {
    const row = rgba + (<usize>(y * width) << 2)
    let x = 0
    while (x < width && load<u8>(row + (<usize>x << 2), 3) == 0) x++
    if (x == width) continue
    if (top < 0) top = y
    bottom = y + 1
    left = min(left, x)
    x = width - 1
    while (load<u8>(row + (<usize>x << 2), 3) == 0) x--
    right = max(right, x + 1)
  }
  store<i32>(to, top < 0 ? 0 : left)
  store<i32>(to, top < 0 ? 0 : top, 4)
  store<i32>(to, right, 8)
  store<i32>(to, bottom, 12)
}

/** Whether a pixel that was opaque becomes transparent (after `diffThreshold`). */
export function diffErases(before: usize, after: usize, pixels: usize): i32 {
  for (let i: usize = 0; i < pixels; i++) {
    if (load<u32>(before + (i << 2)) != 0 && load<u32>(after + (i << 2)) == 0) return 1
  }
  return 0
}

/**
 * Copies a rectangle of `after` to `to` without gaps, and writes a mask: 1 where the pixel is as
 * it was before, or transparent. Returns how many pixels the mask leaves out.
 */
export function diffCut(
  before: usize,
  after: usize,
  width: i32,
  x: i32,
  y: i32,
  w: i32,
  h: i32,
  to: usize,
  mask: usize,
): i32 {
  let same = 0
  for (let row = 0; row < h; row++) {
    const from = (<usize>(y + row) * width + x) << 2
    memory.copy(to + ((<usize>row * w) << 2), after + from, <usize>w << 2)
    for (let i = 0; i < w; i++) {
      const pixel = load<u32>(after + from + (<usize>i << 2))
      const out = pixel == 0 || pixel == load<u32>(before + from + (<usize>i << 2))
      store<u8>(mask + <usize>row * w + i, out ? 1 : 0)
      same += out ? 1 : 0
    }
  }
  return same
}

/** Writes a mask of the transparent pixels; returns how many there are. */
export function diffMask(rgba: usize, pixels: usize, mask: usize): i32 {
  let transparent = 0
  for (let i: usize = 0; i < pixels; i++) {
    const out = load<u32>(rgba + (i << 2)) == 0
    store<u8>(mask + i, out ? 1 : 0)
    transparent += out ? 1 : 0
  }
  return transparent
}

/**
 * Draws a rectangle of RGBA onto a canvas: over what is there (straight alpha, in libwebp's
 * arithmetic), or in its place.
 */
export function diffDraw(from: usize, w: i32, h: i32, canvas: usize, width: i32, x: i32, y: i32, blend: i32): void {
  for (let row = 0; row < h; row++) {
    const source = from + ((<usize>row * w) << 2)
    const to = canvas + ((<usize>(y + row) * width + x) << 2)
    if (!blend) {
      memory.copy(to, source, <usize>w << 2)
      continue
    }
    for (let i: usize = 0; i < <usize>w << 2; i += 4) {
      const pixel = load<u32>(source + i)
      const a = pixel >>> 24
      if (a == 0) continue
      if (a == 255) {
        store<u32>(to + i, pixel)
        continue
      }
      const below = load<u32>(to + i)
      const rest = ((below >>> 24) * (256 - a)) >> 8
      const sum = a + rest
      const scale = (1 << 24) / sum
      let out = sum << 24
      for (let shift = 0; shift < 24; shift += 8) {
        const mixed = ((pixel >> shift) & 255) * a + ((below >> shift) & 255) * rest
        out |= <u32>((<u64>mixed * scale) >> 24) << shift
      }
      store<u32>(to + i, out)
    }
  }
}

/** Clears the pixels that a mask leaves out. Returns how many of the others are not opaque. */
export function diffPunch(rgba: usize, pixels: usize, mask: usize): i32 {
  let soft = 0
  for (let i: usize = 0; i < pixels; i++) {
    if (load<u8>(mask + i) != 0) store<u32>(rgba + (i << 2), 0)
    else if (load<u8>(rgba + (i << 2), 3) != 255) soft++
  }
  return soft
}

/**
 * Narrows a mask to the blocks of 8 × 8 pixels that it leaves out as a whole: lossy coding can't gain from less,
 * and their alpha costs little. Returns how many pixels are left out.
 */
export function diffBlocks(mask: usize, w: i32, h: i32): i32 {
  let out = 0
  for (let top = 0; top < h; top += 8) {
    for (let left = 0; left < w; left += 8) {
      const right = min(left + 8, w)
      const bottom = min(top + 8, h)
      let whole = true
      for (let y = top; y < bottom && whole; y++) {
        for (let x = left; x < right && whole; x++) whole = load<u8>(mask + <usize>(y * w + x)) != 0
      }
      if (whole) out += (right - left) * (bottom - top)
      else for (let y = top; y < bottom; y++) memory.fill(mask + <usize>(y * w + left), 0, right - left)
    }
  }
  return out
}

/**
 * Gives each pixel the first of the colours before it that differs by at most `most` in each channel, and so few
 * colours to what was resampled. Returns how many there are; from 256 on, the rest stays as it is. `table` takes 1024 bytes.
 */
export function diffMerge(rgba: usize, pixels: usize, most: i32, table: usize): i32 {
  const near = i8x16.splat(<i8>most)
  let count = 0
  let last: u32 = 0
  let merged: u32 = 0
  for (const end = rgba + (pixels << 2); rgba < end; rgba += 4) {
    const pixel = load<u32>(rgba)
    if (count == 0 || pixel != last) {
      last = pixel
      merged = pixel
      const wanted = i32x4.splat(pixel)
      let known = false
      for (let i = 0; i < count && !known; i += 4) {
        const four = v128.load(table + (<usize>i << 2))
        const apart = v128.or(i8x16.sub_sat_u(four, wanted), i8x16.sub_sat_u(wanted, four))
        const hits = i32x4.bitmask(i32x4.eq(i8x16.sub_sat_u(apart, near), i32x4.splat(0)))
        if (hits == 0) continue
        const place = i + <i32>ctz(hits)
        if (place >= count) break
        known = true
        merged = load<u32>(table + (<usize>place << 2))
      }
      if (!known) {
        if (count == 256) return count
        store<u32>(table + (<usize>count << 2), pixel)
        count++
      }
    }
    store<u32>(rgba, merged)
  }
  return count
}

/** The mean difference of a pixel's green to the one before it, in sixteenths. */
export function diffUnrest(rgba: usize, pixels: usize): i32 {
  let sum: u64 = 0
  let before = <i32>load<u8>(rgba, 1)
  for (let i: usize = 0; i < pixels; i++) {
    const green = <i32>load<u8>(rgba + (i << 2), 1)
    sum += abs(green - before)
    before = green
  }
  return <i32>((sum << 4) / pixels)
}

/** How many pixels are not opaque. */
export function diffSoft(rgba: usize, pixels: usize): i32 {
  let soft = 0
  for (let i: usize = 0; i < pixels; i++) soft += load<u8>(rgba + (i << 2), 3) != 255 ? 1 : 0
  return soft
}

/** The largest difference of two pixels' colours, times the first one's alpha. */
// @ts-ignore: decorator
@inline
function apart(a: u32, b: u32): i32 {
  const red = abs(<i32>(a & 255) - <i32>(b & 255))
  const green = abs(<i32>((a >> 8) & 255) - <i32>((b >> 8) & 255))
  const blue = abs(<i32>((a >> 16) & 255) - <i32>((b >> 16) & 255))
  return max(red, max(green, blue)) * <i32>(a >>> 24)
}

/**
 * Gives pixels of `after` the value that is shown already where they are as in the frame before, or differ from what is
 * shown by at most `most` in each colour, as far as alpha lets it be seen; or by that from the frame before, and by at
 * most `drift` from what is shown. Alpha must be as in the frame before, or as shown. The frame before becomes
 * `after` as it was.
 */
export function diffSettle(shown: usize, before: usize, after: usize, pixels: usize, most: i32, drift: i32): void {
  for (const end = after + (pixels << 2); after < end; shown += 4, before += 4, after += 4) {
    const a = load<u32>(shown)
    const b = load<u32>(after)
    const c = load<u32>(before)
    store<u32>(before, b)
    if (a == b) continue
    const still = b >>> 24 == c >>> 24
    if (!still && a >>> 24 != b >>> 24) continue
    const far = apart(b, a)
    const keeps = b == c || far <= most * 255 || (still && far <= drift * 255 && apart(b, c) <= most * 255)
    if (keeps) store<u32>(after, a)
  }
}
