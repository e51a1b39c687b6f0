// `info`: asset JSON, of one asset or, with a limit, of several.
import type { Context as HonoContext } from 'hono'
import type { AppEnv } from '../middleware/request-context'
import { notFound } from '../services/variant'
import { listAssets } from '../store/read'
import { type Answer, jsonAnswer } from './answer'
import { assetJson } from './asset-json'
import type { FetchRequest } from './fetch'

export async function infoAnswer(c: HonoContext<AppEnv>, request: FetchRequest): Promise<Answer> {
  const { assets, query, headers } = request
  const { store } = c.var.context()
  const records = await c.var.timings.measure('metadata', () => listAssets(store, assets, query.limit))
  if (records.length === 0) throw notFound(assets)
  const body = query.limit === 1 ? assetJson(records[0]!) : records.map(assetJson)
  return jsonAnswer(body, { ...headers, 'K-Cache-Status': 'hit' })
}
