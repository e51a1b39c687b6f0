// The outbox of objects to delete. A row stays until R2 has confirmed; after a failure it waits
// longer each time, by itself, so that one bad object never holds up others.
import { asc, type InferSelectModel, inArray, lte, sql } from 'drizzle-orm'
import { outbox } from './schema'
import type { Store } from './store'

export type OutboxRow = InferSelectModel<typeof outbox>

/** A minute, doubled at each failure up to a quarter of an hour. */
export const FIRST_WAIT_MS = 60_000
export const LONGEST_WAIT_MS = 15 * 60_000

/** Up to `limit` rows that are due at `now`, longest due first. */
export async function dueObjects(store: Store, now: number, limit: number): Promise<OutboxRow[]> {
  return dueQuery(store, now, limit)
}

/** The statement of `dueObjects`. */
export function dueQuery(store: Store, now: number, limit: number) {
  return store.db
    .select()
    .from(outbox)
    .where(lte(outbox.notBefore, now))
    .orderBy(asc(outbox.notBefore), asc(outbox.id))
    .limit(limit)
}

/** Clears rows whose objects are gone, and puts off those that failed, in one batch. */
export async function settleObjects(
  store: Store,
  gone: readonly number[],
  failed: readonly number[],
  now: number,
): Promise<void> {
  const { db } = store
  await db.batch([
    db.delete(outbox).where(inArray(outbox.id, listOf(gone))),
    db
      .update(outbox)
      .set({
        attempts: sql`${outbox.attempts} + 1`,
        notBefore: sql`${now} + min(${LONGEST_WAIT_MS}, ${FIRST_WAIT_MS} << min(${outbox.attempts}, 10))`,
      })
      .where(inArray(outbox.id, listOf(failed))),
  ])
}

/** Ids as one bound parameter: D1 binds at most 100. */
function listOf(ids: readonly number[]) {
  return sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`
}
