// Speaks HTTP with an application of its own configuration, in workerd, over the tests' D1 and R2.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { makeApp } from '../../src/app'
import { parseConfig } from '../../src/config/config'
import type { ConfigInput } from '../../src/config/schema'
import { encoded } from '../support/oracle'

export interface Client {
  /** `path` as it stands in the URL after the origin; what is behind the answer is awaited too. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  get(path: string, headers?: HeadersInit): Promise<Response>
  /** Stores a picture and gives its asset JSON. */
  store(path: string, bytes: Uint8Array, metadata?: object): Promise<AssetJson>
  /** D1 statements and R2 calls since the last look. */
  calls(): string[]
}

export interface AssetJson {
  entryId: number
  alt?: string
  labels: Record<string, string>
  tags: string[]
  createdAt: string
  modifiedAt: string
  variants: {
    isOriginalVariant: boolean
    storeBucket: string
    storeKey: string
    attributes: Record<string, unknown>
    transformation?: Record<string, unknown>
    lqip: object
  }[]
}

export const ORIGIN = 'http://localhost:8787'

/** A client of a service with this configuration, open for writes unless it says otherwise. */
export function makeClient(input: ConfigInput = {}, secrets: Record<string, unknown> = {}): Client {
  const calls: string[] = []
  const bindings = { ...env, ...secrets, ASSETS: counted('r2', env.ASSETS, calls), DB: countedD1(calls) }
  const config = parseConfig(
    {
      auth: { mode: 'open' },
      buckets: { assets: 'ASSETS', private: 'PRIVATE' },
      observability: { requestLog: false },
      ...input,
    },
    bindings,
  )
  const app = makeApp(config)
  const client: Client = {
    async fetch(path, init = {}) {
      const execution = createExecutionContext()
      // `new Request` would resolve dot segments; a Worker gets the URL as it was sent.
      const request = rawRequest(`${ORIGIN}${path}`, init)
      const response = await app.fetch(request, bindings as unknown as Env, execution)
      // Read whole before waiting: work behind an answer may wait for its body.
      const body = response.body === null ? null : await response.arrayBuffer()
      await waitOnExecutionContext(execution)
      return new Response(body, response)
    },
    get: (path, headers = {}) => client.fetch(path, { headers }),
    async store(path, bytes, metadata = {}) {
      const response = await client.fetch(path, { method: 'POST', body: form(bytes, metadata) })
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
      return response.json()
    },
    calls: () => calls.splice(0),
  }
  return client
}

function rawRequest(url: string, init: RequestInit): Request {
  const request = new Request(url, init)
  return new Proxy(request, {
    get(target, property) {
      if (property === 'url') return url
      const value = Reflect.get(target, property, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The body of a multipart upload. */
export function form(bytes: Uint8Array, metadata: object = {}): FormData {
  const body = new FormData()
  body.append('metadata', JSON.stringify(metadata))
  body.append('asset', new Blob([bytes]), 'x')
  return body
}

function counted<T extends object>(name: string, target: T, calls: string[]): T {
  return new Proxy(target, {
    get(_, property) {
      const value = Reflect.get(target, property, target) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        calls.push(`${name}.${String(property)}`)
        return value.apply(target, args)
      }
    },
  })
}

function countedD1(calls: string[]): D1Database {
  const statement = (inner: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(inner, {
      get(_, property) {
        if (property === 'inner') return inner
        const value = Reflect.get(inner, property, inner) as (...args: unknown[]) => unknown
        if (property === 'bind') return (...args: unknown[]) => statement(inner.bind(...args))
        return (...args: unknown[]) => {
          calls.push('d1.query')
          return value.apply(inner, args)
        }
      },
    })
  return {
    prepare: (query: string) => statement(env.DB.prepare(query)),
    withSession(start: string) {
      const session = env.DB.withSession(start)
      return {
        prepare: (query: string) => statement(session.prepare(query)),
        batch(list: (D1PreparedStatement & { inner: D1PreparedStatement })[]) {
          calls.push('d1.batch')
          return session.batch(list.map((item) => item.inner))
        },
        getBookmark: () => session.getBookmark(),
      }
    },
  } as unknown as D1Database
}

/** A picture that libvips made: a gradient, so that crops and turns can be told apart. */
export async function picture(format: 'png' | 'jpeg' | 'webp', width = 60, height = 40): Promise<Uint8Array> {
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels[at++] = (255 * x) / width
      pixels[at++] = (255 * y) / height
      pixels[at++] = 128
    }
  }
  return (await encoded(pixels, [[format]], { raw: { width, height, channels: 3 } })).data
}
