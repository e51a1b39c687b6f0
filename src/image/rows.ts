// How rows travel between the steps of the pipeline: pointers into the engine's memory, so that
// a step hands rows on without copying them.
import type { EncodedFile } from './encoded-file'

/**
 * How samples lie in a row, interleaved, 8 bits each, alpha straight (never premultiplied):
 * 1 grey · 2 grey, alpha · 3 red, green, blue · 4 red, green, blue, alpha.
 */
export type Bands = 1 | 2 | 3 | 4

/** `count` rows from `pointer`, each `stride` bytes; valid until the reader or step is called again. */
export interface Rows {
  readonly pointer: number
  readonly count: number
  readonly stride: number
}

/** A decoder: gives a picture's rows from the top, in strips of whatever height suits it. */
export interface RowReader {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  /** The next strip, or null after the last row. Async, for the compressed bytes are streamed. */
  read(): Promise<Rows | null>
  /** Gives back what it holds outside the engine's arena (streams, inflaters). Safe to repeat. */
  close(): Promise<void>
}

/** An encoder: takes rows from the top, then gives the file. */
export interface RowWriter {
  write(rows: Rows): void | Promise<void>
  /** Bytes that the file has at most, by what is written already; not said where that is not known. */
  readonly most?: number
  /** The encoded file, after `height` rows. */
  finish(): EncodedFile | Promise<EncodedFile>
}
