// HEVC intra pictures over rows (ITU-T H.265): Main profile, one slice a picture, one quantiser. A picture
// is coded whole or as a grid of tiles, each a picture of its own; alpha is a second one, of its luma alone.
//
// A row of coding tree units of 32 × 32 is held at a time, the source and its reconstruction, and of the row
// above the last line. The tiles of a row are coded by turns, so that what comes out belongs now to one,
// now to another.

import { alloc } from './arena'
import { blockStart, codeTree } from './hevc-encode-block'
import { CODER_BYTES, coderEnd, coderLoad, coderSave, coderStart, coderTarget, putEnd } from './hevc-encode-cabac'
import { costsFit, costsStart } from './hevc-encode-cost'
import { modesStart } from './hevc-encode-modes'
import { quantiserStart } from './hevc-encode-levels'
import { tablesStart } from './hevc-encode-tables'
import { transformStart } from './hevc-encode-transform'
import { RECONSTRUCTIONS, SOURCES, UNIT, unitBegin, unitEnd, unitStart } from './hevc-encode-unit'
import { putTree } from './hevc-encode-write'
import { averageRows, colourRow, extendRow } from './jpeg-encode-colour'

/** Bytes of output that are held. */
const OUT_BYTES: u32 = 65536
/** The most bytes of a coding tree unit: 1536 samples of at most 36 bits, and emulation prevention. */
const UNIT_BYTES: u32 = 10240

let width: i32 = 0
let height: i32 = 0
let bands: i32 = 0
/** Of a tile; multiples of 8. */
let tileWidth: usize = 0
let tileHeight: usize = 0
let columns: usize = 0
let quantiser: i32 = 0

/** Bytes of a plane's row. */
let lumaStride: usize = 0
let chromaStride: usize = 0
/** Pictures: colour, and alpha. */
let pictures: usize = 0
let first: usize = 0
let pictureBytes: usize = 0
/** Offsets in a picture. */
let sourceBlue: usize = 0
let sourceRed: usize = 0
let reconstruction: usize = 0
let reconstructionBlue: usize = 0
let reconstructionRed: usize = 0
let depthsAbove: usize = 0
let coders: usize = 0

let rgbRow: usize = 0
let pairBlue: usize = 0
let pairRed: usize = 0
let rowBytes: usize = 0
let output: usize = 0

let rowsTaken: i32 = 0
/** Rows of the row of units at hand. */
let rowsHeld: usize = 0
/** Row of units within its tile, and whether it waits to be coded. */
let unitRow: usize = 0
let waiting = false
/** Where coding has come to. */
let picture: usize = 0
let column: usize = 0
let unit: usize = 0
let part: usize = 0

/**
 * Starts a picture of 1 to 4 bands at a QP of 0 to 51. Tiles' sides are multiples of 8; a tile as wide as the
 * picture (rounded up to 8) makes it a whole. Returns 0, or -1 when the arena has no room.
 */
export function hevcEncStart(w: i32, h: i32, bandCount: i32, qp: i32, tileW: i32, tileH: i32): i32 {
  width = w
  height = h
  bands = bandCount
  quantiser = qp
  tileWidth = tileW
  tileHeight = tileH
  columns = <usize>((w + tileW - 1) / tileW)
  pictures = bandCount & 1 ? 1 : 2
  layOut()
  first = alloc(pictureBytes * pictures + rowBytes * 8 + OUT_BYTES)
  if (first == 0) return -1
  pairBlue = first + pictureBytes * pictures
  pairRed = pairBlue + 2 * rowBytes
  rgbRow = pairRed + 2 * rowBytes
  output = rgbRow + 4 * rowBytes
  // Grey and alpha have no colours.
  for (let i: usize = 0; i < pictures; i++) {
    const at = first + i * pictureBytes
    memory.fill(at + sourceBlue, 128, reconstruction - sourceBlue)
  }
  rowsTaken = 0
  rowsHeld = 0
  unitRow = 0
  waiting = false
  tablesStart()
  costsStart()
  transformStart()
  quantiserStart(qp)
  const lambda = 0.57 * NativeMath.pow(2, <f64>(qp - 12) / 3)
  modesStart(lambda)
  const chromaQp = qp < 30 ? qp : qp > 43 ? qp - 6 : qp - ((qp - 26) >> 2)
  blockStart(lambda, NativeMath.pow(2, <f64>(qp - chromaQp) / 3), NativeMath.pow(2, <f64>(qp - 4) / 6))
  unitStart(lumaStride, chromaStride)
  return 0
}

