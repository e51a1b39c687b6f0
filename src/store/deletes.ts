// Deleting assets: rows go and the outbox learns of their objects in one batch, whatever the number.
import { type SQL, sql } from 'drizzle-orm'
import { type AssetQuery, pickIds, pickSubtree } from './pick'
import { CHANGES, changesOf, type Store } from './store'

/** Deletes the first `limit` assets of a query (-1 for all). Returns how many there were. */
export function deleteAssets(store: Store, query: AssetQuery, limit: number, now: number): Promise<number> {
  return deletePicked(store, pickIds(query, limit), now)
}

/** Deletes everything at a path and below it that carries the labels. Returns how many there were. */
export function deleteSubtree(
  store: Store,
  path: string,
  labels: Readonly<Record<string, string>>,
  now: number,
): Promise<number> {
  return deletePicked(store, pickSubtree(path, labels), now)
}

async function deletePicked(store: Store, ids: SQL, now: number): Promise<number> {
  const { db } = store
  const [, , gone] = await db.batch([
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT v.bucket, v.key, ${now} FROM variants v WHERE v.asset_id IN (${ids})`),
    store.statement(sql`DELETE FROM assets WHERE id IN (${ids})`),
    store.statement(CHANGES),
  ])
  return changesOf(gone)
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
