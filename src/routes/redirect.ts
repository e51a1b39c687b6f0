// `redirect`: 307 to where the object lies, by the path's strategy; with `none`, the content.
import type { Context as HonoContext } from 'hono'
import type { CacheControlSettings, PathSettings } from '../config/settings'
import type { AppEnv } from '../middleware/request-context'
import { redirectTarget } from '../services/redirect'
import { findPicture, notFound } from '../services/variant'
import type { Answer } from './answer'
import { contentAnswer } from './content'
import type { FetchRequest } from './fetch'
import { cacheControl, encodeHeader } from './headers'

export async function redirectAnswer(c: HonoContext<AppEnv>, request: FetchRequest): Promise<Answer> {
  const { config } = c.var
  const settings = config.settingsFor(request.path)
  if (settings.returnFormat.redirect.strategy === 'none') return contentAnswer(c, request)
  const { assets, wanted } = request
  const context = c.var.context()
  const found = await findPicture(context, { query: assets, wanted, mustBeStored: true }, c.var.timings)
  if (!found) throw notFound(assets)
  const { asset, picture, cache } = found
  const location = await redirectTarget(config, settings, picture, context.now())
  const headers = new Headers({ ...request.headers, Location: location!, 'K-Cache-Status': cache })
  const control = cacheControl(redirectCacheControl(settings))
  if (control !== null) headers.set('Cache-Control', control)
  if (asset.alt) headers.set('K-Alt', encodeHeader(asset.alt))
  c.var.facts.entry = asset.entryId
  return { status: 307, headers, size: 0, ranges: false, body: async () => null }
}

/**
 * A cached redirect must not outlive the URL that it leads to: at most half of a presigned URL's
 * life, so that the other half is left to whoever follows it, and nothing that stretches it.
 */
export function redirectCacheControl({ cacheControl, returnFormat }: PathSettings): CacheControlSettings {
  const { strategy, presigned } = returnFormat.redirect
  if (strategy !== 'presigned') return cacheControl
  const most = Math.floor(presigned.ttl / 2000)
  const shorter = (seconds: number | null) => (seconds === null ? null : Math.min(seconds, most))
  return {
    ...cacheControl,
    // Without any lifetime a cache may guess one.
    maxAge: shorter(cacheControl.maxAge) ?? 0,
    sMaxage: shorter(cacheControl.sMaxage),
    staleWhileRevalidate: null,
    staleIfError: null,
    immutable: false,
  }
}
