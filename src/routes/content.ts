// `content` and `download`: the bytes.
import type { Context as HonoContext } from 'hono'
import { partOf } from '../image/encoded-file'
import type { AppEnv } from '../middleware/request-context'
import type { FoundPicture } from '../services/picture'
import { findPicture, notFound, regenerate, type VariantRequest } from '../services/variant'
import type { Answer, Body } from './answer'
import type { FetchRequest } from './fetch'
import { contentDisposition, pictureHeaders } from './headers'
import type { ByteRange } from './range'

/** Finds or makes the picture; R2 is asked for it when the body is opened. */
export async function contentAnswer(c: HonoContext<AppEnv>, request: FetchRequest): Promise<Answer> {
  const found = await findPicture(c.var.context(), jobOf(request), c.var.timings)
  if (!found) throw notFound(request.assets)
  return pictureAnswer(c, request, found)
}

function jobOf({ assets, wanted }: FetchRequest): VariantRequest {
  return { query: assets, wanted, mustBeStored: false }
}

/** The answer with a picture that was found. */
export function pictureAnswer(c: HonoContext<AppEnv>, request: FetchRequest, found: FoundPicture): Answer {
  const headers = pictureHeaders(found)
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, value)
  if (request.format === 'download') headers.set('Content-Disposition', contentDisposition(found))
  c.var.facts.entry = found.asset.entryId
  c.var.facts.format = found.picture.header.format
  return {
    status: 200,
    headers,
    size: found.picture.row.size,
    ranges: true,
    body: (range) => openBody(c, jobOf(request), found, range),
  }
}

async function openBody(
  c: HonoContext<AppEnv>,
  job: VariantRequest,
  { picture }: FoundPicture,
  range: ByteRange | null,
): Promise<Body> {
  const { row, pieces } = picture
  if (pieces) return range ? partOf(pieces, range) : pieces
  const context = c.var.context()
  const options = range ? { range: { offset: range.offset, length: range.length } } : {}
  const object = await c.var.timings.measure('object', () =>
    context.buckets(row.bucket).get(row.key, options),
  )
  if (object) return object.body
  // The row outlived its object. The headers are settled: only equal bytes could go under them, so
  // the variant is made anew for the requests to come, and this one is sent there again.
  const again = await regenerate(context, job, picture, c.var.timings)
  throw new ObjectReplaced(again)
}

/** The object was missing, and its variant was made anew: the answer starts over. */
export class ObjectReplaced extends Error {
  override readonly name = 'ObjectReplaced'

  constructor(readonly found: FoundPicture) {
    super('the variant was made anew')
  }
}
