// PNG's filters (third edition §9) on the way out, sixteen bytes at a time: the row as it was is at
// hand, so no byte waits for its neighbour. Rows have at least 16 zero bytes before them.

// @ts-ignore: decorator of AssemblyScript
@inline
function guess(filter: i32, row: usize, above: usize, i: usize, bpp: usize): v128 {
  if (filter == 1) return v128.load(row + i - bpp)
  if (filter == 2) return v128.load(above + i)
  const a = v128.load(row + i - bpp)
  const b = v128.load(above + i)
  if (filter == 3) return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)))
  return paeth(a, b, v128.load(above + i - bpp))
}

/**
 * Paeth's predictor in bytes. With pa = |b - c| and pb = |a - c|, pc = |(b - c) + (a - c)| is their
 * difference where c lies between a and b; elsewhere their sum, never below either.
 */
// @ts-ignore: decorator of AssemblyScript
@inline
function paeth(a: v128, b: v128, c: v128): v128 {
  const pa = i8x16.sub(i8x16.max_u(b, c), i8x16.min_u(b, c))
  const pb = i8x16.sub(i8x16.max_u(a, c), i8x16.min_u(a, c))
  const near = i8x16.min_u(pa, pb)
  const far = i8x16.max_u(pa, pb)
  // Where a and b lie on the same side of c, 255: more than either.
  const same = i8x16.eq(i8x16.eq(i8x16.max_u(b, c), b), i8x16.eq(i8x16.max_u(c, a), a))
  const pc = v128.or(same, i8x16.sub(far, near))
  const notLeft = v128.or(i8x16.gt_u(pa, pb), i8x16.gt_u(pa, pc))
  const corner = i8x16.gt_u(pb, pc)
  return v128.bitselect(v128.bitselect(c, b, corner), a, notLeft)
}

/** Sum of the filtered bytes taken as signed, without their signs: libpng's measure of a filter. */
// @ts-ignore: decorator of AssemblyScript
@inline
function weigh(filter: i32, row: usize, above: usize, bytes: usize, bpp: usize, limit: u32): u32 {
  let sum = i64x2.splat(0)
  let total: u32 = 0
  let i: usize = 0
  while (i + 16 <= bytes) {
    // In runs of 4 KB: a filter that is already beaten needs no more of them.
    const stop = min(bytes & ~15, i + 4096)
    for (; i < stop; i += 16) {
      let v = v128.load(row + i)
      if (filter != 0) v = i8x16.sub(v, guess(filter, row, above, i, bpp))
      sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(i8x16.abs(v))))
    }
    total =
      i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
    if (total >= limit) return total
  }
  if (i < bytes) {
    let v = v128.load(row + i)
    if (filter != 0) v = i8x16.sub(v, guess(filter, row, above, i, bpp))
    v = v128.and(i8x16.abs(v), i8x16.lt_u(indices(), i8x16.splat(<i8>(bytes - i))))
    const last = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v))
    total +=
      i32x4.extract_lane(last, 0) + i32x4.extract_lane(last, 1) + i32x4.extract_lane(last, 2) + i32x4.extract_lane(last, 3)
  }
  return total
}

// @ts-ignore: decorator of AssemblyScript
@inline
function indices(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}

// @ts-ignore: decorator of AssemblyScript
@inline
function write(filter: i32, to: usize, row: usize, above: usize, bytes: usize, bpp: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + i, i8x16.sub(v128.load(row + i), guess(filter, row, above, i, bpp)))
  }
}

/** The filter that leaves the least: 0 None, 1 Sub, 2 Up, 3 Average, 4 Paeth. */
export function pngEncBestFilter(row: usize, above: usize, bytes: usize, bpp: usize): i32 {
  let best = 4
  let least = weigh(4, row, above, bytes, bpp, 0xffffffff)
  let other = weigh(1, row, above, bytes, bpp, least)
  if (other < least) {
    least = other
    best = 1
  }
  other = weigh(2, row, above, bytes, bpp, least)
  if (other < least) {
    least = other
    best = 2
  }
  other = weigh(3, row, above, bytes, bpp, least)
  if (other < least) {
    least = other
    best = 3
  }
  other = weigh(0, row, above, bytes, bpp, least)
  return other < least ? 0 : best
}

/** Writes the filter's byte and the filtered row to `to`; up to 15 bytes beyond are overwritten. */
export function pngEncFilter(filter: i32, to: usize, row: usize, above: usize, bytes: usize, bpp: usize): void {
  store<u8>(to, filter)
  to++
  if (filter == 0) memory.copy(to, row, bytes)
  else if (filter == 1) write(1, to, row, above, bytes, bpp)
  else if (filter == 2) write(2, to, row, above, bytes, bpp)
  else if (filter == 3) write(3, to, row, above, bytes, bpp)
  else write(4, to, row, above, bytes, bpp)
}
