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
  const inflated = Math.max(32768, rowBytes + 1) + 320 + Math.max(98304, rowBytes >> 2)
  return block(tables + 65536 + 64 + inflated)
}

/** Strip and the rows that are filtered against; `expanded` where stored rows are not of use as they are. */
function stripBytes(
  width: number,
  rowBytes: number,
  stride: number,
  rows: number,
  expanded: boolean,
): number {
  const strip = block(align(rowBytes) + stride * rows)
  return expanded ? strip + block(2 * align(rowBytes) + align(width + 8)) : strip
}

type Stored = Pick<ImageHeader, 'width' | 'height' | 'alpha' | 'components' | 'bitDepth' | 'interlaced'>

/**
 * Bytes of the engine's arena that `openPng` takes, at most. A header does not tell a palette from true
 * colour, nor tRNS from an alpha channel: the greater is meant.
 */
export function pngDecodeBytes(header: Stored, options: { depth?: 8 | 16; heldBytes?: number } = {}): number {
  const { width, height, bitDepth, interlaced } = header
  const channels = header.components + Number(header.alpha)
  const pixelBytes = channels * (options.depth === 16 && bitDepth === 16 ? 2 : 1)
  const stored = (pixels: number) => Math.ceil((pixels * channels * bitDepth) / 8)
  // Eight bits without alpha may be a palette, with alpha tRNS.
  const expanded = bitDepth !== 8 || header.alpha || header.components === 3
  const strip = (columns: number, rows: number, capacity: number) =>
    stripBytes(columns, stored(columns), align(columns * pixelBytes), Math.min(rows, capacity), expanded)
  const capacity = stripRows(width * pixelBytes, height)
  let bytes = readerBytes(stored(width)) + strip(width, height, capacity)
  if (!interlaced) return bytes
  const plan = planPasses(width, height, pixelBytes, options.heldBytes)
  for (const [index, { columns, rows, widest }] of plan.sizes.entries()) {
    if (rows === 0) continue
    if (index < plan.held) bytes += block(columns * rows * pixelBytes)
    else if (index < 6) {
      bytes += readerBytes(stored(widest)) + strip(widest, rows, stripRows(columns * pixelBytes, rows))
    }
  }
  const stride = align(width * pixelBytes)
  return bytes + block(stride * (stripRows(stride, height) + 1))
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
  return deflate + block(widest) + readerBytes(widest) + stripBytes(width, widest, align(widest), 1, false)
}
