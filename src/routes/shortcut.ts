// The way of the hottest requests, ahead of the router: asked before with these very words, and the
// answer is in memory and valid. The address is not read again; what is refused goes the long way.
import type { Config } from '../config/config'
import { letRead, secure } from '../middleware/cors'
import { requestIdOf, tell } from '../middleware/observe'
import { rawPath, rawQuery } from '../params/address'
import { queryPairs } from '../params/query'
import { errorFacts, logLine } from '../services/context'
import { checkSignature } from '../services/signing'
import { Timings } from '../services/timings'
import { respond } from './answer'
import { edgeOf } from './edge'
import { edgeAnswer } from './edge-answer'
import { recall } from './known-requests'

/** The answer to a GET or HEAD that memory has, or null. */
export async function shortcut(
  config: Config,
  request: Request,
  env: Env,
  execution: ExecutionContext,
): Promise<Response | null> {
  const { method, headers: asked } = request
  if (method !== 'GET' && method !== 'HEAD') return null
  const place = recall(config, request)
  // A bookmark promises its sender to see its own write.
  if (place === null || asked.has('K-Bookmark')) return null
  const timings = new Timings()
  const edge = edgeOf(config)
  const found = await edge.held(place)
  if (found === null) return null
  let response: Response
  try {
    if (config.urlSigning.enabled) {
      checkSignature(config, rawPath(request.url), queryPairs(rawQuery(request.url)), Date.now())
    }
    response = await respond(request, edgeAnswer(found, Date.now() - found.storedAt))
  } catch {
    // Refused: the router says so in the one form of errors.
    return null
  }
  const { headers } = response
  secure(headers)
  letRead(headers, config, asked.get('Origin') ?? undefined)
  headers.set('Server-Timing', timings.header())
  const facts = { ...found.facts, edge: 'hit' }
  tell(config, env, request, response, { requestId: requestIdOf(request), timings, facts })
  const look = edge.lookAhead()
  if (look) {
    execution.waitUntil(
      look.catch((error: unknown) => logLine('error', 'edge not looked at', errorFacts(error))),
    )
  }
  return response
}
