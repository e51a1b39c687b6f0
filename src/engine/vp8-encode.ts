// Lossy WebP's VP8 key frames over rows (RFC 6386): one segment, one token partition, coefficient
// probabilities fitted to the picture.
//
// Macroblocks are decided and quantised as their rows arrive, and kept as records: modes and levels,
// at most 850 bytes for 256 pixels. The file is written at the end, when the frequencies are known.

import { alloc } from './arena'
import {
  ABOVE,
  BESIDE,
  BLUE,
  LASTS_CHROMA,
  LASTS_PARTS,
  LASTS_WHOLE,
  LEVELS_CHROMA,
  LEVELS_PARTS,
  LEVELS_WHOLE,
  MODES,
  PARTS,
  RED,
  WHOLE,
  blockStart,
  chromaMode,
  decideChroma,
  decideParts,
  decideWhole,
  wholeMode,
} from './vp8-encode-block'
import { PROBABILITIES, boolBytes, boolDrop, boolEnd, boolFinal, boolStart, probabilities, putBits, putBlock, putBool } from './vp8-encode-bool'
import { chromaRows, greyRow, lumaRow } from './vp8-encode-colour'
import { costFit, costLevels, costStart, countBlock } from './vp8-encode-cost'
import { STRIDE } from './vp8-encode-predict'
import { COEFFICIENT_PROBABILITIES, MODE_PROBABILITIES, UPDATE_PROBABILITIES } from './vp8-encode-tables'
import { CHROMA_DC_FINER, quantisersStart } from './vp8-encode-transform'

/** A record's modes: flags (1: 4×4 modes, 2: no levels), chroma mode, 16 luma modes or one. */
const RECORD_HEAD: u32 = 18
/** The most bytes of a record: 25 blocks of a count and 16 levels. */
const RECORD_BYTES: u32 = RECORD_HEAD + 25 * 33
/** The most bytes that a macroblock can code to: 400 levels of 23 booleans, each of at most 8 bits, and more. */
const CODED_BYTES: u32 = 10240
const OUT_BYTES: u32 = 65536

let width: i32 = 0
let height: i32 = 0
let bands: i32 = 0
let columns: i32 = 0
let rows: i32 = 0
let quantiserIndex: i32 = 0
let filterLevel: i32 = 0

let lumaPlane: usize = 0
let bluePlane: usize = 0
let redPlane: usize = 0
let lumaStride: usize = 0
let chromaStride: usize = 0
let held: usize = 0
let heldBytes: u32 = 0
/** Reconstructed rows above: 16 bytes before the first pixel, 16 behind the last. */
let lumaAbove: usize = 0
let blueAbove: usize = 0
let redAbove: usize = 0
let levelsAbove: usize = 0
let modesAbove: usize = 0
const modesBeside = memory.data(4)

let records: usize = 0
let recordNext: usize = 0
let output: usize = 0

let rowsTaken: i32 = 0
let rowsHeld: i32 = 0
let macroRow: i32 = 0
let skipped: i32 = 0
let refresh: i32 = 0

/** Bytes taken from the arena for a picture. */
function arenaBytes(): u32 {
  const planes = lumaStride * 16 + 2 * chromaStride * 8
  const above = lumaStride + 2 * chromaStride + 3 * 32
  return <u32>(planes + above) + 2 * heldBytes + columns * 13 + columns * rows * RECORD_BYTES + OUT_BYTES + 64
}

/**
 * Starts a picture of 1 or 3 bands. `quantiser` is 0 (finest) to 127. Returns 0, or -1 when the arena has
 * no room.
 */
