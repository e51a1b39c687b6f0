// Metadata made to do harm: what inflates, loops, counts more than there is, or is as large as a file can be. It is
// left out or cut at its bound, and never costs the picture; where no counter tells the work, a reader that took
// longer in proportion would not end within the test's time.
import { brotliCompressSync, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { IccScan } from '../../../src/image/colour/icc-scan'
import { parseProfile } from '../../../src/image/colour/profile'
import type { Format } from '../../../src/image/formats'
import { readMetadata, settleMetadata } from '../../../src/image/metadata'
import { readExifFacts, separateIptc, setOrientation } from '../../../src/image/metadata/exif'
import { iptcOf } from '../../../src/image/metadata/iptc'
import { setXmpOrientation, withExtended } from '../../../src/image/metadata/xmp'
import { probe } from '../../../src/image/probe'
import { be16, be32, box, join, type Part } from '../../support/bmff'
import { outcomeOf } from '../../support/outcome'
import { chunk, ihdr, SIGNATURE } from '../../support/png'

const text = (value: string) => new TextEncoder().encode(value)
/** `part` as often as it takes to fill `bytes`. */
const filled = (bytes: number, part: string) => text(part.repeat(Math.ceil(bytes / part.length)))
const MB = 1 << 20
const output = { format: 'jpg', width: 8, height: 8, orientation: 6, strip: [], icc: null } as const

describe('PNG', () => {
  const image = [chunk('IDAT', new Uint8Array(20)), chunk('IEND')]
  const file = (...chunks: Uint8Array[]) => join(SIGNATURE, ihdr(8, 8, 8, 2), ...chunks, ...image)
  const named = (type: string, keyword: string, ...body: Part[]) => chunk(type, join(keyword, 0, ...body))
  const XMP = 'XML:com.adobe.xmp'
  const bomb = deflateSync(new Uint8Array(64 * MB), { level: 9 })

  it.each([
    ['zTXt', named('zTXt', XMP, 0, bomb)],
    ['iTXt', named('iTXt', XMP, 1, 0, 0, 0, bomb)],
    ['iCCP', named('iCCP', 'p', 0, bomb)],
    ['a raw profile', named('zTXt', 'Raw profile type exif', 0, bomb)],
  ])('%s of 64 MB in 64 KB is left out', (_name, one) => {
    expect(readMetadata(file(one), 'png')).toEqual({})
    expect(probe(file(one))).toMatchObject({ width: 8, colorSpace: 'srgb' })
  })

  it.each([
    ['zTXt', named('zTXt', `${XMP.slice(0, -1)}q`, 0, deflateSync(new Uint8Array(2 * MB)))],
    ['raw profile', named('zTXt', 'Raw profile type xmp', 0, deflateSync(new Uint8Array(2 * MB)))],
    ['iCCP', named('iCCP', 'p', 0, deflateSync(new Uint8Array(4 * MB + 1)))],
  ])('thousands of %s chunks below the bound: few are inflated', (_name, one) => {
    // Each of them would take some milliseconds.
    const many = join(...Array.from({ length: 20_000 }, () => one))
    expect(readMetadata(file(many), 'png')).toEqual({})
    expect(probe(file(many))).toMatchObject({ width: 8 })
  })

  it('a raw profile that claims more digits than it has', () => {
    for (const length of ['999999999', '4294967297', '0', '1e9']) {
      const one = named('tEXt', 'Raw profile type iptc', `\niptc\n${length}\n1c02`)
      expect(readMetadata(file(one), 'png')).toEqual({})
    }
  })
})

describe('EXIF', () => {
  const entry = (tag: number, type: number, count: number, value: number) =>
    join(be16(tag), be16(type), be32(count), be32(value))
  const tiff = (first: number, ...rest: Part[]) => join('MM', [0, 42], be32(first), ...rest)

  it.each([
    ['IFD0 that is its own Exif IFD', tiff(8, be16(1), entry(0x8769, 4, 1, 8), be32(8))],
    [
      'IFDs that point to each other',
      tiff(8, be16(1), entry(0x8769, 4, 1, 26), be32(26), be16(1), entry(0xa005, 4, 1, 8), be32(8)),
    ],
    ['65,535 entries in 30 bytes', tiff(8, be16(65535), entry(0x0112, 3, 1, 6 << 16), be32(8))],
    ['IFD0 in front of the header', tiff(0, be16(1), entry(0x0112, 3, 1, 6 << 16), be32(0))],
    ['IFD0 beyond the end', tiff(0xfffffff0, be16(1), entry(0x0112, 3, 1, 6 << 16), be32(0))],
    [
      'a value of 4 GB',
      tiff(8, be16(2), entry(0x83bb, 7, 0xffffffff, 8), entry(0x8649, 4, 0x40000000, 8), be32(0)),
    ],
    [
      'a thumbnail over the directories',
      tiff(8, be16(0), be32(14), be16(2), entry(0x0201, 4, 1, 0), entry(0x0202, 4, 1, 4000), be32(8)),
    ],
  ] as const)('%s', (_name, exif) => {
    readExifFacts(exif)
    expect(separateIptc(exif).iptc).toBeNull()
    // Written anew it is at most one entry longer.
    expect(setOrientation(exif, 6).length).toBeLessThanOrEqual(Math.max(26, exif.length + 2 + 12 * 4 + 4))
    const settled = settleMetadata({ exif }, output)
    expect(settled.exif!.length).toBeLessThanOrEqual(exif.length + 64)
  })

  it('65,535 entries that are there', () => {
    const entries = Array.from({ length: 65535 }, (_, i) => entry(i === 65534 ? 0x0112 : 1, 3, 1, 6 << 16))
    const all = new Uint8Array(65535 * 12)
    for (const [i, one] of entries.entries()) all.set(one, i * 12)
    const exif = tiff(8, be16(65535), all, be32(0))
    expect(readExifFacts(exif)).toMatchObject({ orientation: 6 })
    expect(settleMetadata({ exif }, { ...output, format: 'png' }).exif).toBeDefined()
  })
})

describe('ICC', () => {
  /** A profile whose tag table holds `tags`: signature, offset, size. */
  function profile(count: number, tags: readonly (readonly [string, number, number])[], bytes = 400) {
    const icc = new Uint8Array(bytes)
    icc.set(text('RGB XYZ '), 16)
    icc.set(text('acsp'), 36)
    icc.set(join(be32(count), ...tags.map(([name, at, size]) => join(name, be32(at), be32(size)))), 128)
    return icc
  }
  function scanned(icc: Uint8Array, piece: number) {
    const scan = new IccScan()
    for (let at = 0; at < icc.length; at += piece) scan.push(icc.subarray(at, at + piece))
    return { present: scan.present, known: scan.knownSpace, description: scan.description }
  }

  it.each([
    ['4,294,967,295 tags', profile(0xffffffff, [])],
    [
      'tags over the table itself',
      profile(3, [
        ['rXYZ', 128, 20],
        ['rTRC', 0, 400],
        ['desc', 132, 12],
      ]),
    ],
    [
      'tags beyond the end',
      profile(2, [
        ['rXYZ', 0xffffffff, 20],
        ['rTRC', 300, 0xffffffff],
      ]),
    ],
    [
      'offset and size that add up to 2^32',
      profile(2, [
        ['rXYZ', 0xfffffff0, 16],
        ['kTRC', 0xfffffff0, 16],
      ]),
    ],
    [
      'a thousand tags of one name',
      profile(
        1000,
        Array.from({ length: 1000 }, () => ['rTRC', 144, 4_000_000] as const),
        20_000,
      ),
    ],
  ])('%s', (_name, icc) => {
    expect(parseProfile(icc)).toBeNull()
    for (const piece of [1, 7, 1000])
      expect(scanned(icc, piece)).toMatchObject({ present: true, known: null })
  })

  it('a curve of 4,294,967,295 values, and a text of as many letters', () => {
    const icc = profile(2, [
      ['rTRC', 200, 100],
      ['desc', 300, 90],
    ])
    icc.set(join('curv', be32(0), be32(0xffffffff)), 200)
    icc.set(join('desc', be32(0), be32(0xffffffff), 'name'), 300)
    expect(parseProfile(icc)).toBeNull()
    expect(scanned(icc, 100)).toMatchObject({ description: 'name' })
    icc.set(join('mluc', be32(0), be32(0xffffffff), be32(12), be32(0), be32(0xfffffffe), be32(28)), 300)
    expect(scanned(icc, 100).description).toBeNull()
  })
})

describe('XMP', () => {
  const main = text('<x:xmpmeta><rdf:RDF xmlns:rdf="r"><a/></rdf:RDF></x:xmpmeta>')
  it.each([
    ['beginnings without an end', filled(MB, '<rdf:RDF ')],
    ['tags without an end', filled(MB, '<rdf:RDF>')],
    ['ends without a beginning', filled(MB, '</rdf:RDF ')],
    ['beginnings and ends', join('<rdf:RDF>', filled(MB / 2, '<rdf:RDF '), filled(MB / 2, '</rdf:RDF '))],
    ['quotes without an end', join('<rdf:RDF', filled(MB, ' xmlns:a="'), '></rdf:RDF>')],
    [
      '80,000 namespaces',
      join(
        '<rdf:RDF',
        text(Array.from({ length: 80_000 }, (_, i) => ` xmlns:${i}=""`).join('')),
        '></rdf:RDF>',
      ),
    ],
    ['spaces', filled(MB, ' ')],
    ['orientations without a value', filled(MB, 'tiff:Orientation      ')],
    ['notes without a value', filled(MB, ' xmpNote:HasExtendedXMP   = ')],
  ])('a megabyte of %s', (_name, packet) => {
    expect(withExtended(main, packet).length).toBeLessThanOrEqual(main.length + packet.length)
    expect(withExtended(packet, main).length).toBeLessThanOrEqual(main.length + packet.length)
    expect(setXmpOrientation(packet, 6).length).toBe(packet.length)
    expect(settleMetadata({ xmp: packet }, output).xmp?.length).toBe(packet.length)
  })

  it('declares a namespace whose name only begins like one that is there', () => {
    const more = text('<rdf:RDF xmlns:rd="s"><rd:b/></rdf:RDF>')
    expect(new TextDecoder().decode(withExtended(main, more))).toContain('xmlns:rd="s"')
  })
})

describe('containers', () => {
  const BROTLI = box('brob', 'xml ', brotliCompressSync(new Uint8Array(2 * MB)))
  const jpeg = (...segments: Uint8Array[]) =>
    join(
      [0xff, 0xd8],
      ...segments,
      [0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
      [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
    )
  const segment = (marker: number, ...body: Part[]) => {
    const bytes = join(...body)
    return join([0xff, marker], be16(bytes.length + 2), bytes)
  }

  it.each<[string, Format, Uint8Array]>([
    [
      'parts of a profile',
      'jpg',
      jpeg(
        ...Array.from({ length: 400 }, (_, i) =>
          segment(0xe2, 'ICC_PROFILE\0', i & 255, 255, new Uint8Array(65_000)),
        ),
      ),
    ],
    [
      'extended XMP of 4 GB',
      'jpg',
      jpeg(
        segment(0xe1, 'http://ns.adobe.com/xmp/extension/\0', 'A'.repeat(32), be32(0xffffffff), be32(0), 'x'),
      ),
    ],
    [
      'extended XMP by ever more names',
      'jpg',
      jpeg(
        ...Array.from({ length: 3000 }, (_, i) =>
          segment(
            0xe1,
            'http://ns.adobe.com/xmp/extension/\0',
            String(i).padStart(32, '0'),
            be32(1 << 19),
            be32(0),
            'x',
          ),
        ),
      ),
    ],
    [
      'resources without an end',
      'jpg',
      jpeg(
        ...Array.from({ length: 200 }, () =>
          segment(0xed, 'Photoshop 3.0\0', '8BIM', be16(1), 0, 0, be32(0xffffffff)),
        ),
      ),
    ],
    [
      'EXIF after EXIF',
      'jpg',
      jpeg(...Array.from({ length: 200 }, () => segment(0xe1, 'Exif\0\0', new Uint8Array(60_000)))),
    ],
    [
      'thousands of compressed boxes',
      'jxl',
      join(be32(12), 'JXL \r\n', [0x87, 10], ...Array.from({ length: 5000 }, () => BROTLI)),
    ],
    [
      'XMP in a GIF, without an end',
      'gif',
      join('GIF89a', be16(8), be16(8), [0, 0, 0], [0x21, 0xff, 11], 'XMP DataXMP', filled(3 * MB, '\xff')),
    ],
  ])('%s', (_name, format, file) => {
    const found = readMetadata(file, format)
    for (const bytes of Object.values(found)) expect(bytes.length).toBeLessThanOrEqual(1 << 20)
  })

  it('a JPEG XL codestream a byte to a box: looked at as often as it doubles', async () => {
    // A header that says a profile follows, and noise for it.
    const stream = join([0xff, 0x0a, 0xfe, 0x40, 0xe4, 0xff], new Uint8Array(200_000).fill(0xff))
    const boxes = new Uint8Array(13 * stream.length)
    const one = box('jxlp', be32(0), 0)
    for (const [i, byte] of stream.entries()) {
      boxes.set(one, 13 * i)
      boxes[13 * i + 12] = byte
    }
    const file = join(be32(12), 'JXL \r\n', [0x87, 10], boxes)
    expect(readMetadata(file, 'jxl')).toEqual({})
    expect(['fine', 'corrupt', 'truncated']).toContain((await outcomeOf(() => probe(file))).kind)
  })

  it('thousands of empty segments before the picture', async () => {
    for (const marker of [0xdb, 0xc4, 0xfe, 0xe0]) {
      const file = jpeg(join(...Array.from({ length: 50_000 }, () => segment(marker))))
      expect(await outcomeOf(() => probe(file))).toMatchObject({ kind: 'fine' })
    }
  })

  it('IPTC resources that go round', () => {
    expect(iptcOf(join('8BIM', be16(1), 0, 0, be32(0xfffffff4)))).toBeNull()
    expect(
      iptcOf(join(...Array.from({ length: 20_000 }, () => join('8BIM', be16(1), 0, 0, be32(0))))),
    ).toBeNull()
  })
})
