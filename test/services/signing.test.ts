import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import vectors from '../../docs/signing-vectors.json'
import type { ConfigInput } from '../../src/config/schema'
import { type Algorithm, sign, signedText } from '../../src/services/signing'
import { makeClient, picture } from '../routes/support'

const jpeg = await picture('jpeg')
const KEY = 'present-key'
const OLD = 'previous-key'
await makeClient().store('/assets/signed', jpeg, { labels: { team: 'x&y' } })

function serve(urlSigning: ConfigInput['urlSigning'] = {}) {
  return makeClient(
    { urlSigning: { enabled: true, ...urlSigning }, variantProfiles: { a: { r: '0' }, b: { f: 'none' } } },
    { URL_SIGNING_SECRET_KEY: KEY, URL_SIGNING_SECRET_KEY_PREVIOUS: OLD },
  )
}
const client = serve()

/** Signs by the contract's words alone, not by the service's code. */
function signed(
  path: string,
  pairs: [string, string][] = [],
  key = KEY,
  hash = 'sha256',
  without: string[] = [],
) {
  const kept = pairs.filter(([name]) => !without.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  const query = kept.map(([name, value]) => `${name}=${value}`).join('&')
  const s = createHmac(hash, key)
    .update(query === '' ? path : `${path}?${query}`)
    .digest('base64url')
  return `${path}?${new URLSearchParams([...pairs, ['s', s]])}`
}

const status = async (path: string, by = client) => (await by.get(path)).status

afterEach(() => vi.restoreAllMocks())

describe('a signed URL', () => {
  it('is needed by every GET and HEAD below /assets', async () => {
    for (const path of [
      '/assets/signed',
      '/assets/signed/-/content',
      '/assets/signed/-/info',
      '/assets/nobody',
      '/assets/signed?w=0',
    ]) {
      const response = await client.get(path)
      expect(response.status, path).toBe(403)
      expect(await response.json()).toMatchObject({ code: 'signature_missing' })
    }
    expect((await client.fetch('/assets/signed', { method: 'HEAD' })).status).toBe(403)
    expect(await status('/health')).toBe(200)
  })

  it.each<[string, [string, string][]]>([
    ['/assets/signed', []],
    ['/assets/signed/-/content', []],
    ['/assets/signed/-/new/CONTENT', [['r', '0']]],
    [
      '/assets/signed/-/content',
      [
        ['team', 'x&y'],
        ['r', '0'],
        ['label:team', 'x&y'],
      ],
    ],
    ['/assets//signed/-/info', []],
    ['/assets/%73igned', []],
  ])('opens %s %j', async (path, pairs) => {
    expect(await status(signed(path, pairs))).toBe(200)
  })

  it('opens nothing else', async () => {
    const url = signed('/assets/signed/-/content', [['r', '0']])
    expect(await status(`${url}&f=none`)).toBe(403)
    expect(await status(url.replace('content', 'info'))).toBe(403)
    expect(await status(url.replace('r=0', 'r=90'))).toBe(403)
    expect(await status(`${url}x`)).toBe(403)
    expect(await status(url.slice(0, -1))).toBe(403)
    expect(await status(`${url}&s=x`)).toBe(403)
    expect(await status(url.replace(/s=.*/, 's='))).toBe(403)
    expect(await status(signed('/assets/signed', [], 'another key'))).toBe(403)
  })

  it('is not needed to write', async () => {
    const response = await client.fetch('/assets/signed/-/entry/99', { method: 'DELETE' })
    expect(response.status).toBe(204)
  })

  it.each([
    ['hmac_sha256', 'sha256'],
    ['hmac_sha384', 'sha384'],
    ['hmac_sha512', 'sha512'],
  ] as const)('may use %s', async (algorithm, hash) => {
    const by = serve({ algorithm })
    expect(await status(signed('/assets/signed', [], KEY, hash), by)).toBe(200)
    if (hash !== 'sha256') expect(await status(signed('/assets/signed'), by)).toBe(403)
  })

  it('may still carry the previous key', async () => {
    expect(await status(signed('/assets/signed', [], OLD))).toBe(200)
  })
})

describe('exp', () => {
  it('ends a signed URL, and is signed itself', async () => {
    const now = Math.floor(Date.now() / 1000)
    const url = signed('/assets/signed', [['exp', String(now + 60)]])
    expect(await status(url)).toBe(200)
    expect(await status(url.replace(/exp=\d+/, `exp=${now + 61}`))).toBe(403)
    vi.spyOn(Date, 'now').mockReturnValue((now + 60) * 1000)
    const late = await client.get(url)
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([403, 'signature_expired'])
  })
})

describe('a signed set', () => {
  const widths = (sw: string, w: string | null) =>
    signed(
      '/assets/signed/-/content',
      [['sw', sw], ...(w === null ? [] : [['w', w] as [string, string]])],
      KEY,
      'sha256',
      ['w'],
    )

  it('opens each of its widths and no other', async () => {
    // 60 is the original's own width: nothing has to be rendered.
    expect(await status(widths('60,320', '60'))).toBe(200)
    expect(await status(widths('60,320', '61'))).toBe(403)
    expect(await status(widths('60,320', null))).toBe(403)
    expect(await status(widths('60,320', '60').replace('320', '640'))).toBe(403)
    expect(await status(widths('60,320', '60').replace('w=60&', 'w=60&h=40&'))).toBe(403)
  })

  it('opens each of its profiles and no other', async () => {
    const profile = (sp: string, name: string) =>
      signed(
        '/assets/signed/-/content',
        [
          ['sp', sp],
          ['profile', name],
        ],
        KEY,
        'sha256',
        ['profile'],
      )
    expect(await status(profile('a,b', 'a'))).toBe(200)
    expect(await status(profile('a,b', 'b'))).toBe(200)
    expect(await status(profile('a', 'b'))).toBe(403)
  })
})

it('keeps the link free of the signature', async () => {
  const url = signed('/assets/signed', [['r', '0']])
  const { url: link } = (await (await client.get(url)).json()) as { url: string }
  expect(link).toMatch(/\/-\/entry\/0\/content\?r=0$/)
})

it.each(vectors)('agrees with the documented vector $name', ({ algorithm, key, path, query, text, s }) => {
  expect(signedText(path, [...new URLSearchParams(query)])).toBe(text)
  expect(sign(algorithm as Algorithm, key, text)).toBe(s)
})
