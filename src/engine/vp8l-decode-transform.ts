// Inverse transforms of VP8L (RFC 9649 §3.5), each on one row of ARGB words.

/** Means of bytes, rounded down. */
// @ts-ignore: decorator
@inline
function average(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)))
}

/** |a - b| of bytes. */
// @ts-ignore: decorator
@inline
function distance(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a))
}

/** Sums of the four bytes of each word, in its upper half; the lower half is less than 511. */
// @ts-ignore: decorator
@inline
function sums(bytes: v128): v128 {
  const pairs = i16x8.add(v128.and(bytes, i16x8.splat(255)), i16x8.shr_u(bytes, 8))
  return i32x4.add(pairs, i32x4.shl(pairs, 16))
}

// @ts-ignore: decorator
@inline
function words(bytes: v128): v128 {
  return i16x8.extend_low_i8x16_u(bytes)
}

/**
 * Adds predictions to a row. `modes`: a byte for each block of 2^bits pixels; `above`: the row before with room for
 * one pixel more, 0 for the first row. Works on up to three pixels past the row's end.
 */
export function vp8lPredict(row: usize, above: usize, width: i32, modes: usize, bits: i32): void {
  if (above == 0) {
    // Black, then what is left.
    v128.store32_lane(row, i8x16.add(v128.load32_zero(row), i32x4.splat(0xff000000)), 0)
    predictLeft(row + 4, row + (<usize>width << 2))
    return
  }
  const first = i8x16.add(v128.load32_zero(row), v128.load32_zero(above))
  v128.store32_lane(row, first, 0)
  // Right above the last pixel's neighbour stands this row's first.
  v128.store32_lane(above + (<usize>width << 2), first, 0)
  for (let x = 1; x < width; ) {
    const block = x >> bits
    const end = min(width, (block + 1) << bits)
    const at = row + (<usize>x << 2)
    predictBlock(load<u8>(modes + block), at, above + (<usize>x << 2), row + (<usize>end << 2))
    x = end
  }
}

/** Sums from left to right. */
function predictLeft(at: usize, end: usize): void {
  let left = v128.load32_splat(at - 4)
  for (; at + 16 <= end; at += 16) {
    let sum = v128.load(at)
    const zero = i32x4.splat(0)
    sum = i8x16.add(sum, v128.shuffle<i32>(zero, sum, 0, 4, 5, 6))
    sum = i8x16.add(sum, v128.shuffle<i32>(zero, sum, 0, 1, 4, 5))
    sum = i8x16.add(sum, left)
    v128.store(at, sum)
    left = v128.shuffle<i32>(sum, sum, 3, 3, 3, 3)
  }
  for (; at < end; at += 4) {
    left = i8x16.add(left, v128.load32_zero(at))
    v128.store32_lane(at, left, 0)
  }
}

/** Pixels from `at` to `end` by one mode (§3.5.1); `up` is right above them. */
function predictBlock(mode: i32, at: usize, up: usize, end: usize): void {
  // Modes that don't look left take four pixels at a time; those past the end are made good by what comes next.
  switch (mode) {
    case 1:
      return predictLeft(at, end)
    case 2:
      return predictAbove(at, up, end)
    case 3:
      return predictAbove(at, up + 4, end)
    case 4:
      return predictAbove(at, up - 4, end)
    case 5:
      return predictMean(at, up, end, up + 4, true)
    case 6:
      return predictMean(at, up - 4, end, 0, false)
    case 7:
      return predictMean(at, up, end, 0, false)
    case 8:
      return predictMeanAbove(at, up - 4, up, end)
    case 9:
      return predictMeanAbove(at, up, up + 4, end)
    case 10:
      return predictMeans(at, up, end)
    case 11:
      return predictSelect(at, up, end)
    case 12:
      return predictGradient(at, up, end)
    case 13:
      return predictHalfGradient(at, up, end)
    default:
      return predictBlack(at, end)
  }
}

/** The lanes of four words that lie before `end`. */
// @ts-ignore: decorator
@inline
function put(at: usize, end: usize, pixels: v128): void {
  if (at + 16 <= end) {
    v128.store(at, pixels)
    return
  }
  v128.store32_lane(at, pixels, 0)
  if (at + 4 < end) v128.store32_lane(at, pixels, 1, 4)
  if (at + 8 < end) v128.store32_lane(at, pixels, 2, 8)
}

function predictBlack(at: usize, end: usize): void {
  for (; at < end; at += 16) put(at, end, i8x16.add(v128.load(at), i32x4.splat(0xff000000)))
}

function predictAbove(at: usize, up: usize, end: usize): void {
  for (; at < end; at += 16, up += 16) put(at, end, i8x16.add(v128.load(at), v128.load(up)))
}

function predictMeanAbove(at: usize, a: usize, b: usize, end: usize): void {
  for (; at < end; at += 16, a += 16, b += 16) {
    put(at, end, i8x16.add(v128.load(at), average(v128.load(a), v128.load(b))))
  }
}

/** The mean of the left pixel and one above; where `twice`, first with `other`, then with that above. */
// @ts-ignore: decorator
@inline
function predictMean(at: usize, up: usize, end: usize, other: usize, twice: bool): void {
  let left = v128.load32_zero(at - 4)
  for (; at < end; at += 4, up += 4) {
    let mean = left
    if (twice) {
      mean = average(mean, v128.load32_zero(other))
      other += 4
    }
    left = i8x16.add(average(mean, v128.load32_zero(up)), v128.load32_zero(at))
    v128.store32_lane(at, left, 0)
  }
}

