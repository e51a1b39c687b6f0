import { describe, expect, it } from 'vitest'
import { metadata } from '../support/oracle'
import { makeClient, picture } from './support'

const client = makeClient({
  variantProfiles: {
    small: { w: 30, q: 60, format: 'webp' },
    square: { w: 20, h: 20, fit: 'fill' },
    tall: { h: 10 },
  },
  paths: {
    '/only': { transform: { onDemandVariant: { mode: 'profile_only' } } },
    '/none': { transform: { onDemandVariant: { mode: 'disabled' }, eagerVariants: ['square'] } },
    '/none/again': { transform: { onDemandVariant: { mode: 'enabled' } } },
  },
})
const jpeg = await picture('jpeg')
for (const path of ['p', 'only/a', 'none/a', 'none/again']) await client.store(`/assets/${path}`, jpeg)

async function get(path: string, headers: HeadersInit = {}) {
  const response = await client.get(`/assets/${path}`, headers)
  if (response.status !== 200) return { status: response.status }
  const { format, width, height } = await metadata(new Uint8Array(await response.arrayBuffer()))
  const { headers: got } = response
  return { status: 200, format, width, height, cache: got.get('K-Cache-Status'), vary: got.get('Vary') }
}

describe('a profile', () => {
  it('stands for its parameters', async () => {
    expect(await get('p/-/content?profile=small')).toMatchObject({ format: 'webp', width: 30, height: 20 })
    // The same picture asked for at length is the same variant.
    expect(await get('p/-/content?w=30&q=60&format=webp')).toMatchObject({ cache: 'hit' })
  })

  it('is overridden by single parameters', async () => {
    expect(await get('p/-/content?profile=small&w=15')).toMatchObject({
      format: 'webp',
      width: 15,
      height: 10,
    })
    expect(await get('p/-/content?profile=square&fit=stretch')).toMatchObject({ width: 20, height: 20 })
    expect(await get('p/-/content?format=png&profile=small')).toMatchObject({ format: 'png', width: 30 })
  })

  it('chooses the format before Accept does', async () => {
    const accept = { Accept: 'image/png' }
    expect(await get('p/-/content?profile=small', accept)).toMatchObject({ format: 'webp', vary: null })
    expect(await get('p/-/content?profile=tall', accept)).toMatchObject({ format: 'png', vary: 'Accept' })
  })

  it('is named in the link', async () => {
    const { url } = (await (await client.get('/assets/p?profile=tall')).json()) as { url: string }
    expect(url).toBe('http://localhost:8787/assets/p/-/entry/0/content?profile=tall')
  })
})

describe('profile_only', () => {
  it('makes variants of profiles alone', async () => {
    expect(await get('only/a/-/content?profile=tall')).toMatchObject({ status: 200, height: 10 })
    expect(await get('only/a/-/content')).toMatchObject({ status: 200, format: 'jpeg' })
    expect(await get('only/a/-/content?profile=tall&q=5')).toEqual({ status: 400 })
    expect(await get('only/a/-/content?format=png')).toEqual({ status: 400 })
    expect(await get('only/a/-/content', { Accept: 'image/png' })).toMatchObject({ format: 'png' })
  })
})

describe('disabled', () => {
  it('knows the original and the eager variants, made at once where they are not yet', async () => {
    expect(await get('none/a/-/content')).toMatchObject({ status: 200, width: 60 })
    expect(await get('none/a/-/content?profile=square')).toMatchObject({
      width: 20,
      height: 20,
      cache: 'miss',
    })
    expect(await get('none/a/-/content?profile=tall')).toEqual({ status: 400 })
    expect(await get('none/a/-/content?w=20')).toEqual({ status: 400 })
    expect(await get('none/a/-/content?profile=square&w=21')).toEqual({ status: 400 })
  })

  it('lets Accept make nothing', async () => {
    expect(await get('none/a/-/content', { Accept: 'image/png' })).toMatchObject({
      format: 'jpeg',
      cache: 'hit',
    })
  })

  it('ends where a path below says otherwise', async () => {
    expect(await get('none/again/-/content?w=20')).toMatchObject({ width: 20 })
  })
})