export function vp8EncStart(w: i32, h: i32, bandCount: i32, quantiser: i32): i32 {
  width = w
  height = h
  bands = bandCount
  columns = (w + 15) >> 4
  rows = (h + 15) >> 4
  quantiserIndex = quantiser
  lumaStride = columns * 16 + 16
  chromaStride = columns * 8 + 16
  heldBytes = (columns * 48 + 64) & ~15
  lumaPlane = alloc(arenaBytes())
  if (lumaPlane == 0) return -1
  bluePlane = lumaPlane + lumaStride * 16
  redPlane = bluePlane + chromaStride * 8
  lumaAbove = redPlane + chromaStride * 8 + 16
  blueAbove = lumaAbove + lumaStride + 32
  redAbove = blueAbove + chromaStride + 32
  held = redAbove + chromaStride
  levelsAbove = held + 2 * heldBytes
  modesAbove = levelsAbove + columns * 9
  records = modesAbove + columns * 4
  output = records + columns * rows * RECORD_BYTES
  // Above the picture there is 127, and no levels; modes there count as DC.
  memory.fill(lumaAbove - 16, 127, held - lumaAbove + 16)
  memory.fill(levelsAbove, 0, columns * 13)
  recordNext = records
  rowsTaken = 0
  rowsHeld = 0
  macroRow = 0
  skipped = 0
  refresh = 0
  costStart()
  const step = quantisersStart(quantiser)
  blockStart(step)
  // The decoder's deblocking grows with the step; a little of it costs time and shows nothing.
  filterLevel = step < 12 ? 0 : min(step >> 2, 63)
  return 0
}

/** Takes `count` rows. */
export function vp8EncRows(pointer: usize, count: i32, stride: u32): void {
  for (let i = 0; i < count; i++, pointer += stride) {
    const row = held + (rowsHeld & 1) * heldBytes
    if (bands == 1) greyRow(pointer, width, row)
    else memory.copy(row, pointer, width * 3)
    const end = row + width * 3
    store<u8>(end, load<u8>(end - 3))
    store<u8>(end, load<u8>(end - 2), 1)
    store<u8>(end, load<u8>(end - 1), 2)
    const y = lumaPlane + <usize>rowsHeld * lumaStride
    lumaRow(row, width, y)
    repeatLast(y, width, columns * 16)
    rowsTaken++
    rowsHeld++
    if ((rowsHeld & 1) == 0) chromaOf(held + heldBytes)
    else if (rowsTaken == height) chromaOf(held)
    if (rowsTaken == height) padBottom()
    if (rowsHeld == 16) {
      codeRow()
      rowsHeld = 0
    }
  }
}

function repeatLast(row: usize, from: i32, to: i32): void {
  if (to > from) memory.fill(row + from, load<u8>(row + from - 1), to - from)
}

/** A row of chroma from the held row and `lower`. */
function chromaOf(lower: usize): void {
  const offset = (<usize>(rowsHeld - 1) >> 1) * chromaStride
  const half = (width + 1) >> 1
  chromaRows(held, lower, half * 2, bluePlane + offset, redPlane + offset)
  repeatLast(bluePlane + offset, half, columns * 8)
  repeatLast(redPlane + offset, half, columns * 8)
}

function repeatRows(plane: usize, stride: usize, from: usize, to: usize): void {
  for (let y = from; y < to; y++) memory.copy(plane + y * stride, plane + (from - 1) * stride, stride)
}

/** Repeats the picture's last rows to the end of the row of macroblocks. */
function padBottom(): void {
  repeatRows(lumaPlane, lumaStride, rowsHeld, 16)
  repeatRows(bluePlane, chromaStride, (rowsHeld + 1) >> 1, 8)
  repeatRows(redPlane, chromaStride, (rowsHeld + 1) >> 1, 8)
  rowsHeld = 16
}

/** The row above, the corner and the column to the left of a macroblock, into its buffer. */
function border(buffer: usize, above: usize, size: usize, x: i32, corner: u8): void {
  for (let y: usize = 0; y < size; y++) {
    const left = buffer + y * STRIDE - 1
    store<u8>(left, x == 0 ? 129 : load<u8>(left + size))
  }
  store<u8>(buffer - STRIDE - 1, corner)
  memory.copy(buffer - STRIDE, above, size)
}

