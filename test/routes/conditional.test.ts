import { describe, expect, it } from 'vitest'
import { JOINED_BYTES } from '../../src/image/encoded-file'
import { checkPreconditions, httpDate, parseHttpDate, rangeApplies } from '../../src/routes/conditional'
import { contentRange, parseRange } from '../../src/routes/range'
import { encoded, raw } from '../support/oracle'
import { noise } from '../support/scenes'
import { makeClient, picture } from './support'

const TIME = Date.UTC(2026, 1, 12, 1, 20, 55, 42)
const current = { etag: '"abc-0"', lastModified: TIME }
const date = (seconds: number) => httpDate(TIME + seconds * 1000)

describe('preconditions, RFC 9110 §13.2.2', () => {
  it.each<[Record<string, string>, 304 | 412 | null]>([
    [{}, null],
    [{ 'If-None-Match': '"abc-0"' }, 304],
    [{ 'If-None-Match': 'W/"abc-0"' }, 304],
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': '"x", W/"y" ,"abc-0"' }, 304],
    [{ 'If-None-Match': '"a,b", "abc-0"' }, 304],
    [{ 'If-None-Match': '"abc-1"' }, null],
    [{ 'If-None-Match': 'abc-0' }, null],
    [{ 'If-None-Match': '' }, null],
    [{ 'If-Modified-Since': date(0) }, 304],
    [{ 'If-Modified-Since': date(10) }, 304],
    [{ 'If-Modified-Since': date(-1) }, null],
    [{ 'If-Modified-Since': 'yesterday' }, null],
    [{ 'If-Modified-Since': '2026-02-12T01:20:55Z' }, null],
    [{ 'If-None-Match': '"x"', 'If-Modified-Since': date(0) }, null],
    [{ 'If-Match': '"abc-0"' }, null],
    [{ 'If-Match': '*' }, null],
    [{ 'If-Match': 'W/"abc-0"' }, 412],
    [{ 'If-Match': '"x"' }, 412],
    [{ 'If-Match': '"x", "abc-0"' }, null],
    [{ 'If-Unmodified-Since': date(0) }, null],
    [{ 'If-Unmodified-Since': date(-1) }, 412],
    [{ 'If-Unmodified-Since': 'never' }, null],
    [{ 'If-Match': '"abc-0"', 'If-Unmodified-Since': date(-1) }, null],
    [{ 'If-Match': '"x"', 'If-None-Match': '"abc-0"' }, 412],
    [{ 'If-Match': '"abc-0"', 'If-None-Match': '"abc-0"' }, 304],
  ])('%j → %j', (headers, outcome) => {
    expect(checkPreconditions(new Headers(headers), current)).toBe(outcome)
  })

  it('reads the three forms of dates', () => {
    const wanted = Date.UTC(1994, 10, 6, 8, 49, 37)
    expect(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(wanted)
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(wanted)
    expect(parseHttpDate('Sun Nov  6 08:49:37 1994')).toBe(wanted)
    expect(parseHttpDate('1994')).toBeNull()
  })
})

describe('If-Range', () => {
  it.each([
    ['"abc-0"', true],
    ['W/"abc-0"', false],
    ['"x"', false],
    [date(0), true],
    [date(10), false],
    ['soon', false],
  ])('%s → %s', (value, applies) => {
    expect(rangeApplies(new Headers({ 'If-Range': value }), current)).toBe(applies)
  })
})

describe('ranges', () => {
  it.each([
    ['bytes=0-9', { offset: 0, length: 10 }],
    ['bytes=90-', { offset: 90, length: 10 }],
    ['bytes=90-1000', { offset: 90, length: 10 }],
    ['bytes=-5', { offset: 95, length: 5 }],
    ['bytes=-1000', { offset: 0, length: 100 }],
    ['Bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9-1', null],
    ['bytes=-', null],
    ['bytes=0-1,5-6', null],
    ['bytes=a-b', null],
    ['lines=0-1', null],
    [null, null],
  ])('%s', (header, wanted) => {
    expect(parseRange(header, 100)).toEqual(wanted)
  })

  it('of an empty file can not be satisfied', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable')
    expect(parseRange('bytes=-1', 0)).toBe('unsatisfiable')
  })

  it('are written', () => {
    expect(contentRange({ offset: 5, length: 10 }, 100)).toBe('bytes 5-14/100')
  })
})

