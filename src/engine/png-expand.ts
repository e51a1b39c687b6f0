// From a row as PNG stores it to one as the pipeline wants it: samples of 8 bits (or 16, little
// endian, where asked for), palette looked up, the transparent colour of tRNS as alpha.
import { Stream } from './png-stream'

let depth: i32 = 8
/** Channels as stored: 1 to 4; a palette's index is one. */
let channels: i32 = 3
let palette: bool = false
/** Whether a tRNS colour makes an alpha channel. */
let keyed: bool = false
let wide: bool = false
const keys = memory.data(3 * 2, 16)
/** 256 × red, green, blue, alpha. */
const colors = memory.data(256 * 4, 16)
let colorBands: i32 = 3

/** Bands of a row once expanded. */
export function expandedBands(s: Stream): i32 {
  if (s.plain) return s.plain
  return palette ? colorBands : channels + i32(keyed)
}

/** Bits of a pixel as the file stores it. */
export function formatBits(): i32 {
  return depth * channels
}

/** Bits of a stored pixel of this reader's. */
export function storedBits(s: Stream): i32 {
  if (s.plain) return s.plain << 3
  return formatBits()
}

/** Bytes of a sample once expanded. */
export function sampleBytes(s: Stream): i32 {
  return i32(wide && !s.plain) + 1
}

/** Whether rows are of use as they are once unfiltered. */
export function expandsNothing(s: Stream): bool {
  return s.plain != 0 || (depth == 8 && !palette && !keyed)
}

/**
 * Says how rows are stored; the palette comes by `pngDecColor`.
 * @param asWide keep 16-bit samples; ignored for others
 * @param key 1: the samples red, green, blue (or grey as red) of tRNS are transparent
 */
export function pngDecFormat(
  bits: i32, stored: i32, indexed: i32, asWide: i32, key: i32, red: i32, green: i32, blue: i32,
): void {
  depth = bits
  channels = stored
  palette = indexed != 0
  colorBands = 3
  wide = asWide != 0 && bits == 16
  keyed = key != 0
  store<u16>(keys, <u16>red)
  store<u16>(keys, <u16>green, 2)
  store<u16>(keys, <u16>blue, 4)
  // Indices beyond the palette are black, as libpng shows them.
  for (let i = 0; i < 256; i++) store<u32>(colors + (i << 2), 0xff000000)
}

/** Sets palette entry `index` to 0xAABBGGRR; an alpha other than 255 anywhere makes four bands. */
export function pngDecColor(index: i32, color: u32, bands: i32): void {
  store<u32>(colors + (index << 2), color)
  colorBands = bands
}

/** Samples of 1, 2 or 4 bits, one to a byte, unscaled (third edition §7.2: leftmost in high bits). */
function unpack(to: usize, from: usize, pixels: i32): void {
  const perByte = 8 / depth
  const mask: u32 = (1 << depth) - 1
  for (let i = 0; i < pixels; i += perByte, from++) {
    let byte = <u32>load<u8>(from)
    for (let k = 8 - depth; k >= 0; k -= depth, to++) store<u8>(to, (byte >> k) & mask)
  }
}

/** Expands a row of `pixels`; `spare` has room for a byte (rounded up to eight) per pixel. */
export function pngDecExpand(to: usize, from: usize, pixels: i32, spare: usize): void {
  if (depth < 8) {
    unpack(spare, from, pixels)
    from = spare
  }
  if (palette) lookUp(to, from, pixels)
  else if (depth == 16) {
    if (wide) swap(to, from, pixels)
    else narrow(to, from, pixels)
  } else if (channels == 1) grey(to, from, pixels)
  else if (keyed) rgb(to, from, pixels)
  else memory.copy(to, from, pixels * channels)
}

function lookUp(to: usize, from: usize, pixels: i32): void {
  if (colorBands == 4) {
    for (let i = 0; i < pixels; i++, to += 4) store<u32>(to, load<u32>(colors + (<usize>load<u8>(from + i) << 2)))
  } else {
    for (let i = 0; i < pixels; i++, to += 3) store<u32>(to, load<u32>(colors + (<usize>load<u8>(from + i) << 2)))
  }
}

function grey(to: usize, from: usize, pixels: i32): void {
  const scale: u32 = 255 / ((1 << depth) - 1)
  const key = <u32>load<u16>(keys)
  for (let i = 0; i < pixels; i++) {
    const v = <u32>load<u8>(from + i)
    store<u8>(to, v * scale)
    to++
    if (keyed) {
      store<u8>(to, v == key ? 0 : 255)
      to++
    }
  }
}

function rgb(to: usize, from: usize, pixels: i32): void {
  const key: u32 = load<u16>(keys) | (<u32>load<u16>(keys, 2) << 8) | (<u32>load<u16>(keys, 4) << 16)
  for (let i = 0; i < pixels; i++, from += 3, to += 4) {
    const v = load<u32>(from) & 0xffffff
    store<u32>(to, v == key ? v : v | 0xff000000)
  }
}

/** Whether the big-endian 16-bit pixel at `from` is the transparent colour. */
// @ts-ignore: decorator of AssemblyScript
@inline
function isKey(from: usize): bool {
  for (let c = 0; c < channels; c++) {
    if (bswap(load<u16>(from + (c << 1))) != load<u16>(keys + (c << 1))) return false
  }
  return true
}

/** 16 bits to 8, rounded: v · 255 ÷ 65535, as libpng's png_set_scale_16 has it. */
function narrow(to: usize, from: usize, pixels: i32): void {
  if (!keyed) {
    const n = pixels * channels
    const low = i16x8.splat(0xff)
    const half = i16x8.splat(128)
    const minus = i16x8.splat(-128)
    for (let i = 0; i < n; i += 8) {
      // (v · 255 + 32895) >> 16 is the high byte, one more where low - high > 128, one less where
      // it is below -128.
      const v = v128.load(from + (i << 1))
      const high = v128.and(v, low)
      const rest = i16x8.sub(i16x8.shr_u(v, 8), high)
      const sum = i16x8.add(i16x8.sub(high, i16x8.gt_s(rest, half)), i16x8.lt_s(rest, minus))
      v128.store64_lane(to + i, i8x16.narrow_i16x8_u(sum, sum), 0)
    }
    return
  }
  for (let i = 0; i < pixels; i++, from += channels << 1) {
    const transparent = isKey(from)
    for (let c = 0; c < channels; c++, to++) {
      store<u8>(to, (<u32>bswap(load<u16>(from + (c << 1))) * 255 + 32895) >> 16)
    }
    store<u8>(to, transparent ? 0 : 255)
    to++
  }
}

function swap(to: usize, from: usize, pixels: i32): void {
  if (!keyed) {
    const bytes = pixels * channels * 2
    for (let i = 0; i < bytes; i += 16) {
      const v = v128.load(from + i)
      v128.store(to + i, i8x16.shuffle(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14))
    }
    return
  }
  for (let i = 0; i < pixels; i++, from += channels << 1) {
    const transparent = isKey(from)
    for (let c = 0; c < channels; c++, to += 2) store<u16>(to, bswap(load<u16>(from + (c << 1))))
    store<u16>(to, transparent ? 0 : 0xffff)
    to += 2
  }
}
