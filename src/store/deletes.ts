// Deleting assets: in one batch they are gone and remembered for the removal of what hangs on them,
// whatever the number.
import { type SQL, sql } from 'drizzle-orm'
import { type AssetQuery, pickIds, pickSubtree } from './pick'
import { CHANGES, changesOf, type Store } from './store'

/** Deletes the first `limit` assets of a query (-1 for all). Returns how many there were. */
export function deleteAssets(store: Store, query: AssetQuery, limit: number): Promise<number> {
  return deletePicked(store, pickIds(query, limit), isEmpty(query.labels))
}

/** Deletes everything at a path and below it that carries the labels. Returns how many there were. */
export function deleteSubtree(
  store: Store,
  path: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  return deletePicked(store, pickSubtree(path, labels), isEmpty(labels))
}

/**
 * Removes what makes assets visible: their rows and their labels. The rest is many times as much, and
 * is left to `releaseDeleted`.
 * @param stable whether `ids` still selects the same when the labels are gone
 */
async function deletePicked(store: Store, ids: SQL, stable: boolean): Promise<number> {
  const again = stable ? ids : sql`SELECT asset_id FROM deleted_assets`
  const results = await store.db.batch([
    store.statement(sql`INSERT INTO deleted_assets (asset_id) ${ids}`),
    store.statement(CHANGES),
    store.statement(sql`DELETE FROM labels WHERE asset_id IN (${again})`),
    store.statement(sql`DELETE FROM assets WHERE id IN (${again})`),
  ])
  return changesOf(results[1])
}

/**
 * Puts the objects of up to `limit` deleted assets into the outbox and removes the last of their rows,
 * in one batch. Returns how many assets there were.
 */
export async function releaseDeleted(store: Store, now: number, limit: number): Promise<number> {
  const ids = sql`SELECT d.asset_id FROM deleted_assets d ORDER BY d.asset_id LIMIT ${limit}`
  const remove = (table: SQL) => store.statement(sql`DELETE FROM ${table} WHERE asset_id IN (${ids})`)
  const results = await store.db.batch([
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT v.bucket, v.key, ${now} FROM variants v WHERE v.asset_id IN (${ids})`),
    remove(sql`variant_aliases`),
    remove(sql`variants`),
    remove(sql`tags`),
    remove(sql`deleted_assets`),
    store.statement(CHANGES),
  ])
  return changesOf(results[5])
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
