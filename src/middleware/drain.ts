// What is left of a refused body is read and thrown away before the answer goes. A sender hears
// only while it may send: with the body cut off, the connection ends, and what comes to a client (or from
// a proxy in between, as `wrangler dev` has one) is "connection lost" instead of the reason.
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './request-context'

/**
 * Beyond this the connection ends after all. Whoever is over the default limit of 100 MiB by a little, or
 * twice, still hears of it (with 32 MB here, a form of 115 MB gave a 500 in `wrangler dev`, two times in
 * five); who sends much more, or stalls, is stopped.
 */
const MOST_BYTES = 256 * 1024 * 1024
const LONGEST_MS = 20_000
const LONGEST_STALL_MS = 2000

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
  longestStallMs = LONGEST_STALL_MS,
): Promise<void> {
  const reader = body.getReader()
  const until = Date.now() + LONGEST_MS
  let stalled: ReturnType<typeof setTimeout> | undefined
  try {
    for (let bytes = 0; bytes <= mostBytes && Date.now() < until; ) {
      const late = new Promise<null>((resolve) => {
        stalled = setTimeout(() => resolve(null), longestStallMs)
      })
      const read = await Promise.race([reader.read(), late])
      clearTimeout(stalled)
      if (read === null) break
      if (read.done) return
      bytes += read.value.length
    }
    await reader.cancel()
  } catch {
    // The sender hung up; nobody is left to answer.
  } finally {
    clearTimeout(stalled)
  }
}
