// Every file that once broke something, by the bug that it showed: the bytes, or what builds them, a line of what
// happened, and how reading it must end. regressions.test.ts runs each; a new bug's file belongs here.
import { deflateRawSync, deflateSync } from 'node:zlib'
import type { Format } from '../../src/image/formats'
import { be16, be32, box, fullBox, ispe, join, le16, le32, type Part } from './bmff'
import { handGif } from './gif'
import { randomComponent, writeJpeg } from './jpeg-writer'
import type { Outcome } from './outcome'
import { chunk, concat, idats, ihdr, SIGNATURE } from './png'

/** How something ends: `fine`, or an error whose message holds `says`. */
export interface Ending {
  readonly kind: Outcome['kind']
  readonly says?: string
}

export interface Regression {
  /** The bug's name. */
  readonly bug: string
  /** What it did. */
  readonly did: string
  readonly format: Format
  readonly file: () => Uint8Array
  readonly probe: Ending
  readonly decoder: Ending
  /** Kinds of metadata that are found. */
  readonly metadata?: readonly string[]
  /** Of JPEG: how it is decoded. */
  readonly jpeg?: { readonly shrink: 1 | 2 | 4 | 8; readonly bandBytes: number }
}

const FINE: Ending = { kind: 'fine' }
const corrupt = (says: string): Ending => ({ kind: 'corrupt', says })
const unsupported = (says: string): Ending => ({ kind: 'unsupported', says })
const truncated = (says: string): Ending => ({ kind: 'truncated', says })
const bytes = (...parts: Part[]) => join(...parts)

// JPEG

const components = (...factors: readonly (readonly [number, number])[]) =>
  factors.map(([h, v], i) => randomComponent(h, v, i + 1))

/** A file with the `n`-th of its restart markers overwritten by another code. */
function withMarker(file: Uint8Array, n: number, code: number): Uint8Array {
  const places = [...file.keys()].filter((i) => file[i - 1] === 0xff && file[i]! >= 0xd0 && file[i]! <= 0xd7)
  return file.with(places[n]!, code)
}

const segment = (marker: number, ...body: Part[]) => {
  const data = join(...body)
  return join([0xff, marker], be16(data.length + 2), data)
}

/** A grey JPEG of 8×8 with segments in front of its frame. */
const jpegWith = (...segments: Uint8Array[]) => {
  const file = writeJpeg({ width: 8, height: 8, components: components([1, 1]) })
  return join(file.subarray(0, 2), ...segments, file.subarray(2))
}

