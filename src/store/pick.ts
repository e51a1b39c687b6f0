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

/** Where an asset stands in both orders. */
export interface Position {
  readonly entryId: number
  readonly modifiedAt: number
}

/**
 * The ids of the first `limit` assets that match; -1 for all.
 * @param after only those that come after it in the query's order
 */
export function pickIds(query: AssetQuery, limit: number, after?: Position): SQL {
  return pickForm(formOf(query), valuesOf(query, limit), after)
}

/** What of a query is in its SQL and not in its parameters. */
export interface PickForm {
  readonly by: 'entry' | Order
  /** The first label of an order is sought by index, the others looked up. */
  readonly labels: 'none' | 'first' | 'more'
}

/** A query's parameters, or drizzle's placeholders for them. `rest` is JSON of [key, value] pairs. */
export type PickValues = { readonly [Name in (typeof PICK_NAMES)[number]]: unknown }
export const PICK_NAMES = ['path', 'entryId', 'key', 'value', 'rest', 'limit'] as const

export function formOf({ entryId, order = 'new', labels = {} }: AssetQuery): PickForm {
  const count = Object.keys(labels).length
  const by = entryId === undefined ? order : 'entry'
  return { by, labels: count === 0 ? 'none' : count === 1 && by !== 'entry' ? 'first' : 'more' }
}

export function valuesOf({ path, entryId, labels = {} }: AssetQuery, limit: number): PickValues {
  const pairs = Object.entries(labels)
  const [first, ...others] = pairs
  const rest = JSON.stringify(entryId === undefined ? others : pairs)
  return { path, entryId, key: first?.[0], value: first?.[1], rest, limit }
}

export function pickForm({ by, labels }: PickForm, values: PickValues, after?: Position): SQL {
  const { path, entryId, key, value, rest, limit } = values
  const others = (id: SQL) => (labels === 'more' ? carries(rest, id) : sql``)
  if (by === 'entry') {
    return sql`SELECT a.id FROM assets a WHERE a.path = ${path} AND a.entry_id = ${entryId}${others(sql`a.id`)}`
  }
  const order = by === 'modified' ? sql`a.modified_at DESC, a.entry_id DESC` : sql`a.entry_id DESC`
  const page = after === undefined ? sql`` : follows(by, after)
  if (labels === 'none') {
    return sql`SELECT a.id FROM assets a WHERE a.path = ${path}${page} ORDER BY ${order} LIMIT ${limit}`
  }
  return sql`SELECT a.asset_id AS id FROM labels a
    WHERE a.path = ${path} AND a.key = ${key} AND a.value = ${value}${page}${others(sql`a.asset_id`)}
    ORDER BY ${order} LIMIT ${limit}`
}

function follows(by: Order, { entryId, modifiedAt }: Position): SQL {
  if (by === 'new') return sql` AND a.entry_id < ${entryId}`
  return sql` AND (a.modified_at, a.entry_id) < (${modifiedAt}, ${entryId})`
}

/**
 * The ids of everything at a path and below it that carries the labels; read from the labels' table
 * alone where there are some. `0` is the character after `/`, so the range holds `users/1/…` whatever
 * follows, and never `users/10`.
 */
export function pickSubtree(path: string, labels: Readonly<Record<string, string>> = {}): SQL {
  const [first, ...others] = Object.entries(labels)
  const pick =
    first === undefined ? sql`SELECT a.id FROM assets a` : sql`SELECT a.asset_id AS id FROM labels a`
  const more = others.length === 0 ? sql`` : carries(JSON.stringify(others), sql`a.asset_id`)
  const filter = first === undefined ? sql`` : sql` AND a.key = ${first[0]} AND a.value = ${first[1]}${more}`
  return sql`${pick} WHERE a.path = ${path}${filter}
    UNION ALL ${pick} WHERE a.path >= ${`${path}/`} AND a.path < ${`${path}0`}${filter}`
}

/** One bound parameter however many labels there are: D1 binds at most 100. */
function carries(pairs: unknown, id: SQL): SQL {
  return sql` AND NOT EXISTS (SELECT 1 FROM json_each(${pairs}) w WHERE NOT EXISTS (
    SELECT 1 FROM labels l WHERE l.asset_id = ${id} AND l.key = w.value ->> 0 AND l.value = w.value ->> 1))`
}
