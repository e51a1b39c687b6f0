// PNG by rows: rows come in, IDAT chunks go out. Rows are gathered into groups of about 64 KB; for a
// group, the better of two ways to filter is chosen, and deflate works on what it gives.
//
//   rows → kind (png-encode-colors) → group → filtered, in deflate's window → tokens → IDAT chunk
import { alloc } from './arena'
import { blockBytes, blockChunk, blockEnd, blockNote, blockStart, blockWrite } from './png-encode-block'
import { bytesOfKind, colorsStart, keepAlpha, kindWith, RGB, toKind } from './png-encode-colors'
import { estimate, estimatedMatches } from './png-encode-estimate'
import { pngEncBestFilter, pngEncFilter } from './png-encode-filter'
import { matchBytes, matchQuickly, matchStart, matchThoroughly } from './png-encode-match'
import { tokenBytes, tokenCount, tokensStart, MOST_TOKENS } from './png-encode-tokens'

const GROUP: usize = 64 * 1024
const HISTORY: usize = 32 * 1024
/** Rows of a group: short ones bring much padding. */
const MOST_ROWS: usize = 256
/** Groups at the start that are tried both ways, and how often later ones are. */
const TRIED_FIRST: i32 = 2
const TRIED_EVERY: i32 = 4

/** Pixels of a row, so that no sum of sizes passes 32 bits; the arena's limit is far below. */
const WIDEST: i32 = 1 << 26

let width: i32 = 0
let kind: i32 = -1
let rowBytes: usize = 0
let packedBits: i32 = 8
let bpp: usize = 1
/** Rows of the group, and the one before it: `stride` apart, zeros before each. */
let raw: usize = 0
let stride: usize = 0
let gathered: i32 = 0
let capacity: i32 = 1
let groups: i32 = 0
let adaptive: bool = true
let thorough: bool = false
/** Whether the picture has shown what it is. */
let told: bool = false
let depth: i32 = 32
let nice: u32 = 128
/** How many candidates the present group is worth. */
let reach: i32 = 32
/** 0 chosen by the picture, 1 always None, 2 always adaptive. */
let strategy: i32 = 0
/** Deflate's window: history, then the filtered group; `at` is the next byte to match. */
let window: usize = 0
let at: usize = 0
let end: usize = 0
let place: u32 = 0
let tokens: usize = 0
let matches: usize = 0
let block: usize = 0
let ended: bool = false

// @ts-ignore: decorator of AssemblyScript
@inline
function align(bytes: usize): usize {
  return (bytes + 15) & ~15
}

function groupRows(bytes: usize): i32 {
  return <i32>max(<usize>1, min(MOST_ROWS, GROUP / (bytes + 1)))
}

/**
 * Allocates what encoding needs, for rows of `bands` bytes a pixel. Returns the room, 0 when the arena
 * is full; `pngEncStart` follows.
 */
export function pngEncOpen(pixels: i32, bands: i32, mayGrey: i32, mayIndex: i32): usize {
  if (pixels > WIDEST) return 0
  width = pixels
  const widest = <usize>pixels * <usize>bands
  // Kinds of fewer bytes put more rows in a group, each with its padding.
  let most: usize = 0
  for (let bytes: usize = 1; bytes <= <usize>bands; bytes++) {
    const row = <usize>pixels * bytes
    most = max(most, align(row + 16) * (groupRows(row) + 1))
  }
  raw = alloc(16 + most)
  window = alloc(HISTORY + max(GROUP, widest + 1))
  tokens = alloc(tokenBytes())
  matches = alloc(matchBytes())
  block = alloc(blockBytes())
  if (raw == 0 || window == 0 || tokens == 0 || matches == 0 || block == 0) return 0
  colorsStart(bands, mayGrey != 0, mayIndex != 0)
  kind = -1
  told = false
  return block
}

/** Begins (or begins again) with a kind; `tries` and `enough` bound the search for matches. */
export function pngEncStart(as: i32, tries: i32, enough: i32, filters: i32): void {
  kind = as
  bpp = bytesOfKind(kind)
  rowBytes = <usize>width * bpp
  stride = align(rowBytes + 16)
  capacity = groupRows(rowBytes)
  memory.fill(raw, 0, 16 + stride)
  for (let i = 1; i <= capacity; i++) memory.fill(raw + stride * i, 0, 16)
  gathered = 0
  groups = 0
  depth = tries
  reach = tries
  nice = enough
  strategy = filters
  at = window
  end = window
  place = 0
  ended = false
  tokensStart(tokens)
  matchStart(matches)
  blockStart(block)
}

/** After `pngEncStart`: rows are of `bits` per pixel, and come by `pngEncPack`. */
export function pngEncStartPacked(bits: i32): void {
  packedBits = bits
  rowBytes = (<usize>width * bits + 7) >> 3
  capacity = min(capacity, groupRows(rowBytes))
}

