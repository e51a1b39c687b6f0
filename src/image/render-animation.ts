// Animations: the steps of a still on each frame, which is read, transformed and written before the next.
import { type AnimationFrame, makeAnimationWriter, openAnimation } from './animation'
import { gifAnimationBytes } from './animation/gif-writer'
import { webpAnimationBytes } from './animation/webp-frames'
import { webpWriterBytes } from './animation/webp-writer'
import { breathe, renderBegins, writingUnits } from './breathe'
import { isolateBudget } from './budget'
import { FULL } from './codecs'
import { costOf, encodeCost } from './codecs/costs'
import { animationFileMost } from './codecs/file-sizes'
import { gifDecodeBytes } from './codecs/gif'
import type { Engine } from './engine'
import { withEngine } from './engines'
import { ImageError } from './error'
import type { Window } from './geometry'
import type { ByteSource, ImageHeader } from './header'
import { mergeOf } from './merge'
import { readMetadataFrom } from './metadata'
import { uprightTurn } from './normalise'
import { outputHeader, outputIcc, outputMetadata } from './output'
import { renderedRows } from './pipeline'
import { placeholdersOf } from './placeholder'
import { type Plan, type PlanOptions, plan } from './plan'
import { refusal } from './refusal'
import type { Rendered, RenderOptions } from './render'
import type { RowReader } from './rows'
import { centredCut, type Opener } from './scaled'
import { areaRows, fillArea, makeArea } from './steps/frame'
import { resize } from './steps/resize'
import { smartcrop } from './steps/smartcrop'
import { tapRows } from './steps/tap'
import { watchedRows, watchedSource } from './stopwatch'
import type { NormalTransformation } from './transformation'

/** Small allocations of readers and writers. */
const SLACK = 1024

/** What frames take instead of stills. */
function codecsOf(
  header: ImageHeader,
  { format }: NormalTransformation,
  sourceBytes: number,
): PlanOptions['codecs'] {
  return {
    decoder: {
      scales: FULL,
      layout: () => ({ bands: 4, depth: 8, cmyk: false }),
      bytes: ({ width, height }, { fileSize }) =>
        header.format === 'gif'
          ? { engine: gifDecodeBytes(width, height) + SLACK, outside: 65536 + 4 * width * height }
          : { engine: webpAnimationBytes(width, height, fileSize) + SLACK, outside: 4 * 65536 },
    },
    encoder: {
      bytes({ width, height, effort, quality }) {
        const pixels = width * height
        // Frames that leave pixels out have alpha.
        const frame = { quality, effort, bands: 4 } as const
        const { format: source, pageCount } = header
        const animated = {
          format: format === 'gif' ? 'gif' : 'webp',
          source,
          pixels: pixels * pageCount,
          quality,
          sourceBytes,
        } as const
        // The parts and the whole file are held at the end.
        const file = Math.ceil(2 * animationFileMost(animated))
        if (format === 'gif') {
          const { engine, outside } = gifAnimationBytes(width, height)
          return { engine: engine + SLACK, outside, file }
        }
        return {
          engine: webpWriterBytes(width, height) + SLACK,
          outside: costOf(encodeCost('webp', frame, pixels), pixels, 0),
          file,
        }
      },
    },
  }
}

/** Renders all frames of an animation. Throws as `render` does. */
export async function renderAnimation(
  source: ByteSource,
  header: ImageHeader,
  wanted: NormalTransformation,
  options: RenderOptions,
): Promise<Rendered> {
  const budget = options.budget ?? isolateBudget
  const codecs = codecsOf(header, wanted, source.size)
  const planning: PlanOptions = {
    fileSize: source.size,
    // A frame is turned in one piece.
    room: Infinity,
    effort: options.effort,
    lqip: (options.lqip?.length ?? 0) > 0,
    ...(codecs && { codecs }),
  }
  const job = plan(header, wanted, planning)
  const room = budget.options.bytes
  if (job.peakBytes > room) throw refusal(header, wanted, { ...planning, room })
  renderBegins(options.effort)
  const work = () => run(source, header, wanted, job, options)
  return budget.run(job.peakBytes, work, options.whileWaiting ?? options.signal)
}