const JPEG: readonly Regression[] = [
  {
    bug: 'marker-at-the-windows-end',
    did: 'a 0xFF as the last byte of the input was taken for a marker with the byte behind it, which is no input',
    format: 'jpg',
    file: () => bytes([0xff, 0xd8], new Array<number>(40).fill(0x11), [0xff]),
    probe: unsupported('ff d8 11 11'),
    decoder: truncated('the file ended before'),
  },
  {
    bug: 'no-bytes',
    did: 'an empty file was waited for',
    format: 'jpg',
    file: () => bytes(),
    probe: unsupported('no bytes at all'),
    decoder: corrupt('JPEG'),
  },
  {
    bug: 'scan-without-a-frame',
    did: 'a scan was begun whose components were not known',
    format: 'jpg',
    file: () => bytes([0xff, 0xd8, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]),
    probe: corrupt('before the first scan'),
    decoder: corrupt('JPEG'),
  },
  {
    bug: 'segment-shorter-than-its-length',
    did: 'a table was read over the end of the input',
    format: 'jpg',
    file: () => bytes([0xff, 0xd8, 0xff, 0xdb, 0xff, 0xff, 0, 0]),
    probe: truncated('SOS'),
    decoder: truncated('the file ended before'),
  },
  {
    bug: 'segment-of-length-0',
    did: 'a length below its own two bytes wrapped to four billion',
    format: 'jpg',
    file: () => bytes([0xff, 0xd8, 0xff, 0xdb, 0, 0, 0, 0]),
    probe: corrupt('segment length of at least 2'),
    decoder: corrupt('JPEG'),
  },
  {
    bug: 'too-many-huffman-codes',
    did: 'a table of three codes of one bit was built over its end',
    format: 'jpg',
    file: () => bytes([0xff, 0xd8, 0xff, 0xc4, 0, 22, 0, 3, ...new Array<number>(18).fill(0)]),
    probe: truncated('marker'),
    decoder: corrupt('JPEG'),
  },
  {
    bug: 'row-above-the-strip',
    did: "where sampling factors don't divide, chroma was read of the row above the strip's first",
    format: 'jpg',
    file: () => writeJpeg({ width: 64, height: 29, components: components([1, 1], [2, 2], [1, 3]) }),
    probe: FINE,
    decoder: FINE,
    jpeg: { shrink: 4, bandBytes: 1 },
  },
  {
    bug: 'scan-that-a-later-band-meets',
    did: 'history was read from before its start where a damaged marker hid a scan from the first reading',
    format: 'jpg',
    file: () => {
      const picture = { width: 54, height: 40, components: components([1, 1], [1, 1], [1, 1]) }
      return withMarker(writeJpeg({ ...picture, progressive: true, restart: 3 }), 3, 0x75)
    },
    probe: FINE,
    decoder: FINE,
    jpeg: { shrink: 1, bandBytes: 1 },
  },
  {
    bug: 'rdf-without-an-end',
    did: 'a pattern looked for the end of extended XMP anew from each beginning: 44 s for a megabyte',
    format: 'jpg',
    file: () => {
      const name = 'A'.repeat(32)
      const packet = '<rdf:RDF '.repeat(6000)
      const extension = [
        'http://ns.adobe.com/xmp/extension/\0',
        name,
        be32(packet.length),
        be32(0),
        packet,
      ] as const
      const main = `http://ns.adobe.com/xap/1.0/\0<x xmpNote:HasExtendedXMP="${name}"/>`
      return jpegWith(segment(0xe1, main), segment(0xe1, ...extension))
    },
    probe: FINE,
    decoder: FINE,
    metadata: ['xmp'],
  },
  {
    bug: 'profile-in-256-parts',
    did: 'parts of a profile were kept up to 16 MB, four times what a profile may have',
    format: 'jpg',
    file: () =>
      jpegWith(
        ...Array.from({ length: 100 }, (_, i) =>
          segment(0xe2, 'ICC_PROFILE\0', i + 1, 100, new Uint8Array(65_000)),
        ),
      ),
    probe: FINE,
    decoder: FINE,
    metadata: [],
  },
]

// PNG

/** A grey PNG of 30×1 with other image data, and chunks in front of it. */
const pngWith = (data: Uint8Array, ...chunks: Uint8Array[]) =>
  concat(SIGNATURE, ihdr(30, 1, 8, 0), ...chunks, idats(data), chunk('IEND'))

const ROW = new Uint8Array(31)

const PNG: readonly Regression[] = [
  {
    bug: 'empty-blocks-of-fixed-codes',
    did: 'ten bits of an empty deflate block made both tables anew: 10 MB took 15 s',
    format: 'png',
    file: () => {
      const four = Uint8Array.of(0b00000010, 0b00001000, 0b00100000, 0b10000000, 0)
      const empty = new Uint8Array(500_000).map((_, i) => four[i % 5]!)
      return pngWith(concat(deflateSync(ROW).subarray(0, 2), empty, deflateRawSync(ROW)))
    },
    probe: FINE,
    decoder: FINE,
    metadata: [],
  },
  {
    bug: 'profile-after-profile',
    did: 'each of thousands of iCCP chunks was inflated to its bound of 4 MB',
    format: 'png',
    file: () => {
      const one = chunk('iCCP', join('p', 0, 0, deflateSync(new Uint8Array(4_200_000))))
      return pngWith(deflateSync(ROW), ...Array.from({ length: 4000 }, () => one))
    },
    probe: FINE,
    decoder: FINE,
    metadata: [],
  },
]

// HEIF

const infe = (id: number, type: string) => fullBox('infe', 2, be16(id), be16(0), type, 0)
const heifOf = (...children: Uint8Array[]) =>
  join(
    box('ftyp', 'heic', be32(0), 'heic', 'mif1'),
    fullBox(
      'meta',
      0,
      fullBox('pitm', 0, be16(1)),
      fullBox('iinf', 0, be16(1), infe(1, 'hvc1')),
      ...children,
    ),
  )
const iprp = box('iprp', box('ipco', ispe(8, 8)), fullBox('ipma', 0, be32(1), be16(1), 1, 1))

