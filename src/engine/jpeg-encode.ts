// Baseline JPEG encoder over rows (ITU-T T.81, JFIF 1.02): colour conversion, chroma averaging,
// forward DCT, quantisation, Huffman tables made for the picture. Its output has the same
// coefficients as libjpeg's default ("islow") encoder.
//
// Memory is one row of MCUs and the tokens (jpeg-encode-tokens.ts). When the tokens' room fills
// up, tables are made from what was seen so far, with a code for every symbol, the tokens are
// coded, and the rest of the picture uses the same tables. The host's loop is:
//
//   jpegEncStart → (jpegEncRows → while full: jpegEncTables once, jpegEncDrain…)… → jpegEncEnd
//   → jpegEncTables unless made → jpegEncDrain until 0

import { alloc } from './arena'
import { averageRows, colourRow, extendRow } from './jpeg-encode-colour'
import {
  emitBlock,
  emitEnd,
  emitOut,
  emitReset,
  emitTarget,
  huffmanBuild,
  huffmanReset,
  huffmanSpec,
} from './jpeg-encode-huffman'
import { quantiserDqt, quantiserReciprocals, quantiserScale } from './jpeg-encode-tables'
import { TOKEN_BLOCK_BYTES, tokeniseBlock, tokenisePadding, tokensInit } from './jpeg-encode-tokens'
import { BLOCK, transformBlock } from './jpeg-encode-transform'

/** Bytes that one jpegEncDrain gives at most. */
const OUT_BYTES: u32 = 32768
/** The most bytes that an MCU can code to: 6 blocks of 64 × 27 bits, every byte stuffed, and pending bits. */
const MCU_OUT_BYTES: u32 = (6 * 64 * 27 * 2) / 8 + 16
/** Room behind each row, for vectors that run over its end. */
const ROW_SLACK: u32 = 48

let width: i32 = 0
let height: i32 = 0
let bands: i32 = 0
/** 2 with chroma at half the width and height, else 1. */
let sampling: i32 = 1
let rowBytes: u32 = 0
let mcuColumns: i32 = 0
let mcuRows: i32 = 0
let blocksPerMcu: i32 = 0

/** One row of MCUs: luma, then Cb, Cr at their stored size, then two full-size rows of each of Cb, Cr. */
let luma: usize = 0
let chromaBlue: usize = 0
let chromaRed: usize = 0
let pairBlue: usize = 0
let pairRed: usize = 0

let tokens: usize = 0
let tokensEnd: usize = 0
let tokenTop: usize = 0
let tokenNext: usize = 0
let output: usize = 0

/** Rows taken so far, in all and into this row of MCUs. */
let rowsTaken: i32 = 0
let rowsHeld: i32 = 0
/** The MCU of the current row that comes next; mcuColumns when none waits. */
let mcuNext: i32 = 0
let mcuRow: i32 = 0
let previousY: i32 = 0
let previousBlue: i32 = 0
let previousRed: i32 = 0
let tablesMade = false
let ended = false

/** Rows of pixels in one MCU. */
function mcuHeight(): i32 {
  return sampling << 3
}

/**
 * Starts a picture. `bandCount` 1 or 3, `quality` 1–100, `subsample` 1 for 4:2:0, `tokenBytes` the
 * room for tokens, at least one MCU's. Returns 0, or -1 when the arena has no room.
 */
export function jpegEncStart(
  pictureWidth: i32,
  pictureHeight: i32,
  bandCount: i32,
  quality: i32,
  subsample: i32,
  tokenBytes: u32,
): i32 {
  width = pictureWidth
  height = pictureHeight
  bands = bandCount
  sampling = bands == 3 && subsample ? 2 : 1
  mcuColumns = (width + mcuHeight() - 1) / mcuHeight()
  mcuRows = (height + mcuHeight() - 1) / mcuHeight()
  blocksPerMcu = bands == 1 ? 1 : sampling == 2 ? 6 : 3
  rowBytes = mcuColumns * mcuHeight() + ROW_SLACK
  const lumaBytes = rowBytes * mcuHeight()
  const chromaBytes = bands == 1 ? 0 : rowBytes * 8
  const pairBytes = sampling == 2 ? rowBytes * 2 : 0
  luma = alloc(lumaBytes + 2 * (chromaBytes + pairBytes) + OUT_BYTES + tokenBytes)
  if (luma == 0) return -1
  chromaBlue = luma + lumaBytes
  chromaRed = chromaBlue + chromaBytes
  pairBlue = chromaRed + chromaBytes
  pairRed = pairBlue + pairBytes
  output = pairRed + pairBytes
  tokens = output + OUT_BYTES
  tokensEnd = tokens + tokenBytes
  tokenTop = tokens
  tokenNext = tokens
  rowsTaken = 0
  rowsHeld = 0
  mcuNext = mcuColumns
  mcuRow = 0
  previousY = 0
  previousBlue = 0
  previousRed = 0
  tablesMade = false
  ended = false
  quantiserScale(quality)
  tokensInit()
  huffmanReset()
  emitReset()
  return 0
}

