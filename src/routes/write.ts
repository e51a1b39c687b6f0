// POST, PUT and DELETE /assets/{path}…: parse, call the use case, make stale answers unreachable.
import type { Context as HonoContext } from 'hono'
import { AppError, badRequest, expected } from '../errors'
import type { AppEnv } from '../middleware/request-context'
import { parseAddress, rawPath, rawQuery } from '../params/address'
import { parseJson, parseUpdate } from '../params/metadata'
import { CONTROLS } from '../params/parameters'
import { parseQuery, queryPairs, refuseTransformation } from '../params/query'
import { parseDeleteSelectors, parseUpdateSelectors, refuseSelectors } from '../params/selectors'
import { errorFacts } from '../services/context'
import { type DeleteTarget, deleteAssets } from '../services/delete-assets'
import { translate } from '../services/image-error'
import { MAX_METADATA_BYTES, storeFromUrl, storeUpload } from '../services/store-asset'
import { updateAsset } from '../services/update-asset'
import { HELD_VARIANTS } from '../store/read'
import type { AssetRecord } from '../store/records'
import { assetJson } from './asset-json'
import { encodedStream, recordJson } from './asset-stream'
import { edgeOf, lifetimeOf } from './edge'
import { entryUrl } from './urls'

/** POST: stores an upload or the picture of a URL. */
export async function storeAsset(c: HonoContext<AppEnv>): Promise<Response> {
  c.var.facts.operation = 'store'
  const { path, selectors } = parseAddress(rawPath(c.req.raw.url))
  refuseSelectors(selectors)
  const store = () => c.var.timings.measure('store', () => storeBody(c, path))
  // Ids are never given twice: nothing of a path can have been kept before its first asset.
  const record = await writing(c, path, 'path', store, ({ entryId }) => entryId > 0)
  const location = entryUrl(c.var.config.http.publicUrl, path, record.entryId)
  c.var.facts.entry = record.entryId
  return written(c, 201, record, { Location: location })
}

function storeBody(c: HonoContext<AppEnv>, path: string): Promise<AssetRecord> {
  const contentType = c.req.header('Content-Type') ?? ''
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (type === 'multipart/form-data') {
    const length = Number(c.req.header('Content-Length') ?? Number.NaN)
    const stream = c.req.raw.body ?? (new Blob([]).stream() as ReadableStream<Uint8Array>)
    const body = { stream, contentType, ...(Number.isSafeInteger(length) && { length }) }
    return storeUpload(c.var.context(), path, body)
  }
  if (type === 'application/json') {
    return readJson(c).then((body) => storeFromUrl(c.var.context(), path, body))
  }
  throw new AppError(
    415,
    'unsupported_media_type',
    expected('multipart/form-data or application/json', 'Content-Type', contentType),
  )
}

/** PUT: replaces alt, labels and tags of one entry. */
export async function putAsset(c: HonoContext<AppEnv>): Promise<Response> {
  c.var.facts.operation = 'update'
  const { path, selectors } = parseAddress(rawPath(c.req.raw.url))
  const entryId = parseUpdateSelectors(selectors)
  const parameter = queryPairs(rawQuery(c.req.raw.url)).find(([name]) => name !== CONTROLS.s.name)
  if (parameter) {
    throw badRequest('conflicting_parameters', `Expected no parameters for PUT but received ${parameter[0]}`)
  }
  const contentType = c.req.header('Content-Type') ?? ''
  if (contentType.split(';')[0]!.trim().toLowerCase() !== 'application/json') {
    throw new AppError(
      415,
      'unsupported_media_type',
      expected('application/json', 'Content-Type', contentType),
    )
  }
  const metadata = parseUpdate(await readJson(c))
  const update = () => updateAsset(c.var.context(), path, entryId, metadata)
  const record = await writing(c, path, 'path', update)
  c.var.facts.entry = entryId
  return written(c, 200, record)
}

