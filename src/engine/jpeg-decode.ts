// The JPEG decoder as the host sees it. Compressed bytes are handed in by chunks, rows come out in
// strips; in between `jpegDecRun` returns whenever it lacks input or has rows.
//
//   jpegDecOpen → { jpegDecSpace, write, jpegDecFed, jpegDecRun … } until HEADER
//   → jpegDecBegin(shrink, crop) → the same until DONE, taking rows at ROWS
import { beginBand, chooseBand, clearMarks, rewindBands, seekEnd } from './jpeg-decode-bands'
import { allocatePlanes, allocateWindows, chooseRegion, listBlocks, measure } from './jpeg-decode-layout'
import { buildSkip, buildStart } from './jpeg-decode-huffman'
import { SEEN_END, SEEN_SCAN, decideColour, readSegment, readStart } from './jpeg-decode-header'
import { inputGap, inputLeftOut, inputOffset, inputRoom, inputSpace, passOver, starved } from './jpeg-decode-input'
import { beginBuffered, decodeScan, gatherBatch, scanMatters } from './jpeg-decode-buffered'
import { beginScan, decodeMcuRow, exhaust } from './jpeg-decode-scan'
import { carryRows, emitRows, transformBatch } from './jpeg-decode-output'
import { readyTable } from './jpeg-decode-huffman'
import {
  BATCH,
  COLOUR_YCC,
  DONE,
  ERR_CORRUPT,
  ERR_CROP,
  ERR_MEMORY,
  ERR_TRUNCATED,
  GO_ON,
  HEADER,
  KEEP_2,
  NEED_INPUT,
  REWIND,
  ROWS,
  clearState,
  component,
  d,
  scanned,
} from './jpeg-decode-state'

const START = 0
const SEGMENTS = 1
const WAITING = 2
const SCAN = 3
/** Scans of a buffered picture: reading one, looking for the next, giving rows. */
const BUFFERED_SCAN = 4
const BUFFERED_SEGMENTS = 5
const BUFFERED_ROWS = 6
const OVER = 7

/**
 * Starts a picture. `height` stands in where the frame header says 0 (the DNL marker).
 * Returns 0 or an error status.
 */
export function jpegDecOpen(height: i32): i32 {
  clearState()
  d.dnlHeight = height
  return allocateWindows() ? 0 : ERR_MEMORY
}

/** Where the host may write compressed bytes: `jpegDecRoom()` of them. */
export function jpegDecSpace(): usize {
  return inputSpace()
}

export function jpegDecRoom(): usize {
  return inputRoom()
}

/** Says that `bytes` were written, and whether they were the file's last. */
export function jpegDecFed(bytes: usize, eof: bool): void {
  d.inEnd += bytes
  if (eof) d.eof = 1
}

/** Bytes of the file before the next one that the host need not hand in; it says so where it left some out. */
export function jpegDecGap(): u32 {
  return inputGap()
}

export function jpegDecLeftOut(bytes: u32): void {
  inputLeftOut(bytes)
}

/** Goes on until input is missing, rows are ready, or the picture is over. */
export function jpegDecRun(): i32 {
  if (d.outSeen) {
    d.outRows = 0
    d.outSeen = 0
  }
  let status = GO_ON
  while (status == GO_ON) status = step()
  if (status == ROWS) d.outSeen = 1
  return status
}

function step(): i32 {
  if (d.phase == START) {
    const status = readStart()
    if (status == GO_ON) d.phase = SEGMENTS
    return status
  }
  if (d.phase == SEGMENTS) {
    const status = readSegment()
    if (status == SEEN_END) return ERR_TRUNCATED
    if (status != SEEN_SCAN) return status
    decideColour()
    d.phase = WAITING
    return HEADER
  }
  if (d.phase == SCAN) return scanStep()
  if (d.phase == BUFFERED_SEGMENTS) return segmentStep()
  if (d.phase == BUFFERED_SCAN) {
    const status = decodeScan()
    if (status == GO_ON) seekEnd()
    if (status == GO_ON) d.phase = BUFFERED_SEGMENTS
    return status
  }
  if (d.phase == BUFFERED_ROWS) return rowStep()
  return DONE
}

/** One MCU row. */
function scanStep(): i32 {
  if (d.mcuRow >= d.endRow) {
    d.phase = OVER
    return DONE
  }
  const status = decodeMcuRow()
  if (status != GO_ON) return status
  if (d.mcuRow >= d.firstRow) makeRows()
  d.mcuRow++
  // The last MCU may have run past the data's end.
  if (d.mcuRow == d.mcusHigh && d.marker != 0 && starved()) exhaust()
  return giveRows()
}

function makeRows(): void {
  if (d.planar) {
    d.outRows = d.mcuRows
    return
  }
  emitRows()
  carryRows()
}

/** ROWS when the strip is full or the picture is over. */
function giveRows(): i32 {
  if (d.outRows == 0) return GO_ON
  return d.planar || d.mcuRow >= d.endRow || d.outRows + d.mcuRows + 1 > d.outRoom ? ROWS : GO_ON
}

/** Between two scans: to the next one that matters, or to the end of the file. */
function segmentStep(): i32 {
  if (!passOver()) return NEED_INPUT
  const atStart = d.passes > 0 && d.consumed == 0 && d.inNext == d.input
  const status = atStart ? readStart() : readSegment()
  if (status == SEEN_SCAN) {
    d.endWanted = 1
    if (!scanMatters()) {
      seekEnd()
      return GO_ON
    }
    const begun = beginBuffered()
    if (begun == GO_ON) d.phase = BUFFERED_SCAN
    return begun
  }
  if (status != SEEN_END) return status
  if (d.marker <= 0) d.truncated = 1
  d.mcuRow = d.keepStart
  d.phase = BUFFERED_ROWS
  return GO_ON
}

