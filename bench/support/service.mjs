// The service as deployed (the bundle of wrangler.toml) with embedded D1 and R2, for the benchmarks.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, root, serve } from './worker.mjs'

const storage = { d1Databases: { DB: 'bench' }, r2Buckets: { ASSETS: 'assets', PRIVATE: 'private' } }

/** Applies migrations/ to the embedded database. */
export async function migrate(miniflare, worker) {
  const { DB } = await miniflare.getBindings(worker)
  const folder = join(root, 'migrations')
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  for (const file of files.sort()) {
    for (const statement of readFileSync(join(folder, file), 'utf8').split('--> statement-breakpoint')) {
      await DB.prepare(statement).run()
    }
  }
}

/**
 * Serves the service, and beside it the bare Worker that shares its D1 and R2.
 * @returns {Promise<{ service: URL, bare: URL, miniflare: object, inspector: URL, stop(): Promise<void> }>}
 */
export async function serveService() {
  const workers = [
    {
      name: 'service',
      modules: bundle('wrangler.toml', 'service', [
        '--alias',
        `#konifer-config:${join(root, 'bench', 'worker', 'konifer.config.ts')}`,
      ]),
      ...storage,
      bindings: { AUTH_MODE: 'open', PUBLIC_URL: 'http://localhost' },
      queueProducers: { VARIANTS: 'variants' },
      queueConsumers: { variants: { maxBatchSize: 5, maxBatchTimeout: 1 } },
    },
    { name: 'bare', modules: bundle('bench/worker/bare.toml', 'bare'), ...storage },
  ]
  const { miniflare, inspector, stop } = await serve(workers)
  await migrate(miniflare, 'service')
  return {
    service: await miniflare.unsafeGetDirectURL('service'),
    bare: await miniflare.unsafeGetDirectURL('bare'),
    miniflare,
    inspector,
    stop,
  }
}

/** A multipart body that stores `picture`. */
export function storeForm(picture, metadata = {}) {
  const body = new FormData()
  body.set('metadata', JSON.stringify(metadata))
  body.set('asset', new Blob([picture]), 'picture')
  return body
}

/** The answer's bytes; throws where the status is another than expected. */
export async function answer(url, init, status = 200) {
  const response = await fetch(url, init)
  const body = new Uint8Array(await response.arrayBuffer())
  if (response.status !== status) {
    throw new Error(`${url}: ${response.status} ${new TextDecoder().decode(body.slice(0, 300))}`)
  }
  return body
}
