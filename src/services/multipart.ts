// multipart/form-data as a stream of events (RFC 7578), in constant memory: the parser is pushed one
// chunk of the body, and what it found is handed on before the next chunk is read.
import { make as makeSearch } from 'multipasta/Search'
import { AppError, badRequest } from '../errors'
import { PartHeaders } from './part-headers'

/** What comes out of the body, in order. A chunk is only valid until the handler resolves. */
export interface PartHandler {
  /** A part begins. What it throws stops the parsing. */
  begin(name: string): void
  chunk(bytes: Uint8Array): Promise<void> | void
  end(): Promise<void> | void
}

type Event = { begin: string } | { bytes: Uint8Array } | 'end'

/** Reads a whole body. Throws 400 where it is no valid form, and whatever the handler throws. */
export async function readMultipart(
  body: ReadableStream<Uint8Array>,
  contentType: string,
  handler: PartHandler,
): Promise<void> {
  const reader = openReader(body)
  const hand = async (events: readonly Event[]) => {
    for (const event of events) {
      if (event === 'end') await handler.end()
      else if ('begin' in event) handler.begin(event.begin)
      else await handler.chunk(event.bytes)
    }
  }
  try {
    const splitter = new Splitter(boundaryOf(contentType))
    while (true) {
      const { value, done } = await read(reader.next)
      if (done) break
      // What follows the last boundary is to be ignored (RFC 2046 §5.1.1).
      if (!splitter.closed) await hand(splitter.push(value))
    }
    if (!splitter.closed) await hand(splitter.end())
    if (!splitter.closed) throw malformed('a closing boundary at the end of the body')
  } finally {
    // What is left is for whoever answers the sender to read or to cut off.
    reader.release()
  }
}

/** Cuts a body at its boundaries, and reads the headers behind each. */
class Splitter {
  readonly #search: ReturnType<typeof makeSearch>
  #events: Event[] = []
  #part = 0
  #headers: PartHeaders | null = null
  closed = false

  constructor(boundary: string) {
    this.#search = makeSearch(`\r\n--${boundary}`, (index, bytes) => this.#take(index, bytes))
    // So that a boundary at the very beginning is found like any other.
    this.#search.write(new Uint8Array([13, 10]))
  }

  /** What came of these bytes; chunks are views of them. Throws 400. */
  push(chunk: Uint8Array): Event[] {
    this.#events = []
    this.#search.write(chunk)
    return this.#events
  }

  /** The last bytes, which the search kept because a boundary might have begun in them. */
  end(): Event[] {
    this.#events = []
    this.#search.end()
    return this.#events
  }

  /** @param index of the part that bytes belong to, counted from 1; 0 before the first boundary */
  #take(index: number, bytes: Uint8Array): void {
    if (index === 0 || this.closed) return
    if (index !== this.#part) {
      this.#finish()
      this.#part = index
      this.#headers = new PartHeaders()
    }
    if (this.#headers === null) this.#events.push({ bytes })
    else this.#takeHeaders(this.#headers, bytes)
  }

  #takeHeaders(headers: PartHeaders, bytes: Uint8Array): void {
    const content = bounded(() => headers.take(bytes))
    if (headers.closing) {
      this.closed = true
      return
    }
    if (content === null) return
    const name = bounded(() => headers.name)
    if (name === null) throw malformed('a Content-Disposition of form-data with a name in every part')
    this.#headers = null
    this.#events.push({ begin: name })
    if (content < bytes.length) this.#events.push({ bytes: bytes.subarray(content) })
  }

  /** A boundary ends the part before it, whose headers must have been whole. */
  #finish(): void {
    if (this.#part === 0) return
    if (this.#headers !== null) throw malformed('valid headers of every part')
    this.#events.push('end')
  }
}

/** What is wrong with headers is the client's mistake. */
function bounded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw malformed(error.message)
    throw error
  }
}

/** The boundary that a Content-Type names, quoted or not (RFC 2046 §5.1.1: at most 70 characters). */
function boundaryOf(contentType: string): string {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw malformed('a boundary in the Content-Type multipart/form-data')
  return boundary
}

/** What is asked for at once: the network gives 4 KB at a time to a reader that doesn't say. */
const READ_BYTES = 64 * 1024

/** A body's next bytes, `done` behind the last; and its lock, to be given back. */
interface BodyReader {
  next(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
  release(): void
}

/** Reads by a buffer of its own where the body is a stream of bytes, as a request's is. */
function openReader(body: ReadableStream<Uint8Array>): BodyReader {
  const reader = byobReader(body)
  if (reader === null) {
    const plain = body.getReader()
    return { next: () => plain.read(), release: () => plain.releaseLock() }
  }
  let buffer = new ArrayBuffer(READ_BYTES)
  return {
    async next() {
      const { done, value } = await reader.read(new Uint8Array(buffer))
      if (value === undefined) return { done }
      buffer = value.buffer
      // A copy: the search for boundaries keeps views of what it got, and the buffer is filled again.
      return { done, value: value.slice() }
    },
    release: () => reader.releaseLock(),
  }
}

function byobReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' })
  } catch (error) {
    if (error instanceof TypeError && !body.locked) return null
    throw error
  }
}

async function read(next: BodyReader['next']): Promise<{ done: boolean; value: Uint8Array }> {
  try {
    const { done, value = new Uint8Array(0) } = await next()
    return { done, value }
  } catch (error) {
    throw new AppError(400, 'body_interrupted', 'Expected the whole body but the connection was lost', {
      cause: error,
    })
  }
}

function malformed(expected: string): AppError {
  return badRequest('invalid_multipart', `Expected ${expected}`)
}
