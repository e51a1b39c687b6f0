// What is left of a refused body is read and thrown away before the answer goes. A sender hears
// only while it may send: with the body cut off, the connection ends, and what comes to a client (or from
// a proxy in between, as `wrangler dev` has one) is "connection lost" instead of the reason.
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './request-context'

/** Beyond this the connection ends after all: a sender of much more, or a slow one, is stopped at once. */
const MOST_BYTES = 32 * 1024 * 1024
const LONGEST_MS = 2000

/** Reads bodies to their end, whoever left them. */
export const drainBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const { body } = c.req.raw
  if (body !== null && !body.locked) await drain(body)
}

/** Throws away what a stream still has, within bounds. */
export async function drain(
  body: ReadableStream<Uint8Array>,
  mostBytes = MOST_BYTES,
  longestMs = LONGEST_MS,
): Promise<void> {
  const reader = body.getReader()
  const timer = new AbortController()
  const late = scheduler.wait(longestMs, { signal: timer.signal }).then(() => null)
  // Aborted below, when nobody waits for it any more.
  late.catch(() => {})
  try {
    for (let bytes = 0; bytes <= mostBytes; ) {
      const read = await Promise.race([reader.read(), late])
      if (read === null) break
      if (read.done) return
      bytes += read.value.length
    }
    await reader.cancel()
  } catch {
    // The sender hung up; nobody is left to answer.
  } finally {
    timer.abort()
  }
}
