// Scaling and cutting over rows: src/engine/resize.ts with its tables. Rows are offered as they come
// and taken when they are ready, so that several scalers can share one decoder.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { inverse, type Placement, type Size, type Turn, type Window } from '../geometry'
import type { Bands, Rows } from '../rows'
import { type Axis, type AxisRequest, beginOf, boxOf, makeAxis, spanOf, tapsOf } from './weights'

/** Rows that the ring holds beyond the taps, so that a decoder's strip is taken in few turns. */
export const SPARE = 8
/** Bytes that they take at most where that leaves one: strips of so wide a picture have few rows. */
const SPARE_BYTES = 256 * 1024
/** Bytes of the resizer's own fields, rounded up. */
const STATE = 160
/** Taps are loaded in groups: eight of grey, four of anything else; rows in pairs. */
const alignX = (bands: Bands): number => (bands === 1 ? 8 : 4)
const ALIGN_Y = 2
/** Bytes behind the last sample of a row that the kernels may write. */
export const ROW_SLACK = 16

/** What an allocation of the arena may add to the bytes asked for. */
const aligned = (bytes: number): number => ((bytes + 15) & ~15) + 80

export interface Scaler {
  readonly width: number
  readonly height: number
  /** Whether all of its rows have been taken. */
  readonly done: boolean
  /** Takes source rows from row `from` of a strip; returns how many. Fewer: take rows out first. */
  offer(strip: Rows, from: number): number
  /** Makes at most `most` rows at `to`, `stride` bytes apart (16 more than their samples); returns how many. */
  take(to: number, stride: number, most: number): number
}

/** Whether a placement only cuts. */
export function isUnscaled({ shrinkX, shrinkY, scaled }: Placement, loaded: Size): boolean {
  return shrinkX === 1 && shrinkY === 1 && scaled.width === loaded.width && scaled.height === loaded.height
}

/**
 * Upper bound of the bytes that a scaler takes from the arena.
 * @param loaded pixels that the decoder gives
 * @param spare rows, where it is not `makeScaler` that chooses them
 */
export function scalerBytes(loaded: Size, placement: Placement, bands: Bands, spare?: number): number {
  const { shrinkX, shrinkY, scaled, target } = placement
  const boxX = shrinkX > 1 ? boxOf(loaded.width, scaled.width) : 1
  const boxY = shrinkY > 1 ? boxOf(loaded.height, scaled.height) : 1
  const tapsX = tapsOf(shrinkX, boxX, alignX(bands))
  const tapsY = tapsOf(shrinkY, boxY, ALIGN_Y)
  const columns = Math.min(
    Math.ceil(loaded.width / boxX),
    Math.ceil((target.width * shrinkX) / boxX) + tapsX + 1,
  )
  const alpha = bands % 2 === 0
  const ringRow = ringBytes(columns, bands)
  const spareBytes =
    spare === undefined ? Math.min(SPARE * ringRow, Math.max(SPARE_BYTES, ringRow)) : spare * ringRow
  const sums = boxX > 1 || boxY > 1 ? columns * boxX * bands * (alpha ? 4 : 2) + 32 : 0
  return (
    aligned(target.width * 4) +
    aligned(target.width * tapsX * 2) +
    aligned(target.height * 4) +
    aligned(target.height * tapsY * 2) +
    aligned(STATE) +
    aligned(sums) +
    aligned(tapsY * ringRow + spareBytes) +
    aligned(ringRow + 64) +
    aligned(tapsY * 4 + 4)
  )
}

/** Bytes of a row of the ring, rounded up. */
const ringBytes = (columns: number, bands: Bands): number => columns * bands * (bands % 2 === 0 ? 2 : 1) + 32

/** What is scaled, and what is wanted of it. */
export interface Scaling {
  /** The picture that the decoder gives, or would give if it gave all of it. */
  readonly loaded: Size
  readonly placement: Placement
  /** What is cut out of the scaled picture. */
  readonly window: Window
  /** The turn that the picture should have had before it is scaled. */
  readonly upright: Turn
}

/** How both sides of a picture or a plane are scaled. */
export interface Axes {
  readonly x: AxisRequest
  readonly y: AxisRequest
}

/** The axes of a whole picture, or of its plane of luma. */
export function axesOf({ loaded, placement, window, upright }: Scaling): Axes {
  const { shrinkX, shrinkY, scaled } = placement
  // Mirrors of the stored axes, which is where those of the inverse lie.
  const mirrors = inverse(upright)
  return {
    x: {
      source: loaded.width,
      shrink: shrinkX,
      scaled: scaled.width,
      first: window.left,
      count: window.width,
      mirrored: (mirrors & 1) !== 0,
    },
    y: {
      source: loaded.height,
      shrink: shrinkY,
      scaled: scaled.height,
      first: window.top,
      count: window.height,
      mirrored: (mirrors & 2) !== 0,
    },
  }
}

