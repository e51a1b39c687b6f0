// A session with D1 (Sessions API): what it reads and which writes a client is sure to see.
// https://developers.cloudflare.com/d1/best-practices/read-replication/
import { type SQL, sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import type { SQLiteRaw } from 'drizzle-orm/sqlite-core/query-builders/raw'

/** Drizzle over one D1 session. */
export interface Store {
  readonly db: DrizzleD1Database
  /** SQL as a statement of `db.batch`, which in drizzle-orm 0.45 fails on D1 for `db.run(sql)`. */
  statement(query: SQL): SQLiteRaw<D1Result>
  /** Runs one statement: its rows as arrays, in the order of its columns. */
  raw(text: string, params: readonly unknown[]): Promise<unknown[][]>
  /** Bookmark of the newest state this session has seen; null before its first query. */
  bookmark(): string | null
}

/** `primary`: every read sees every completed write. `nearest`: reads go to the nearest replica. */
export type Reads = 'primary' | 'nearest'

/** Rows that the statement before it in the batch deleted. */
export const CHANGES = sql`SELECT changes() AS n`

/** The answer of CHANGES. */
export function changesOf(result: D1Result): number {
  return (result.results[0] as { n: number }).n
}

const dialect = new SQLiteAsyncDialect()

/** Bookmarks as D1 writes them: dash-separated hexadecimal. */
const BOOKMARK = /^[0-9a-f]{8}(-[0-9a-f]{8}){2}-[0-9a-f]{32}$/i

/** Whether text a client sent back can be a bookmark at all. */
export function isBookmark(text: string): boolean {
  return BOOKMARK.test(text)
}

/**
 * Opens a session for one request.
 * @param bookmark what an earlier answer carried; the session then sees at least that state
 */
export function openStore(d1: D1Database, reads: Reads = 'primary', bookmark?: string): Store {
  const start = reads === 'primary' ? 'first-primary' : (bookmark ?? 'first-unconstrained')
  const session = d1.withSession(start)
  // Drizzle needs prepare and batch alone, and a session has both.
  const db = drizzle(session as unknown as D1Database)
  const statement = (query: SQL) => {
    const { sql: text, params } = dialect.sqlToQuery(query)
    const prepared = {
      stmt: session.prepare(text),
      getQuery: () => ({ sql: text, params }),
      mapResult: (result: D1Result) => result,
    }
    return { _prepare: () => prepared } as unknown as SQLiteRaw<D1Result>
  }
  const raw = (text: string, params: readonly unknown[]) =>
    session
      .prepare(text)
      .bind(...params)
      .raw()
  return { db, statement, raw, bookmark: () => session.getBookmark() }
}
