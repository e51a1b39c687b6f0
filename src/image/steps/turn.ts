// Turning a picture: mirrored columns go row by row; everything else needs the turned frame, or, where
// that is too large, a band of it at a time and as many passes over the source.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { inverse, type Size, type Turn, turned, turnedWindow, type Window } from '../geometry'
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
 * Turns a picture. What lies behind it is opened at the first read, and once per pass: by then all
 * later steps must have their buffers, for the arena is wound back between passes.
 * @param open the rows of a window of the picture
 * @param size, bands of the picture
 */
export function turnPicture(
  engine: Engine,
  open: (window: Window) => Promise<RowReader>,
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
  let source: RowReader | null = null
  let given = 0

  async function openBand(band: Window): Promise<RowReader> {
    source = await open(turnedWindow(band, { width, height }, inverse(turn)))
    if (source.bands !== bands) {
      throw new ImageError('corrupt', `Expected pixels of ${bands} samples but received ${source.bands}`)
    }
    return source
  }

  /** Mirrored columns: each strip as it comes, in pieces that the buffer holds. */
  let strip: Rows | null = null
  let used = 0
  async function readMirrored(): Promise<Rows | null> {
    const rows = source ?? (await openBand({ left: 0, top: 0, width, height }))
    if (strip === null || used >= strip.count) {
      strip = await rows.read()
      used = 0
      if (strip === null) return null
    }
    const count = Math.min(held, strip.count - used)
    const from = strip.pointer + used * strip.stride
    place(from, strip.stride, 0, count, width, count, bands, turn, frame, stride)
    used += count
    return { pointer: frame, count, stride }
  }

  /** A band of the turned picture is a band of rows or columns of the source. */
  async function readBand(): Promise<Rows | null> {
    if (given >= height) return null
    const count = Math.min(held, height - given)
    const mark = engine.call('arenaMark')
    const rows = await openBand({ left: 0, top: given, width, height: count })
    let top = 0
    for (let strip = await rows.read(); strip; strip = await rows.read()) {
      place(
        strip.pointer,
        strip.stride,
        top,
        strip.count,
        rows.width,
        rows.height,
        bands,
        turn,
        frame,
        stride,
      )
      top += strip.count
    }
    await rows.close()
    engine.call('arenaRelease', mark)
    given += count
    return { pointer: frame, count, stride }
  }

  return {
    width,
    height,
    bands,
    read: turn <= 1 ? readMirrored : readBand,
    close: async () => source?.close(),
  }
}
