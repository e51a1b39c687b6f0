// What a job will do and what memory it will take, settled before anything is decoded.
import { decoderOf, type Effort, encoderOf, type Scale } from './codecs'
import { FORMATS } from './formats'
import { type Placement, place, type Size, swaps, type Turn, turned } from './geometry'
import type { ImageHeader } from './header'
import { outputSize, turnOfPicture, uprightTurn } from './normalise'
import type { Bands } from './rows'
import { FILTER_TABLE_BYTES, filterBands } from './steps/filter'
import { padBands } from './steps/pad'
import { resizeBytes } from './steps/resize'
import { stripBytes } from './steps/rows'
import { turnBytes } from './steps/turn'
import type { NormalTransformation } from './transformation'

export interface Plan {
  /** One in how many pixels the decoder gives along each side. */
  readonly scale: Scale
  /** What the decoder gives. */
  readonly loaded: Size
  readonly bands: Bands
  /** How that is scaled and cut, before it is turned. */
  readonly placement: Placement
  /** Orientation, rotation and flip in one. */
  readonly turn: Turn
  /** Times that the source is decoded. */
  readonly passes: number
  /** The finished picture. */
  readonly output: Size
  readonly outputBands: Bands
  /** Bytes of the engine's memory, its static data included. */
  readonly engineBytes: number
  /** Bytes beside it: buffers, and the memory of codecs. */
  readonly outsideBytes: number
  /** The most bytes that the job holds at any time. */
  readonly peakBytes: number
}

export interface PlanOptions {
  /** Bytes of the compressed file. */
  readonly fileSize: number
  /** Bytes that the job may take; more passes are planned to stay below. */
  readonly room: number
  readonly effort: Effort
}

/** The engine's static data, and what small allocations add. */
const BASE_BYTES = 128 * 1024
/** More passes than this would take longer than a request may. */
const MOST_PASSES = 12

/** Settles how a picture is rendered. */
export function plan(header: ImageHeader, wanted: NormalTransformation, options: PlanOptions): Plan {
  let best = planPasses(header, wanted, options, 1)
  // Only a frame that has to be turned can be made in bands.
  if (best.turn <= 1) return best
  for (let passes = 2; best.peakBytes > options.room && passes <= MOST_PASSES; passes++) {
    best = planPasses(header, wanted, options, passes)
  }
  return best
}

/**
 * The decoder's scale: as vips_thumbnail, at least a factor of two is left for the resampler, so that
 * the decoder's box filter doesn't show.
 */
export function scaleOf(shrink: number, scales: readonly Scale[]): Scale {
  return scales.findLast((scale) => scale === 1 || shrink >= 2 * scale) ?? 1
}

/** The size before turning that the wanted one has after it. */
function storedTarget(header: ImageHeader, wanted: NormalTransformation): Size {
  const size = { width: wanted.width, height: wanted.height }
  return swaps(uprightTurn(wanted, header)) ? turned(size, 4) : size
}

function planPasses(
  header: ImageHeader,
  wanted: NormalTransformation,
  { fileSize, effort }: PlanOptions,
  passes: number,
): Plan {
  const decoder = decoderOf(header)
  const encoder = encoderOf(wanted.format)
  const target = storedTarget(header, wanted)
  const full = place(header, header, target, wanted.fit)
  const scale = scaleOf(Math.min(full.shrinkX, full.shrinkY), decoder.scales)
  const loaded = { width: Math.ceil(header.width / scale), height: Math.ceil(header.height / scale) }
  const placement = scale === 1 ? full : place(header, loaded, target, wanted.fit)
  const turn = turnOfPicture(wanted, header)
  const output = outputSize(wanted)

  const bands = decoder.bands(header)
  const filtered = filterBands(wanted.filter, bands)
  const padded = wanted.paddingColor ? padBands(filtered, wanted.paddingColor) : filtered
  const outputBands = (FORMATS[wanted.format].alpha || padded % 2 === 1 ? padded : padded - 1) as Bands

  const decoding = decoder.bytes(header, scale, fileSize)
  const encoding = encoder.bytes({ ...output, bands: outputBands, quality: wanted.quality ?? 100, effort })
  const across = turned(target, turn).width
  const engineBytes =
    BASE_BYTES +
    decoding.engine +
    resizeBytes(loaded, placement, bands) +
    turnBytes(turn, target, bands, passes) +
    (wanted.filter === 'none' ? 0 : stripBytes(across, filtered) + FILTER_TABLE_BYTES) +
    (wanted.padding === 0 ? 0 : stripBytes(across, padded) + stripBytes(output.width, padded)) +
    (outputBands === padded ? 0 : stripBytes(output.width, outputBands)) +
    encoding.engine
  const outsideBytes = decoding.outside + encoding.outside
  return {
    scale,
    loaded,
    bands,
    placement,
    turn,
    passes,
    output,
    outputBands,
    engineBytes,
    outsideBytes,
    peakBytes: engineBytes + outsideBytes,
  }
}
