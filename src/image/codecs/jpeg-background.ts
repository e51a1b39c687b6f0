// JPEG through mozjpeg (@jsquash/jpeg), whose trellis quantisation saves a seventh of the bytes
// for about ten times the time: for variants that nobody waits for.
import factory from '../../../build/codecs/mozjpeg-encode.js'
import wasm from '../../../build/codecs/mozjpeg-encode.wasm'
import type { Engine } from '../engine'
import type { RowWriter } from '../rows'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'
import { frameWriter } from './frame'
import { type JpegEncodeOptions, jpegSegment } from './jpeg-encode'

type Encoder = Awaited<ReturnType<typeof factory>>

/** Memory above which an idle encoder is dropped rather than kept. */
const KEEP_BYTES = 12 * 1024 * 1024

/**
 * mozjpeg's own defaults, but not progressive: that takes twice the time for 1% of the bytes.
 * Its default tables (3) save most, but lose up to 3 dB where high quality is asked for.
 */
const CONFIG = {
  baseline: false,
  arithmetic: false,
  progressive: false,
  optimize_coding: true,
  smoothing: 0,
  trellis_multipass: false,
  trellis_opt_zero: false,
  trellis_opt_table: false,
  trellis_loops: 1,
  separate_chroma_quality: false,
  auto_subsample: false,
}

/** MozJpegColorSpace of the package. */
const GREY = 1
const YCBCR = 3

let idle: Encoder | null = null

/** SOI and an APP0: where the codec's file goes on behind them, so that segments fit in between. */
function headerBytes(file: Uint8Array): number {
  return file[3] === 0xe0 ? 4 + ((file[4]! << 8) | file[5]!) : 2
}

/**
 * Makes a writer with the interface and the options of `makeJpegWriter`. It holds the whole picture as
 * RGBA in the codec's memory (costs.ts); the engine's arena only lends a strip. Throws ImageError.
 */
export async function makeBackgroundJpegWriter(
  engine: Engine,
  options: Omit<JpegEncodeOptions, 'tokenBytes'>,
): Promise<RowWriter> {
  const { width, height, bands, quality, segments = [] } = options
  const pieces = segments.map(({ marker, data }) => jpegSegment(marker, data))
  const codec = idle ?? (await instantiate(factory, wasm))
  idle = null
  const pixels = guarded('jpg', 'encoded', () => reserveString(codec, width * height * 4))
  const put = (rgba: Uint8Array, row: number) => codec.HEAPU8.set(rgba, pixels.at + row * width * 4)
  return frameWriter(engine, width, bands, put, () => {
    const config = {
      ...CONFIG,
      quality,
      chroma_quality: quality,
      chroma_subsample: quality < 90 ? 2 : 1,
      quant_table: quality < 90 ? 3 : 0,
      color_space: bands === 1 ? GREY : YCBCR,
    }
    const bare = guarded('jpg', 'encoded', () => {
      const file = codec.encode(pixels, width, height, config)
      if (!file) throw codecFailure('jpg', 'encoded')
      return file
    })
    if (codec.HEAPU8.length <= KEEP_BYTES) idle = codec
    if (pieces.length === 0) return bare
    const head = headerBytes(bare)
    const file = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, bare.length))
    file.set(bare.subarray(0, head))
    let offset = head
    for (const piece of pieces) {
      file.set(piece, offset)
      offset += piece.length
    }
    file.set(bare.subarray(head), offset)
    return file
  })
}
