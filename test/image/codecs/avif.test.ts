import { describe, expect, it } from 'vitest'
import { openDav1d } from '../../../src/image/codecs/av1-frame'
import { openAv1 } from '../../../src/image/codecs/av1-picture'
import { makeAvifWriter, openAvif } from '../../../src/image/codecs/avif'
import { openAvifDecoder } from '../../../src/image/codecs/avif-decode'
import { avifBytes, checkAvifTiles, hasFallback } from '../../../src/image/codecs/avif-memory'
import type { PictureDecoder } from '../../../src/image/codecs/coded-picture'
import { Engine } from '../../../src/image/engine'
import { probe } from '../../../src/image/probe'
import type { Bands } from '../../../src/image/rows'
import { codedAv1 } from '../../support/avif-encode'
import { encoded, raw } from '../../support/oracle'
import { fileOf, maxDiff, pixelsOf, psnr, scene, sourceOf } from '../../support/rows'

const LIMIT = 16 * 1024 * 1024

async function made(width: number, height: number, channels: Bands, options: object): Promise<Uint8Array> {
  const { data } = await encoded(scene(width, height, channels), [['avif', { effort: 1, ...options }]], {
    raw: { width, height, channels },
  })
  return data
}

describe('openAvif', () => {
  it.each([3, 4] as const)('reads pictures of %i bands as libvips does', async (bands) => {
    const file = await made(131, 70, bands, { quality: 70 })
    const engine = new Engine(LIMIT)
    const pixels = await pixelsOf(engine, await openAvif(engine, sourceOf(file), probe(file)))
    expect(psnr(pixels, (await raw(file)).data)).toBeGreaterThan(45)
  })

  it('names what is wrong with a file', async () => {
    const file = await made(64, 64, 3, { quality: 60 })
    const header = probe(file)
    const open = (bytes: Uint8Array) => openAvif(new Engine(LIMIT), sourceOf(bytes), header)
    for (const bytes of [file.slice(0, 40), file.slice(0, file.length - 60), new Uint8Array(100).fill(7)]) {
      await expect(open(bytes)).rejects.toMatchObject({ kind: 'truncated' })
    }
    // The coded picture: a temporal delimiter, a sequence header of ten bytes, the frame.
    const at = file.findIndex((byte, i) => byte === 0x12 && file[i + 1] === 0 && file[i + 2] === 0x0a)
    for (const [from, to] of [
      [at, at + 4],
      [at + 14, at + 24],
    ] as const) {
      const broken = file.slice().fill(0xff, from, to)
      await expect(open(broken)).rejects.toMatchObject({
        kind: expect.stringMatching(/^(corrupt|truncated)$/),
      })
    }
  })

  it.each([10, 12])('reads pictures of %i bits, in 16 where that is asked', async (bitdepth) => {
    const file = await made(131, 70, 3, { quality: 90, bitdepth })
    const header = probe(file)
    expect(header.bitDepth).toBe(bitdepth)
    const read = async (depth: 8 | 16) => {
      const engine = new Engine(LIMIT)
      const reader = await openAvif(engine, sourceOf(file), header, depth)
      const bytes: number[] = []
      for (let rows = await reader.read(); rows; rows = await reader.read())
        for (let i = 0; i < rows.count; i++) {
          const at = rows.pointer + i * rows.stride
          bytes.push(...engine.bytes.subarray(at, at + 131 * 3 * (depth / 8)))
        }
      return bytes
    }
    const narrow = await read(8)
    // libvips gives 8 bits of such a picture, too, but it cuts where we round.
    const theirs = (await raw(file)).data
    expect(maxDiff(Uint8Array.from(narrow), theirs)).toBeLessThanOrEqual(1)
    const wide = await read(16)
    let between = 0
    for (let i = 0; i < narrow.length; i++) {
      const value = (wide[2 * i]! + 256 * wide[2 * i + 1]!) / 257
      expect(Math.abs(value - narrow[i]!)).toBeLessThanOrEqual(0.51)
      if (Math.abs(value - narrow[i]!) > 0.1) between++
    }
    // Most values are between those of 8 bits.
    expect(between).toBeGreaterThan(narrow.length / 2)
  })
})

/** 192×160 pixels of film grain over grey, 4:4:4, by libaom (quality 12, its denoiser at 50). */
const GRAIN =
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAJYAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAMAAAACgAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xybmNseAACAAIABoAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAJ5tZGF0EgAKCTgd7+fYQICBrDKGARNwD3330RHN9gCiNqFroK6l5Kb/phAAB/gBAAB/gFv8DAQEBAQMFAQD7AwEBAv8BAQEC/Pz8/QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQAAEBgQCAwIBC0uHwEsWRxVT6kIn/x/CtJ9cRPSgvA'

it('reads film grain as libvips does', async () => {
  const file = Uint8Array.from(atob(GRAIN), (character) => character.charCodeAt(0))
  const engine = new Engine(LIMIT)
  const pixels = await pixelsOf(engine, await openAvif(engine, sourceOf(file), probe(file)))
  expect(maxDiff(pixels, (await raw(file)).data)).toBe(0)
  // Grain is noise: neighbours differ.
  const steps = pixels.reduce((sum, value, i) => sum + (i < 3 ? 0 : Math.abs(value - pixels[i - 3]!)), 0)
  expect(steps / pixels.length).toBeGreaterThan(1)
})

