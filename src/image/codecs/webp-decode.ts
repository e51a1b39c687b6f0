// WebP pictures through libwebp (@jsquash/webp), a frame at a time.
import factory from '../../../build/codecs/webp-decode.js'
import wasm from '../../../build/codecs/webp-decode.wasm'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'
import type { Frame } from './frame'
import type { WebpFrame } from './riff'
import { chunkBytes, extendedHeader, putChunks } from './riff-writer'

/** Thrown out of the codec, so that its pixels are not freed: see `holdPixels`. */
class Held {
  constructor(readonly frame: Frame) {}
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
    [imageData]: function hold(pixels: Uint8Array, width: number, height: number): never {
      throw new Held({ width, height, pixels })
    },
  }
}

/** Runs a decoder made with `holdPixels`: the frame in its memory, or null where it gave none. */
export function held(decode: () => unknown): Frame | null {
  try {
    decode()
    return null
  } catch (error) {
    if (error instanceof Held) return error.frame
    throw error
  }
}

/** Decodes one frame's bitstream; its pixels lie in the memory of an instance that lives with them. */
export async function decodeWebpFrame(
  source: Pick<WebpFrame, 'width' | 'height' | 'chunks'>,
): Promise<Frame> {
  const codec = await instantiate(factory, wasm, holdPixels('ImageData'))
  const extended = source.chunks.length > 1
  const parts = extended
    ? [extendedHeader(source.width, source.height, { alpha: true, animated: false }), ...source.chunks]
    : source.chunks
  const size = 12 + parts.reduce((sum, part) => sum + chunkBytes(part.payload.length), 0)
  return guarded('webp', 'decoded', () => {
    const file = reserveString(codec, size)
    const bytes = codec.HEAPU8.subarray(file.at, file.at + size)
    putChunks(bytes, 0, [{ code: 'RIFF', payload: new Uint8Array() }])
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, size - 8, true)
    bytes.set([0x57, 0x45, 0x42, 0x50], 8)
    putChunks(bytes, 12, parts)
    const frame = held(() => codec.decode(file))
    if (!frame || frame.width !== source.width || frame.height !== source.height) {
      throw codecFailure('webp', 'decoded')
    }
    return frame
  })
}
