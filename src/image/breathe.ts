// The event loop gets its turn between strips, so that an isolate that renders still answers hits. Only a
// timer lets it: messages and promises run before any input or output, and a timer costs 1 ms, on a busy
// machine up to 30. Clocks don't advance during CPU work in production, so work is counted, not timed.
//
// A request takes the loop's turn several times: it comes, D1 and R2 answer, its body leaves. So breaths
// are rare while nobody is known to wait, and frequent for some turns once a request has come.
import type { Effort } from './codecs'
import type { Format } from './formats'
import type { RowReader, Rows, RowWriter } from './rows'
import type { Stopwatch } from './stopwatch'

/** Units of work between two breaths while only renders are under way: some 16 ms. */
const ALONE_WORK = 2_000_000
/** The same while a request may wait for its turn: some 5 ms. */
const SHARED_WORK = 600_000
/** Turns that a request is thought to take. */
const REQUEST_TURNS = 6
/** A request that came longer ago takes no turns any more, or waits for something else. */
const RECENT_MS = 200
/** Units of a pixel that a decoder gives, and of each pixel of the file that stands behind it. */
const READ = { given: 1, stored: 0.1 }
const READ_WEBP = { given: 2, stored: 2.5 }
/** Units of an output's pixel: what filtering, scaling and encoding it takes. */
const WRITTEN: Partial<Record<Format, number>> = { jpg: 2, png: 8, webp: 8, gif: 20 }
/** Rows that an encoder takes at once. */
const STRIP = 64

/** Done by all jobs of the isolate since its last breath. */
let work = 0
/** Turns that requests may still take, and when the last of them came. */
let turns = 0
let cameAt = 0

/** Says that a request has come. */
export function requestCame(): void {
  turns = Math.min(turns, 4 * REQUEST_TURNS) + REQUEST_TURNS
  cameAt = Date.now()
}

/**
 * Says that a render begins: whatever brought it here had the loop's turn. The request that waits for it
 * takes no turns meanwhile.
 */
export function renderBegins(effort: Effort): void {
  work = 0
  if (effort === 'interactive') turns = Math.max(0, turns - REQUEST_TURNS)
}

/** Counts work, and lets other tasks of the isolate run where it is time to. */
export async function breathe(units: number, watch?: Stopwatch): Promise<void> {
  work += units
  if (work < SHARED_WORK) return
  if (work < ALONE_WORK && (turns === 0 || Date.now() - cameAt > RECENT_MS)) return
  work = 0
  if (turns > 0) turns--
  const before = watch?.to('wait')
  await scheduler.wait(0)
  if (before) watch?.to(before)
}

/** Units of work that a picture or a part of it takes to be finished and encoded. */
export function writingUnits(pixels: number, format: Format): number {
  return pixels * (WRITTEN[format] ?? 2)
}

/**
 * Hands a decoder's rows on, and lets the event loop run after so much work.
 * @param scale one in how many pixels the decoder gives along each side
 */
export function breathing(
  source: RowReader,
  format: Format,
  scale: number,
  {
    signal,
    watch,
  }: { readonly signal?: AbortSignal | undefined; readonly watch?: Stopwatch | undefined } = {},
): RowReader {
  const { given, stored } = format === 'webp' ? READ_WEBP : READ
  const row = source.width * (given + stored * (scale ** 2 - 1))
  return {
    width: source.width,
    height: source.height,
    bands: source.bands,
    async read() {
      const rows = await source.read()
      if (rows) await breathe(rows.count * row, watch)
      signal?.throwIfAborted()
      return rows
    },
    close: () => source.close(),
  }
}

/**
 * Writes all rows, and lets the event loop run after so much work.
 * @param wrote called whenever some rows have been written
 */
export async function writeRows(
  writer: RowWriter,
  rows: RowReader,
  format: Format,
  { watch, wrote }: { readonly watch?: Stopwatch | undefined; readonly wrote?: () => void } = {},
): Promise<void> {
  for (let strip: Rows | null = await rows.read(); strip; strip = await rows.read()) {
    for (let row = 0; row < strip.count; row += STRIP) {
      const count = Math.min(STRIP, strip.count - row)
      const before = watch?.to('encode')
      await writer.write({ pointer: strip.pointer + row * strip.stride, count, stride: strip.stride })
      if (before) watch?.to(before)
      wrote?.()
      await breathe(writingUnits(count * rows.width, format), watch)
    }
  }
}
