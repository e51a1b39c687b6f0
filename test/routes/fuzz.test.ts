// Whatever a client sends, it is never told that the fault is ours.
import { expect, it } from 'vitest'
import { makeClient, picture } from './support'

const client = makeClient({
  variantProfiles: { thumb: { w: 4, h: 4, fit: 'fill' } },
  limits: { outputSide: 64 },
})

/** mulberry32 */
function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const random = makeRandom(20261123)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
const some = <T>(most: number, make: () => T): T[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, make)

const NASTY = [
  '',
  '%',
  '%zz',
  '%00',
  '%2F',
  '%2e%2e',
  '..',
  '.',
  '-',
  '%2D',
  '💥',
  '%F0%9F%92%A5',
  '%ED%A0%80',
  "'",
  '"',
  '\\',
  '*',
  '+',
  'ä',
  '%25',
  ';',
  '&',
  '=',
  '#',
  '__proto__',
  'constructor',
  'x'.repeat(300),
]
const SEGMENTS = ['a', 'A', 'users', '123', 'profile-picture', ...NASTY]
const SELECTORS = [
  'new',
  'NEW',
  'modified',
  'entry',
  '0',
  '1',
  '-1',
  '99999999999999999999',
  'link',
  'content',
  'download',
  'redirect',
  'info',
  'metadata',
  'recursive',
  ...NASTY,
]
const NAMES = [
  'w',
  'h',
  'fit',
  'g',
  'format',
  'r',
  'f',
  'filter',
  'blur',
  'q',
  'pad',
  'pad-c',
  'strip',
  'cs',
  'profile',
  'limit',
  's',
  'exp',
  'sw',
  'sp',
  'label:w',
  'label:',
  'team',
  'toString',
  ...NASTY,
]
const VALUES = [
  '1',
  '0',
  '-1',
  '5',
  '64',
  '65',
  '1e3',
  '0x10',
  '1.5',
  'fill',
  'crop',
  'stretch',
  'fit',
  'webp',
  'png',
  'jpg',
  'gif',
  'auto',
  '90',
  'h',
  'v',
  'none',
  'sepia',
  'thumb',
  '%23ff0000',
  '%23ff000080',
  'exif,xmp',
  'srgb',
  'true',
  'NaN',
  ...NASTY,
]
const ACCEPTS = [
  '*/*',
  'image/*',
  'image/webp',
  'image/jpeg;q=0.5, image/png',
  'text/html',
  ';;q=',
  'image/png;q=2',
  ',',
  'image/heic;q=0,*/*',
]
const METHODS = ['GET', 'GET', 'GET', 'GET', 'HEAD', 'DELETE', 'PUT', 'POST', 'OPTIONS', 'PATCH']

function randomRequest(): [string, RequestInit] {
  const path = random() < 0.5 ? ['a'] : some(4, () => pick(SEGMENTS))
  const selectors = random() < 0.6 ? ['-', ...some(3, () => pick(SELECTORS))] : []
  const query = some(3, () => `${pick(NAMES)}=${pick(VALUES)}`).join('&')
  const method = pick(METHODS)
  const headers: Record<string, string> = {}
  if (random() < 0.3) headers.Accept = pick(ACCEPTS)
  if (random() < 0.2)
    headers.Range = pick(['bytes=0-1', 'bytes=-5', 'bytes=9-1', 'bytes=1-2,5-6', 'lines=1', 'bytes=99999-'])
  if (random() < 0.2) headers['If-None-Match'] = pick(['*', '"x"', 'W/"', '""', 'x'])
  if (random() < 0.1) headers['If-Modified-Since'] = pick(['now', 'Mon, 23 Nov 2026 15:56:08 GMT', '0'])
  const address = ['/assets', ...path, ...selectors].join('/')
  const body =
    method === 'PUT' || method === 'POST'
      ? pick(['', '{}', '{', '[]', 'null', '{"labels":{"__proto__":"x"}}'])
      : null
  if (body !== null)
    headers['Content-Type'] = pick([
      'application/json',
      'multipart/form-data',
      'multipart/form-data; boundary=x',
      'text/plain',
      '',
    ])
  return [`${address}${query === '' ? '' : `?${query}`}`, { method, headers, body }]
}

it('never answers 500', async () => {
  const jpeg = await picture('jpeg', 12, 8)
  const statuses = new Map<number, number>()
  for (let i = 0; i < 600; i++) {
    if (i % 100 === 0) await client.store('/assets/a', jpeg, { labels: { team: '1' } })
    const [path, init] = randomRequest()
    const response = await client.fetch(path, init)
    const told = `${init.method} ${path} ${JSON.stringify(init.headers)}: ${response.status}`
    expect(response.status, told).toBeLessThan(500)
    if (response.status >= 400 && init.method !== 'HEAD') {
      expect(await response.json(), told).toEqual({
        message: expect.any(String),
        code: expect.stringMatching(/^[a-z_]+$/),
      })
    }
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
  }
  // It got somewhere: not all of it was refused at the door.
  for (const status of [200, 204, 400, 404, 405])
    expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(5)
})
