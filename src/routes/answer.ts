// An answer before its body is opened: so that preconditions, ranges and HEAD are settled alike,
// wherever the bytes would come from, and R2 is only asked for what is sent.
import { AppError } from '../errors'
import { bodyOf } from '../services/body'
import { checkPreconditions, parseHttpDate, rangeApplies } from './conditional'
import { type ByteRange, contentRange, parseRange } from './range'

/** A file that was just made may be in pieces, which are shared by all who get it. */
export type Body = Uint8Array | ReadableStream<Uint8Array> | readonly Uint8Array[] | null

export interface Answer {
  readonly status: 200 | 307
  readonly headers: Headers
  /** Bytes of the whole body; null for one that is written while it is sent. */
  readonly size: number | null
  /** Whether parts of the body may be asked for. */
  readonly ranges: boolean
  /** Opens the body, or a part of it. Called at most once. */
  body(range: ByteRange | null): Promise<Body>
  /** Gives up a body that will not be opened. */
  discard?(): Promise<void>
}

/** Headers that a 304 repeats (RFC 9110 §15.4.5); those of the body stay away. */
const OF_BODY = ['Content-Type', 'Content-Length', 'Content-Disposition', 'Accept-Ranges', 'Content-Range']

/** JSON as an answer, with a strong tag of its bytes. */
export async function jsonAnswer(value: unknown, headers: HeadersInit = {}): Promise<Answer> {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).subarray(0, 12)
  const all = new Headers(headers)
  all.set('Content-Type', 'application/json')
  all.set(
    'ETag',
    `"${btoa(String.fromCharCode(...digest))
      .replaceAll('+', '-')
      .replaceAll('/', '_')}"`,
  )
  return { status: 200, headers: all, size: bytes.length, ranges: false, body: async () => bytes }
}

/** Makes the Response to a GET or HEAD. Throws 412 and 416. */
export async function respond(request: Request, answer: Answer): Promise<Response> {
  const { headers, size } = answer
  const etag = headers.get('ETag')
  if (answer.status === 200 && etag !== null) {
    const current = { etag, lastModified: parseHttpDate(headers.get('Last-Modified') ?? '') }
    const outcome = checkPreconditions(request.headers, current)
    if (outcome !== null) await answer.discard?.()
    if (outcome === 304) return notModified(headers)
    if (outcome === 412) {
      throw new AppError(412, 'precondition_failed', 'The preconditions do not hold', {
        headers: { ETag: etag },
      })
    }
    // Ranges are defined for GET alone (§14.2).
    if (
      answer.ranges &&
      size !== null &&
      request.method === 'GET' &&
      rangeApplies(request.headers, current)
    ) {
      const range = parseRange(request.headers.get('Range'), size)
      if (range === 'unsatisfiable') {
        await answer.discard?.()
        throw new AppError(416, 'range_not_satisfiable', `Expected a range within ${size} bytes`, {
          headers: { 'Content-Range': `bytes */${size}`, 'Accept-Ranges': 'bytes' },
        })
      }
      if (range) return partial(answer, range, size)
    }
  }
  if (answer.status === 200 && size !== null) headers.set('Content-Length', String(size))
  if (request.method === 'HEAD') {
    await answer.discard?.()
    return new Response(null, { status: answer.status, headers })
  }
  return new Response(initOf(await answer.body(null)), { status: answer.status, headers })
}

const isPieces = (body: Body): body is readonly Uint8Array[] => Array.isArray(body)

function initOf(body: Body): BodyInit | null {
  return isPieces(body) ? bodyOf(body) : body
}

function notModified(headers: Headers): Response {
  for (const name of OF_BODY) headers.delete(name)
  return new Response(null, { status: 304, headers })
}

async function partial(answer: Answer, range: ByteRange, size: number): Promise<Response> {
  const { headers } = answer
  headers.set('Content-Range', contentRange(range, size))
  headers.set('Content-Length', String(range.length))
  return new Response(initOf(await answer.body(range)), { status: 206, headers })
}
