// How a picture is rendered: rows are pulled from the decoder through the steps below, in this order.
// Each step gets the rows of the one before and gives its own; an idle step gives them back as they are.
import { colourStep } from './colour'
import type { Engine } from './engine'
import { FORMATS } from './formats'
import type { ImageHeader } from './header'
import type { Plan } from './plan'
import type { RowReader } from './rows'
import type { Opener } from './scaled'
import { flattenRows } from './steps/bands'
import { blurRows } from './steps/blur'
import { filterRows } from './steps/filter'
import { padRows } from './steps/pad'
import { turnPicture } from './steps/turn'
import type { NormalTransformation } from './transformation'

/** What every step may look at. */
export interface Context {
  readonly engine: Engine
  readonly wanted: NormalTransformation
  readonly plan: Plan
  readonly header: ImageHeader
  /** The profile that the source embeds. */
  readonly icc: Uint8Array | undefined
  /** Gives the rows of a part of the scaled and cut picture. */
  readonly open: Opener
}

export interface Step {
  readonly name: string
  run(rows: RowReader, context: Context): RowReader
}

/** From turned rows to those that the encoder takes; the contract's order of work. */
export const STEPS: readonly Step[] = [
  { name: 'colour', run: colour },
  { name: 'filter', run: (rows, { engine, wanted }) => filterRows(engine, rows, wanted.filter) },
  { name: 'blur', run: blur },
  {
    name: 'pad',
    run: (rows, { engine, wanted }) => padRows(engine, rows, wanted.padding, wanted.paddingColor),
  },
  { name: 'flatten', run: flatten },
]

/** The rows of the finished picture, ready for the encoder. */
export async function renderedRows(context: Context): Promise<RowReader> {
  let rows = await turnedRows(context)
  for (const step of STEPS) rows = step.run(rows, context)
  return rows
}

/** Scaled, cut and turned: what may take several passes over the source. */
async function turnedRows({ engine, plan, open }: Context): Promise<RowReader> {
  const { turn, passes, bands, placement } = plan
  if (turn === 0) return open({ left: 0, top: 0, ...placement.target })
  return turnPicture(engine, open, placement.target, bands, turn, passes)
}

function colour(rows: RowReader, { engine, header, plan, icc, wanted }: Context): RowReader {
  if (plan.colourFirst) return rows
  const from = { bands: rows.bands, depth: 8, cmyk: false } as const
  const { colorSpace: to, format } = wanted
  return colourStep(engine, rows, { icc, colorSpace: header.colorSpace, from, to, format })
}

function blur(rows: RowReader, { engine, wanted }: Context): RowReader {
  return wanted.blur > 0 ? blurRows(engine, rows, wanted.blur) : rows
}

function flatten(rows: RowReader, { engine, wanted }: Context): RowReader {
  return FORMATS[wanted.format].alpha ? rows : flattenRows(engine, rows)
}
