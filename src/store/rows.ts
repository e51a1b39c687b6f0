// Row ids of what comes to an asset one by one (see ROW_BITS): its rows lie side by side.
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { ROW_BITS } from './schema'

const bits = sql.raw(String(ROW_BITS))

/** The first row id of an asset; of its variants, the original's. */
export function firstRow(assetId: SQLWrapper): SQL {
  return sql`(${assetId} << ${bits})`
}

/** The row id after an asset's last. Past the end of its range the table's CHECK refuses it. */
export function nextRow(table: SQLiteTable, assetId: SQLWrapper): SQL {
  return sql`(SELECT coalesce(max(r.id) + 1, ${firstRow(assetId)}) FROM ${table} r
    WHERE r.id >= ${firstRow(assetId)} AND r.id < (${assetId} + 1 << ${bits}))`
}
