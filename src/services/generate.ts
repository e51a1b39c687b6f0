// Makes a variant: once per isolate however many ask for it, stored once across isolates. Bytes
// are there before they are stored, and serve whoever asks meanwhile.
import type { Config } from '../config/config'
import { sizeOfPieces } from '../image/encoded-file'
import { FORMATS } from '../image/formats'
import type { ByteSource } from '../image/header'
import {
  canRender,
  type Effort,
  MemoryBudget,
  type Rendered,
  type RenderOptions,
  render,
} from '../image/render'
import { renderMany } from '../image/render-many'
import { Stopwatch } from '../image/stopwatch'
import type { NormalTransformation } from '../image/transformation'
import { canonicalKey } from '../params/keys'
import { makeKey } from '../store/objects'
import type { AssetRow, VariantRow } from '../store/records'
import type { Facts } from '../store/schema'
import { objectSource } from '../store/source'
import { beginUpload } from '../store/uploads'
import { expiresAt, insertVariant } from '../store/variants'
import { bodyOf } from './body'
import { behind, type Context } from './context'
import { translate } from './image-error'
import { giveUp } from './object-writer'
import { drainBehind } from './outbox'
import { headerOf, type Picture, storedPicture } from './picture'
import { placeholdersOf, placeholdersToMake } from './placeholders'
import type { Timings } from './timings'
import { Waiters } from './waiters'

export interface Generation {
  readonly asset: AssetRow
  readonly original: VariantRow
  readonly wanted: NormalTransformation
  /** The spelling that asked for it, kept as an alias. */
  readonly requestKey: string
  readonly effort: Effort
}

/** A variant being made. */
export interface Pending {
  /** Resolves as soon as the bytes exist. */
  readonly made: Promise<Picture>
  /** Resolves when it is in R2 and D1; null where the asset was deleted meanwhile. */
  readonly stored: Promise<Picture | null>
  /** Who waits for it: whoever uses the promises joins. */
  readonly waiters: Waiters
}

/** By asset and canonical key. Plain values only: nothing here belongs to one request's I/O. */
const pending = new Map<string, Pending>()

/** The variant that is being made in this isolate right now, if it is. */
export function pendingVariant(assetId: number, wanted: NormalTransformation): Pending | null {
  return pending.get(`${assetId}:${canonicalKey(wanted)}`) ?? null
}

/** Whether a variant keeps to the limits, and its job to the memory that there is. */
export function canGenerate(context: Context, job: Generation): boolean {
  const { original, wanted } = job
  return canRender(headerOf(original), wanted, original.size, optionsOf(context, [job]))
}

/** Starts to make a variant. Whoever asks for it until it is stored gets the same promises. */
export function generate(context: Context, job: Generation, timings?: Timings): Pending {
  const waiters = new Waiters()
  return start(context, job, make(context, job, waiters, timings), waiters, timings)
}

/**
 * Starts to make several variants of one asset, which is decoded once. Where one of them can't be
 * made, none is.
 */
export function generateMany(context: Context, jobs: readonly Generation[]): Pending[] {
  const waiters = new Waiters()
  const made = makeMany(context, jobs, waiters)
  return jobs.map((job, n) =>
    start(
      context,
      job,
      made.then((pictures) => pictures[n]!),
      waiters,
    ),
  )
}

function start(
  context: Context,
  job: Generation,
  made: Promise<Picture>,
  waiters: Waiters,
  timings?: Timings,
): Pending {
  const id = `${job.asset.id}:${canonicalKey(job.wanted)}`
  const stored = made.then((picture) => store(context, job, picture, timings))
  // Whoever waits for `made` meets its failure there; nobody need wait for `stored` as well.
  stored.catch(() => {})
  const started: Pending = { made, stored, waiters }
  pending.set(id, started)
  const forget = () => {
    if (pending.get(id) === started) pending.delete(id)
  }
  // The work outlives a client that hangs up, for others may wait for it.
  behind(context, 'variant not stored', () =>
    made.then(
      () => stored.finally(forget),
      // Whoever asked meets this failure; here is nothing left to store.
      forget,
    ),
  )
  return started
}

const budgets = new WeakMap<Config, MemoryBudget>()

