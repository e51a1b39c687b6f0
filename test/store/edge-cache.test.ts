import { afterEach, describe, expect, it, vi } from 'vitest'
import { EdgeCache, makeEdgeMemory } from '../../src/store/edge-cache'

let bases = 0
afterEach(() => vi.restoreAllMocks())

/** Isolates of one data centre: one Cache API, each its own memory. */
function isolates(checkEveryMs = 0): [EdgeCache, EdgeCache] {
  const base = `https://edge.example/${bases++}`
  const make = () => new EdgeCache(caches.default, base, makeEdgeMemory(), checkEveryMs)
  return [make(), make()]
}

const answer = (text = 'kept') => new Response(text, { headers: { 'X-Own': 'yes' } })

async function keep(edge: EdgeCache, path: string, text?: string) {
  const { tokens } = await edge.find(path, 'k')
  await edge.put(path, 'k', await edge.settle(path, tokens), answer(text), 60)
}

async function textOf(edge: EdgeCache, path: string, key = 'k'): Promise<string | null> {
  const { answer } = await edge.find(path, key)
  return answer ? answer.text() : null
}

describe('EdgeCache', () => {
  it('keeps an answer for its path and key', async () => {
    const [one, other] = isolates()
    await keep(one, 'a/b')
    expect(await textOf(other, 'a/b')).toBe('kept')
    expect(await textOf(other, 'a/b', 'other')).toBeNull()
    expect(await textOf(other, 'a')).toBeNull()
    expect((await one.find('a/b', 'k')).answer?.headers.get('X-Own')).toBe('yes')
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
    const { tokens } = await reader.find('race', 'k')
    const settled = await reader.settle('race', tokens)
    // Here the reader has read old data; then:
    await writer.invalidatePath('race')
    await reader.put('race', 'k', settled, answer('old'), 60)
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

  it('looks at the epoch as seldom as it is told to, its own writes aside', async () => {
    const [one, other] = isolates(5000)
    await keep(one, 'seldom')
    await other.invalidatePath('seldom')
    expect(await textOf(one, 'seldom')).toBe('kept')
    expect(await textOf(other, 'seldom')).toBeNull()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 5001)
    expect(await textOf(one, 'seldom')).toBeNull()
  })
})
