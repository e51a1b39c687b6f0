// A source that tells how much was asked of it: the work of a reader that has no counter of its own.
import type { ByteSource } from '../../src/image/header'

export interface CountedSource extends ByteSource {
  /** Bytes that were taken. */
  taken: number
  /** Times that it was opened. */
  opened: number
}

/** Gives `file` in pieces of `chunk` bytes, each only when it is asked for. */
export function countedSource(file: Uint8Array, chunk = 65536): CountedSource {
  const source: CountedSource = {
    size: file.length,
    taken: 0,
    opened: 0,
    async open(offset = 0) {
      source.opened++
      let at = offset
      return new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (at >= file.length) return controller.close()
            const piece = file.slice(at, at + chunk)
            at += piece.length
            source.taken += piece.length
            controller.enqueue(piece)
          },
        },
        { highWaterMark: 0 },
      )
    },
  }
  return source
}