async function run(
  unwatched: ByteSource,
  header: ImageHeader,
  wanted: NormalTransformation,
  job: Plan,
  { effort, lqip = [], signal, watch }: RenderOptions,
): Promise<Rendered> {
  const source = watchedSource(unwatched, watch)
  watch?.to('decode')
  const metadata = await readMetadataFrom(source, header.format)
  return withEngine(job.engineBytes, async (engine) => {
    const made = outputHeader(header, wanted, { ...job.output, bands: job.outputBands })
    const icc = outputIcc({ icc: metadata.icc, header, wanted, plan: job }, job.outputBands)
    const settled = outputMetadata(metadata, wanted, made, icc)
    const writer = makeAnimationWriter(engine, wanted.format, {
      width: made.width,
      height: made.height,
      loop: header.loop,
      quality: wanted.quality ?? 100,
      effort,
      merge: mergeOf(header, wanted, job, true),
      metadata: settled,
    })
    const cut = { place: null as { left: number; top: number } | null }
    let placeholders: Rendered['lqip'] = {}
    let frames = 0
    let mark = 0
    watch?.to('decode')
    for await (const frame of openAnimation(engine, source, header)) {
      watch?.to('transform')
      // The reader has its buffers once its first frame is there.
      if (frames === 0) mark = engine.call('arenaMark')
      const read = { ...frame, reader: watchedRows(frame.reader, 'decode', watch) }
      const open = frameOpener(engine, header, wanted, job, read, cut)
      const rows = await renderedRows({ engine, header, wanted, plan: job, icc: metadata.icc, open })
      const tap: ReturnType<typeof tapRows> | null =
        frames === 0 && lqip.length > 0 ? tapRows(engine, rows) : null
      watch?.to('encode')
      const shown = watchedRows(tap?.rows ?? rows, 'transform', watch)
      await writer.addFrame(shown, frame.delayMs, frame.palette)
      if (tap) {
        placeholders = placeholdersOf(tap.small(), { orientation: made.orientation, icc }, lqip)
      }
      engine.call('arenaRelease', mark)
      frames++
      await breathe(header.width * header.height + writingUnits(made.width * made.height, made.format), watch)
      watch?.to('decode')
      signal?.throwIfAborted()
    }
    if (frames === 0) throw new ImageError('truncated', 'The animation has no frames')
    watch?.to('encode')
    return { pieces: [await writer.finish()], header: { ...made, pageCount: frames }, lqip: placeholders }
  })
}

/** Gives out a frame scaled and cut. What the first frame's window keeps, all of them keep. */
function frameOpener(
  engine: Engine,
  header: ImageHeader,
  wanted: NormalTransformation,
  { loaded, placement, search, bands }: Plan,
  frame: AnimationFrame,
  cut: { place: { left: number; top: number } | null },
): Opener {
  const upright = uprightTurn(wanted, header)
  const scaledRows = (window: Window): RowReader =>
    resize(engine, frame.reader, { loaded, placement, window, upright }, { left: 0, top: 0 })
  const inside = (place: { left: number; top: number }, part: Window): Window => ({
    ...part,
    left: place.left + part.left,
    top: place.top + part.top,
  })
  if (search === null) {
    const middle = centredCut({ wanted, header }, placement)
    return async (part) => scaledRows(inside(middle, part))
  }
  return async (part) => {
    const { scaled, target } = placement
    const area = makeArea(engine, scaled, bands)
    await fillArea(engine, area, scaledRows({ left: 0, top: 0, ...scaled }))
    cut.place ??= smartcrop(engine, area, target, wanted.gravity as 'attention' | 'entropy')
    return areaRows(area, inside(cut.place, part))
  }
}
