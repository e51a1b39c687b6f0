// What becomes of a picture that was stored: its original variant. Where the path preprocesses, the
// transformed picture is the original, and what came in only served to make it.
import type { PathSettings } from '../config/settings'
import { FORMATS } from '../image/formats'
import { isOriginal, normalise } from '../image/normalise'
import { type Rendered, render } from '../image/render'
import type { Facts } from '../store/schema'
import { objectSource } from '../store/source'
import type { NewVariant } from '../store/variants'
import type { Context } from './context'
import { budgetOf } from './generate'
import { translate } from './image-error'
import { giveUp, ObjectWriter } from './object-writer'
import type { StoredPicture } from './picture-upload'

/** The original variant, and ledger keys of objects that only served to make it. */
export interface Original {
  readonly original: NewVariant
  readonly discard: readonly string[]
}

/** Makes the original variant of a stored picture; all of it stays under the ledger. */
export async function makeOriginal(
  context: Context,
  settings: PathSettings,
  picture: StoredPicture,
): Promise<Original> {
  const { object, header } = picture
  const { enabled, image } = settings.transform.preprocessing
  const wanted = enabled ? normalise(image, header) : null
  if (wanted === null || isOriginal(wanted, header)) {
    return { original: { ...object, attributes: header as unknown as Facts }, discard: [] }
  }
  const source = objectSource(context.buckets(object.bucket), object.key, object.size)
  let rendered: Rendered
  try {
    rendered = await render(source, header, wanted, {
      limits: context.config.limits,
      budget: budgetOf(context.config),
      effort: 'interactive',
      signal: context.signal,
    })
  } catch (error) {
    throw translate(error)
  }
  const { mime, extension } = FORMATS[rendered.header.format]
  const target = { bucket: object.bucket, extension, contentType: mime }
  const writer = new ObjectWriter(context, () => target, rendered.bytes.length)
  try {
    await writer.write(rendered.bytes)
    const attributes = rendered.header as unknown as Facts
    return { original: { ...(await writer.finish()), attributes }, discard: [object.key] }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Gives up what `makeOriginal` made, where the asset could not be made visible after all. */
export async function dropOriginal(context: Context, { original, discard }: Original): Promise<void> {
  if (discard.length > 0) await giveUp(context, original.key)
}
