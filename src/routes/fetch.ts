// GET and HEAD /assets/{path}…: parses the address, then answers in the return format asked for.
import type { Context as HonoContext } from 'hono'
import { AppError, badRequest, expected } from '../errors'
import { checkToken } from '../middleware/auth'
import type { AppEnv } from '../middleware/request-context'
import { acceptable, negotiate } from '../params/accept'
import { parseAddress, rawPath, rawQuery } from '../params/address'
import { requestKey } from '../params/keys'
import { CONTROLS } from '../params/parameters'
import { parseQuery, type Query, queryPairs, refuseTransformation } from '../params/query'
import { type FetchSelectors, parseFetchSelectors } from '../params/selectors'
import { checkSignature } from '../services/signing'
import { notFound } from '../services/variant'
import { settleWanted, type Wanted } from '../services/wanted'
import type { AssetQuery } from '../store/pick'
import { respond } from './answer'
import { contentAnswer, ObjectReplaced, pictureAnswer } from './content'
import { type Keeping, throughEdge } from './edge'
import { cacheControl } from './headers'
import { infoAnswer } from './info'
import { linkAnswer } from './link'
import { redirectAnswer, redirectCacheControl } from './redirect'

/** A fetch, read and checked; what an answer is made of. */
export interface FetchRequest extends FetchSelectors {
  readonly path: string
  readonly query: Query
  readonly assets: AssetQuery
  /** Absent for `info`. */
  readonly wanted: Wanted
  /** The request's own parameters but `s`, as sent. */
  readonly ownQuery: string
  /** What every successful answer carries. */
  readonly headers: Record<string, string>
}

const ANSWERS = {
  link: linkAnswer,
  content: contentAnswer,
  download: contentAnswer,
  redirect: redirectAnswer,
  info: infoAnswer,
}

/** Handles GET and HEAD. */
export async function fetchAsset(c: HonoContext<AppEnv>): Promise<Response> {
  const { url } = c.req.raw
  const began = performance.now()
  const raw = rawPath(url)
  const pairs = queryPairs(rawQuery(url))
  if (c.var.config.urlSigning.enabled) checkSignature(c.var.config, raw, pairs, Date.now())
  const request = readRequest(c, raw, rawQuery(url))
  c.var.timings.add('resolve', performance.now() - began)
  c.var.facts.operation = request.format
  // No asset has one label twice.
  if (request.query.contradictory) throw notFound(request.assets)
  const make = () => ANSWERS[request.format](c, request)
  // What needs a token is never kept.
  const open = request.format !== 'info' || !c.var.config.auth.protectInfo
  const answer = await (open ? throughEdge(c, keepingOf(c, request), make) : make())
  try {
    return await respond(c.req.raw, answer)
  } catch (error) {
    if (!(error instanceof ObjectReplaced)) throw error
    return respond(c.req.raw, pictureAnswer(c, request, error.found))
  }
}

function readRequest(c: HonoContext<AppEnv>, raw: string, search: string): FetchRequest {
  const { config } = c.var
  const { path, selectors } = parseAddress(raw)
  const { selection, format } = parseFetchSelectors(selectors ?? [])
  const query = parseQuery(search, config.limits)
  const settings = config.settingsFor(path)
  if (format === 'info') {
    refuseTransformation(query, 'info')
    if (config.auth.protectInfo) checkToken(config, c.req.raw.headers)
  } else if (query.limit !== 1) {
    throw badRequest(
      'conflicting_parameters',
      `Expected limit only for info but received ${query.limit} for ${format}`,
    )
  }
  const assets = { path, ...selection, labels: query.labels }
  const wanted = format === 'info' ? NOTHING : settle(c, format, settings, query)
  const control =
    format === 'info' && config.auth.protectInfo ? 'private, no-store' : cacheControl(settings.cacheControl)
  const headers: Record<string, string> = {}
  if (control !== null) headers['Cache-Control'] = control
  if (control !== null || wanted.negotiated) headers.Vary = 'Accept'
  return { path, selection, format, query, assets, wanted, ownQuery: withoutSignature(search), headers }
}

const NOTHING: Wanted = {
  asked: {},
  format: null,
  others: [],
  refused: [],
  instead: null,
  negotiated: false,
}

function settle(
  c: HonoContext<AppEnv>,
  format: FetchSelectors['format'],
  settings: Parameters<typeof settleWanted>[1],
  query: Query,
): Wanted {
  const accept = c.req.header('Accept')
  const wanted = settleWanted(c.var.config, settings, query, negotiate(accept))
  if (wanted) return wanted
  // A link is JSON, whatever pictures the client could show.
  if (format === 'link')
    return { ...settleWanted(c.var.config, settings, query, negotiate(null))!, negotiated: true }
  const headers = { Vary: 'Accept' }
  throw new AppError(400, 'not_acceptable', expected(acceptable(), 'Accept', accept), { headers })
}

/** A redirect may be kept for as long as its own Cache-Control says. */
function keepingOf({ var: { config } }: HonoContext<AppEnv>, request: FetchRequest): Keeping {
  const { path, format } = request
  const settings = config.settingsFor(path)
  const cacheControl = format === 'redirect' ? redirectCacheControl(settings) : settings.cacheControl
  return { path, key: edgeKey(request), cacheControl }
}

/** All that an answer depends on beside its path and the configuration. */
function edgeKey({ format, selection, query, wanted, ownQuery }: FetchRequest): string {
  const labels = Object.entries(query.labels).sort(([a], [b]) => (a < b ? -1 : 1))
  const { asked, others, refused, instead, negotiated } = wanted
  const picture = [requestKey(asked, wanted.format), others, refused, instead, negotiated]
  return JSON.stringify([format, selection, labels, picture, query.limit, format === 'link' ? ownQuery : ''])
}

/** Drops `s` from a raw query and leaves the rest as it was sent. */
function withoutSignature(search: string): string {
  return search
    .split('&')
    .filter((part) => part !== '' && queryPairs(part)[0]?.[0] !== CONTROLS.s.name)
    .join('&')
}