/** The room that jobs of this isolate share. */
export function budgetOf(config: Config): MemoryBudget {
  let budget = budgets.get(config)
  if (!budget) {
    const { memoryBytes: bytes, queueLength: queue, queueTimeout: waitMs } = config.limits
    budgets.set(config, (budget = new MemoryBudget({ bytes, queue, waitMs })))
  }
  return budget
}

async function make(
  context: Context,
  job: Generation,
  waiters: Waiters,
  timings?: Timings,
): Promise<Picture> {
  const { original, wanted } = job
  const watch = timings && new Stopwatch()
  const options = { ...optionsOf(context, [job]), watch, whileWaiting: waiters.signal }
  try {
    const rendered = await render(sourceOf(context, original), headerOf(original), wanted, options)
    return pictureOf(context, job, rendered)
  } catch (error) {
    throw translate(error)
  } finally {
    if (watch) timings.addAll(watch.spent())
  }
}

async function makeMany(context: Context, jobs: readonly Generation[], waiters: Waiters): Promise<Picture[]> {
  const { original } = jobs[0]!
  const wanted = jobs.map((job) => job.wanted)
  const options = { ...optionsOf(context, jobs), whileWaiting: waiters.signal }
  try {
    const made = await renderMany(sourceOf(context, original), headerOf(original), wanted, options)
    return made.map((rendered, n) => pictureOf(context, jobs[n]!, rendered))
  } catch (error) {
    throw translate(error)
  }
}

function sourceOf(context: Context, { bucket, key, size }: VariantRow): ByteSource {
  return objectSource(context.buckets(bucket), key, size)
}

/** Placeholders are made of all outputs or of none, whichever of them gets its own. */
function optionsOf({ config }: Context, jobs: readonly Generation[]): RenderOptions {
  const { asset, effort } = jobs[0]!
  const kinds = config.settingsFor(asset.path).image.lqip
  const lqip = jobs.map(({ wanted, original }) => placeholdersToMake(wanted, headerOf(original), kinds))
  return {
    limits: config.limits,
    budget: budgetOf(config),
    effort,
    lqip: lqip.find((some) => some.length > 0) ?? [],
  }
}

function pictureOf(context: Context, job: Generation, { pieces, header, lqip }: Rendered): Picture {
  const { original, wanted, asset } = job
  const key = makeKey(FORMATS[wanted.format].extension)
  const createdAt = context.now()
  const bucket = context.config.settingsFor(asset.path).objectStore.bucket
  const made = { assetId: asset.id, bucket, key, size: sizeOfPieces(pieces), createdAt }
  const placeholders = placeholdersOf(wanted, headerOf(original), lqip, original.lqip)
  return { row: { ...made, lqip: placeholders, canonicalKey: canonicalKey(wanted) }, header, pieces }
}

/** Ledger, object, then the batch that makes it visible. A loser's object goes to the outbox. */
async function store(
  context: Context,
  job: Generation,
  { row, header, pieces }: Picture,
  timings?: Timings,
): Promise<Picture | null> {
  const { bucket, key, size, lqip, createdAt } = row
  const { strategy, ttl } = context.config.settingsFor(job.asset.path).transform.expire
  const work = async () => {
    try {
      await beginUpload(context.store, bucket, key, createdAt)
      const contentType = FORMATS[header.format].mime
      const object = await context
        .buckets(bucket)
        .put(key, bodyOf(pieces!), { httpMetadata: { contentType } })
      return await insertVariant(context.store, {
        assetId: job.asset.id,
        canonicalKey: row.canonicalKey,
        requestKey: job.requestKey,
        bucket,
        key,
        size,
        etag: object.etag,
        attributes: header as unknown as Facts,
        ...(lqip && { lqip }),
        transformation: job.wanted as unknown as Facts,
        createdAt,
        expiresAt: expiresAt({ strategy, ttlMs: ttl ?? 0 }, createdAt),
      })
    } catch (error) {
      await giveUp(context, key)
      throw error
    }
  }
  const inserted = await (timings ? timings.measure('store', work) : work())
  // Of two that were made, or of a deleted asset: this object is in the outbox.
  if (inserted.result === 'gone' || inserted.variant.key !== key) drainBehind(context)
  return inserted.result === 'gone' ? null : storedPicture(inserted.variant)
}
