// What a client gets wrong: status, code and message of each mistake, in one table.
import { describe, expect, it } from 'vitest'
import { form, makeClient, picture } from './support'

const client = makeClient({
  variantProfiles: { thumb: { w: 10, h: 10, fit: 'fill' }, turned: { r: 'auto' }, half: { w: 5 } },
  paths: {
    '/profiles': { transform: { onDemandVariant: { mode: 'profile_only' } } },
    '/fixed': { transform: { onDemandVariant: { mode: 'disabled' }, eagerVariants: ['thumb'] } },
    '/webp-only': { allowedContentTypes: ['image/webp'] },
    '/nothing': { allowedContentTypes: [] },
  },
  limits: { outputSide: 2000 },
})
const jpeg = await picture('jpeg')
for (const path of ['a', 'profiles/a', 'fixed/a']) await client.store(`/assets/${path}`, jpeg)

const json = { 'Content-Type': 'application/json' }
const put = (body: unknown): RequestInit => ({ method: 'PUT', headers: json, body: JSON.stringify(body) })
const post = (body: unknown): RequestInit => ({ method: 'POST', headers: json, body: JSON.stringify(body) })
const upload = (bytes: Uint8Array, metadata: object = {}): RequestInit => ({
  method: 'POST',
  body: form(bytes, metadata),
})
const parts = (...names: string[]): RequestInit => {
  const body = new FormData()
  for (const name of names) body.append(name, name === 'asset' ? new Blob([jpeg]) : '{}')
  return { method: 'POST', body }
}
const del: RequestInit = { method: 'DELETE' }
const text = (value: string) => new TextEncoder().encode(value)
const long = (n: number) => 'x'.repeat(n)

type Row = [request: string, init: RequestInit | null, status: number, code: string, message: string]

