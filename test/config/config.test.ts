import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { type ConfigEnvironment, parseConfig } from '../../src/config/config'
import type { ConfigInput } from '../../src/config/schema'

const bindings = { ASSETS: env.ASSETS, PRIVATE: env.PRIVATE }

function load(input: unknown, secrets: ConfigEnvironment = {}) {
  return parseConfig(input, { ...bindings, ...secrets })
}

function paths(of: ConfigInput['paths']) {
  return load({ buckets: { assets: 'ASSETS', private: 'PRIVATE' }, paths: of })
}

describe('defaults', () => {
  it('serves an empty configuration', () => {
    const config = load({})
    expect(config.http.publicUrl).toBe('http://localhost:8787')
    expect(config.source.multipart.maxBytes).toBe(104_857_600)
    expect(config.source.url).toMatchObject({ allowedDomains: [], maxBytes: 104_857_600 })
    expect(config.auth).toEqual({ mode: 'token', protectInfo: false })
    expect(config.limits).toMatchObject({ inputPixels: 100_000_000, frames: 500, outputSide: 16_384 })
    const settings = config.settingsFor('a/b')
    expect(settings.allowedContentTypes).toBeNull()
    expect(settings.objectStore.bucket).toBe('assets')
    expect(settings.returnFormat.redirect).toMatchObject({ strategy: 'none', presigned: { ttl: 1_800_000 } })
  })

  it('lets PUBLIC_URL win, without its last slash', () => {
    const config = load(
      { http: { publicUrl: 'https://a.example' } },
      { PUBLIC_URL: 'https://b.example/img/' },
    )
    expect(config.http.publicUrl).toBe('https://b.example/img')
  })

  it("takes LOCAL_URL, npm start's own address, only where nothing else is said", () => {
    const local = { LOCAL_URL: 'http://localhost:9000' }
    expect(load({}, local).http.publicUrl).toBe('http://localhost:9000')
    expect(load({ http: { publicUrl: 'https://a.example' } }, local).http.publicUrl).toBe('https://a.example')
    expect(load({}, { ...local, PUBLIC_URL: 'https://b.example' }).http.publicUrl).toBe('https://b.example')
    expect(() => load({ http: { publicUrl: 'nowhere' } }, local)).toThrow('http.publicUrl: Expected')
  })

  it('lets the file say who may write, and AUTH_MODE where it does not', () => {
    expect(load({}, { AUTH_MODE: 'open' }).auth.mode).toBe('open')
    expect(load({ auth: { mode: 'token' } }, { AUTH_MODE: 'open' }).auth.mode).toBe('token')
    expect(load({ auth: { mode: 'open' } }).auth.mode).toBe('open')
  })

  it('changes its version with any key', () => {
    expect(load({}).version).toBe(load({}).version)
    expect(load({}).version).not.toBe(load({ limits: { frames: 9 } }).version)
  })
})

describe('paths', () => {
  it('merges every pattern that matches, lists replaced', () => {
    const config = paths({
      '/**': { image: { lqip: ['blurhash', 'thumbhash'] }, cacheControl: { enabled: true, maxAge: 60 } },
      '/users': { objectStore: { bucket: 'private' }, cacheControl: { visibility: 'private' } },
      '/users/*/avatar': {
        image: { lqip: [] },
        cacheControl: { maxAge: '24h' },
        allowedContentTypes: ['image/png'],
      },
    })
    expect(config.settingsFor('Users/1/AVATAR/x')).toMatchObject({
      allowedContentTypes: ['png'],
      image: { lqip: [] },
      objectStore: { bucket: 'private' },
      cacheControl: { enabled: true, maxAge: 86_400, visibility: 'private', sMaxage: null },
    })
    expect(config.settingsFor('other').image.lqip).toEqual(['blurhash', 'thumbhash'])
  })

  it('tells an empty list of content types from an absent one', () => {
    const config = paths({ '/none': { allowedContentTypes: [] } })
    expect(config.settingsFor('none/x').allowedContentTypes).toEqual([])
    expect(config.settingsFor('x').allowedContentTypes).toBeNull()
  })

  it('reads preprocessing through the parameter table, merged from parents', () => {
    const config = paths({
      '/a': {
        transform: { preprocessing: { enabled: true, image: { maxWidth: 100, fit: 'fill', w: 5, h: 6 } } },
      },
      '/a/b': { transform: { preprocessing: { image: { h: '7', format: 'webp', strip: ['exif'] } } } },
    })
    expect(config.settingsFor('a/b').transform.preprocessing).toEqual({
      enabled: true,
      image: { maxWidth: 100, fit: 'fill', width: 5, height: 7, format: 'webp', strip: ['exif'] },
    })
  })

  it('reads durations', () => {
    const config = paths({
      '/a': { transform: { expire: { strategy: 'idle', ttl: '7d' } } },
      '/b': { returnFormat: { redirect: { presigned: { ttl: '30s' } } } },
    })
    expect(config.settingsFor('a').transform.expire).toEqual({ strategy: 'idle', ttl: 604_800_000 })
    expect(config.settingsFor('b').returnFormat.redirect.presigned.ttl).toBe(30_000)
    const leases = ['0s', '25ms', '1s'] as const
    expect(leases.map((checkEvery) => load({ edgeCache: { checkEvery } }).edgeCache.checkEvery)).toEqual([
      0, 25, 1000,
    ])
  })
})

