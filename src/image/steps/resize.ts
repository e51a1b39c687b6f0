// Scaling and cutting over rows: src/engine/resize.ts with its tables.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { inverse, type Placement, type Size, type Turn, type Window } from '../geometry'
import type { Bands, RowReader, Rows } from '../rows'
import { cutRows } from './rows'
import { type Axis, boxOf, makeAxis, tapsOf } from './weights'

/** Output rows per strip. */
const STRIP = 16
/** Rows that the ring holds beyond the taps, so that a decoder's strip is taken in few turns. */
const SPARE = 8
/** Bytes of the resizer's own fields, rounded up. */
const STATE = 160

/** Taps are loaded in groups: eight of grey, four of anything else; rows in pairs. */
const alignX = (bands: Bands): number => (bands === 1 ? 8 : 4)
const ALIGN_Y = 2

const aligned = (bytes: number): number => ((bytes + 15) & ~15) + 80

/**
 * Upper bound of the bytes that `resize` takes from the arena.
 * @param loaded pixels that the decoder gives
 */
export function resizeBytes(loaded: Size, placement: Placement, bands: Bands): number {
  const { shrinkX, shrinkY, scaled, target } = placement
  if (isUnscaled(placement, loaded)) return 0
  const boxX = shrinkX > 1 ? boxOf(loaded.width, scaled.width) : 1
  const boxY = shrinkY > 1 ? boxOf(loaded.height, scaled.height) : 1
  const tapsX = tapsOf(shrinkX, boxX, alignX(bands))
  const tapsY = tapsOf(shrinkY, boxY, ALIGN_Y)
  const columns = Math.min(
    Math.ceil(loaded.width / boxX),
    Math.ceil((target.width * shrinkX) / boxX) + tapsX + 1,
  )
  const alpha = bands % 2 === 0
  const ringRow = columns * bands * (alpha ? 2 : 1) + 32
  const sums = boxX > 1 || boxY > 1 ? columns * boxX * bands * (alpha ? 4 : 2) + 32 : 0
  return (
    aligned(target.width * 4) +
    aligned(target.width * tapsX * 2) +
    aligned(target.height * 4) +
    aligned(target.height * tapsY * 2) +
    aligned(STATE) +
    aligned(sums) +
    aligned((tapsY + SPARE) * ringRow) +
    aligned(ringRow + 64) +
    aligned(tapsY * 4 + 4) +
    aligned(STRIP * (target.width * bands + 16))
  )
}

function isUnscaled({ shrinkX, shrinkY, scaled }: Placement, loaded: Size): boolean {
  return shrinkX === 1 && shrinkY === 1 && scaled.width === loaded.width && scaled.height === loaded.height
}

/**
 * Scales a picture and cuts `window` out of the result. Gives the reader back where nothing changes.
 * @param upright the turn that the picture should have had before it is scaled
 */
export function resize(
  engine: Engine,
  source: RowReader,
  placement: Placement,
  window: Window,
  upright: Turn,
): RowReader {
  const { bands } = source
  const { shrinkX, shrinkY, scaled } = placement
  if (isUnscaled(placement, source)) return cutRows(source, window)
  const { width, height } = window
  // Mirrors of the stored axes, which is where those of the inverse lie.
  const mirrors = inverse(upright)
  const x = makeAxis({
    source: source.width,
    shrink: shrinkX,
    scaled: scaled.width,
    first: window.left,
    count: width,
    align: alignX(bands),
    mirrored: (mirrors & 1) !== 0,
  })
  const y = makeAxis({
    source: source.height,
    shrink: shrinkY,
    scaled: scaled.height,
    first: window.top,
    count: height,
    align: ALIGN_Y,
    mirrored: (mirrors & 2) !== 0,
  })
  const state = start(engine, bands, x, y, width, height)
  const stride = width * bands + 16
  const out = engine.alloc(Math.min(STRIP, height) * stride)
  const pull = engine.kernel('resizePull')
  const push = engine.kernel('resizePush')

  let strip: Rows | null = null
  let used = 0
  /** Rows of the source seen so far, those above the window included. */
  let seen = 0
  let given = 0

  return {
    width,
    height,
    bands,
    async read() {
      if (given >= height) return null
      let made = 0
      const most = Math.min(STRIP, height - given)
      while (made < most) {
        made += pull(state, out + made * stride, stride, most - made)
        if (made >= most) break
        if (strip === null || used >= strip.count) {
          strip = await source.read()
          used = 0
          if (strip === null) break
          const above = Math.min(strip.count, Math.max(0, y.from - seen))
          used = above
          seen += strip.count
          if (used >= strip.count) continue
        }
        const at = strip.pointer + used * strip.stride + x.from * bands
        used += push(state, at, strip.count - used, strip.stride)
      }
      if (made === 0) {
        throw new ImageError('corrupt', `Expected ${source.height} rows but the picture ended at ${seen}`)
      }
      given += made
      return { pointer: out, count: made, stride }
    },
    close: () => source.close(),
  }
}

function start(engine: Engine, bands: Bands, x: Axis, y: Axis, width: number, height: number): number {
  const put = (table: Int32Array | Int16Array): number => {
    const pointer = engine.alloc(table.byteLength)
    engine.bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), pointer)
    return pointer
  }
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
    put(x.starts),
    put(x.weights),
    y.taps,
    put(y.starts),
    put(y.weights),
    y.taps + SPARE,
  )
  if (state === 0) throw new ImageError('too-large', 'The picture needs more memory than was planned for it')
  return state
}
