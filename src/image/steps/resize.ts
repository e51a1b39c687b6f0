// The step that scales a picture and cuts a window out of the result.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Placement, Size } from '../geometry'
import type { Bands, RowReader, Rows } from '../rows'
import { cutRows } from './rows'
import { isUnscaled, makeScaler, ROW_SLACK, type Scaling, scalerBytes } from './scaler'

/** Output rows per strip. */
const STRIP = 16

/** Upper bound of the bytes that `resize` takes from the arena. */
export function resizeBytes(loaded: Size, placement: Placement, bands: Bands): number {
  if (isUnscaled(placement, loaded)) return 0
  return scalerBytes(loaded, placement, bands) + STRIP * (placement.target.width * bands + ROW_SLACK) + 96
}

/**
 * Scales a picture and cuts a window out of the result. Gives the reader back where nothing changes.
 * @param source gives a window of the loaded picture, whose first pixel is `origin`
 */
export function resize(
  engine: Engine,
  source: RowReader,
  scaling: Scaling,
  origin: { readonly left: number; readonly top: number },
): RowReader {
  const { bands } = source
  const { placement, loaded, window } = scaling
  const { width, height } = window
  if (isUnscaled(placement, loaded)) {
    return cutRows(source, { ...window, left: window.left - origin.left, top: window.top - origin.top })
  }
  const scaler = makeScaler(engine, scaling, bands, origin)
  const stride = width * bands + ROW_SLACK
  const out = engine.alloc(Math.min(STRIP, height) * stride)

  let strip: Rows | null = null
  let used = 0
  let given = 0
  return {
    width,
    height,
    bands,
    async read() {
      const most = Math.min(STRIP, height - given)
      let made = 0
      while (made < most) {
        made += scaler.take(out + made * stride, stride, most - made)
        if (made >= most) break
        if (strip === null || used >= strip.count) {
          strip = await source.read()
          used = 0
          if (strip === null) {
            throw new ImageError('corrupt', `Expected ${source.height} rows but the picture ended before`)
          }
        }
        used += scaler.offer(strip, used)
      }
      given += made
      return made === 0 ? null : { pointer: out, count: made, stride }
    },
    close: () => source.close(),
  }
}
