// PNG by rows: the host hands over the file from the first IDAT on, window by window, and takes
// strips of reconstructed rows. Memory is one window, 32 KB of history, and a few rows.
//
//   window → (chunks) → bits → inflated bytes, kept filtered for matches → unfiltered → expanded rows
import { alloc } from './arena'
import { expandedBands, expandsNothing, formatBits, pngDecExpand, sampleBytes, storedBits } from './png-expand'
import { frameStart, nextPiece } from './png-frame'
import { addWork, inflate, inflateStart } from './png-inflate'
import {
  BAD_FILTER, DISTANCE_ENTRIES, ENDED, HISTORY, LITERAL_ENTRIES, NEED_INPUT, OUTPUT_FULL, SLACK, Stream, WINDOW,
} from './png-stream'
import { pngDecUnfilter } from './png-unfilter'

/** Pixels of a row, so that no sum of sizes passes 32 bits; the arena's limit is far below. */
const WIDEST: i32 = 1 << 26
/** Inflated bytes beyond what is kept, at least: fewer would mean moving that too often. */
const FRESH: usize = 96 * 1024

// @ts-ignore: decorator of AssemblyScript
@inline
function align(bytes: usize): usize {
  return (bytes + 15) & ~15
}

/** Bytes of a reader's block before the inflated ones. */
export function frontBytes(): usize {
  return align(offsetof<Stream>()) + 320 + align(LITERAL_ENTRIES * 4) + align(DISTANCE_ENTRIES * 4) + WINDOW + 64
}

/**
 * Room for inflated bytes: the history or a row that is not whole yet, whichever is longer, and what comes
 * before they are moved to the front, a part of the row at least.
 */
export function inflatedBytes(rowBytes: usize): usize {
  return max(HISTORY, rowBytes + 1) + SLACK + max(FRESH, rowBytes >> 3)
}

export function bytesOfRow(pixels: i32, bits: i32): usize {
  return <usize>((<u64>pixels * <u64>bits + 7) >> 3)
}

/**
 * Makes a reader; call `pngDecFormat` first. Returns its address, 0 when the arena is full.
 * @param width pixels of the widest row
 * @param capacity rows of a strip
 * @param plain 1 to 4: rows of so many 8-bit samples a pixel, whatever `pngDecFormat` said; else 0
 */
export function pngDecOpen(width: i32, capacity: i32, plain: i32): usize {
  if (width > WIDEST) return 0
  const rowBytes = bytesOfRow(width, plain ? plain << 3 : formatBits())
  const block = alloc(frontBytes() + inflatedBytes(rowBytes))
  if (block == 0) return 0
  const s = changetype<Stream>(block)
  s.plain = plain
  s.lengths = block + align(offsetof<Stream>())
  s.literals = s.lengths + 320
  s.distances = s.literals + align(LITERAL_ENTRIES * 4)
  s.window = s.distances + align(DISTANCE_ENTRIES * 4)
  s.base = block + frontBytes()
  if (!pngDecRoom(s, width, capacity)) return 0
  restart(s)
  return block
}

/** Begins with another file, at its first IDAT chunk. */
function restart(s: Stream): void {
  frameStart(s)
  inflateStart(s)
  s.row = s.base
  s.out = s.base
  s.outEnd = s.base
}

/** Begins with another file of plain rows, of no more channels than the reader was made for. */
export function pngDecReuse(s: Stream, channels: i32, width: i32, height: i32): void {
  s.plain = channels
  restart(s)
  pngDecPass(s, width, height)
}

/** Whether a row may be reconstructed where the one above it is: `pngDecUnfilter` writes no pixel's neighbour. */
function fitsInPlace(bpp: i32): bool {
  return bpp != 3
}

function pixelBytes(s: Stream): i32 {
  return max(storedBits(s) >> 3, 1)
}

/**
 * Allocates what holds unfiltered rows: the strip itself, with the row above it in front, or one row or two
 * where the strip is expanded.
 */
export function pngDecRoom(s: Stream, width: i32, capacity: i32): bool {
  const own = align(bytesOfRow(width, storedBits(s)))
  s.capacity = capacity
  s.stride = align(<usize>width * <usize>expandedBands(s) * <usize>sampleBytes(s))
  const strip = s.stride * capacity
  s.rows = alloc(expandsNothing(s) ? own + strip : strip)
  if (s.rows == 0) return false
  s.spare = expandsNothing(s) ? s.rows : alloc((fitsInPlace(pixelBytes(s)) ? own : own + own) + align(<usize>width + 8))
  return s.spare != 0
}

/** Begins a pass (a picture without interlace is one): rows are reconstructed from a row of zeros. */
export function pngDecPass(s: Stream, width: i32, height: i32): void {
  s.rowBytes = bytesOfRow(width, storedBits(s))
  s.rowPixels = width
  s.rowsLeft = height
  s.ready = 0
  s.prior = s.spare
  memory.fill(s.prior, 0, s.rowBytes)
  // Never less than before: there may be bytes of this pass already.
  s.outEnd = max(s.outEnd, s.base + inflatedBytes(s.rowBytes))
}

