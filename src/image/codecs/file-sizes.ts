// How large an encoded file can be, for the planner: what noise takes, the worst that there is.
import { JOINED_BYTES } from '../encoded-file'
import type { Format } from '../formats'
import type { Bands } from '../rows'

/** Bytes a pixel of noise by quality, between which is interpolated, and what noise in the alpha band adds. */
const NOISE = {
  jpg: {
    alpha: 0,
    colour: [
      [50, 0.42],
      [80, 0.65],
      [89, 0.81],
      [90, 1.66],
      [95, 2.04],
      [100, 2.95],
    ],
  },
  webp: {
    alpha: 1.05,
    colour: [
      [50, 0.54],
      [80, 0.72],
      [95, 1.02],
      [100, 1.2],
    ],
  },
  avif: {
    alpha: 1.45,
    colour: [
      [50, 0.56],
      [80, 0.87],
      [89, 1.04],
      [90, 2.3],
      [95, 2.75],
      [100, 4.3],
    ],
  },
  jxl: {
    alpha: 1.1,
    colour: [
      [50, 0.52],
      [80, 0.89],
      [89, 1.24],
      [95, 1.65],
      [100, 4.1],
    ],
  },
  heic: {
    alpha: 1.3,
    colour: [
      [50, 0.6],
      [80, 0.99],
      [89, 1.14],
      [95, 1.37],
      [100, 1.64],
    ],
  },
} as const satisfies Record<string, { alpha: number; colour: readonly (readonly [number, number])[] }>

export type LossyFormat = keyof typeof NOISE

/** What is encoded, and of what. */
export interface Encoded {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  readonly quality: number
  /** Bytes of a source that is a JPEG of as many pixels or more: what it left out, no output has to code. */
  readonly jpegBytes?: number | undefined
}

/** Headers, tables, and what small files round up. */
const FIXED = 65536
/** Pixels beyond which it counts that a source has been compressed before: noise would have made it larger. */
const LARGE = 2_000_000

/**
 * Most bytes of an output of a JPEG: some for each pixel (blocks' edges and rounding are new detail to another
 * encoder, the more the finer it is) and some for each byte of the source. By quality up to which they hold, of
 * noise and photographs at qualities from 5 on (test/image/file-sizes.test.ts). Of other sources nothing of the
 * kind holds: a PNG's patterns and an AVIF's textures may take hundreds of times their bytes.
 */
const FROM_JPEG: Partial<Record<LossyFormat, readonly { to: number; perPixel: number; perByte: number }[]>> =
  {
    jpg: [
      { to: 89, perPixel: 0.02, perByte: 2 },
      { to: 95, perPixel: 0.06, perByte: 3.2 },
      { to: 100, perPixel: 0.4, perByte: 6 },
    ],
    webp: [
      { to: 80, perPixel: 0.25, perByte: 1.6 },
      { to: 95, perPixel: 0.35, perByte: 2.6 },
    ],
  }

/** Bytes that a lossy file has at most. */
export function lossyFileMost(format: LossyFormat, encoded: Encoded): number {
  const { width, height, bands, quality, jpegBytes } = encoded
  const pixels = width * height
  const { alpha, colour } = NOISE[format]
  const noise = (at(colour, quality) + (bands % 2 === 0 ? alpha : 0)) * pixels
  const from = FROM_JPEG[format]?.find(({ to }) => quality <= to)
  if (jpegBytes === undefined || pixels <= LARGE || !from) return noise + FIXED
  return Math.min(noise, from.perPixel * pixels + from.perByte * jpegBytes) + FIXED
}

/** Bytes that a file and the chunks it is joined of take while both are there. */
export function lossyFileBytes(format: LossyFormat, encoded: Encoded): number {
  return Math.ceil(2 * lossyFileMost(format, encoded))
}

/** What is known of an animation that is written, for the planner. */
export interface Animated {
  readonly format: 'gif' | 'webp'
  /** Pixels of all frames together. */
  readonly pixels: number
  readonly quality: number
  /** Of the animation that is read: its format, its file's bytes. */
  readonly source: Format
  readonly sourceBytes: number
}

/**
 * Bytes of an animation's file: by the pixel, where little moves; and by the byte of the source, for what it could
 * not leave out the output can't either. A WebP's frames become up to so many times larger as GIF, which codes
 * every pixel without loss; never more than noise takes.
 */
export function animationFileMost({ format, pixels, quality, source, sourceBytes }: Animated): number {
  const { perPixel, perByte, most } = ANIMATED[format][source === 'webp' ? 'webp' : 'gif']
  const finer = format === 'webp' && quality > 80 ? 2 : 1
  return Math.min(most, Math.max(perPixel, (finer * perByte * sourceBytes) / pixels)) * pixels + FIXED
}

/** By the format that is written, and the one that is read (test/image/animation-sizes.test.ts). */
const ANIMATED = {
  gif: { gif: { perPixel: 0.2, perByte: 1.3, most: 1.5 }, webp: { perPixel: 0.8, perByte: 10, most: 1.5 } },
  webp: { gif: { perPixel: 0.2, perByte: 0.6, most: 2.2 }, webp: { perPixel: 0.2, perByte: 2.2, most: 2.2 } },
} as const

/** Bytes that a PNG has at most: noise, whose codes take a few per thousand more than it, and its filters. */
export function pngFileMost({ width, height, bands }: Pick<Encoded, 'width' | 'height' | 'bands'>): number {
  return (width * bands * 1.004 + 1) * height + FIXED
}

/** Bytes that a file of at most `most` takes in pieces, of which the last may be empty, or that is joined. */
export function piecesBytes(most: number): number {
  const joined = 3 * Math.min(most, JOINED_BYTES)
  return Math.ceil(most > JOINED_BYTES ? Math.max(joined, most + JOINED_BYTES) : joined)
}

/** The value at `x` of a line through points. */
function at(points: readonly (readonly [number, number])[], x: number): number {
  const next = points.findIndex(([px]) => px >= x)
  const [x1, y1] = points[Math.max(next, 0)]!
  if (next <= 0) return y1
  const [x0, y0] = points[next - 1]!
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)
}
