// JPEG to JPEG without colours: Y, Cb and Cr are decoded, scaled and encoded one by one. Chroma, of which
// both files hold a half or a quarter as much, is neither brought to luma's size nor averaged down again,
// and nothing becomes RGB in between.
//
//   decode ─ Y ──▶ scaler ─┐
//          ─ Cb ─▶ scaler ─┼▶ a row of MCUs ─▶ encode
//          ─ Cr ─▶ scaler ─┘
import { breathe, writingUnits } from './breathe'
import type { Effort, Scale } from './codecs'
import { type JpegPlanes, openJpegPlanes } from './codecs/jpeg-decode'
import type { JpegPlaneWriter } from './codecs/jpeg-encode'
import { ImageError } from './error'
import { leastShrink, type Placement, type Size, type Window } from './geometry'
import type { ImageHeader } from './header'
import { uprightTurn } from './normalise'
import { centredCut, type Reading } from './scaled'
import {
  axesOf,
  chromaAxes,
  makeTableScaler,
  makeTables,
  type Scaler,
  type Scaling,
  SPARE,
  scalerBytes,
  sourceWindow,
} from './steps/scaler'
import { boxOf } from './steps/weights'
import type { NormalTransformation } from './transformation'

/** From this quality on a JPEG holds all of chroma. */
const WHOLE_CHROMA = 90
/** What planes cost of the work that breaths are reckoned by. */
const WORK = 0.5

/** Whether a transformation can be made of planes, as far as the header tells: it only scales and cuts. */
export function staysInPlanes(
  header: ImageHeader,
  wanted: NormalTransformation,
  placement: Placement,
  effort: Effort,
): boolean {
  if (header.format !== 'jpg' || header.components !== 3) return false
  if (wanted.format !== 'jpg' || effort !== 'interactive' || (wanted.quality ?? 100) >= WHOLE_CHROMA)
    return false
  if (wanted.colorSpace !== 'origin' || wanted.filter !== 'none' || wanted.blur > 0 || wanted.paddingColor) {
    return false
  }
  return leastShrink(placement) > 1
}

/** Rows of luma that can be offered while chroma, whose kernel is twice as wide, waits for its own. */
function spareRows(scale: Scale, { shrinkY, scaled }: Placement, loaded: Size): number {
  return 8 + Math.ceil((4 * shrinkY + 16 / scale) / boxOf(loaded.height, scaled.height))
}

/** Upper bound of the bytes that the scalers take from the arena. */
export function planeScalerBytes(scale: Scale, loaded: Size, placement: Placement): number {
  const { scaled, target, shrinkX, shrinkY } = placement
  const half = ({ width, height }: Size): Size => ({
    width: Math.ceil(width / 2) + 1,
    height: Math.ceil(height / 2) + 1,
  })
  // Chroma of the same size as luma shrinks twice as much, and is what takes most.
  const chroma = { scaled: half(scaled), target: half(target), shrinkX: 2 * shrinkX, shrinkY: 2 * shrinkY }
  return (
    scalerBytes(loaded, placement, 1, spareRows(scale, placement, loaded)) +
    2 * scalerBytes(loaded, chroma, 1, SPARE)
  )
}

/** A picture whose planes are decoded and scaled. */
export interface ScaledPlanes extends Size {
  /** Puts all rows into a writer. Throws as decoding does. */
  writeTo(writer: JpegPlaneWriter): Promise<void>
  close(): Promise<void>
}

