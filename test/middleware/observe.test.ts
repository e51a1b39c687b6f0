import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { makeApp } from '../../src/app'
import { parseConfig } from '../../src/config/config'
import type { ConfigInput } from '../../src/config/schema'
import { Timings } from '../../src/services/timings'
import { form, makeClient, picture } from '../routes/support'

afterEach(() => vi.restoreAllMocks())

async function logged(input: ConfigInput, request: Request, more: object = {}) {
  const lines: Record<string, unknown>[] = []
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(
      (line: string) => void lines.push({ level, ...JSON.parse(line) }),
    )
  }
  const bindings = { ...env, ...more }
  const execution = createExecutionContext()
  const response = await makeApp(parseConfig(input, bindings)).fetch(
    request,
    bindings as unknown as Env,
    execution,
  )
  await response.arrayBuffer()
  await waitOnExecutionContext(execution)
  return { response, lines }
}

it('logs one line per request', async () => {
  await makeClient().store('/assets/log/a', await picture('jpeg'))
  const { lines } = await logged(
    {},
    new Request('http://h/assets/log/a/-/content?s=secret', { headers: { 'CF-Ray': 'ray-1' } }),
  )
  expect(lines).toEqual([
    {
      level: 'info',
      event: 'request',
      id: 'ray-1',
      method: 'GET',
      path: '/assets/log/a/-/content',
      status: 200,
      ms: expect.any(Number),
      cache: 'hit',
      operation: 'content',
      entry: 0,
      format: 'jpg',
    },
  ])
})

it('logs no secrets: no query, header or body', async () => {
  const jpeg = await picture('jpeg')
  const secrets = { API_TOKENS: 'tok-secret', URL_SIGNING_SECRET_KEY: 'sig-secret' }
  const config: ConfigInput = { urlSigning: { enabled: true } }
  const requests = [
    new Request('http://h/assets/log/b', {
      method: 'POST',
      body: form(jpeg, { alt: 'alt-secret' }),
      headers: { Authorization: 'Bearer tok-secret' },
    }),
    new Request('http://h/assets/log/b', {
      method: 'DELETE',
      headers: { Authorization: 'Bearer wrong-secret' },
    }),
    new Request('http://h/assets/log/b?s=query-secret'),
  ]
  for (const request of requests) {
    const { lines } = await logged(config, request, secrets)
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain('secret')
  }
})

it('logs the code of what was refused, and a failure of ours with its id and stack', async () => {
  const refused = await logged({}, new Request('http://h/assets/a?w=0'))
  expect(refused.lines).toEqual([expect.objectContaining({ status: 400, code: 'invalid_parameter' })])

  const DB = {
    withSession() {
      throw new Error('D1 is away: internal detail')
    },
  }
  const { response, lines } = await logged(
    {},
    new Request('http://h/assets/a', { headers: { 'CF-Ray': 'ray-9' } }),
    { DB },
  )
  expect(response.status).toBe(500)
  const [failure, request] = lines
  expect(failure).toMatchObject({
    level: 'error',
    id: 'ray-9',
    message: 'D1 is away: internal detail',
    stack: expect.any(String),
  })
  expect(request).toMatchObject({ event: 'request', id: 'ray-9', status: 500 })
})

it('keeps silent where it is told to', async () => {
  const { lines } = await logged({ observability: { requestLog: false } }, new Request('http://h/health'))
  expect(lines).toEqual([])
})

it('counts in Analytics Engine where it is bound', async () => {
  const points: unknown[] = []
  const ANALYTICS = { writeDataPoint: (point: unknown) => points.push(point) }
  await logged({}, new Request('http://h/assets/log/a/-/content'), { ANALYTICS })
  expect(points).toEqual([
    {
      indexes: ['content'],
      blobs: ['GET', '200', 'hit', 'jpg', ''],
      doubles: [expect.any(Number), expect.any(Number)],
    },
  ])
})

it('sums times by step, in a fixed order', async () => {
  const timings = new Timings()
  timings.add('object', 2)
  timings.add('metadata', 1)
  timings.add('object', 3.26)
  timings.addAll({ decode: 2, wait: 0.5 })
  expect(await timings.measure('cache', async () => 7)).toBe(7)
  await expect(timings.measure('encode', () => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(timings.header()).toMatch(
    /^cache;dur=\d+\.\d, metadata;dur=1\.0, wait;dur=0\.5, object;dur=5\.3, decode;dur=2\.0, encode;dur=\d+\.\d, total;dur=\d+\.\d$/,
  )
})
