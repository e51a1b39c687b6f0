// What PNG takes from the engine's arena, known before anything is read: the sizes of
// src/engine/png-decode.ts, png-adam7.ts and png-encode.ts, from above.
import type { ImageHeader } from '../header'
import type { Bands } from '../rows'
import { planPasses } from './png-adam7'
import { stripRows } from './png-stream'

/** One allocation: 64 bytes of slack, then up to the next multiple of 16. */
const block = (bytes: number) => (Math.ceil(bytes) + 64 + 15) & ~15
const align = (bytes: number) => (Math.ceil(bytes) + 15) & ~15

/** State, tables, input window, and inflated bytes for rows of `rowBytes` or of the history of deflate. */
function readerBytes(rowBytes: number): number {
  const tables = 256 + 320 + align(2342 * 4) + align(402 * 4)
  const inflated = Math.max(32768, rowBytes + 1) + 320 + Math.max(98304, rowBytes >> 3)
  return block(tables + 65536 + 64 + inflated)
}

/** How samples may be stored: bits of a pixel, and whether that is not what rows have. */
interface Kind {
  readonly bits: number
  readonly expanded: boolean
}

/** Rows of whole samples of 8 bits. */
const PLAIN: Kind = { bits: 8, expanded: false }

/** Strip and the rows that are filtered against; `expanded` where stored rows are not of use as they are. */
function stripBytes(
  width: number,
  rowBytes: number,
  stride: number,
  rows: number,
  { expanded, bits }: Kind,
): number {
  if (!expanded) return block(align(rowBytes) + stride * rows)
  // Pixels of three bytes are not written where those of the row above are.
  const own = bits === 24 ? 2 * align(rowBytes) : align(rowBytes)
  return block(stride * rows) + block(own + align(width + 8))
}

type Stored = Pick<ImageHeader, 'width' | 'height' | 'alpha' | 'components' | 'bitDepth' | 'interlaced'>

interface DecodeOptions {
  readonly depth?: 8 | 16
  readonly heldBytes?: number | undefined
}

function pixelBytesOf({ components, alpha, bitDepth }: Stored, depth: 8 | 16 = 8): number {
  return (components + Number(alpha)) * (depth === 16 && bitDepth === 16 ? 2 : 1)
}

/** What a header may mean: it tells neither a palette from true colour, nor tRNS from an alpha channel. */
function kindsOf({ components, alpha, bitDepth }: Stored): readonly Kind[] {
  // Grey or a palette.
  if (bitDepth < 8) return [{ bits: bitDepth, expanded: true }]
  const whole = { bits: (components + Number(alpha)) * bitDepth, expanded: bitDepth > 8 }
  if (!alpha) return [whole, { bits: 8, expanded: true }]
  return [whole, { bits: components * bitDepth, expanded: true }]
}

/** Bytes of the engine's arena that `openPng` takes, at most: of what its header may mean, the greatest. */
export function pngDecodeBytes(header: Stored, options: DecodeOptions = {}): number {
  return Math.max(...kindsOf(header).map((kind) => bytesOf(header, kind, options)))
}

function bytesOf(header: Stored, kind: Kind, options: DecodeOptions): number {
  const { width, height, interlaced } = header
  const pixelBytes = pixelBytesOf(header, options.depth)
  const stored = (pixels: number) => Math.ceil((pixels * kind.bits) / 8)
  const strip = (columns: number, rows: number) =>
    stripBytes(columns, stored(columns), align(columns * pixelBytes), rows, kind)
  let bytes = readerBytes(stored(width)) + strip(width, stripRows(width * pixelBytes, height))
  if (!interlaced) return bytes
  const plan = planPasses(width, height, pixelBytes, options.heldBytes)
  for (const [index, { columns, rows, widest }] of plan.sizes.entries()) {
    if (rows === 0) continue
    if (index < plan.held) bytes += block(columns * rows * pixelBytes)
    else if (index < 6) {
      bytes += readerBytes(stored(widest)) + strip(widest, stripRows(columns * pixelBytes, rows))
    }
  }
  const stride = align(width * pixelBytes)
  return bytes + block(stride * (stripRows(stride, height) + 1))
}

/** Streams over the file that reading takes at once: one for each pass that is not held. */
export function pngStreams(header: Stored, options: DecodeOptions = {}): number {
  const { width, height, interlaced } = header
  if (!interlaced) return 1
  const { sizes, held } = planPasses(width, height, pixelBytesOf(header, options.depth), options.heldBytes)
  return Math.max(1, sizes.slice(held).filter(({ rows }) => rows > 0).length)
}

/** Bytes of the engine's arena that `makePngWriter` takes. The file itself is held outside, in pieces. */
export function pngEncodeBytes({ width, bands }: { width: number; bands: Bands }): number {
  const widest = width * bands
  let group = 0
  for (let bytes = 1; bytes <= bands; bytes++) {
    const row = width * bytes
    const rows = Math.max(1, Math.min(256, Math.floor(65536 / (row + 1))))
    group = Math.max(group, align(row + 16) * (rows + 1))
  }
  const window = 32768 + Math.max(65536, widest + 1)
  const [tokens, matches, output] = [32768 * 4, 131072, 32768 * 6 + 2048]
  const deflate = block(16 + group) + block(window) + block(tokens) + block(matches) + block(output)
  return deflate + block(widest) + readerBytes(widest) + stripBytes(width, widest, align(widest), 1, PLAIN)
}
