// The queries of the fetch path. Each is one round trip.
import { and, asc, eq, getTableColumns, is, Placeholder, sql } from 'drizzle-orm'
import { alias, QueryBuilder, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import {
  type AssetQuery,
  formOf,
  PICK_NAMES,
  type PickForm,
  type PickValues,
  pickForm,
  pickIds,
  valuesOf,
} from './pick'
import type { AssetRecord, AssetRow, VariantRow } from './records'
import { firstRow } from './rows'
import { assets, ORIGINAL, variantAliases, variants } from './schema'
import type { Store } from './store'

/** What a request for content needs; `variant` null where this spelling was not seen before. */
export interface FoundVariant {
  readonly asset: AssetRow
  readonly original: VariantRow
  readonly variant: VariantRow | null
}

const originals = alias(variants, 'originals')

/**
 * The asset that a query means, its original, and the variant that this spelling of a request was
 * found to be before.
 * @param requestKey the request's canonical spelling; null or empty asks for the original itself
 * @returns null where no asset matches
 */
export async function findVariant(
  store: Store,
  query: AssetQuery,
  requestKey: string | null,
): Promise<FoundVariant | null> {
  const { text, names } = preparedFor(formOf(query))
  const values: Record<string, unknown> = { ...valuesOf(query, 1), requestKey: requestKey ?? ORIGINAL }
  const params = names.map((name) => (typeof name === 'string' ? values[name] : name.constant))
  const [row] = await store.raw(text, params)
  if (row === undefined) return null
  const asset = readRow<AssetRow>(assetColumns, row, 0)
  const original = readRow<VariantRow>(variantColumns, row, assetColumns.length)
  const at = assetColumns.length + variantColumns.length
  // The id of a variant that the alias did not lead to is null.
  const variant = row[at] === null ? null : readRow<VariantRow>(variantColumns, row, at)
  return { asset, original, variant: requestKey ? variant : original }
}

const assetColumns = Object.entries(getTableColumns(assets))
const variantColumns = Object.entries(getTableColumns(variants))

function readRow<T>(columns: [string, SQLiteColumn][], row: readonly unknown[], at: number): T {
  const read: Record<string, unknown> = {}
  for (const [n, [name, column]] of columns.entries()) {
    const value = row[at + n]
    read[name] = value === null ? null : column.mapFromDriverValue(value)
  }
  return read as T
}

/** SQL by the form of a query: drizzle takes half a millisecond to write it, longer than SQLite to run it. */
const prepared = new Map<string, { text: string; names: (string | { constant: unknown })[] }>()

function preparedFor(form: PickForm) {
  const id = `${form.by} ${form.labels}`
  let known = prepared.get(id)
  if (known === undefined) {
    const { sql: text, params } = variantQuery(form)
    const names = params.map((param) => (is(param, Placeholder) ? param.name : { constant: param }))
    prepared.set(id, (known = { text, names }))
  }
  return known
}

/** The statement of `findVariant`, with placeholders. */
export function variantQuery(form: PickForm): { sql: string; params: unknown[] } {
  const values = Object.fromEntries(PICK_NAMES.map((name) => [name, sql.placeholder(name)])) as PickValues
  const requestKey = sql.placeholder('requestKey')
  return new QueryBuilder()
    .select({ asset: assets, original: originals, variant: variants })
    .from(assets)
    .innerJoin(originals, eq(originals.id, firstRow(assets.id)))
    .leftJoin(
      variantAliases,
      and(eq(variantAliases.assetId, assets.id), eq(variantAliases.requestKey, requestKey)),
    )
    .leftJoin(variants, eq(variants.id, variantAliases.variantId))
    .where(eq(assets.id, sql`(${pickForm(form, values)})`))
    .toSQL()
}

/** The variant of an asset by its settled transformation's key; null where there is none. */
export async function variantByKey(
  store: Store,
  assetId: number,
  canonicalKey: string,
): Promise<VariantRow | null> {
  const rows = await store.db
    .select()
    .from(variants)
    .where(and(eq(variants.assetId, assetId), eq(variants.canonicalKey, canonicalKey)))
  return rows[0] ?? null
}

/** One asset with labels, tags and variants; null where none matches. */
export async function findAsset(store: Store, query: AssetQuery): Promise<AssetRecord | null> {
  const [rows, pictures] = await store.db.batch(recordQueries(store, pickIds(query, 1)))
  return makeRecords(rows, pictures)[0] ?? null
}

/** An asset by its row id, whole; null where it is gone. */
export async function assetById(store: Store, id: number): Promise<AssetRecord | null> {
  const [rows, pictures] = await store.db.batch(recordQueries(store, sql`SELECT ${id} AS id`))
  return makeRecords(rows, pictures)[0] ?? null
}

/** Rows of variants that are held at once. */
export const HELD_VARIANTS = 2000

/**
 * Two statements for one batch: the assets that `ids` selects, and their variants; where those are more
 * than HELD_VARIANTS the first of them, and one more, so that it can be told.
 */
export function recordQueries(store: Store, ids: ReturnType<typeof pickIds>) {
  const rows = store.db
    .select({
      asset: assets,
      labels: sql<string>`(SELECT json_group_object(l.key, l.value) FROM labels l
        WHERE l.asset_id = ${assets.id})`.as('labels'),
      tags: sql<string>`(SELECT json_group_array(t.tag ORDER BY t.position) FROM tags t
        WHERE t.asset_id = ${assets.id})`.as('tags'),
    })
    .from(assets)
    .where(sql`${assets.id} IN (${ids})`)
  const pictures = store.db
    .select()
    .from(variants)
    .where(sql`${variants.assetId} IN (${ids})`)
    .orderBy(asc(variants.id))
    .limit(HELD_VARIANTS + 1)
  return [rows, pictures] as const
}

type Found = Awaited<ReturnType<typeof recordQueries>[0]>

/** Puts the two answers of `recordQueries` together. */
export function makeRecords(rows: Found, pictures: VariantRow[]): AssetRecord[] {
  const byAsset = new Map<number, VariantRow[]>()
  for (const picture of pictures) {
    const siblings = byAsset.get(picture.assetId)
    if (siblings === undefined) byAsset.set(picture.assetId, [picture])
    else siblings.push(picture)
  }
  return rows.map(({ asset, labels, tags }) => ({
    ...asset,
    labels: JSON.parse(labels) as Record<string, string>,
    tags: JSON.parse(tags) as string[],
    // By row id, so the original, which came with the asset, is first.
    variants: byAsset.get(asset.id) ?? [],
  }))
}