/** DELETE: always 204, whether or not anything was there. */
export async function removeAssets(c: HonoContext<AppEnv>): Promise<Response> {
  c.var.facts.operation = 'delete'
  const { path, selectors } = parseAddress(rawPath(c.req.raw.url))
  const target = deleteTarget(c, path, selectors ?? [])
  if (target) {
    const scope = target.kind === 'recursive' ? 'tree' : 'path'
    c.var.facts.deleted = await writing(c, path, scope, () => deleteAssets(c.var.context(), target))
  }
  return withBookmark(c, new Response(null, { status: 204 }))
}

/** null where nothing can carry the labels. */
function deleteTarget(c: HonoContext<AppEnv>, path: string, given: readonly string[]): DeleteTarget | null {
  const selectors = parseDeleteSelectors(given)
  const search = rawQuery(c.req.raw.url)
  const query = parseQuery(search, c.var.config.limits)
  refuseTransformation(query, 'DELETE')
  const { labels, limit } = query
  const limited = queryPairs(search).some(([name]) => name === 'limit')
  if ('recursive' in selectors || 'entryId' in selectors) {
    const selector = 'recursive' in selectors ? 'recursive' : 'entry'
    if (limited) {
      throw badRequest('conflicting_parameters', `Expected no limit beside ${selector} but received ${limit}`)
    }
  }
  if ('entryId' in selectors) {
    const [label] = Object.keys(labels)
    if (label !== undefined) {
      throw badRequest('conflicting_parameters', `Expected no labels beside entry but received "${label}"`)
    }
    return { kind: 'entry', path, entryId: selectors.entryId }
  }
  if (query.contradictory) return null
  if ('recursive' in selectors) return { kind: 'recursive', path, labels }
  return { kind: 'first', path, order: selectors.order, limit, labels }
}

/** A JSON body, bounded. */
async function readJson(c: HonoContext<AppEnv>): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  const body = c.req.raw.body ?? new Blob([]).stream()
  for await (const chunk of body.values({ preventCancel: true })) {
    size += chunk.length
    if (size > MAX_METADATA_BYTES) {
      throw badRequest('metadata_too_large', `Expected at most ${MAX_METADATA_BYTES} bytes of metadata`)
    }
    chunks.push(chunk)
  }
  return parseJson(new Uint8Array(await new Blob(chunks).arrayBuffer()), 'the body')
}

/**
 * Does a write; answers that it made stale are unreachable in this data centre before it is answered. So
 * they are after a failure of ours: the batch may have been written, though its answer was lost.
 */
async function writing<T>(
  c: HonoContext<AppEnv>,
  path: string,
  scope: 'path' | 'tree',
  work: () => Promise<T>,
  matters: (result: T) => boolean = () => true,
): Promise<T> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    const known = translate(error)
    if (!(known instanceof AppError) || known.status >= 500) await invalidate(c, path, scope)
    throw error
  }
  if (matters(result)) await invalidate(c, path, scope)
  return result
}

async function invalidate(c: HonoContext<AppEnv>, path: string, scope: 'path' | 'tree'): Promise<void> {
  const { config } = c.var
  if (!config.edgeCache.enabled) return
  // Nothing is kept of such a path; what lies below a tree may have other settings.
  if (scope === 'path' && lifetimeOf(config.settingsFor(path).cacheControl, 1) === null) return
  try {
    const edge = edgeOf(config)
    await (scope === 'tree' ? edge.invalidateTree(path) : edge.invalidatePath(path))
  } catch (error) {
    // The write is done; answers are then stale here as long as they may be elsewhere.
    c.var.context().log('error', 'edge answers not invalidated', { path, ...errorFacts(error) })
  }
}

function written(
  c: HonoContext<AppEnv>,
  status: 200 | 201,
  record: AssetRecord,
  headers: Record<string, string> = {},
): Response {
  const whole = record.variants.length <= HELD_VARIANTS
  const body = whole
    ? JSON.stringify(assetJson(record))
    : encodedStream(recordJson(c.var.context().store, record))
  const all = { ...headers, 'Content-Type': 'application/json' }
  return withBookmark(c, new Response(body, { status, headers: all }))
}

/** A client that sends it back is sure to read its own write from any replica. */
function withBookmark(c: HonoContext<AppEnv>, response: Response): Response {
  const bookmark = c.var.context().store.bookmark()
  if (bookmark !== null) response.headers.set('K-Bookmark', bookmark)
  return response
}
