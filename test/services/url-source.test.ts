import { expect, it } from 'vitest'
import { PART_BYTES } from '../../src/services/object-writer'
import { isAllowedHost, isPrivateAddress } from '../../src/services/public-host'
import { storeFromUrl } from '../../src/services/store-asset'
import { keysIn, longPng, makeTestContext, picture, rowsOf, streamOf } from './support'

const png = await picture('png')

type Origin = (url: URL, init: RequestInit) => Response | Promise<Response>

/** A store by URL against an origin; `asked` are the URLs that were requested. */
function from(url: string, origin: Origin, source: object = {}, fields: object = {}) {
  const asked: string[] = []
  const allowedDomains = ['pics.example', '*.cdn.example', '127.0.0.1', '10.0.0.1', '[::1]', '93.184.215.14']
  const context = makeTestContext({
    config: { source: { url: { allowedDomains, ...source } } },
    fetch: (async (input: string, init: RequestInit) => {
      asked.push(input)
      return origin(new URL(input), init)
    }) as unknown as typeof fetch,
  })
  return { context, asked, stored: storeFromUrl(context, 'from', { url, ...fields }) }
}

const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } })

it('stores the picture of a URL', async () => {
  for (const url of [
    'https://pics.example/a.png',
    'http://a.b.cdn.example:8080/x?y=z',
    'https://93.184.215.14/',
  ]) {
    const { stored, asked, context } = from(url, () => new Response(png), {}, { alt: 'A', tags: ['t'] })
    expect(await stored).toMatchObject({
      source: 'url',
      sourceUrl: url,
      alt: 'A',
      tags: ['t'],
      variants: [{ size: png.length }],
    })
    expect(asked).toEqual([url])
    expect(context.calls).toEqual(['d1.query', 'r2.put', 'd1.batch'])
  }
})

it('stores what comes without a length, in parts', async () => {
  const bytes = longPng(png, PART_BYTES + 9)
  const { stored } = from('https://pics.example/', () => new Response(streamOf(bytes, 65_536)))
  expect((await stored).variants[0]!.size).toBe(bytes.length)
})

it('follows three redirects, relative ones too, and not a fourth', async () => {
  const chain: Origin = ({ pathname }) => {
    const n = Number(pathname.slice(1))
    if (n === 0) return new Response(png)
    return redirect(n % 2 === 1 ? `/${n - 1}` : `https://x.cdn.example/${n - 1}`, [301, 302, 303, 307][n % 4])
  }
  const three = from('https://pics.example/3', chain)
  expect(await three.stored).toMatchObject({ sourceUrl: 'https://pics.example/3' })
  expect(three.asked).toHaveLength(4)
  const four = from('https://pics.example/4', chain)
  await expect(four.stored).rejects.toMatchObject({ status: 400, code: 'url_redirects' })
  expect(four.asked).toHaveLength(4)
})

it.each([
  ['ftp://pics.example/a.png', 'invalid_url'],
  ['data:image/png;base64,AAAA', 'invalid_url'],
  ['file:///etc/passwd', 'invalid_url'],
  ['//pics.example/a.png', 'invalid_url'],
  ['a.png', 'invalid_url'],
  ['', 'invalid_url'],
  ['https://', 'invalid_url'],
  ['https://me@pics.example/', 'invalid_url'],
  ['https://me:secret@pics.example/', 'invalid_url'],
  ['https://other.example/', 'url_not_allowed'],
  ['https://pics.example.evil.example/', 'url_not_allowed'],
  ['https://sub.pics.example/', 'url_not_allowed'],
  ['https://cdn.example/', 'url_not_allowed'],
  ['https://evilcdn.example/', 'url_not_allowed'],
  ['http://127.0.0.1/', 'url_not_allowed'],
  ['http://10.0.0.1/', 'url_not_allowed'],
  ['http://[::1]/', 'url_not_allowed'],
  ['http://8.8.8.8/', 'url_not_allowed'],
])('refuses %s without asking, also as a redirect', async (url, code) => {
  const direct = from(url, () => new Response(png))
  await expect(direct.stored).rejects.toMatchObject({ status: 400, code })
  expect(direct.asked).toEqual([])
  if (url === '' || !/^[a-z]+:/.test(url)) return
  const hop = from('https://pics.example/', ({ hostname }) =>
    hostname === 'pics.example' ? redirect(url) : new Response(png),
  )
  await expect(hop.stored).rejects.toMatchObject({ status: 400, code })
  expect(hop.asked).toHaveLength(1)
})

it('allows no host by default', async () => {
  const { stored, asked } = from('https://pics.example/', () => new Response(png), { allowedDomains: [] })
  await expect(stored).rejects.toMatchObject({ code: 'url_not_allowed' })
  expect(asked).toEqual([])
})

