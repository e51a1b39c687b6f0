// How often a render lets the event loop run: rarely while nobody waits, often once a request has come.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { breathe, breathing, renderBegins, requestCame } from '../../src/image/breathe'
import type { RowReader } from '../../src/image/rows'

const wait = vi.spyOn(scheduler, 'wait')

/** Breaths in `units` of work, done in steps of 100,000. */
async function breaths(units: number): Promise<number> {
  const before = wait.mock.calls.length
  for (let done = 0; done < units; done += 100_000) await breathe(100_000)
  return wait.mock.calls.length - before
}

beforeEach(async () => {
  // Turns that an earlier test left are taken.
  await breaths(40_000_000)
  renderBegins('background')
})
afterEach(() => vi.useRealTimers())

it('is rare while a render is alone', async () => {
  expect(await breaths(1_900_000)).toBe(0)
  expect(await breaths(10_000_000)).toBe(5)
})

it('is frequent for some turns after a request has come', async () => {
  requestCame()
  expect(await breaths(3_600_000)).toBe(6)
  expect(await breaths(10_000_000)).toBe(5)
})

it('is not made frequent by the request that waits for the render', async () => {
  requestCame()
  renderBegins('interactive')
  expect(await breaths(10_000_000)).toBe(5)
  requestCame()
  renderBegins('background')
  expect(await breaths(3_600_000)).toBe(6)
})

it('forgets requests of long ago', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  requestCame()
  vi.setSystemTime(Date.now() + 1000)
  expect(await breaths(10_000_000)).toBe(5)
})

it('counts what a decoder passes over, and ends where the request has gone', async () => {
  const rows = (): RowReader => {
    let left = 40
    return {
      width: 100,
      height: 640,
      bands: 3,
      read: async () => (left-- > 0 ? { pointer: 0, count: 16, stride: 300 } : null),
      close: async () => {},
    }
  }
  const before = wait.mock.calls.length
  const reader = breathing(rows(), 'webp', 8)
  while (await reader.read());
  // 64,000 pixels, each in place of 64: more than ten million units, in 40 strips.
  expect(wait.mock.calls.length - before).toBe(5)
  const gone = breathing(rows(), 'jpg', 1, { signal: AbortSignal.abort(new Error('gone')) })
  await expect(gone.read()).rejects.toThrow('gone')
})
