// The tables in D1. Times are integer milliseconds since 1970.
// What belongs to an asset has no foreign key to it: a cascade takes several times as long as a
// statement per table, and a delete is one batch however many assets it means (store/deletes.ts).
import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Placeholders of low quality, as they were computed. */
export interface Lqip {
  readonly blurhash?: string
  readonly thumbhash?: string
}

/** JSON that the store keeps but does not read: a picture's facts, a settled transformation. */
export type Facts = Readonly<Record<string, unknown>>

/** `canonicalKey` of the variant that is the asset's original. */
export const ORIGINAL = ''

/**
 * Variants and aliases come one by one, yet those of an asset shall lie side by side: their row ids
 * are the asset's, shifted by so many bits, plus a place. An original is then found by its row id, and
 * a million rows are deleted page by page. 33 bits are left for assets below JavaScript's 2^53.
 */
export const ROW_BITS = 20

/** The next entryId of each path. A row outlives its assets: an id is never given twice. */
export const entryCounters = sqliteTable('entry_counters', {
  path: text().primaryKey(),
  next: integer().notNull(),
})

export const assets = sqliteTable(
  'assets',
  {
    // AUTOINCREMENT: a message about a deleted asset can never mean another one.
    id: integer().primaryKey({ autoIncrement: true }),
    path: text().notNull(),
    entryId: integer('entry_id').notNull(),
    alt: text(),
    source: text({ enum: ['upload', 'url'] }).notNull(),
    sourceUrl: text('source_url'),
    createdAt: integer('created_at').notNull(),
    modifiedAt: integer('modified_at').notNull(),
    /** Counts metadata updates; part of every ETag, for headers carry the alt text. */
    version: integer().notNull().default(0),
  },
  (t) => [
    // Newest at a path, one entry, and the subtree of a path as a range.
    uniqueIndex('assets_path_entry').on(t.path, t.entryId),
    index('assets_path_modified').on(t.path, t.modifiedAt, t.entryId),
  ],
)

export const variants = sqliteTable(
  'variants',
  {
    /** The asset's first row is its original, the others follow by creation (see ROW_BITS). */
    id: integer().primaryKey(),
    assetId: integer('asset_id').notNull(),
    /** The settled transformation's one spelling; ORIGINAL for the original. */
    canonicalKey: text('canonical_key').notNull(),
    transformation: text({ mode: 'json' }).$type<Facts>(),
    /** Name of the bucket in the configuration, as of when the object was stored. */
    bucket: text().notNull(),
    key: text().notNull(),
    size: integer().notNull(),
    etag: text().notNull(),
    attributes: text({ mode: 'json' }).$type<Facts>().notNull(),
    lqip: text({ mode: 'json' }).$type<Lqip>(),
    createdAt: integer('created_at').notNull(),
    lastAccessedAt: integer('last_accessed_at').notNull(),
    /** When the sweep may remove it; null for never (an original always). */
    expiresAt: integer('expires_at'),
  },
  (t) => [
    uniqueIndex('variants_asset_canonical').on(t.assetId, t.canonicalKey),
    index('variants_expires').on(t.expiresAt).where(sql`${t.expiresAt} IS NOT NULL`),
    check('variants_row', sql`${t.id} >> 20 = ${t.assetId}`),
  ],
)

/**
 * Spellings of a request seen before, so that a hit needs no header to find its variant. Whoever
 * removes a variant removes its aliases in the same batch, for its row id may be given again.
 */
export const variantAliases = sqliteTable(
  'variant_aliases',
  {
    id: integer().primaryKey(),
    assetId: integer('asset_id').notNull(),
    requestKey: text('request_key').notNull(),
    variantId: integer('variant_id').notNull(),
  },
  (t) => [
    uniqueIndex('variant_aliases_request').on(t.assetId, t.requestKey),
    check('variant_aliases_row', sql`${t.id} >> 20 = ${t.assetId}`),
  ],
)

/**
 * Labels repeat their asset's path, entry and time of modification: so "newest at this path with
 * this label" is one seek, in both orders. All three change only where labels are rewritten too.
 */
export const labels = sqliteTable(
  'labels',
  {
    assetId: integer('asset_id').notNull(),
    key: text().notNull(),
    value: text().notNull(),
    path: text().notNull(),
    entryId: integer('entry_id').notNull(),
    modifiedAt: integer('modified_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.assetId, t.key] }),
    index('labels_new').on(t.path, t.key, t.value, t.entryId),
    index('labels_modified').on(t.path, t.key, t.value, t.modifiedAt, t.entryId),
  ],
)

export const tags = sqliteTable(
  'tags',
  {
    assetId: integer('asset_id').notNull(),
    position: integer().notNull(),
    tag: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.assetId, t.position] })],
)

/** Objects to delete: written in the batch that forgets them, cleared when R2 has confirmed. */
export const outbox = sqliteTable(
  'outbox',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    bucket: text().notNull(),
    key: text().notNull(),
    /** A multipart upload to abort first. */
    uploadId: text('upload_id'),
    attempts: integer().notNull().default(0),
    notBefore: integer('not_before').notNull(),
  },
  (t) => [index('outbox_due').on(t.notBefore)],
)

/** The ledger: objects being written that no row names yet. */
export const uploads = sqliteTable(
  'uploads',
  {
    key: text().primaryKey(),
    bucket: text().notNull(),
    uploadId: text('upload_id'),
    startedAt: integer('started_at').notNull(),
  },
  (t) => [index('uploads_started').on(t.startedAt)],
)
