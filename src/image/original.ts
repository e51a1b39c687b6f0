// An original that is decoded and whose metadata is wanted, out of one read of its bytes. Most formats
// have their metadata in front: it is read first, and the decoder goes on with the same stream. PNG may
// have some behind the picture, so that its parser listens while the decoder reads.
import { withoutInverse } from './colour/profile'
import { ImageError } from './error'
import { Feed } from './feed'
import type { Format } from './formats'
import type { ByteSource } from './header'
import { type Metadata, readMetadataFrom } from './metadata'
import { readPngMetadata } from './metadata/png'
import { makeReplay } from './replay'
import type { Stopwatch } from './stopwatch'

export interface Original {
  /** What the decoder reads. */
  readonly source: ByteSource
  /** The embedded profile, which is known before decoding. */
  readonly icc: Uint8Array | undefined
  /** All metadata, once the picture has been decoded. */
  metadata(): Promise<Metadata>
  /** Lets go of what is held open. */
  close(): Promise<void>
}

/** Opens an original. Rejects where its source does. */
export async function openOriginal(source: ByteSource, format: Format, watch?: Stopwatch): Promise<Original> {
  const replay = makeReplay(source, watch)
  try {
    if (format === 'png') return await openPngOriginal(replay)
    const { icc: whole, ...others } = await readMetadataFrom(replay, format)
    const icc = whole && withoutInverse(whole)
    const metadata = { ...others, ...(icc && { icc }) }
    return {
      source: replay,
      icc,
      metadata: async () => metadata,
      close: () => replay.close(),
    }
  } catch (error) {
    await replay.close()
    throw error
  }
}

async function openPngOriginal(replay: ReturnType<typeof makeReplay>): Promise<Original> {
  const found: { -readonly [Kind in keyof Metadata]: Metadata[Kind] } = {}
  const feed = new Feed()
  let atPicture = false
  const parser = readPngMetadata(feed, found, () => {
    atPicture = true
  })
  let done = false
  /** Bytes that the parser has had. */
  let heard = 0
  /** The stream that the decoder left, for what follows. */
  let rest: { reader: ReadableStreamDefaultReader<Uint8Array>; at: number } | null = null

  const resume = (): void => {
    try {
      done = parser.next().done === true
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      // Damaged metadata ends here: what was found before it is kept.
      done = true
    }
    if (!done) feed.settle()
  }
  const hear = (chunk: Uint8Array, at: number): void => {
    if (done || at + chunk.length <= heard) return
    feed.push(chunk.subarray(Math.max(0, heard - at)))
    heard = at + chunk.length
    resume()
  }
  const letGo = async (): Promise<void> => {
    await rest?.reader.cancel()
    rest = null
  }

  const head = (await replay.open()).getReader()
  for (let at = 0; !atPicture && !done; ) {
    const { done: ended, value } = await head.read()
    if (ended) break
    hear(value, at)
    at += value.length
  }
  await head.cancel()

  return {
    source: {
      size: replay.size,
      async open(offset = 0) {
        await letGo()
        const reader = (await replay.open(offset)).getReader()
        let at = offset
        return new ReadableStream<Uint8Array>(
          {
            async pull(controller) {
              const { done: ended, value } = await reader.read()
              if (ended) return controller.close()
              if (at <= heard) hear(value, at)
              at += value.length
              controller.enqueue(value)
            },
            async cancel() {
              if (done || at !== heard) await reader.cancel()
              else rest = { reader, at }
            },
          },
          { highWaterMark: 0 },
        )
      },
    },
    icc: found.icc,
    async metadata() {
      while (!done && rest) {
        const { done: ended, value } = await rest.reader.read()
        if (ended) break
        hear(value, rest.at)
        rest.at += value.length
      }
      await letGo()
      if (!done) {
        feed.end()
        resume()
      }
      return found
    },
    async close() {
      await letGo()
      await replay.close()
    },
  }
}
