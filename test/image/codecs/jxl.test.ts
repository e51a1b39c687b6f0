// Nothing else at hand reads or writes JPEG XL, so libjxl's encoder and decoder check each other.
import { describe, expect, it } from 'vitest'
import { makeJxlWriter, openJxl } from '../../../src/image/codecs/jxl'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { fileOf, maxDiff, pixelsOf, psnr, scene, sourceOf } from '../../support/rows'

const LIMIT = 16 * 1024 * 1024

async function written(bands: Bands, effort: 'interactive' | 'background') {
  const picture = { width: 131, height: 70, bands }
  const pixels = scene(picture.width, picture.height, bands)
  const engine = new Engine(LIMIT)
  const writer = await makeJxlWriter(engine, { ...picture, quality: 90, effort })
  return { pixels, file: await fileOf(engine, writer, pixels, picture) }
}

async function read(file: Uint8Array, alpha: boolean): Promise<Uint8Array> {
  const engine = new Engine(LIMIT)
  const reader = await openJxl(engine, sourceOf(file), { alpha })
  expect([reader.width, reader.height]).toEqual([131, 70])
  return pixelsOf(engine, reader)
}

describe('JPEG XL', () => {
  it.each(['interactive', 'background'] as const)('gives back what was written (%s)', async (effort) => {
    const { pixels, file } = await written(3, effort)
    expect([...file.subarray(0, 2)]).toEqual([0xff, 0x0a])
    expect(psnr(await read(file, false), pixels)).toBeGreaterThan(38)
  })

  it('keeps alpha exactly', async () => {
    const { pixels, file } = await written(4, 'interactive')
    const alphaOf = (samples: Uint8Array) => samples.filter((_, i) => i % 4 === 3)
    expect(maxDiff(alphaOf(await read(file, true)), alphaOf(pixels))).toBeLessThanOrEqual(1)
  })

  it('names the format of a broken file', async () => {
    const { file } = await written(3, 'interactive')
    for (const bytes of [file.slice(0, 12), file.slice(0, file.length >> 1), new Uint8Array(100)]) {
      await expect(openJxl(new Engine(LIMIT), sourceOf(bytes), { alpha: false })).rejects.toMatchObject({
        kind: 'corrupt',
        message: "The JXL picture can't be decoded",
      })
    }
  })

  it('says so where a file ends in front of its picture', async () => {
    const { file } = await written(3, 'interactive')
    const cut = openJxl(new Engine(LIMIT), sourceOf(file.slice(0, 4)), { alpha: false })
    await expect(cut).rejects.toMatchObject({ kind: 'truncated', message: /ends too early/ })
  })
})
