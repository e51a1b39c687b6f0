// What a job will do and what memory it will take, settled before anything is decoded.
import {
  type CodecBytes,
  type Decoder,
  decoderOf,
  type Effort,
  type Encoder,
  type EncoderBytes,
  encoderOf,
  type Scale,
  type ScaleFrom,
} from './codecs'
import { colourBands, colourBytes, colourTarget, type Layout, makingBytes } from './colour'
import { FORMATS, type Format } from './formats'
import {
  fitInside,
  leastShrink,
  type Placement,
  place,
  type Size,
  swaps,
  type Turn,
  turned,
  type Window,
} from './geometry'
import type { ImageHeader } from './header'
import { outputSize, turnOfPicture, uprightTurn } from './normalise'
import { planeScalerBytes, planesWindow, staysInPlanes } from './planes'
import type { Bands } from './rows'
import { centredCut } from './scaled'
import { blurBytes } from './steps/blur'
import { FILTER_TABLE_BYTES, filterBands } from './steps/filter'
import { areaBytes } from './steps/frame'
import { padBands } from './steps/pad'
import { resizeBytes } from './steps/resize'
import { stripBytes } from './steps/rows'
import { type Scaling, sourceWindow } from './steps/scaler'
import { smartcropBytes } from './steps/smartcrop'
import { tapBytes } from './steps/tap'
import { turnBytes, turnRows } from './steps/turn'
import type { ColorSpaceChoice, NormalTransformation } from './transformation'

/** A rendition of the whole picture in which the best window is looked for. */
export interface Rendition {
  readonly scale: Scale
  readonly loaded: Size
  readonly placement: Placement
}

export interface Plan {
  /** One in how many pixels the decoder gives along each side. */
  readonly scale: Scale
  /** What the decoder gives. */
  readonly loaded: Size
  readonly layout: Layout
  /**
   * Whether colours are converted before anything else: ink, which can't be averaged like light, and
   * 16-bit samples, whose precision the conversion needs.
   */
  readonly colourFirst: boolean
  /** Whether Y, Cb and Cr are scaled and encoded as they are, where the file turns out to have them. */
  readonly planes: boolean
  /** Of the rows that are scaled. */
  readonly bands: Bands
  /** How that is scaled and cut, before it is turned. */
  readonly placement: Placement
  /**
   * How the window is found that `attention` or `entropy` keep: in the scaled picture, held whole, or in
   * a small rendition by a pass of its own. null: it is the middle, or nothing is cut.
   */
  readonly search: 'frame' | Rendition | null
  /** Orientation, rotation and flip in one. */
  readonly turn: Turn
  /** Times that the source is decoded for the turn. */
  readonly passes: number
  /** What the decoder may hold to spare itself work, in bytes; its own measure where it is not said. */
  readonly hold: number | undefined
  /** The finished picture. */
  readonly output: Size
  readonly outputBands: Bands
  /** What the decoder and the scaler take. */
  readonly reading: CodecBytes
  /** What the steps after them and the encoder take, and the file. */
  readonly finishing: EncoderBytes
  /** Bytes of the engine's memory, its static data included. */
  readonly engineBytes: number
  /** The most bytes that the job holds at any time, the engine's and all others. */
  readonly peakBytes: number
}

export interface PlanOptions {
  /** Bytes of the compressed file. */
  readonly fileSize: number
  /** Bytes that the job may take; less is held and more passes are planned to stay below. Infinity: neither. */
  readonly room: number
  readonly effort: Effort
  /** Whether placeholders are made of the output. */
  readonly lqip?: boolean
  /** The decoder's scale where that is settled already. */
  readonly scale?: Scale
  /** What reads and writes in place of the formats' codecs for stills. */
  readonly codecs?: {
    readonly decoder: Pick<Decoder, 'scales' | 'layout' | 'bytes' | 'holds'>
    readonly encoder: Pick<Encoder, 'bytes'>
  }
}

