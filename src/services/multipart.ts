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
  const whole = boundariesWhole(contentType)
  const reader = body.getReader()
  try {
    while (true) {
      const { value, done: ended } = await read(reader)
      // What follows the last boundary is to be ignored (RFC 2046 §5.1.1).
      if (done && !ended) continue
      const bytes = whole(ended ? null : value)
      feed(() => parser.write(bytes))
      // What the parser still keeps back may be the end of the last boundary.
      if (ended && !done) feed(() => parser.end())
      await drain()
      if (done && ended) break
      if (failure !== null) throw failure
      if (ended) throw malformed({ _tag: 'EndNotReached' })
    }
  } finally {
    // What is left is for whoever answers the sender to read or to cut off.
    reader.releaseLock()
  }
}

/**
 * The parser looks at the two bytes behind a boundary, which tell the last one from the others, only where
 * both come in one chunk with it: a chunk that would end there gives (its part of) the boundary to the next.
 */
function boundariesWhole(contentType: string): (chunk: Uint8Array | null) => Uint8Array {
  const [, quoted, token] = /;\s*boundary=(?:"([^"]*)"|([^\s;]*))/i.exec(contentType) ?? []
  const marker = new TextEncoder().encode(`--${quoted ?? token ?? ''}`)
  let held = NOTHING
  return (chunk) => {
    const bytes = held.length === 0 ? (chunk ?? NOTHING) : joined(held, chunk ?? NOTHING)
    held = NOTHING
    if (chunk === null) return bytes
    for (let start = Math.max(0, bytes.length - marker.length - 1); start < bytes.length; start++) {
      const present = Math.min(marker.length, bytes.length - start)
      if (marker.subarray(0, present).some((byte, i) => bytes[start + i] !== byte)) continue
      held = bytes.slice(start)
      return bytes.subarray(0, start)
    }
    return bytes
  }
}

const NOTHING = new Uint8Array(0)

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
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
