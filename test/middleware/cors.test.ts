import { describe, expect, it } from 'vitest'
import { makeClient, picture } from '../routes/support'

const any = makeClient()
const some = makeClient({ http: { cors: { origins: ['https://a.example', 'https://b.example'] } } })
await any.store('/assets/cors', await picture('jpeg'))

describe('security headers', () => {
  it.each<[string, RequestInit, number]>([
    ['/assets/cors/-/content', {}, 200],
    ['/assets/cors', {}, 200],
    ['/assets/cors', { method: 'DELETE' }, 204],
    ['/assets/nobody', {}, 404],
    ['/nowhere', {}, 404],
    ['/health', {}, 200],
    ['/health', { method: 'PUT' }, 405],
    ['/assets/cors', { method: 'OPTIONS' }, 204],
  ])('are on %s %j', async (path, init, status) => {
    const client = makeClient({ auth: { mode: 'open' } })
    await client.store('/assets/cors', await picture('jpeg'))
    const { headers, status: got } = await client.fetch(path, init)
    expect(got).toBe(status)
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
    expect(headers.get('Server-Timing')).toMatch(/total;dur=/)
  })
})

describe('CORS', () => {
  it('lets any origin read by default, and see the headers', async () => {
    const { headers } = await any.get('/assets/cors/-/content', { Origin: 'https://x.example' })
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    const exposed = headers.get('Access-Control-Expose-Headers')!.split(', ')
    for (const name of [
      'ETag',
      'K-Alt',
      'K-LQIP-Blurhash',
      'K-LQIP-Thumbhash',
      'K-Cache-Status',
      'K-Bookmark',
    ]) {
      expect(exposed).toContain(name)
    }
    expect((await any.get('/assets/nobody')).headers.get('Access-Control-Allow-Origin')).toBe('*')
  })

  it('lets configured origins read', async () => {
    const allowed = (await some.get('/assets/cors', { Origin: 'https://b.example' })).headers
    expect(allowed.get('Access-Control-Allow-Origin')).toBe('https://b.example')
    expect(allowed.get('Vary')).toContain('Origin')
    const refused = (await some.get('/assets/cors', { Origin: 'https://c.example' })).headers
    expect(refused.get('Access-Control-Allow-Origin')).toBeNull()
    expect(refused.get('Vary')).toContain('Origin')
  })

  it('answers preflights for reading alone', async () => {
    const ask = (method: string) =>
      any.fetch('/assets/cors', {
        method: 'OPTIONS',
        headers: { Origin: 'https://x.example', 'Access-Control-Request-Method': method },
      })
    const reading = await ask('GET')
    expect(reading.status).toBe(204)
    expect(reading.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD')
    expect(reading.headers.get('Access-Control-Allow-Headers')).toContain('Range')
    expect((await ask('PUT')).headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('opens no writes to other origins', async () => {
    const { headers } = await any.fetch('/assets/nobody', {
      method: 'DELETE',
      headers: { Origin: 'https://x.example' },
    })
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

describe('methods', () => {
  it.each([
    ['/assets/cors', 'GET, HEAD, POST, PUT, DELETE, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/health/ready', 'GET, HEAD, OPTIONS'],
    ['/purge', 'POST, OPTIONS'],
  ])('of %s are in Allow', async (path, allow) => {
    const wrong = await any.fetch(path, { method: 'PATCH' })
    expect([wrong.status, wrong.headers.get('Allow')]).toEqual([405, allow])
    expect(await wrong.json()).toMatchObject({ code: 'method_not_allowed' })
    expect((await any.fetch(path, { method: 'OPTIONS' })).headers.get('Allow')).toBe(allow)
  })
})
