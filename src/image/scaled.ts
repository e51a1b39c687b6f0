// From a source to the rows of its scaled and cut picture, as stored: not yet turned.
import { breathing } from './breathe'
import { decoderOf, type Scale } from './codecs'
import { colourStep } from './colour'
import type { Engine } from './engine'
import { ImageError } from './error'
import {
  centred,
  inverse,
  leastShrink,
  type Placement,
  type Size,
  turned,
  turnedWindow,
  type Window,
} from './geometry'
import type { ByteSource, ImageHeader } from './header'
import { uprightTurn } from './normalise'
import type { Plan } from './plan'
import type { RowReader } from './rows'
import { areaRows, fillArea, makeArea } from './steps/frame'
import { resize } from './steps/resize'
import { sourceWindow } from './steps/scaler'
import { smartcrop } from './steps/smartcrop'
import { type Stopwatch, watchedRows } from './stopwatch'
import type { NormalTransformation } from './transformation'

/** What is read, and how. */
export interface Reading {
  readonly engine: Engine
  readonly source: ByteSource
  readonly header: ImageHeader
  readonly wanted: NormalTransformation
  readonly plan: Plan
  /** The profile that the source embeds. */
  readonly icc: Uint8Array | undefined
  readonly signal: AbortSignal | undefined
  readonly watch: Stopwatch | undefined
}

/** Gives the rows of a part of the scaled and cut picture; each call reads the source again. */
export type Opener = (part: Window) => Promise<RowReader>

/** An opener that decodes the source. */
export function decodedOpener(reading: Reading): Opener {
  const { wanted, plan } = reading
  if (plan.search === null) {
    const cut = centredCut(reading, plan.placement)
    return (part) => scaledRows(reading, plan, inside(cut, part))
  }
  if (plan.search === 'frame') {
    const { scaled, target } = plan.placement
    return async (part) => {
      const { engine } = reading
      const area = makeArea(engine, scaled, plan.bands)
      const mark = engine.call('arenaMark')
      await fillArea(engine, area, await scaledRows(reading, plan, { left: 0, top: 0, ...scaled }))
      engine.call('arenaRelease', mark)
      const place = smartcrop(engine, area, target, wanted.gravity as 'attention' | 'entropy')
      return areaRows(area, inside({ ...place, ...target }, part))
    }
  }
  const { search } = plan
  let cut: Window | null = null
  return async (part) => {
    cut ??= await searchedCut(reading, search)
    return scaledRows(reading, plan, inside(cut, part))
  }
}

const inside = (cut: Window, part: Window): Window => ({
  ...part,
  left: cut.left + part.left,
  top: cut.top + part.top,
})

/** The middle of the upright picture, found in the stored one. */
export function centredCut(
  { wanted, header }: Pick<Reading, 'wanted' | 'header'>,
  { scaled, target }: Placement,
): Window {
  const upright = uprightTurn(wanted, header)
  const seen = turned(scaled, upright)
  return turnedWindow(centred(seen, turned(target, upright)), seen, inverse(upright))
}

/** Finds what to keep of a picture that is too large to be held, in a small rendition of it. */
async function searchedCut(
  reading: Reading,
  rendition: { scale: Scale; loaded: Size; placement: Placement },
): Promise<Window> {
  const { engine, plan, wanted } = reading
  const small = rendition.placement.target
  const { scaled, target } = plan.placement
  const mark = engine.call('arenaMark')
  const area = makeArea(engine, small, plan.bands)
  await fillArea(engine, area, await scaledRows(reading, rendition, { left: 0, top: 0, ...small }))
  const within = {
    width: clamp(Math.round((target.width * small.width) / scaled.width), 1, small.width),
    height: clamp(Math.round((target.height * small.height) / scaled.height), 1, small.height),
  }
  const place = smartcrop(engine, area, within, wanted.gravity as 'attention' | 'entropy')
  engine.call('arenaRelease', mark)
  return {
    left: clamp(Math.round((place.left * scaled.width) / small.width), 0, scaled.width - target.width),
    top: clamp(Math.round((place.top * scaled.height) / small.height), 0, scaled.height - target.height),
    ...target,
  }
}

async function scaledRows(
  { engine, source, header, wanted, plan, icc, signal, watch }: Reading,
  { scale, loaded, placement }: { scale: Scale; loaded: Size; placement: Placement },
  window: Window,
): Promise<RowReader> {
  const decoder = decoderOf(header)
  const scaling = { loaded, placement, window, upright: uprightTurn(wanted, header) }
  const crop = decoder.crops ? sourceWindow(scaling) : { left: 0, top: 0, ...loaded }
  const opening = {
    engine,
    source,
    header,
    scale,
    left: leastShrink(placement),
    crop,
    depth: plan.layout.depth,
    hold: plan.hold,
  }
  const open = () => decoder.open(opening)
  const decoded = watchedRows(await (watch ? watch.during('decode', open) : open()), 'decode', watch)
  if (decoded.width !== crop.width || decoded.height !== crop.height) {
    const received = `${decoded.width}×${decoded.height}`
    await decoded.close()
    throw new ImageError('corrupt', `Expected ${crop.width}×${crop.height} pixels but received ${received}`)
  }
  const { colorSpace: to, format } = wanted
  const options = { icc, colorSpace: header.colorSpace, from: plan.layout, to, format }
  const rows = plan.colourFirst ? colourStep(engine, decoded, options) : decoded
  return resize(engine, breathing(rows, header.format, scale, { signal, watch }), scaling, crop)
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
