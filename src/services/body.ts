// Bodies of answers and of objects whose length has to be known in advance.
import { sizeOfPieces } from '../image/encoded-file'

/** A file in pieces as a body: the bytes themselves where they are one piece, else a stream of known length. */
export function bodyOf(pieces: readonly Uint8Array[]): Uint8Array | ReadableStream<Uint8Array> {
  const [first] = pieces
  if (first && pieces.length === 1) return first
  const { readable, writable } = new FixedLengthStream(sizeOfPieces(pieces))
  // What goes wrong here also fails the reader's side, and is reported there.
  pump(pieces, writable).catch(() => {})
  return readable
}

async function pump(pieces: readonly Uint8Array[], writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter()
  for (const piece of pieces) await writer.write(piece)
  await writer.close()
}

/** A stream of known length: R2 and the cache need it, and clients get a Content-Length. */
export function withLength(stream: ReadableStream<Uint8Array>, size: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(size)
  // What goes wrong here also fails the reader's side, and is reported there.
  stream.pipeTo(writable).catch(() => {})
  return readable
}
