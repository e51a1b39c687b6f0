// Signs URLs of the service, as docs/signing.md describes. Without dependencies, by Web Crypto: runs in
// Node, Deno, Bun, Workers and wherever else the key may be kept; never in a page, which would give it away.

const HASHES = { hmac_sha256: 'SHA-256', hmac_sha384: 'SHA-384', hmac_sha512: 'SHA-512' }

/** A signed set: the list's parameter, and the one whose value is then free within the list. */
const SETS = { sw: 'w', sp: 'profile' }

/**
 * The text that is signed: the path as sent, then every parameter but `s` (and but what a set leaves
 * free), sorted by key, with decoded values.
 * @param {string} path
 * @param {Iterable<[string, string]>} parameters decoded
 */
export function signedText(path, parameters) {
  const pairs = [...parameters]
  const left = ['s', ...pairs.flatMap(([name]) => SETS[name] ?? [])]
  const query = pairs
    .filter(([name]) => !left.includes(name))
    // By UTF-16 code units; equal keys keep their order.
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return query === '' ? path : `${path}?${query}`
}

/** The URL with its signature. Types and words are in sign-url.d.ts. */
export async function signUrl(url, key, { algorithm = 'hmac_sha256', expires, widths, profiles } = {}) {
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined
  if (hash === undefined) {
    const known = Object.keys(HASHES).join(', ')
    throw new TypeError(`Expected one of ${known} for the algorithm but received "${algorithm}"`)
  }
  const [, origin = '', path = '', search = ''] = /^(https?:\/\/[^/?#]+)?([^?#]*)(?:\?([^#]*))?/.exec(url)
  if (!path.startsWith('/')) throw new TypeError(`Expected a URL with a path but received "${url}"`)
  const parameters = new URLSearchParams(search)
  parameters.delete('s')
  if (expires !== undefined) {
    const seconds = Math.floor(expires instanceof Date ? expires.getTime() / 1000 : expires)
    if (!Number.isFinite(seconds)) {
      throw new TypeError(`Expected a Date or seconds since 1970 for expires but received ${expires}`)
    }
    parameters.set('exp', String(seconds))
  }
  if (widths !== undefined) parameters.set('sw', widths.join(','))
  if (profiles !== undefined) parameters.set('sp', profiles.join(','))
  const text = new TextEncoder().encode(signedText(path, parameters))
  const name = { name: 'HMAC', hash }
  const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(key), name, false, ['sign'])
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', secret, text))
  const base64 = btoa(String.fromCharCode(...signature))
  parameters.set('s', base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''))
  return `${origin}${path}?${parameters}`
}