function layOut(): void {
  const coded = columns * tileWidth
  rowBytes = ((coded + 31) & ~31) + 64
  lumaStride = rowBytes
  chromaStride = rowBytes >> 1
  sourceBlue = lumaStride * UNIT
  sourceRed = sourceBlue + chromaStride * (UNIT / 2)
  reconstruction = sourceRed + chromaStride * (UNIT / 2) + lumaStride
  reconstructionBlue = reconstruction + lumaStride * UNIT + chromaStride
  reconstructionRed = reconstructionBlue + chromaStride * (UNIT / 2) + chromaStride
  depthsAbove = reconstructionRed + chromaStride * (UNIT / 2)
  coders = depthsAbove + ((coded + 63) >> 3)
  coders = (coders + 15) & ~15
  pictureBytes = (coders + columns * CODER_BYTES + 15) & ~15
}

/** Takes rows until a row of units is full, or all `count`; returns how many. */
export function hevcEncRows(pointer: usize, count: i32, stride: u32): i32 {
  let taken = 0
  for (; taken < count && !waiting; taken++, pointer += stride) {
    takeRow(pointer)
    rowsTaken++
    rowsHeld++
    if (rowsTaken == height) repeatBelow(rowsHeld)
    if (rowsHeld == UNIT || rowsTaken == height) beginRow()
  }
  return taken
}

function takeRow(pointer: usize): void {
  const y = first + rowsHeld * lumaStride
  const coded = columns * tileWidth
  if (bands <= 2) {
    if (bands == 1) memory.copy(y, pointer, width)
    else {
      const alpha = first + pictureBytes + rowsHeld * lumaStride
      for (let x = 0; x < width; x++) {
        store<u8>(y + x, load<u8>(pointer + (x << 1)))
        store<u8>(alpha + x, load<u8>(pointer + (x << 1), 1))
      }
      extendRow(alpha, width, <i32>coded)
    }
    extendRow(y, width, <i32>coded)
    return
  }
  const odd = (rowsHeld & 1) != 0
  let source = pointer
  if (bands == 4) {
    const alpha = first + pictureBytes + rowsHeld * lumaStride
    splitAlpha(pointer, width, rgbRow, alpha)
    extendRow(alpha, width, <i32>coded)
    source = rgbRow
  }
  const blue = pairBlue + (odd ? rowBytes : 0)
  const red = pairRed + (odd ? rowBytes : 0)
  colourRow(source, width, y, blue, red)
  extendRow(y, width, <i32>coded)
  extendRow(blue, width, <i32>coded)
  extendRow(red, width, <i32>coded)
  // A last row without a partner is its own.
  const single = !odd && rowsTaken + 1 == height
  if (!odd && !single) return
  const lower: usize = single ? 0 : rowBytes
  const row = (rowsHeld >> 1) * chromaStride
  averageRows(pairBlue, pairBlue + lower, <i32>(coded + 15) >> 1, first + sourceBlue + row)
  averageRows(pairRed, pairRed + lower, <i32>(coded + 15) >> 1, first + sourceRed + row)
}

/** RGBA to RGB and alpha; writes up to 4 bytes behind the rows. */
function splitAlpha(from: usize, count: i32, rgb: usize, alpha: usize): void {
  for (let x = 0; x < count; x += 4, from += 16, rgb += 12) {
    const four = v128.load(from)
    v128.store(rgb, i8x16.shuffle(four, four, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 14, 14, 14, 14))
    v128.store32_lane(alpha + x, i8x16.shuffle(four, four, 3, 7, 11, 15, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), 0)
  }
}

/** Repeats the last of `rows` rows to the end of the row of units. */
function repeatBelow(rows: usize): void {
  for (let i: usize = 0; i < pictures; i++) {
    const at = first + i * pictureBytes
    repeat(at, lumaStride, rows, UNIT)
    repeat(at + sourceBlue, chromaStride, (rows + 1) >> 1, UNIT / 2)
    repeat(at + sourceRed, chromaStride, (rows + 1) >> 1, UNIT / 2)
  }
}

function repeat(plane: usize, stride: usize, from: usize, to: usize): void {
  for (let y = from; y < to; y++) memory.copy(plane + y * stride, plane + (from - 1) * stride, stride)
}

