// WebP bitstreams through libwebp (@jsquash/webp's SIMD build).
import factory from '../../../build/codecs/webp-encode.js'
import wasm from '../../../build/codecs/webp-encode.wasm'
import { type Canvas, makeCanvas } from './canvas'
import { RAW_ALPHA_PIXELS } from './costs'
import { type Encoder, instantiate } from './emscripten'

/** Memory above which an idle encoder is dropped rather than kept. */
const KEEP_BYTES = 12 * 1024 * 1024

/** Options of libwebp (WebPConfig in encode.h), its defaults but for what we set. */
export const CONFIG = {
  quality: 75,
  target_size: 0,
  target_PSNR: 0,
  method: 4,
  sns_strength: 50,
  filter_strength: 60,
  filter_sharpness: 0,
  filter_type: 1,
  partitions: 0,
  segments: 4,
  pass: 1,
  show_compressed: 0,
  preprocessing: 0,
  autofilter: 0,
  partition_limit: 0,
  alpha_compression: 1,
  alpha_filtering: 1,
  alpha_quality: 100,
  lossless: 0,
  exact: 0,
  image_hint: 0,
  emulate_jpeg_size: 0,
  thread_level: 0,
  low_memory: 0,
  near_lossless: 100,
  use_delta_palette: 0,
  use_sharp_yuv: 0,
}

let idle: Encoder | null = null

async function borrow(): Promise<Encoder> {
  const codec = idle ?? (await instantiate(factory, wasm))
  idle = null
  return codec
}

function giveBack(codec: Encoder): void {
  if (codec.HEAPU8.length <= KEEP_BYTES) idle = codec
}

export interface WebpEncoding {
  readonly quality: number
  readonly lossless: boolean
  /** 0 fastest … 6 smallest. */
  readonly method: number
}

/** Reserves a picture in an encoder's memory; encoding it gives a whole WebP file. */
export async function openWebpCanvas(width: number, height: number, encoding: WebpEncoding): Promise<Canvas> {
  const codec = await borrow()
  return makeCanvas('webp', codec, width, height, (pixels) => {
    const { quality, method, lossless } = encoding
    const file = codec.encode(pixels, width, height, {
      ...CONFIG,
      alpha_compression: width * height > RAW_ALPHA_PIXELS ? 0 : 1,
      quality,
      method,
      lossless: lossless ? 1 : 0,
    })
    giveBack(codec)
    return file
  })
}
