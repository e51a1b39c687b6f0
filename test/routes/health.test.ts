import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { makeApp } from '../../src/app'
import { parseConfig } from '../../src/config/config'
import { makeClient } from './support'

it('is alive', async () => {
  const response = await makeClient().get('/health')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'okay' })
})

it('is ready when D1 and every bucket answer', async () => {
  const response = await makeClient().get('/health/ready')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    status: 'okay',
    checks: { database: 'okay', 'bucket assets': 'okay', 'bucket private': 'okay' },
  })
})

it('says what is failing', async () => {
  const broken = {
    ...env,
    PRIVATE: {
      createMultipartUpload() {},
      head: () => Promise.reject(new Error('R2 is away')),
    },
  }
  const app = makeApp(parseConfig({ buckets: { assets: 'ASSETS', private: 'PRIVATE' } }, broken))
  const request = new Request('http://localhost/health/ready')
  const response = await app.fetch(request, broken as unknown as Env, createExecutionContext())
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({
    status: 'failing',
    checks: { database: 'okay', 'bucket assets': 'okay', 'bucket private': 'failing' },
  })
})
