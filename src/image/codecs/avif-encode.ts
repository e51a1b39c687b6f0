// AVIF files through libavif and libaom (@jsquash/avif).
import factory from '../../../build/codecs/avif-encode.js'
import wasm from '../../../build/codecs/avif-encode.wasm'
import { type Canvas, makeCanvas } from './canvas'
import { instantiate } from './emscripten'

/** Chroma planes as the codec numbers them. */
const SUBSAMPLE = { '4:2:0': 1, '4:4:4': 3 } as const

export interface AvifEncoding {
  readonly quality: number
  /** 0 slowest … 10 fastest. */
  readonly speed: number
  readonly chroma: keyof typeof SUBSAMPLE
}

/** Reserves a picture in an encoder's memory; encoding it gives a whole AVIF file. */
export async function openAvifCanvas(width: number, height: number, encoding: AvifEncoding): Promise<Canvas> {
  const codec = await instantiate(factory, wasm)
  return makeCanvas('avif', codec, width, height, (pixels) =>
    codec.encode(pixels, width, height, {
      quality: encoding.quality,
      qualityAlpha: -1,
      denoiseLevel: 0,
      tileRowsLog2: 0,
      tileColsLog2: 0,
      speed: encoding.speed,
      subsample: SUBSAMPLE[encoding.chroma],
      chromaDeltaQ: false,
      sharpness: 0,
      tune: 0,
      enableSharpYUV: false,
      bitDepth: 8,
      lossless: false,
    }),
  )
}
