// Signed URLs (HTTP contract §3): HMAC over `path?query`, several keys for rotation, an optional
// expiry and optional sets of widths or profiles. docs/signing.md has test vectors.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Config } from '../config/config'
import { AppError } from '../errors'

const HASHES = { hmac_sha256: 'sha256', hmac_sha384: 'sha384', hmac_sha512: 'sha512' } as const

export type Algorithm = keyof typeof HASHES

/** A signed set: the list's parameter, and the one whose value is then free within the list. */
const SETS = [
  { list: 'sw', free: 'w' },
  { list: 'sp', free: 'profile' },
] as const

/**
 * What is signed: the path as sent, then every parameter but `s` (and but what a set leaves free),
 * sorted by key, with decoded values.
 */
export function signedText(path: string, pairs: readonly (readonly [string, string])[]): string {
  const names = new Set(pairs.map(([name]) => name))
  const left = new Set<string>(['s'])
  for (const { list, free } of SETS) if (names.has(list)) left.add(free)
  const kept = pairs.filter(([name]) => !left.has(name))
  // By UTF-16 code units; equal keys keep their order.
  kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const query = kept.map(([name, value]) => `${name}=${value}`).join('&')
  return query === '' ? path : `${path}?${query}`
}

/** The signature as it stands in `s`. */
export function sign(algorithm: Algorithm, key: string, text: string): string {
  return createHmac(HASHES[algorithm], key).update(text, 'utf8').digest('base64url')
}

/** Throws 403 unless the URL is signed with one of the keys, and is used as it was signed for. */
export function checkSignature(
  { urlSigning, secrets }: Pick<Config, 'urlSigning' | 'secrets'>,
  path: string,
  pairs: readonly (readonly [string, string])[],
  nowMs: number,
): void {
  const all = (name: string) => pairs.flatMap(([key, value]) => (key === name ? [value] : []))
  const given = all('s')
  if (given.length !== 1) throw refused('signature_missing', 'Expected one signature in the parameter s')
  const text = signedText(path, pairs)
  const received = Buffer.from(given[0]!)
  let valid = false
  for (const key of secrets.signingKeys) {
    const wanted = Buffer.from(sign(urlSigning.algorithm, key, text))
    valid = (received.length === wanted.length && timingSafeEqual(received, wanted)) || valid
  }
  if (!valid) throw refused('signature_wrong', 'Expected the signature of this very URL in the parameter s')

  for (const exp of all('exp')) {
    if (!/^\d{1,15}$/.test(exp) || Number(exp) * 1000 <= nowMs) {
      throw refused('signature_expired', 'Expected a signed URL that has not expired')
    }
  }
  for (const { list, free } of SETS) {
    const [allowed] = all(list)
    if (allowed === undefined) continue
    const [value] = all(free)
    if (value === undefined || !allowed.split(',').includes(value)) {
      throw refused('signature_wrong', `Expected one of ${allowed} for ${free}, which this signature covers`)
    }
  }
}

function refused(code: string, message: string): AppError {
  return new AppError(403, code, message)
}
