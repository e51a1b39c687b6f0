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

/** Buffers that a file is gathered in: of a small one little, of a large one `JOINED_BYTES` may stay empty. */
const SLAB = { first: 16 * 1024, most: JOINED_BYTES }

/** Gathers a file from the short runs of bytes that an encoder gives, in few pieces. */
export class Gatherer {
  readonly #pieces: Uint8Array[] = []
  #slab = new Uint8Array(0)
  #filled = 0

  /** Takes a copy. */
  push(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#filled === this.#slab.length) this.#next()
      const taken = rest.subarray(0, this.#slab.length - this.#filled)
      this.#slab.set(taken, this.#filled)
      this.#filled += taken.length
      rest = rest.subarray(taken.length)
    }
  }

  /** What has been gathered, and begins anew. */
  take(): Uint8Array[] {
    const pieces = this.#pieces.splice(0)
    if (this.#filled > 0) pieces.push(this.#slab.subarray(0, this.#filled))
    this.#slab = new Uint8Array(0)
    this.#filled = 0
    return pieces
  }

  #next(): void {
    if (this.#filled > 0) this.#pieces.push(this.#slab)
    this.#slab = new Uint8Array(Math.min(SLAB.most, Math.max(SLAB.first, 2 * this.#slab.length)))
    this.#filled = 0
  }
}