const GET: Row[] = [
  ['/assets', null, 400, 'invalid_path', 'Expected at least one segment for the path but received none'],
  ['/assets/-/link', null, 400, 'invalid_path', 'Expected at least one segment'],
  [
    '/assets/a/../b',
    null,
    400,
    'invalid_path',
    'Expected no segment ".", ".." or "-" for the path but received ".."',
  ],
  ['/assets/a/%2e/b', null, 400, 'invalid_path', 'received "."'],
  ['/assets/a/%2d', null, 400, 'invalid_path', 'received "-"'],
  ['/assets/a%2F%2E%2E', null, 400, 'invalid_path', 'received ".."'],
  ['/assets/a%0A', null, 400, 'invalid_path', 'Expected no control characters for the path'],
  ['/assets/a%E0%A4%A', null, 400, 'invalid_path', 'Expected percent-encoded UTF-8 for the path'],
  [
    `/assets${'/a'.repeat(65)}`,
    null,
    400,
    'invalid_path',
    'Expected at most 64 segments for the path but received 65',
  ],
  [
    `/assets/${long(1025)}`,
    null,
    400,
    'invalid_path',
    'Expected at most 1024 bytes for the path but received 1025',
  ],
  ['/assets/a/-/link/-/new', null, 400, 'invalid_path', 'at most one segment "-"'],
  ['/assets/a/-/latest', null, 400, 'invalid_selector', 'the unknown selector "latest"'],
  [
    '/assets/a/-/content/new',
    null,
    400,
    'invalid_selector',
    'Expected nothing after "content" but received the misplaced selector "new"',
  ],
  [
    '/assets/a/-/new/entry/0',
    null,
    400,
    'invalid_selector',
    'Expected either an order or entry/{n} but received "new" and "entry"',
  ],
  ['/assets/a/-/entry', null, 400, 'invalid_selector', 'after the selector entry but received none'],
  [
    '/assets/a/-/entry/-1',
    null,
    400,
    'invalid_selector',
    'Expected an integer from 0 for the selector entry but received "-1"',
  ],
  ['/assets/a/-/entry/zero', null, 400, 'invalid_selector', 'received "zero"'],
  ['/assets/a/-/recursive', null, 400, 'invalid_selector', '"recursive"'],
  [
    '/assets/a?w=0',
    null,
    400,
    'invalid_parameter',
    'Expected an integer from 1 to 2000 for w but received "0"',
  ],
  ['/assets/a?w=2001', null, 400, 'invalid_parameter', 'for w but received "2001"'],
  ['/assets/a?h=ten', null, 400, 'invalid_parameter', 'for h but received "ten"'],
  [
    '/assets/a?w=10&fit=cover',
    null,
    400,
    'invalid_parameter',
    'Expected one of fit, fill, stretch, crop for fit but received "cover"',
  ],
  [
    '/assets/a?g=top',
    null,
    400,
    'invalid_parameter',
    'Expected one of center, entropy, attention for g but received "top"',
  ],
  [
    '/assets/a?format=bmp',
    null,
    400,
    'invalid_parameter',
    'Expected one of jpg, png, webp, avif, jxl, heic, gif for format but received "bmp"',
  ],
  [
    '/assets/a?r=91',
    null,
    400,
    'invalid_parameter',
    'Expected one of 0, 90, 180, 270, auto for r but received "91"',
  ],
  ['/assets/a?f=d', null, 400, 'invalid_parameter', 'Expected one of none, h, v for f but received "d"'],
  [
    '/assets/a?filter=neon',
    null,
    400,
    'invalid_parameter',
    'Expected one of none, black_white, grayscale, sepia for filter but received "neon"',
  ],
  [
    '/assets/a?blur=150.1',
    null,
    400,
    'invalid_parameter',
    'Expected a number from 0 to 150 for blur but received "150.1"',
  ],
  [
    '/assets/a?q=0',
    null,
    400,
    'invalid_parameter',
    'Expected an integer from 1 to 100 for q but received "0"',
  ],
  [
    '/assets/a?pad=-1',
    null,
    400,
    'invalid_parameter',
    'Expected an integer from 0 to 2000 for pad but received "-1"',
  ],
  [
    '/assets/a?pad-c=FF0000',
    null,
    400,
    'invalid_parameter',
    'Expected a colour #RRGGBB or #RRGGBBAA for pad-c but received "FF0000"',
  ],
  [
    '/assets/a?strip=gps',
    null,
    400,
    'invalid_parameter',
    'Expected a comma list of exif, iptc, xmp for strip but received "gps"',
  ],
  [
    '/assets/a?cs=rgb',
    null,
    400,
    'invalid_parameter',
    'Expected one of origin, srgb, p3, grayscale for cs but received "rgb"',
  ],
  ['/assets/a?w=1&w=2', null, 400, 'repeated_parameter', 'Expected w once but received it again with "2"'],
  ['/assets/a?profile=thumb&profile=thumb', null, 400, 'repeated_parameter', 'Expected profile once'],
  [
    '/assets/a?fit=fill',
    null,
    400,
    'conflicting_parameters',
    'Expected both w and h for fit=fill but received neither',
  ],
  [
    '/assets/a?fit=crop&w=5',
    null,
    400,
    'conflicting_parameters',
    'Expected both w and h for fit=crop but received w=5',
  ],
  [
    '/assets/a?r=auto&f=h',
    null,
    400,
    'conflicting_parameters',
    'Expected no f beside r=auto but received "h"',
  ],
  [
    '/assets/a?profile=turned&f=v',
    null,
    400,
    'conflicting_parameters',
    'Expected no f beside r=auto but received "v"',
  ],
  [
    '/assets/a?profile=half&fit=stretch',
    null,
    400,
    'conflicting_parameters',
    'Expected both w and h for fit=stretch but received w=5',
  ],
  [
    '/assets/a?profile=none',
    null,
    400,
    'unknown_profile',
    'Expected a configured profile (thumb, turned, half) but received "none"',
  ],
  ['/assets/a?profile=a%20b', null, 400, 'invalid_parameter', 'for profile but received "a b"'],
  [
    '/assets/a?limit=2',
    null,
    400,
    'conflicting_parameters',
    'Expected limit only for info but received 2 for link',
  ],
  ['/assets/a/-/content?limit=-1', null, 400, 'conflicting_parameters', 'for content'],
  [
    '/assets/a/-/info?limit=0',
    null,
    400,
    'invalid_parameter',
    'Expected an integer from 1, or -1 for all for limit but received "0"',
  ],
  [
    '/assets/a/-/info?w=5',
    null,
    400,
    'conflicting_parameters',
    'Expected no transformation for info but received w',
  ],
  [
    '/assets/a/-/info?profile=thumb',
    null,
    400,
    'conflicting_parameters',
    'Expected no transformation for info but received profile',
  ],
  ['/assets/a?label:=x', null, 400, 'invalid_parameter', 'Expected a label key for the query'],
  ['/assets/a?exp=never', null, 400, 'invalid_parameter', 'for exp but received "never"'],
  ['/assets/profiles/a?w=5', null, 400, 'profile_required', 'Expected no parameter but profile at this path'],
  [
    '/assets/fixed/a?w=5',
    null,
    400,
    'on_demand_disabled',
    'one of the profiles generated at this path (thumb)',
  ],
  ['/assets/fixed/a?profile=half', null, 400, 'on_demand_disabled', 'one of the profiles generated'],
  [
    '/assets/a/-/content',
    { headers: { Accept: 'text/html' } },
    400,
    'not_acceptable',
    'image/* or */* for Accept but received "text/html"',
  ],
  [
    '/assets/fixed/a/-/content',
    { headers: { Accept: 'text/html' } },
    400,
    'not_acceptable',
    'image/* or */* for Accept but received "text/html"',
  ],
  [
    '/assets/a/-/content',
    { headers: { 'If-Match': '"x"' } },
    412,
    'precondition_failed',
    'The preconditions do not hold',
  ],
  [
    '/assets/a/-/content',
    { headers: { Range: 'bytes=999999-' } },
    416,
    'range_not_satisfiable',
    'Expected a range within',
  ],
  ['/assets/nobody', null, 404, 'asset_not_found', 'There is no asset at nobody'],
  ['/assets/a/-/entry/9', null, 404, 'asset_not_found', 'There is no entry 9 at a'],
  ['/assets/a?color=red', null, 404, 'asset_not_found', 'that carries the given labels'],
  ['/nowhere', null, 404, 'route_not_found', 'There is nothing at this address'],
  ['/healthy', null, 404, 'route_not_found', 'There is nothing at this address'],
]

