// A source whose beginning is read twice but fetched once: first for metadata, then by the decoder. The
// first read may stop anywhere in the beginning; the next one gets its chunks again and then goes on with
// the very same stream.
import type { ByteSource } from './header'
import type { Stopwatch } from './stopwatch'

/** Bytes of the beginning that are kept; past them a second read fetches anew. */
const KEEP_BYTES = 512 * 1024

type Reader = ReadableStreamDefaultReader<Uint8Array>

export interface ReplaySource extends ByteSource {
  /** Lets go of a stream that nobody went on with. */
  close(): Promise<void>
}

/**
 * Makes `source` cheap to read from its beginning a second time.
 * @param watch counts what is waited for as `object`
 */
export function makeReplay(source: ByteSource, watch?: Stopwatch): ReplaySource {
  /** What an interrupted first read left: its chunks, and the stream behind them. */
  let left: { chunks: Uint8Array[]; reader: Reader } | null = null
  let first = true

  const fetched = (offset?: number) =>
    watch ? watch.during('object', () => source.open(offset)) : source.open(offset)

  const open = async (offset = 0): Promise<ReadableStream<Uint8Array>> => {
    if (offset !== 0) return again(await fetched(offset))
    if (left) {
      const { chunks, reader } = left
      left = null
      return streamOf(chunks, reader, null, watch)
    }
    const stream = await fetched()
    if (!first) return again(stream)
    first = false
    return streamOf([], stream.getReader(), (chunks, reader) => (left = { chunks, reader }), watch)
  }
  const again = (stream: ReadableStream<Uint8Array>) =>
    watch ? streamOf([], stream.getReader(), null, watch) : stream

  return {
    size: source.size,
    open,
    async close() {
      await left?.reader.cancel()
      left = null
    },
  }
}

/**
 * The chunks, then what the reader gives.
 * @param keep is handed all chunks and the reader where the stream is cancelled early enough
 */
function streamOf(
  before: readonly Uint8Array[],
  reader: Reader,
  keep: ((chunks: Uint8Array[], reader: Reader) => void) | null,
  watch: Stopwatch | undefined,
): ReadableStream<Uint8Array> {
  const queue = [...before]
  let seen: Uint8Array[] | null = keep ? [] : null
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const queued = queue.shift()
        if (queued) return controller.enqueue(queued)
        const before = watch?.to('object')
        const { done, value } = await reader.read()
        if (before) watch?.to(before)
        if (done) return controller.close()
        bytes += value.length
        if (bytes > KEEP_BYTES) seen = null
        seen?.push(value)
        controller.enqueue(value)
      },
      async cancel(reason) {
        if (seen && keep) keep(seen, reader)
        else await reader.cancel(reason)
      },
    },
    // Nothing is read ahead of what is asked for.
    { highWaterMark: 0 },
  )
}
