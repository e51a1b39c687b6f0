// JPEG and PNG as whole pictures through the npm codecs.

import jpegDecodeWasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import jpegEncodeWasm from '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'
import jpegDecode, { init as initJpegDecode } from '@jsquash/jpeg/decode'
import jpegEncode, { init as initJpegEncode } from '@jsquash/jpeg/encode'
// @ts-expect-error the package declares the glue's exports for its .wasm
import pngWasm from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm'
import pngDecode, { init as initPngDecode } from '@jsquash/png/decode'
import pngEncode, { init as initPngEncode } from '@jsquash/png/encode'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import type { Bands, RowReader, RowWriter } from '../rows'
import { frameReader, frameWriter } from './frame'
import { readAll } from './source'

if (!('ImageData' in globalThis)) {
  Object.assign(globalThis, {
    ImageData: class {
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    },
  })
}

export async function openWhole(
  engine: Engine,
  source: ByteSource,
  kind: 'jpg' | 'png',
  alpha: boolean,
): Promise<RowReader> {
  const bytes = await readAll(source)
  const buffer = bytes.slice().buffer
  try {
    if (kind === 'jpg') await initJpegDecode(jpegDecodeWasm)
    else await initPngDecode(pngWasm)
    const image = kind === 'jpg' ? await jpegDecode(buffer) : await pngDecode(buffer)
    const frame = { width: image.width, height: image.height, pixels: image.data }
    return frameReader(engine, frame as never, alpha ? 4 : 3, () => {})
  } catch (cause) {
    throw new ImageError('corrupt', `The picture can't be decoded`, undefined, { cause })
  }
}

export async function makeWholeWriter(
  engine: Engine,
  options: { kind: 'jpg' | 'png'; width: number; height: number; bands: Bands; quality: number },
): Promise<RowWriter> {
  const { width, height, bands } = options
  const pixels = new Uint8ClampedArray(width * height * 4)
  const put = (rgba: Uint8Array, row: number): void => pixels.set(rgba, row * width * 4)
  return frameWriter(engine, width, bands, put, async () => {
    const image = { data: pixels, width, height, colorSpace: 'srgb' } as never
    if (options.kind === 'jpg') {
      await initJpegEncode(jpegEncodeWasm)
      return new Uint8Array(await jpegEncode(image, { quality: options.quality }))
    }
    await initPngEncode(pngWasm)
    return new Uint8Array(await pngEncode(image))
  })
}
