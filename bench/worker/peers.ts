// The pipelines that others publish for Workers, on the same picture as ours: jSquash (decode →
// resize → encode) and @cf-wasm/photon. PUT / keeps a picture; GET /jsquash or /photon?w=… makes a WebP.
import { PhotonImage, resize as photonResize, SamplingFilter } from '@cf-wasm/photon'
import jpegDecoder from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode'
// @ts-expect-error: the package types the module's exports, a Worker imports the module itself
import pngDecoder from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm'
import decodePng, { init as initPng } from '@jsquash/png/decode'
import resize, { initResize } from '@jsquash/resize'
// @ts-expect-error: the package types the module's exports, a Worker imports the module itself
import resizer from '@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm'
import webpEncoder from '@jsquash/webp/codec/enc/webp_enc_simd.wasm'
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode'

// The codecs expect the browser's class.
class WorkerImageData {
  readonly colorSpace = 'srgb'
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}
Object.assign(globalThis, { ImageData: WorkerImageData })

let picture = new ArrayBuffer(0)
let ready: Promise<unknown> | undefined

async function jsquash(width: number): Promise<ArrayBuffer> {
  ready ??= Promise.all([
    initJpeg(jpegDecoder),
    initPng(pngDecoder),
    initResize(resizer),
    initWebp(webpEncoder),
  ])
  await ready
  const isPng = new Uint8Array(picture)[0] === 0x89
  const source = await (isPng ? decodePng(picture) : decodeJpeg(picture))
  const height = Math.round((source.height * width) / source.width)
  return encodeWebp(await resize(source, { width, height, method: 'lanczos3' }), { quality: 80 })
}

function photon(width: number): Uint8Array {
  const source = PhotonImage.new_from_byteslice(new Uint8Array(picture))
  const height = Math.round((source.get_height() * width) / source.get_width())
  const small = photonResize(source, width, height, SamplingFilter.Lanczos3)
  source.free()
  const bytes = small.get_bytes_webp()
  small.free()
  return bytes
}

export default {
  async fetch(request) {
    const url = new URL(request.url)
    const width = Number(url.searchParams.get('w'))
    if (request.method === 'PUT') {
      picture = await request.arrayBuffer()
      return new Response(null, { status: 204 })
    }
    if (url.pathname === '/jsquash') return new Response(await jsquash(width))
    if (url.pathname === '/photon') return new Response(photon(width))
    return new Response('Expected /jsquash or /photon', { status: 404 })
  },
} satisfies ExportedHandler