/** The engine's static data and first pages, and what small allocations add. */
export const BASE_BYTES = 192 * 1024
/** Metadata of the original, and streams on their way. */
export const STREAM_BYTES = 384 * 1024
/** More passes than this would take longer than a request may. */
const MOST_PASSES = 12
/** A scaled picture up to this many bytes is held for `attention` and `entropy`. */
const FRAME_BYTES = 6 * 1024 * 1024
/** Longer side of a rendition: a window found in it is off by less than 0.2% of the side. */
const RENDITION_SIDE = 640

/** What jobs are kept below where that only takes more passes over the source: a fifth of an isolate. */
const LEAN_BYTES = 24_000_000
/** Other codecs have memory of their own, which may not be gone when the next pass begins. */
const LEAN_FORMATS: readonly Format[] = ['jpg', 'png']
/** Larger outputs than this are not decoded several times for that. */
const LEAN_PIXELS = 2_100_000
/** Nor where the decoder has more than this beside the arena, */
const OWN_BYTES = 1_000_000
/** nor any more often than this. */
const LEAN_PASSES = 6

/** Settles how a picture is rendered. */
export function plan(header: ImageHeader, wanted: NormalTransformation, options: PlanOptions): Plan {
  const { room } = options
  const usual = planPasses(header, wanted, options, {})
  if (usual.peakBytes <= Math.min(room, LEAN_BYTES) || room === Infinity) return usual
  const lean = planLean(header, wanted, options, usual)
  if (lean) return lean
  // Only a frame that has to be turned can be made in bands.
  let best = usual
  for (let passes = 2; best.turn > 1 && best.peakBytes > room && passes <= MOST_PASSES; passes++) {
    best = planPasses(header, wanted, options, { passes })
  }
  return best
}

/**
 * A plan that takes more time to stay below `LEAN_BYTES`, or at least below the room; of a small output the one
 * that takes least where none does. null: none is of use.
 */
function planLean(
  header: ImageHeader,
  wanted: NormalTransformation,
  options: PlanOptions,
  usual: Plan,
): Plan | null {
  const decoder = options.codecs?.decoder ?? decoderOf(header)
  const holds = decoder.holds?.(header)
  const least = { hold: holds?.least }
  /** Holds so much less, or as little as there must be. */
  const within = (most: number): Plan | null => {
    if (!holds) return null
    for (const hold of [Math.floor(holds.usual + most - usual.peakBytes), holds.least]) {
      const held = planPasses(header, wanted, options, { hold: Math.max(holds.least, hold) })
      if (held.peakBytes <= most) return held
    }
    return null
  }
  const aim = Math.min(options.room, LEAN_BYTES)
  const held = within(aim)
  if (held) return held
  const { width, height } = usual.output
  if (LEAN_FORMATS.includes(header.format) && width * height <= LEAN_PIXELS) {
    let best = planPasses(header, wanted, options, least)
    // A codec with memory of its own would have it anew in each pass, the ones before not yet collected.
    const reading = { scale: usual.scale, fileSize: options.fileSize, depth: usual.layout.depth }
    const isBanded = usual.turn > 1 && decoder.bytes(header, reading).outside <= OWN_BYTES
    for (let passes = 2; isBanded && passes <= LEAN_PASSES; passes++) {
      const banded = planPasses(header, wanted, options, { ...least, passes })
      if (banded.peakBytes < best.peakBytes) best = banded
      if (best.peakBytes <= aim) break
    }
    if (best.peakBytes <= options.room) return best
  }
  return usual.peakBytes <= options.room ? usual : within(options.room)
}

/** The decoder's scale for a reduction by `shrink` in all. */
export function scaleOf(shrink: number, scales: readonly ScaleFrom[]): Scale {
  return scales.findLast(([, from]) => shrink >= from)?.[0] ?? 1
}

