// JPEG XL files through libjxl (icodec).
import factory from '../../../build/codecs/jxl-encode.js'
import wasm from '../../../build/codecs/jxl-encode.wasm'
import { type Canvas, makeCanvas } from './canvas'
import { instantiate } from './emscripten'

export interface JxlEncoding {
  readonly quality: number
  /** 1 fastest … 9 smallest. */
  readonly effort: number
}

/** Reserves a picture in an encoder's memory; encoding it gives a whole JXL codestream. */
export async function openJxlCanvas(width: number, height: number, encoding: JxlEncoding): Promise<Canvas> {
  const codec = await instantiate(factory, wasm)
  return makeCanvas('jxl', codec, width, height, (pixels) =>
    codec.encode(pixels, width, height, {
      bitDepth: 8,
      lossless: false,
      quality: encoding.quality,
      alphaQuality: 100,
      effort: encoding.effort,
      // -1 leaves the choice to the encoder.
      brotliEffort: -1,
      epf: -1,
      gaborish: -1,
      responsive: -1,
      progressiveDC: -1,
      progressiveAC: -1,
      qProgressiveAC: -1,
      decodingSpeed: 0,
      photonNoiseIso: 0,
      modular: false,
      lossyPalette: false,
      paletteColors: -1,
      iterations: -1,
      modularColorspace: -1,
      modularPredictor: -1,
    }),
  )
}
