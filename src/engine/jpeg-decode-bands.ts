// Bands of a picture in more than one scan: the MCU rows whose coefficients are held at once. Where the
// memory granted does not hold them all, the file is read once for each band. Where a scan stands at a band's
// end is noted, so that the next reading passes over the bytes before without decoding them, and so that
// the non-zero history that refinement needs is only that of the band.
//
//   rows above the crop   history alone, in bands of their own where it is large
//   rows of the crop      coefficients and history
import { inputOffset, rewindInput, takeUp } from './jpeg-decode-input'
import { SLOTS_BYTES, take } from './jpeg-decode-layout'
import { BATCH, BLOCK_BYTES, Component, GO_ON, MAX_BLOCKS, component, d, scanned } from './jpeg-decode-state'

/** Bounds the time that little memory may cost. */
const MAX_PASSES = 32
/** Scans of one file: more than any encoder writes, few enough to bound the time. */
export const MAX_SCANS = 200
/** No region is larger. */
const MAX_BYTES: u64 = 1 << 30

/** Where a scan goes on in the next reading of the file. */
@unmanaged
class Mark {
  /** Offset in the file, the bytes without stuffing to drop behind it, and the bits of the next one. */
  at: u32
  drop: u32
  dropBits: i32
  /** The reading that noted it, counted from 1; 0 for none. */
  reading: i32
  /** Row of units. */
  row: i32
  eobRun: i32
  restartsLeft: i32
  nextRestart: i32
  exhausted: i32
  pred0: i32
  pred1: i32
  pred2: i32
  pred3: i32
  /** Offset of the marker behind the scan, 0 where it is not known. */
  end: u32
}

// @ts-ignore: decorator
@inline
function mark(): Mark {
  return changetype<Mark>(d.marks + <usize>(d.scans - 1) * offsetof<Mark>())
}

/** Bytes of an MCU row's coefficients of a component. */
function storeRowBytes(c: Component): i32 {
  return c.v * c.storeWide * c.storeBytes
}

/** Bytes of an MCU row's history of a component: 64 bits a block. */
function historyRowBytes(c: Component): i32 {
  return d.progressive && c.size > 1 ? (c.v * c.historyWide) << 3 : 0
}

/**
 * Chooses how many MCU rows are held at once: as many as `bytes` hold, but so many that the file is not
 * read more than MAX_PASSES times for them. Returns false where that is beyond any memory.
 */
export function chooseBand(bytes: i32): bool {
  let stored: u64 = 0
  let history: u64 = 0
  const mcus = min(d.endBatch * BATCH, d.mcusWide) - d.firstBatch * BATCH
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    c.storeWide = mcus * c.h
    c.historyWide = d.mcusWide * c.h
    c.storeBytes = 2 * c.size * c.size
    stored += storeRowBytes(c)
    history += historyRowBytes(c)
  }
  const rows = <u64>(d.endRow - d.firstRow)
  const all = <u64>d.endRow * history + rows * stored
  const room = <u64>max(bytes, 0)
  const most = max(room / (stored + history), (rows + MAX_PASSES - 1) / MAX_PASSES)
  d.bandRows = <i32>min(most, rows)
  d.aboveRows = 0
  let region = all
  if (all > room && (most < rows || (history > 0 && d.firstRow > 0))) {
    region = <u64>d.bandRows * (stored + history)
    if (history > 0) d.aboveRows = <i32>max(region / history, 1)
    region = max(region, <u64>d.aboveRows * history)
  }
  if (region > MAX_BYTES) return false
  d.regionBytes = <usize>region + 2 * 16 * d.components
  return true
}

/** Lays out what the pictures of several scans take beside the others. */
export function layOutBands(): void {
  if (!d.progressive) d.units = take(MAX_BLOCKS * BATCH * BLOCK_BYTES)
  for (let i = 0; i < d.components; i++) component(i).storeSlots = take(SLOTS_BYTES)
  d.marks = take((MAX_SCANS + 1) * offsetof<Mark>())
  d.region = take(d.regionBytes)
}

/** Before the first reading. */
export function clearMarks(): void {
  for (let i = 0; i <= MAX_SCANS; i++) {
    const m = changetype<Mark>(d.marks + <usize>i * offsetof<Mark>())
    m.reading = 0
    m.end = 0
  }
  d.bandEnd = 0
}

