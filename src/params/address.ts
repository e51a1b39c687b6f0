// The path of an address: /assets/{path}[/-/{selectors}] (HTTP contract §1). Works on the raw
// text of the URL, for `new URL` would silently resolve dot segments.
import { badRequest, expected } from '../errors'

/** Where assets live, below the service's own root. */
export const ASSETS_PREFIX = '/assets'

const MAX_SEGMENTS = 64
const MAX_BYTES = 1024

export interface Address {
  /** Decoded segments joined by `/`, without a leading one; as given, case kept. */
  readonly path: string
  /** Decoded segments after `-`, or null where there is no `-`. */
  readonly selectors: readonly string[] | null
}

/** The raw path of a request's URL: what lies between the authority and `?` or `#`. */
export function rawPath(url: string): string {
  const authority = url.indexOf('//')
  const start = authority < 0 ? 0 : url.indexOf('/', authority + 2)
  if (start < 0) return '/'
  const end = url.slice(start).search(/[?#]/)
  return end < 0 ? url.slice(start) : url.slice(start, start + end)
}

/** The raw query of a request's URL, without `?`. */
export function rawQuery(url: string): string {
  const start = url.indexOf('?')
  if (start < 0) return ''
  const end = url.indexOf('#', start)
  return end < 0 ? url.slice(start + 1) : url.slice(start + 1, end)
}

/**
 * Reads an address below /assets. Throws `invalid_path` (400).
 *
 * Segments are split at raw slashes to find the separator, and once more after decoding, so
 * that an encoded slash can smuggle neither an empty nor a dot segment in.
 */
export function parseAddress(raw: string): Address {
  const given = raw
    .slice(ASSETS_PREFIX.length)
    .split('/')
    .filter((segment) => segment !== '')
  const separator = given.indexOf('-')
  if (separator >= 0 && given.indexOf('-', separator + 1) >= 0) {
    throw badRequest('invalid_path', expected('at most one segment "-"', 'the path', raw))
  }
  const before = separator < 0 ? given : given.slice(0, separator)
  const path = before.flatMap((segment) => decode(segment).split('/')).filter((segment) => segment !== '')
  checkPath(path)
  return {
    path: path.join('/'),
    selectors: separator < 0 ? null : given.slice(separator + 1).map(decode),
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw badRequest('invalid_path', expected('percent-encoded UTF-8', 'the path', segment))
  }
}

function checkPath(path: readonly string[]): void {
  if (path.length === 0) {
    throw badRequest('invalid_path', 'Expected at least one segment for the path but received none')
  }
  if (path.length > MAX_SEGMENTS) {
    throw badRequest('invalid_path', `Expected at most 64 segments for the path but received ${path.length}`)
  }
  for (const segment of path) {
    if (segment === '.' || segment === '..' || segment === '-') {
      throw badRequest('invalid_path', expected('no segment ".", ".." or "-"', 'the path', segment))
    }
    if (/[\u0000-\u001f\u007f-\u009f]/.test(segment)) {
      throw badRequest('invalid_path', expected('no control characters', 'the path', segment))
    }
  }
  const bytes = new TextEncoder().encode(path.join('/')).length
  if (bytes > MAX_BYTES) {
    throw badRequest('invalid_path', `Expected at most 1024 bytes for the path but received ${bytes}`)
  }
}

/** A path as it stands in a URL: each segment percent-encoded. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
