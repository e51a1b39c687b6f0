// The event loop gets its turn between strips, so that an isolate that renders still answers hits. Only a
// timer lets it: messages and promises run before any input or output, and a timer costs 1 ms, on a busy
// machine up to 30. Clocks don't advance during CPU work in production, so work is counted, not timed.
import type { RowReader, Rows, RowWriter } from './rows'

/** Units of work between two breaths: some 8 ms, for a hit takes the loop's turn three or four times. */
const BREATH_WORK = 1_000_000
/** A pixel that a decoder gives is one unit; each one behind it in the file costs about a tenth of that. */
const STORED_PIXEL = 0.1
/** An output's pixel, filtered and encoded. */
const OUTPUT_PIXEL = 2
/** Rows that an encoder takes at once. */
const STRIP = 64

/** Lets other tasks of the isolate run. */
export function breath(): Promise<void> {
  return scheduler.wait(0)
}

/**
 * Hands a decoder's rows on, and lets the event loop run after so much work.
 * @param scale one in how many pixels the decoder gives along each side
 */
export function breathing(source: RowReader, scale: number, signal?: AbortSignal): RowReader {
  const pixel = 1 + STORED_PIXEL * scale ** 2
  let work = 0
  return {
    width: source.width,
    height: source.height,
    bands: source.bands,
    async read() {
      if (work >= BREATH_WORK) {
        work = 0
        await breath()
        signal?.throwIfAborted()
      }
      const rows = await source.read()
      if (rows) work += rows.count * source.width * pixel
      return rows
    },
    close: () => source.close(),
  }
}

/** Writes all rows, and lets the event loop run after so much work. */
export async function writeRows(writer: RowWriter, rows: RowReader): Promise<void> {
  let work = 0
  for (let strip: Rows | null = await rows.read(); strip; strip = await rows.read()) {
    for (let row = 0; row < strip.count; row += STRIP) {
      const count = Math.min(STRIP, strip.count - row)
      await writer.write({ pointer: strip.pointer + row * strip.stride, count, stride: strip.stride })
      work += count * rows.width * OUTPUT_PIXEL
      if (work >= BREATH_WORK) {
        work = 0
        await breath()
      }
    }
  }
}
