// Removes the objects that the outbox names. Bounded in calls to R2; what is not done, or fails,
// waits for the next run.
import { MAX_KEYS, removeObject } from '../store/objects'
import { dueObjects, type OutboxRow, settleObjects } from '../store/outbox'
import { behind, type Context, errorFacts } from './context'

/** Bounds of one run. */
export interface DrainLimits {
  /** Batches of up to 1,000 rows. */
  readonly batches: number
  /** Calls to R2: a batch needs one where nothing fails. */
  readonly calls: number
}

/** Behind an answer: what the request itself may have put there, and a little more. */
const AFTER_ANSWER: DrainLimits = { batches: 3, calls: 20 }

/** What one run has used up. */
interface Budget {
  calls: number
  /** Failures since the last success. */
  streak: number
}

/** Halving 1,000 rows down to one bad one fails ten times in a row; more means that R2 itself fails. */
const LONGEST_STREAK = 12

export interface Drained {
  removed: number
  failed: number
}

/** Removes due objects until none is due or a bound is reached. */
export async function drainOutbox(context: Context, limits: DrainLimits): Promise<Drained> {
  const total: Drained = { removed: 0, failed: 0 }
  const budget: Budget = { calls: limits.calls, streak: 0 }
  for (let batch = 0; batch < limits.batches && budget.calls > 0; batch++) {
    const rows = await dueObjects(context.store, context.now(), MAX_KEYS)
    if (rows.length === 0) break
    const gone: number[] = []
    const failed: number[] = []
    for (const [bucket, group] of groupsOf(rows))
      await removeGroup(context, bucket, group, budget, gone, failed)
    await settleObjects(context.store, gone, failed, context.now())
    total.removed += gone.length
    total.failed += failed.length
    // Fewer than asked for: nothing else is due.
    if (rows.length < MAX_KEYS) break
  }
  return total
}

/** Drains a little behind the answer; what it leaves is the cron's. */
export function drainBehind(context: Context): void {
  behind(context, 'outbox not drained', () => drainOutbox(context, AFTER_ANSWER))
}

/** By bucket, and rows with a multipart upload each by itself. */
function groupsOf(rows: readonly OutboxRow[]): [string, OutboxRow[]][] {
  const groups = new Map<string, OutboxRow[]>()
  for (const row of rows) {
    const name = row.uploadId === null ? row.bucket : `${row.bucket}\n${row.id}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  return [...groups.values()].map((group) => [group[0]!.bucket, group])
}

/**
 * Removes a group by one call. Where that fails, by halves, so that a single bad object is found
 * and the others go; rows beyond the budget of calls are neither gone nor failed, and stay due.
 */
async function removeGroup(
  context: Context,
  bucket: string,
  rows: readonly OutboxRow[],
  budget: Budget,
  gone: number[],
  failed: number[],
): Promise<void> {
  if (rows.length === 0 || budget.calls <= 0) return
  budget.calls--
  try {
    const r2 = context.buckets(bucket)
    const [only] = rows
    if (rows.length === 1) await removeObject(r2, only!.key, only!.uploadId)
    else await r2.delete(rows.map((row) => row.key))
    budget.streak = 0
    for (const row of rows) gone.push(row.id)
  } catch (error) {
    if (rows.length === 1 || ++budget.streak > LONGEST_STREAK) {
      context.log('warn', 'objects not removed', { bucket, objects: rows.length, ...errorFacts(error) })
      for (const row of rows) failed.push(row.id)
      return
    }
    const half = rows.length >> 1
    await removeGroup(context, bucket, rows.slice(0, half), budget, gone, failed)
    await removeGroup(context, bucket, rows.slice(half), budget, gone, failed)
  }
}
