// The service's hot paths against bare Workers that make the same D1 and R2 calls, in one workerd,
// the order alternating: a variant hit, an edge-cache hit, a store of a 200 kB JPEG.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compare, machine, once, table } from './support/compare.mjs'
import { photograph } from './support/pictures.mjs'
import { bundle, root, serve } from './support/worker.mjs'

const storage = { d1Databases: { DB: 'bench' }, r2Buckets: { ASSETS: 'assets', PRIVATE: 'private' } }

/** Applies migrations/ to the embedded database. */
async function migrate(miniflare, worker) {
  const { DB } = await miniflare.getBindings(worker)
  const folder = join(root, 'migrations')
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    for (const statement of readFileSync(join(folder, file), 'utf8').split('--> statement-breakpoint')) {
      await DB.prepare(statement).run()
    }
  }
}

async function answer(url, init, status = 200) {
  const response = await fetch(url, init)
  const body = new Uint8Array(await response.arrayBuffer())
  if (response.status !== status)
    throw new Error(`${url}: ${response.status} ${new TextDecoder().decode(body.slice(0, 300))}`)
  return { body, headers: response.headers }
}

const service = {
  name: 'service',
  modules: bundle('wrangler.toml', 'service'),
  ...storage,
  bindings: { AUTH_MODE: 'open', PUBLIC_URL: 'http://localhost' },
  queueProducers: { VARIANTS: 'variants' },
}
const bare = { name: 'bare', modules: bundle('bench/worker/bare.toml', 'bare'), ...storage }
const { miniflare, stop } = await serve([service, bare])
try {
  await migrate(miniflare, 'service')
  const ours = await miniflare.unsafeGetDirectURL('service')
  const theirs = await miniflare.unsafeGetDirectURL('bare')
  const at = (path) => new URL(path, ours)
  const photo = await (await photograph(1200, 900)).jpeg({ quality: 85 }).toBuffer()
  const form = () => {
    const body = new FormData()
    body.set('metadata', '{}')
    body.set('asset', new Blob([photo]), 'photo.jpg')
    return body
  }
  await answer(at('/assets/bench/photo'), { method: 'POST', body: form() }, 201)
  const variant = '/assets/bench/photo/-/content?w=256&format=webp'
  await answer(at(variant))
  await new Promise((done) => setTimeout(done, 1000))
  const { variants } = JSON.parse(
    new TextDecoder().decode((await answer(at('/assets/bench/photo/-/info'))).body),
  )
  const { storeKey } = variants.find(({ isOriginalVariant }) => !isOriginalVariant)
  const key = encodeURIComponent(storeKey)

  const rounds = { rounds: 400, warmup: 50 }
  const rows = []
  const add = (name, goal, { service, bare }) =>
    rows.push([
      name,
      `${service.median.toFixed(2)} ms`,
      `${bare.median.toFixed(2)} ms`,
      (service.median / bare.median).toFixed(2),
      goal,
    ])
  add(
    'variant hit / bare R2 get',
    '–',
    await compare(
      {
        service: () => answer(at(variant)),
        bare: () => answer(new URL(`/object?key=${key}`, theirs)),
      },
      rounds,
    ),
  )
  add(
    'variant hit / bare D1 query + R2 get',
    '≤ 1.25',
    await compare(
      {
        service: () => answer(at(variant)),
        bare: () => answer(new URL(`/hit?path=bench/photo&key=${key}`, theirs)),
      },
      rounds,
    ),
  )
  add(
    'store of a JPEG / bare R2 put + D1 batch',
    '≤ 1.5',
    await compare(
      {
        service: () => answer(at('/assets/bench/stored'), { method: 'POST', body: form() }, 201),
        bare: () => answer(new URL('/store?path=bench/stored', theirs), { method: 'POST', body: photo }, 201),
      },
      { rounds: 60, warmup: 10 },
    ),
  )
  console.log(`${machine()}; JPEG of ${photo.length} bytes${once ? ' (one round)' : ''}\n`)
  table(['path', 'service p50', 'bare p50', 'ratio', 'goal'], rows)
} finally {
  await stop()
}
