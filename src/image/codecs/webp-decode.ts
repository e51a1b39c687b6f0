// WebP pictures through libwebp (@jsquash/webp), a frame at a time.
import factory from '../../../build/codecs/webp-decode.js'
import wasm from '../../../build/codecs/webp-decode.wasm'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'
import type { Frame } from './frame'
import { held, holdPixels } from './held'
import type { WebpFrame } from './riff'
import { chunkBytes, extendedHeader, putChunks } from './riff-writer'

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
