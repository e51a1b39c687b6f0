// What the steps share: rows rewritten into a buffer of their own, a strip at a time.
import type { Engine } from '../engine'
import type { Size } from '../geometry'
import type { Bands, RowReader, Rows } from '../rows'

/** Rows per strip, and the bytes that strips of wide rows are kept to. */
const STRIP = 16
const STRIP_BYTES = 1 << 17

/** Rows of a strip. */
export function stripRows(width: number, bands: Bands): number {
  return Math.max(1, Math.min(STRIP, Math.floor(STRIP_BYTES / (width * bands + 16))))
}

/** Bytes that `mapRows` and `padRows` take from the arena. */
export function stripBytes(width: number, bands: Bands): number {
  return stripRows(width, bands) * (width * bands + 16) + 96
}

/**
 * Rewrites every row. The source's rows are never written to: a decoder may need them again.
 * @param bands of the new rows
 * @param row makes one row: addresses of the old and the new one, and their pixels
 */
export function mapRows(
  engine: Engine,
  source: RowReader,
  bands: Bands,
  row: (from: number, to: number, pixels: number) => void,
): RowReader {
  const { width, height } = source
  const stride = width * bands + 16
  const most = Math.min(stripRows(width, bands), height)
  const buffer = engine.alloc(most * stride)
  let strip: Rows | null = null
  let used = 0
  return {
    width,
    height,
    bands,
    async read() {
      if (strip === null || used >= strip.count) {
        strip = await source.read()
        used = 0
        if (strip === null) return null
      }
      const count = Math.min(most, strip.count - used)
      for (let y = 0; y < count; y++) {
        row(strip.pointer + (used + y) * strip.stride, buffer + y * stride, width)
      }
      used += count
      return { pointer: buffer, count, stride }
    },
    close: () => source.close(),
  }
}

/** Cuts a window out of the rows, without copying them. */
export function cutRows(source: RowReader, window: Size & { left: number; top: number }): RowReader {
  const { left, top, width, height } = window
  if (left === 0 && top === 0 && width === source.width && height === source.height) return source
  let row = 0
  return {
    width,
    height,
    bands: source.bands,
    async read() {
      for (;;) {
        if (row >= top + height) return null
        const rows = await source.read()
        if (rows === null) return null
        const first = Math.max(0, top - row)
        const count = Math.min(rows.count, top + height - row) - first
        row += rows.count
        if (count <= 0) continue
        return {
          pointer: rows.pointer + first * rows.stride + left * source.bands,
          count,
          stride: rows.stride,
        }
      }
    },
    close: () => source.close(),
  }
}
