// Deleting assets: one batch in which all of their rows go and their objects' names come into the
// outbox, whatever the number.
import { type SQL, sql } from 'drizzle-orm'
import { type AssetQuery, pickIds, pickSubtree } from './pick'
import { CHANGES, changesOf, type Store } from './store'

/** An entry is deleted whatever labels it carries: what picks by both would read two tables. */
export type DeleteQuery = AssetQuery & ({ readonly entryId?: never } | { readonly labels?: never })

/** Deletes the first `limit` assets of a query (-1 for all). Returns how many there were. */
export function deleteAssets(store: Store, query: DeleteQuery, limit: number, now: number): Promise<number> {
  return deletePicked(store, pickIds(query, limit), query.labels, now)
}

/** Deletes everything at a path and below it that carries the labels. Returns how many there were. */
export function deleteSubtree(
  store: Store,
  path: string,
  labels: Readonly<Record<string, string>>,
  now: number,
): Promise<number> {
  return deletePicked(store, pickSubtree(path, labels), labels, now)
}

/** Each statement picks anew, so the table that is picked from goes last: labels where there are some. */
async function deletePicked(
  store: Store,
  ids: SQL,
  labels: Readonly<Record<string, string>> = {},
  now: number,
): Promise<number> {
  const remove = (table: SQL) => store.statement(sql`DELETE FROM ${table} WHERE asset_id IN (${ids})`)
  const before = [
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT v.bucket, v.key, ${now} FROM variants v WHERE v.asset_id IN (${ids})`),
    remove(sql`variant_aliases`),
    remove(sql`variants`),
    remove(sql`tags`),
  ] as const
  const assets = [
    store.statement(sql`DELETE FROM assets WHERE id IN (${ids})`),
    store.statement(CHANGES),
  ] as const
  if (Object.keys(labels).length > 0) {
    const [, , , , , gone] = await store.db.batch([...before, ...assets, remove(sql`labels`)])
    return changesOf(gone)
  }
  const [, , , , , , gone] = await store.db.batch([...before, remove(sql`labels`), ...assets])
  return changesOf(gone)
}