/** Decides and records a row of macroblocks. */
function codeRow(): void {
  memory.fill(BESIDE, 0, 9)
  store<u32>(modesBeside, 0)
  // The row above is overwritten as it is used up: each macroblock leaves its corner to the next.
  let corner: u8 = macroRow == 0 ? 127 : 129
  let cornerBlue = corner
  let cornerRed = corner
  const often = max((columns * rows) >> 3, 64)
  for (let x = 0; x < columns; x++) {
    if (++refresh >= often) {
      refresh = 0
      costFit()
      costLevels()
    }
    const above = lumaAbove + x * 16
    const aboveBlue = blueAbove + x * 8
    const aboveRed = redAbove + x * 8
    const nextCorner = load<u8>(above, 15)
    const nextBlue = load<u8>(aboveBlue, 7)
    const nextRed = load<u8>(aboveRed, 7)
    border(WHOLE, above, 16, x, corner)
    border(BLUE, aboveBlue, 8, x, cornerBlue)
    border(RED, aboveRed, 8, x, cornerRed)
    corner = nextCorner
    cornerBlue = nextBlue
    cornerRed = nextRed
    // 4×4 modes see the same edges, and 4 pixels to the right above, all the way down.
    for (let y: usize = 0; y < 17; y++) {
      store<u8>(PARTS + (y - 1) * STRIDE - 1, load<u8>(WHOLE + (y - 1) * STRIDE - 1))
    }
    memory.copy(PARTS - STRIDE, above, 16)
    const right =
      macroRow == 0 ? 0x7f7f7f7f : x == columns - 1 ? <u32>load<u8>(above, 15) * 0x01010101 : load<u32>(above, 16)
    store<u32>(PARTS - STRIDE + 16, right)
    store<u32>(PARTS + 3 * STRIDE + 16, right)
    store<u32>(PARTS + 7 * STRIDE + 16, right)
    store<u32>(PARTS + 11 * STRIDE + 16, right)
    memory.copy(ABOVE, levelsAbove + x * 9, 9)
    codeBlock(x)
    memory.copy(levelsAbove + x * 9, ABOVE, 9)
    memory.copy(above, WHOLE + 15 * STRIDE, 16)
    memory.copy(aboveBlue, BLUE + 7 * STRIDE, 8)
    memory.copy(aboveRed, RED + 7 * STRIDE, 8)
  }
  macroRow++
}

/** Appends a block's levels to the record, and counts them. */
function record(levels: usize, first: i32, last: i32, type: u32, above: usize, beside: usize): void {
  countBlock(levels, first, last, type, load<u8>(above) + load<u8>(beside))
  const filled: u8 = last >= first ? 1 : 0
  store<u8>(above, filled)
  store<u8>(beside, filled)
  store<u8>(recordNext++, last + 1)
  const bytes = (last + 1) << 1
  memory.copy(recordNext, levels, bytes)
  recordNext += bytes
}

/** Whether any of `count` last positions tells of a level. */
function anyLevel(lasts: usize, count: usize): bool {
  for (let i: usize = 0; i < count; i++) if (load<i8>(lasts + i) >= 0) return true
  return false
}

/** One macroblock: decided, recorded, its reconstruction left in WHOLE, BLUE and RED. */
function codeBlock(x: i32): void {
  const source = lumaPlane + x * 16
  const modes = modesAbove + x * 4
  const left = x > 0
  const top = macroRow > 0
  const scoreWhole = decideWhole(source, lumaStride, left, top)
  const inParts = decideParts(source, lumaStride, modes, modesBeside, scoreWhole) < scoreWhole
  decideChroma(bluePlane + x * 8, redPlane + x * 8, chromaStride, left, top)
  const lasts = inParts ? LASTS_PARTS + 1 : LASTS_WHOLE
  const filled = anyLevel(lasts, inParts ? 16 : 17) || anyLevel(LASTS_CHROMA, 8)
  const head = recordNext
  store<u8>(head, (inParts ? 1 : 0) | (filled ? 0 : 2))
  store<u8>(head, chromaMode, 1)
  recordNext += RECORD_HEAD
  if (inParts) {
    memory.copy(head + 2, MODES, 16)
    memory.copy(WHOLE, PARTS, 15 * STRIDE + 16)
    store<u32>(modes, load<u32>(MODES, 12))
    for (let i: usize = 0; i < 4; i++) store<u8>(modesBeside + i, load<u8>(MODES + i * 4 + 3))
  } else {
    store<u8>(head, wholeMode, 2)
    store<u32>(modes, wholeMode * 0x01010101)
    store<u32>(modesBeside, wholeMode * 0x01010101)
  }
  if (!filled) {
    skipped++
    store<u64>(ABOVE, 0)
    store<u64>(BESIDE, 0)
    if (!inParts) {
      store<u8>(ABOVE, 0, 8)
      store<u8>(BESIDE, 0, 8)
    }
    return
  }
  if (!inParts) record(LEVELS_WHOLE, 0, load<i8>(LASTS_WHOLE), 1, ABOVE + 8, BESIDE + 8)
  const levels = inParts ? LEVELS_PARTS : LEVELS_WHOLE
  for (let block: usize = 0; block < 16; block++) {
    const last = <i32>load<i8>((inParts ? LASTS_PARTS : LASTS_WHOLE) + 1 + block)
    const first = inParts ? 0 : 1
    record(levels + 32 + (block << 5), first, last, inParts ? 3 : 0, ABOVE + (block & 3), BESIDE + (block >> 2))
  }
  for (let block: usize = 0; block < 8; block++) {
    const plane: usize = 4 + ((block >> 2) << 1)
    const last = <i32>load<i8>(LASTS_CHROMA + block)
    record(LEVELS_CHROMA + (block << 5), 0, last, 2, ABOVE + plane + (block & 1), BESIDE + plane + ((block >> 1) & 1))
  }
}

