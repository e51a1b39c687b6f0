// Downloads a picture for a client. Every hop is checked by the same rules before it is asked.
import { AppError, badRequest, expected } from '../errors'
import type { Context } from './context'
import { isAllowedHost, isPrivateAddress } from './public-host'

/** Redirects that are followed. */
const MAX_REDIRECTS = 3
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export interface Download {
  /** Content-Length, where the body is sent as it is. */
  readonly length?: number
  /** The body as it arrives. Throws 400 where it breaks off or takes too long. */
  chunks(): AsyncGenerator<Uint8Array>
  /** Stops the download. Safe to repeat. */
  cancel(): Promise<void>
}

/** Opens the URL of a picture. Throws 400 where a rule forbids it or the host does not answer 200. */
export async function openUrl(context: Context, text: string): Promise<Download> {
  const { timeout } = context.config.source.url
  const limit = AbortSignal.timeout(timeout)
  const signal = context.signal === undefined ? limit : AbortSignal.any([limit, context.signal])
  const failed = (error: unknown) => {
    if (limit.aborted)
      return badRequest('url_timeout', `Expected the whole picture within ${timeout} ms from url`)
    return new AppError(400, 'url_unreachable', 'Expected a host that answers for url', { cause: error })
  }
  let url = checkUrl(context, text)
  for (let hop = 0; ; hop++) {
    let response: Response
    try {
      response = await context.fetch(url.href, {
        redirect: 'manual',
        signal,
        headers: { accept: 'image/*', 'user-agent': 'Konifer-Edge' },
      })
    } catch (error) {
      throw failed(error)
    }
    if (response.status === 200 && response.body !== null)
      return makeDownload(response, response.body, failed)
    await response.body?.cancel().catch(() => {})
    const location = response.headers.get('location')
    if (!REDIRECTS.has(response.status) || location === null) {
      throw badRequest('url_unreachable', expected('an answer 200', 'url', response.status))
    }
    if (hop === MAX_REDIRECTS) {
      throw badRequest(
        'url_redirects',
        `Expected at most ${MAX_REDIRECTS} redirects for url but received more`,
      )
    }
    url = checkUrl(context, location, url)
  }
}

/** Checks one hop: scheme, credentials, address, domain. */
function checkUrl(context: Context, text: string, base?: URL): URL {
  const received = base === undefined ? 'url' : 'the redirect of url'
  const url = URL.parse(text, base?.href)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw badRequest('invalid_url', expected('an absolute http or https URL', received, text))
  }
  if (url.username !== '' || url.password !== '') {
    throw badRequest('invalid_url', `Expected no credentials in ${received}`)
  }
  if (isPrivateAddress(url.hostname)) {
    throw badRequest('url_not_allowed', expected('a public host', received, url.hostname))
  }
  if (!isAllowedHost(url.hostname, context.config.source.url.allowedDomains)) {
    throw badRequest(
      'url_not_allowed',
      expected('a host in source.url.allowedDomains', received, url.hostname),
    )
  }
  return url
}

function makeDownload(
  response: Response,
  body: ReadableStream<Uint8Array>,
  failed: (error: unknown) => AppError,
): Download {
  const reader = body.getReader()
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  const known = !response.headers.has('content-encoding') && Number.isSafeInteger(length)
  return {
    ...(known && { length }),
    async *chunks() {
      let received = 0
      while (true) {
        const next = await reader.read().catch((error: unknown) => {
          throw failed(error)
        })
        if (next.done && known && received < length) throw failed(new Error(`${received} of ${length} bytes`))
        if (next.done) return
        received += next.value.length
        yield next.value
      }
    },
    // Nobody waits for what a stopped download would still say.
    cancel: () => reader.cancel().catch(() => {}),
  }
}
