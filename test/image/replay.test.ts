import { describe, expect, it } from 'vitest'
import type { ByteSource } from '../../src/image/header'
import { makeReplay } from '../../src/image/replay'
import { sourceOf } from '../support/rows'

function counted(bytes: Uint8Array, chunk: number): ByteSource & { opened: number[] } {
  const opened: number[] = []
  const source = sourceOf(bytes, chunk)
  const open = (at = 0) => {
    opened.push(at)
    return source.open(at)
  }
  return { size: source.size, opened, open }
}

async function read(source: ByteSource, most = Infinity, offset?: number): Promise<number[]> {
  const reader = (await source.open(offset)).getReader()
  const got: number[] = []
  while (got.length < most) {
    const { done, value } = await reader.read()
    if (done) return got
    got.push(...value)
  }
  await reader.cancel()
  return got
}

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)

describe('a replayed source', () => {
  it('is fetched once where the first read stopped early', async () => {
    const source = counted(bytes, 100)
    const replay = makeReplay(source)
    expect((await read(replay, 250)).length).toBe(300)
    expect(await read(replay)).toEqual([...bytes])
    expect(source.opened).toEqual([0])
    expect(await read(replay)).toEqual([...bytes])
    expect(source.opened).toEqual([0, 0])
  })

  it('is fetched anew from elsewhere', async () => {
    const source = counted(bytes, 100)
    const replay = makeReplay(source)
    await read(replay, 100)
    expect(await read(replay, Infinity, 900)).toEqual([...bytes.subarray(900)])
    expect(await read(replay)).toEqual([...bytes])
    expect(source.opened).toEqual([0, 900])
  })

  it('is fetched anew where too much would have to be kept', async () => {
    const large = new Uint8Array(600_000).fill(7)
    const source = counted(large, 100_000)
    const replay = makeReplay(source)
    await read(replay, 590_000)
    expect((await read(replay)).length).toBe(600_000)
    expect(source.opened).toEqual([0, 0])
  })

  it('lets go of what it holds', async () => {
    let cancelled = false
    const replay = makeReplay({
      size: 10,
      open: async () =>
        new ReadableStream({
          pull: (controller) => controller.enqueue(Uint8Array.of(1)),
          cancel: () => void (cancelled = true),
        }),
    })
    await read(replay, 3)
    expect(cancelled).toBe(false)
    await replay.close()
    expect(cancelled).toBe(true)
  })
})
