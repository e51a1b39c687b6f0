// Deleting assets: rows go and the outbox learns of their objects in one batch, whatever the number.
import { type SQL, sql } from 'drizzle-orm'
import { type AssetQuery, pickIds, pickSubtree } from './pick'
import { CHANGES, changesOf, type Store } from './store'

/** Deletes the first `limit` assets of a query (-1 for all). Returns how many there were. */
export function deleteAssets(store: Store, query: AssetQuery, limit: number, now: number): Promise<number> {
  return deletePicked(store, pickIds(query, limit), isEmpty(query.labels), now)
}

/** Deletes everything at a path and below it that carries the labels. Returns how many there were. */
export function deleteSubtree(
  store: Store,
  path: string,
  labels: Readonly<Record<string, string>>,
  now: number,
): Promise<number> {
  return deletePicked(store, pickSubtree(path, labels), isEmpty(labels), now)
}

/**
 * What hangs on the assets would go by cascade, but one statement a table takes half the time, and
 * 100,000 assets must go in one batch. Only where `ids` depends on labels are they left to the cascade.
 */
async function deletePicked(store: Store, ids: SQL, labelsFirst: boolean, now: number): Promise<number> {
  const remove = (table: SQL) => store.statement(sql`DELETE FROM ${table} WHERE asset_id IN (${ids})`)
  const results = await store.db.batch([
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT v.bucket, v.key, ${now} FROM variants v WHERE v.asset_id IN (${ids})`),
    remove(sql`variant_aliases`),
    remove(sql`variants`),
    remove(sql`tags`),
    ...(labelsFirst ? [remove(sql`labels`)] : []),
    store.statement(sql`DELETE FROM assets WHERE id IN (${ids})`),
    store.statement(CHANGES),
  ])
  return changesOf(results.at(-1)!)
}

function isEmpty(labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.keys(labels).length === 0
}

/** Deletes up to `limit` variants that have expired by `now`, earliest first. Returns how many. */
export async function deleteExpired(store: Store, now: number, limit: number): Promise<number> {
  const { db } = store
  const ids = sql`SELECT v.id FROM variants v WHERE v.expires_at <= ${now} ORDER BY v.expires_at LIMIT ${limit}`
  const [, , gone] = await db.batch([
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT bucket, key, ${now} FROM variants WHERE id IN (${ids})`),
    store.statement(sql`DELETE FROM variants WHERE id IN (${ids})`),
    store.statement(CHANGES),
  ])
  return changesOf(gone)
}
