// What many assets cost: a fetch among 1,000,000 against one among 1,000, in one run, and the
// recursive delete of 100,000 with the sweeps that remove their objects.
import { compare, machine, once, table, time } from './support/compare.mjs'
import { migrate } from './support/service.mjs'
import { bundle, serve } from './support/worker.mjs'

const FEW = 1000
const MANY = once ? 20_000 : 1_000_000
const DELETED = once ? 10_000 : 100_000
const CHUNK = 50_000

const modules = bundle('wrangler.toml', 'service')
const worker = (name) => ({
  name,
  modules,
  d1Databases: { DB: `scale-${name}` },
  r2Buckets: { ASSETS: `scale-${name}`, PRIVATE: 'private' },
  bindings: { AUTH_MODE: 'open', PUBLIC_URL: 'http://localhost' },
  queueProducers: { VARIANTS: 'variants' },
})

const header = JSON.stringify({ format: 'webp', width: 2560, height: 1752, pageCount: 1, loop: 0 })

const settled = JSON.stringify({
  ...{ width: 256, height: 175, fit: 'fit', gravity: 'center', format: 'webp', orient: false, rotate: 0 },
  ...{ flip: 'none', filter: 'none', blur: 0, quality: 80, padding: 0, paddingColor: null, strip: [] },
  colorSpace: 'origin',
})

/** Assets `folder/0…`, one at each path, with an original, a variant and a label, without objects. */
async function crowd(DB, folder, count) {
  for (let from = 0; from < count; from += CHUNK) {
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL
      SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(count, from + CHUNK)})`
    const added = `FROM assets WHERE path IN (SELECT '${folder}/' || i FROM n)`
    await DB.batch(
      [
        `INSERT INTO assets (path, entry_id, source, created_at, modified_at)
          ${numbers} SELECT '${folder}/' || i, 0, 'upload', i, i FROM n`,
        ...[
          ['', 'NULL'],
          ['w=256&h=175&format=webp', `'${settled}'`],
        ].map(
          ([
            key,
            transformation,
          ]) => `INSERT INTO variants (asset_id, canonical_key, transformation, bucket, key, size, etag, attributes,
            created_at, last_accessed_at) ${numbers} SELECT id, '${key}', ${transformation}, 'assets',
            lower(hex(randomblob(16))) || '.webp', 9, 'e', '${header}', 0, 0 ${added}`,
        ),
        `INSERT INTO labels (asset_id, key, value, path, entry_id, modified_at)
          ${numbers} SELECT id, 'kind', 'photo', path, entry_id, modified_at ${added}`,
      ].map((sql) => DB.prepare(sql)),
    )
  }
}

const { miniflare, stop } = await serve([worker('few'), worker('many')])
try {
  const urls = {}
  for (const [name, count] of [
    ['few', FEW],
    ['many', MANY],
  ]) {
    await migrate(miniflare, name)
    await crowd((await miniflare.getBindings(name)).DB, 'crowd', count)
    urls[name] = await miniflare.unsafeGetDirectURL(name)
  }
  const answer = async (name, path, init) => {
    const response = await fetch(new URL(`/assets/${path}`, urls[name]), init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`)
  }
  const rows = []
  for (const [what, suffix] of [
    ['newest at a path', ''],
    ['last modified', '/-/modified'],
    ['with a label', '?kind=photo'],
    ['info', '/-/info'],
  ]) {
    const one = (name, count) => () => answer(name, `crowd/${Math.floor(Math.random() * count)}${suffix}`)
    const { few, many } = await compare(
      { few: one('few', FEW), many: one('many', MANY) },
      { rounds: 300, warmup: 50 },
    )
    const ms = ({ median }) => `${median.toFixed(2)} ms`
    rows.push([what, ms(few), ms(many), (many.median / few.median).toFixed(2), '≤ 1.2'])
  }
  console.log(`${machine()}${once ? ' (small)' : ''}\n`)
  table(['fetch', `of ${FEW}`, `of ${MANY}`, 'ratio', 'goal'], rows)

  const { DB } = await miniflare.getBindings('few')
  await crowd(DB, 'doomed', DELETED)
  const took = await time(() => answer('few', 'doomed/-/recursive', { method: 'DELETE' }))
  const count = async (of) => (await DB.prepare(`SELECT count(*) AS n FROM ${of}`).first()).n
  if ((await count("assets WHERE path >= 'doomed/' AND path < 'doomed0'")) > 0)
    throw new Error('assets are left')
  let sweeps = 0
  const swept = await time(async () => {
    while ((await count('outbox')) > 0) {
      if (++sweeps > 60) throw new Error('objects are left')
      await (await miniflare.getWorker('few')).scheduled({ cron: '* * * * *' })
    }
  })
  console.log('')
  table(
    ['recursive delete of', 'answer', 'goal', 'objects gone after'],
    [[`${DELETED} assets`, `${took.toFixed(0)} ms`, '< 2000 ms', `${sweeps} sweeps, ${swept.toFixed(0)} ms`]],
  )
} finally {
  await stop()
}
