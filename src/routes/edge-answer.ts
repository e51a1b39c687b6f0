// An answer of the edge cache as a client gets it, whole or in part.
import { withLength } from '../services/body'
import type { EdgeAnswer } from '../store/edge-cache'
import type { Answer } from './answer'
import type { ByteRange } from './range'

/** An answer that was found, with its age. */
export function edgeAnswer(found: EdgeAnswer, ageMs: number): Answer {
  const { status, size, body } = found
  const headers = new Headers(found.headers)
  headers.set('K-Cache-Status', 'hit')
  headers.set('Age', String(Math.max(0, Math.floor(ageMs / 1000))))
  const ranges = headers.get('Accept-Ranges') === 'bytes'
  if (body instanceof Uint8Array) {
    const part = (range: ByteRange | null) =>
      range === null ? body : body.subarray(range.offset, range.offset + range.length)
    return { status, headers, size, ranges, body: async (range) => (status === 307 ? null : part(range)) }
  }
  return {
    status,
    headers,
    size,
    ranges,
    body: async (range) => (range === null ? body : withLength(slice(body, range), range.length)),
    discard: () => body.cancel(),
  }
}

/** A part of a stream that is only available whole. */
function slice(
  stream: ReadableStream<Uint8Array>,
  { offset, length }: ByteRange,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  let skip = offset
  let left = length
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        const part = value.subarray(skip, skip + left)
        skip -= Math.min(skip, value.length)
        if (part.length === 0) continue
        left -= part.length
        controller.enqueue(part)
        if (left === 0) {
          controller.close()
          await reader.cancel()
        }
        return
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
