// JPEG XL pictures for the benchmarks: libjxl's encoder (icodec), whose memory for 12 megapixels no Worker has.
import { readFile } from 'node:fs/promises'

const dist = new URL('../../node_modules/icodec/dist/', import.meta.url)
const UNSET = [
  'epf',
  'gaborish',
  'responsive',
  'progressiveDC',
  'progressiveAC',
  'qProgressiveAC',
  'brotliEffort',
]

/** A sharp picture as a codestream. */
export async function codedJxl(picture, { lossless = false, quality = 80, effort = 5 } = {}) {
  const { default: factory } = await import(new URL('jxl-enc.js', dist))
  const codec = await factory({ wasmBinary: await readFile(new URL('jxl-enc.wasm', dist)) })
  const { data, info } = await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const file = codec.encode(data, info.width, info.height, {
    ...Object.fromEntries(UNSET.map((name) => [name, -1])),
    ...{ bitDepth: 8, lossless, quality, alphaQuality: 100, effort, decodingSpeed: 0, photonNoiseIso: 0 },
    ...{ modular: false, lossyPalette: false, paletteColors: -1, iterations: -1 },
    ...{ modularColorspace: -1, modularPredictor: -1 },
  })
  if (!(file instanceof Uint8Array)) throw new Error(`not encoded: ${file}`)
  return Buffer.from(file)
}
