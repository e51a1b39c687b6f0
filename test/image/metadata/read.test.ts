import { brotliCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { Format } from '../../../src/image/formats'
import type { ByteSource } from '../../../src/image/header'
import { readMetadata, readMetadataFrom } from '../../../src/image/metadata'
import { be32, box, fullBox, heif, ispe, join, prof } from '../../support/bmff'
import { deflated, exifBlock, iptcBlock, pngChunk, xmpPacket } from '../../support/metadata'
import { makeRandom, mutate } from '../../support/mutate'
import { encoded, metadata } from '../../support/oracle'

const exif = exifBlock()
const xmp = xmpPacket
const picture = { create: { width: 24, height: 16, channels: 3, background: '#446688' } }
const bytesOf = (value: unknown) => new Uint8Array((value as { data: number[] }).data)
const utf8 = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

/** Bytes as R2 gives them: opened anew at any offset, in pieces of `size`. */
function sourceOf(bytes: Uint8Array, size: number): ByteSource & { opened: number[] } {
  const opened: number[] = []
  return {
    size: bytes.length,
    opened,
    open: async (offset = 0) => {
      opened.push(offset)
      let at = offset
      return new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) controller.close()
          else controller.enqueue(bytes.slice(at, (at += size)))
        },
      })
    },
  }
}

it.each(['jpeg', 'png', 'webp', 'avif'] as const)(
  'finds in %s what libvips wrote, as a whole and in pieces',
  async (type) => {
    const { data } = await encoded(
      null,
      [['withExif', { IFD0: { Make: 'Konifer' } }], ['withXmp', utf8(xmp)], ['withIccProfile', 'p3'], [type]],
      picture,
    )
    const format: Format = type === 'jpeg' ? 'jpg' : type
    const found = readMetadata(data, format)
    const judge = await metadata(data)
    expect(found.icc).toEqual(bytesOf(judge.icc))
    expect(utf8(found.xmp)).toContain('dc:source="forest"')
    expect(utf8(found.exif)).toContain('Konifer')
    expect(utf8(found.exif)).toMatch(/^(II\*\0|MM\0\*)/)
    expect(await readMetadataFrom(sourceOf(data, 13), format)).toEqual(found)
  },
)

it('reads IPTC and a profile of many segments out of a JPEG', () => {
  const icc = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251)
  const part = (n: number) => join('ICC_PROFILE\0', [n, 3], icc.subarray((n - 1) * 50_000, n * 50_000))
  const segment = (marker: number, ...body: Parameters<typeof join>) => {
    const bytes = join(...body)
    return join([0xff, marker, (bytes.length + 2) >>> 8, (bytes.length + 2) & 255], bytes)
  }
  const resources = join(
    '8BIM',
    [4, 0x22, 0, 0],
    be32(3),
    [1, 2, 3, 0],
    '8BIM',
    [4, 4, 0, 0],
    be32(iptcBlock.length),
    iptcBlock,
  )
  const extended = utf8(xmp).replace(
    'dc:source',
    'xmpNote:HasExtendedXMP="0123456789ABCDEF0123456789ABCDEF" dc:source',
  )
  const file = join(
    [0xff, 0xd8],
    // The parts of a profile may come in any order.
    segment(0xe2, part(2)),
    segment(0xe2, part(1)),
    segment(0xe2, part(3)),
    segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', new TextEncoder().encode(extended)),
    segment(0xed, 'Photoshop 3.0\0', resources),
    [0xff, 0xda, 0, 2],
  )
  const found = readMetadata(file, 'jpg')
  expect(found.icc).toEqual(icc)
  expect(found.iptc).toEqual(iptcBlock)
  expect(utf8(found.xmp)).toContain('dc:source')
  expect(utf8(found.xmp)).not.toContain('HasExtendedXMP')
  // Cut within the third part: what is whole is kept.
  expect(readMetadata(file.subarray(0, 120_000), 'jpg')).toEqual({})
})