function planPasses(
  header: ImageHeader,
  wanted: NormalTransformation,
  options: PlanOptions,
  { passes = 1, hold }: { readonly passes?: number; readonly hold?: number | undefined },
): Plan {
  const { fileSize } = options
  const decoder = options.codecs?.decoder ?? decoderOf(header)
  const size = { width: wanted.width, height: wanted.height }
  const target = swaps(uprightTurn(wanted, header)) ? turned(size, 4) : size
  const { scale, loaded, placement } = read(header, target, wanted, decoder.scales, options.scale)
  const turn = turnOfPicture(wanted, header)
  const { format } = wanted
  const narrow = decoder.layout(header, false)
  const { colorSpace } = header
  const to = colourTarget({ to: wanted.colorSpace, from: narrow, format, colorSpace, icc: undefined })
  // sRGB is what its 8 bits are: nothing is computed with the 16.
  const computed = to !== 'origin' && !(to === 'srgb' && header.colorSpace === 'srgb')
  const layout = computed ? decoder.layout(header, true) : narrow
  const colourFirst = layout.cmyk || layout.depth === 16
  const bands = colourFirst ? colourBands({ from: layout, to }) : layout.bands
  const first = colourFirst ? colourBytes(header, to, loaded.width, layout, format) : 0
  const search = planSearch(header, wanted, placement, bands, passes, options)

  const planes =
    search === null &&
    turn === 0 &&
    !options.codecs &&
    !options.lqip &&
    staysInPlanes(header, wanted, placement, options.effort)
  // Where the window lies is not known yet if it is looked for, and a turn may take it in parts.
  const window = bandOf(centredCut({ wanted, header }, placement), turn, passes)
  const scaling = { loaded, placement, upright: uprightTurn(wanted, header), window }
  const part = search === 'frame' || options.codecs ? undefined : sizeOf(windowOf(scaling, planes))
  const { depth } = layout
  const decoding = decoder.bytes(header, { scale, fileSize, depth, part, hold })
  const scaled = search === 'frame' ? placement.scaled : sizeOf(window)
  const scalers = Math.max(
    resizeBytes(loaded, { ...placement, target: scaled }, bands),
    planes ? planeScalerBytes(scale, loaded, placement) : 0,
  )
  // Of the grid, what is needed to make it is free again when the scalers come.
  const making = colourFirst ? Math.min(makingBytes(header), first) : 0
  const main = decoding.engine + first - making + Math.max(making, scalers)
  let engine = main
  if (search !== null) {
    const held = search === 'frame' ? placement.scaled : search.placement.target
    const searching = smartcropBytes(held.width, wanted.gravity as 'attention' | 'entropy')
    const around = areaBytes(held, bands)
    if (search === 'frame') engine = around + Math.max(main, searching)
    else {
      const { placement: small, loaded: from } = search
      const before = decoder.bytes(header, { scale: search.scale, fileSize, depth, hold }).engine + first
      engine = Math.max(main, around + Math.max(before + resizeBytes(from, small, bands), searching))
    }
  }
  const reading = { engine, outside: decoding.outside + profileBytes(header, to, layout) }
  const { finishing, output, outputBands } = finish(
    header,
    wanted,
    { target, turn, passes, bands, colourFirst },
    options,
  )
  const engineBytes = BASE_BYTES + reading.engine + finishing.engine
  return {
    scale,
    loaded,
    layout,
    colourFirst,
    planes,
    bands,
    placement,
    search,
    turn,
    passes,
    hold,
    output,
    outputBands,
    reading,
    finishing,
    engineBytes,
    peakBytes: Math.max(
      engineBytes + reading.outside + finishing.outside + finishing.file + STREAM_BYTES,
      openingBytes(header),
    ),
  }
}

/** While a profile with tables is read: its parts, what they are joined to, and what is kept of that. */
export function openingBytes({ profile }: ImageHeader): number {
  return BASE_BYTES + STREAM_BYTES + 3 * (profile?.bytes ?? 0)
}

/** What is held of a profile with tables: of ink the tables; else all, and again where the output embeds it. */
function profileBytes({ profile }: ImageHeader, to: ColorSpaceChoice, { cmyk }: Layout): number {
  if (!profile) return 0
  return cmyk ? profile.tables : profile.bytes * (to === 'origin' ? 3 : 1)
}

const windowOf = (scaling: Scaling, planes: boolean) =>
  planes ? planesWindow(scaling) : sourceWindow(scaling)

