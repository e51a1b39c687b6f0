// A context for the services' tests: own clock, own configuration, faults on demand, and behind-work
// that can be awaited.
import { env } from 'cloudflare:workers'
import { parseConfig } from '../../src/config/config'
import type { ConfigInput } from '../../src/config/schema'
import type { Context } from '../../src/services/context'
import { makeBuckets } from '../../src/store/objects'
import { openStore } from '../../src/store/store'
import { encoded } from '../support/oracle'

/** Called around each call to D1 or R2, by name; what it throws, the call throws. */
export type Fault = (call: string) => void | Promise<void>

export interface TestContext extends Context {
  /** Waits for all work behind answers. */
  settled(): Promise<void>
  time: number
  /** Events logged as warn or error. */
  readonly logged: string[]
  /** Every call to D1 and R2, in order. */
  readonly calls: string[]
}

const configOf = (input: ConfigInput) =>
  parseConfig({ buckets: { assets: 'ASSETS', private: 'PRIVATE' }, ...input }, { ...env })
const plainConfig = configOf({})

export function makeTestContext(
  options: {
    config?: ConfigInput
    fault?: Fault
    after?: Fault
    fetch?: typeof fetch
    signal?: AbortSignal
  } = {},
): TestContext {
  const config = options.config === undefined ? plainConfig : configOf(options.config)
  const pending: Promise<unknown>[] = []
  const logged: string[] = []
  const calls: string[] = []
  const hook: Hook = {
    before(call) {
      calls.push(call)
      return options.fault?.(call)
    },
    after: options.after ?? (() => {}),
  }
  const wrapped = { ...env, DB: faultyD1(env.DB, hook), ASSETS: faulty('r2', env.ASSETS, hook) }
  const context: TestContext = {
    env: wrapped,
    config,
    store: openStore(wrapped.DB),
    buckets: makeBuckets(wrapped, config.buckets),
    waitUntil: (work) => void pending.push(work),
    now: () => context.time,
    fetch: options.fetch ?? (() => Promise.reject(new Error('no fetch in this test'))),
    log: (level, event) => void (level !== 'info' && logged.push(event)),
    ...(options.signal && { signal: options.signal }),
    time: Date.UTC(2026, 1, 12),
    logged,
    calls,
    async settled() {
      while (pending.length > 0) await Promise.all(pending.splice(0))
    },
  }
  return context
}

export interface Hook {
  before: Fault
  after: Fault
}

/** D1 and both buckets with faults around each call, for an application of its own. */
export function faultyStorage(hook: Hook) {
  return {
    DB: faultyD1(env.DB, hook),
    ASSETS: faulty('r2', env.ASSETS, hook),
    PRIVATE: faulty('r2', env.PRIVATE, hook),
  }
}

/** An object whose methods call the hook before and after; what they return is wrapped alike. */
function faulty<T extends object>(name: string, target: T, hook: Hook): T {
  return new Proxy(target, {
    get(_, property) {
      const value = Reflect.get(target, property, target) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const call = `${name}.${String(property)}`
        // Resuming an upload is no call to R2 yet.
        if (property === 'resumeMultipartUpload')
          return faulty(name, value.apply(target, args) as object, hook)
        return (async () => {
          await hook.before(call)
          const result = (await value.apply(target, args)) as unknown
          await hook.after(call)
          return property === 'createMultipartUpload' ? faulty(name, result as object, hook) : result
        })()
      }
    },
  })
}

/** Sessions and statements of a database, with the hook around what goes to it. */
function faultyD1(db: D1Database, hook: Hook): D1Database {
  const around = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    await hook.before(call)
    const result = await work()
    await hook.after(call)
    return result
  }
  const statement = (inner: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(inner, {
      get(_, property) {
        if (property === 'inner') return inner
        const value = Reflect.get(inner, property, inner) as (...args: unknown[]) => unknown
        if (property === 'bind') return (...args: unknown[]) => statement(inner.bind(...args))
        return (...args: unknown[]) => around('d1.query', async () => value.apply(inner, args))
      },
    })
  return {
    withSession(start: string) {
      const session = db.withSession(start)
      return {
        prepare: (query: string) => statement(session.prepare(query)),
        batch: (list: (D1PreparedStatement & { inner: D1PreparedStatement })[]) =>
          around('d1.batch', () => session.batch(list.map((item) => item.inner))),
        getBookmark: () => session.getBookmark(),
      }
    },
  } as unknown as D1Database
}

/** A picture that libvips made. */
export async function picture(
  format: 'png' | 'jpeg' | 'webp' | 'gif',
  width = 4,
  height = 3,
): Promise<Uint8Array> {
  const create = { width, height, channels: 3, background: '#336699' }
  return (await encoded(null, [[format]], { create })).data
}

/** A PNG of any length: its header and a filling chunk, of which no picture decoder needs to know. */
export function longPng(start: Uint8Array, bytes: number): Uint8Array {
  const long = new Uint8Array(bytes)
  long.set(start)
  // Not compressible, so that it is told apart from zeros.
  for (let at = start.length; at < bytes; at += 4) long[at] = (at * 2654435761) >>> 24
  return long
}

const encoder = new TextEncoder()

/** A part of a form: its name, its content and whatever else its headers say. */
export type Part = [name: string, content: string | Uint8Array, headers?: string]

/** A multipart/form-data body in chunks, with its content type. */
export function form(parts: Part[], chunkBytes = 1000, end = '--\r\n') {
  const pieces = parts.flatMap(([name, content, headers = '']) => [
    encoder.encode(`--edge\r\nContent-Disposition: form-data; name="${name}"${headers}\r\n\r\n`),
    typeof content === 'string' ? encoder.encode(content) : content,
    encoder.encode('\r\n'),
  ])
  pieces.push(encoder.encode(`--edge${end}`))
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return { stream: streamOf(whole, chunkBytes), contentType: 'multipart/form-data; boundary=edge' }
}

/** Bytes as a stream that is read chunk by chunk. */
export function streamOf(
  bytes: Uint8Array,
  chunkBytes: number,
  failAt = Infinity,
): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= failAt) return controller.error(new Error('Network connection lost.'))
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, (at += chunkBytes)))
    },
  })
}

/** Keys in a bucket. */
export async function keysIn(bucket: R2Bucket = env.ASSETS): Promise<string[]> {
  return (await bucket.list()).objects.map((object) => object.key)
}

/** Rows of a table. */
export async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results
}