/** The 64 entries of quantisation table `index` for DQT. */
export function jpegEncDqt(index: u32): usize {
  return quantiserDqt(index)
}

/** Whether tokens must be drained before more rows are taken. */
export function jpegEncFull(): i32 {
  return mcuNext < mcuColumns ? 1 : 0
}

/** Takes up to `count` rows; returns how many. Fewer than `count` means the tokens' room is full. */
export function jpegEncRows(pointer: usize, count: i32, stride: u32): i32 {
  let taken = 0
  const padded = mcuColumns * mcuHeight()
  while (codeRow() && taken < count) {
    const source = pointer + taken * stride
    const y = luma + rowsHeld * rowBytes
    if (bands == 1) {
      memory.copy(y, source, width)
    } else {
      const odd = rowsHeld & 1
      const cb = sampling == 2 ? pairBlue + odd * rowBytes : chromaBlue + rowsHeld * rowBytes
      const cr = sampling == 2 ? pairRed + odd * rowBytes : chromaRed + rowsHeld * rowBytes
      colourRow(source, width, y, cb, cr)
      extendRow(cb, width, padded)
      extendRow(cr, width, padded)
      if (sampling == 2) {
        // A last row without a partner is its own.
        const single = rowsTaken + 1 == height
        if (odd || single) averageChroma(rowsHeld >> 1, single && !odd)
      }
    }
    extendRow(y, width, padded)
    taken++
    rowsTaken++
    rowsHeld++
    if (rowsTaken == height) padBottom()
    if (rowsHeld == mcuHeight()) {
      rowsHeld = 0
      mcuNext = 0
    }
  }
  codeRow()
  return taken
}

/** Where rows of an MCU row may be put instead of `jpegEncRows`: luma, or Cb (0) and Cr (1) at half its size. */
export function jpegEncLuma(): usize {
  return luma
}

export function jpegEncChroma(i: i32): usize {
  return i == 0 ? chromaBlue : chromaRed
}

/** Bytes between such rows. */
export function jpegEncStride(): u32 {
  return rowBytes
}

/**
 * Says that the next row of MCUs was put there: `count` rows of luma, all but the picture's last time 16, and
 * half as many of chroma, rounded up. While `jpegEncFull`, drain, and call `jpegEncRows` for no rows.
 */
export function jpegEncPlanes(count: i32): void {
  const half = (width + 1) >> 1
  for (let row = 0; row < count; row++) extendRow(luma + row * rowBytes, width, mcuColumns << 4)
  for (let row = 0; row < (count + 1) >> 1; row++) {
    extendRow(chromaBlue + row * rowBytes, half, mcuColumns << 3)
    extendRow(chromaRed + row * rowBytes, half, mcuColumns << 3)
  }
  rowsTaken += count
  rowsHeld = count
  if (rowsTaken == height) padBottom()
  rowsHeld = 0
  mcuNext = 0
  codeRow()
}

function averageChroma(row: i32, single: bool): void {
  const lower = single ? 0 : rowBytes
  const columns = mcuColumns << 3
  averageRows(pairBlue, pairBlue + lower, columns, chromaBlue + row * rowBytes)
  averageRows(pairRed, pairRed + lower, columns, chromaRed + row * rowBytes)
}

