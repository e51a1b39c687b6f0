// Between the engine's rows (1–4 bands) and the RGBA that whole-frame codecs speak.

/** RGBA to RGB, `pixels` of them; writes up to 16 bytes past the end, inside the arena's slack. */
export function frameDropAlpha(from: usize, to: usize, pixels: usize): void {
  let i: usize = 0
  for (; i + 4 <= pixels; i += 4) {
    const rgba = v128.load(from + i * 4)
    v128.store(
      to + i * 3,
      v128.shuffle<u8>(rgba, rgba, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15),
    )
  }
  for (; i < pixels; i++) {
    store<u16>(to + i * 3, load<u16>(from + i * 4))
    store<u8>(to + i * 3, load<u8>(from + i * 4, 2), 2)
  }
}

/** Rows of 1, 2 or 3 bands to RGBA, opaque where there was no alpha; reads into the slack. */
export function frameAddAlpha(from: usize, bands: i32, to: usize, pixels: usize): void {
  let i: usize = 0
  if (bands == 3) {
    const opaque = i32x4.splat(0xff000000)
    for (; i + 4 <= pixels; i += 4) {
      const rgb = v128.load(from + i * 3)
      const rgba = v128.shuffle<u8>(rgb, rgb, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12)
      v128.store(to + i * 4, v128.or(rgba, opaque))
    }
    for (; i < pixels; i++) {
      store<u16>(to + i * 4, load<u16>(from + i * 3))
      store<u16>(to + i * 4, <u16>load<u8>(from + i * 3, 2) | 0xff00, 2)
    }
  } else if (bands == 2) {
    for (; i < pixels; i++) {
      const pair = <u32>load<u16>(from + i * 2)
      store<u32>(to + i * 4, ((pair & 0xff) * 0x10101) | ((pair & 0xff00) << 16))
    }
  } else {
    for (; i < pixels; i++) store<u32>(to + i * 4, (<u32>load<u8>(from + i) * 0x10101) | 0xff000000)
  }
}

/** Samples of `depth` bits (9–16, in 16-bit numbers) to 8 bits in place, rounded. */
export function frameNarrow(at: usize, samples: usize, depth: i32): void {
  const most = <u32>(1 << depth) - 1
  for (let i: usize = 0; i < samples; i++) {
    const value = <u32>load<u16>(at + i * 2)
    store<u8>(at + i, <u8>((min(value, most) * 510 + most) / (2 * most)))
  }
}

/** Samples of `depth` bits (9–15, in 16-bit numbers) to 16 bits in place, rounded. */
export function frameWiden(at: usize, samples: usize, depth: i32): void {
  const most = <u32>(1 << depth) - 1
  for (let i: usize = 0; i < samples; i++) {
    const value = min(<u32>load<u16>(at + i * 2), most)
    store<u16>(at + i * 2, <u16>((<u64>value * 131070 + most) / (2 * most)))
  }
}

/** Samples of fewer than 8 bits, a byte each, to 8 bits in place, rounded. */
export function frameStretch(at: usize, samples: usize, depth: i32): void {
  const most = <u32>(1 << depth) - 1
  for (let i: usize = 0; i < samples; i++) {
    const value = min(<u32>load<u8>(at + i), most)
    store<u8>(at + i, <u8>((value * 510 + most) / (2 * most)))
  }
}

/** RGBA whose colours were multiplied by alpha, of 8 or 16 bits, as they were before; in place. */
export function frameUnmultiply(at: usize, pixels: usize, depth: i32): void {
  const bytes: usize = depth == 16 ? 2 : 1
  const most: u32 = depth == 16 ? 65535 : 255
  for (let i: usize = 0; i < pixels; i++, at += 4 * bytes) {
    const alpha = sample(at + 3 * bytes, depth)
    if (alpha == most || alpha == 0) continue
    for (let band: usize = 0; band < 3; band++) {
      const value = <u32>((<u64>sample(at + band * bytes, depth) * most * 2 + alpha) / (2 * alpha))
      if (depth == 16) store<u16>(at + band * bytes, <u16>min(value, most))
      else store<u8>(at + band * bytes, <u8>min(value, most))
    }
  }
}

// @ts-ignore: decorator
@inline
function sample(at: usize, depth: i32): u32 {
  return depth == 16 ? <u32>load<u16>(at) : <u32>load<u8>(at)
}

/** RGBA of 8 or 16 bits to fewer bands: the first, the first and alpha, or three. */
export function framePick(from: usize, to: usize, pixels: usize, bands: i32, depth: i32): void {
  for (let i: usize = 0; i < pixels; i++) {
    for (let band = 0; band < bands; band++) {
      const place = bands == 2 && band == 1 ? 3 : band
      if (depth == 16) store<u16>(to + band * 2, load<u16>(from + place * 2))
      else store<u8>(to + band, load<u8>(from + place))
    }
    from += depth == 16 ? 8 : 4
    to += depth == 16 ? bands << 1 : bands
  }
}