it('tells private addresses in every spelling', () => {
  const host = (text: string) => new URL(`http://${text}/`).hostname
  for (const text of [
    ...['127.0.0.1', '127.1', '0x7f.0.0.1', '0177.0.0.1', '2130706433', '0x7f000001', '017700000001'],
    ...['127.0.0.1.', '１２７.0.0.1', '%31%32%37.0.0.1', '0', '0.0.0.0', '10.1.2.3', '172.16.0.1'],
    ...['172.31.255.255', '192.168.1.1', '169.254.169.254', '169.254.170.2', '100.64.0.1', '100.100.100.200'],
    ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '168.63.129.16', '192.0.0.192'],
    ...[
      '[::]',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      '[fe80::1]',
      '[febf::1]',
      '[fc00::1]',
      '[fd00:ec2::254]',
      '[ff02::1]',
    ],
    ...[
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[::ffff:0:10.0.0.1]',
      '[64:ff9b::10.0.0.1]',
    ],
    ...['[64:ff9b:1::1]', '[2002:a00:1::]', '[2002:7f00:1::1]', '[2001::1]', '[100::1]', '[fec0::1]'],
  ]) {
    expect([text, isPrivateAddress(host(text))]).toEqual([text, true])
  }
  for (const text of [
    ...['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.1.1', '100.63.0.1', '100.128.0.1', '11.0.0.1'],
    ...[
      'example.com',
      '10.example.com',
      'fe80.example',
      '[2606:4700::1111]',
      '[2002:808:808::]',
      '[::ffff:8.8.8.8]',
    ],
    ...['[64:ff9b::808:808]', '[2001:db9::1]', '169.253.0.1', '1.1.1.1.'],
  ]) {
    expect([text, isPrivateAddress(host(text))]).toEqual([text, false])
  }
})

it('compares hosts as the URL parser spells them', () => {
  expect(isAllowedHost('pics.example.', ['Pics.Example'])).toBe(true)
  expect(isAllowedHost('xn--mnchen-3ya.example', ['münchen.example'])).toBe(true)
  expect(isAllowedHost('a.b.example', ['*.EXAMPLE.'])).toBe(true)
  expect(isAllowedHost('example', ['*.example'])).toBe(false)
  expect(isAllowedHost('anything.example', ['*.', '*', ''])).toBe(false)
})

it.each<[string, Origin, string]>([
  ['404', () => new Response('no', { status: 404 }), 'url_unreachable'],
  ['500', () => new Response(png, { status: 500 }), 'url_unreachable'],
  ['204', () => new Response(null, { status: 204 }), 'url_unreachable'],
  ['a redirect to nowhere', () => new Response(null, { status: 302 }), 'url_unreachable'],
  ['no answer', () => Promise.reject(new TypeError('connection refused')), 'url_unreachable'],
  [
    'no picture',
    () => new Response('<html>', { headers: { 'content-type': 'image/png' } }),
    'image_unsupported',
  ],
  ['half a header', () => new Response(png.subarray(0, 20)), 'image_truncated'],
  [
    'a body shorter than declared',
    () => new Response(streamOf(png, 9), { headers: { 'content-length': `${png.length + 1}` } }),
    'url_unreachable',
  ],
  ['a body that breaks off', () => new Response(streamOf(png, 9, 18)), 'url_unreachable'],
])('refuses an origin with %s', async (_, origin, code) => {
  const { stored, context } = from('https://pics.example/', origin)
  await expect(stored).rejects.toMatchObject({ status: 400, code })
  await context.settled()
  expect(await rowsOf('uploads')).toEqual([])
})

it('cuts the body off at maxBytes, declared or not', async () => {
  const before = await keysIn()
  const maxBytes = PART_BYTES + 100
  const declared = from('https://pics.example/', () => new Response(longPng(png, maxBytes + 1)), { maxBytes })
  await expect(declared.stored).rejects.toMatchObject({ status: 400, code: 'asset_too_large' })
  let cancelled = false
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(longPng(png, 65_536)),
    cancel: () => void (cancelled = true),
  })
  const undeclared = from('https://pics.example/', () => new Response(endless), { maxBytes })
  await expect(undeclared.stored).rejects.toMatchObject({ status: 400, code: 'asset_too_large' })
  await undeclared.context.settled()
  expect(cancelled).toBe(true)
  expect(await keysIn()).toEqual(before)
})

it('gives an origin that hangs up at the time-out', async () => {
  const hang: Origin = (_, { signal }) =>
    new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
  const { stored } = from('https://pics.example/', hang, { timeout: '1s' })
  await expect(stored).rejects.toMatchObject({ status: 400, code: 'url_timeout' })
})
