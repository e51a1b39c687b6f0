import { expect, it } from 'vitest'
import { drain } from '../../src/middleware/drain'
import { makeClient } from '../routes/support'

const CHUNK = 64 * 1024

/** A body of `chunks`, and what became of it. */
function body(chunks: number, first: Uint8Array = new Uint8Array(0)) {
  const state = { pulled: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (state.pulled === chunks) return controller.close()
        controller.enqueue(state.pulled++ === 0 && first.length > 0 ? first : new Uint8Array(CHUNK))
      },
      cancel: () => void (state.cancelled = true),
    },
    { highWaterMark: 0 },
  )
  return { stream, state }
}

const form = { 'Content-Type': 'multipart/form-data; boundary=b' }
const part = new TextEncoder().encode('--b\r\nContent-Disposition: form-data; name="asset"\r\n\r\n')

it.each<[string, string, number, RequestInit]>([
  ['that is no picture', '/assets/drained', 400, { method: 'POST', headers: form }],
  ['with selectors', '/assets/drained/-/new', 400, { method: 'POST', headers: form }],
  ['of another type', '/assets/drained', 415, { method: 'POST', headers: { 'Content-Type': 'text/html' } }],
  [
    'of JSON that is too long',
    '/assets/drained/-/entry/0',
    400,
    { method: 'PUT', headers: { 'Content-Type': 'application/json' } },
  ],
  ['of a method that is none here', '/assets/drained', 405, { method: 'PATCH' }],
])('a refused body %s is read to its end', async (_, path, status, init) => {
  const { stream, state } = body(40, part)
  const response = await makeClient().fetch(path, { ...init, body: stream })
  expect(response.status).toBe(status)
  expect(state).toEqual({ pulled: 40, cancelled: false })
})

it('a body without end is cut off', async () => {
  const { stream, state } = body(Number.POSITIVE_INFINITY)
  await drain(stream, 10 * CHUNK)
  expect(state).toEqual({ pulled: 11, cancelled: true })
})

it('a body that stalls is cut off', async () => {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) })
  await drain(stream, 10 * CHUNK, 20)
  expect(cancelled).toBe(true)
})

it('a sender that hangs up does not matter', async () => {
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error('Network connection lost.')),
  })
  await expect(drain(stream)).resolves.toBeUndefined()
})
