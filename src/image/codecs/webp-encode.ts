// WebP bitstreams through libwebp (@jsquash/webp's SIMD build).
import factory from '../../../build/codecs/webp-encode.js'
import wasm from '../../../build/codecs/webp-encode.wasm'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'

type Encoder = Awaited<ReturnType<typeof factory>>

/** Memory above which an idle encoder is dropped rather than kept. */
const KEEP_BYTES = 12 * 1024 * 1024

/** Options of libwebp (WebPConfig in encode.h), its defaults but for what we set. */
const CONFIG = {
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

/** RGBA rows on their way into an encoder's memory. */
export interface WebpCanvas {
  put(rgba: Uint8Array, row: number): void
  /** Encodes once all rows are there: a whole WebP file. */
  encode(): Uint8Array
}

/** Reserves a picture in an encoder's memory. */
export async function openWebpCanvas(
  width: number,
  height: number,
  encoding: WebpEncoding,
): Promise<WebpCanvas> {
  const codec = await borrow()
  const pixels = guarded('webp', 'encoded', () => reserveString(codec, width * height * 4))
  return {
    put(rgba, row) {
      codec.HEAPU8.set(rgba, pixels.at + row * width * 4)
    },
    encode() {
      const options = {
        ...CONFIG,
        quality: encoding.quality,
        lossless: encoding.lossless ? 1 : 0,
        method: encoding.method,
      }
      return guarded('webp', 'encoded', () => {
        const file = codec.encode(pixels, width, height, options)
        if (!file) throw codecFailure('webp', 'encoded')
        giveBack(codec)
        return file
      })
    },
  }
}
