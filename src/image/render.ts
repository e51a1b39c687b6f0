// Bytes in, bytes out: plans a job, waits for its memory, runs it.
import { type BudgetOptions, isolateBudget, MemoryBudget } from './budget'
import { type Effort, encoderOf } from './codecs'
import { withEngine } from './engines'
import { FORMATS } from './formats'
import type { ByteSource, ImageHeader, Orientation } from './header'
import { checkHeader, checkOutput, DEFAULT_LIMITS, type ImageLimits } from './limits'
import { renderedRows } from './pipeline'
import { type Plan, plan } from './plan'
import type { Bands } from './rows'
import type { NormalTransformation } from './transformation'

export type { Effort } from './codecs'

export interface RenderOptions {
  readonly limits?: ImageLimits
  /** Room that jobs share; this isolate's own unless given. */
  readonly budget?: MemoryBudget
  /** Whether a request waits for the picture, or it is made behind one. */
  readonly effort: Effort
  readonly signal?: AbortSignal | undefined
}

/** Strings that stand for the picture while it loads. */
export interface Lqip {
  readonly blurhash?: string
  readonly thumbhash?: string
}

export interface Rendered {
  readonly bytes: Uint8Array
  /** The header of `bytes`. */
  readonly header: ImageHeader
  readonly lqip: Lqip
}

/**
 * Renders a picture.
 * Throws ImageError: `too-large` (over a limit, or never within the budget), `busy` (no room in time),
 * `corrupt`, `truncated`, `unsupported`.
 */
export async function render(
  source: ByteSource,
  header: ImageHeader,
  wanted: NormalTransformation,
  options: RenderOptions,
): Promise<Rendered> {
  const limits = options.limits ?? DEFAULT_LIMITS
  checkHeader(header, limits)
  checkOutput(wanted, header.pageCount, limits)
  const budget = options.budget ?? isolateBudget
  const job = plan(header, wanted, {
    fileSize: source.size,
    room: budget.options.bytes,
    effort: options.effort,
  })
  return budget.run(job.peakBytes, () => run(source, header, wanted, job, options), options.signal)
}

async function run(
  source: ByteSource,
  header: ImageHeader,
  wanted: NormalTransformation,
  job: Plan,
  { effort, signal }: RenderOptions,
): Promise<Rendered> {
  return withEngine(job.engineBytes, async (engine) => {
    const rows = await renderedRows({ engine, source, header, wanted, plan: job, effort, signal })
    try {
      const { width, height, bands } = rows
      const writer = await encoderOf(wanted.format).make(engine, {
        width,
        height,
        bands,
        quality: wanted.quality ?? 100,
        effort,
      })
      for (let strip = await rows.read(); strip; strip = await rows.read()) await writer.write(strip)
      const bytes = await writer.finish()
      return { bytes, header: outputHeader(header, wanted, width, height, bands), lqip: {} }
    } finally {
      await rows.close()
    }
  })
}

function outputHeader(
  header: ImageHeader,
  wanted: NormalTransformation,
  width: number,
  height: number,
  bands: Bands,
): ImageHeader {
  const facts = FORMATS[wanted.format]
  const keeps = !wanted.orient && facts.viewersOrient && FORMATS[header.format].viewersOrient
  const animated = facts.frames && header.pageCount > 1
  const grey = bands <= 2
  return {
    format: wanted.format,
    width,
    height,
    orientation: keeps ? header.orientation : (1 as Orientation),
    alpha: bands % 2 === 0,
    bitDepth: 8,
    pageCount: animated ? header.pageCount : 1,
    loop: animated ? header.loop : 0,
    colorSpace: wanted.colorSpace === 'origin' ? header.colorSpace : wanted.colorSpace,
    interlaced: false,
    components: grey ? 1 : 3,
  }
}

export { type BudgetOptions, MemoryBudget }
