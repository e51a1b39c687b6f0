import { describe, expect, it } from 'vitest'
import { jpegEncodeBytes, makeJpegWriter } from '../../../src/image/codecs/jpeg-encode'
import { type EncodedFile, joined } from '../../../src/image/encoded-file'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { encoded, metadata, raw } from '../../support/oracle'
import { psnr } from '../../support/rows'
import { noise, seededScene } from '../../support/scenes'

interface Options {
  strip?: number
  tokenBytes?: number
  segments?: { marker: number; data: Uint8Array }[]
}

function encode(
  data: Uint8Array,
  width: number,
  height: number,
  bands: 1 | 3,
  quality: number,
  options: Options = {},
) {
  const { strip = 5, ...rest } = options
  const engine = new Engine(64 << 20)
  const stride = width * bands
  const pointer = engine.alloc(data.length)
  engine.bytes.set(data, pointer)
  const before = engine.call('arenaUsed')
  const writer = makeJpegWriter(engine, { width, height, bands, quality, ...rest })
  const used = engine.call('arenaUsed') - before
  for (let y = 0; y < height; y += strip) {
    writer.write({ pointer: pointer + y * stride, count: Math.min(strip, height - y), stride })
  }
  return { file: joined(writer.finish() as EncodedFile), used }
}

/** sharp's own encoding of the same samples, with the same subsampling. */
async function sharpEncode(data: Uint8Array, width: number, height: number, bands: 1 | 3, quality: number) {
  const chromaSubsampling = quality < 90 ? '4:2:0' : '4:4:4'
  const calls: [string, ...unknown[]][] = [['jpeg', { quality, chromaSubsampling }]]
  if (bands === 1) calls.unshift(['toColourspace', 'b-w'])
  return (await encoded(data, calls, { raw: { width, height, channels: bands } })).data
}

/** The entropy-coded data: what follows the SOS segment. */
function scan(file: Uint8Array): Uint8Array {
  const sos = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda)
  return file.subarray(sos)
}

const sizes: [number, number][] = [
  [1, 1],
  [2, 1],
  [1, 2],
  [3, 5],
  [7, 8],
  [8, 7],
  [9, 9],
  [15, 16],
  [16, 17],
  [17, 15],
  [17, 17],
  [31, 47],
  [97, 61],
  [128, 64],
]

describe('JPEG encoder', () => {
  it.each(sizes)(
    "writes the entropy-coded data of libjpeg's accurate encoder for %i×%i",
    async (width, height) => {
      for (const bands of [1, 3] as const) {
        const data = seededScene(width, height, bands, width * 100 + height)
        for (const quality of [1, 25, 80, 89, 90, 100]) {
          const { file } = encode(data, width, height, bands, quality)
          const expected = await sharpEncode(data, width, height, bands, quality)
          const where = `${bands} bands at quality ${quality}`
          expect(scan(file), where).toEqual(scan(expected))
          expect(file.length, where).toBeLessThanOrEqual(expected.length + 18)
        }
      }
    },
  )

  it('is exact for noise too, where coefficients are largest', async () => {
    for (const bands of [1, 3] as const) {
      const data = noise(64 * 40 * bands, bands)
      for (const quality of [5, 80, 100]) {
        const { file } = encode(data, 64, 40, bands, quality)
        expect(scan(file)).toEqual(scan(await sharpEncode(data, 64, 40, bands, quality)))
      }
    }
  })

  it('gives the same file for every height of strip', () => {
    const data = seededScene(75, 53, 3, 1)
    const { file } = encode(data, 75, 53, 3, 80, { strip: 53 })
    for (const strip of [1, 2, 3, 16, 17]) expect(encode(data, 75, 53, 3, 80, { strip }).file).toEqual(file)
  })

  it('keeps the pixels and few more bytes when the tokens outgrow their room', async () => {
    const data = seededScene(320, 240, 3, 7)
    for (const quality of [80, 95]) {
      const whole = encode(data, 320, 240, 3, quality).file
      for (const tokenBytes of [0, 5000, 20000]) {
        const { file } = encode(data, 320, 240, 3, quality, { tokenBytes })
        expect((await raw(file)).data).toEqual((await raw(whole)).data)
        // A few MCUs make poor tables; a tenth of the picture makes usable ones.
        expect(file.length).toBeLessThan(whole.length * (tokenBytes < 20000 ? 2 : 1.1))
      }
    }
  })

  it('is as close to the picture as libvips at the same quality', async () => {
    const data = seededScene(400, 300, 3, 3)
    for (const quality of [30, 80, 95]) {
      const { file } = encode(data, 400, 300, 3, quality)
      const expected = await sharpEncode(data, 400, 300, 3, quality)
      const ours = psnr((await raw(file)).data, data)
      expect(ours).toBeGreaterThan(psnr((await raw(expected)).data, data) - 0.2)
    }
  })

  it('writes segments that readers find', async () => {
    const exif = new TextEncoder().encode(
      'Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0',
    )
    const xmp = new TextEncoder().encode(
      'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    )
    const segments = [
      { marker: 0xe1, data: exif },
      { marker: 0xe1, data: xmp },
    ]
    const { file } = encode(seededScene(20, 20, 3, 1), 20, 20, 3, 80, { segments })
    const facts = await metadata(file)
    expect(facts).toMatchObject({ width: 20, height: 20, orientation: 6, chromaSubsampling: '4:2:0' })
    expect(facts.xmp).toBeDefined()
  })

  it('refuses a segment over 65,533 bytes', () => {
    const segments = [{ marker: 0xe1, data: new Uint8Array(65534) }]
    expect(() => encode(seededScene(8, 8, 1, 1), 8, 8, 1, 80, { segments })).toThrow(ImageError)
  })

  it('refuses more and fewer rows than the height', () => {
    const engine = new Engine(1 << 22)
    const pointer = engine.alloc(64)
    const writer = makeJpegWriter(engine, { width: 4, height: 4, bands: 1, quality: 80 })
    writer.write({ pointer, count: 3, stride: 4 })
    expect(() => writer.write({ pointer, count: 2, stride: 4 })).toThrow('Expected 4 rows')
    expect(() => writer.finish()).toThrow('Expected 4 rows for a JPEG but received 3')
  })

  it('takes from the arena what jpegEncodeBytes says, or nothing', () => {
    for (const [width, height, bands, quality] of [
      [1, 1, 1, 80],
      [1, 1, 3, 80],
      [17, 9, 3, 95],
      [640, 480, 3, 80],
      [641, 479, 1, 80],
    ] as const) {
      const { used } = encode(seededScene(width, height, bands, 1), width, height, bands, quality)
      expect(used).toBe(jpegEncodeBytes(width, height, bands, quality))
    }
    const engine = new Engine(500_000)
    expect(() => makeJpegWriter(engine, { width: 9000, height: 9000, bands: 3, quality: 80 })).toThrow(
      'needs more than',
    )
  })

  it('stays within 16 MB of tokens for 50 megapixels', () => {
    expect(jpegEncodeBytes(8192, 6144, 3, 80)).toBeLessThan(17 << 20)
  })
})