let partition: i32 = 0
let nextMacro: i32 = 0
let drained = false
/** Bytes of the last drain, which the host has taken when it comes again. */
let handedOut: i32 = 0

/** Starts writing partition 0 (header and modes) or 1 (levels), after the last row. */
export function vp8EncPartition(index: i32): void {
  partition = index
  nextMacro = 0
  drained = false
  handedOut = 0
  recordNext = records
  macroRow = 0
  memory.fill(levelsAbove, 0, columns * 13)
  boolStart(output)
  if (index == 0) {
    costFit()
    frameHeader()
  }
}

/** 9.2 to 9.11 for a key frame: no segments, the normal filter, one token partition. */
function frameHeader(): void {
  putBits(0, 2)
  putBits(0, 1)
  putBits(0, 1)
  putBits(filterLevel, 6)
  putBits(0, 3)
  putBits(0, 1)
  putBits(0, 2)
  putBits(quantiserIndex, 7)
  // Steps differ from the index's only for chroma's DC.
  putBits(0, 3)
  putBits(1, 1)
  putBits(CHROMA_DC_FINER, 4)
  putBits(1, 1)
  putBits(0, 1)
  putBits(0, 1)
  for (let i = 0; i < PROBABILITIES; i++) {
    const value = load<u8>(probabilities + i)
    const change: u32 = value != load<u8>(COEFFICIENT_PROBABILITIES + i) ? 1 : 0
    putBool(change, load<u8>(UPDATE_PROBABILITIES + i))
    if (change) putBits(value, 8)
  }
  putBits(1, 1)
  putBits(skipProbability(), 8)
}

/** The probability that a macroblock has levels, of 256. */
function skipProbability(): u32 {
  const total = columns * rows
  return min(max(((total - skipped) * 256) / total, 1), 255)
}

/** Where vp8EncDrain leaves its bytes. */
export function vp8EncOutput(): usize {
  return output
}

/**
 * Writes more of the partition; returns how many bytes lie at vp8EncOutput for good, which the host takes,
 * 0 at the end.
 */
export function vp8EncDrain(): i32 {
  if (drained) return 0
  boolDrop(handedOut)
  handedOut = 0
  const total = columns * rows
  while (nextMacro < total) {
    if (boolBytes() + <i32>CODED_BYTES > <i32>OUT_BYTES) {
      handedOut = boolFinal()
      return handedOut
    }
    if (nextMacro % columns == 0) {
      memory.fill(BESIDE, 0, 9)
      store<u32>(modesBeside, 0)
    }
    const x = nextMacro % columns
    if (partition == 0) putModes(x)
    else putLevels(x)
    nextMacro++
  }
  boolEnd()
  drained = true
  return boolBytes()
}

