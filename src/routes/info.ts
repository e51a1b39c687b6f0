// `info`: asset JSON, of one asset or, with a limit, of several. What fits a page is answered whole,
// with a length and a tag; longer lists are written while they are read.
import type { Context as HonoContext } from 'hono'
import type { AppEnv } from '../middleware/request-context'
import { notFound } from '../services/variant'
import { type AssetPage, listPage, PAGE_ASSETS } from '../store/list'
import type { Store } from '../store/store'
import { type Answer, jsonAnswer } from './answer'
import { assetJson } from './asset-json'
import { encodedStream, recordJson } from './asset-stream'
import type { FetchRequest } from './fetch'

export async function infoAnswer(c: HonoContext<AppEnv>, request: FetchRequest): Promise<Answer> {
  const { assets, query, headers } = request
  const { store } = c.var.context()
  const first = await c.var.timings.measure('metadata', () => listPage(store, assets, query.limit))
  const { records, whole } = first
  if (records.length === 0) throw notFound(assets)
  const all = { ...headers, 'K-Cache-Status': 'hit' }
  if (whole && (records.length < PAGE_ASSETS || records.length === query.limit)) {
    return jsonAnswer(query.limit === 1 ? assetJson(records[0]!) : records.map(assetJson), all)
  }
  const body = async () => encodedStream(listJson(store, request, first))
  return {
    status: 200,
    headers: new Headers({ ...all, 'Content-Type': 'application/json' }),
    size: null,
    ranges: false,
    body,
  }
}

async function* listJson(
  store: Store,
  { assets, query: { limit } }: FetchRequest,
  first: AssetPage,
): AsyncGenerator<string> {
  const single = limit === 1
  if (!single) yield '['
  let page = first
  let given = 0
  for (;;) {
    for (const record of page.records) {
      if (given++ > 0) yield ','
      if (page.whole) yield JSON.stringify(assetJson(record))
      else yield* recordJson(store, record)
    }
    const last = page.records.at(-1)
    if (given === limit || last === undefined || page.records.length < PAGE_ASSETS) break
    page = await listPage(store, assets, limit < 0 ? limit : limit - given, last)
  }
  if (!single) yield ']'
}
