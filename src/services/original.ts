// What becomes of a picture that was stored: its original variant. Where the path preprocesses, the
// transformed picture is the original, and what came in only served to make it.
import type { PathSettings } from '../config/settings'
import { sizeOfPieces } from '../image/encoded-file'
import { FORMATS } from '../image/formats'
import type { ByteSource, ImageHeader } from '../image/header'
import { isOriginal, normalise } from '../image/normalise'
import { makeProbe } from '../image/probe'
import { type Lqip, type Rendered, type RenderOptions, render } from '../image/render'
import { placeholders } from '../image/render-many'
import type { NormalTransformation } from '../image/transformation'
import type { Facts } from '../store/schema'
import { objectSource } from '../store/source'
import type { NewVariant } from '../store/variants'
import { type Context, errorFacts } from './context'
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
  { object, header }: StoredPicture,
): Promise<Original> {
  const { enabled, image } = settings.transform.preprocessing
  const source = objectSource(context.buckets(object.bucket), object.key, object.size)
  const wanted = enabled ? normalise(image, header) : null
  if (wanted !== null && !isOriginal(wanted, header)) {
    return preprocess(context, settings, { object, header }, source, wanted)
  }
  const lqip = await placeholdersOf(context, settings, source, header)
  return { original: { ...object, ...lqip, attributes: header as unknown as Facts }, discard: [] }
}

/** Gives up what `makeOriginal` made, where the asset could not be made visible after all. */
export async function dropOriginal(context: Context, { original, discard }: Original): Promise<void> {
  if (discard.length > 0) await giveUp(context, original.key)
}

async function preprocess(
  context: Context,
  settings: PathSettings,
  { object, header }: StoredPicture,
  source: ByteSource,
  wanted: NormalTransformation,
): Promise<Original> {
  let rendered: Rendered
  try {
    const options = { ...optionsOf(context), lqip: settings.image.lqip, signal: context.signal }
    rendered = await render(source, header, wanted, options)
  } catch (error) {
    throw translate(error)
  }
  const { mime, extension } = FORMATS[rendered.header.format]
  const target = { bucket: object.bucket, extension, contentType: mime }
  const writer = new ObjectWriter(context, () => target, sizeOfPieces(rendered.pieces))
  try {
    const file = makeProbe()
    for (const piece of rendered.pieces) {
      file.push(piece)
      await writer.write(piece)
    }
    // How the file is to be decoded is what it says itself, as of any original: frames, tiles, tables of its profile.
    const { colorSpace } = rendered.header
    const attributes = { ...file.end(), colorSpace } as unknown as Facts
    const original = { ...(await writer.finish()), ...given(rendered.lqip), attributes }
    return { original, discard: [object.key] }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Placeholders, where the path wants some. A picture that has a header but no pixels is stored without. */
async function placeholdersOf(
  context: Context,
  settings: PathSettings,
  source: ByteSource,
  header: ImageHeader,
): Promise<{ lqip?: Lqip }> {
  const { lqip } = settings.image
  if (lqip.length === 0) return {}
  try {
    return given(await placeholders(source, header, lqip, optionsOf(context)))
  } catch (error) {
    context.log('warn', 'placeholders not made', errorFacts(error))
    return {}
  }
}

function optionsOf({ config }: Context): RenderOptions {
  return { limits: config.limits, budget: budgetOf(config), effort: 'interactive' }
}

function given(lqip: Lqip): { lqip?: Lqip } {
  return Object.keys(lqip).length > 0 ? { lqip } : {}
}