const HEIF: readonly Regression[] = [
  {
    bug: 'boxes-within-boxes',
    did: 'iprp within iprp was gone into by recursion, which overflowed the stack after some thousand',
    format: 'heic',
    file: () => {
      const depth = 50_000
      const nested = new Uint8Array(8 * depth)
      for (let i = 0; i < depth; i++) nested.set(join(be32(8 * (depth - i)), 'iprp'), 8 * i)
      return heifOf(nested)
    },
    probe: corrupt('ispe property'),
    decoder: corrupt('has no size'),
  },
  {
    bug: 'extents-without-bytes',
    did: 'an iloc whose offsets and lengths have no bytes made 65,535 extents of each six bytes, up to all memory',
    format: 'heic',
    file: () => {
      const item = join(be16(1), be16(0), be16(65535))
      return heifOf(iprp, fullBox('iloc', 0, 0, 0, be16(500), ...Array.from({ length: 500 }, () => item)))
    },
    probe: FINE,
    decoder: corrupt('at most 65536 HEIF extents'),
    metadata: [],
  },
  {
    bug: 'properties-as-arguments',
    did: 'all properties were the arguments of one call, which overflowed the stack after some 100,000',
    format: 'heic',
    file: () => {
      const free = new Uint8Array(8 * 200_000)
      for (let i = 0; i < 200_000; i++) free.set([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65], 8 * i)
      return heifOf(box('iprp', box('ipco', free), fullBox('ipma', 0, be32(1), be16(1), 1, 1)))
    },
    probe: corrupt('at most 32767 HEIF properties'),
    decoder: corrupt('at most 65536 HEIF properties'),
  },
  {
    bug: 'one-tile-60,000-times',
    did: 'a grid of one item was decoded as often as the grid has tiles, and read as often',
    format: 'heic',
    file: () => {
      const tiles = 250 * 240
      const data = join(0, 0, 239, 249, be16(16), be16(16))
      const place = (id: number, offset: number, length: number) =>
        join(be16(id), be16(0), be16(1), be32(offset), be32(length))
      const targets = new Uint8Array(2 * tiles).map((_, i) => (i & 1) * 2)
      const make = (start: number) =>
        join(
          box('ftyp', 'heic', be32(0), 'heic', 'mif1'),
          fullBox(
            ...(['meta', 0, fullBox('pitm', 0, be16(1))] as const),
            fullBox('iinf', 0, be16(2), infe(1, 'grid'), infe(2, 'hvc1')),
            fullBox('iref', 0, box('dimg', be16(1), be16(tiles), targets)),
            box('iprp', box('ipco', ispe(16, 16)), fullBox('ipma', 0, be32(2), be16(1), 1, 1, be16(2), 1, 1)),
            fullBox('iloc', 0, 0x44, 0, be16(2), place(1, start, 8), place(2, start, 100_000)),
          ),
        )
      return join(make(make(0).length), data, new Uint8Array(100_000))
    },
    probe: FINE,
    decoder: corrupt('more than the file has bytes for'),
    metadata: [],
  },
]

// GIF and WebP

const PALETTE = [
  [0, 0, 0],
  [255, 255, 255],
]

const MOVING: readonly Regression[] = [
  {
    bug: 'frame-wider-than-its-canvas',
    did: 'pixels beside the canvas were gone through one by one: 2,700 of each byte, 4 billion of a frame',
    format: 'gif',
    file: () => {
      const file = handGif(1, 1, PALETTE, [{ width: 1, height: 1, pixels: [1] }])
      const at = file.indexOf(0x2c)
      return join(file.subarray(0, at + 5), le16(65535), le16(65535), file.subarray(at + 9))
    },
    probe: FINE,
    decoder: FINE,
    metadata: [],
  },
  {
    bug: 'frame-as-large-as-the-file',
    did: "a frame's chunk was read whole whatever it held: 4 MB for 16 pixels, outside of the plan",
    format: 'webp',
    file: () => {
      const fat = new Uint8Array(4 << 20)
      const le24 = (value: number) => [value & 255, (value >> 8) & 255, value >> 16]
      const anmf = join('ANMF', le32(16 + fat.length), le24(0), le24(0), le24(3), le24(3), le24(50), 0, fat)
      const vp8x = join('VP8X', le32(10), 2, 0, 0, 0, le24(3), le24(3))
      const body = join('WEBP', vp8x, 'ANIM', le32(6), le32(0), le16(0), anmf, anmf)
      return join('RIFF', le32(body.length), body)
    },
    probe: FINE,
    decoder: corrupt('Expected a WebP frame of at most'),
    metadata: [],
  },
]

export const REGRESSIONS: readonly Regression[] = [...JPEG, ...PNG, ...HEIF, ...MOVING]