it('reads profiles through the parameter table', () => {
  const { variantProfiles } = load({
    variantProfiles: { thumb: { w: 256, h: '256', fit: 'fill', 'pad-c': '#010203', strip: ['xmp', 'exif'] } },
  })
  expect(variantProfiles.get('thumb')).toEqual({
    width: 256,
    height: 256,
    fit: 'fill',
    paddingColor: [1, 2, 3, 255],
    strip: ['exif', 'xmp'],
  })
})

describe('mistakes', () => {
  const path = (settings: object) => ({ paths: { '/a/**': settings } })
  it.each<[string, unknown, string]>([
    ['not an object', 5, 'the configuration: Expected an object but received 5'],
    ['an unknown key', { htpp: {} }, 'htpp: Expected no such key'],
    ['a nested unknown key', { http: { url: '' } }, 'http.url: Expected no such key'],
    [
      'a relative URL',
      { http: { publicUrl: '/x' } },
      'http.publicUrl: Expected an absolute http or https URL but received "/x"',
    ],
    ...['*', 'https://example.com', 'example.com:8080', 'example.com/pictures', 'user@example.com'].map(
      (host): [string, unknown, string] => [
        `${host} as a host`,
        { source: { url: { allowedDomains: [host] } } },
        `source.url.allowedDomains[0]: Expected a host such as example.com or *.example.com but received "${host}"`,
      ],
    ),
    [
      'a lease that clients would feel',
      { edgeCache: { checkEvery: '2s' } },
      'edgeCache.checkEvery: Expected a duration of at most 1s, such as 25ms, or 0s but received "2s"',
    ],
    ['another scheme', { http: { publicUrl: 'ftp://x' } }, 'http.publicUrl: Expected an absolute http'],
    [
      'an origin with a path',
      { http: { cors: { origins: ['https://a/b'] } } },
      'http.cors.origins[0]: Expected "*" or an origin',
    ],
    [
      'text for bytes',
      { source: { url: { maxBytes: '1' } } },
      'source.url.maxBytes: Expected a number but received "1"',
    ],
    [
      'no bytes',
      { source: { multipart: { maxBytes: 0 } } },
      'source.multipart.maxBytes: Expected an integer from 1 but received 0',
    ],
    [
      'half a pixel',
      { limits: { inputPixels: 1.5 } },
      'limits.inputPixels: Expected an integer but received 1.5',
    ],
    [
      'an algorithm',
      { urlSigning: { algorithm: 'md5' } },
      'urlSigning.algorithm: Expected one of hmac_sha256, hmac_sha384, hmac_sha512 but received "md5"',
    ],
    ['a mode', { auth: { mode: 'off' } }, 'auth.mode: Expected one of token, open but received "off"'],
    [
      'reads',
      { database: { reads: 'fast' } },
      'database.reads: Expected one of primary, nearest but received "fast"',
    ],
    [
      'an unbound bucket',
      { buckets: { assets: 'ASSETS', b: 'NOWHERE' } },
      'buckets.b: Expected the binding of an R2 bucket',
    ],
    [
      'a bucket that is none',
      { buckets: { assets: 'DB' } },
      'buckets.assets: Expected the binding of an R2 bucket',
    ],
    [
      'a profile name',
      { variantProfiles: { 'a b': {} } },
      'variantProfiles["a b"]: Expected a name of 1 to 64 letters',
    ],
    [
      'a profile key',
      { variantProfiles: { a: { width: 5 } } },
      'variantProfiles.a.width: Expected one of the keys w, h, fit',
    ],
    [
      'maxWidth in a profile',
      { variantProfiles: { a: { maxWidth: 5 } } },
      'variantProfiles.a.maxWidth: Expected one of the keys',
    ],
    [
      'a profile value',
      { variantProfiles: { a: { q: 101 } } },
      'variantProfiles.a.q: Expected an integer from 1 to 100 but received 101',
    ],
    [
      'a profile of half a box',
      { variantProfiles: { a: { fit: 'fill', w: 5 } } },
      'variantProfiles.a: Expected both w and h for fit=fill but received w=5',
    ],
    ['a pattern without a slash', { paths: { a: {} } }, 'paths.a: Expected a pattern that begins with "/"'],
    [
      'half a wildcard',
      { paths: { '/a*': {} } },
      'paths["/a*"]: Expected "*" and "**" as whole segments only',
    ],
    ['a pattern twice', { paths: { '/a': {}, '/A': {} } }, 'paths["/A"]: Expected each pattern once'],
    [
      'a content type',
      path({ allowedContentTypes: ['image/bmp'] }),
      'paths["/a/**"].allowedContentTypes[0]: Expected one of image/jpeg',
    ],
    [
      'a placeholder',
      path({ image: { lqip: ['lqip'] } }),
      'paths["/a/**"].image.lqip[0]: Expected one of blurhash, thumbhash but received "lqip"',
    ],
    [
      'a bucket name',
      path({ objectStore: { bucket: 'x' } }),
      'paths["/a/**"].objectStore.bucket: Expected one of the buckets assets but received "x"',
    ],
    [
      'an eager profile',
      path({ transform: { eagerVariants: ['x'] } }),
      'transform.eagerVariants: Expected names in variantProfiles but received "x"',
    ],
    [
      'a preprocessing value',
      path({ transform: { preprocessing: { image: { maxWidth: 0 } } } }),
      'transform.preprocessing.image.maxWidth: Expected an integer from 1 to 16384 but received 0',
    ],
    [
      'half a box',
      path({ transform: { preprocessing: { enabled: true, image: { fit: 'crop' } } } }),
      'transform.preprocessing.image: Expected both w and h',
    ],
    [
      'an on-demand mode',
      path({ transform: { onDemandVariant: { mode: 'on' } } }),
      'mode: Expected one of enabled, profile_only, disabled but received "on"',
    ],
    [
      'a duration',
      path({ transform: { expire: { ttl: '5 min' } } }),
      'ttl: Expected a duration such as 30s, 10m, 24h or 7d but received "5 min"',
    ],
    [
      'a number for a duration',
      path({ transform: { expire: { ttl: 5 } } }),
      'ttl: Expected a duration such as 30s, 10m, 24h or 7d but received 5',
    ],
    [
      'a ttl left out',
      path({ transform: { expire: { strategy: 'ttl' } } }),
      'transform.expire.ttl: Expected a duration for the strategy ttl',
    ],
    [
      'a template left out',
      path({ returnFormat: { redirect: { strategy: 'template' } } }),
      'template.string: Expected a URL for the strategy template',
    ],
    [
      'a template without key',
      path({ returnFormat: { redirect: { template: { string: 'https://x' } } } }),
      'template.string: Expected a URL with {key}',
    ],
    [
      'an executable template',
      path({ returnFormat: { redirect: { template: { string: 'javascript:{key}' } } } }),
      'Expected a URL that begins with https://',
    ],
    [
      'a data template',
      path({ returnFormat: { redirect: { template: { string: ' DATA:text/html,{key}' } } } }),
      'Expected a URL that begins with https://',
    ],
    [
      'eight days',
      path({ returnFormat: { redirect: { presigned: { ttl: '8d' } } } }),
      'Expected a duration of at most 7d but received "8d"',
    ],
    [
      'a directive',
      path({ cacheControl: { maxAge: -1 } }),
      'cacheControl.maxAge: Expected an integer from 0 but received -1',
    ],
    [
      'a visibility',
      path({ cacheControl: { visibility: 'all' } }),
      'visibility: Expected one of public, private but received "all"',
    ],
    [
      'a key in kebab case',
      path({ cacheControl: { 'max-age': 1 } }),
      'cacheControl["max-age"]: Expected no such key',
    ],
    [
      'signing without its secret',
      { urlSigning: { enabled: true } },
      'npx wrangler secret put URL_SIGNING_SECRET_KEY',
    ],
    [
      'presigning without secrets',
      path({ returnFormat: { redirect: { strategy: 'presigned' } } }),
      'npx wrangler secret put R2_SECRET_ACCESS_KEY',
    ],
  ])('names %s', (_, input, message) => {
    expect(() => load(input)).toThrow(message)
  })

  it('lists all of them at once', () => {
    const input = { variantProfiles: { a: { q: 0, w: 0 } }, urlSigning: { enabled: true } }
    expect(() => load(input)).toThrow(/a\.q:.*\n.*a\.w:.*\n.*URL_SIGNING/)
  })
})

it('reads secrets from the environment', () => {
  const config = load(
    {
      urlSigning: { enabled: true },
      paths: { '/': { returnFormat: { redirect: { strategy: 'presigned' } } } },
    },
    {
      API_TOKENS: ' a, b ,,',
      URL_SIGNING_SECRET_KEY: 'k1',
      URL_SIGNING_SECRET_KEY_PREVIOUS: 'k0',
      R2_ACCOUNT_ID: 'i',
      R2_ACCESS_KEY_ID: 'k',
      R2_SECRET_ACCESS_KEY: 's',
    },
  )
  expect(config.secrets).toEqual({
    apiTokens: ['a', 'b'],
    signingKeys: ['k1', 'k0'],
    r2: { accountId: 'i', accessKeyId: 'k', secretAccessKey: 's' },
  })
})
