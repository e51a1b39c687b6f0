// POST /purge: makes answers of the edge cache unreachable, by asset path, prefix or altogether.
import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { badRequest, expected } from '../errors'
import type { AppEnv } from '../middleware/request-context'
import { parseAddress } from '../params/address'
import { parseJson } from '../params/metadata'
import { edgeOf } from './edge'

/** Exactly one of three. */
const purgeSchema = z.union([
  z.strictObject({ path: z.string().describe('Answers for assets at this very path') }),
  z.strictObject({ prefix: z.string().describe('Answers at this path and below it') }),
  z.strictObject({ everything: z.literal(true).describe('All answers') }),
])

export async function purge(c: HonoContext<AppEnv>): Promise<Response> {
  c.var.facts.operation = 'purge'
  const parsed = purgeSchema.safeParse(parseJson(new Uint8Array(await c.req.arrayBuffer()), 'the body'))
  if (!parsed.success) {
    const forms = '{"path": "…"}, {"prefix": "…"} or {"everything": true}'
    throw badRequest('invalid_purge', `Expected ${forms} for the body`)
  }
  const edge = edgeOf(c.var.config)
  if ('everything' in parsed.data) await edge.invalidateTree('')
  else if ('prefix' in parsed.data) await edge.invalidateTree(pathOf(parsed.data.prefix))
  else await edge.invalidatePath(pathOf(parsed.data.path))
  return c.json({ purged: parsed.data })
}

/** A path as text, not as a URL: checked by the same rules. */
function pathOf(text: string): string {
  const encoded = text.split('/').map(encodeURIComponent).join('/')
  const { path, selectors } = parseAddress(`/assets/${encoded}`)
  if (selectors !== null) throw badRequest('invalid_path', expected('no selectors', 'the path', text))
  return path
}
