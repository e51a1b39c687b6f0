// A picture that is put together in an encoder's memory, row by row, and then encoded whole.
import type { Format } from '../formats'
import { type CodecModule, codecFailure, guarded, reserveString, type Wired } from './emscripten'

/** RGBA rows on their way into an encoder's memory. */
export interface Canvas {
  put(rgba: Uint8Array, row: number): void
  /** Encodes once all rows are there; the canvas is then used up. */
  encode(): Uint8Array
}

/** Reserves `width` × `height` RGBA pixels in the memory of `codec`; `run` encodes them. */
export function makeCanvas(
  format: Format,
  codec: CodecModule,
  width: number,
  height: number,
  run: (pixels: Wired) => Uint8Array | string | null,
): Canvas {
  const pixels = guarded(format, 'encoded', () => reserveString(codec, width * height * 4))
  return {
    put(rgba, row) {
      codec.HEAPU8.set(rgba, pixels.at + row * width * 4)
    },
    encode() {
      const file = guarded(format, 'encoded', () => run(pixels))
      if (!(file instanceof Uint8Array)) throw codecFailure(format, 'encoded', file)
      return file
    },
  }
}
