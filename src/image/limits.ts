// Limits, checked from the header before anything is decoded.
import { ImageError } from './error'
import { FORMATS } from './formats'
import type { ImageHeader } from './header'
import { outputSize } from './normalise'
import type { NormalTransformation } from './transformation'

export interface ImageLimits {
  /** Pixels of one frame of the original. */
  readonly inputPixels: number
  /** Frames of an animation. */
  readonly frames: number
  /** Pixels of all frames of an animation together. */
  readonly animationPixels: number
  /** Longer side of an output, in pixels. */
  readonly outputSide: number
  /** Pixels of one frame of an output. */
  readonly outputPixels: number
}

/** The defaults, each with its reason. */
export const DEFAULT_LIMITS: ImageLimits = {
  // Twice what the largest phone cameras give (50 megapixels), and about 2 s of CPU to decode.
  inputPixels: 100_000_000,
  // Longer ones are films: each frame is decoded, transformed and encoded within one request.
  frames: 500,
  // 500 frames of 640×625; every pixel of every frame is encoded, at some 20 ns.
  animationPixels: 200_000_000,
  // What WebP, the most asked for output, can hold (16 383), rounded; browsers' canvases end there too.
  outputSide: 16_384,
  // An output may be as large as the largest input: a rotation must not be refused.
  outputPixels: 100_000_000,
}

/** Throws ImageError `too-large` where an original is over a limit. */
export function checkHeader(header: ImageHeader, limits: ImageLimits = DEFAULT_LIMITS): void {
  const { width, height, pageCount } = header
  const pixels = width * height
  if (pixels > limits.inputPixels) {
    throw tooLarge(`at most ${limits.inputPixels} pixels for the picture`, `${width}×${height} = ${pixels}`)
  }
  if (pageCount > limits.frames) throw tooLarge(`at most ${limits.frames} frames for the picture`, pageCount)
  if (pageCount > 1 && pixels * pageCount > limits.animationPixels) {
    throw tooLarge(
      `at most ${limits.animationPixels} pixels in all frames together for the picture`,
      `${pageCount} × ${width}×${height} = ${pixels * pageCount}`,
    )
  }
}

/** Throws ImageError `too-large` where an output would be over a limit, ours or its format's. */
export function checkOutput(
  wanted: NormalTransformation,
  pageCount: number,
  limits: ImageLimits = DEFAULT_LIMITS,
): void {
  const { width, height } = outputSize(wanted)
  const most = Math.min(limits.outputSide, FORMATS[wanted.format].maxSide)
  if (Math.max(width, height) > most) {
    throw tooLarge(`at most ${most} pixels a side for a ${wanted.format} output`, `${width}×${height}`)
  }
  if (width * height > limits.outputPixels) {
    throw tooLarge(
      `at most ${limits.outputPixels} pixels for the output`,
      `${width}×${height} = ${width * height}`,
    )
  }
  const frames = FORMATS[wanted.format].frames ? pageCount : 1
  if (frames > 1 && frames * width * height > limits.animationPixels) {
    throw tooLarge(
      `at most ${limits.animationPixels} pixels in all frames together for the output`,
      `${frames} × ${width}×${height} = ${frames * width * height}`,
    )
  }
}

function tooLarge(expected: string, received: string | number): ImageError {
  return new ImageError('too-large', `Expected ${expected} but received ${received}`)
}
