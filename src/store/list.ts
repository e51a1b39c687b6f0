// Lists of assets, read in pages so that memory is bounded however many there are, or however many
// variants one of them has.
import { and, asc, eq, gt } from 'drizzle-orm'
import { type AssetQuery, type Position, pickIds } from './pick'
import { HELD_VARIANTS, makeRecords, recordQueries } from './read'
import type { AssetRecord, VariantRow } from './records'
import { variants } from './schema'
import type { Store } from './store'

/** Assets of a page. */
export const PAGE_ASSETS = 500

export interface AssetPage {
  readonly records: readonly AssetRecord[]
  /** false: variants of the page are too many to be held, and some are missing. */
  readonly whole: boolean
}

/**
 * The next assets of a query in its order, at most a page of them, by one round trip.
 * @param limit at most so many; -1 for all
 * @param after the last asset of the page before
 */
export async function listPage(
  store: Store,
  query: AssetQuery,
  limit: number,
  after?: Position,
): Promise<AssetPage> {
  const count = limit < 0 ? PAGE_ASSETS : Math.min(limit, PAGE_ASSETS)
  const [rows, pictures] = await store.db.batch(recordQueries(store, pickIds(query, count, after)))
  const records = makeRecords(rows, pictures)
  const byEntry = (a: AssetRecord, b: AssetRecord) => b.entryId - a.entryId
  records.sort(query.order === 'modified' ? (a, b) => b.modifiedAt - a.modifiedAt || byEntry(a, b) : byEntry)
  return { records, whole: pictures.length <= HELD_VARIANTS }
}

/** All variants of an asset, the original first, page by page. */
export async function* variantPages(store: Store, assetId: number): AsyncGenerator<VariantRow[]> {
  let last = 0
  for (;;) {
    const page = await store.db
      .select()
      .from(variants)
      .where(and(eq(variants.assetId, assetId), gt(variants.id, last)))
      .orderBy(asc(variants.id))
      .limit(HELD_VARIANTS)
    if (page.length > 0) yield page
    if (page.length < HELD_VARIANTS) return
    last = page.at(-1)!.id
  }
}
