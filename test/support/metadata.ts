// Metadata for tests: a small block of each kind, and pictures that carry them.
import { deflateSync } from 'node:zlib'
import { be32, join } from './bmff'

/** A big- or little-endian TIFF block: Make, Orientation 6, an EXIF IFD with size, an IFD1 with a thumbnail. */
export function exifBlock(little = false, orientation = 6): Uint8Array {
  const n16 = (v: number) => (little ? [v & 255, v >>> 8] : [v >>> 8, v & 255])
  const n32 = (v: number) =>
    little ? [...n16(v & 0xffff), ...n16(v >>> 16)] : [...n16(v >>> 16), ...n16(v & 0xffff)]
  const short = (tag: number, value: number) => [...n16(tag), ...n16(3), ...n32(1), ...n16(value), 0, 0]
  const long = (tag: number, value: number) => [...n16(tag), ...n16(4), ...n32(1), ...n32(value)]
  // 8: IFD0 with 3 entries (42 bytes) · 50: Make (8) · 58: EXIF IFD with 2 (30) · 88: IFD1 with 2 (30) · 118: thumbnail
  return join(
    little ? 'II' : 'MM',
    n16(42),
    n32(8),
    n16(3),
    n16(0x010f),
    n16(2),
    n32(8),
    n32(50),
    short(0x0112, orientation),
    long(0x8769, 58),
    n32(88),
    'Konifer\0',
    n16(2),
    short(0xa002, 4000),
    long(0xa003, 3000),
    n32(0),
    n16(2),
    long(0x0201, 118),
    long(0x0202, 6),
    n32(0),
    'THUMBS',
  )
}

export const xmpPacket = new TextEncoder().encode(
  `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" tiff:Orientation="6" dc:source="forest"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
)

/** IPTC datasets: 2:5 object name, 2:80 by-line. */
export const iptcBlock = join([0x1c, 2, 5, 0, 5], 'Trees', [0x1c, 2, 80, 0, 4], 'Anna')

/** A PNG chunk with a CRC of zero. */
export const pngChunk = (type: string, ...body: (Uint8Array | string | number[])[]) => {
  const bytes = join(...body)
  return join(be32(bytes.length), type, bytes, be32(0))
}

export const deflated = (text: string | Uint8Array): Uint8Array =>
  new Uint8Array(deflateSync(typeof text === 'string' ? join(text) : text))
