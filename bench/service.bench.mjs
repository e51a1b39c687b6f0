// The service's hot paths against bare Workers that make the same D1 and R2 calls, in one workerd,
// the order alternating: a variant hit, an edge-cache hit, a store.
import { compare, machine, once, table } from './support/compare.mjs'
import { photograph } from './support/pictures.mjs'
import { answer, serveService, storeForm } from './support/service.mjs'

const { service, bare, stop } = await serveService()
try {
  const at = (path) => new URL(path, service)
  const photo = await (await photograph(1200, 900)).jpeg({ quality: 85 }).toBuffer()
  await answer(at('/assets/bench/photo'), { method: 'POST', body: storeForm(photo) }, 201)
  const variant = '/assets/bench/photo/-/content?w=256&format=webp'
  await answer(at(variant))
  // The variant is stored behind its first answer.
  await new Promise((done) => setTimeout(done, 1000))
  const { variants } = JSON.parse(new TextDecoder().decode(await answer(at('/assets/bench/photo/-/info'))))
  const key = encodeURIComponent(variants.find(({ isOriginalVariant }) => !isOriginalVariant).storeKey)

  const rounds = { rounds: 400, warmup: 50 }
  const rows = []
  const add = (name, goal, { ours, theirs }) => {
    const ratio = (ours.median / theirs.median).toFixed(2)
    rows.push([name, `${ours.median.toFixed(2)} ms`, `${theirs.median.toFixed(2)} ms`, ratio, goal])
  }
  add(
    'variant hit : R2 get',
    '–',
    await compare(
      { ours: () => answer(at(variant)), theirs: () => answer(new URL(`/object?key=${key}`, bare)) },
      rounds,
    ),
  )
  add(
    'variant hit : D1 query and R2 get',
    '≤ 1.25',
    await compare(
      {
        ours: () => answer(at(variant)),
        theirs: () => answer(new URL(`/hit?path=bench/photo&key=${key}`, bare)),
      },
      rounds,
    ),
  )
  await answer(at('/assets/cached/photo'), { method: 'POST', body: storeForm(photo) }, 201)
  add(
    'edge-cache hit : caches.default',
    '≤ 1.15',
    await compare(
      {
        ours: () => answer(at('/assets/cached/photo/-/content?w=256&format=webp')),
        theirs: () => answer(new URL(`/cache?key=${key}`, bare)),
      },
      rounds,
    ),
  )
  add(
    'store : R2 put and D1 batch',
    '≤ 1.5',
    await compare(
      {
        ours: () => answer(at('/assets/bench/stored'), { method: 'POST', body: storeForm(photo) }, 201),
        theirs: () => answer(new URL('/store?path=bench/stored', bare), { method: 'POST', body: photo }, 201),
      },
      { rounds: 60, warmup: 10 },
    ),
  )
  console.log(`${machine()}; JPEG of ${photo.length} bytes${once ? ' (one round)' : ''}\n`)
  table(['service : bare Worker', 'service p50', 'bare p50', 'ratio', 'goal'], rows)
} finally {
  await stop()
}
