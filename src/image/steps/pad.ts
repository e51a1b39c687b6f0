// A border of one colour on all four sides.
import type { Engine } from '../engine'
import type { Bands, RowReader, Rows } from '../rows'
import type { Rgba } from '../transformation'
import { bandRows } from './bands'
import { stripRows } from './rows'

/** Bands that a padded picture needs to show `colour`. */
export function padBands(bands: Bands, colour: Rgba): Bands {
  const [red, green, blue, alpha] = colour
  const coloured = bands > 2 || (alpha > 0 && (red !== green || green !== blue))
  const transparent = bands % 2 === 0 || alpha < 255
  return ((coloured ? 3 : 1) + (transparent ? 1 : 0)) as Bands
}

/** Puts `amount` pixels of `colour` around a picture; none gives the reader back. */
export function padRows(engine: Engine, inner: RowReader, amount: number, colour: Rgba | null): RowReader {
  if (amount === 0 || colour === null) return inner
  const bands = padBands(inner.bands, colour)
  const source = bandRows(engine, inner, bands)
  const width = source.width + 2 * amount
  const height = source.height + 2 * amount
  const stride = width * bands + 16
  const most = Math.min(stripRows(width, bands), height)
  const buffer = engine.alloc(most * stride)
  const copy = engine.kernel('pixelsCopy')
  const packed = pack(colour, bands)
  const fill = (rows: number): void => {
    for (let y = 0; y < rows; y++) engine.call('pixelsFill', buffer + y * stride, bands, width, packed)
  }

  let row = 0
  let strip: Rows | null = null
  let used = 0
  async function read(): Promise<Rows | null> {
    if (row >= height) return null
    const inside = row >= amount && row < amount + source.height
    if (!inside) {
      const end = row < amount ? amount : height
      const count = Math.min(most, end - row)
      fill(count)
      row += count
      return { pointer: buffer, count, stride }
    }
    if (strip === null || used >= strip.count) {
      strip = await source.read()
      used = 0
      if (strip === null) return null
    }
    const count = Math.min(most, strip.count - used)
    fill(count)
    const from = strip.pointer + used * strip.stride
    copy(from, strip.stride, buffer + amount * bands, stride, source.width * bands, count)
    used += count
    row += count
    return { pointer: buffer, count, stride }
  }
  return { width, height, bands, read, close: () => source.close() }
}

/** The colour's bytes as they lie in a pixel, the first one lowest. */
function pack([red, green, blue, alpha]: Rgba, bands: Bands): number {
  if (bands <= 2) return red | (alpha << 8)
  return red | (green << 8) | (blue << 16) | (alpha << 24)
}