const STORE: Row[] = [
  [
    '/assets/b/-/new',
    upload(jpeg),
    400,
    'invalid_selector',
    'Expected no selectors for POST but received "new"',
  ],
  [
    '/assets/b',
    { method: 'POST', body: jpeg, headers: { 'Content-Type': 'image/jpeg' } },
    415,
    'unsupported_media_type',
    'Expected multipart/form-data or application/json for Content-Type but received "image/jpeg"',
  ],
  ['/assets/b', { method: 'POST', body: jpeg }, 415, 'unsupported_media_type', 'for Content-Type'],
  ['/assets/b', parts('metadata'), 400, 'missing_part', 'Expected one asset part but received none'],
  ['/assets/b', parts('asset'), 400, 'missing_part', 'Expected one metadata part but received none'],
  ['/assets/b', parts('asset', 'metadata', 'asset'), 400, 'repeated_part', 'Expected exactly one asset part'],
  ['/assets/b', parts('metadata', 'file'), 400, 'unknown_part', 'received "file"'],
  ['/assets/b', upload(jpeg, { alt: long(126) }), 400, 'invalid_metadata', 'for alt but received'],
  ['/assets/b', upload(jpeg, { alt: 5 }), 400, 'invalid_metadata', 'for alt but received 5'],
  ['/assets/b', upload(jpeg, { labels: { a: '' } }), 400, 'invalid_metadata', 'for labels.a but received ""'],
  [
    '/assets/b',
    upload(jpeg, { tags: ['a', 'a'] }),
    400,
    'invalid_metadata',
    'Expected distinct tags for tags',
  ],
  ['/assets/b', upload(jpeg, { title: 'x' }), 400, 'unknown_field', 'received "title"'],
  ['/assets/b', upload(text('not a picture')), 400, 'image_unsupported', ''],
  ['/assets/b', upload(jpeg.subarray(0, 30)), 400, 'image_truncated', ''],
  [
    '/assets/webp-only',
    upload(jpeg),
    403,
    'content_type_not_allowed',
    'Expected one of image/webp at this path but received image/jpeg',
  ],
  [
    '/assets/nothing',
    upload(jpeg),
    403,
    'content_type_not_allowed',
    'Expected no picture at all at this path',
  ],
  [
    '/assets/b',
    { method: 'POST', headers: json, body: '{' },
    400,
    'invalid_json',
    'Expected JSON in UTF-8 for the body but received "{"',
  ],
  [
    '/assets/b',
    { method: 'POST', headers: json, body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
    400,
    'invalid_json',
    'Expected JSON in UTF-8 for the body',
  ],
  ['/assets/b', post({ alt: 'x' }), 400, 'invalid_metadata', 'for url but received'],
  ['/assets/b', post({ url: 'https://example.com/a.png' }), 400, 'url_not_allowed', ''],
  ['/assets/b', post({ url: 'ftp://example.com/a.png' }), 400, 'invalid_url', ''],
]

const CHANGE: Row[] = [
  ['/assets/a', put({}), 400, 'invalid_selector', 'Expected the selector entry/{n} but received none'],
  ['/assets/a/-/new', put({}), 400, 'invalid_selector', '"new"'],
  ['/assets/a/-/entry/0/info', put({}), 400, 'invalid_selector', 'the misplaced selector "info"'],
  [
    '/assets/a/-/entry/0?limit=1',
    put({}),
    400,
    'conflicting_parameters',
    'Expected no parameters for PUT but received limit',
  ],
  ['/assets/a/-/entry/x', put({}), 400, 'invalid_selector', 'received "x"'],
  ['/assets/a/-/entry/7', put({}), 404, 'asset_not_found', 'There is no entry 7 at a'],
  ['/assets/a/-/entry/0', put({ url: 'https://x' }), 400, 'content_immutable', "can't be changed"],
  ['/assets/a/-/entry/0', put({ class: 'image' }), 400, 'unknown_field', 'received "class"'],
  ['/assets/a/-/entry/0', put([]), 400, 'invalid_metadata', 'Expected an object for metadata'],
  [
    '/assets/a/-/entry/0',
    { method: 'PUT', body: 'alt' },
    415,
    'unsupported_media_type',
    'Expected application/json',
  ],
  ['/assets/a/-/entry/-3', del, 400, 'invalid_selector', 'received "-3"'],
  ['/assets/a/-/entry/0/new', del, 400, 'invalid_selector', 'the misplaced selector "new"'],
  ['/assets/a/-/entry/0/recursive', del, 400, 'invalid_selector', 'the misplaced selector "recursive"'],
  ['/assets/a/-/new/entry/0', del, 400, 'invalid_selector', '"new" and "entry"'],
  ['/assets/a/-/content', del, 400, 'invalid_selector', '"content"'],
  [
    '/assets/a/-/recursive?limit=1',
    del,
    400,
    'conflicting_parameters',
    'Expected no limit beside recursive but received 1',
  ],
  ['/assets/a/-/entry/0?limit=1', del, 400, 'conflicting_parameters', 'Expected no limit beside entry'],
  [
    '/assets/a/-/entry/0?team=x',
    del,
    400,
    'conflicting_parameters',
    'Expected no labels beside entry but received "team"',
  ],
  ['/assets/a?limit=none', del, 400, 'invalid_parameter', 'for limit but received "none"'],
  [
    '/assets/a?w=5',
    del,
    400,
    'conflicting_parameters',
    'Expected no transformation for DELETE but received w',
  ],
  ['/assets', del, 400, 'invalid_path', 'Expected at least one segment'],
  ['/assets/-/recursive', del, 400, 'invalid_path', 'Expected at least one segment'],
  ['/purge', { method: 'POST', body: '{}' }, 400, 'invalid_purge', '{"everything": true}'],
  ['/purge', { method: 'POST', body: '{"path":"../x"}' }, 400, 'invalid_path', 'received ".."'],
  [
    '/assets/a',
    { method: 'PATCH' },
    405,
    'method_not_allowed',
    'Expected one of GET, HEAD, POST, PUT, DELETE but received PATCH',
  ],
  ['/health', { method: 'POST' }, 405, 'method_not_allowed', 'Expected one of GET, HEAD but received POST'],
  ['/purge', null, 405, 'method_not_allowed', 'Expected one of POST but received GET'],
]

describe('a mistake is told', () => {
  it.each([...GET, ...STORE, ...CHANGE])('%s', async (path, init, status, code, message) => {
    const response = await client.fetch(path, init ?? {})
    const body = (await response.json()) as { message: string; code: string }
    expect([response.status, body.code]).toEqual([status, code])
    expect(body.message).toContain(message)
    expect(Object.keys(body).sort()).toEqual(['code', 'message'])
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
  })
})

it('leaves nothing behind', async () => {
  expect((await client.get('/assets/b')).status).toBe(404)
  expect((await client.get('/assets/a')).status).toBe(200)
})
