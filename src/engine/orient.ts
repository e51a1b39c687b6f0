// Turning a frame by any of the eight orientations while its rows come in.
//
// An orientation is three bits applied in this order: 4 transpose (swap x and y), 1 mirror the columns,
// 2 mirror the rows. EXIF Orientation and rotate/flip both become such a code in src/image/geometry.ts.

/** Rows and columns of a block that is turned at once, so that both sides stay in the cache. */
const BLOCK: i32 = 32

/**
 * Places `count` source rows, of which the first is row `top` of a `width` × `height` frame, into the
 * turned frame at `to`.
 */
export function orientRows(
  from: usize,
  fromStride: i32,
  top: i32,
  count: i32,
  width: i32,
  height: i32,
  bands: i32,
  code: i32,
  to: usize,
  toStride: i32,
): void {
  const transpose = (code & 4) != 0
  const mirrorX = (code & 1) != 0
  const mirrorY = (code & 2) != 0
  if (!transpose) {
    for (let y = 0; y < count; y++) {
      const row = mirrorY ? height - 1 - (top + y) : top + y
      const target = to + <usize>row * toStride
      const source = from + <usize>y * fromStride
      if (mirrorX) reverseRow(source, target, width, bands)
      else memory.copy(target, source, width * bands)
    }
    return
  }
  // Source (x, y) goes to row x, column y of the transposed frame, then is mirrored.
  for (let blockX = 0; blockX < width; blockX += BLOCK) {
    const endX = min(blockX + BLOCK, width)
    for (let blockY = 0; blockY < count; blockY += BLOCK) {
      const endY = min(blockY + BLOCK, count)
      for (let x = blockX; x < endX; x++) {
        const row = mirrorY ? width - 1 - x : x
        let source = from + <usize>blockY * fromStride + x * bands
        const column = mirrorX ? height - 1 - (top + blockY) : top + blockY
        let target = to + <usize>row * toStride + column * bands
        const step = mirrorX ? -bands : bands
        if (bands == 3) {
          for (let y = blockY; y < endY; y++) {
            store<u16>(target, load<u16>(source))
            store<u8>(target, load<u8>(source, 2), 2)
            source += fromStride
            target += step
          }
        } else if (bands == 4) {
          for (let y = blockY; y < endY; y++) {
            store<u32>(target, load<u32>(source))
            source += fromStride
            target += step
          }
        } else if (bands == 1) {
          for (let y = blockY; y < endY; y++) {
            store<u8>(target, load<u8>(source))
            source += fromStride
            target += step
          }
        } else {
          for (let y = blockY; y < endY; y++) {
            store<u16>(target, load<u16>(source))
            source += fromStride
            target += step
          }
        }
      }
    }
  }
}

/** Writes a row's pixels from right to left; `to` may not overlap `from`. */
function reverseRow(from: usize, to: usize, width: i32, bands: i32): void {
  let target = to + (width - 1) * bands
  for (let x = 0; x < width; x++) {
    for (let b = 0; b < bands; b++) store<u8>(target + b, load<u8>(from + b))
    from += bands
    target -= bands
  }
}