/** Fills the row of units with its last line. */
function repeatLine(): void {
  for (let i: usize = 0; i < pictures; i++) {
    const at = first + i * pictureBytes
    memory.copy(at, at + (UNIT - 1) * lumaStride, lumaStride)
    memory.copy(at + sourceBlue, at + sourceBlue + (UNIT / 2 - 1) * chromaStride, chromaStride)
    memory.copy(at + sourceRed, at + sourceRed + (UNIT / 2 - 1) * chromaStride, chromaStride)
  }
  repeatBelow(1)
}

function beginRow(): void {
  waiting = true
  rowsHeld = 0
  picture = 0
  column = 0
  unit = 0
}

/** Whether a row of units waits to be coded: rows are taken again when hevcEncDrain has said so. */
export function hevcEncWaits(): i32 {
  return waiting ? 1 : 0
}

/** Where hevcEncDrain leaves its bytes. */
export function hevcEncOutput(): usize {
  return output
}

/** Which picture the bytes of the last drain belong to: colour's tiles of a row, then alpha's. */
export function hevcEncPart(): i32 {
  return <i32>part
}

/** Whether the bytes of the last drain ended the pictures that they belong to. */
export function hevcEncEnded(): i32 {
  return ended ? 1 : 0
}

let ended = false

/**
 * Codes at most `most` units; returns how many bytes of the slice data of picture hevcEncPart lie at
 * hevcEncOutput, or -1 when the row is done.
 */
export function hevcEncDrain(most: i32): i32 {
  if (!waiting) return -1
  const base = first + picture * pictureBytes
  const coder = base + coders + column * CODER_BYTES
  const across = (tileWidth + UNIT - 1) / UNIT
  const down = (tileHeight + UNIT - 1) / UNIT
  part = picture * columns + column
  ended = false
  if (unitRow == 0 && unit == 0) coderStart(quantiser)
  else coderLoad(coder)
  coderTarget(output)
  const limit = output + OUT_BYTES - UNIT_BYTES
  for (let done = 0; unit < across && done < most && coderEnd() < limit; unit++, done++) codeUnit(base)
  if (unit < across) {
    coderSave(coder)
    return <i32>(coderEnd() - output)
  }
  ended = unitRow == down - 1
  if (!ended) coderSave(coder)
  unit = 0
  if (++column == columns) {
    column = 0
    leaveLine(base)
    if (++picture == pictures) endRow(down)
  }
  return <i32>(coderEnd() - output)
}

function codeUnit(base: usize): void {
  const x = column * tileWidth + unit * UNIT
  store<u32>(SOURCES, <u32>(base + x))
  store<u32>(SOURCES, <u32>(base + sourceBlue + (x >> 1)), 4)
  store<u32>(SOURCES, <u32>(base + sourceRed + (x >> 1)), 8)
  store<u32>(RECONSTRUCTIONS, <u32>(base + reconstruction + x))
  store<u32>(RECONSTRUCTIONS, <u32>(base + reconstructionBlue + (x >> 1)), 4)
  store<u32>(RECONSTRUCTIONS, <u32>(base + reconstructionRed + (x >> 1)), 8)
  const right = tileWidth - unit * UNIT
  const below = tileHeight - unitRow * UNIT
  const depths = base + depthsAbove + (x >> 3)
  unitBegin(unit > 0, unitRow > 0, <u32>right, <u32>below, depths)
  costsFit()
  codeTree(0, 0, 5, Infinity)
  putTree(0, 0, 5)
  unitEnd(depths)
  putEnd(right <= UNIT && below <= UNIT)
}

/** Keeps the last line of the reconstruction above the next row of units. */
function leaveLine(base: usize): void {
  keepLast(base + reconstruction, lumaStride, UNIT)
  keepLast(base + reconstructionBlue, chromaStride, UNIT / 2)
  keepLast(base + reconstructionRed, chromaStride, UNIT / 2)
}

function keepLast(plane: usize, stride: usize, rows: usize): void {
  memory.copy(plane - stride, plane + (rows - 1) * stride, stride)
}

/** Goes to the next row of units: at once where it lies below the picture, in its last tiles. */
function endRow(down: usize): void {
  waiting = false
  unitRow++
  if (unitRow == down) unitRow = 0
  else if (rowsTaken == height) {
    repeatLine()
    beginRow()
  }
}

/** For tests: where the reconstruction of the row of units that was coded last begins, in a plane of colour's picture. */
export function hevcEncReconstruction(plane: i32): usize {
  return first + (plane == 0 ? reconstruction : plane == 1 ? reconstructionBlue : reconstructionRed)
}

/** For tests: bytes from a row of a plane to the next. */
export function hevcEncStride(plane: i32): usize {
  return plane == 0 ? lumaStride : chromaStride
}
