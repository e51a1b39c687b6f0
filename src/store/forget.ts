// A variant row whose object R2 no longer has is worth nothing: it goes, and with it its aliases.
import { sql } from 'drizzle-orm'
import { ORIGINAL } from './schema'
import type { Store } from './store'

/** Forgets a derived variant by its object's key; the outbox makes sure that the object is gone. */
export async function forgetVariant(store: Store, assetId: number, key: string, now: number): Promise<void> {
  const doomed = sql`variants WHERE asset_id = ${assetId} AND key = ${key} AND canonical_key <> ${ORIGINAL}`
  await store.db.batch([
    store.statement(
      sql`INSERT INTO outbox (bucket, key, not_before) SELECT bucket, key, ${now} FROM ${doomed}`,
    ),
    store.statement(sql`DELETE FROM ${doomed}`),
  ])
}
