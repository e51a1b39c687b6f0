// Security headers on every answer, and CORS for reading from configured origins (Fetch §3.3).
import type { MiddlewareHandler } from 'hono'
import type { Config } from '../config/config'
import type { AppEnv } from './request-context'

const EXPOSED = [
  'ETag',
  'Content-Disposition',
  'Content-Range',
  'Accept-Ranges',
  'Age',
  'Server-Timing',
  'K-Alt',
  'K-LQIP-Blurhash',
  'K-LQIP-Thumbhash',
  'K-Cache-Status',
  'K-Bookmark',
].join(', ')

const REQUEST_HEADERS = [
  'Authorization',
  'Range',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Unmodified-Since',
  'If-Range',
  'K-Bookmark',
].join(', ')

/** Sets what every answer has, errors included. */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  secure(c.res.headers)
}

/** The security headers. */
export function secure(headers: Headers): void {
  headers.set('X-Content-Type-Options', 'nosniff')
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
}

/** Lets browsers read GET and HEAD answers, and answers their preflights. */
export const cors: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { method } = c.req
  const wanted = c.req.header('Access-Control-Request-Method')
  const preflight = method === 'OPTIONS' && c.req.header('Origin') !== undefined && wanted !== undefined
  if (preflight) c.res = new Response(null, { status: 204 })
  else await next()
  const reading = preflight ? wanted === 'GET' || wanted === 'HEAD' : method === 'GET' || method === 'HEAD'
  if (!reading) return
  const { headers } = c.res
  if (!allowOrigin(headers, c.var.config, c.req.header('Origin'))) return
  if (preflight) {
    headers.set('Access-Control-Allow-Methods', 'GET, HEAD')
    headers.set('Access-Control-Allow-Headers', REQUEST_HEADERS)
    headers.set('Access-Control-Max-Age', '86400')
  } else headers.set('Access-Control-Expose-Headers', EXPOSED)
}

/** Lets pages of an origin see the answer to a GET or HEAD, where the configuration admits it. */
export function letRead(headers: Headers, config: Config, origin: string | undefined): void {
  if (allowOrigin(headers, config, origin)) headers.set('Access-Control-Expose-Headers', EXPOSED)
}

function allowOrigin(headers: Headers, { http }: Config, origin: string | undefined): boolean {
  const { origins } = http.cors
  const any = origins.includes('*')
  if (!any) headers.append('Vary', 'Origin')
  const allowed = any ? '*' : origin !== undefined && origins.includes(origin) ? origin : null
  if (allowed === null) return false
  headers.set('Access-Control-Allow-Origin', allowed)
  return true
}
