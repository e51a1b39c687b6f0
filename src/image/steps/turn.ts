// Turning a picture: mirrored columns go row by row; everything else needs the turned frame, or, where
// that is too large, a band of it at a time and as many passes over the source.
import type { Engine } from '../engine'
import { type Size, type Turn, turned } from '../geometry'
import type { Bands, RowReader, Rows } from '../rows'

/** Rows per strip where rows are only mirrored. */
const STRIP = 16

/** Rows of the turned frame that are held at once. */
export function turnRows(turn: Turn, size: Size, passes: number): number {
  const height = turned(size, turn).height
  return turn <= 1 ? Math.min(STRIP, height) : Math.ceil(height / passes)
}

/** Bytes that `turnPicture` takes from the arena for a picture of `size` before it is turned. */
export function turnBytes(turn: Turn, size: Size, bands: Bands, passes: number): number {
  if (turn === 0) return 0
  return turnRows(turn, size, passes) * turned(size, turn).width * bands + 96
}

/**
 * Turns a picture.
 * @param source opens the rows from the top, once per pass
 * @param size, bands of those rows
 */
export function turnPicture(
  engine: Engine,
  source: () => Promise<RowReader>,
  size: Size,
  bands: Bands,
  turn: Turn,
  passes: number,
): RowReader {
  const { width, height } = turned(size, turn)
  const stride = width * bands
  const held = turnRows(turn, size, passes)
  const frame = engine.alloc(held * stride)
  const place = engine.kernel('orientRows')
  let open: RowReader | null = null
  let given = 0

  /** Mirrored columns: each strip as it comes, in pieces that the buffer holds. */
  let strip: Rows | null = null
  let used = 0
  async function readMirrored(): Promise<Rows | null> {
    open ??= await source()
    if (strip === null || used >= strip.count) {
      strip = await open.read()
      used = 0
      if (strip === null) return null
    }
    const count = Math.min(held, strip.count - used)
    const from = strip.pointer + used * strip.stride
    place(from, strip.stride, 0, count, size.width, count, bands, turn, frame, stride, 0, count)
    used += count
    return { pointer: frame, count, stride }
  }

  async function readBand(): Promise<Rows | null> {
    if (given >= height) return null
    const keep = Math.min(held, height - given)
    open = await source()
    let top = 0
    for (let rows = await open.read(); rows; rows = await open.read()) {
      place(
        rows.pointer,
        rows.stride,
        top,
        rows.count,
        size.width,
        size.height,
        bands,
        turn,
        frame,
        stride,
        given,
        keep,
      )
      top += rows.count
    }
    await open.close()
    given += keep
    return { pointer: frame, count: keep, stride }
  }

  return {
    width,
    height,
    bands,
    read: turn <= 1 ? readMirrored : readBand,
    close: async () => open?.close(),
  }
}
