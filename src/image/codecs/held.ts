// Decoded pixels, held where a codec put them.
import type { Frame } from './frame'

/** A frame in a codec's memory. */
export interface HeldFrame extends Frame {
  /** Bits per sample; samples of more than 8 bits are 16-bit numbers, little-endian. */
  readonly depth: number
}

/** Thrown out of the codec, so that its pixels are not freed: see `holdPixels`. */
class Held {
  constructor(readonly frame: HeldFrame) {}
}

/**
 * Globals that keep a decoded frame where it lies. The codecs end with
 * `new ImageData(new Uint8ClampedArray(view), …)` and then free the pixels; the first constructor
 * gives the view itself, the second throws, so the free is never reached. The instance is used up.
 */
export function holdPixels(imageData: string): Record<string, unknown> {
  return {
    Uint8ClampedArray: function view(pixels: Uint8Array): Uint8Array {
      return pixels
    },
    [imageData]: function hold(pixels: Uint8Array, width: number, height: number, depth?: number): never {
      throw new Held({ width, height, pixels, depth: depth ?? 8 })
    },
  }
}

/** Runs a decoder made with `holdPixels`: the frame in its memory, or null where it gave none. */
export function held(decode: () => unknown): HeldFrame | null {
  try {
    decode()
    return null
  } catch (error) {
    if (error instanceof Held) return error.frame
    throw error
  }
}
