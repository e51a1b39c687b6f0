import { describe, expect, it } from 'vitest'
import { type Lease, MemoryBudget } from '../../src/image/budget'

/** A job that runs until it is told to end. */
function held() {
  let end = () => {}
  const job = () => new Promise<void>((resolve) => (end = resolve))
  return { job, end: () => end() }
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 1))
const limits = { bytes: 100, queue: 3, waitMs: 1000 }

describe('the memory budget', () => {
  it('runs what fits at once, and the rest in the order it came', async () => {
    const budget = new MemoryBudget(limits)
    const first = held()
    const order: string[] = []
    const a = budget.run(60, first.job)
    const b = budget.run(60, async () => void order.push('b'))
    // Would fit beside the first, but b was there before.
    const c = budget.run(30, async () => void order.push('c'))
    await soon()
    expect([budget.used, budget.waiting, order]).toEqual([60, 2, []])
    first.end()
    await Promise.all([a, b, c])
    expect([order, budget.used, budget.waiting]).toEqual([['b', 'c'], 0, 0])
  })

  it('takes room back from a running job, and lets others in', async () => {
    const budget = new MemoryBudget(limits)
    const first = held()
    let lease: Lease | undefined
    const a = budget.run(90, (its) => {
      lease = its
      return first.job()
    })
    let ran = false
    const b = budget.run(60, async () => void (ran = true))
    lease!.keep(50)
    await soon()
    expect([budget.used, ran]).toEqual([50, false])
    // Never more than it holds.
    lease!.keep(80)
    expect(budget.used).toBe(50)
    lease!.keep(40)
    await b
    expect([budget.used, ran]).toEqual([40, true])
    first.end()
    await a
    expect(budget.used).toBe(0)
  })

  it('refuses what can never fit', async () => {
    await expect(new MemoryBudget(limits).run(101, async () => 1)).rejects.toMatchObject({
      kind: 'too-large',
    })
  })

  it('refuses when the queue is full', async () => {
    const budget = new MemoryBudget({ ...limits, queue: 1 })
    const first = held()
    const a = budget.run(100, first.job)
    const b = budget.run(1, async () => 'b')
    await expect(budget.run(1, async () => 'c')).rejects.toMatchObject({ kind: 'busy' })
    first.end()
    await a
    expect(await b).toBe('b')
  })

  it('gives up after a time, and lets those behind go on', async () => {
    const budget = new MemoryBudget({ ...limits, waitMs: 20 })
    const first = held()
    const a = budget.run(60, first.job)
    await expect(budget.run(60, async () => 'b')).rejects.toMatchObject({ kind: 'busy' })
    expect(await budget.run(40, async () => 'c')).toBe('c')
    first.end()
    await a
    expect(budget.used).toBe(0)
  })

  it('leaves the queue when the request is gone', async () => {
    const budget = new MemoryBudget(limits)
    const first = held()
    const a = budget.run(100, first.job)
    const gone = new AbortController()
    const b = budget.run(100, async () => 'b', gone.signal)
    const c = budget.run(100, async () => 'c')
    gone.abort(new Error('gone'))
    await expect(b).rejects.toThrow('gone')
    first.end()
    await a
    expect(await c).toBe('c')
  })

  it('gives the room back when a job fails', async () => {
    const budget = new MemoryBudget(limits)
    const failing = async () => {
      throw new Error('no')
    }
    await expect(budget.run(100, failing)).rejects.toThrow('no')
    expect(await budget.run(100, async () => 'next')).toBe('next')
  })
})
