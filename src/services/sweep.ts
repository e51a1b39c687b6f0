// The every-minute cron: gives back what expired, what was deleted and what was never finished.
// Each step is bounded, safe to repeat, and does not depend on the others'.
import { abandonStale } from '../store/uploads'
import { deleteExpired } from '../store/variants'
import { type Context, errorFacts } from './context'
import { type Drained, drainOutbox } from './outbox'

/** An upload that is older was given up by whoever made it. */
export const STALE_UPLOAD_MS = 60 * 60_000

/** Bounds of one run: some 40 statements and 200 calls to R2 at most. */
const STALE_UPLOADS = 1_000
const EXPIRED_BATCHES = 5
const EXPIRED_PER_BATCH = 2_000
const OUTBOX = { batches: 20, calls: 200 }

export interface Swept extends Drained {
  stale: number
  expired: number
}

/** Sweeps once. A step that fails is logged and left to the next run; the others go on. */
export async function sweep(context: Context): Promise<Swept> {
  const swept: Swept = { stale: 0, expired: 0, removed: 0, failed: 0 }
  const { store } = context
  await attempt(context, 'stale uploads', async () => {
    const now = context.now()
    swept.stale = await abandonStale(store, now - STALE_UPLOAD_MS, now, STALE_UPLOADS)
  })
  await attempt(context, 'expired variants', async () => {
    for (let batch = 0; batch < EXPIRED_BATCHES; batch++) {
      const expired = await deleteExpired(store, context.now(), EXPIRED_PER_BATCH)
      swept.expired += expired
      if (expired < EXPIRED_PER_BATCH) break
    }
  })
  await attempt(context, 'outbox', async () => {
    Object.assign(swept, await drainOutbox(context, OUTBOX))
  })
  if (Object.values(swept).some((count) => count > 0)) context.log('info', 'swept', { ...swept })
  return swept
}

async function attempt(context: Context, step: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    context.log('error', 'sweep step failed', { step, ...errorFacts(error) })
  }
}
