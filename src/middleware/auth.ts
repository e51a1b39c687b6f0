// Who may write: bearer tokens (RFC 6750), compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../errors'
import type { AppEnv } from './request-context'

/** Lets a request pass with one of the configured tokens, or where the service is open. */
export const requireToken: MiddlewareHandler<AppEnv> = async (c, next) => {
  checkToken(c.var.config, c.req.raw.headers)
  await next()
}

/** Throws 401 without a token, 403 with a wrong one. */
export function checkToken(
  { auth, secrets }: Pick<AppEnv['Variables']['config'], 'auth' | 'secrets'>,
  headers: Headers,
): void {
  if (auth.mode === 'open') return
  const given = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers.get('Authorization')?.trim() ?? '')
  if (!given) {
    throw new AppError(401, 'unauthorized', 'Expected the header Authorization: Bearer <token>', {
      headers: { 'WWW-Authenticate': 'Bearer realm="konifer"' },
    })
  }
  const digest = sha256(given[1]!)
  let known = false
  // No early end: the time does not tell which token, or how much of it, was right.
  for (const token of secrets.apiTokens) known = timingSafeEqual(sha256(token), digest) || known
  if (!known) throw new AppError(403, 'forbidden', 'Expected a token that may write')
}

/** Digests are equally long whatever the tokens are, as timingSafeEqual needs. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