/** The mean of the means of left and top left, and of top and top right. */
function predictMeans(at: usize, up: usize, end: usize): void {
  let left = v128.load32_zero(at - 4)
  for (; at < end; at += 4, up += 4) {
    const tops = average(v128.load32_zero(up), v128.load32_zero(up + 4))
    left = i8x16.add(average(average(left, v128.load32_zero(up - 4)), tops), v128.load32_zero(at))
    v128.store32_lane(at, left, 0)
  }
}

/** Whichever of top and left is nearer to left + top − top left. Each pixel waits for the one before: few steps do. */
function predictSelect(at: usize, up: usize, end: usize): void {
  let left = v128.load32_zero(at - 4)
  for (; at < end; at += 4, up += 4) {
    const top = v128.load32_zero(up)
    const corner = v128.load32_zero(up - 4)
    const residual = v128.load32_zero(at)
    // More than this in the upper half, whatever the lower one has.
    const limit = v128.or(sums(distance(top, corner)), i32x4.splat(0xffff))
    const takesLeft = i32x4.gt_s(sums(distance(left, corner)), limit)
    const fromTop = i8x16.add(top, residual)
    const change = v128.xor(i8x16.add(left, residual), fromTop)
    left = v128.xor(fromTop, v128.and(change, takesLeft))
    v128.store32_lane(at, left, 0)
  }
}

/** left + top − top left, clipped. */
function predictGradient(at: usize, up: usize, end: usize): void {
  let left = words(v128.load32_zero(at - 4))
  for (; at < end; at += 4, up += 4) {
    const rise = i16x8.sub(words(v128.load32_zero(up)), words(v128.load32_zero(up - 4)))
    const sum = i16x8.add(left, rise)
    const pixel = i8x16.add(i8x16.narrow_i16x8_u(sum, sum), v128.load32_zero(at))
    v128.store32_lane(at, pixel, 0)
    left = words(pixel)
  }
}

/** The mean of left and top, and half of what that differs from top left, clipped. */
function predictHalfGradient(at: usize, up: usize, end: usize): void {
  let left = words(v128.load32_zero(at - 4))
  for (; at < end; at += 4, up += 4) {
    const mean = i16x8.shr_u(i16x8.add(left, words(v128.load32_zero(up))), 1)
    const difference = i16x8.sub(mean, words(v128.load32_zero(up - 4)))
    // Halved towards zero.
    const half = i16x8.shr_s(i16x8.add(difference, i16x8.shr_u(difference, 15)), 1)
    const sum = i16x8.add(mean, half)
    const pixel = i8x16.add(i8x16.narrow_i16x8_u(sum, sum), v128.load32_zero(at))
    v128.store32_lane(at, pixel, 0)
    left = words(pixel)
  }
}

/** Gives red and blue back what green and red foretell of them, by factors for each block. */
export function vp8lColour(row: usize, width: i32, factors: usize, bits: i32): void {
  const colours = i32x4.splat(0x00ff00ff)
  for (let x = 0; x < width; factors += 4) {
    const end = min(width, ((x >> bits) + 1) << bits)
    const by = load<u32>(factors)
    // Of green to blue and to red, of red to blue: signed, 5 bits behind the point.
    const byGreen = i32x4.splat((<i32><i8>(by >> 8) & 0xffff) | (<i32><i8>by << 16))
    const byRed = i32x4.splat(<i32><i8>(by >> 16) & 0xffff)
    for (; x < end; x += 4) {
      const at = row + (<usize>x << 2)
      const argb = v128.load(at)
      const green = i16x8.shr_s(i8x16.swizzle(argb, i8x16(1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13)), 8)
      const foretold = i16x8.shr_s(i16x8.mul(green, byGreen), 5)
      const half = i8x16.add(argb, v128.and(foretold, colours))
      const red = i32x4.shr_s(i32x4.shl(half, 8), 24)
      const rest = v128.and(i16x8.shr_s(i16x8.mul(red, byRed), 5), i32x4.splat(0xff))
      put(at, row + (<usize>end << 2), i8x16.add(half, rest))
    }
    x = end
  }
}

/** Adds green to red and blue. Works on up to three pixels past the row's end. */
export function vp8lGreen(row: usize, width: i32): void {
  const end = row + (<usize>width << 2)
  // Green is the second byte of four.
  const greens = i8x16(1, -1, 1, -1, 5, -1, 5, -1, 9, -1, 9, -1, 13, -1, 13, -1)
  for (let at = row; at < end; at += 16) {
    const argb = v128.load(at)
    v128.store(at, i8x16.add(argb, i8x16.swizzle(argb, greens)))
  }
}

/** Looks colours up in a palette of 256 words; 2^bits indices stand in one green. */
export function vp8lPalette(from: usize, to: usize, width: i32, palette: usize, bits: i32): void {
  const depth = 8 >> bits
  const most: u32 = (1 << depth) - 1
  for (let x = 0; x < width; from += 4) {
    let green = <u32>load<u8>(from, 1)
    for (const end = min(width, x + (1 << bits)); x < end; x++, to += 4) {
      store<u32>(to, load<u32>(palette + (<usize>(green & most) << 2)))
      green >>= depth
    }
  }
}
