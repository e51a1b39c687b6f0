// Signs a URL of the service, as docs/signing.md describes:
//   URL_SIGNING_SECRET_KEY=… node scripts/sign-url.mjs URL [--algorithm hmac_sha256] [--expires 24h]
//                                                    [--widths 320,640] [--profiles a,b]
// Prints the URL with `s`. With --widths or --profiles, add `w` or `profile` to what is printed.
import { createHmac } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { takeOption } from './arguments.mjs'

const HASHES = { hmac_sha256: 'sha256', hmac_sha384: 'sha384', hmac_sha512: 'sha512' }
const UNITS = { s: 1, m: 60, h: 3600, d: 86400 }

/** What is signed: the path as sent, then the parameters sorted by key with decoded values. */
export function signedText(path, pairs) {
  const names = new Set(pairs.map(([name]) => name))
  const kept = pairs.filter(
    ([name]) =>
      name !== 's' && !(name === 'w' && names.has('sw')) && !(name === 'profile' && names.has('sp')),
  )
  kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const query = kept.map(([name, value]) => `${name}=${value}`).join('&')
  return query === '' ? path : `${path}?${query}`
}

/** The URL with its signature; `url` may be absolute or begin with a slash. */
export function signUrl(url, key, algorithm = 'hmac_sha256') {
  const hash = HASHES[algorithm]
  if (hash === undefined) {
    throw new Error(
      `Expected one of ${Object.keys(HASHES).join(', ')} for the algorithm but received "${algorithm}"`,
    )
  }
  const [, origin = '', path, search = ''] = /^(https?:\/\/[^/?]+)?([^?#]*)(?:\?([^#]*))?/.exec(url)
  const pairs = [...new URLSearchParams(search)].filter(([name]) => name !== 's')
  const s = createHmac(hash, key).update(signedText(path, pairs)).digest('base64url')
  return `${origin}${path}?${new URLSearchParams([...pairs, ['s', s]])}`
}

function main(args) {
  const algorithm = takeOption(args, '--algorithm') ?? 'hmac_sha256'
  const expires = takeOption(args, '--expires')
  const widths = takeOption(args, '--widths')
  const profiles = takeOption(args, '--profiles')
  const key = process.env.URL_SIGNING_SECRET_KEY
  let [url] = args
  if (!url || !key) {
    console.error(
      'Usage: URL_SIGNING_SECRET_KEY=… node scripts/sign-url.mjs URL [--algorithm A] [--expires 24h] [--widths 320,640] [--profiles a,b]',
    )
    return 1
  }
  const add = (name, value) => {
    url += `${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`
  }
  if (expires !== undefined) {
    const parts = /^(\d+)([smhd])$/.exec(expires)
    if (!parts) {
      console.error(`Expected a duration such as 30s, 10m, 24h or 7d for --expires but received "${expires}"`)
      return 1
    }
    add('exp', Math.floor(Date.now() / 1000) + Number(parts[1]) * UNITS[parts[2]])
  }
  if (widths !== undefined) add('sw', widths)
  if (profiles !== undefined) add('sp', profiles)
  console.log(signUrl(url, key, algorithm))
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(main(process.argv.slice(2)))
