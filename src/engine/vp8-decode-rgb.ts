// A row of YCbCr 4:2:0 to RGB as libwebp does it, to the bit: chroma by its triangle filter
// ("fancy upsampling"), colours by BT.601 of limited range in its fixed point.

// @ts-ignore: decorator
@inline
function clip(value: i32): i32 {
  // 6 bits below the point.
  return min(max(value, 0) >> 6, 255)
}

/** A pixel; chroma as `u | v << 16`. */
// @ts-ignore: decorator
@inline
function put(y: i32, uv: u32, to: usize): void {
  const u = <i32>(uv & 255)
  const v = <i32>(uv >> 16)
  const l = (y * 19077) >> 8
  const r = clip(l + ((v * 26149) >> 8) - 14234)
  const g = clip(l - ((u * 6419) >> 8) - ((v * 13320) >> 8) + 8708)
  const b = clip(l + ((u * 33050) >> 8) - 17685)
  store<u32>(to, r | (g << 8) | (b << 16) | 0xff000000)
}

// @ts-ignore: decorator
@inline
function uvAt(u: usize, v: usize, x: usize): u32 {
  return <u32>load<u8>(u + x) | (<u32>load<u8>(v + x) << 16)
}

/**
 * Converts a row; `near` is its own row of chroma and `far` the next nearest. Writes 3 or 4 bands,
 * and up to a byte past the end of 3.
 */
export function vp8RowToRgb(
  y: usize,
  nearU: usize,
  farU: usize,
  nearV: usize,
  farV: usize,
  width: i32,
  bands: usize,
  to: usize,
): void {
  let near = uvAt(nearU, nearV, 0)
  let far = uvAt(farU, farV, 0)
  put(load<u8>(y), ((3 * near + far + 0x00020002) >> 2) & 0xff00ff, to)
  const pairs = <usize>((width - 1) >> 1)
  for (let x: usize = 1; x <= pairs; x++) {
    const nextNear = uvAt(nearU, nearV, x)
    const nextFar = uvAt(farU, farV, x)
    const sum = near + nextNear + far + nextFar + 0x00080008
    const rising = ((sum + 2 * (nextNear + far)) >> 3) & 0x1fff1fff
    const falling = ((sum + 2 * (near + nextFar)) >> 3) & 0x1fff1fff
    const at: usize = 2 * x - 1
    put(load<u8>(y + at), ((rising + near) >> 1) & 0xff00ff, to + at * bands)
    put(load<u8>(y + at, 1), ((falling + nextNear) >> 1) & 0xff00ff, to + (at + 1) * bands)
    near = nextNear
    far = nextFar
  }
  if (!(width & 1)) {
    const at = <usize>width - 1
    put(load<u8>(y + at), ((3 * near + far + 0x00020002) >> 2) & 0xff00ff, to + at * bands)
  }
}

/** Converts a row whose chroma has the width of its luma. */
export function vp8PlainRowToRgb(y: usize, u: usize, v: usize, width: i32, bands: usize, to: usize): void {
  for (let x: usize = 0; x < <usize>width; x++) put(load<u8>(y + x), uvAt(u, v, x), to + x * bands)
}
