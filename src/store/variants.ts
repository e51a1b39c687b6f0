// Writing variants. Unique by (asset, canonical key): of two that were made at once one is stored,
// and the other's object goes to the outbox in the same batch.
import { and, eq, lte, type SQL, sql } from 'drizzle-orm'
import type { VariantRow } from './records'
import { nextRow } from './rows'
import { type Facts, type Lqip, ORIGINAL, variantAliases, variants } from './schema'
import { CHANGES, changesOf, type Store } from './store'

/** A picture whose object is in R2, under a row of the ledger. */
export interface NewVariant {
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly attributes: Facts
  readonly lqip?: Lqip
  readonly transformation?: Facts
}

export interface NewDerived extends NewVariant {
  readonly assetId: number
  readonly canonicalKey: string
  /** Spelling of the request that it answers, kept as an alias. */
  readonly requestKey: string
  readonly createdAt: number
  /** Milliseconds since 1970, or null for never. */
  readonly expiresAt: number | null
}

/**
 * - `stored`: `variant` is the row just written
 * - `exists`: another was first; `variant` is its row, and the object given is in the outbox
 * - `gone`: the asset was deleted meanwhile, or the ledger row was swept; the object is in the outbox
 */
export type Inserted =
  | { readonly result: 'stored' | 'exists'; readonly variant: VariantRow }
  | { readonly result: 'gone' }

/** Makes a variant visible and clears its ledger row, in one batch. */
export async function insertVariant(store: Store, input: NewDerived): Promise<Inserted> {
  if (input.canonicalKey === ORIGINAL) throw new Error('an original is inserted with its asset')
  const { db } = store
  const { assetId, canonicalKey, key, bucket, createdAt } = input
  const found = and(eq(variants.assetId, assetId), eq(variants.canonicalKey, canonicalKey))
  const [, , , , rows] = await db.batch([
    store.statement(sql`INSERT INTO variants (id, asset_id, canonical_key, transformation, bucket, key, size, etag,
        attributes, lqip, created_at, last_accessed_at, expires_at)
      SELECT ${nextRow(variants, sql`a.id`)}, a.id, ${canonicalKey}, ${json(input.transformation)}, ${bucket}, ${key}, ${input.size},
        ${input.etag}, ${json(input.attributes)}, ${json(input.lqip)}, ${createdAt}, ${createdAt},
        ${input.expiresAt}
      FROM assets a, uploads u WHERE a.id = ${assetId} AND u.key = ${key}
      ON CONFLICT (asset_id, canonical_key) DO NOTHING`),
    store.statement(aliasOf(assetId, input.requestKey, canonicalKey)),
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before) SELECT ${bucket}, ${key}, ${createdAt}
      WHERE NOT EXISTS (SELECT 1 FROM variants v
        WHERE v.asset_id = ${assetId} AND v.canonical_key = ${canonicalKey} AND v.key = ${key})`),
    store.statement(sql`DELETE FROM uploads WHERE key = ${key}`),
    db.select().from(variants).where(found),
  ])
  const variant = rows[0]
  if (variant === undefined) return { result: 'gone' }
  return { result: variant.key === key ? 'stored' : 'exists', variant }
}

/**
 * Remembers that a spelling of a request means this variant (ORIGINAL: the original), if both are
 * still there.
 */
export async function addAlias(
  store: Store,
  assetId: number,
  requestKey: string,
  canonicalKey: string,
): Promise<void> {
  await store.db.run(aliasOf(assetId, requestKey, canonicalKey))
}

function aliasOf(assetId: number, requestKey: string, canonicalKey: string) {
  return sql`INSERT INTO variant_aliases (id, asset_id, request_key, variant_id)
    SELECT ${nextRow(variantAliases, sql`v.asset_id`)}, v.asset_id, ${requestKey}, v.id FROM variants v
    WHERE v.asset_id = ${assetId} AND v.canonical_key = ${canonicalKey}
    ON CONFLICT (asset_id, request_key) DO UPDATE SET variant_id = excluded.variant_id`
}

/**
 * Statements that remove derived variants for good: their objects go to the outbox, their aliases
 * with them. The last one removes the rows, so that `changes()` counts them.
 * @param picked a subselect of the variants' row ids
 */
export function removeVariants(store: Store, picked: SQL, now: number) {
  return [
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT v.bucket, v.key, ${now} FROM variants v WHERE v.id IN (${picked})`),
    // By asset and then by what they lead to: an index on that would cost every delete of many.
    store.statement(sql`DELETE FROM variant_aliases WHERE variant_id IN (${picked})
      AND asset_id IN (SELECT v.asset_id FROM variants v WHERE v.id IN (${picked}))`),
    store.statement(sql`DELETE FROM variants WHERE id IN (${picked})`),
  ] as const
}

/** Forgets a derived variant whose object R2 no longer has; the outbox makes sure that it is gone. */
export async function forgetVariant(store: Store, assetId: number, key: string, now: number): Promise<void> {
  const lost = sql`SELECT f.id FROM variants f WHERE f.asset_id = ${assetId} AND f.key = ${key}
    AND f.canonical_key <> ${ORIGINAL}`
  await store.db.batch(removeVariants(store, lost, now))
}

/** Deletes up to `limit` variants that have expired by `now`, earliest first. Returns how many. */
export async function deleteExpired(store: Store, now: number, limit: number): Promise<number> {
  const ids = sql`SELECT e.id FROM variants e WHERE e.expires_at <= ${now} ORDER BY e.expires_at LIMIT ${limit}`
  const [, , , gone] = await store.db.batch([...removeVariants(store, ids, now), store.statement(CHANGES)])
  return changesOf(gone)
}

/** How long variants live. `idle` counts from the last access. */
export interface Expiry {
  readonly strategy: 'never' | 'ttl' | 'idle'
  readonly ttlMs: number
}

/** When a variant made or touched at `now` expires; null for never. */
export function expiresAt(expiry: Expiry, now: number): number | null {
  return expiry.strategy === 'never' ? null : now + expiry.ttlMs
}

/** Whether an access at `now` is worth a write: at most once per tenth of the ttl. */
export function needsTouch(variant: VariantRow, expiry: Expiry, now: number): boolean {
  return (
    expiry.strategy === 'idle' &&
    variant.canonicalKey !== ORIGINAL &&
    now - variant.lastAccessedAt >= expiry.ttlMs / 10
  )
}

/** Notes an access, which puts the end of an idle variant off. Does nothing where that is not due. */
export async function touchVariant(
  store: Store,
  variant: VariantRow,
  expiry: Expiry,
  now: number,
): Promise<void> {
  if (!needsTouch(variant, expiry, now)) return
  await store.db
    .update(variants)
    .set({ lastAccessedAt: now, expiresAt: now + expiry.ttlMs })
    .where(and(eq(variants.id, variant.id), lte(variants.lastAccessedAt, now - expiry.ttlMs / 10)))
}

/** JSON for a text column; null for what is absent. */
export function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}
