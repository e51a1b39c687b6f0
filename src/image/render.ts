// Bytes in, bytes out: plans a job, waits for its memory, runs it.
import { renderBegins, writeRows } from './breathe'
import { isolateBudget, type Lease, MemoryBudget } from './budget'
import { type Effort, encoderOf } from './codecs'
import { piecesBytes } from './codecs/file-sizes'
import { makeJpegPlaneWriter } from './codecs/jpeg-encode'
import { type EncodedFile, piecesOf } from './encoded-file'
import type { Engine } from './engine'
import { withEngine } from './engines'
import { ImageError } from './error'
import type { ByteSource, ImageHeader } from './header'
import { checkHeader, checkOutput, DEFAULT_LIMITS, type ImageLimits } from './limits'
import type { Lqip, LqipKind } from './lqip'
import { mergeOf } from './merge'
import { embedMetadata } from './metadata'
import { type Original, openOriginal } from './original'
import { isAnimated, outputHeader, outputIcc, outputMetadata } from './output'
import { renderedRows } from './pipeline'
import { placeholdersOf } from './placeholder'
import { plan as makePlan, type Plan } from './plan'
import { openPlanes, type ScaledPlanes } from './planes'
import { refusal } from './refusal'
import { renderAnimation } from './render-animation'
import { oriented, retelling } from './retold'
import { decodedOpener, type Opener } from './scaled'
import { tapRows } from './steps/tap'
import type { Stopwatch } from './stopwatch'
import type { NormalTransformation } from './transformation'

export type { Effort } from './codecs'
export type { Lqip, LqipKind } from './lqip'
export { MemoryBudget }

export interface RenderOptions {
  readonly limits?: ImageLimits
  /** Room that jobs share; this isolate's own unless given. */
  readonly budget?: MemoryBudget
  /** Whether a request waits for the picture, or it is made behind one. */
  readonly effort: Effort
  /** Placeholders to make of the output; none unless given. */
  readonly lqip?: readonly LqipKind[]
  readonly signal?: AbortSignal | undefined
  /** Aborts the wait for memory alone: work that has begun goes on. */
  readonly whileWaiting?: AbortSignal | undefined
  /** Counts where the time goes. */
  readonly watch?: Stopwatch | undefined
}

export interface Rendered {
  /** The file, one piece after the other. */
  readonly pieces: readonly Uint8Array[]
  /** The header of the file. */
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
  return retelling(header, (told) => renderTold(source, told, oriented(wanted, header, told), options))
}

async function renderTold(
  source: ByteSource,
  header: ImageHeader,
  wanted: NormalTransformation,
  options: RenderOptions,
): Promise<Rendered> {
  const limits = options.limits ?? DEFAULT_LIMITS
  checkHeader(header, limits)
  checkOutput(wanted, header.pageCount, limits)
  if (isAnimated(header, wanted)) return renderAnimation(source, header, wanted, options)
  const budget = options.budget ?? isolateBudget
  const room = budget.options.bytes
  const lqip = (options.lqip?.length ?? 0) > 0
  const planning = { fileSize: source.size, room, effort: options.effort, lqip }
  const job = makePlan(header, wanted, planning)
  if (job.peakBytes > room) throw refusal(header, wanted, planning)
  renderBegins(options.effort)
  const work = (lease: Lease) => renderAlone(source, header, wanted, job, options, lease)
  return budget.run(job.peakBytes, work, options.whileWaiting ?? options.signal)
}

/**
 * Whether `render` would begin: the limits allow the output, and the job can fit the budget. An animation,
 * whose plan is another, always may.
 * @param fileSize bytes of the compressed file
 */
export function canRender(
  header: ImageHeader,
  wanted: NormalTransformation,
  fileSize: number,
  options: RenderOptions,
): boolean {
  try {
    checkOutput(wanted, header.pageCount, options.limits ?? DEFAULT_LIMITS)
  } catch (error) {
    if (error instanceof ImageError) return false
    throw error
  }
  if (isAnimated(header, wanted)) return true
  const room = (options.budget ?? isolateBudget).options.bytes
  const lqip = (options.lqip?.length ?? 0) > 0
  return makePlan(header, wanted, { fileSize, room, effort: options.effort, lqip }).peakBytes <= room
}

