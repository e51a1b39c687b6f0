// What each whole-frame codec takes beside the engine's arena, as measured in workerd over noise, photographs
// and flat pictures (test/image/costs.test.ts): the final size of its WASM memory, and JavaScript copies. Where
// that hangs on content, the worst is meant, for a plan must never be below what is used.
import type { ImageHeader } from '../header'
import type { Bands } from '../rows'
import type { Effort } from './webp'

/** Peak bytes of a job = `fixed` + `perPixel` × pixels + `perByte` × bytes of the compressed file. */
export interface CodecCost {
  readonly fixed: number
  readonly perPixel: number
  /** Of the compressed source; 0 for encoders. */
  readonly perByte: number
  /** A further cost of what is not flat, by the byte, and at most so much a pixel. */
  readonly dense?: { readonly perByte: number; readonly most: number }
}

const MB = 1e6

/** libjxl takes much for files that are not flat. */
const JXL = {
  plain: { fixed: 10.9 * MB, perPixel: 7.8, perByte: 0, dense: { perByte: 4, most: 3.6 } },
  deep: { fixed: 10.9 * MB, perPixel: 12.3, perByte: 0, dense: { perByte: 4, most: 3.6 } },
}

type Stored = Pick<ImageHeader, 'alpha' | 'bitDepth'>

/** What decoding a frame takes. The other formats have no codec of this kind: they are decoded by rows. */
export function decodeCost({ bitDepth }: Stored): CodecCost {
  return bitDepth > 8 ? JXL.deep : JXL.plain
}

/** Trees, codes, weights and orders, and a group of blocks on its way, of JPEG XL by rows; of its eighth alone. */
const JXL_ROWS = { whole: 2.7 * MB, eighth: 1.7 * MB } as const

/**
 * JPEG XL by rows (src/engine/jxl.ts): the file, a row of groups of 256 pixels as 32-bit numbers, 18 rows that filters
 * look at, and 16 bytes for each block of 8 × 8; for the picture of an eighth of the size 12.
 */
export function jxlRowCost(
  { width, height, alpha }: Pick<ImageHeader, 'width' | 'height' | 'alpha'>,
  { scale, fileSize, depth }: { readonly scale: number; readonly fileSize: number; readonly depth: 8 | 16 },
): number {
  const [across, down] = [Math.ceil(width / 8), Math.ceil(height / 8)]
  if (scale > 1) return JXL_ROWS.eighth + fileSize + across * (12 * down + 28 * 3 * (depth / 8) + 12)
  const bands = alpha ? 4 : 3
  const group = 8 * across * Math.min(256, 8 * down) * 4 * bands
  const lines = 8 * across * (18 * 12 + 64 + 12) + width * 28 * bands * (depth / 8)
  return JXL_ROWS.whole + fileSize + group + lines + 16 * across * down
}

/** HEVC: the planes of one coded picture, which in a phone's HEIC is a tile of a grid. */
export function hevcCost({ bitDepth }: Pick<Stored, 'bitDepth'>): CodecCost {
  return { fixed: 0.6 * MB, perPixel: bitDepth > 8 ? 8 : 4.3, perByte: 3 }
}

/** AV1 of 8 bits as a frame (dav1d): the planes of one coded picture, with chroma of its own for every pixel. */
export function av1FrameCost(): CodecCost {
  return { fixed: 2.1 * MB, perPixel: 3.8, perByte: 2.3 }
}

/** What is encoded. */
export interface Encoded {
  readonly quality: number
  readonly effort: Effort
  readonly bands: Bands
}

/** Where a codec would take more than this behind a request, the engine's own encoder is used. */
export const BACKGROUND_BYTES = 32 * 1024 * 1024

/** A WebP's alpha is stored as it is beyond this many pixels, for libwebp takes 26 bytes a pixel to compress it. */
export const RAW_ALPHA_PIXELS = 1_500_000

/** What encoding takes, without the file that comes out. The picture lies in the codec's memory, twice. */
export function encodeCost(
  format: 'jpg' | 'webp' | 'avif' | 'jxl',
  { quality, effort, bands }: Encoded,
  pixels: number,
): CodecCost {
  const cost = (fixed: number, perPixel: number) => ({ fixed: fixed * MB, perPixel, perByte: 0 })
  // Chroma of its own for every pixel.
  const full = quality >= 90
  const isBackground = effort === 'background'
  if (format === 'jpg') return quality > 95 ? cost(1.5, 28.5) : full ? cost(1.5, 24.6) : cost(1.5, 14.8)
  if (format === 'jxl') return cost(12.9, 101.5)
  if (format === 'avif') {
    if (isBackground) return full ? cost(9.6, 69.5) : cost(8.5, 47.6)
    return full ? cost(9.5, 57.5) : cost(8.6, 33.6)
  }
  if (bands % 2 === 1) return quality <= 80 ? cost(1.4, 24.5) : cost(1.4, 37)
  if (pixels > RAW_ALPHA_PIXELS) return cost(2.1, 16)
  return isBackground ? cost(1.9, 47.5) : cost(1.9, 41.5)
}

/** Peak bytes for `pixels` pixels, from `bytes` compressed bytes. */
export function costOf(
  { fixed, perPixel, perByte, dense }: CodecCost,
  pixels: number,
  bytes: number,
): number {
  const denser = dense ? Math.min(dense.perByte * bytes, dense.most * pixels) : 0
  return Math.ceil(fixed + perPixel * pixels + perByte * bytes + denser)
}
