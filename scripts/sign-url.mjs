// Signs a URL of the service, as docs/signing.md describes:
//   URL_SIGNING_SECRET_KEY=… node scripts/sign-url.mjs URL [--algorithm hmac_sha256] [--expires 24h]
//                                                    [--widths 320,640] [--profiles a,b]
// Prints the URL with `s`. With --widths or --profiles, add `w` or `profile` to what is printed.
import { signUrl } from '../client/sign-url.js'
import { takeOption } from './arguments.mjs'

const UNITS = { s: 1, m: 60, h: 3600, d: 86400 }
const USAGE =
  'Usage: URL_SIGNING_SECRET_KEY=… node scripts/sign-url.mjs URL [--algorithm A] [--expires 24h] [--widths 320,640] [--profiles a,b]'

function secondsOf(duration) {
  const parts = /^(\d+)([smhd])$/.exec(duration)
  if (parts) return Number(parts[1]) * UNITS[parts[2]]
  throw new TypeError(
    `Expected a duration such as 30s, 10m, 24h or 7d for --expires but received "${duration}"`,
  )
}

async function main(args) {
  const options = {}
  const algorithm = takeOption(args, '--algorithm')
  const expires = takeOption(args, '--expires')
  const widths = takeOption(args, '--widths')
  const profiles = takeOption(args, '--profiles')
  const key = process.env.URL_SIGNING_SECRET_KEY
  const [url] = args
  if (!url || !key) throw new TypeError(USAGE)
  if (algorithm !== undefined) options.algorithm = algorithm
  if (expires !== undefined) options.expires = Date.now() / 1000 + secondsOf(expires)
  if (widths !== undefined) options.widths = widths.split(',')
  if (profiles !== undefined) options.profiles = profiles.split(',')
  console.log(await signUrl(url, key, options))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
