import { afterEach, describe, expect, it, vi } from 'vitest'
import { EdgeCache, type EdgeCacheOptions, type Tokens } from '../../src/store/edge-cache'

let bases = 0
afterEach(() => vi.restoreAllMocks())

/** Isolates of one data centre: one Cache API, each its own memory. */
function isolates(options: Partial<EdgeCacheOptions> = {}): [EdgeCache, EdgeCache] {
  const base = `https://edge.example/${bases++}`
  const make = () => new EdgeCache(caches.default, base, { leaseMs: 0, memoryBytes: 1 << 20, ...options })
  return [make(), make()]
}

const HOLD_MS = 10_000

async function put(edge: EdgeCache, path: string, tokens: Tokens, text: string, key = 'k') {
  const headers = new Headers({ 'X-Own': 'yes' })
  const about = {
    status: 200,
    headers,
    size: text.length,
    storedAt: Date.now(),
    facts: { entry: 7 },
  } as const
  await edge.put(edge.place(path, key), tokens, about, text, 60)
}

async function keep(edge: EdgeCache, path: string, text = 'kept') {
  const place = edge.place(path, 'k')
  const { tokens } = await edge.find(place, HOLD_MS)
  await put(edge, path, await edge.settle(place, tokens), text)
}

async function textOf(edge: EdgeCache, path: string, key = 'k'): Promise<string | null> {
  const { answer } = await edge.find(edge.place(path, key), HOLD_MS)
  return answer && new Response(answer.body).text()
}

/** Of what memory holds, without the cache's answer. */
async function heldOf(edge: EdgeCache, path: string): Promise<string | null> {
  const held = await edge.held(edge.place(path, 'k'))
  return held && new TextDecoder().decode(held.body)
}

