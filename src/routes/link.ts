// `link`: where the content is, as JSON. The variant exists when the answer is sent.
import type { Context as HonoContext } from 'hono'
import type { AppEnv } from '../middleware/request-context'
import type { LinkJson } from '../params/answers'
import { findPicture, notFound } from '../services/variant'
import { type Answer, jsonAnswer } from './answer'
import type { FetchRequest } from './fetch'
import { contentUrl } from './urls'

export async function linkAnswer(c: HonoContext<AppEnv>, request: FetchRequest): Promise<Answer> {
  const { assets, wanted, path, ownQuery, headers } = request
  const found = await findPicture(
    c.var.context(),
    { query: assets, wanted, mustBeStored: true },
    c.var.timings,
  )
  if (!found) throw notFound(assets)
  const { asset, picture, cache } = found
  c.var.facts.entry = asset.entryId
  const body: LinkJson = {
    url: contentUrl(c.var.config.http.publicUrl, path, asset.entryId, ownQuery),
    ...(asset.alt !== null && { alt: asset.alt }),
    lqip: picture.row.lqip ?? {},
  }
  return jsonAnswer(body, { ...headers, 'K-Cache-Status': cache })
}
