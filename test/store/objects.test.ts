import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { makeBuckets, makeKey, removeObject } from '../../src/store/objects'
import { ObjectGone, objectSource } from '../../src/store/source'

const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at * 7)

const read = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(stream).arrayBuffer())

it('reads an object again and again, from any offset', async () => {
  await env.ASSETS.put('source', bytes)
  const source = objectSource(env.ASSETS, 'source', bytes.length)
  expect(source.size).toBe(bytes.length)
  for (const offset of [undefined, 0, 1, 65_536, bytes.length - 1, bytes.length]) {
    expect(Buffer.from(await read(await source.open(offset))).equals(bytes.subarray(offset ?? 0))).toBe(true)
  }
  await expect(objectSource(env.ASSETS, 'nothing', 5).open()).rejects.toThrow(ObjectGone)
})

it('resolves buckets by the names of the configuration', () => {
  const buckets = makeBuckets(env, { assets: 'ASSETS', lost: 'NOWHERE' })
  expect(buckets('assets')).toBe(env.ASSETS)
  for (const name of ['lost', 'other', 'toString', '__proto__'])
    expect(() => buckets(name)).toThrow(`"${name}"`)
})

it('names objects by a UUID and their extension', () => {
  const keys = new Set(Array.from({ length: 100 }, () => makeKey('.webp')))
  expect(keys.size).toBe(100)
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.webp$/)
})

it('removes what is there, what is not, and what is still being written', async () => {
  await env.ASSETS.put('there', 'x')
  for (const key of ['there', 'there', 'never']) await removeObject(env.ASSETS, key, null)
  expect(await env.ASSETS.head('there')).toBeNull()
  const upload = await env.ASSETS.createMultipartUpload('writing')
  await upload.uploadPart(1, bytes)
  await removeObject(env.ASSETS, 'writing', upload.uploadId)
  await expect(upload.complete([])).rejects.toThrow()
  // Aborted before, completed before: both are as good as aborted now.
  await removeObject(env.ASSETS, 'writing', upload.uploadId)
  const whole = await env.ASSETS.createMultipartUpload('whole')
  await whole.complete([await whole.uploadPart(1, bytes)])
  await removeObject(env.ASSETS, 'whole', whole.uploadId)
  expect(await env.ASSETS.head('whole')).toBeNull()
})
