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

/** How many pixels are not opaque. */
export function diffSoft(rgba: usize, pixels: usize): i32 {
  let soft = 0
  for (let i: usize = 0; i < pixels; i++) soft += load<u8>(rgba + (i << 2), 3) != 255 ? 1 : 0
  return soft
}

/**
 * Gives pixels of `after` that differ from `before` by at most `most` in each colour, as far as alpha lets it be
 * seen, and not in alpha, the value they had before.
 */
export function diffSettle(before: usize, after: usize, pixels: usize, most: i32): void {
  for (const end = after + (pixels << 2); after < end; before += 4, after += 4) {
    const a = load<u32>(before)
    const b = load<u32>(after)
    if (a == b || a >>> 24 != b >>> 24) continue
    const red = abs(<i32>(a & 255) - <i32>(b & 255))
    const green = abs(<i32>((a >> 8) & 255) - <i32>((b >> 8) & 255))
    const blue = abs(<i32>((a >> 16) & 255) - <i32>((b >> 16) & 255))
    if (max(red, max(green, blue)) * <i32>(a >>> 24) <= most * 255) store<u32>(after, a)
  }
}
