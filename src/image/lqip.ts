// Low-quality image placeholders out of a small rendition: BlurHash (github.com/woltapp/blurhash) and
// ThumbHash (evanw.github.io/thumbhash).
import { encode } from 'blurhash'
import { rgbaToThumbHash } from 'thumbhash'

/** The kinds of placeholder, as a path's `image.lqip` lists them. */
export const LQIP_KINDS = ['blurhash', 'thumbhash'] as const
export type LqipKind = (typeof LQIP_KINDS)[number]

/** Placeholders of a picture; ThumbHash as base64. */
export type Lqip = { readonly [Kind in LqipKind]?: string }

/** Longest side of the rendition to hand in: what ThumbHash allows. */
export const LQIP_SIDE = 100

/** Side of what BlurHash gets: its cost grows with the pixels, its 4×4 components don't need more. */
const BLURHASH_SIDE = 32

/**
 * Makes placeholders.
 * @param rgba upright rows of 4 bytes per pixel, straight alpha
 * @param width, height at most 100 each, with the picture's aspect ratio
 */
export function makeLqip(rgba: Uint8Array, width: number, height: number, kinds: readonly LqipKind[]): Lqip {
  if (
    width < 1 ||
    height < 1 ||
    width > LQIP_SIDE ||
    height > LQIP_SIDE ||
    rgba.length < width * height * 4
  ) {
    throw new RangeError(
      `Expected rows of at most ${LQIP_SIDE}×${LQIP_SIDE} RGBA pixels for a placeholder but received ${rgba.length} bytes for ${width}×${height}`,
    )
  }
  const lqip: { [Kind in LqipKind]?: string } = {}
  const seen = enlarged(rgba, width, height)
  if (kinds.includes('blurhash')) lqip.blurhash = makeBlurHash(seen.rgba, seen.width, seen.height)
  if (kinds.includes('thumbhash')) {
    lqip.thumbhash = btoa(String.fromCharCode(...rgbaToThumbHash(seen.width, seen.height, seen.rgba)))
  }
  return lqip
}

/** Both hashes are sums of cosines, which few samples can't tell apart: of a single pixel they make a chequerboard. */
const LEAST_SIDE = 32

/** A picture with a short side has its pixels repeated, along both sides where there is room. */
function enlarged(rgba: Uint8Array, width: number, height: number) {
  const times = Math.ceil(LEAST_SIDE / Math.min(width, height))
  if (times === 1) return { rgba, width, height }
  const both = Math.max(width, height) * times <= LQIP_SIDE
  const [across, down] = [both || width < height ? times : 1, both || height <= width ? times : 1]
  const size = { width: width * across, height: height * down }
  const from = new Uint32Array(rgba.slice(0, width * height * 4).buffer)
  const to = new Uint32Array(size.width * size.height)
  for (let y = 0; y < size.height; y++) {
    const row = Math.floor(y / down) * width
    for (let x = 0; x < size.width; x++) to[y * size.width + x] = from[row + Math.floor(x / across)]!
  }
  return { ...size, rgba: new Uint8Array(to.buffer) }
}

/** 4×4 components. BlurHash knows no alpha: the picture is laid on white, as in formats without it. */
function makeBlurHash(rgba: Uint8Array, width: number, height: number): string {
  const w = Math.min(width, BLURHASH_SIDE)
  const h = Math.min(height, BLURHASH_SIDE)
  return encode(shrinkOnWhite(rgba, width, height, w, h), w, h, 4, 4)
}

/** Averages boxes of whole pixels: each source pixel counts in exactly one. */
function shrinkOnWhite(
  rgba: Uint8Array,
  width: number,
  height: number,
  w: number,
  h: number,
): Uint8ClampedArray {
  const sums = new Float64Array(w * h * 4)
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * h) / height) * w
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4
      const to = (row + Math.floor((x * w) / width)) * 4
      const alpha = rgba[from + 3]! / 255
      for (let band = 0; band < 3; band++) {
        sums[to + band] = sums[to + band]! + 255 + (rgba[from + band]! - 255) * alpha
      }
      sums[to + 3] = sums[to + 3]! + 1
    }
  }
  const small = new Uint8ClampedArray(w * h * 4)
  for (let i = 0; i < small.length; i++) small[i] = (i & 3) === 3 ? 255 : sums[i]! / sums[i | 3]!
  return small
}
