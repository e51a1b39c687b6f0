import { describe, expect, it } from 'vitest'
import { form, makeClient, picture } from '../routes/support'

const jpeg = await picture('jpeg')
const closed = makeClient(
  { auth: { mode: 'token', protectInfo: true } },
  { API_TOKENS: 'first-token, second.token~2=' },
)
await makeClient().store('/assets/auth', jpeg)

const writes: [string, string, () => RequestInit][] = [
  ['POST', '/assets/auth', () => ({ body: form(jpeg) })],
  ['PUT', '/assets/auth/-/entry/0', () => ({ body: '{}', headers: { 'Content-Type': 'application/json' } })],
  ['DELETE', '/assets/auth/-/entry/9', () => ({})],
  ['POST', '/purge', () => ({ body: '{"everything":true}' })],
]

function send(method: string, path: string, init: RequestInit, authorization?: string) {
  const headers = new Headers(init.headers)
  if (authorization !== undefined) headers.set('Authorization', authorization)
  return closed.fetch(path, { ...init, method, headers })
}

describe.each(writes)('%s %s', (method, path, init) => {
  it('needs a token', async () => {
    const response = await send(method, path, init())
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="konifer"')
    expect(await response.json()).toMatchObject({ code: 'unauthorized' })
  })

  it.each(['Basic Zmlyc3QtdG9rZW4=', 'Bearer', 'Bearer ', 'first-token', 'Bearer a b'])(
    'takes %j for none',
    async (header) => {
      expect((await send(method, path, init(), header)).status).toBe(401)
    },
  )

  it.each([
    'Bearer wrong',
    'Bearer first-toke',
    'Bearer first-token,',
    'Bearer first-tokenx',
    'Bearer FIRST-TOKEN',
  ])('refuses %j', async (header) => {
    const status = (await send(method, path, init(), header)).status
    expect([401, 403]).toContain(status)
    if (!header.endsWith(',')) expect(status).toBe(403)
  })

  it.each(['Bearer first-token', 'bearer second.token~2='])('accepts %j', async (header) => {
    expect((await send(method, path, init(), header)).status).toBeLessThan(300)
  })
})

it('protects info where it is told to, and nothing else', async () => {
  expect((await closed.get('/assets/auth/-/info')).status).toBe(401)
  expect((await closed.get('/assets/auth/-/info', { Authorization: 'Bearer no' })).status).toBe(403)
  const info = await closed.get('/assets/auth/-/info', { Authorization: 'Bearer first-token' })
  expect(info.status).toBe(200)
  expect(info.headers.get('Cache-Control')).toBe('private, no-store')
  expect((await closed.get('/assets/auth')).status).toBe(200)
  expect((await closed.get('/assets/auth/-/content')).status).toBe(200)
  expect((await closed.get('/health')).status).toBe(200)
})

it('lets nobody write where no token is configured', async () => {
  const none = makeClient({ auth: { mode: 'token' } }, { API_TOKENS: '' })
  const response = await none.fetch('/assets/auth', {
    method: 'DELETE',
    headers: { Authorization: 'Bearer x' },
  })
  expect(response.status).toBe(403)
})

it('checks the token before anything else of a write', async () => {
  expect((await send('POST', '/assets/-/', {})).status).toBe(401)
})
