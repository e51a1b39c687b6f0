// The use case behind link, content, download and redirect: finds the picture that a request
// means, and makes it where it does not exist yet.
import { AppError } from '../errors'
import type { Format } from '../image/formats'
import { checkOutput } from '../image/limits'
import { isOriginal, normalise } from '../image/normalise'
import type { Transformation } from '../image/transformation'
import { canonicalKey, requestKey } from '../params/keys'
import type { AssetQuery } from '../store/pick'
import { type FoundVariant, findVariant, variantByKey } from '../store/read'
import type { VariantRow } from '../store/records'
import { ORIGINAL } from '../store/schema'
import { ObjectGone } from '../store/source'
import { addAlias, forgetVariant, touchVariant } from '../store/variants'
import { behind, type Context } from './context'
import { canGenerate, generate, type Pending, pendingVariant } from './generate'
import { translated } from './image-error'
import { type FoundPicture, headerOf, type Picture, storedPicture } from './picture'
import type { Timings } from './timings'
import type { Wanted } from './wanted'

/** How long someone waits for a variant that another request is making, before making it too. */
const PATIENCE_MS = 20_000

export interface VariantRequest {
  readonly query: AssetQuery
  readonly wanted: Wanted
  /** Whether the answer may only be sent when the variant is in R2 and D1. */
  readonly mustBeStored: boolean
}

/**
 * Finds or makes the picture; null where no asset matches. A format that Accept prefers, and that this
 * picture is too large for, gives way to the next that it admits.
 */
export async function findPicture(
  context: Context,
  request: VariantRequest,
  timings: Timings,
): Promise<FoundPicture | null> {
  const { asked, instead, refused, others } = request.wanted
  const left = [request.wanted.format, ...others]
  for (;;) {
    let format = left.shift() ?? null
    let found = await lookUp(context, request.query, requestKey(asked, format), timings)
    if (!found) return null
    // Accept excludes the very format that the original has.
    if (format === null && instead !== null && refused.includes(headerOf(found.original).format)) {
      format = instead
      found = await lookUp(context, request.query, requestKey(asked, format), timings)
      if (!found) return null
    }
    if (left.length === 0 || found.variant || isPossible(context, found, asked, format)) {
      return settle(context, request, found, format, timings)
    }
  }
}

/** Whether the picture is there in this format, or can be made. */
function isPossible(
  context: Context,
  { asset, original }: FoundVariant,
  asked: Transformation,
  format: Format | null,
): boolean {
  const header = headerOf(original)
  const wanted = normalise(format === null ? asked : { ...asked, format }, header)
  if (isOriginal(wanted, header)) return true
  return canGenerate(context, { asset, original, wanted, requestKey: '', effort: 'interactive' })
}

function lookUp(context: Context, query: AssetQuery, key: string, timings: Timings) {
  return timings.measure('metadata', () => findVariant(context.store, query, key === '' ? null : key))
}

async function settle(
  context: Context,
  request: VariantRequest,
  { asset, original, variant }: FoundVariant,
  format: Format | null,
  timings: Timings,
): Promise<FoundPicture> {
  if (variant) return hit(context, { asset, original }, variant)
  const { asked } = request.wanted
  const key = requestKey(asked, format)
  const header = headerOf(original)
  const wanted = normalise(format === null ? asked : { ...asked, format }, header)
  if (isOriginal(wanted, header)) {
    behind(context, 'alias not written', () => addAlias(context.store, asset.id, key, ORIGINAL))
    return hit(context, { asset, original }, original)
  }
  const running = pendingVariant(asset.id, wanted)
  if (running) {
    running.waiters.join(context.signal)
    const picture = await timings.measure('wait', () => patiently(running, request.mustBeStored))
    if (picture) return { asset, original, picture, cache: 'hit' }
  }
  translated(() => checkOutput(wanted, header.pageCount, context.config.limits))
  const canonical = canonicalKey(wanted)
  const known = await timings.measure('metadata', () => variantByKey(context.store, asset.id, canonical))
  if (known) {
    behind(context, 'alias not written', () => addAlias(context.store, asset.id, key, canonical))
    return hit(context, { asset, original }, known)
  }
  // Another request of this isolate may have begun while D1 was asked.
  const job = { asset, original, wanted, requestKey: key, effort: 'interactive' as const }
  const begun = pendingVariant(asset.id, wanted)
  const { made, stored, waiters } = begun ?? generate(context, job, timings)
  waiters.join(context.signal)
  const picture = await whole(context, request.query, request.mustBeStored ? stored : made)
  return { asset, original, picture, cache: begun ? 'hit' : 'miss' }
}

/** Waits for a picture; the asset or its original may have been deleted on the way. */
async function whole(context: Context, query: AssetQuery, work: Promise<Picture | null>): Promise<Picture> {
  try {
    const picture = await work
    if (picture) return picture
  } catch (error) {
    if (!(error instanceof ObjectGone) || (await findVariant(context.store, query, null))) throw error
  }
  throw notFound(query)
}

/** The picture that another request makes; null where that fails or takes too long. */
async function patiently(running: Pending, mustBeStored: boolean): Promise<Picture | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS)
  })
  try {
    return await Promise.race([mustBeStored ? running.stored : running.made, patience])
  } catch {
    // The other request reports its failure; this one tries by itself and meets its own.
    return null
  } finally {
    clearTimeout(timer)
  }
}

function hit(
  context: Context,
  found: Pick<FoundPicture, 'asset' | 'original'>,
  row: VariantRow,
): FoundPicture {
  const { strategy, ttl } = context.config.settingsFor(found.asset.path).transform.expire
  if (strategy === 'idle' && row.canonicalKey !== ORIGINAL) {
    const expiry = { strategy, ttlMs: ttl ?? 0 }
    behind(context, 'access not noted', () => touchVariant(context.store, row, expiry, context.now()))
  }
  return { ...found, picture: storedPicture(row), cache: 'hit' }
}

/**
 * Makes a variant anew whose object is missing in R2. An original can't be made anew: where its
 * asset is gone that is a 404, else an error of ours.
 */
export async function regenerate(
  context: Context,
  request: VariantRequest,
  lost: Picture,
  timings: Timings,
): Promise<FoundPicture> {
  if (lost.row.canonicalKey === ORIGINAL) {
    const again = await findVariant(context.store, request.query, null)
    if (again?.original.key === lost.row.key) throw new ObjectGone(lost.row.key)
  } else {
    context.log('warn', 'object missing, variant made anew', { key: lost.row.key, bucket: lost.row.bucket })
    await forgetVariant(context.store, lost.row.assetId, lost.row.key, context.now())
  }
  const found = await findPicture(context, request, timings)
  if (!found) throw notFound(request.query)
  return found
}

export function notFound(query: AssetQuery): AppError {
  const entry = query.entryId === undefined ? 'asset' : `entry ${query.entryId}`
  const carrying = Object.keys(query.labels ?? {}).length > 0 ? ' that carries the given labels' : ''
  return new AppError(404, 'asset_not_found', `There is no ${entry} at ${query.path}${carrying}`)
}