/** Repeats the picture's last rows down to the end of the row of MCUs. */
function padBottom(): void {
  repeatRow(luma, rowsHeld, mcuHeight())
  if (bands == 3) {
    const held = sampling == 2 ? (rowsHeld + 1) >> 1 : rowsHeld
    repeatRow(chromaBlue, held, 8)
    repeatRow(chromaRed, held, 8)
  }
  rowsHeld = mcuHeight()
}

function repeatRow(plane: usize, from: i32, to: i32): void {
  const last = plane + (from - 1) * rowBytes
  for (let row = from; row < to; row++) memory.copy(plane + row * rowBytes, last, rowBytes)
}

/** Turns the waiting row of MCUs into tokens; false when their room is full. */
function codeRow(): bool {
  if (mcuNext == mcuColumns) return true
  const need = blocksPerMcu * TOKEN_BLOCK_BYTES
  let top = tokenTop
  while (mcuNext < mcuColumns) {
    if (top + need > tokensEnd) {
      tokenTop = top
      return false
    }
    const x = mcuNext++
    if (sampling == 2) {
      top = lumaBlock(x * 2, 0, top)
      top = lumaBlock(x * 2 + 1, 0, top)
      top = lumaBlock(x * 2, 1, top)
      top = lumaBlock(x * 2 + 1, 1, top)
    } else {
      top = lumaBlock(x, 0, top)
    }
    if (bands == 3) {
      const reciprocals = quantiserReciprocals(1)
      let mask = transformBlock(chromaBlue + (x << 3), rowBytes, reciprocals)
      top = tokeniseBlock(mask, previousBlue, 2, top)
      previousBlue = <i32>load<i16>(BLOCK)
      mask = transformBlock(chromaRed + (x << 3), rowBytes, reciprocals)
      top = tokeniseBlock(mask, previousRed, 2, top)
      previousRed = <i32>load<i16>(BLOCK)
    }
  }
  tokenTop = top
  mcuRow++
  return true
}

/** A luma block at block column `column` of block row `row` (of this row of MCUs). */
function lumaBlock(column: i32, row: i32, top: usize): usize {
  // Blocks wholly outside the picture only complete their MCU: libjpeg repeats the DC there.
  if (column << 3 >= width || mcuRow * mcuHeight() + (row << 3) >= height) return tokenisePadding(0, top)
  const mask = transformBlock(luma + row * 8 * rowBytes + (column << 3), rowBytes, quantiserReciprocals(0))
  const next = tokeniseBlock(mask, previousY, 0, top)
  previousY = <i32>load<i16>(BLOCK)
  return next
}

/** Makes the Huffman tables from what was seen; `complete` gives each possible symbol a code. */
export function jpegEncTables(complete: i32): void {
  huffmanBuild(0, complete != 0)
  huffmanBuild(1, complete != 0)
  if (bands == 3) {
    huffmanBuild(2, complete != 0)
    huffmanBuild(3, complete != 0)
  }
  tablesMade = true
}

/** Whether jpegEncTables was called for this picture. */
export function jpegEncTablesMade(): i32 {
  return tablesMade ? 1 : 0
}

/** Table `index` (DC, AC of luminance, DC, AC of chrominance) for DHT: 16 counts, then symbols. */
export function jpegEncDht(index: u32): usize {
  return huffmanSpec(index)
}

/** Where jpegEncDrain leaves its bytes. */
export function jpegEncOutput(): usize {
  return output
}

/** Says that all rows were given: the next drains finish the entropy-coded data. */
export function jpegEncEnd(): void {
  ended = true
}

/** Codes waiting tokens; returns the bytes of it at jpegEncOutput, 0 when nothing is left. */
export function jpegEncDrain(): i32 {
  const limit = output + OUT_BYTES - MCU_OUT_BYTES
  emitTarget(output)
  let next = tokenNext
  while (next < tokenTop && emitOut() < limit) {
    if (sampling == 2) {
      next = emitBlock(next, 0)
      next = emitBlock(next, 0)
      next = emitBlock(next, 0)
    }
    next = emitBlock(next, 0)
    if (bands == 3) {
      next = emitBlock(next, 2)
      next = emitBlock(next, 2)
    }
  }
  tokenNext = next
  if (next == tokenTop) {
    tokenNext = tokens
    tokenTop = tokens
    if (ended) emitEnd()
  }
  return <i32>(emitOut() - output)
}
