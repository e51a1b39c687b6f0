// A small rendition of the rows that pass by, for placeholders: it costs no pass of its own.
import type { Engine } from '../engine'
import { fitInside, place, type Size } from '../geometry'
import { LQIP_SIDE } from '../lqip'
import type { Bands, RowReader } from '../rows'
import { areaBytes, makeArea } from './frame'
import { makeScaler, scalerBytes } from './scaler'

function smallOf({ width, height }: Size): Size {
  return fitInside({ width, height }, Math.min(LQIP_SIDE, width), Math.min(LQIP_SIDE, height))
}

/** Bytes of the arena that `tapRows` takes. */
export function tapBytes(size: Size, bands: Bands): number {
  const small = smallOf(size)
  return scalerBytes(size, place(size, size, small, 'stretch'), bands) + 2 * areaBytes(small, 4)
}

/** A reader that gives the same rows, and the small picture once all have passed. */
export interface Tap {
  readonly rows: RowReader
  /** RGBA of at most 100 pixels a side. */
  small(): Size & { readonly rgba: Uint8Array }
}

/** Taps rows. */
export function tapRows(engine: Engine, source: RowReader): Tap {
  const { width, height, bands } = source
  const size = { width, height }
  const small = smallOf(size)
  const area = makeArea(engine, small, bands)
  const rgba = engine.alloc(small.width * small.height * 4)
  const origin = { left: 0, top: 0 }
  const scaling = {
    loaded: size,
    placement: place(size, size, small, 'stretch'),
    window: { ...origin, ...small },
    upright: 0 as const,
  }
  const scaler = makeScaler(engine, scaling, bands, origin)
  let made = 0
  return {
    rows: {
      width,
      height,
      bands,
      async read() {
        const rows = await source.read()
        for (let used = 0; rows && used < rows.count && !scaler.done; ) {
          used += scaler.offer(rows, used)
          made += scaler.take(area.pointer + made * area.stride, area.stride, small.height - made)
        }
        return rows
      },
      close: () => source.close(),
    },
    small() {
      for (let y = 0; y < small.height; y++) {
        const from = area.pointer + y * area.stride
        engine.call('pixelsBands', from, bands, rgba + y * small.width * 4, 4, small.width)
      }
      return { ...small, rgba: engine.bytes.slice(rgba, rgba + small.width * small.height * 4) }
    },
  }
}
