// Every query of the fetch path runs on an index, in the index's order: no scan, no sort of more than
// the rows that are answered.
import { env } from 'cloudflare:workers'
import { type SQL, sql } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { beforeAll, expect, it } from 'vitest'
import { dueQuery } from '../../src/store/outbox'
import { formOf, pickIds, pickSubtree } from '../../src/store/pick'
import { recordQueries, variantQuery } from '../../src/store/read'
import { nextRow } from '../../src/store/rows'
import { variants } from '../../src/store/schema'
import { addAsset, store } from './support'

const crowd = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)'

/** Rows enough for an index to be worth it, and the planner's statistics. */
beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare(`INSERT INTO assets (path, entry_id, source, created_at, modified_at)
      ${crowd} SELECT 'crowd/' || (i % 100), i, 'upload', i, i FROM n`),
    env.DB.prepare(`INSERT INTO variants (id, asset_id, canonical_key, bucket, key, size, etag, attributes,
      created_at, last_accessed_at, expires_at)
      SELECT id << 20, id, '', 'assets', id, 1, 'e', '{}', 0, 0, id FROM assets`),
    env.DB.prepare(`INSERT INTO labels (asset_id, key, value, path, entry_id, modified_at)
      SELECT id, 'n', id, path, entry_id, modified_at FROM assets`),
    env.DB.prepare("INSERT INTO tags (asset_id, position, tag) SELECT id, 0, 't' FROM assets"),
    env.DB.prepare(`INSERT INTO outbox (bucket, key, not_before) ${crowd} SELECT 'b', i, i FROM n`),
    env.DB.prepare(`INSERT INTO uploads (bucket, key, started_at) ${crowd} SELECT 'b', i, i FROM n`),
  ])
  for (let n = 0; n < 20; n++)
    await addAsset(`plan/${n % 3}`, { labels: { n: `${n}`, all: 'y' }, tags: ['t'] })
  await env.DB.exec('ANALYZE')
})