describe('what our decoder leaves out', () => {
  /** A still of 64×64 with super-resolution up to its tile (AV1 §5.5.1, §5.9.2): two units, each with its size. */
  const still = new Uint8Array([0x0a, 0x06, 0x18, 0x15, 0x7f, 0xfc, 0x44, 0x40, 0x1a, 0x03, 0x21, 0x00, 0x04])

  it('is decoded as a frame', async () => {
    const pictures = []
    for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
      const file = await made(131, 71, 4, { quality: 70, chromaSubsampling })
      const { colour, alpha } = await codedAv1(file)
      for (const tile of [colour, alpha!]) pictures.push(tile)
    }
    for (const { width, height, data } of pictures) {
      const size = [width, height].flatMap((side) => [0, 0, side >> 8, side & 255])
      const payload = new Uint8Array([0, 0, 0, 0, ...size])
      const item = { type: 'av01', extents: [], properties: [{ type: 'ispe', payload }] }
      const [ours, frame] = [openAv1(), await openDav1d()]
      const rowsOf = async (decoder: PictureDecoder) => {
        const picture = await decoder.open(item, data, { chroma: true })
        const planes: number[][] = [[], [], []]
        for (let rows = picture.nextRows(); rows; rows = picture.nextRows())
          for (const [plane, { pointer, stride }] of rows.planes.entries()) {
            const halved = plane > 0 && picture.layout === '420' ? 1 : 0
            for (let y = 0; y < (rows.count + halved) >> halved; y++)
              for (let x = 0; x < (width + halved) >> halved; x++)
                planes[plane]!.push(picture.memory[pointer + y * stride + x * picture.sampleBytes]!)
          }
        const { layout, colour, bitDepth } = picture
        picture.close()
        return { planes, layout, bitDepth, matrix: colour.matrix, fullRange: colour.fullRange }
      }
      expect(await rowsOf(frame)).toEqual(await rowsOf(ours))
    }
  })

  it.each([
    ['where no frame was planned for', 8, 'Expected a smaller AVIF picture for one with super-resolution'],
    ['where no frame would do', 10, 'Expected no super-resolution in an AVIF picture of 10 bits'],
  ])('is refused by name %s', async (_, bits, message) => {
    const decoder = await openAvifDecoder(false)
    const item = { type: 'av01', extents: [], properties: [] }
    const data = still.map((byte, i) => (i === 6 && bits > 8 ? byte | 8 : byte))
    const opened = (async () => decoder.open(item, data, { chroma: true }))()
    await expect(opened).rejects.toMatchObject({ kind: 'unsupported', message })
  })
})

describe('the plan for reading', () => {
  const header = { width: 4000, height: 3000, alpha: false, bitDepth: 8, interlaced: true }

  it('hardly grows with the height, and has room for frames of small pictures', () => {
    const of = (facts: object) => avifBytes({ ...header, ...facts }, 3_000_000)
    const [small, tall] = [of({}), of({ height: 12_000 })]
    expect(tall.outside - small.outside).toBeLessThan(1_000_000)
    expect(tall.engine).toBe(small.engine)
    expect(of({ width: 8000, height: 6000 }).outside).toBeLessThan(24_000_000)
    expect(hasFallback({ ...header, width: 2000, height: 1500 }, 500_000)).toBe(true)
    expect(hasFallback(header, 500_000)).toBe(false)
  })

  it('refuses rows of more tiles than it has memory for', () => {
    const payload = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 64])
    const tile = { type: 'av01', extents: [], properties: [{ type: 'ispe', payload }] }
    const size = { width: 1600, height: 64 }
    const tiles = Array.from({ length: 200 }, () => tile)
    const colour = { ...size, rows: 1, columns: 200, tiles }
    const picture = { colour, alpha: null, premultiplied: false, idat: new Uint8Array() }
    const check = () => checkAvifTiles(picture, { ...header, ...size, interlaced: false }, 10_000)
    expect(check).toThrow('Expected tiles of at least 256 columns in AVIF')
  })
})

describe('makeAvifWriter', () => {
  const write = async (bands: Bands, quality: number, effort: 'interactive' | 'background') => {
    const picture = { width: 131, height: 70, bands }
    const pixels = scene(picture.width, picture.height, bands)
    const engine = new Engine(LIMIT)
    const writer = await makeAvifWriter(engine, { ...picture, quality, effort })
    return { pixels, file: await fileOf(engine, writer, pixels, picture) }
  }

  it.each([3, 4] as const)('writes rows of %i bands that libvips reads', async (bands) => {
    const { pixels, file } = await write(bands, 75, 'interactive')
    const { data, info } = await raw(file)
    expect([info.width, info.height, info.channels]).toEqual([131, 70, bands])
    expect(psnr(data, pixels)).toBeGreaterThan(33)
  })

  it('halves chroma below quality 90', async () => {
    // AV1 in ISOBMFF §2.3.3: the third byte of av1C has chroma_subsampling_x and _y in bits 3 and 2.
    const subsampling = (file: Uint8Array): number => {
      const at = String.fromCharCode(...file).indexOf('av1C')
      return (file[at + 6]! >> 2) & 3
    }
    expect(subsampling((await write(3, 89, 'interactive')).file)).toBe(3)
    expect(subsampling((await write(3, 90, 'interactive')).file)).toBe(0)
  })

  it('takes its time in the background', async () => {
    const [fast, slow] = [await write(3, 50, 'interactive'), await write(3, 50, 'background')]
    const quality = async (file: Uint8Array) => psnr((await raw(file)).data, fast.pixels) / file.length
    expect(await quality(slow.file)).toBeGreaterThan(await quality(fast.file))
  })
})
