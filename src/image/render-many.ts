// Several outputs of one source, which is decoded once: its rows are offered to a scaler per output,
// and the scaled pictures, which are small, are finished one after the other.
import { breathing, renderBegins } from './breathe'
import { isolateBudget } from './budget'
import { decoderOf } from './codecs'
import { colourStep } from './colour'
import type { Engine } from './engine'
import { withEngine } from './engines'
import { leastShrink } from './geometry'
import type { ByteSource, ImageHeader } from './header'
import { checkHeader, checkOutput, DEFAULT_LIMITS } from './limits'
import type { Lqip, LqipKind } from './lqip'
import { normalise, uprightTurn } from './normalise'
import { type Original, openOriginal } from './original'
import { BASE_BYTES, openingBytes, type Plan, plan, STREAM_BYTES } from './plan'
import { encodePicture, type Rendered, type RenderOptions, render } from './render'
import { oriented, retelling } from './retold'
import { centredCut, type Opener } from './scaled'
import { type Area, areaBytes, areaRows, makeArea } from './steps/frame'
import { makeScaler, type Scaler, scalerBytes } from './steps/scaler'
import { smartcrop, smartcropBytes } from './steps/smartcrop'
import type { NormalTransformation } from './transformation'

/** Scaled pictures that are held at once, at most. */
const HELD_BYTES = 16 * 1024 * 1024

/** An output that can be made from a decode shared with others. */
interface Branch {
  readonly wanted: NormalTransformation
  readonly plan: Plan
  /** What is held of it: cut already, unless it must be looked at whole to know where. */
  readonly held: { readonly width: number; readonly height: number }
}

/**
 * Renders several outputs of a picture, in their order. Throws as `render` does, for the first that fails.
 * What does not fit beside the others is rendered by a decode of its own.
 */
export async function renderMany(
  source: ByteSource,
  header: ImageHeader,
  wanted: readonly NormalTransformation[],
  options: RenderOptions,
): Promise<Rendered[]> {
  return retelling(header, (told) => {
    const all = wanted.map((one) => oriented(one, header, told))
    return renderAll(source, told, all, options)
  })
}

async function renderAll(
  source: ByteSource,
  header: ImageHeader,
  wanted: readonly NormalTransformation[],
  options: RenderOptions,
): Promise<Rendered[]> {
  const limits = options.limits ?? DEFAULT_LIMITS
  checkHeader(header, limits)
  for (const one of wanted) checkOutput(one, header.pageCount, limits)
  const budget = options.budget ?? isolateBudget
  const shared = share(header, wanted, source.size, options)
  const bytes = sharedBytes(header, shared, source.size)
  const made = new Map<NormalTransformation, Rendered>()
  if (shared.length > 1 && bytes.peak <= budget.options.bytes) {
    renderBegins(options.effort)
    const job = () => renderShared(source, header, shared, bytes.engine, options)
    const waiting = options.whileWaiting ?? options.signal
    for (const [one, rendered] of await budget.run(bytes.peak, job, waiting)) made.set(one, rendered)
  }
  const all: Rendered[] = []
  for (const one of wanted) all.push(made.get(one) ?? (await render(source, header, one, options)))
  return all
}

/** Placeholders of a picture, upright, in one pass that makes nothing else. */
export async function placeholders(
  source: ByteSource,
  header: ImageHeader,
  kinds: readonly LqipKind[],
  options: RenderOptions,
): Promise<Lqip> {
  const small = { maxWidth: 100, maxHeight: 100, rotate: 'auto', colorSpace: 'srgb', format: 'png' } as const
  return (await render(source, header, normalise(small, header), { ...options, lqip: kinds })).lqip
}

/** The outputs that can share a decode: at the finest scale that one of them needs. */
function share(
  header: ImageHeader,
  wanted: readonly NormalTransformation[],
  fileSize: number,
  { effort, lqip }: RenderOptions,
): Branch[] {
  const planning = { fileSize, room: Infinity, effort, lqip: (lqip?.length ?? 0) > 0 }
  const alone = wanted.map((one) => plan(header, one, planning))
  const scale = Math.min(...alone.map((one) => one.scale)) as Plan['scale']
  const branches: Branch[] = []
  let bytes = 0
  for (const one of wanted) {
    const settled = plan(header, one, { ...planning, scale })
    if (settled.search !== null && settled.search !== 'frame') continue
    // Colours that are converted first are converted for all of them alike.
    const first = branches[0]
    if (first && settled.colourFirst && one.colorSpace !== first.wanted.colorSpace) continue
    if (first && settled.colourFirst !== first.plan.colourFirst) continue
    const held = settled.search === 'frame' ? settled.placement.scaled : settled.placement.target
    bytes += areaBytes(held, settled.bands)
    if (bytes > HELD_BYTES) break
    branches.push({ wanted: one, plan: settled, held })
  }
  return branches
}