/** One MCU row of the band; behind the last one, the next band. */
function rowStep(): i32 {
  if (d.mcuRow == d.endRow) {
    d.phase = OVER
    return DONE
  }
  if (d.mcuRow == d.bandEnd) {
    rewindBands()
    beginBand()
    d.phase = BUFFERED_SEGMENTS
    return REWIND
  }
  for (let batch = d.firstBatch; batch < d.endBatch; batch++) {
    gatherBatch(batch)
    transformBatch(batch)
  }
  makeRows()
  d.mcuRow++
  return giveRows()
}

/**
 * After HEADER: chooses the reduction (2^shrink) and the window of the reduced picture to decode
 * (a width of 0: all of it), and allocates. `bandBytes` is what the coefficients of a picture in
 * several scans may take; where that is not enough for all, there will be REWINDs. `flat`: see
 * jpeg-decode-idct-scaled.ts. `planar`: hands out planes where the picture has what `isPlanar` wants
 * (`jpegDecPlanar` tells).
 * Returns 0 or an error status.
 */
export function jpegDecBegin(
  shrink: i32,
  flat: i32,
  planar: i32,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  bandBytes: i32,
): i32 {
  d.shrink = shrink
  d.flat = shrink == 1 ? flat : 0
  d.planar = i32(planar != 0 && isPlanar())
  measure()
  if (width == 0) {
    width = d.outWidth
    height = d.outHeight
  }
  if (left < 0 || top < 0 || width < 1 || height < 1 || left + width > d.outWidth || top + height > d.outHeight) {
    return ERR_CROP
  }
  d.cropLeft = left
  d.cropTop = top
  d.cropWidth = width
  d.cropHeight = height
  d.outY = top
  chooseRegion()
  d.buffered = i32(d.progressive || d.scanComponents != d.components)
  if (d.buffered && !chooseBand(bandBytes)) return ERR_MEMORY
  if (!allocatePlanes()) return ERR_MEMORY
  if (d.buffered) {
    clearMarks()
    beginBand()
    d.endWanted = 1
    if (!scanMatters()) {
      d.phase = BUFFERED_SEGMENTS
      return 0
    }
    const status = beginBuffered()
    d.phase = BUFFERED_SCAN
    return status == GO_ON ? 0 : status
  }
  for (let i = 0; i < d.scanComponents; i++) {
    const c = scanned(i)
    if (!readyTable(c.dc, true) || !readyTable(c.ac, false)) return ERR_CORRUPT
    buildSkip(c.ac)
    if (c.keep == KEEP_2) buildStart(c.ac)
  }
  if (!listBlocks()) return ERR_CORRUPT
  beginScan()
  d.phase = SCAN
  return 0
}

export function jpegDecWidth(): i32 {
  return d.phase == WAITING ? d.width : d.cropWidth
}

export function jpegDecHeight(): i32 {
  return d.phase == WAITING ? d.height : d.cropHeight
}

/** Bands of the rows: 1 grey, 3 RGB, 4 CMYK. */
export function jpegDecBands(): i32 {
  return d.bands
}

/** Whether the picture is YCbCr with chroma as fine as luma or half as fine, in MCUs of at most 16 rows. */
function isPlanar(): bool {
  if (d.colour != COLOUR_YCC || d.vMax > 2) return false
  const y = component(0)
  const b = component(1)
  const r = component(2)
  if (y.h != d.hMax || y.v != d.vMax || b.h != r.h || b.v != r.v) return false
  return (b.h == d.hMax || 2 * b.h == d.hMax) && (b.v == d.vMax || 2 * b.v == d.vMax)
}

/** Whether ROWS hands out planes. */
export function jpegDecPlanar(): i32 {
  return d.planar
}

/** Of planar pictures, at ROWS: the plane of component `i`, from its first decoded column. */
export function jpegDecPlane(i: i32): usize {
  return component(i).plane + component(i).stride
}

export function jpegDecPlaneStride(i: i32): i32 {
  return component(i).stride
}

/** Samples across an MCU, and down, which are the rows of each strip. */
export function jpegDecPlaneColumns(i: i32): i32 {
  return component(i).h * component(i).size
}

export function jpegDecPlaneRows(i: i32): i32 {
  return component(i).rows
}

export function jpegDecPlaneWidth(i: i32): i32 {
  return component(i).width
}

export function jpegDecPlaneHeight(i: i32): i32 {
  return component(i).height
}

/** The column and the row of the whole plane with which the strips begin. */
export function jpegDecPlaneLeft(i: i32): i32 {
  return d.firstBatch * BATCH * component(i).h * component(i).size
}

export function jpegDecPlaneTop(i: i32): i32 {
  return d.firstRow * component(i).rows
}

/** At ROWS: the strip. */
export function jpegDecRows(): usize {
  return d.out
}

export function jpegDecRowCount(): i32 {
  return d.outRows
}

/** 1 where the file ended too early, 2 where its data was broken, 3 both. */
export function jpegDecFlaws(): i32 {
  return d.truncated | (d.damaged << 1)
}

/** MCUs, and blocks of scans of one component, that were decoded or left empty: for tests of what damage costs. */
export function jpegDecWork(): f64 {
  return <f64>d.work
}

/** Offset in the file of the next byte to be read. */
export function jpegDecOffset(): u32 {
  return inputOffset()
}
