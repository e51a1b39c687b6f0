// JPEG XL pictures through libjxl (icodec), a whole frame at a time.
import factory from '../../../build/codecs/jxl-decode.js'
import wasm from '../../../build/codecs/jxl-decode.wasm'
import type { ByteSource } from '../header'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'
import { type HeldFrame, held, holdPixels } from './held'
import { readInto } from './source'

/** Decodes the first frame; samples have 8 or 16 bits, as the frame says. */
export async function decodeJxl(source: ByteSource): Promise<HeldFrame> {
  const codec = await instantiate(factory, wasm, holdPixels('_icodec_ImageData'))
  const file = guarded('jxl', 'decoded', () => reserveString(codec, source.size))
  await readInto(source, () => codec.HEAPU8.subarray(file.at))
  return guarded('jxl', 'decoded', () => {
    let failure: unknown
    const frame = held(() => {
      failure = codec.decode(file)
    })
    if (!frame) throw codecFailure('jxl', 'decoded', failure)
    return frame
  })
}
