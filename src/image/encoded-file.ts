// An encoded file in pieces: to join a large one would hold it twice for a moment.
import { concat } from './feed'

/**
 * Whole, or in pieces: then the first holds all that stands before the picture's data, so that metadata
 * can be put into it alone.
 */
export type EncodedFile = Uint8Array | readonly Uint8Array[]

/** A file of at most so many bytes is joined: one buffer needs no stream to be sent or stored. */
export const JOINED_BYTES = 256 * 1024

/** The pieces of a file, in order; one of a small file. */
export function piecesOf(file: EncodedFile): readonly Uint8Array[] {
  if (file instanceof Uint8Array) return [file]
  return sizeOfPieces(file) <= JOINED_BYTES ? [concat(file)] : file
}

/** A file in one piece. */
export function joined(file: EncodedFile): Uint8Array {
  return file instanceof Uint8Array ? file : concat(file)
}

export function sizeOfPieces(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** A part of a file as views of its pieces. `offset` and `length` lie within it. */
export function partOf(
  pieces: readonly Uint8Array[],
  { offset, length }: { readonly offset: number; readonly length: number },
): readonly Uint8Array[] {
  const part: Uint8Array[] = []
  let at = 0
  for (const piece of pieces) {
    const from = Math.max(offset - at, 0)
    const to = Math.min(offset + length - at, piece.length)
    if (from < to) part.push(piece.subarray(from, to))
    at += piece.length
  }
  return part
}
