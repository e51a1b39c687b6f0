import { describe, expect, it } from 'vitest'
import { makeBackgroundJpegWriter } from '../../../src/image/codecs/jpeg-background'
import { makeJpegWriter } from '../../../src/image/codecs/jpeg-encode'
import { Engine } from '../../../src/image/engine'
import { metadata, raw } from '../../support/oracle'
import { fileOf, psnr } from '../../support/rows'
import { seededScene } from '../../support/scenes'

async function both(width: number, height: number, bands: 1 | 3, quality: number) {
  const engine = new Engine(16 << 20)
  const picture = { width, height, bands }
  const pixels = seededScene(width, height, bands, 11)
  const background = await makeBackgroundJpegWriter(engine, { ...picture, quality })
  const slow = await fileOf(engine, background, pixels, picture)
  const fast = await fileOf(engine, makeJpegWriter(engine, { ...picture, quality }), pixels, picture)
  return { pixels, slow, fast }
}

describe('background JPEG encoder', () => {
  it.each([
    [3, 50],
    [3, 80],
    [3, 92],
    [1, 80],
  ] as const)("is smaller than the engine's for %i bands at quality %i", async (bands, quality) => {
    const { pixels, slow, fast } = await both(300, 200, bands, quality)
    expect(slow.length).toBeLessThan(fast.length)
    const calls: [string, ...unknown[]][] = bands === 1 ? [['toColourspace', 'b-w']] : []
    const loss = psnr((await raw(fast, calls)).data, pixels) - psnr((await raw(slow, calls)).data, pixels)
    expect(loss).toBeLessThan(3)
    const { chromaSubsampling, isProgressive } = await metadata(slow)
    expect(isProgressive).toBe(false)
    if (bands === 3) expect(chromaSubsampling).toBe(quality < 90 ? '4:2:0' : '4:4:4')
  })

  it('takes pictures of any size, one after another', async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 3],
      [17, 17],
      [2000, 3],
    ] as const) {
      const { slow } = await both(width, height, 3, 80)
      expect(await metadata(slow)).toMatchObject({ width, height, channels: 3 })
    }
  })

  it('puts segments behind the JFIF header', async () => {
    const engine = new Engine(1 << 20)
    const data = new TextEncoder().encode(
      'Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0',
    )
    const picture = { width: 16, height: 16, bands: 3 } as const
    const writer = await makeBackgroundJpegWriter(engine, {
      ...picture,
      quality: 80,
      segments: [{ marker: 0xe1, data }],
    })
    const file = await fileOf(engine, writer, seededScene(16, 16, 3, 1), picture)
    expect(await metadata(file)).toMatchObject({ width: 16, orientation: 3 })
    expect([...file.subarray(2, 4), ...file.subarray(20, 22)]).toEqual([0xff, 0xe0, 0xff, 0xe1])
  })
})