function sharedBytes(
  header: ImageHeader,
  branches: readonly Branch[],
  fileSize: number,
): { engine: number; peak: number } {
  const [first] = branches
  if (!first) return { engine: 0, peak: Infinity }
  const { scale, layout, reading } = first.plan
  let held = 0
  let scaling = 0
  let finishing = 0
  let outside = 0
  // All of them are there at the end.
  let files = 0
  for (const { plan: own, held: size, wanted } of branches) {
    held += areaBytes(size, own.bands)
    scaling += scalerBytes(own.loaded, { ...own.placement, target: size }, own.bands)
    const search = wanted.gravity === 'center' ? 0 : smartcropBytes(size.width, wanted.gravity)
    finishing = Math.max(finishing, own.finishing.engine, search)
    outside = Math.max(outside, own.finishing.outside)
    files += own.finishing.file
  }
  const decoding = decoderOf(header).bytes(header, { scale, fileSize, depth: layout.depth }).engine
  // What the plan for one has beside decoder and scaler is the colour conversion.
  const converting = first.plan.colourFirst ? reading.engine : 0
  const engine = BASE_BYTES + held + Math.max(decoding + converting + scaling, finishing)
  const all = engine + reading.outside + outside + files + STREAM_BYTES
  return { engine, peak: Math.max(all, openingBytes(header)) }
}

async function renderShared(
  source: ByteSource,
  header: ImageHeader,
  branches: readonly Branch[],
  engineBytes: number,
  options: RenderOptions,
): Promise<Map<NormalTransformation, Rendered>> {
  const original = await openOriginal(source, header.format)
  try {
    return await withEngine(engineBytes, async (engine) => {
      const areas = branches.map(({ held, plan: own }) => makeArea(engine, held, own.bands))
      const mark = engine.call('arenaMark')
      await fillAreas(engine, original, header, branches, areas, options.signal)
      const made = new Map<NormalTransformation, Rendered>()
      for (const [i, { wanted, plan: own }] of branches.entries()) {
        engine.call('arenaRelease', mark)
        const open = areaOpener(engine, areas[i]!, wanted, own)
        made.set(wanted, await encodePicture({ engine, header, wanted, plan: own, original, open }, options))
      }
      return made
    })
  } finally {
    await original.close()
  }
}

/** Decodes the source once, into all areas. */
async function fillAreas(
  engine: Engine,
  { source, icc }: Original,
  header: ImageHeader,
  branches: readonly Branch[],
  areas: readonly Area[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { scale, loaded, layout, colourFirst } = branches[0]!.plan
  const crop = { left: 0, top: 0, ...loaded }
  const decoded = await decoderOf(header).open({
    engine,
    source,
    header,
    scale,
    left: Math.min(...branches.map(({ plan: own }) => leastShrink(own.placement))),
    crop,
    depth: layout.depth,
  })
  const to = branches[0]!.wanted.colorSpace
  const convert = { icc, colorSpace: header.colorSpace, from: layout, to }
  const rows = breathing(colourFirst ? colourStep(engine, decoded, convert) : decoded, header.format, scale, {
    signal,
  })
  const scalers = branches.map(({ wanted, plan: own, held }): Scaler => {
    const { placement, bands, search } = own
    const window = search === 'frame' ? crop : centredCut({ wanted, header }, placement)
    const scaling = {
      loaded,
      placement,
      window: { ...window, ...held },
      upright: uprightTurn(wanted, header),
    }
    return makeScaler(engine, scaling, bands, { left: 0, top: 0 })
  })
  const made = branches.map(() => 0)
  try {
    for (let strip = await rows.read(); strip; strip = await rows.read()) {
      for (const [i, scaler] of scalers.entries()) {
        const area = areas[i]!
        for (let used = 0; used < strip.count && !scaler.done; ) {
          used += scaler.offer(strip, used)
          const at = area.pointer + made[i]! * area.stride
          made[i]! += scaler.take(at, area.stride, area.height - made[i]!)
        }
      }
      if (scalers.every(({ done }) => done)) return
    }
  } finally {
    await rows.close()
  }
}

/** Gives out a scaled picture that is held. */
function areaOpener(engine: Engine, area: Area, wanted: NormalTransformation, own: Plan): Opener {
  const { target } = own.placement
  const place =
    own.search === 'frame'
      ? smartcrop(engine, area, target, wanted.gravity as 'attention' | 'entropy')
      : { left: 0, top: 0 }
  return async (part) => areaRows(area, { ...part, left: place.left + part.left, top: place.top + part.top })
}
