// The path's eager variants: asked for when an asset is stored, made through the queue. A message
// may come twice, late, or after its consumer was killed half-way: what is there is not made again.
import { AppError } from '../errors'
import { isOriginal, normalise } from '../image/normalise'
import { canonicalKey, requestKey } from '../params/keys'
import { assetById } from '../store/read'
import type { AssetRecord } from '../store/records'
import { ORIGINAL } from '../store/schema'
import { ObjectGone } from '../store/source'
import { addAlias } from '../store/variants'
import { behind, type Context, errorFacts } from './context'
import { type Generation, generate, generateMany, type Pending, pendingVariant } from './generate'
import { headerOf } from './picture'

/** Body of a queue message. The row id of an asset is never given to another. */
export interface EagerMessage {
  readonly assetId: number
}

/** Waits before a failed message is tried again: 10 s, doubled each time, at most 10 minutes. */
const FIRST_RETRY_SECONDS = 10
const LONGEST_RETRY_SECONDS = 600

/** How a message ended. */
export type Outcome = 'made' | 'gone'

/**
 * Asks for an asset's eager variants. Resolves when the queue has the message, so that no crash
 * forgets it; without a queue, or where it does not take the message, they are made behind the answer.
 */
export async function requestEagerVariants(context: Context, record: AssetRecord): Promise<void> {
  if (context.config.settingsFor(record.path).transform.eagerVariants.length === 0) return
  const message: EagerMessage = { assetId: record.id }
  try {
    if (context.env.VARIANTS !== undefined) {
      await context.env.VARIANTS.send(message)
      return
    }
  } catch (error) {
    context.log('warn', 'eager variants not queued', { ...message, ...errorFacts(error) })
  }
  behind(context, 'eager variants not made', () => makeEagerVariants(context, message.assetId))
}

/** Handles the messages of one batch: each is acknowledged or tried again by itself. */
export async function consumeEagerMessages(
  context: Context,
  batch: Pick<MessageBatch<EagerMessage>, 'messages'>,
): Promise<void> {
  for (const message of batch.messages) {
    const facts = { assetId: message.body.assetId, attempts: message.attempts }
    try {
      await makeEagerVariants(context, message.body.assetId)
      message.ack()
    } catch (error) {
      // A picture that can't be decoded can't be decoded later either.
      const forGood = isForGood(error)
      context.log('warn', 'eager variants failed', { ...facts, forGood, ...errorFacts(error) })
      if (forGood) message.ack()
      else message.retry({ delaySeconds: retryDelay(message.attempts) })
    }
  }
}

function retryDelay(attempts: number): number {
  return Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1))
}

/**
 * Makes what is missing of an asset's eager variants, by the configuration as it is now.
 * Throws AppError 400 where the picture can't be decoded, after the other profiles were tried.
 */
export async function makeEagerVariants(context: Context, assetId: number): Promise<Outcome> {
  const record = await assetById(context.store, assetId)
  if (record === null) return 'gone'
  let failure: unknown = null
  const { jobs, aliases } = planJobs(context, record)
  const running = startAll(context, jobs)
  for (const [n, job] of jobs.entries()) {
    try {
      const stored = running[n]!.stored.catch((error: unknown) => {
        // One that can't be made must not keep the others: each by itself then.
        if (jobs.length === 1 || !isForGood(error)) throw error
        return forGood(generate(context, job)).stored
      })
      if ((await stored) === null) return 'gone'
    } catch (error) {
      // The original's object goes after its row.
      if (error instanceof ObjectGone && (await assetById(context.store, assetId)) === null) return 'gone'
      // What may pass decides: then the whole message comes again.
      if (failure === null || !isForGood(error)) failure = error
    }
  }
  if (failure !== null) throw failure
  for (const { spelling, key } of aliases) await addAlias(context.store, assetId, spelling, key)
  return 'made'
}

/** Starts what nobody is making yet by one decode. */
function startAll(context: Context, jobs: readonly Generation[]): Pending[] {
  const running = jobs.map((job) => {
    const pending = pendingVariant(job.asset.id, job.wanted)
    return pending && forGood(pending)
  })
  const fresh = jobs.filter((_, n) => running[n] === null)
  if (fresh.length === 0) return running as Pending[]
  const started = fresh.length === 1 ? [generate(context, fresh[0]!)] : generateMany(context, fresh)
  return running.map((pending) => pending ?? forGood(started.shift()!))
}

/** A variant that is made although no client waits for it. */
function forGood(pending: Pending): Pending {
  pending.waiters.join(undefined)
  return pending
}

/** Whether the picture itself is at fault. */
function isForGood(error: unknown): boolean {
  return error instanceof AppError && error.status === 400
}

/**
 * What the path's profiles come to for this picture: what is to be made, and spellings of what is
 * there or is made under another.
 */
function planJobs({ config }: Context, record: AssetRecord) {
  const original = record.variants.find((variant) => variant.canonicalKey === ORIGINAL)
  if (original === undefined) throw new Error(`asset ${record.id} has no original`)
  const header = headerOf(original)
  const jobs = new Map<string, Generation>()
  const aliases: { spelling: string; key: string }[] = []
  for (const name of config.settingsFor(record.path).transform.eagerVariants) {
    const { format, ...asked } = config.variantProfiles.get(name) ?? {}
    const spelling = requestKey(asked, format ?? null)
    const wanted = normalise(format === undefined ? asked : { ...asked, format }, header)
    const key = isOriginal(wanted, header) ? ORIGINAL : canonicalKey(wanted)
    const exists = record.variants.some((variant) => variant.canonicalKey === key)
    if (exists || jobs.has(key)) aliases.push({ spelling, key })
    else jobs.set(key, { asset: record, original, wanted, requestKey: spelling, effort: 'background' })
  }
  return { jobs: [...jobs.values()], aliases }
}
