// Bodies of answers and of objects whose length has to be known in advance.
import { sizeOfPieces } from '../image/encoded-file'

/** A file in pieces as a body: the bytes themselves where they are one piece, else a stream of known length. */
export function bodyOf(pieces: readonly Uint8Array[]): Uint8Array | ReadableStream<Uint8Array> {
  const [first] = pieces
  if (first && pieces.length === 1) return first
  let next = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next++]
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
  })
  return withLength(stream, sizeOfPieces(pieces))
}

/** A stream of known length: R2 and the cache need it, and clients get a Content-Length. */
export function withLength(stream: ReadableStream<Uint8Array>, size: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(size)
  // What goes wrong here also fails the reader's side, and is reported there.
  stream.pipeTo(writable).catch(() => {})
  return readable
}
