// AVIF pictures through libavif and libaom (@jsquash/avif), a whole frame at a time.
import factory from '../../../build/codecs/avif-decode.js'
import wasm from '../../../build/codecs/avif-decode.wasm'
import type { ByteSource } from '../header'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'
import type { Frame } from './frame'
import { held, holdPixels } from './held'
import { readInto } from './source'

/** Decodes the primary image to 8 bits; rotation and mirroring (irot, imir) are left to the caller. */
export async function decodeAvif(source: ByteSource): Promise<Frame> {
  const codec = await instantiate(factory, wasm, holdPixels('ImageData'))
  const file = guarded('avif', 'decoded', () => reserveString(codec, source.size))
  await readInto(source, () => codec.HEAPU8.subarray(file.at))
  return guarded('avif', 'decoded', () => {
    const frame = held(() => codec.decode(file, 8))
    if (!frame) throw codecFailure('avif', 'decoded')
    return frame
  })
}
