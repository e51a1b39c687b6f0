import { describe, expect, it } from 'vitest'
import { makeWebpWriter, openWebp } from '../../../src/image/codecs/webp'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { encoded, metadata, raw } from '../../support/oracle'
import { fileOf, maxDiff, pixelsOf, psnr, scene, sourceOf } from '../../support/rows'

const LIMIT = 16 * 1024 * 1024

async function made(width: number, height: number, channels: Bands, options: object): Promise<Uint8Array> {
  const { data } = await encoded(scene(width, height, channels), [['webp', options]], {
    raw: { width, height, channels },
  })
  return data
}

describe('openWebp', () => {
  it.each([
    ['lossy', 3, { quality: 80 }],
    ['lossy with alpha', 4, { quality: 80 }],
    ['lossless', 3, { lossless: true }],
    ['lossless with alpha', 4, { lossless: true }],
  ] as const)('reads %s pictures as libvips does', async (_name, bands, options) => {
    for (const [width, height] of [
      [1, 1],
      [17, 33],
      [130, 71],
    ] as const) {
      const file = await made(width, height, bands, options)
      const engine = new Engine(LIMIT)
      const reader = await openWebp(engine, sourceOf(file), { alpha: bands === 4 })
      expect([reader.width, reader.height, reader.bands]).toEqual([width, height, bands])
      const { data } = await raw(file)
      expect(maxDiff(await pixelsOf(engine, reader), data)).toBe(0)
    }
  })

  it('gives rows without alpha where there is none to keep', async () => {
    const file = await made(40, 30, 4, { lossless: true })
    const engine = new Engine(LIMIT)
    const pixels = await pixelsOf(engine, await openWebp(engine, sourceOf(file), { alpha: false }))
    expect(maxDiff(pixels, (await raw(file, [['removeAlpha']])).data)).toBe(0)
  })

  it('names what is wrong with a file', async () => {
    const file = await made(64, 64, 3, { quality: 80 })
    const open = (bytes: Uint8Array) => openWebp(new Engine(LIMIT), sourceOf(bytes), { alpha: false })
    await expect(open(file.slice(0, 25))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(open(file.slice(0, file.length >> 1))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(open(file.with(23, 0))).rejects.toMatchObject({ kind: 'corrupt', offset: 20 })
    await expect(open(file.with(0, 0))).rejects.toMatchObject({ kind: 'corrupt', offset: 0 })
  })
})

describe('makeWebpWriter', () => {
  it.each([1, 2, 3, 4] as const)('writes rows of %i bands', async (bands) => {
    const [width, height] = [130, 71]
    const engine = new Engine(LIMIT)
    const pixels = scene(width, height, bands)
    const picture = { width, height, bands }
    const writer = await makeWebpWriter(engine, { ...picture, quality: 90, effort: 'interactive' })
    const file = await fileOf(engine, writer, pixels, picture)
    const { data, info } = await raw(file, bands < 3 ? [['extractChannel', 1]] : [])
    expect([info.width, info.height]).toEqual([width, height])
    if (bands === 1 || bands === 2) {
      const grey = pixels.filter((_, i) => i % bands === 0)
      expect(psnr(data, grey)).toBeGreaterThan(34)
    } else {
      expect(info.channels).toBe(bands)
      expect(psnr(data, pixels)).toBeGreaterThan(34)
    }
  })

  it('keeps alpha exactly, and every sample where lossless', async () => {
    const picture = { width: 61, height: 47, bands: 4 } as const
    const pixels = scene(picture.width, picture.height, 4)
    for (const lossless of [false, true]) {
      const engine = new Engine(LIMIT)
      const writer = await makeWebpWriter(engine, {
        ...picture,
        quality: 80,
        effort: 'interactive',
        lossless,
      })
      const { data } = await raw(await fileOf(engine, writer, pixels, picture))
      const opaque = (from: Uint8Array) => from.filter((_, i) => from[i | 3] === 255)
      expect(
        maxDiff(
          data.filter((_, i) => i % 4 === 3),
          pixels.filter((_, i) => i % 4 === 3),
        ),
      ).toBe(0)
      if (lossless) expect(maxDiff(opaque(data), opaque(pixels))).toBe(0)
    }
  })

  it('stays near the size of libvips at effort 4', async () => {
    const picture = { width: 320, height: 240, bands: 3 } as const
    const pixels = scene(picture.width, picture.height, 3)
    const size = async (effort: 'interactive' | 'background') => {
      const engine = new Engine(LIMIT)
      const writer = await makeWebpWriter(engine, { ...picture, quality: 80, effort })
      return (await fileOf(engine, writer, pixels, picture)).length
    }
    const theirs = (await made(320, 240, 3, { quality: 80, effort: 4 })).length
    expect(await size('interactive')).toBeLessThanOrEqual(theirs * 1.1)
    expect(await size('background')).toBeLessThanOrEqual(theirs * 1.03)
  })

  it('carries metadata', async () => {
    const picture = { width: 20, height: 10, bands: 4 } as const
    const engine = new Engine(LIMIT)
    const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    const writer = await makeWebpWriter(engine, {
      ...picture,
      quality: 80,
      effort: 'interactive',
      metadata: { xmp },
    })
    const file = await fileOf(engine, writer, scene(20, 10, 4), picture)
    expect(await metadata(file)).toMatchObject({
      width: 20,
      height: 10,
      hasAlpha: true,
      xmpAsString: '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    })
  })
})
