// WebP pictures through libwebp (@jsquash/webp), a frame at a time.
import factory from '../../../build/codecs/webp-decode.js'
import wasm from '../../../build/codecs/webp-decode.wasm'
import { codecFailure, type Decoder, guarded, instantiate, reserveString, type Wired } from './emscripten'
import type { Frame } from './frame'
import { holdPixels } from './held'
import type { WebpFrame } from './riff'
import { chunkBytes, extendedHeader, putRiff } from './riff-writer'

type Bitstream = Pick<WebpFrame, 'width' | 'height' | 'chunks'>

/** Puts a frame's bitstream as a file of its own into the codec's memory. */
function reserveFile(codec: Decoder, source: Bitstream): Wired {
  const extended = source.chunks.length > 1
  const parts = extended
    ? [extendedHeader(source.width, source.height, { alpha: true, animated: false }), ...source.chunks]
    : source.chunks
  const size = 12 + parts.reduce((sum, part) => sum + chunkBytes(part.payload.length), 0)
  const file = reserveString(codec, size)
  putRiff(codec.HEAPU8.subarray(file.at, file.at + size), parts)
  return file
}

/** Decodes one frame after the other in one instance: pixels are lent to `use`, then freed. */
export async function openWebpDecoder(): Promise<
  (source: Bitstream, use: (rgba: Uint8Array) => void) => void
> {
  let lend: (frame: Frame) => void = () => {}
  const codec = await instantiate(factory, wasm, {
    ...holdPixels('ImageData'),
    ImageData: function lent(pixels: Uint8Array, width: number, height: number): void {
      lend({ pixels, width, height })
    },
  })
  return (source, use) => {
    let lentSize = ''
    lend = (frame) => {
      lentSize = `${frame.width}×${frame.height}`
      if (lentSize === `${source.width}×${source.height}`) use(frame.pixels as Uint8Array)
    }
    guarded('webp', 'decoded', () => codec.decode(reserveFile(codec, source)))
    if (lentSize !== `${source.width}×${source.height}`) throw codecFailure('webp', 'decoded')
  }
}
