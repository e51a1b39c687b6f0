// Which assets a request means, as a subselect of ids. Each form runs on one index in its order,
// so that a limit stops the scan (test/store/plans.test.ts reads the plans).
import { type SQL, sql } from 'drizzle-orm'

export type Order = 'new' | 'modified'

/** Assets at one path: one entry, or the first in an order; all that carry every given label. */
export interface AssetQuery {
  readonly path: string
  readonly entryId?: number
  /** Default `new`: by entry id, newest first. `modified`: by last metadata change. */
  readonly order?: Order
  readonly labels?: Readonly<Record<string, string>>
}

/** The ids of the first `limit` assets that match; -1 for all. */
export function pickIds(query: AssetQuery, limit: number): SQL {
  const wanted = Object.entries(query.labels ?? {})
  const { path, entryId } = query
  if (entryId !== undefined) {
    return sql`SELECT a.id FROM assets a WHERE a.path = ${path} AND a.entry_id = ${entryId}${carries(wanted)}`
  }
  const modified = query.order === 'modified'
  const [first, ...rest] = wanted
  if (first === undefined) {
    const order = modified ? sql`a.modified_at DESC, a.entry_id DESC` : sql`a.entry_id DESC`
    return sql`SELECT a.id FROM assets a WHERE a.path = ${path} ORDER BY ${order} LIMIT ${limit}`
  }
  const order = modified ? sql`a.modified_at DESC, a.entry_id DESC` : sql`a.entry_id DESC`
  return sql`SELECT a.asset_id AS id FROM labels a
    WHERE a.path = ${path} AND a.key = ${first[0]} AND a.value = ${first[1]}${carries(rest, sql`a.asset_id`)}
    ORDER BY ${order} LIMIT ${limit}`
}

/**
 * The ids of everything at a path and below it. `0` is the character after `/`, so the range holds
 * `users/1/…` whatever follows, and never `users/10`.
 */
export function pickSubtree(path: string, labels: Readonly<Record<string, string>> = {}): SQL {
  const filter = carries(Object.entries(labels))
  return sql`SELECT a.id FROM assets a WHERE a.path = ${path}${filter}
    UNION ALL SELECT a.id FROM assets a WHERE a.path >= ${`${path}/`} AND a.path < ${`${path}0`}${filter}`
}

/** One bound parameter however many labels there are: D1 binds at most 100. */
function carries(wanted: [string, string][], id: SQL = sql`a.id`): SQL {
  if (wanted.length === 0) return sql``
  return sql` AND NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(wanted)}) w WHERE NOT EXISTS (
    SELECT 1 FROM labels l WHERE l.asset_id = ${id} AND l.key = w.value ->> 0 AND l.value = w.value ->> 1))`
}
