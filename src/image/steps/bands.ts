// Bands as an encoder needs them: alpha laid over a background, added or dropped, grey made colour.
import type { Engine } from '../engine'
import type { Bands, RowReader } from '../rows'
import { mapRows } from './rows'

/** What transparent pixels of a format without alpha lie on. */
const BACKGROUND = [255, 255, 255] as const

/** Lays a picture with alpha over white; others are given back. */
export function flattenRows(engine: Engine, source: RowReader): RowReader {
  if (source.bands % 2 === 1) return source
  const flatten = engine.kernel('pixelsFlatten')
  const [red, green, blue] = BACKGROUND
  return mapRows(engine, source, (source.bands - 1) as Bands, (from, to, pixels) => {
    flatten(from, source.bands, to, pixels, red, green, blue)
  })
}

/** Changes the number of bands, never from colour to grey. */
export function bandRows(engine: Engine, source: RowReader, bands: Bands): RowReader {
  if (source.bands === bands) return source
  const convert = engine.kernel('pixelsBands')
  return mapRows(engine, source, bands, (from, to, pixels) => {
    convert(from, source.bands, to, bands, pixels)
  })
}