/** A plane of chroma: its size, and its samples per sample of luma. */
interface Chroma extends Size {
  readonly across: number
  readonly down: number
}

/**
 * The axes of a plane of chroma that becomes one of half the output's size, each of its samples in the
 * middle of four of luma's (as JPEG has them, JFIF 1.02).
 * @param luma the axes of luma
 */
export function chromaAxes(luma: Axes, { width, height, across, down }: Chroma): Axes {
  return { x: halved(luma.x, width, across), y: halved(luma.y, height, down) }
}

function halved(
  { source, shrink, scaled, first, count }: AxisRequest,
  samples: number,
  ratio: number,
): AxisRequest {
  const step = 2 * shrink * ratio
  return {
    source: samples,
    shrink: step,
    scaled: samples / step,
    first: 0,
    count: Math.ceil(count / 2),
    mirrored: false,
    begins: (first * shrink + beginOf(source, shrink, scaled)) * ratio,
  }
}

/** The pixels of the loaded picture that a scaling looks at. */
export function sourceWindow(scaling: Scaling): Window {
  const { x, y } = axesOf(scaling)
  const across = spanOf(x)
  const down = spanOf(y)
  return { left: across.from, top: down.from, width: across.length, height: down.length }
}

/**
 * Makes a scaler.
 * @param origin the first pixel of the loaded picture that the rows offered begin with
 */
export function makeScaler(
  engine: Engine,
  scaling: Scaling,
  bands: Bands,
  origin: { readonly left: number; readonly top: number },
): Scaler {
  const tables = makeTables(engine, axesOf(scaling), bands)
  const row = ringBytes(Math.ceil(tables.x.length / tables.x.box), bands)
  const spare = Math.min(SPARE, Math.max(1, Math.floor(SPARE_BYTES / row)))
  return makeTableScaler(engine, tables, origin, spare)
}

type PlacedAxis = Axis & { readonly startsAt: number; readonly weightsAt: number }

/** The weights of two axes in the engine's memory, for one scaler or several. */
export interface Tables {
  readonly bands: Bands
  readonly x: PlacedAxis
  readonly y: PlacedAxis
}

export function makeTables(engine: Engine, axes: Axes, bands: Bands): Tables {
  const put = (table: Int32Array | Int16Array): number => {
    const pointer = engine.alloc(table.byteLength)
    engine.bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), pointer)
    return pointer
  }
  const place = (request: AxisRequest, align: number): PlacedAxis => {
    const axis = makeAxis(request, align)
    return { ...axis, startsAt: put(axis.starts), weightsAt: put(axis.weights) }
  }
  return { bands, x: place(axes.x, alignX(bands)), y: place(axes.y, ALIGN_Y) }
}

/**
 * Makes a scaler of tables.
 * @param origin as of `makeScaler`
 * @param spare rows that can be offered before rows must be taken
 */
export function makeTableScaler(
  engine: Engine,
  tables: Tables,
  origin: { readonly left: number; readonly top: number },
  spare = SPARE,
): Scaler {
  const { bands, x, y } = tables
  const [width, height] = [x.starts.length, y.starts.length]
  const state = start(engine, tables, width, height, spare)
  const pull = engine.kernel('resizePull')
  const push = engine.kernel('resizePush')
  /** Rows of the source still to pass over. */
  let above = y.from - origin.top
  let taken = 0
  return {
    width,
    height,
    get done() {
      return taken >= height
    },
    offer(strip, from) {
      const skipped = Math.min(strip.count - from, above)
      above -= skipped
      const first = from + skipped
      if (first >= strip.count) return skipped
      const at = strip.pointer + first * strip.stride + (x.from - origin.left) * bands
      return skipped + push(state, at, strip.count - first, strip.stride)
    },
    take(to, stride, most) {
      const count = pull(state, to, stride, Math.min(most, height - taken))
      taken += count
      return count
    },
  }
}

function start(
  engine: Engine,
  { bands, x, y }: Tables,
  width: number,
  height: number,
  spare: number,
): number {
  const state = engine.call(
    'resizeStart',
    bands,
    x.length,
    y.length,
    x.box,
    y.box,
    width,
    height,
    x.taps,
    x.startsAt,
    x.weightsAt,
    y.taps,
    y.startsAt,
    y.weightsAt,
    y.taps + spare,
  )
  if (state === 0) throw new ImageError('too-large', 'The picture needs more memory than was planned for it')
  return state
}