/**
 * Takes one row of the kind's bytes, each divided by `unit`, packed leftmost in high bits
 * (third edition §7.2). Returns 0 when the group is full: `pngEncStep` first.
 */
export function pngEncPack(from: usize, unit: u32): i32 {
  if (gathered == capacity) return 0
  const to = rawRow(gathered)
  memory.fill(to, 0, rowBytes)
  for (let i = 0; i < width; i++) {
    const bit = i * packedBits
    const byte = to + (bit >> 3)
    store<u8>(byte, load<u8>(byte) | ((load<u8>(from + i) / unit) << (8 - packedBits - (bit & 7))))
  }
  gathered++
  return 1
}

/** Row `index` of the group; -1 is the one before it. */
// @ts-ignore: decorator of AssemblyScript
@inline
function rawRow(index: i32): usize {
  return raw + 16 + stride * (index + 1)
}

/** The kind that the last refused row needs. */
let wanted: i32 = -1
export function pngEncWanted(): i32 {
  return wanted
}

/**
 * Takes up to `count` rows into the group. Returns how many: fewer when the group is full (then
 * `pngEncStep`) or when the next row needs another kind (then `pngEncWanted` differs from the kind).
 */
export function pngEncRows(from: usize, step: usize, count: i32): i32 {
  for (let i = 0; i < count; i++, from += step) {
    if (kind != -1 && gathered == capacity) return i
    wanted = kindWith(kind, from, width)
    if (wanted != kind) return i
    toKind(kind, rawRow(gathered), from, width)
    gathered++
  }
  return count
}

/**
 * Goes on with the group when it is full, or with whatever there is at the end (`last`).
 * @returns 1 when a chunk is ready to be taken (`pngEncChunk`), 0 when rows are wanted or all is done
 */
export function pngEncStep(last: i32): i32 {
  if (ended) return 0
  if (at == end) {
    if (gathered < capacity && !(last && gathered > 0)) {
      if (!last) return 0
      blockWrite(true)
      blockEnd()
      ended = true
      return 1
    }
    takeGroup()
  }
  const stopped = thorough
    ? matchThoroughly(window, at, end, place, reach, nice)
    : matchQuickly(window, at, end, place)
  place += <u32>(stopped - at)
  at = stopped
  if (tokenCount() >= MOST_TOKENS - 24) {
    blockWrite(false)
    return 1
  }
  return at == end && last ? pngEncStep(last) : 0
}

/** The chunk's bytes, at the room that `pngEncOpen` returned. */
export function pngEncChunk(): usize {
  return blockChunk()
}

/** Filters the gathered rows into the window. */
function takeGroup(): void {
  // Keep the history.
  const keep = min(HISTORY, end - window)
  memory.copy(window, end - keep, keep)
  at = window + keep
  end = at + (rowBytes + 1) * gathered
  if (strategy == 0 && (groups < TRIED_FIRST || groups % TRIED_EVERY == 0)) choose()
  else filterGroup(strategy == 0 ? adaptive : strategy == 2)
  blockNote(at, end - at)
  groups++
  memory.copy(raw + 16, rawRow(gathered - 1), rowBytes)
  gathered = 0
}

/** Filters both ways, guesses the sizes, and leaves the better one in the window. */
function choose(): void {
  filterGroup(true)
  const byFilter = estimate(at, end - at)
  const matchedFiltered = estimatedMatches()
  filterGroup(false)
  const plain = estimate(at, end - at)
  // Where there is little noise, a search will find more than the guess did in plain rows.
  const little = <u32>(end - at) << 1
  adaptive = byFilter < (plain < little << 1 ? plain - (plain >> 3) : plain)
  // The first group that is more than flat tells a drawing from a photograph.
  if (kind == RGB && !told && plain > <u32>(end - at) >> 2) {
    told = true
    if (!adaptive) keepAlpha()
  }
  if (adaptive) filterGroup(true)
  // What is not mostly noise is worth a search; in photographs it saves 2 % and takes twice the time.
  const bits = adaptive ? byFilter : plain
  const matched = adaptive ? matchedFiltered : estimatedMatches()
  thorough = bits < little || (matched > 64 && (!adaptive || depth >= 64))
  // In gradients near places are all alike, and the good ones are far.
  reach = matched >= 240 && bits < little ? depth << 2 : depth
}

function filterGroup(adaptively: bool): void {
  let to = at
  for (let i = 0; i < gathered; i++) {
    const row = rawRow(i)
    const above = rawRow(i - 1)
    const filter = adaptively ? pngEncBestFilter(row, above, rowBytes, bpp) : 0
    pngEncFilter(filter, to, row, above, rowBytes, bpp)
    to += rowBytes + 1
  }
}
