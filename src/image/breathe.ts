// The event loop gets its turn between strips, so that an isolate that renders still answers hits.
// Timers don't advance during CPU work in production, so work is counted in pixels, not in time.
import type { RowReader } from './rows'

/** Pixels between two breaths: some 10 ms of decoding at 100 to 200 megapixels a second. */
const BREATH_PIXELS = 1 << 20

/** Lets other tasks of the isolate run. */
export function breath(): Promise<void> {
  return scheduler.wait(0)
}

/**
 * Hands rows on, and lets the event loop run after every so many pixels.
 * @param weight source pixels behind each pixel of a row, where the decoder shrinks
 */
export function breathing(source: RowReader, weight: number, signal?: AbortSignal): RowReader {
  let pixels = 0
  return {
    width: source.width,
    height: source.height,
    bands: source.bands,
    async read() {
      if (pixels >= BREATH_PIXELS) {
        pixels = 0
        await breath()
        signal?.throwIfAborted()
      }
      const rows = await source.read()
      if (rows) pixels += rows.count * source.width * weight
      return rows
    },
    close: () => source.close(),
  }
}
