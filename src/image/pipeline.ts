// How a picture is rendered: rows are pulled from the decoder through the steps below, in this order.
// Each step gets the rows of the one before and gives its own; an idle step gives them back as they are.
import { breathing } from './breathe'
import { decoderOf, type Effort } from './codecs'
import type { Engine } from './engine'
import { ImageError } from './error'
import { FORMATS } from './formats'
import { centred, inverse, turned, turnedWindow, type Window } from './geometry'
import type { ByteSource, ImageHeader } from './header'
import { uprightTurn } from './normalise'
import type { Plan } from './plan'
import type { RowReader } from './rows'
import { flattenRows } from './steps/bands'
import { filterRows, luminanceRows } from './steps/filter'
import { padRows } from './steps/pad'
import { resize } from './steps/resize'
import { sourceWindow } from './steps/scaler'
import { turnPicture } from './steps/turn'
import type { NormalTransformation } from './transformation'

/** What every step may look at. */
export interface Context {
  readonly engine: Engine
  readonly source: ByteSource
  readonly header: ImageHeader
  readonly wanted: NormalTransformation
  readonly plan: Plan
  readonly effort: Effort
  readonly signal: AbortSignal | undefined
}

export interface Step {
  readonly name: string
  run(rows: RowReader, context: Context): RowReader | Promise<RowReader>
}

/** From decoded rows to those that the encoder takes; the contract's order of work. */
export const STEPS: readonly Step[] = [
  { name: 'colour', run: colour },
  { name: 'filter', run: (rows, { engine, wanted }) => filterRows(engine, rows, wanted.filter) },
  {
    name: 'pad',
    run: (rows, { engine, wanted }) => padRows(engine, rows, wanted.padding, wanted.paddingColor),
  },
  { name: 'flatten', run: flatten },
]

/** The rows of the finished picture, ready for the encoder. */
export async function renderedRows(context: Context): Promise<RowReader> {
  let rows = await turnedRows(context)
  for (const step of STEPS) rows = await step.run(rows, context)
  return rows
}

/** Decoded, scaled, cut and turned: what may take several passes over the source. */
async function turnedRows(context: Context): Promise<RowReader> {
  const { engine, plan } = context
  const { turn, passes, bands, placement } = plan
  const whole = { left: 0, top: 0, ...placement.target }
  if (turn === 0) return scaledRows(context, whole)
  return turnPicture(engine, (band) => scaledRows(context, band), placement.target, bands, turn, passes)
}

/** A part of the picture that is cut out of the scaled one, before it is turned. */
async function scaledRows(context: Context, part: Window): Promise<RowReader> {
  const { engine, source, header, plan, wanted, signal } = context
  const { placement, scale, loaded } = plan
  const decoder = decoderOf(header)
  // What is cut is settled on the upright picture, and then found in the stored one.
  const upright = uprightTurn(wanted, header)
  const seen = turned(placement.scaled, upright)
  const cut = turnedWindow(centred(seen, turned(placement.target, upright)), seen, inverse(upright))
  const window = { ...part, left: cut.left + part.left, top: cut.top + part.top }
  const scaling = { loaded, placement, window, upright }

  const crop = decoder.crops ? sourceWindow(scaling) : { left: 0, top: 0, ...loaded }
  const decoded = await decoder.open({ engine, source, header, scale, crop })
  if (decoded.width !== crop.width || decoded.height !== crop.height) {
    const received = `${decoded.width}×${decoded.height}`
    throw new ImageError('corrupt', `Expected ${crop.width}×${crop.height} pixels but received ${received}`)
  }
  return resize(engine, breathing(decoded, scale * scale, signal), scaling, crop)
}

function colour(rows: RowReader, { engine, wanted }: Context): RowReader {
  return wanted.colorSpace === 'grayscale' ? luminanceRows(engine, rows) : rows
}

function flatten(rows: RowReader, { engine, wanted }: Context): RowReader {
  return FORMATS[wanted.format].alpha ? rows : flattenRows(engine, rows)
}
