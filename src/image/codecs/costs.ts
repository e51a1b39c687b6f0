// What each whole-frame codec takes beside the engine's arena, as measured in workerd: the peak
// of its WASM memory and of the JavaScript copies. plan.ts adds it up before anything is decoded.
import type { Format } from '../formats'

/** Peak bytes of a job = `fixed` + `perPixel` × pixels + `perByte` × bytes of the compressed file. */
export interface CodecCost {
  readonly fixed: number
  readonly perPixel: number
  /** Of the compressed source; 0 for encoders, whose output is counted in `perPixel`. */
  readonly perByte: number
}

const MB = 1024 * 1024

/**
 * Decoding. A frame is held once, as RGBA in the codec's memory. `alpha` is what a picture with
 * alpha takes. GIF has no codec of this kind: its canvas lies in the arena.
 */
export const DECODE_COSTS = {
  webp: {
    opaque: { fixed: 0.5 * MB, perPixel: 4.6, perByte: 3 },
    alpha: { fixed: 1 * MB, perPixel: 9, perByte: 3 },
  },
  avif: {
    opaque: { fixed: 7.5 * MB, perPixel: 22.5, perByte: 2 },
    alpha: { fixed: 7.5 * MB, perPixel: 42, perByte: 2 },
  },
  jxl: {
    opaque: { fixed: 9.5 * MB, perPixel: 12.5, perByte: 3 },
    alpha: { fixed: 9.5 * MB, perPixel: 12.5, perByte: 3 },
  },
} as const satisfies Partial<Record<Format, Record<'opaque' | 'alpha', CodecCost>>>

/** HEVC: the planes of one coded picture, which in a phone's HEIC is a tile of a grid. */
export const HEVC_COST: CodecCost = { fixed: 1 * MB, perPixel: 4.3, perByte: 2 }

/** Encoding, by effort. The whole picture lies in the codec's memory, twice. */
export const ENCODE_COSTS = {
  /** mozjpeg: 16 bytes a pixel with 4:2:0, 23 with 4:4:4. */
  jpg: { background: { fixed: 1.5 * MB, perPixel: 24, perByte: 0 } },
  webp: {
    interactive: { fixed: 1.5 * MB, perPixel: 12, perByte: 0 },
    background: { fixed: 2 * MB, perPixel: 17, perByte: 0 },
  },
  avif: {
    interactive: { fixed: 7.9 * MB, perPixel: 30.5, perByte: 0 },
    background: { fixed: 8.5 * MB, perPixel: 43.5, perByte: 0 },
  },
  jxl: {
    interactive: { fixed: 10.5 * MB, perPixel: 92, perByte: 0 },
    background: { fixed: 10.5 * MB, perPixel: 92, perByte: 0 },
  },
} as const satisfies Partial<Record<Format, Partial<Record<'interactive' | 'background', CodecCost>>>>

/** Lossless WebP: frames of animations that GIF files were, mostly. */
export const LOSSLESS_WEBP_COST: CodecCost = { fixed: 4 * MB, perPixel: 48, perByte: 0 }

/** Peak bytes of decoding `pixels` pixels from `bytes` compressed bytes. */
export function costOf(cost: CodecCost, pixels: number, bytes: number): number {
  return Math.ceil(cost.fixed + cost.perPixel * pixels + cost.perByte * bytes)
}

/** The most pixels that a codec can take within `budget` bytes. */
export function mostPixels(cost: CodecCost, budget: number, bytes: number): number {
  return Math.max(0, Math.floor((budget - cost.fixed - cost.perByte * bytes) / cost.perPixel))
}