/** Opens the planes of a source; null where it has none that fit. Throws as `openJpegPlanes`. */
export async function openPlanes(reading: Reading): Promise<ScaledPlanes | null> {
  const { engine, source, header, wanted, plan, watch } = reading
  const { scale, loaded, placement } = plan
  const window = { ...centredCut(reading, placement), ...placement.target }
  const scaling = { loaded, placement, window, upright: uprightTurn(wanted, header) }
  const options = {
    shrink: scale,
    flat: leastShrink(placement) < 2,
    crop: planesWindow(scaling),
    bandBytes: plan.hold,
  }
  const mark = engine.call('arenaMark')
  const open = () => openJpegPlanes(engine, source, options)
  const decoded = await (watch ? watch.during('decode', open) : open())
  if (!decoded) {
    engine.call('arenaRelease', mark)
    return null
  }
  const [y, cb, cr] = decoded.planes
  if (y.width !== loaded.width || y.height !== loaded.height) {
    await decoded.close()
    const expected = `${loaded.width}×${loaded.height}`
    throw new ImageError('corrupt', `Expected ${expected} pixels but received ${y.width}×${y.height}`)
  }
  const luma = axesOf(scaling)
  const ofLuma = makeTables(engine, luma, 1)
  const ofChroma = makeTables(engine, chromaAxes(luma, cb), 1)
  const scalers = [
    makeTableScaler(engine, ofLuma, y, spareRows(scale, placement, loaded)),
    makeTableScaler(engine, ofChroma, cb),
    makeTableScaler(engine, ofChroma, cr),
  ]
  return {
    width: window.width,
    height: window.height,
    writeTo: (writer) => pump(reading, decoded, scalers, writer),
    close: () => decoded.close(),
  }
}

/** The pixels of the loaded picture that its planes need: luma's, and around them those of chroma's wider kernel. */
export function planesWindow(scaling: Scaling): Window {
  const { placement, loaded } = scaling
  const { left, top, width, height } = sourceWindow(scaling)
  const [acrossMore, downMore] = [placement.shrinkX, placement.shrinkY].map(
    (shrink) => Math.ceil(5 * shrink) + 8,
  )
  const from = { left: Math.max(0, left - acrossMore!), top: Math.max(0, top - downMore!) }
  return {
    ...from,
    width: Math.min(loaded.width, left + width + acrossMore!) - from.left,
    height: Math.min(loaded.height, top + height + downMore!) - from.top,
  }
}

/** Moves rows from the decoder through the scalers into the writer's rows of MCUs. */
async function pump(
  { header, plan, signal, watch }: Reading,
  decoded: JpegPlanes,
  scalers: readonly Scaler[],
  writer: JpegPlaneWriter,
): Promise<void> {
  const { scale, loaded } = plan
  const { width, height } = scalers[0]!
  const stripUnits = loaded.width * (1 + (scale ** 2 - 1) / 10) * WORK
  let left = height
  let held = [0, 0, 0]
  const read = () => (watch ? watch.during('decode', () => decoded.read()) : decoded.read())
  for (let strips = await read(); strips; strips = await read()) {
    const used = [0, 0, 0]
    for (let moved = true; moved && left > 0; ) {
      moved = false
      for (const [i, scaler] of scalers.entries()) {
        const { pointer, count, stride } = writer.rows[i]!
        const offered = used[i]! < strips[i]!.count ? scaler.offer(strips[i]!, used[i]!) : 0
        const taken =
          held[i]! < count ? scaler.take(pointer + held[i]! * stride, stride, count - held[i]!) : 0
        used[i]! += offered
        held[i]! += taken
        moved ||= offered + taken > 0
      }
      const rows = Math.min(left, writer.rows[0].count)
      if (held[0] === rows && held[1] === Math.ceil(rows / 2) && held[2] === held[1]) {
        const before = watch?.to('encode')
        writer.write(rows)
        if (before) watch?.to(before)
        left -= rows
        held = [0, 0, 0]
        moved = true
        await breathe(writingUnits(rows * width, 'jpg') * WORK, watch)
      }
    }
    if (left === 0) return
    if (used.some((rows, i) => rows < strips[i]!.count))
      throw new RangeError('A plane runs ahead of the others')
    await breathe(strips[0].count * stripUnits, watch)
    signal?.throwIfAborted()
  }
  throw new ImageError('corrupt', `Expected ${header.height} rows but the picture ended before`)
}
