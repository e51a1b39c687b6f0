import { describe, expect, it } from 'vitest'
import { ImageError } from '../../src/image/error'
import type { ImageHeader } from '../../src/image/header'
import { makeProbe, probe } from '../../src/image/probe'
import { be32, box, heif, ispe, join, pixi } from '../support/bmff'
import { makeRandom, mutate } from '../support/mutate'
import { encoded } from '../support/oracle'

const noise = {
  create: {
    width: 31,
    height: 17,
    channels: 3,
    background: '#336699',
    noise: { type: 'gaussian', mean: 128, sigma: 30 },
  },
}

const frames = { create: { ...noise.create, height: 51, pageHeight: 17 } }

/** The header read from pieces of `size` bytes. */
function inPieces(bytes: Uint8Array, size: number): ImageHeader {
  const reader = makeProbe()
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.slice(at, at + size))
  return reader.end()
}

const formats = ['jpeg', 'png', 'webp', 'gif', 'avif'] as const

describe('a header', () => {
  it.each(formats)('of %s is the same from the whole file and byte by byte', async (format) => {
    const { data } = await encoded(null, [[format]], noise)
    const header = probe(data)
    expect(header).toMatchObject({
      width: 31,
      height: 17,
      alpha: false,
      orientation: 1,
      pageCount: 1,
      loop: 0,
      colorSpace: 'srgb',
      components: 3,
      bitDepth: 8,
    })
    expect(inPieces(data, 1)).toEqual(header)
    expect(inPieces(data, 100)).toEqual(header)
  })

  it('is known before the file has ended, and says how much more it needs', async () => {
    const { data } = await encoded(null, [['jpeg']], noise)
    const reader = makeProbe()
    expect(reader.header).toBeNull()
    reader.push(data.subarray(0, 40))
    expect(reader.header).toBeNull()
    expect(reader.needed).toBeGreaterThan(40)
    reader.push(data.subarray(40, data.length - 100))
    expect(reader).toMatchObject({ header: { width: 31 }, needed: 0, final: true })
  })

  it('is that of the bytes, not of what follows them', async () => {
    const { data } = await encoded(null, [['png']], noise)
    const longer = new Uint8Array(data.length + 50)
    longer.set(data)
    expect(probe(longer)).toEqual(probe(data))
  })
})

describe('what is no picture', () => {
  const refused = (bytes: Uint8Array): ImageError => {
    try {
      probe(bytes)
    } catch (error) {
      if (error instanceof ImageError) return error
      throw error
    }
    throw new Error('expected a refusal')
  }

  it('is refused by name', () => {
    const text = refused(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'))
    expect(text.kind).toBe('unsupported')
    expect(text.message).toContain('JPEG, PNG, WebP, AVIF, JPEG XL, HEIC or GIF')
    expect(text.message).toContain('3c 73 76 67')
    expect(refused(new Uint8Array(0)).message).toContain('no bytes at all')
  })

  it('is truncated when it ends within its header', async () => {
    for (const format of formats) {
      const { data } = await encoded(null, [[format]], noise)
      const cut = format === 'png' ? 30 : 20
      expect(refused(data.subarray(0, cut)).kind, format).toBe('truncated')
    }
  })

  it('never gives anything but a header or an ImageError', async () => {
    const random = makeRandom(7)
    const files = await Promise.all(
      formats.map(
        async (format) => (await encoded(null, [['withMetadata', { orientation: 6 }], [format]], noise)).data,
      ),
    )
    files.push(
      (await encoded(null, [['gif']], frames)).data,
      (await encoded(null, [['webp']], frames)).data,
      join(
        be32(12),
        'JXL \r\n',
        [0x87, 10],
        box('jxlp', be32(0), [0xff, 0x0a, 0x28]),
        box('jxlp', be32(0x80000001), new Uint8Array(40).fill(0x55)),
      ),
      heif({
        items: [{ id: 1, type: 'av01', properties: [1, 2], data: new Uint8Array(9) }],
        properties: [ispe(9, 8), pixi(8, 8, 8)],
      }),
    )
    for (const file of files) {
      for (let i = 0; i < 150; i++) {
        const damaged = mutate(file.subarray(0, 4096), random)
        try {
          const header = inPieces(damaged, 1 + Math.floor(random() * 700))
          expect(header.width * header.height).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError)
        }
      }
    }
  })
})