/** Where the host puts up to 65,536 bytes of file. */
export function pngDecWindow(s: Stream): usize {
  return s.window
}

/** The host has put `bytes` bytes there. */
export function pngDecFeed(s: Stream, bytes: i32): void {
  s.raw = s.window
  s.rawEnd = s.window + bytes
}

/** Bytes of the present window that are not consumed yet: an error lies so far before its end. */
export function pngDecUnread(s: Stream): usize {
  return s.rawEnd - s.raw + s.inputEnd - s.input
}

/** Rows of the strip that are ready. */
export function pngDecReady(s: Stream): i32 {
  return s.ready
}

/** The first row of the strip. */
export function pngDecStrip(s: Stream): usize {
  return expandsNothing(s) ? s.rows + align(s.rowBytes) : s.rows
}

export function pngDecStride(s: Stream): usize {
  return s.stride
}

/** Empties the strip, for the next one. */
export function pngDecNext(s: Stream): void {
  s.ready = 0
}

/**
 * Decodes until the strip is full or the pass has ended.
 * @returns OUTPUT_FULL when rows are ready, NEED_INPUT, ENDED when the file's image data end before
 * the pass does (rows may be ready all the same), or a negative status
 */
export function pngDecRun(s: Stream): i32 {
  const bytes = s.rowBytes
  let status = OUTPUT_FULL
  while (status == OUTPUT_FULL) {
    while (s.ready < s.capacity && s.rowsLeft > 0 && s.out - s.row > bytes) {
      if (!reconstruct(s)) return BAD_FILTER
      s.row += bytes + 1
      s.rowsLeft--
      s.ready++
    }
    if (s.ready == s.capacity || s.rowsLeft == 0) {
      keepPrior(s)
      return OUTPUT_FULL
    }
    status = fill(s)
  }
  return status
}

/** Passes over the rows that are left of the pass, unseen: the same statuses. */
export function pngDecSkip(s: Stream): i32 {
  const bytes = s.rowBytes
  let status = OUTPUT_FULL
  while (status == OUTPUT_FULL) {
    while (s.rowsLeft > 0 && s.out - s.row > bytes) {
      s.row += bytes + 1
      s.rowsLeft--
    }
    if (s.rowsLeft == 0) return OUTPUT_FULL
    status = fill(s)
  }
  return status
}

/**
 * After the last row: reads on to the end of the chunks, unseen, so that their CRCs are checked.
 * @returns NEED_INPUT, ENDED or a negative status
 */
export function pngDecFinish(s: Stream): i32 {
  let status = OUTPUT_FULL
  while (status == OUTPUT_FULL) {
    status = nextPiece(s)
    s.input = s.inputEnd
  }
  return status
}

/** Inflates some more: OUTPUT_FULL when that gave a row, or there is room for more. */
function fill(s: Stream): i32 {
  if (s.outEnd - s.out <= SLACK) makeRoom(s)
  for (;;) {
    let status = inflate(s)
    if (status == NEED_INPUT) {
      status = nextPiece(s)
      if (status == OUTPUT_FULL) continue
    }
    return status >= 0 && s.out - s.row > s.rowBytes ? OUTPUT_FULL : status
  }
}

/** Moves the bytes that are still needed, history and rows, to the front. */
function makeRoom(s: Stream): void {
  let keep = s.out - min(HISTORY, s.out - s.base)
  if (s.row < keep) keep = s.row
  const by = keep - s.base
  memory.copy(s.base, keep, s.out - keep)
  addWork(s.out - keep)
  s.row -= by
  s.out -= by
}

/** Unfilters the row at `row` into the strip. */
function reconstruct(s: Stream): bool {
  const bytes = s.rowBytes
  const bpp = pixelBytes(s)
  const strip = pngDecStrip(s)
  const filter = <i32>load<u8>(s.row)
  const place = strip + s.stride * s.ready
  if (expandsNothing(s)) {
    if (!pngDecUnfilter(filter, place, s.row + 1, s.prior, bytes, bpp)) return false
    s.prior = place
    return true
  }
  const own = align(bytes)
  const isInPlace = fitsInPlace(bpp)
  const to = isInPlace || s.prior != s.spare ? s.spare : s.spare + own
  if (!pngDecUnfilter(filter, to, s.row + 1, s.prior, bytes, bpp)) return false
  s.prior = to
  pngDecExpand(place, to, s.rowPixels, s.spare + (isInPlace ? own : own + own))
  return true
}

/** Saves the last row before the strip goes to the caller, who may change it. */
function keepPrior(s: Stream): void {
  if (!expandsNothing(s) || s.prior == s.rows) return
  memory.copy(s.rows, s.prior, s.rowBytes)
  s.prior = s.rows
}