describe('over HTTP', async () => {
  const client = makeClient()
  const jpeg = await picture('jpeg')
  await client.store('/assets/c', jpeg, { alt: 'x' })
  const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer())
  const etag = async (path: string) => (await client.get(path)).headers.get('ETag')!

  it('answers 304 without a body but with its validators', async () => {
    const tag = await etag('/assets/c/-/content')
    const response = await client.get('/assets/c/-/content', { 'If-None-Match': tag })
    expect(response.status).toBe(304)
    expect(response.headers.get('ETag')).toBe(tag)
    expect(response.headers.get('K-Alt')).toBe('x')
    expect(response.headers.get('Content-Type')).toBeNull()
    expect(response.headers.get('Content-Length')).toBeNull()
    expect(await bytes(response)).toHaveLength(0)
    client.calls()
    await client.get('/assets/c/-/content', { 'If-None-Match': tag })
    expect(client.calls()).toEqual(['d1.query'])
  })

  it.each(['/assets/c', '/assets/c/-/info', '/assets/c/-/download?w=9'])(
    'answers 304 for %s too',
    async (path) => {
      const response = await client.get(path, { 'If-None-Match': await etag(path) })
      expect(response.status).toBe(304)
    },
  )

  it.each(['/assets/c/-/content', '/assets/c/-/download', '/assets/c/-/content?w=20'])(
    'gives a range of %s',
    async (path) => {
      // The first request makes the variant and has its bytes; the second reads R2.
      for (let i = 0; i < 2; i++) {
        const whole = await bytes(await client.get(path))
        const part = await client.get(path, { Range: 'bytes=10-19' })
        expect(part.status).toBe(206)
        expect(part.headers.get('Content-Range')).toBe(`bytes 10-19/${whole.length}`)
        expect(part.headers.get('Content-Length')).toBe('10')
        expect(await bytes(part)).toEqual(whole.subarray(10, 20))
      }
    },
  )

  it('gives a large variant, whose file comes in pieces, whole and in parts', async () => {
    const noisy = { raw: { width: 400, height: 300, channels: 3 as const } }
    const { data } = await encoded(noise(400 * 300 * 3, 9), [['png', {}]], noisy)
    await client.store('/assets/pieces', data)
    const path = (angle: number) => `/assets/pieces/-/content?r=${angle}`
    // Made, and cut; made, and whole; read from R2.
    const part = await client.get(path(90), { Range: 'bytes=200000-299999' })
    expect([part.status, part.headers.get('K-Cache-Status')]).toEqual([206, 'miss'])
    const made = await client.get(path(180))
    expect(made.headers.get('K-Cache-Status')).toBe('miss')
    const whole = await bytes(made)
    expect(whole.length).toBeGreaterThan(JOINED_BYTES)
    expect(made.headers.get('Content-Length')).toBe(String(whole.length))
    expect(await bytes(await client.get(path(180)))).toEqual(whole)
    const stored = await bytes(await client.get(path(90)))
    expect(await bytes(part)).toEqual(stored.subarray(200000, 300000))
    expect((await raw(whole, [['rotate', 180]])).data).toEqual((await raw(data)).data)
  })

  it('gives a range of a variant that is only being made', async () => {
    const part = await client.get('/assets/c/-/content?w=21', { Range: 'bytes=-4' })
    expect([part.status, part.headers.get('K-Cache-Status')]).toEqual([206, 'miss'])
    const whole = await bytes(await client.get('/assets/c/-/content?w=21'))
    expect(await bytes(part)).toEqual(whole.subarray(-4))
  })

  it('says 416 with the size, and ignores several ranges', async () => {
    const none = await client.get('/assets/c/-/content', { Range: 'bytes=100000-' })
    expect(none.status).toBe(416)
    expect(none.headers.get('Content-Range')).toBe(`bytes */${jpeg.length}`)
    const several = await client.get('/assets/c/-/content', { Range: 'bytes=0-1,3-4' })
    expect(several.status).toBe(200)
    expect(await bytes(several)).toEqual(jpeg)
  })

  it('honours If-Range', async () => {
    const tag = await etag('/assets/c/-/content')
    const headers = (ifRange: string) => ({ Range: 'bytes=0-3', 'If-Range': ifRange })
    expect((await client.get('/assets/c/-/content', headers(tag))).status).toBe(206)
    expect((await client.get('/assets/c/-/content', headers('"old"'))).status).toBe(200)
  })

  it('leaves HEAD and JSON whole', async () => {
    const head = await client.fetch('/assets/c/-/content', {
      method: 'HEAD',
      headers: { Range: 'bytes=0-3' },
    })
    expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(jpeg.length)])
    expect((await client.get('/assets/c', { Range: 'bytes=0-3' })).status).toBe(200)
  })

  it('tells variants and versions apart', async () => {
    const tags = new Set<string>()
    for (const query of ['', '?w=5', '?w=6', '?format=png', '?q=3'])
      tags.add(await etag(`/assets/c/-/content${query}`))
    expect(tags.size).toBe(5)
  })
})