async function renderAlone(
  source: ByteSource,
  header: ImageHeader,
  wanted: NormalTransformation,
  job: Plan,
  options: RenderOptions,
  lease: Lease,
): Promise<Rendered> {
  const { signal, watch } = options
  watch?.to('decode')
  const original = await openOriginal(source, header.format, watch)
  watch?.to('transform')
  try {
    return await withEngine(job.engineBytes, async (engine) => {
      const { icc } = original
      const reading = {
        engine,
        source: original.source,
        header,
        wanted,
        plan: job,
        icc,
        signal,
        watch,
      }
      const open = decodedOpener(reading)
      const picture = { engine, header, wanted, plan: job, original, open }
      const planes = job.planes ? await openPlanes(reading) : null
      return planes ? encodePlanes(picture, planes, watch) : encodePicture(picture, options, lease)
    })
  } finally {
    await original.close()
  }
}

/** One output of a source whose scaled rows can be had. */
export interface Picture {
  readonly engine: Engine
  readonly header: ImageHeader
  readonly wanted: NormalTransformation
  readonly plan: Plan
  readonly original: Original
  readonly open: Opener
}

/**
 * Runs the steps behind the scaler, and the encoder.
 * @param lease room that is given back as the size of the file becomes known
 */
export async function encodePicture(
  picture: Picture,
  { effort, lqip = [], watch }: Pick<RenderOptions, 'effort' | 'lqip' | 'watch'>,
  lease?: Lease,
): Promise<Rendered> {
  const { engine, header, wanted, plan, original } = picture
  const { icc } = original
  const finished = await renderedRows({ ...picture, icc })
  const tap = lqip.length > 0 ? tapRows(engine, finished) : null
  const rows = tap?.rows ?? finished
  try {
    const { width, height, bands } = rows
    const profile = outputIcc({ icc, header, wanted, plan }, bands)
    const made = outputHeader(header, wanted, rows, profile)
    watch?.to('encode')
    const writer = await encoderOf(wanted.format).make(engine, {
      width,
      height,
      bands,
      quality: wanted.quality ?? 100,
      effort,
      merge: mergeOf(header, wanted, plan, false),
      ...(profile && { icc: profile }),
    })
    watch?.to('transform')
    const wrote = () => {
      const { peakBytes, finishing } = plan
      if (writer.most !== undefined) lease?.keep(peakBytes - finishing.file + piecesBytes(writer.most))
    }
    await writeRows(writer, rows, wanted.format, { watch, wrote })
    watch?.to('encode')
    const file = await writer.finish()
    await rows.close()
    const small = tap?.small()
    return {
      pieces: await withMetadata(file, original, wanted, made, profile),
      header: made,
      lqip: small ? placeholdersOf(small, { orientation: made.orientation, icc: profile }, lqip) : {},
    }
  } finally {
    await rows.close()
  }
}

/** Encodes planes, which no step but the scaler has changed. */
async function encodePlanes(
  { engine, header, wanted, plan, original }: Picture,
  planes: ScaledPlanes,
  watch: RenderOptions['watch'],
): Promise<Rendered> {
  try {
    const { width, height } = planes
    const made = outputHeader(header, wanted, { width, height, bands: 3 })
    const profile = outputIcc({ icc: original.icc, header, wanted, plan }, 3)
    const writer = makeJpegPlaneWriter(engine, { width, height, bands: 3, quality: wanted.quality ?? 100 })
    await planes.writeTo(writer)
    watch?.to('encode')
    const file = writer.finish()
    await planes.close()
    return { pieces: await withMetadata(file, original, wanted, made, profile), header: made, lqip: {} }
  } finally {
    await planes.close()
  }
}

async function withMetadata(
  file: EncodedFile,
  original: Original,
  wanted: NormalTransformation,
  made: ImageHeader,
  profile: Uint8Array | null,
): Promise<readonly Uint8Array[]> {
  const settled = outputMetadata(await original.metadata(), wanted, made, profile)
  const pieces = piecesOf(file)
  if (Object.keys(settled).length === 0) return pieces
  const [head, ...rest] = pieces
  return [embedMetadata(wanted.format, head!, settled), ...rest]
}
