// What stands in a PNG before its image data (third edition §5, §11): IHDR, PLTE, tRNS. All other
// chunks are passed over unread: gAMA, too, which libvips ignores and browsers do beside sRGB or iCCP.
import { crc32 } from 'node:zlib'
import { ImageError } from '../error'
import type { ByteInput } from './png-input'

export const GREY = 0
export const RGB = 2
export const PALETTE = 3
export const GREY_ALPHA = 4
export const RGB_ALPHA = 6

export interface PngHeader {
  readonly width: number
  readonly height: number
  /** Bits per sample, of the index where there is a palette: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number
  readonly colorType: number
  /** Adam7. */
  readonly interlaced: boolean
  /** Red, green, blue of each entry. */
  palette: Uint8Array
  /** The bytes of tRNS: alpha of each palette entry, or 16-bit samples of the transparent colour. */
  transparency: Uint8Array
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** Which depths each colour type may have (table 12). */
const DEPTHS: Record<number, readonly number[]> = {
  [GREY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  [GREY_ALPHA]: [8, 16],
  [RGB_ALPHA]: [8, 16],
}
/** No writer puts so many chunks before the picture; each one costs time, however small. */
const MOST_CHUNKS = 4096

/** Samples of a pixel as stored; a palette's index is one. */
export function channelsOf(colorType: number): number {
  return colorType === RGB ? 3 : colorType === RGB_ALPHA ? 4 : colorType === GREY_ALPHA ? 2 : 1
}

/**
 * Reads up to the first IDAT's length: the input then stands at that chunk's first byte, save for
 * the eight that are returned with the header.
 */
export async function readPngHeader(input: ByteInput): Promise<{ header: PngHeader; idat: Uint8Array }> {
  const signature = await input.read(8)
  if (signature.length < 8) throw new ImageError('truncated', 'The PNG ends within its signature', 0)
  if (SIGNATURE.some((byte, i) => signature[i] !== byte)) throw new ImageError('corrupt', 'Not a PNG', 0)

  const header = await readIhdr(input)
  for (let chunks = 0; chunks < MOST_CHUNKS; chunks++) {
    const offset = input.offset
    const start = await input.read(8)
    if (start.length < 8) throw new ImageError('truncated', 'The PNG ends before its image data', offset)
    const length = view(start).getUint32(0)
    const type = String.fromCharCode(...start.subarray(4))
    if (length > 0x7fffffff) throw new ImageError('corrupt', `A PNG chunk of ${length} bytes`, offset)
    if (type === 'IDAT') {
      if (header.colorType === PALETTE && header.palette.length === 0) {
        throw new ImageError('corrupt', 'The PNG has no palette before its image data', offset)
      }
      return { header, idat: start }
    } else if (type === 'PLTE') {
      header.palette = parsePlte(header, await critical(input, start, length, 768, offset), offset)
    } else if (type === 'tRNS' && length <= 256) {
      const data = await chunk(input, start, length, offset)
      // As libpng: an ancillary chunk with a wrong CRC or a wrong length is passed over.
      if (data !== null && fits(header, length)) header.transparency = data
    } else if (isCritical(type)) {
      const kind = type === 'IHDR' || type === 'IEND' ? 'corrupt' : 'unsupported'
      throw new ImageError(kind, `The PNG has a chunk ${name(type)} before its image data`, offset)
    } else if (!(await input.skip(length + 4))) {
      throw new ImageError('truncated', 'The PNG ends before its image data', input.offset)
    }
  }
  throw new ImageError(
    'corrupt',
    `The PNG has more than ${MOST_CHUNKS} chunks before its image data`,
    input.offset,
  )
}

async function readIhdr(input: ByteInput): Promise<PngHeader> {
  const offset = input.offset
  const start = await input.read(8)
  if (start.length < 8) throw new ImageError('truncated', 'The PNG ends before its header', offset)
  const type = String.fromCharCode(...start.subarray(4))
  if (type !== 'IHDR') {
    throw new ImageError('corrupt', `Expected IHDR as a PNG's first chunk but received ${name(type)}`, offset)
  }
  return parseIhdr(await critical(input, start, view(start).getUint32(0), 13, offset), offset)
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** An upper-case first letter (bit 5 clear): the picture can't be read without it (§5.4). */
function isCritical(type: string): boolean {
  return (type.charCodeAt(0) & 32) === 0
}

/** A chunk's type as it may stand in a message. */
function name(type: string): string {
  return /^[A-Za-z]{4}$/.test(type) ? type : 'an unnamed one'
}

/** A chunk's payload, or null where its CRC is wrong. */
async function chunk(
  input: ByteInput,
  start: Uint8Array,
  length: number,
  offset: number,
): Promise<Uint8Array | null> {
  const data = await input.read(length)
  const check = await input.read(4)
  if (check.length < 4) throw new ImageError('truncated', 'The PNG ends before its image data', offset)
  return crc32(data, crc32(start.subarray(4))) === view(check).getUint32(0) ? data : null
}

/** The payload of a chunk that must be right: IHDR, PLTE. */
async function critical(
  input: ByteInput,
  start: Uint8Array,
  length: number,
  most: number,
  offset: number,
): Promise<Uint8Array> {
  const type = String.fromCharCode(...start.subarray(4))
  if (length > most) throw new ImageError('corrupt', `A ${type} chunk of ${length} bytes`, offset)
  const data = await chunk(input, start, length, offset)
  if (data === null) throw new ImageError('corrupt', `The CRC of the PNG's ${type} chunk is wrong`, offset)
  return data
}

function parseIhdr(data: Uint8Array, offset: number): PngHeader {
  if (data.length !== 13) throw new ImageError('corrupt', `An IHDR chunk of ${data.length} bytes`, offset)
  const fields = view(data)
  const width = fields.getUint32(0)
  const height = fields.getUint32(4)
  const [bitDepth = 0, colorType = 0, compression = 0, filter = 0, interlace = 0] = data.subarray(8)
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) {
    throw new ImageError(
      'corrupt',
      `Expected sides from 1 to 2147483647 but received ${width}×${height}`,
      offset,
    )
  }
  if (!DEPTHS[colorType]?.includes(bitDepth)) {
    throw new ImageError('corrupt', `PNG colour type ${colorType} can't have ${bitDepth} bits`, offset)
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    const methods = `${compression}, ${filter}, ${interlace}`
    throw new ImageError('unsupported', `PNG compression, filter, interlace methods ${methods}`, offset)
  }
  return {
    width,
    height,
    bitDepth,
    colorType,
    interlaced: interlace === 1,
    palette: new Uint8Array(),
    transparency: new Uint8Array(),
  }
}

function parsePlte(header: PngHeader, data: Uint8Array, offset: number): Uint8Array {
  // A palette beside true colour is a suggestion, in a grey picture a mistake: unused either way.
  if (header.colorType !== PALETTE) return header.palette
  if (header.palette.length > 0) throw new ImageError('corrupt', 'The PNG has two palettes', offset)
  if (data.length === 0 || data.length % 3 !== 0) {
    throw new ImageError('corrupt', `A PLTE chunk of ${data.length} bytes`, offset)
  }
  // More entries than indices: libpng takes those that can be meant.
  return data.subarray(0, 3 << header.bitDepth)
}

/** Whether a tRNS of `length` bytes suits the colour type (§11.3.1.1). */
function fits(header: PngHeader, length: number): boolean {
  if (header.colorType === GREY) return length === 2
  if (header.colorType === RGB) return length === 6
  return header.colorType === PALETTE && length > 0 && length <= header.palette.length / 3
}
