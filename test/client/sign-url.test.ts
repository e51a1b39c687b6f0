// The client's function against the vectors of the documentation, and against the service.
import { describe, expect, it } from 'vitest'
import { type SignOptions, signedText, signUrl } from '../../client/sign-url'
import vectors from '../../docs/signing-vectors.json'
import { makeClient, picture } from '../routes/support'

type Algorithm = NonNullable<SignOptions['algorithm']>

it.each(vectors)('signs the vector $name', async ({ algorithm, key, path, query, text, s }) => {
  expect(signedText(path, new URLSearchParams(query))).toBe(text)
  const options = { algorithm: algorithm as Algorithm }
  const url = await signUrl(`https://img.example.com${path}?${query}`, key, options)
  expect(url.startsWith(`https://img.example.com${path}?`)).toBe(true)
  expect(new URL(url).searchParams.get('s')).toBe(s)
  // Signed again, it is the same.
  expect(await signUrl(url, key, options)).toBe(url)
})

describe.each(['hmac_sha256', 'hmac_sha384', 'hmac_sha512'] as const)('%s', (algorithm) => {
  const service = makeClient(
    { urlSigning: { enabled: true, algorithm }, variantProfiles: { small: { w: 2 }, large: { w: 3 } } },
    { URL_SIGNING_SECRET_KEY: 'secret' },
  )
  const status = async (url: string) => (await service.get(url)).status

  it('is accepted, for what it was signed for', async () => {
    const path = `/assets/J%C3%B6rg%20A/${algorithm}`
    await service.store(path, await picture('jpeg'), { labels: { team: 'café & co' } })
    const sign = (query: string, options: SignOptions = {}) =>
      signUrl(`${path}/-/content${query}`, 'secret', { algorithm, ...options })
    expect(await status(await sign(''))).toBe(200)
    expect(await status(await sign('?w=3&team=caf%C3%A9+%26%20co&format=webp'))).toBe(200)
    expect(await status((await sign('?w=3')).replace('w=3', 'w=4'))).toBe(403)
    const soon = new Date(Date.now() + 60_000)
    expect(await status(await sign('?w=3', { expires: soon }))).toBe(200)
    expect(await status(await sign('?w=3', { expires: Math.floor(soon.getTime() / 1000) }))).toBe(200)
    expect(await status(await sign('?w=3', { expires: new Date(Date.now() - 1000) }))).toBe(403)
    const widths = await sign('', { widths: [2, 3], expires: soon })
    expect(
      await Promise.all([`${widths}&w=2`, `${widths}&w=3`, `${widths}&w=4`, widths].map(status)),
    ).toEqual([200, 200, 403, 403])
    const profiles = await sign('', { profiles: ['small'] })
    expect(await Promise.all([`${profiles}&profile=small`, `${profiles}&profile=large`].map(status))).toEqual(
      [200, 403],
    )
  })
})

it('says what it expects', async () => {
  const other = { algorithm: 'md5' as Algorithm }
  await expect(signUrl('/assets/a', 'key', other)).rejects.toThrow('Expected one of hmac_sha256, hmac_sha384')
  await expect(signUrl('assets/a', 'key')).rejects.toThrow(
    'Expected a URL with a path but received "assets/a"',
  )
  await expect(signUrl('/assets/a', 'key', { expires: Number.NaN })).rejects.toThrow(
    'Expected a Date or seconds',
  )
})
