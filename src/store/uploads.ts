// The ledger of objects being written. A row is written before its object, and cleared in the
// batch that makes the object visible; what is left behind is found by the sweep.
import { eq, sql } from 'drizzle-orm'
import { uploads } from './schema'
import { CHANGES, changesOf, type Store } from './store'

/** Enters an object that is about to be written. */
export async function beginUpload(store: Store, bucket: string, key: string, now: number): Promise<void> {
  await store.db.insert(uploads).values({ bucket, key, startedAt: now })
}

/** Notes the multipart upload that writes the object, so that the sweep can abort it. */
export async function noteMultipart(store: Store, key: string, uploadId: string): Promise<void> {
  await store.db.update(uploads).set({ uploadId }).where(eq(uploads.key, key))
}

/** Gives objects up: from the ledger to the outbox, in one batch. */
export async function abandonUpload(store: Store, key: string, now: number): Promise<void> {
  const { db } = store
  await db.batch([
    store.statement(sql`INSERT INTO outbox (bucket, key, upload_id, not_before)
      SELECT bucket, key, upload_id, ${now} FROM uploads WHERE key = ${key}`),
    store.statement(sql`DELETE FROM uploads WHERE key = ${key}`),
  ])
}

/** Gives up to `limit` uploads that started before `before` up. Returns how many. */
export async function abandonStale(
  store: Store,
  before: number,
  now: number,
  limit: number,
): Promise<number> {
  const { db } = store
  const stale = sql`SELECT u.key FROM uploads u WHERE u.started_at < ${before}
    ORDER BY u.started_at LIMIT ${limit}`
  const [, , gone] = await db.batch([
    store.statement(sql`INSERT INTO outbox (bucket, key, upload_id, not_before)
      SELECT bucket, key, upload_id, ${now} FROM uploads WHERE key IN (${stale})`),
    store.statement(sql`DELETE FROM uploads WHERE key IN (${stale})`),
    store.statement(CHANGES),
  ])
  return changesOf(gone)
}