/** Chooses the rows of the next band, and gives it the region, empty. */
export function beginBand(): void {
  const start = d.bandEnd
  d.bandStart = start
  if (d.aboveRows > 0 && start < d.firstRow) {
    d.bandEnd = min(start + d.aboveRows, d.firstRow)
    d.keepStart = d.bandEnd
  } else {
    d.keepStart = max(start, d.firstRow)
    d.bandEnd = min(d.keepStart + d.bandRows, d.endRow)
  }
  let at = d.region
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    c.store = at
    at += ((d.bandEnd - d.keepStart) * storeRowBytes(c) + 15) & ~15
    c.history = historyRowBytes(c) > 0 ? at : 0
    at += ((d.bandEnd - d.bandStart) * historyRowBytes(c) + 15) & ~15
  }
  memory.fill(d.region, 0, at - d.region)
}

/** Starts the file anew, for the next band. */
export function rewindBands(): void {
  d.passes++
  rewindInput()
  d.scans = 0
  d.restartInterval = 0
}

/** The coefficients of a block of the band; `x` counts from the first that is held. */
// @ts-ignore: decorator
@inline
export function storedBlock(c: Component, blockRow: i32, x: i32): usize {
  return c.store + ((blockRow - d.keepStart * c.v) * c.storeWide + x) * c.storeBytes
}

/** The history of a row of blocks of the band, from the picture's left edge. */
// @ts-ignore: decorator
@inline
export function historyRow(c: Component, blockRow: i32): usize {
  return c.history + (((blockRow - d.bandStart * c.v) * c.historyWide) << 3)
}

/**
 * At a scan's start: prepares to go on where the reading before has left it. Returns false for one that
 * was not met then, and hangs on the history of what lies above the band: damage alone brings that about.
 */
export function recall(): bool {
  if (d.passes == 0) return true
  const m = mark()
  if (m.reading != d.passes) return d.spectralStart == 0
  d.skipTo = m.at
  d.takingUp = 1
  return true
}

/** Goes to where the scan goes on. GO_ON, or NEED_INPUT. */
export function goOn(): i32 {
  const m = mark()
  // Where the data is over, only the marker behind it counts.
  const status = takeUp(m.exhausted ? 0x7fffffff : m.drop, m.dropBits)
  if (status != GO_ON) return status
  // A scan whose data was over before the band's first row has rows missing: they stay empty.
  d.mcuRow = max(m.row, d.bandStart * (d.scanComponents == 1 ? scanned(0).v : 1))
  d.eobRun = m.eobRun
  d.restartsLeft = m.restartsLeft
  d.nextRestart = m.nextRestart
  d.exhausted = m.exhausted
  for (let i = 0; i < d.scanComponents; i++) {
    scanned(i).pred = i == 0 ? m.pred0 : i == 1 ? m.pred1 : i == 2 ? m.pred2 : m.pred3
  }
  return GO_ON
}

/** At the end of the band's part of a scan: notes where it goes on. */
export function note(): void {
  if (d.bandEnd == d.endRow) return
  const m = mark()
  // Bits of a byte begun, whole bytes that are unread: see `starved`.
  const begun = d.count & 7
  const unread = <i32>(d.next + 8 + (d.count >>> 3) - d.cleanLow) + i32(begun != 0)
  const taken = <i32>d.made - unread
  const isLater = taken >= <i32>d.laterMade
  m.at = isLater ? d.laterAt : d.anchorAt
  m.drop = max(taken - <i32>(isLater ? d.laterMade : d.anchorMade), 0)
  m.dropBits = begun != 0 ? 8 - begun : 0
  m.reading = d.passes + 1
  m.row = d.mcuRow
  m.eobRun = d.eobRun
  m.restartsLeft = d.restartsLeft
  m.nextRestart = d.nextRestart
  m.exhausted = d.exhausted
  m.pred0 = scanned(0).pred
  if (d.scanComponents > 1) m.pred1 = scanned(1).pred
  if (d.scanComponents > 2) m.pred2 = scanned(2).pred
  if (d.scanComponents > 3) m.pred3 = scanned(3).pred
}

/** Behind what is read of a scan: passes over the rest where its end is known from an earlier reading. */
export function seekEnd(): void {
  const m = mark()
  // The marker may have been met already.
  if (d.scans > MAX_SCANS || m.end == 0 || inputOffset() > m.end) return
  d.skipTo = m.end
  d.marker = 0
  d.endWanted = 0
}

/** The first marker behind a scan that does not belong to it was read: it begins at `at`. */
export function noteEnd(at: u32): void {
  d.endWanted = 0
  if (d.scans > 0 && d.scans <= MAX_SCANS) mark().end = at
}
