import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config'
import { redirectCacheControl } from '../../src/routes/redirect'
import { presign } from '../../src/services/redirect'
import { makeClient, picture } from '../routes/support'

it("reproduces AWS's published presigned URL", async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  const url = await presign(
    'https://examplebucket.s3.amazonaws.com/test.txt',
    {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'us-east-1',
    },
    86_400,
    new Date('2013-05-24T00:00:00Z'),
  )
  const { searchParams } = new URL(url)
  expect(Object.fromEntries(searchParams)).toEqual({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  })
})

const secrets = { R2_ACCOUNT_ID: 'acc', R2_ACCESS_KEY_ID: 'key', R2_SECRET_ACCESS_KEY: 'secret' }
const jpeg = await picture('jpeg')
const client = makeClient(
  {
    buckets: { assets: { binding: 'ASSETS', bucketName: 'konifer-assets' }, private: 'PRIVATE' },
    paths: {
      '/': {
        cacheControl: {
          enabled: true,
          maxAge: 86_400,
          sMaxage: 600,
          visibility: 'public',
          immutable: true,
          staleWhileRevalidate: 5,
        },
      },
      '/cdn': {
        returnFormat: {
          redirect: { strategy: 'template', template: { string: 'https://cdn.example/{bucket}/{key}?v=1' } },
        },
      },
      '/signed': { returnFormat: { redirect: { strategy: 'presigned', presigned: { ttl: '1h' } } } },
    },
  },
  secrets,
)

describe('redirect', () => {
  it('is the content where the strategy is none', async () => {
    await client.store('/assets/plain', jpeg)
    const response = await client.get('/assets/plain/-/redirect')
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('image/jpeg')
    expect(response.headers.get('ETag')).toBe(
      (await client.get('/assets/plain/-/content')).headers.get('ETag'),
    )
  })

  it('follows a template', async () => {
    const { variants } = await client.store('/assets/cdn/a', jpeg, { alt: 'x' })
    const response = await client.fetch('/assets/cdn/a/-/redirect', { redirect: 'manual' })
    expect(response.status).toBe(307)
    expect(response.headers.get('Location')).toBe(`https://cdn.example/assets/${variants[0]!.storeKey}?v=1`)
    expect(response.headers.get('K-Cache-Status')).toBe('hit')
    expect(response.headers.get('Cache-Control')).toContain('max-age=86400')
  })

  it('leads to a presigned URL that outlives its caches', async () => {
    const { variants } = await client.store('/assets/signed/a', jpeg)
    const response = await client.fetch('/assets/signed/a/-/redirect', { redirect: 'manual', method: 'HEAD' })
    expect(response.status).toBe(307)
    const url = new URL(response.headers.get('Location')!)
    expect(url.origin + url.pathname).toBe(
      `https://acc.r2.cloudflarestorage.com/konifer-assets/${variants[0]!.storeKey}`,
    )
    expect(url.searchParams.get('X-Amz-Expires')).toBe('3600')
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^key\/\d{8}\/auto\/s3\/aws4_request$/)
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/)
    expect(response.headers.get('Cache-Control')).toBe('max-age=1800, s-maxage=600, public')
  })

  it('is never cached beyond half of a presigned life, even where nothing says for how long', () => {
    const config = parseConfig(
      {
        paths: {
          '/': {
            cacheControl: { enabled: true },
            returnFormat: { redirect: { strategy: 'presigned', presigned: { ttl: '10s' } } },
          },
        },
      },
      { ...env, ...secrets },
    )
    expect(redirectCacheControl(config.settingsFor('a')).maxAge).toBe(0)
  })
})
