// multipart/form-data as a stream of events (RFC 7578), in constant memory: the parser is pushed one
// chunk of the body, and what it found is handed on before the next chunk is read.
import { type MultipartError, make, type PartInfo } from 'multipasta'
import { AppError, badRequest } from '../errors'

/** What comes out of the body, in order. A chunk is only valid until the handler resolves. */
export interface PartHandler {
  /** A part begins. What it throws stops the parsing. */
  begin(name: string): void
  chunk(bytes: Uint8Array): Promise<void> | void
  end(): Promise<void> | void
}

type Event = { info: PartInfo } | { bytes: Uint8Array } | null

/** Reads a whole body. Throws 400 where it is no valid form, and whatever the handler throws. */
export async function readMultipart(
  body: ReadableStream<Uint8Array>,
  contentType: string,
  handler: PartHandler,
): Promise<void> {
  const events: Event[] = []
  let failure: unknown = null
  let done = false
  const parser = make({
    headers: { 'content-type': contentType },
    // Every part is streamed, whatever it calls itself.
    isFile: () => true,
    onField: () => {},
    onFile(info) {
      events.push({ info })
      return (bytes) => events.push(bytes === null ? null : { bytes })
    },
    onError: (error) => (failure ??= malformed(error)),
    onDone: () => (done = true),
  })
  const drain = async () => {
    for (const event of events) {
      if (event === null) await handler.end()
      else if ('info' in event) handler.begin(event.info.name)
      else if (event.bytes.length > 0) await handler.chunk(event.bytes)
    }
    events.length = 0
  }
  const feed = (step: () => void) => {
    try {
      step()
    } catch (error) {
      // The parser decodes filename* with decodeURIComponent, which throws.
      failure ??= badRequest('invalid_multipart', `Expected valid part headers: ${String(error)}`)
    }
  }

  if (failure !== null) throw failure
  const reader = body.getReader()
  try {
    while (true) {
      const { value, done: ended } = await read(reader)
      if (ended) break
      // What follows the last boundary is to be ignored (RFC 2046 §5.1.1).
      if (done) continue
      feed(() => parser.write(value))
      await drain()
      if (failure !== null) throw failure
    }
    if (!done) throw malformed({ _tag: 'EndNotReached' })
  } catch (error) {
    // The sender should stop; that it can't be told is no failure of ours.
    await reader.cancel(error).catch(() => {})
    throw error
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read()
  } catch (error) {
    throw new AppError(400, 'body_interrupted', 'Expected the whole body but the connection was lost', {
      cause: error,
    })
  }
}

const SENTENCES = {
  InvalidBoundary: 'a boundary in the Content-Type multipart/form-data',
  BadHeaders: 'valid headers of every part',
  InvalidDisposition: 'a Content-Disposition of form-data with a name in every part',
  ReachedLimit: 'fewer parts',
  EndNotReached: 'a closing boundary at the end of the body',
} as const

function malformed(error: MultipartError | { _tag: 'EndNotReached' }): AppError {
  return badRequest('invalid_multipart', `Expected ${SENTENCES[error._tag]}`)
}
