import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { ObjectGone, objectSource } from '../../src/store/source'

const bytes = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 7919) >> 5)

async function chunksOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

it.each([0, 1, 65536, 299_999])('reads an object from byte %i in large chunks', async (offset) => {
  await env.ASSETS.put('source', bytes)
  const source = objectSource(env.ASSETS, 'source', bytes.length)
  const chunks = await chunksOf(await source.open(offset))
  expect(await new Blob(chunks).bytes()).toEqual(bytes.subarray(offset))
  expect(chunks.length).toBe(Math.ceil((bytes.length - offset) / 65536))
})

it('reads nothing from the end on', async () => {
  await env.ASSETS.put('source', bytes)
  const source = objectSource(env.ASSETS, 'source', bytes.length)
  expect(await chunksOf(await source.open(bytes.length))).toEqual([])
})

it('lets go of an object half-way', async () => {
  await env.ASSETS.put('source', bytes)
  const reader = (await objectSource(env.ASSETS, 'source', bytes.length).open()).getReader()
  expect((await reader.read()).value).toHaveLength(65536)
  await reader.cancel()
  expect((await reader.read()).done).toBe(true)
})

it('tells that an object is gone', async () => {
  await expect(objectSource(env.ASSETS, 'nowhere', 5).open()).rejects.toThrow(ObjectGone)
})
