import { describe, expect, it } from 'vitest'
import { makeAvifWriter, openAvif } from '../../../src/image/codecs/avif'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { encoded, raw } from '../../support/oracle'
import { fileOf, pixelsOf, psnr, scene, sourceOf } from '../../support/rows'

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
    const pixels = await pixelsOf(engine, await openAvif(engine, sourceOf(file), { alpha: bands === 4 }))
    expect(psnr(pixels, (await raw(file)).data)).toBeGreaterThan(45)
  })

  it('names what is wrong with a file', async () => {
    const file = await made(64, 64, 3, { quality: 60 })
    const open = (bytes: Uint8Array) => openAvif(new Engine(LIMIT), sourceOf(bytes), { alpha: false })
    for (const bytes of [file.slice(0, 40), file.slice(0, file.length - 60), new Uint8Array(100).fill(7)]) {
      await expect(open(bytes)).rejects.toMatchObject({ kind: 'truncated' })
    }
    // The coded picture: a temporal delimiter, a sequence header of ten bytes, the frame.
    const at = file.findIndex((byte, i) => byte === 0x12 && file[i + 1] === 0 && file[i + 2] === 0x0a)
    for (const [from, to, message] of [
      [at, at + 4, 'An AVIF picture has no AV1 sequence header'],
      [at + 14, at + 24, "The AVIF picture can't be decoded"],
    ] as const) {
      const broken = file.slice().fill(0xff, from, to)
      await expect(open(broken)).rejects.toMatchObject({ kind: 'corrupt', message })
    }
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