/** The record of the next macroblock is passed over. */
function passLevels(): void {
  const flags = <u32>load<u8>(recordNext)
  recordNext += RECORD_HEAD
  if (flags & 2) return
  const blocks = flags & 1 ? 24 : 25
  for (let block = 0; block < blocks; block++) recordNext += 1 + (<usize>load<u8>(recordNext) << 1)
}

/** 11.2 to 11.4: a macroblock's modes. */
function putModes(x: i32): void {
  const head = recordNext
  const flags = <u32>load<u8>(head)
  putBool((flags >> 1) & 1, skipProbability())
  const above = modesAbove + x * 4
  if (flags & 1) {
    putBool(0, 145)
    for (let block: usize = 0; block < 16; block++) {
      const column = above + (block & 3)
      const row = modesBeside + (block >> 2)
      const mode = <u32>load<u8>(head + 2 + block)
      putMode4(mode, MODE_PROBABILITIES + (<u32>load<u8>(column) * 10 + load<u8>(row)) * 9)
      store<u8>(column, mode)
      store<u8>(row, mode)
    }
  } else {
    putBool(1, 145)
    const mode = <u32>load<u8>(head, 2)
    putBool(mode & 1, 156)
    if (mode & 1) putBool(mode == 1 ? 1 : 0, 128)
    else putBool(mode >> 1, 163)
    store<u32>(above, mode * 0x01010101)
    store<u32>(modesBeside, mode * 0x01010101)
  }
  const mode = <u32>load<u8>(head, 1)
  putBool(mode != 0 ? 1 : 0, 142)
  if (mode != 0) {
    putBool(mode != 2 ? 1 : 0, 114)
    if (mode != 2) putBool(mode == 1 ? 1 : 0, 183)
  }
  passLevels()
}

/** The tree of 4×4 modes. */
function putMode4(mode: u32, p: usize): void {
  putBool(mode != 0 ? 1 : 0, load<u8>(p))
  if (mode == 0) return
  putBool(mode != 1 ? 1 : 0, load<u8>(p, 1))
  if (mode == 1) return
  putBool(mode != 2 ? 1 : 0, load<u8>(p, 2))
  if (mode == 2) return
  putBool(mode >= 6 ? 1 : 0, load<u8>(p, 3))
  if (mode < 6) {
    putBool(mode != 3 ? 1 : 0, load<u8>(p, 4))
    if (mode != 3) putBool(mode - 4, load<u8>(p, 5))
    return
  }
  putBool(mode != 6 ? 1 : 0, load<u8>(p, 6))
  if (mode == 6) return
  putBool(mode != 7 ? 1 : 0, load<u8>(p, 7))
  if (mode != 7) putBool(mode - 8, load<u8>(p, 8))
}

/** Codes the record's next block. */
function putRecord(first: i32, type: u32, above: usize, beside: usize): void {
  const last = <i32>load<u8>(recordNext++) - 1
  putBlock(recordNext, first, last, type, load<u8>(above) + load<u8>(beside))
  recordNext += <usize>(last + 1) << 1
  const filled: u8 = last >= first ? 1 : 0
  store<u8>(above, filled)
  store<u8>(beside, filled)
}

/** 13: a macroblock's levels. */
function putLevels(x: i32): void {
  const flags = <u32>load<u8>(recordNext)
  recordNext += RECORD_HEAD
  const above = levelsAbove + x * 9
  if (flags & 2) {
    store<u64>(above, 0)
    store<u64>(BESIDE, 0)
    if ((flags & 1) == 0) {
      store<u8>(above, 0, 8)
      store<u8>(BESIDE, 0, 8)
    }
    return
  }
  if ((flags & 1) == 0) putRecord(0, 1, above + 8, BESIDE + 8)
  const first = flags & 1 ? 0 : 1
  const type: u32 = flags & 1 ? 3 : 0
  for (let block: usize = 0; block < 16; block++) putRecord(first, type, above + (block & 3), BESIDE + (block >> 2))
  for (let block: usize = 0; block < 8; block++) {
    const plane: usize = 4 + ((block >> 2) << 1)
    putRecord(0, 2, above + plane + (block & 1), BESIDE + plane + ((block >> 1) & 1))
  }
}
