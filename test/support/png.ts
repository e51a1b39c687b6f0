// PNG files made by hand, for what no common writer offers: every colour type, depth, filter and
// interlace, chunks in any order. Plain code, apart from zlib: it judges the engine.
import { crc32, deflateSync } from 'node:zlib'

export interface PlainPng {
  width: number
  height: number
  bitDepth: number
  colorType: number
  interlaced?: boolean
  /** Samples in the order of the pixels, `channels` each. */
  samples: Uint16Array
  palette?: Uint8Array
  transparency?: Uint8Array
  /** The filter of a row, by its number in the file; default: all five in turn. */
  filter?: (row: number) => number
  /** Bytes of each IDAT chunk; default: one chunk. */
  idat?: number
  level?: number
  /** Chunks between IHDR and PLTE. */
  before?: Uint8Array[]
}

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** First column, first row, and steps of Adam7's passes (third edition §8.2). */
export const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** A chunk with its length, type and CRC. */
export function chunk(type: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

export function ihdr(
  width: number,
  height: number,
  bitDepth: number,
  colorType: number,
  interlaced = false,
): Uint8Array {
  const data = new Uint8Array(13)
  const view = new DataView(data.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  data.set([bitDepth, colorType, 0, 0, Number(interlaced)], 8)
  return chunk('IHDR', data)
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Data cut into IDAT chunks of `size` bytes. */
export function idats(data: Uint8Array, size = data.length): Uint8Array {
  const chunks = []
  for (let at = 0; at < data.length; at += size) chunks.push(chunk('IDAT', data.subarray(at, at + size)))
  return concat(...chunks)
}

/** The whole file. */
export function makePng(png: PlainPng): Uint8Array {
  const data = deflateSync(filtered(png), { level: png.level ?? 6 })
  return concat(
    SIGNATURE,
    ihdr(png.width, png.height, png.bitDepth, png.colorType, png.interlaced),
    ...(png.before ?? []),
    png.palette ? chunk('PLTE', png.palette) : new Uint8Array(),
    png.transparency ? chunk('tRNS', png.transparency) : new Uint8Array(),
    idats(data, png.idat),
    chunk('IEND'),
  )
}

/** Every row with its filter's byte, pass by pass. */
export function filtered(png: PlainPng): Uint8Array {
  const channels = CHANNELS[png.colorType]!
  const bpp = Math.max(1, (channels * png.bitDepth) >> 3)
  const filter = png.filter ?? ((row: number) => row % 5)
  const rows: Uint8Array[] = []
  for (const [x0, y0, dx, dy] of png.interlaced ? PASSES : ([[0, 0, 1, 1]] as const)) {
    if (x0 >= png.width) continue
    let above = new Uint8Array(Math.ceil((Math.ceil((png.width - x0) / dx) * channels * png.bitDepth) / 8))
    for (let y = y0; y < png.height; y += dy) {
      const row = packedRow(png, channels, x0, y, dx, above.length)
      rows.push(filterRow(filter(rows.length), row, above, bpp))
      above = row
    }
  }
  return concat(...rows)
}

function packedRow(png: PlainPng, channels: number, x0: number, y: number, dx: number, bytes: number) {
  const row = new Uint8Array(bytes)
  let bit = 0
  for (let x = x0; x < png.width; x += dx) {
    for (let c = 0; c < channels; c++, bit += png.bitDepth) {
      const sample = png.samples[(y * png.width + x) * channels + c]!
      if (png.bitDepth === 16) row.set([sample >> 8, sample & 255], bit >> 3)
      else row[bit >> 3]! |= sample << (8 - png.bitDepth - (bit & 7))
    }
  }
  return row
}

/** One row filtered (§9), with its filter's byte before it. */
export function filterRow(filter: number, row: Uint8Array, above: Uint8Array, bpp: number): Uint8Array {
  const out = new Uint8Array(row.length + 1)
  out[0] = filter
  for (let i = 0; i < row.length; i++) out[i + 1] = row[i]! - guess(filter, row, above, i, bpp)
  return out
}

/** The inverse: the plain twin of the engine's unfilter. */
export function unfilterRow(filter: number, from: Uint8Array, above: Uint8Array, bpp: number): Uint8Array {
  const row = new Uint8Array(from.length)
  for (let i = 0; i < row.length; i++) row[i] = from[i]! + guess(filter, row, above, i, bpp)
  return row
}

function guess(filter: number, row: Uint8Array, above: Uint8Array, i: number, bpp: number): number {
  const a = row[i - bpp] ?? 0
  const b = above[i]!
  const c = above[i - bpp] ?? 0
  if (filter === 0) return 0
  if (filter === 1) return a
  if (filter === 2) return b
  if (filter === 3) return (a + b) >> 1
  const p = a + b - c
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}

/** What a decoder must give: 8-bit samples (16-bit where `wide`), alpha from tRNS, palette looked up. */
export function expandedPixels(
  png: PlainPng,
  wide = false,
): { bands: number; data: Uint8Array | Uint16Array } {
  const channels = CHANNELS[png.colorType]!
  const pixels = png.width * png.height
  const most = 2 ** png.bitDepth - 1
  const key = png.transparency
  const indexed = png.colorType === 3
  const bands = indexed ? (key ? 4 : 3) : channels + (key ? 1 : 0)
  const keep = wide && png.bitDepth === 16
  const data = keep ? new Uint16Array(pixels * bands) : new Uint8Array(pixels * bands)
  for (let i = 0; i < pixels; i++) {
    const pixel = png.samples.subarray(i * channels, (i + 1) * channels)
    if (indexed) {
      const entry = png.palette!.subarray(3 * pixel[0]!, 3 * pixel[0]! + 3)
      data.set(entry.length > 0 ? entry : [0, 0, 0], i * bands)
      if (key) data[i * bands + 3] = key[pixel[0]!] ?? 255
      continue
    }
    for (let c = 0; c < channels; c++) {
      data[i * bands + c] = keep ? pixel[c]! : Math.round((pixel[c]! * 255) / most)
    }
    if (key) {
      const same = pixel.every((v, c) => v === (((key[2 * c]! << 8) | key[2 * c + 1]!) & most))
      data[i * bands + bands - 1] = same ? 0 : keep ? 65535 : 255
    }
  }
  return { bands, data }
}
