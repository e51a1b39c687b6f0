// Rows kept as a whole frame in the arena, and a frame given out as rows again.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Size, Window } from '../geometry'
import type { Bands, RowReader } from '../rows'
import { ROW_SLACK } from './scaler'

/** A whole picture in the engine's memory. */
export interface Area extends Size {
  readonly pointer: number
  readonly stride: number
  readonly bands: Bands
}

/** Bytes of the arena that an area takes. */
export function areaBytes({ width, height }: Size, bands: Bands): number {
  return height * (width * bands + ROW_SLACK) + 80
}

/** Reserves room for a picture. */
export function makeArea(engine: Engine, { width, height }: Size, bands: Bands): Area {
  const stride = width * bands + ROW_SLACK
  return { pointer: engine.alloc(height * stride), stride, width, height, bands }
}

/** Copies all rows into an area, and closes the reader. */
export async function fillArea(engine: Engine, area: Area, rows: RowReader): Promise<void> {
  if (rows.bands !== area.bands) {
    throw new ImageError('corrupt', `Expected pixels of ${area.bands} samples but received ${rows.bands}`)
  }
  const copy = engine.kernel('pixelsCopy')
  let row = 0
  for (let strip = await rows.read(); strip && row < area.height; strip = await rows.read()) {
    const count = Math.min(strip.count, area.height - row)
    const to = area.pointer + row * area.stride
    copy(strip.pointer, strip.stride, to, area.stride, area.width * area.bands, count)
    row += count
  }
  await rows.close()
}

/** A window of an area as rows, without copying them. */
export function areaRows(area: Area, window: Window): RowReader {
  const { pointer, stride, bands } = area
  const { left, top, width, height } = window
  let given = false
  return {
    width,
    height,
    bands,
    async read() {
      if (given) return null
      given = true
      return { pointer: pointer + top * stride + left * bands, count: height, stride }
    },
    close: async () => {},
  }
}
