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

/** Assets `folder/0…`, one at each path, with an original, a variant, an alias, a label and a tag, without objects. */
async function crowd(DB, folder, count) {
  for (let from = 0; from < count; from += CHUNK) {
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL
      SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(count, from + CHUNK)})`
    const added = `FROM assets WHERE path IN (SELECT '${folder}/' || i FROM n)`
    const variant = (place, key, transformation) =>
      `INSERT INTO variants (id, asset_id, canonical_key, transformation, bucket, key, size, etag, attributes,
        created_at, last_accessed_at) ${numbers} SELECT (id << 20) + ${place}, id, '${key}', ${transformation},
        'assets', lower(hex(randomblob(16))) || '.webp', 9, lower(hex(randomblob(16))), '${header}', 0, 0 ${added}`
    await DB.batch(
      [
        `INSERT INTO assets (path, entry_id, source, created_at, modified_at)
          ${numbers} SELECT '${folder}/' || i, 0, 'upload', i, i FROM n`,
        variant(0, '', 'NULL'),
        variant(1, 'w=256&h=175&format=webp', `'${settled}'`),
        `INSERT INTO variant_aliases (id, asset_id, request_key, variant_id)
          ${numbers} SELECT id << 20, id, 'w=256&format=webp', (id << 20) + 1 ${added}`,
        `INSERT INTO labels (asset_id, key, value, path, entry_id, modified_at)
          ${numbers} SELECT id, 'kind', 'photo', path, entry_id, modified_at ${added}`,
        `INSERT INTO tags (asset_id, position, tag) ${numbers} SELECT id, 0, 'holiday' ${added}`,
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
  for (const [rows, left] of [
    ["assets WHERE path >= 'doomed/' AND path < 'doomed0'", 0],
    ['variants', 2 * FEW],
    ['variant_aliases', FEW],
    ['labels', FEW],
    ['tags', FEW],
  ]) {
    if ((await count(rows)) !== left) throw new Error(`${rows}: ${await count(rows)} are left, not ${left}`)
  }
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
