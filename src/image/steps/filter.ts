// The filters, and colour to grey: src/engine/pixels.ts with its tables.
import type { Engine } from '../engine'
import type { Bands, RowReader } from '../rows'
import type { Filter } from '../transformation'
import { mapRows } from './rows'

/** Luminance above this is white in `black_white`. */
const THRESHOLD = 128
const LINEAR_STEPS = 4096

/** Bytes of the tables that the luminance filters take from the arena. */
export const FILTER_TABLE_BYTES = 256 * 2 + LINEAR_STEPS + 160

/** Bands that a filter's rows have. */
export function filterBands(filter: Filter, bands: Bands): Bands {
  if (filter === 'sepia') return bands > 2 ? bands : ((bands + 2) as Bands)
  if (filter === 'none') return bands
  return bands > 2 ? ((bands - 2) as Bands) : bands
}

/** Applies a filter; `none` gives the reader back. */
export function filterRows(engine: Engine, source: RowReader, filter: Filter): RowReader {
  if (filter === 'none') return source
  const bands = filterBands(filter, source.bands)
  if (filter === 'sepia') {
    const spread = engine.kernel('pixelsBands')
    const sepia = engine.kernel('filterSepia')
    const copied = source.bands
    return mapRows(engine, source, bands, (from, to, pixels) => {
      spread(from, copied, to, bands, pixels)
      sepia(to, bands, pixels)
    })
  }
  return luminanceRows(engine, source, filter === 'black_white' ? THRESHOLD : -1)
}

/** Colour to its luminance in linear light: 1 band, or 2 with alpha. */
function luminanceRows(engine: Engine, source: RowReader, threshold: number): RowReader {
  if (source.bands <= 2 && threshold < 0) return source
  const tables = engine.alloc(512 + LINEAR_STEPS)
  const { linear, encoded } = gammaTables()
  engine.bytes.set(new Uint8Array(linear.buffer), tables)
  engine.bytes.set(encoded, tables + 512)
  engine.call('filterTables', tables, tables + 512)
  const luminance = engine.kernel('filterLuminance')
  const bands = filterBands('grayscale', source.bands)
  return mapRows(engine, source, bands, (from, to, pixels) => {
    luminance(from, source.bands, to, pixels, threshold)
  })
}

/** IEC 61966-2-1: sRGB bytes to 16-bit linear light, and 12-bit linear light back to bytes. */
export function gammaTables(): { linear: Uint16Array; encoded: Uint8Array } {
  const linear = new Uint16Array(256)
  for (let i = 0; i < 256; i++) {
    const v = i / 255
    linear[i] = Math.round(65535 * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  }
  const encoded = new Uint8Array(LINEAR_STEPS)
  for (let i = 0; i < LINEAR_STEPS; i++) {
    const v = (i + 0.5) / LINEAR_STEPS
    encoded[i] = Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055))
  }
  return { linear, encoded }
}
