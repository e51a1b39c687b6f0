import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { readMetadata } from '../../src/image/metadata'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import type { Transformation } from '../../src/image/transformation'
import { type Call, encoded } from '../support/oracle'
import { render } from '../support/render'
import { random, sourceOf } from '../support/rows'

const options = { effort: 'interactive', budget: new MemoryBudget() } as const
const PACKET = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><note>behind the picture</note></x:xmpmeta>'

/** Noise, so that the files are far larger than what is kept of their beginning. */
async function noise(calls: Call[]): Promise<Uint8Array> {
  const next = random(3)
  const pixels = Uint8Array.from({ length: 700 * 500 * 3 }, () => next(256))
  return (await encoded(pixels, calls, { raw: { width: 700, height: 500, channels: 3 } })).data
}

/** Puts an XMP chunk before IEND. */
function withTrailingXmp(png: Uint8Array): Uint8Array {
  const body = new TextEncoder().encode(`iTXtXML:com.adobe.xmp\0\0\0\0\0${PACKET}`)
  const chunk = new Uint8Array(body.length + 8)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, body.length - 4)
  chunk.set(body, 4)
  view.setUint32(body.length + 4, crc32(body))
  const end = png.length - 12
  return Uint8Array.from([...png.subarray(0, end), ...chunk, ...png.subarray(end)])
}

async function rendered(bytes: Uint8Array, asked: Transformation) {
  const source = sourceOf(bytes)
  const opened: number[] = []
  const open = (offset = 0) => {
    opened.push(offset)
    return source.open(offset)
  }
  const header = probe(bytes)
  const made = await render({ size: source.size, open }, header, normalise(asked, header), options)
  return { opened, metadata: readMetadata(made.bytes, made.header.format) }
}

describe('an original', () => {
  it('is read once for picture and metadata, also where these lie behind it in a PNG', async () => {
    const png = withTrailingXmp(
      await noise([
        ['png', { compressionLevel: 1 }],
        ['withIccProfile', 'p3'],
      ]),
    )
    expect(png.length).toBeGreaterThan(900_000)
    const { opened, metadata } = await rendered(png, { width: 100, format: 'webp' })
    expect(opened).toEqual([0])
    expect(new TextDecoder().decode(metadata.xmp)).toContain('behind the picture')
    expect(metadata.icc?.length).toBeGreaterThan(100)
  })

  it('is read to its end for metadata where the picture is left early', async () => {
    const png = withTrailingXmp(await noise([['png', { compressionLevel: 1 }]]))
    const { opened, metadata } = await rendered(png, { width: 700, height: 40, fit: 'crop', format: 'webp' })
    expect(opened).toEqual([0])
    expect(new TextDecoder().decode(metadata.xmp)).toContain('behind the picture')
  })

  it('is read once where the metadata come first', async () => {
    const exif = { IFD0: { Copyright: 'Somebody' } }
    const jpeg = await noise([
      ['jpeg', { quality: 100 }],
      ['withExif', exif],
      ['withIccProfile', 'p3'],
    ])
    expect(jpeg.length).toBeGreaterThan(400_000)
    const { opened, metadata } = await rendered(jpeg, { width: 100, format: 'png' })
    expect(opened).toEqual([0])
    expect(metadata.exif?.length).toBeGreaterThan(20)
    expect(metadata.icc?.length).toBeGreaterThan(100)
  })
})