it('joins extended XMP to the packet that names it, in whatever order its parts come', () => {
  const guid = '0123456789ABCDEF0123456789ABCDEF'
  const main = utf8(xmp).replace('dc:source', `xmpNote:HasExtendedXMP="${guid}" dc:source`)
  const rest = new TextEncoder().encode(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:k="urn:k"><rdf:Description rdf:about="" k:depth="${'x'.repeat(90_000)}"/></rdf:RDF></x:xmpmeta>`,
  )
  const segment = (...body: Parameters<typeof join>) => {
    const bytes = join(...body)
    return join([0xff, 0xe1, (bytes.length + 2) >>> 8, (bytes.length + 2) & 255], bytes)
  }
  const part = (at: number, end: number, name = guid, length = rest.length) =>
    segment('http://ns.adobe.com/xmp/extension/\0', name, be32(length), be32(at), rest.subarray(at, end))
  const file = (...parts: Uint8Array[]) =>
    join(
      [0xff, 0xd8],
      segment('http://ns.adobe.com/xap/1.0/\0', new TextEncoder().encode(main)),
      ...parts,
      [0xff, 0xda, 0, 2],
    )
  const whole = readMetadata(file(part(60_000, 90_500), part(0, 60_000), part(90_500, rest.length)), 'jpg')
  expect(utf8(whole.xmp)).toContain('dc:source="forest"')
  expect(utf8(whole.xmp)).toContain(`k:depth="${'x'.repeat(90_000)}"`)
  expect(utf8(whole.xmp)).toMatch(/<rdf:RDF xmlns:rdf="[^"]*" xmlns:k="urn:k">/)
  expect(utf8(whole.xmp)).not.toContain('HasExtendedXMP')
  expect(utf8(whole.xmp).match(/<\/rdf:RDF>/g)).toHaveLength(1)
  // A part is missing, is of another packet, is too large, or lies outside: the main packet alone.
  for (const parts of [
    [part(0, 60_000)],
    [part(0, 60_000, 'F'.repeat(32)), part(60_000, rest.length, 'F'.repeat(32))],
    [part(0, 60_000, guid, 5_000_000)],
    [part(0, 60_000, guid, 50_000)],
  ]) {
    const found = readMetadata(file(...parts), 'jpg')
    expect(utf8(found.xmp)).toContain('dc:source="forest"')
    expect(utf8(found.xmp)).not.toMatch(/k:depth|HasExtendedXMP/)
  }
})

it('reads raw profiles and late chunks out of a PNG', async () => {
  const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
  const ihdr = pngChunk('IHDR', be32(1), be32(1), [8, 2, 0, 0, 0])
  const iptc = join('8BIM', [4, 4, 0, 0], be32(iptcBlock.length), iptcBlock)
  const file = join(
    [0x89],
    'PNG\r\n',
    [0x1a, 10],
    ihdr,
    pngChunk('IDAT', new Uint8Array(3_000_000)),
    pngChunk('zTXt', 'Raw profile type iptc\0\0', deflated(`\niptc\n  ${iptc.length}\n${hex(iptc)}\n`)),
    pngChunk(
      'tEXt',
      'Raw profile type exif\0',
      `\nexif\n  ${exif.length + 6}\n${hex(join('Exif\0\0', exif))}\n`,
    ),
    pngChunk('iTXt', 'XML:com.adobe.xmp\0', [1, 0], '\0\0', deflated(xmp)),
    pngChunk('IEND'),
  )
  const found = readMetadata(file, 'png')
  expect(found).toEqual({ iptc: iptcBlock, exif, xmp })
  const source = sourceOf(file, 65536)
  expect(await readMetadataFrom(source, 'png')).toEqual(found)
  // The picture data is passed over, not read.
  expect(source.opened.length).toBe(2)
})

it('passes over the many chunks of a large PNG', async () => {
  const data = Array.from({ length: 400 }, () => pngChunk('IDAT', new Uint8Array(8192).fill(0x74)))
  const late = [
    pngChunk('iTXt', 'XML:com.adobe.xmp\0', [0, 0], '\0\0', xmp),
    pngChunk('tIME', new Uint8Array(7)),
  ]
  const head = join(
    [0x89],
    'PNG\r\n',
    [0x1a, 10],
    pngChunk('IHDR', new Uint8Array(13)),
    pngChunk('eXIf', exif),
  )
  const source = sourceOf(join(head, ...data, ...late, pngChunk('IEND')), 65536)
  expect(await readMetadataFrom(source, 'png')).toEqual({ exif, xmp })
  expect(source.opened).toEqual([0, source.size - (1 << 18)])
  // Without anything behind the picture, and cut short.
  expect(await readMetadataFrom(sourceOf(join(head, ...data, pngChunk('IEND')), 65536), 'png')).toEqual({
    exif,
  })
  expect(await readMetadataFrom(sourceOf(join(head, ...data), 65536), 'png')).toEqual({ exif })
})

it('reads HEIF items, wherever they lie', async () => {
  const file = heif({
    brand: 'heic',
    items: [
      { id: 1, type: 'hvc1', properties: [1, 2], data: new Uint8Array(2_000_000) },
      { id: 2, type: 'Exif', data: join(be32(6), 'Exif\0\0', exif) },
      { id: 3, type: 'mime', content: 'application/rdf+xml', data: xmp },
    ],
    properties: [ispe(4, 4), prof(new Uint8Array(200).fill(7))],
  })
  const expected = { exif, xmp, icc: new Uint8Array(200).fill(7) }
  expect(readMetadata(file, 'heic')).toEqual(expected)
  const source = sourceOf(file, 4096)
  expect(await readMetadataFrom(source, 'heic')).toEqual(expected)
  expect(source.opened.length).toBe(2)
  // mdat before meta: the items lie behind the reader.
  const swapped = heif({
    items: [
      { id: 1, type: 'av01', properties: [1] },
      { id: 2, type: 'Exif', data: join(be32(0), exif) },
    ],
    properties: [ispe(4, 4)],
    early: true,
  })
  expect(readMetadata(swapped, 'avif')).toEqual({ exif })
  expect(await readMetadataFrom(sourceOf(swapped, 50), 'avif')).toEqual({ exif })
})

it('reads plain and brotli-compressed boxes of JPEG XL', () => {
  const head = join(be32(12), 'JXL \r\n', [0x87, 10], box('ftyp', 'jxl ', be32(0), 'jxl '))
  const plain = join(head, box('jxlc', new Uint8Array(50)), box('Exif', be32(0), exif), box('xml ', xmp))
  expect(readMetadata(plain, 'jxl')).toEqual({ exif, xmp })
  const brob = (type: string, bytes: Uint8Array) =>
    box('brob', type, new Uint8Array(brotliCompressSync(bytes)))
  expect(
    readMetadata(
      join(head, brob('Exif', join(be32(0), exif)), brob('xml ', xmp), brob('Exif', new Uint8Array(9))),
      'jxl',
    ),
  ).toEqual({ exif, xmp })
  expect(readMetadata(join(head, box('brob', 'Exif', [1, 2, 3])), 'jxl')).toEqual({})
  expect(readMetadata(join([0xff, 0x0a], new Uint8Array(20)), 'jxl')).toEqual({})
})

it('reads XMP and a profile out of a GIF', () => {
  const trailer = [1, ...Array.from({ length: 256 }, (_, i) => 255 - i)]
  const file = join(
    'GIF89a',
    [1, 0, 1, 0, 0, 0, 0],
    [0x21, 0xff, 11],
    'XMP DataXMP',
    xmp,
    trailer,
    [0],
    [0x21, 0xff, 11],
    'ICCRGBG1012',
    [5],
    'first',
    [6],
    'second',
    [0],
    [0x3b],
  )
  const found = readMetadata(file, 'gif')
  expect(utf8(found.xmp)).toBe(utf8(xmp))
  expect(utf8(found.icc)).toBe('firstsecond')
})

it('drops what is over its bound', () => {
  const bomb = pngChunk('iTXt', 'XML:com.adobe.xmp\0', [1, 0], '\0\0', deflated(new Uint8Array(8 << 20)))
  const file = join(
    [0x89],
    'PNG\r\n',
    [0x1a, 10],
    pngChunk('IHDR', new Uint8Array(13)),
    bomb,
    pngChunk('eXIf', exif),
  )
  expect(readMetadata(file, 'png')).toEqual({ exif })
  const large = heif({
    items: [{ id: 1, type: 'Exif', data: new Uint8Array((1 << 20) + 1) }],
    properties: [ispe(1, 1)],
  })
  expect(readMetadata(large, 'avif')).toEqual({})
})

it('never throws on damage', async () => {
  const random = makeRandom(11)
  const calls = (type: string) =>
    encoded(
      null,
      [['withExif', { IFD0: { Make: 'Konifer' } }], ['withXmp', utf8(xmp)], ['withIccProfile', 'p3'], [type]],
      picture,
    )
  const files: [Format, Uint8Array][] = [
    ['jpg', (await calls('jpeg')).data],
    ['png', (await calls('png')).data],
    ['webp', (await calls('webp')).data],
    ['avif', (await calls('avif')).data],
    [
      'heic',
      heif({
        items: [
          { id: 2, type: 'Exif', data: join(be32(0), exif) },
          { id: 3, type: 'mime', content: 'application/rdf+xml', data: xmp },
        ],
        properties: [ispe(4, 4)],
      }),
    ],
    ['jxl', join(be32(12), 'JXL \r\n', [0x87, 10], box('Exif', be32(0), exif), fullBox('xml ', 0, xmp))],
    ['gif', join('GIF89a', [1, 0, 1, 0, 0, 0, 0], [0x21, 0xff, 11], 'XMP DataXMP', xmp, [0, 0x3b])],
  ]
  for (const [format, file] of files) {
    for (let i = 0; i < 120; i++) {
      const damaged = mutate(file, random)
      const found = readMetadata(damaged, format)
      expect(await readMetadataFrom(sourceOf(damaged, 997), format)).toEqual(found)
    }
  }
})