const sizeOf = ({ width, height }: Size): Size => ({ width, height })

/** The part of a window that is read at once for a turn in several passes; the middle one reads most. */
function bandOf(window: Window, turn: Turn, passes: number): Window {
  if (passes === 1) return window
  const { left, top, width, height } = window
  const rows = turnRows(turn, window, passes)
  if (!swaps(turn)) return { ...window, top: top + Math.floor((height - rows) / 2), height: rows }
  return { ...window, left: left + Math.floor((width - rows) / 2), width: rows }
}

/** What the decoder gives for a target, and what has still to be done to it. */
function read(
  header: ImageHeader,
  target: Size,
  { fit }: Pick<NormalTransformation, 'fit'>,
  scales: readonly ScaleFrom[],
  fixed?: Scale,
): Rendition {
  const full = place(header, header, target, fit)
  const scale = fixed ?? scaleOf(leastShrink(full), scales)
  if (scale === 1) return { scale, loaded: { width: header.width, height: header.height }, placement: full }
  const loaded = { width: Math.ceil(header.width / scale), height: Math.ceil(header.height / scale) }
  return { scale, loaded, placement: place(header, loaded, target, fit) }
}

function planSearch(
  header: ImageHeader,
  { gravity }: NormalTransformation,
  { scaled, target }: Placement,
  bands: Bands,
  passes: number,
  { codecs }: PlanOptions,
): Plan['search'] {
  if (gravity === 'center') return null
  if (scaled.width === target.width && scaled.height === target.height) return null
  // Frames of an animation come once: there is no pass of its own to look for the window.
  if (codecs || (passes === 1 && areaBytes(scaled, bands) <= FRAME_BYTES)) return 'frame'
  const small = fitInside(
    { width: header.width, height: header.height },
    Math.min(RENDITION_SIDE, header.width),
    Math.min(RENDITION_SIDE, header.height),
  )
  return read(header, small, { fit: 'stretch' }, decoderOf(header).scales)
}

/** The steps behind the scaler, in the order of pipeline.ts. */
function finish(
  header: ImageHeader,
  wanted: NormalTransformation,
  before: Pick<Plan, 'turn' | 'passes' | 'bands' | 'colourFirst'> & { target: Size },
  { effort, lqip, codecs, fileSize }: PlanOptions,
): { finishing: EncoderBytes; output: Size; outputBands: Bands } {
  const { target, turn, passes, bands } = before
  const { width, height } = turned(target, turn)
  let now = bands
  let engine = turnBytes(turn, target, bands, passes)
  if (!before.colourFirst) {
    const from = { bands, depth: 8, cmyk: false } as const
    engine += colourBytes(header, wanted.colorSpace, width, from, wanted.format)
    now = colourBands({ from, to: wanted.colorSpace })
  }
  if (wanted.filter !== 'none') {
    now = filterBands(wanted.filter, now)
    engine += stripBytes(width, now) + FILTER_TABLE_BYTES
  }
  if (wanted.blur > 0) engine += blurBytes(width, height, now, wanted.blur)
  const output = outputSize(wanted)
  if (wanted.paddingColor) {
    const padded = padBands(now, wanted.paddingColor)
    if (padded !== now) engine += stripBytes(width, padded)
    now = padded
    engine += stripBytes(output.width, now)
  }
  if (!FORMATS[wanted.format].alpha && now % 2 === 0) {
    now = (now - 1) as Bands
    engine += stripBytes(output.width, now)
  }
  if (lqip) engine += tapBytes(output, now)
  const isNoLarger = output.width * output.height <= header.width * header.height
  const encoding = (codecs?.encoder ?? encoderOf(wanted.format)).bytes({
    ...output,
    bands: now,
    quality: wanted.quality ?? 100,
    effort,
    jpegBytes: header.format === 'jpg' && isNoLarger ? fileSize : undefined,
  })
  return {
    finishing: {
      engine: engine + encoding.engine,
      outside: encoding.outside,
      file: encoding.file,
    },
    output,
    outputBands: now,
  }
}
