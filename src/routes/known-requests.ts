// Requests that were answered from the isolate's memory, as they were sent: should they come again,
// they need not be read again.
import type { Config } from '../config/config'
import type { Place } from '../store/edge-cache'

const MAX_KNOWN = 2000
/** Longer ones are rare, and are read each time. */
const MAX_LENGTH = 1024

const known = new WeakMap<Config, Map<string, Place>>()

/** Remembers where the answer to a GET or HEAD lies. */
export function remember(config: Config, request: Request, place: Place): void {
  const name = nameOf(request)
  if (name.length > MAX_LENGTH) return
  let places = known.get(config)
  if (!places) known.set(config, (places = new Map()))
  if (places.size >= MAX_KNOWN) places.clear()
  places.set(name, place)
}

/** Where the answer lies, or null where the request must be read. */
export function recall(config: Config, request: Request): Place | null {
  return known.get(config)?.get(nameOf(request)) ?? null
}

/** All of a request that its answer depends on, besides preconditions and ranges. */
function nameOf({ url, headers }: Request): string {
  return `${headers.get('Accept')} ${url}`
}