async function planOf(query: { sql: string; params: unknown[] }): Promise<string[]> {
  const rows = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query.sql}`)
    .bind(...query.params)
    .all<{ detail: string }>()
  return rows.results.map((row) => row.detail)
}

const dialect = new SQLiteAsyncDialect()
const planOfSql = (query: SQL) => planOf(dialect.sqlToQuery(query))

/** No step reads a table or an index from end to end, but for JSON given as a parameter. */
function expectSeeks(plan: string[]): void {
  const scans = plan.filter((step) => /^SCAN (?!.*(VIRTUAL TABLE|CONSTANT|\(subquery))/.test(step))
  expect(scans.filter((step) => !/^SCAN w\b|json_each/.test(step))).toEqual([])
}

const labels = { all: 'y', n: '7' }
const orders = [
  ['newest', { path: 'plan/1' }, 'assets_path_entry'],
  ['modified', { path: 'plan/1', order: 'modified' }, 'assets_path_modified'],
  ['entry', { path: 'plan/1', entryId: 3 }, 'assets_path_entry'],
  ['entry with labels', { path: 'plan/1', entryId: 3, labels }, 'assets_path_entry'],
  ['newest with labels', { path: 'plan/1', labels }, 'labels_new'],
  ['modified with labels', { path: 'plan/1', order: 'modified', labels }, 'labels_modified'],
] as const

it.each(orders)('seeks the %s', async (_, query, index) => {
  for (const limit of [1, 20, -1]) {
    const plan = await planOfSql(pickIds(query, limit))
    expectSeeks(plan)
    expect(plan[0]).toMatch(new RegExp(`^SEARCH a USING (COVERING )?INDEX ${index} \\(`))
    expect(plan.join('\n')).not.toContain('TEMP B-TREE')
  }
})

it.each(orders.filter(([, query]) => !('entryId' in query)))(
  'seeks the next page of the %s',
  async (_, query, index) => {
    const plan = await planOfSql(pickIds(query, 20, { entryId: 9, modifiedAt: 9 }))
    expectSeeks(plan)
    expect(plan[0]).toMatch(new RegExp(`^SEARCH a USING (COVERING )?INDEX ${index} \\(.*<\\(?\\?`))
    expect(plan.join('\n')).not.toContain('TEMP B-TREE')
  },
)

it.each(orders)('finds asset, original and variant of the %s in one statement', async (_, query, index) => {
  const statement = variantQuery(formOf(query))
  const plan = await planOf({ sql: statement.sql, params: statement.params.map(() => '1') })
  expectSeeks(plan)
  const text = plan.join('\n')
  expect(text).not.toContain('TEMP B-TREE')
  expect(text).toContain(`INDEX ${index}`)
  expect(text).toContain('SEARCH assets USING INTEGER PRIMARY KEY')
  expect(text).toMatch(/SEARCH originals USING INTEGER PRIMARY KEY/)
  expect(text).toMatch(
    /SEARCH variant_aliases USING INDEX variant_aliases_request \(asset_id=\? AND request_key=\?\)/,
  )
  expect(text).toMatch(/SEARCH variants USING INTEGER PRIMARY KEY/)
})

it.each(orders)('lists the %s', async (_, query, index) => {
  for (const statement of recordQueries(store, pickIds(query, 5))) {
    const plan = await planOf(statement.toSQL())
    expectSeeks(plan)
    expect(plan.join('\n')).toContain(`INDEX ${index}`)
  }
})

it('selects a subtree by two ranges of the path', async () => {
  for (const [filter, there, below] of [
    [{}, 'COVERING INDEX \\w+ \\(path=\\?\\)', 'COVERING INDEX \\w+ \\(path>\\? AND path<\\?\\)'],
    [
      labels,
      'INDEX \\w+ \\(path=\\? AND key=\\? AND value=\\?\\)',
      'INDEX labels_\\w+ \\(path>\\? AND path<\\?\\)',
    ],
  ] as const) {
    const plan = await planOfSql(pickSubtree('plan', filter))
    expectSeeks(plan)
    expect(plan.join('\n')).toMatch(new RegExp(`SEARCH a USING ${there}`))
    expect(plan.join('\n')).toMatch(new RegExp(`SEARCH a USING ${below}`))
  }
})

it('deletes by seeks alone', async () => {
  const ids = pickIds({ path: 'plan/1' }, 5)
  for (const table of ['variants', 'variant_aliases', 'tags', 'labels'].map((name) => sql.raw(name))) {
    const plan = await planOfSql(sql`DELETE FROM ${table} WHERE asset_id IN (${ids})`)
    expectSeeks(plan)
    expect(plan[0]).toMatch(/^SEARCH \w+ USING (COVERING )?INDEX \w+ \(asset_id=\?\)/)
  }
})

it('finds the next row of an asset by its range', async () => {
  const plan = await planOfSql(sql`SELECT ${nextRow(variants, sql`a.id`)} FROM assets a WHERE a.id = 1`)
  expect(plan).toContain('SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)')
})

it('finds what is due by its time', async () => {
  const plan = await planOf(dueQuery(store, 1, 1000).toSQL())
  expect(plan).toEqual(['SEARCH outbox USING INDEX outbox_due (not_before<?)'])
  const expired = 'SELECT id FROM variants WHERE expires_at <= 1 ORDER BY expires_at LIMIT 9'
  expect(await planOf({ sql: expired, params: [] })).toEqual([
    'SEARCH variants USING COVERING INDEX variants_expires (expires_at<?)',
  ])
  const stale = 'SELECT key FROM uploads WHERE started_at < 1 ORDER BY started_at LIMIT 9'
  expect(await planOf({ sql: stale, params: [] })).toEqual([
    'SEARCH uploads USING INDEX uploads_started (started_at<?)',
  ])
})
