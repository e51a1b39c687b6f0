// Decoding a JPEG in a fresh engine.
import { type JpegOptions, openJpeg } from '../../src/image/codecs/jpeg-decode'
import { Engine } from '../../src/image/engine'
import { pixelsOf, sourceOf } from './rows'

/** Bytes of memory that the engine may take. */
export const LIMIT = 8 << 20

/** All rows of `file`, and what the reader says of them; `chunk` is how the source cuts the file. */
export async function decodeJpeg(file: Uint8Array, options: JpegOptions = {}, chunk = 65536) {
  const engine = new Engine(LIMIT)
  const reader = await openJpeg(engine, sourceOf(file, chunk), options)
  const data = await pixelsOf(engine, reader)
  const { width, height, bands, cmyk, truncated, damaged } = reader
  return { data, width, height, bands, cmyk, truncated, damaged }
}
