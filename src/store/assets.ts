// Writing assets: each change is one atomic batch.
import { sql } from 'drizzle-orm'
import { makeRecords, recordQueries } from './read'
import type { AssetRecord } from './records'
import { firstRow } from './rows'
import { entryCounters, ORIGINAL } from './schema'
import type { Store } from './store'
import { json, type NewVariant } from './variants'

/** What a client says about an asset; a field left out is empty. */
export interface Metadata {
  readonly alt?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly tags?: readonly string[] | undefined
}

export interface NewAsset {
  readonly path: string
  readonly metadata: Metadata
  readonly source: 'upload' | 'url'
  readonly sourceUrl?: string
  /** Its object is in R2, under a row of the ledger. */
  readonly original: NewVariant
  readonly createdAt: number
  /** Keys of further ledger rows whose objects only served to make the original. */
  readonly discard?: readonly string[]
}

/**
 * Makes an asset visible with the path's next entry id and clears its ledger row, in one batch.
 * @returns null where the ledger row is gone: the sweep has given the object up
 */
export async function insertAsset(store: Store, input: NewAsset): Promise<AssetRecord | null> {
  const { path, original, metadata, createdAt, discard = [] } = input
  const labels = metadata.labels ?? {}
  const tags = metadata.tags ?? []
  // Only where the ledger still knows the object; all later statements depend on this row.
  const entry = sql`(SELECT next - 1 FROM ${entryCounters} WHERE path = ${path})`
  const asset = sql`assets a, uploads u
    WHERE a.path = ${path} AND a.entry_id = ${entry} AND u.key = ${original.key}`
  const discarded = sql`(SELECT value FROM json_each(${JSON.stringify(discard)}))`
  const [, assets, variants] = await store.db.batch([
    store.statement(sql`INSERT INTO entry_counters (path, next) VALUES (${path}, 1)
      ON CONFLICT (path) DO UPDATE SET next = next + 1`),
    store.statement(sql`INSERT INTO assets (path, entry_id, alt, source, source_url, created_at, modified_at)
      SELECT ${path}, ${entry}, ${metadata.alt ?? null}, ${input.source}, ${input.sourceUrl ?? null},
        ${createdAt}, ${createdAt} FROM uploads WHERE key = ${original.key} RETURNING id, entry_id`),
    store.statement(sql`INSERT INTO variants (id, asset_id, canonical_key, transformation, bucket, key, size, etag,
        attributes, lqip, created_at, last_accessed_at)
      SELECT ${firstRow(sql`a.id`)}, a.id, ${ORIGINAL}, ${json(original.transformation)}, ${original.bucket}, ${original.key},
        ${original.size}, ${original.etag}, ${json(original.attributes)}, ${json(original.lqip)},
        ${createdAt}, ${createdAt} FROM ${asset} RETURNING id`),
    ...(Object.keys(labels).length > 0 ? [store.statement(insertLabels(metadata, asset))] : []),
    ...(tags.length > 0 ? [store.statement(insertTags(metadata, asset))] : []),
    ...(discard.length > 0
      ? [
          store.statement(sql`INSERT INTO outbox (bucket, key, upload_id, not_before)
            SELECT bucket, key, upload_id, ${createdAt} FROM uploads WHERE key IN ${discarded}`),
          store.statement(sql`DELETE FROM uploads WHERE key IN ${discarded}`),
        ]
      : []),
    // Swept while the object was still being written: what has landed since must go as well.
    store.statement(sql`INSERT INTO outbox (bucket, key, not_before)
      SELECT ${original.bucket}, ${original.key}, ${createdAt}
      WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE key = ${original.key})`),
    store.statement(sql`DELETE FROM uploads WHERE key = ${original.key}`),
  ])
  const row = assets.results[0] as { id: number; entry_id: number } | undefined
  if (row === undefined) return null
  const { id: variantId } = variants.results[0] as { id: number }
  return makeRecord(input, row.id, row.entry_id, variantId)
}

/** What was just written, as it would be read. */
function makeRecord(input: NewAsset, id: number, entryId: number, variantId: number): AssetRecord {
  const { path, original, metadata, source, createdAt } = input
  const { transformation = null, lqip = null, ...stored } = original
  return {
    id,
    path,
    entryId,
    alt: metadata.alt ?? null,
    source,
    sourceUrl: input.sourceUrl ?? null,
    createdAt,
    modifiedAt: createdAt,
    version: 0,
    labels: metadata.labels ?? {},
    tags: metadata.tags ?? [],
    variants: [
      {
        ...stored,
        id: variantId,
        assetId: id,
        canonicalKey: ORIGINAL,
        transformation,
        lqip,
        createdAt,
        lastAccessedAt: createdAt,
        expiresAt: null,
      },
    ],
  }
}

/**
 * Replaces alt, labels and tags of an entry; `modifiedAt` and the metadata version move.
 * @returns the asset as it is now, or null where there is no such entry
 */
export async function replaceMetadata(
  store: Store,
  path: string,
  entryId: number,
  metadata: Metadata,
  now: number,
): Promise<AssetRecord | null> {
  const { db } = store
  const asset = sql`assets a WHERE a.path = ${path} AND a.entry_id = ${entryId}`
  const ids = sql`SELECT a.id FROM ${asset}`
  const [, , , , , rows, pictures] = await db.batch([
    // It moves even within one millisecond, or against a clock that was set back.
    store.statement(sql`UPDATE assets SET alt = ${metadata.alt ?? null}, version = version + 1,
      modified_at = max(modified_at + 1, ${now}) WHERE path = ${path} AND entry_id = ${entryId}`),
    store.statement(sql`DELETE FROM labels WHERE asset_id IN (${ids})`),
    store.statement(sql`DELETE FROM tags WHERE asset_id IN (${ids})`),
    store.statement(insertLabels(metadata, asset)),
    store.statement(insertTags(metadata, asset)),
    ...recordQueries(store, ids),
  ])
  return makeRecords(rows, pictures)[0] ?? null
}

function insertLabels(metadata: Metadata, asset: ReturnType<typeof sql>) {
  return sql`INSERT INTO labels (asset_id, key, value, path, entry_id, modified_at)
    SELECT a.id, j.key, j.value, a.path, a.entry_id, a.modified_at
    FROM json_each(${JSON.stringify(metadata.labels ?? {})}) j, ${asset}`
}

function insertTags(metadata: Metadata, asset: ReturnType<typeof sql>) {
  return sql`INSERT INTO tags (asset_id, position, tag) SELECT a.id, j.key, j.value
    FROM json_each(${JSON.stringify(metadata.tags ?? [])}) j, ${asset}`
}