/** Looks at the cache while `work` runs: the last parts of their URLs. */
async function looks(work: () => Promise<unknown>): Promise<string[]> {
  const match = vi.spyOn(caches.default, 'match')
  try {
    await work()
    return match.mock.calls.map(([url]) => String(url).replace(/^.*\/(tokens|answers)\//, ''))
  } finally {
    match.mockRestore()
  }
}

describe('EdgeCache', () => {
  it('keeps an answer for its path and key', async () => {
    const [one, other] = isolates()
    await keep(one, 'a/b')
    expect(await textOf(other, 'a/b')).toBe('kept')
    expect(await textOf(other, 'a/b', 'other')).toBeNull()
    expect(await textOf(other, 'a')).toBeNull()
    const { answer } = await one.find(one.place('a/b', 'k'), HOLD_MS)
    expect([...answer!.headers]).toEqual([['x-own', 'yes']])
    expect(answer).toMatchObject({ status: 200, size: 4, facts: { entry: 7 } })
  })

  it('tells paths apart that only look alike in a URL', async () => {
    const [edge] = isolates()
    await keep(edge, 'a/b?x')
    for (const path of ['a/b', 'a%2Fb?x', 'a/b%3Fx', 'A/B?x'])
      expect(await textOf(edge, path), path).toBeNull()
  })

  it('forgets a path in every isolate at once, and no other path', async () => {
    const [one, other] = isolates()
    for (const path of ['a', 'a/b', 'ab']) await keep(one, path)
    await one.invalidatePath('a')
    expect(await textOf(other, 'a')).toBeNull()
    expect(await textOf(other, 'a/b')).toBe('kept')
    expect(await textOf(other, 'ab')).toBe('kept')
  })

  it('forgets a tree', async () => {
    const [one, other] = isolates()
    for (const path of ['a', 'a/b/c', 'ab']) await keep(one, path)
    await one.invalidateTree('a')
    expect(await textOf(other, 'a')).toBeNull()
    expect(await textOf(other, 'a/b/c')).toBeNull()
    expect(await textOf(other, 'ab')).toBe('kept')
    await one.invalidateTree('')
    expect(await textOf(other, 'ab')).toBeNull()
  })

  it('forgets a tree deeper than it tells trees apart', async () => {
    const [edge] = isolates()
    const deep = 'a/b/c/d/e/f/g/h/i/j'
    await keep(edge, deep)
    await edge.invalidateTree('a/b/c/d/e/f/g/h/i')
    expect(await textOf(edge, deep)).toBeNull()
  })

  it('can not find an answer whose data was read before a write', async () => {
    const [reader, writer] = isolates()
    const place = reader.place('race', 'k')
    const settled = await reader.settle(place, (await reader.find(place, HOLD_MS)).tokens)
    // Here the reader has read old data; then:
    await writer.invalidatePath('race')
    await put(reader, 'race', settled, 'old')
    expect(await textOf(reader, 'race')).toBeNull()
    expect(await textOf(writer, 'race')).toBeNull()
  })

  it('finds answers made after a write, whatever is written elsewhere later', async () => {
    const [one, other] = isolates()
    await one.invalidatePath('x')
    await keep(one, 'x')
    for (let i = 0; i < 3; i++) {
      await other.invalidatePath(`y/${i}`)
      expect(await textOf(one, 'x')).toBe('kept')
      expect(await textOf(one, 'x')).toBe('kept')
    }
    await other.invalidatePath('x')
    expect(await textOf(one, 'x')).toBeNull()
  })
})

describe('memory', () => {
  it('makes a hit of one look at the epoch', async () => {
    const [edge] = isolates()
    await keep(edge, 'hot')
    expect(await heldOf(edge, 'hot')).toBeNull()
    expect(await textOf(edge, 'hot')).toBe('kept')
    expect(await looks(async () => expect(await heldOf(edge, 'hot')).toBe('kept'))).toEqual(['epoch'])
    expect(await looks(() => textOf(edge, 'hot'))).toEqual(['epoch'])
  })

  it('forgets what another isolate has changed, and no more', async () => {
    const [one, other] = isolates()
    for (const path of ['a', 'b']) {
      await keep(one, path)
      await textOf(one, path)
    }
    await other.invalidatePath('a')
    expect(await heldOf(one, 'a')).toBeNull()
    expect(await textOf(one, 'a')).toBeNull()
    // Its own tokens are to be compared first; then it is noted as valid.
    expect(await heldOf(one, 'b')).toBeNull()
    expect(await textOf(one, 'b')).toBe('kept')
    expect(await heldOf(one, 'b')).toBe('kept')
  })

  it('holds an answer no longer than it may be served, then finds a newer one', async () => {
    const [one, other] = isolates()
    await keep(one, 'age', 'first')
    await textOf(one, 'age')
    const place = other.place('age', 'k')
    await put(other, 'age', await other.settle(place, (await other.find(place, 0)).tokens), 'second')
    expect(await textOf(one, 'age')).toBe('first')
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + HOLD_MS)
    expect(await heldOf(one, 'age')).toBeNull()
    expect(await textOf(one, 'age')).toBe('second')
  })

  it('drops its own answer for the one that it puts', async () => {
    const [edge] = isolates()
    await keep(edge, 'own', 'first')
    await textOf(edge, 'own')
    await keep(edge, 'own', 'second')
    expect(await textOf(edge, 'own')).toBe('second')
  })

  it.each([
    ['none', { memoryBytes: 0 }, 4],
    ['no large one', { memoryBytes: 1 << 20 }, 64 * 1024],
  ])('holds %s', async (_, options, length) => {
    const [edge] = isolates(options)
    await keep(edge, 'large', 'x'.repeat(length))
    expect(await textOf(edge, 'large')).toHaveLength(length)
    expect(await heldOf(edge, 'large')).toBeNull()
  })

  it('drops the least recently used beyond its room', async () => {
    const [edge] = isolates({ memoryBytes: 160 * 1024 })
    const paths = Array.from({ length: 30 }, (_, n) => `lru/${n}`)
    for (const path of paths) {
      await keep(edge, path, 'x'.repeat(8000))
      await textOf(edge, path)
      expect(await heldOf(edge, 'lru/0')).toHaveLength(8000)
    }
    const held = []
    for (const path of paths) if (await heldOf(edge, path)) held.push(path)
    expect(held).toEqual(['lru/0', ...paths.slice(-15)])
  })
})

describe('lease', () => {
  const leaseMs = 60

  it('needs no look at all', async () => {
    const [edge] = isolates({ leaseMs })
    await keep(edge, 'hot')
    await textOf(edge, 'hot')
    const seen = await looks(async () => {
      for (let i = 0; i < 5; i++) expect(await heldOf(edge, 'hot')).toBe('kept')
    })
    expect(seen).toEqual([])
  })

  it('is taken anew behind a hit, once at a time', async () => {
    const [edge] = isolates({ leaseMs: 1000 })
    await keep(edge, 'hot')
    await textOf(edge, 'hot')
    expect(edge.lookAhead()).toBeNull()
    const later = Date.now() + 600
    const now = vi.spyOn(Date, 'now').mockReturnValue(later)
    expect(await heldOf(edge, 'hot')).toBe('kept')
    const ahead = edge.lookAhead()
    expect(ahead).not.toBeNull()
    expect(edge.lookAhead()).toBeNull()
    await ahead
    now.mockReturnValue(later + 900)
    expect(await looks(() => heldOf(edge, 'hot'))).toEqual([])
  })

  it('is waited out by a write: whoever asks once it is answered gets nothing old', async () => {
    const [reader, writer] = isolates({ leaseMs })
    let rounds = 0
    for (const path of ['w/1', 'w/2', 'w/3']) {
      await keep(reader, path)
      expect(await textOf(reader, path)).toBe('kept')
      let answered = false
      const write = writer.invalidatePath(path).then(() => {
        answered = true
      })
      // Hits all the while, which look ahead as the service's do.
      while (!answered) {
        if ((await heldOf(reader, path)) === null) await textOf(reader, path)
        await reader.lookAhead()
        await scheduler.wait(1)
        rounds++
      }
      await write
      expect(await heldOf(reader, path)).toBeNull()
      expect(await textOf(reader, path)).toBeNull()
    }
    expect(rounds).toBeGreaterThan(10)
  })

  it('would serve old answers, were it not waited out', async () => {
    const [reader, writer] = isolates({ leaseMs: 5000 })
    await keep(reader, 'early')
    await textOf(reader, 'early')
    const write = writer.invalidatePath('early')
    await scheduler.wait(50)
    expect(await heldOf(reader, 'early')).toBe('kept')
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 5000)
    expect(await heldOf(reader, 'early')).toBeNull()
    void write.catch(() => {})
  })

  it('does not outlive a clock that was set back', async () => {
    const [reader, writer] = isolates({ leaseMs })
    await keep(reader, 'clock')
    await textOf(reader, 'clock')
    await writer.invalidatePath('clock')
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000)
    expect(await heldOf(reader, 'clock')).toBeNull()
    expect(await textOf(reader, 'clock')).toBeNull()
  })

  it('keeps an answer that was made across a write from being found', async () => {
    const [reader, writer] = isolates({ leaseMs })
    await keep(reader, 'other')
    await textOf(reader, 'other')
    // Under the lease of the epoch before the write, with old data:
    const place = reader.place('race', 'k')
    const old = await reader.settle(place, (await reader.find(place, HOLD_MS)).tokens)
    await writer.invalidatePath('race')
    await put(reader, 'race', old, 'old')
    expect(await textOf(reader, 'race')).toBeNull()
    expect(await textOf(writer, 'race')).toBeNull()
    // The same, but the data was read after the write: found, though its epoch is the old one.
    await put(reader, 'race', { ...(await reader.settle(place, { epoch: old.epoch, detail: null })) }, 'new')
    expect(await textOf(reader, 'race')).toBe('new')
    expect(await textOf(writer, 'race')).toBe('new')
  })
})
