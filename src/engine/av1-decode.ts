// An AV1 still picture, decoded row of superblocks by row of superblocks through all tile columns: blocks, then the
// filters as far down as they can go, then rows of samples for the caller. Nothing is as high as the picture but its
// compressed bytes.

import { alloc } from './arena'
import { B, FAULT } from './av1-block-state'
import { butterfliesStart } from './av1-butterflies'
import { cdefAny, cdefRows } from './av1-cdef'
import { CDFS } from './av1-cdf-tables'
import { cdfsStart } from './av1-cdfs'
import { deblock } from './av1-deblock'
import { F, clearAbove, clearLeft, frameAdvance, frameKeepLine, frameMargins, frameOpen, sampleAt } from './av1-frame'
import { addGrain, grainOpen } from './av1-grain'
import { readUnits, tileFrom, tileTo } from './av1-obu'
import { decodePartition } from './av1-partition'
import { quantizersOpen } from './av1-quantizer'
import { restorePlane } from './av1-restore'
import { REFERENCES, readUnits as readRestorationUnits, referencesStart, restorationOf, unitsOpen } from './av1-restore-units'
import { scansStart } from './av1-scan'
import { COL_STARTS, ERR_CORRUPT, ERR_MEMORY, H, RESTORE_NONE, ROW_STARTS } from './av1-state'
import { SYMBOL_STATE, symbolsKeep, symbolsOpen, symbolsUse } from './av1-symbol'
import { clearDecoded } from './av1-transform-blocks'

/** Rows around a stripe after CDEF that loop restoration reads. */
const AROUND = 3
/** The most rows of a stripe. */
const STRIPE = 64

/** A tile column's state between superblock rows: its symbol decoder, then these fields, then its distributions. */
const TILE_Q: usize = SYMBOL_STATE
const TILE_LF = SYMBOL_STATE + 4
const TILE_REFERENCES = SYMBOL_STATE + 24
const TILE_CDFS = SYMBOL_STATE + 48
const TILE_BYTES: i32 = <i32>(TILE_CDFS + CDFS)

let made = false
let tiles: usize = 0
let cdfs: usize = 0
let tileRow: i32 = 0
let filters = false
// Rows after CDEF and after restoration, by plane; what is given out.
let cdefAt: usize = 0
let cdefU: usize = 0
let cdefV: usize = 0
let restoredY: usize = 0
let restoredU: usize = 0
let restoredV: usize = 0
const OUT: usize = memory.data(12, 4)
/** The first row of luma that was not given out, and the one behind the last that is filtered. */
let done: i32 = 0
let ready: i32 = 0

/**
 * Reads the headers of a picture's units, and where its tiles are.
 * @param data its first byte; they stay there until the last row was given out
 * @param size its bytes
 * @returns 0 or an error of av1-state.ts
 */
export function av1Open(data: usize, size: i32): i32 {
  if (!made) {
    butterfliesStart()
    scansStart()
    made = true
  }
  return readUnits(data, size, false)
}

/** As av1Open, but of headers alone: the bytes may end anywhere behind them. */
export function av1Headers(data: usize, size: i32): i32 {
  return readUnits(data, size, true)
}

/** A fact of the headers: 0 width, 1 height, 2 bit depth, 3 planes, 4 and 5 subsampling, 6 to 10 colour. */
export function av1Fact(which: i32): i32 {
  if (which == 0) return H.width
  if (which == 1) return H.height
  if (which == 2) return H.bitDepth
  if (which == 3) return H.planes
  if (which == 4) return H.subX
  if (which == 5) return H.subY
  if (which == 6) return H.primaries
  if (which == 7) return H.transfer
  if (which == 8) return H.matrix
  if (which == 9) return H.fullRange
  return H.chromaPosition
}

function rowsOf(stride: i32, rows: i32): usize {
  const at = alloc(stride * rows)
  if (at) memory.fill(at, 0, stride * rows)
  return at
}

/** Allocates for the picture whose headers were read. Returns 0 or an error. */
export function av1Start(): i32 {
  let status = frameOpen()
  if (status == 0) status = unitsOpen()
  if (status == 0) status = quantizersOpen()
  if (status == 0 && H.grain) status = grainOpen()
  if (status < 0) return status
  cdfs = alloc(CDFS)
  tiles = alloc(TILE_BYTES * H.tileCols)
  const wanted = cdefAny()
  filters = wanted || restorationOf(0) + restorationOf(1) + restorationOf(2) != RESTORE_NONE
  const rows = STRIPE + 2 * AROUND
  cdefAt = rowsOf(F.strideY, rows)
  restoredY = rowsOf(F.strideY, STRIPE)
  if (H.planes > 1) {
    cdefU = rowsOf(F.strideUv, (STRIPE >> H.subY) + 2 * AROUND)
    cdefV = rowsOf(F.strideUv, (STRIPE >> H.subY) + 2 * AROUND)
    restoredU = rowsOf(F.strideUv, STRIPE >> H.subY)
    restoredV = rowsOf(F.strideUv, STRIPE >> H.subY)
    if (!cdefU || !cdefV || !restoredU || !restoredV) return ERR_MEMORY
  }
  if (!cdfs || !tiles || !cdefAt || !restoredY) return ERR_MEMORY
  cdfsStart(cdfs, H.baseQ)
  tileRow = 0
  done = 0
  ready = 0
  store<i32>(FAULT, 0)
  openTiles()
  return 0
}

/** Opens the tiles of a row of them. */
function openTiles(): void {
  for (let col = 0; col < H.tileCols; col++) {
    const tile = tiles + col * TILE_BYTES
    const index = tileRow * H.tileCols + col
    symbolsOpen(tile, tileFrom(index), tileTo(index))
    store<i32>(tile + TILE_Q, H.baseQ)
    memory.fill(tile + TILE_LF, 0, 16)
    referencesStart(tile + TILE_REFERENCES)
    memory.copy(tile + TILE_CDFS, cdfs, CDFS)
  }
  clearAbove(0, H.miCols)
}

/**
 * Decodes on until rows can be given out.
 * @returns how many rows of luma there are, from the last ones on, at av1Plane; 0 at the end; or an error
 */
export function av1Next(): i32 {
  if (done >= H.height) return 0
  while (done >= ready) {
    if (ready > 0) frameAdvance()
    decodeRow()
    if (load<i32>(FAULT)) return ERR_CORRUPT
  }
  const end = min(((done + 8) & ~63) + 56, ready)
  const rows = min(end, H.height) - done
  give(end)
  if (H.grain) addGrain(done, rows, av1Plane(0), av1Plane(1), av1Plane(2), F.strideY, F.strideUv)
  done = end
  return rows
}

/** Where a plane's rows that av1Next gave are: 16 bits a sample. */
export function av1Plane(plane: i32): usize {
  return load<u32>(OUT + (plane << 2))
}

/** Bytes between rows of a plane. */
export function av1Stride(plane: i32): i32 {
  return plane == 0 ? F.strideY : F.strideUv
}

/** Decodes a row of superblocks and deblocks it. */
function decodeRow(): void {
  const row = F.top >> 2
  if (row == load<i32>(ROW_STARTS + ((tileRow + 1) << 2))) {
    tileRow++
    openTiles()
  }
  const side = 1 << H.sbShift
  memory.fill(F.cdef + (F.top >> 6) * F.cdefStride, 255, F.cdefStride * 2)
  B.rowStart = load<i32>(ROW_STARTS + (tileRow << 2))
  B.rowEnd = load<i32>(ROW_STARTS + ((tileRow + 1) << 2))
  for (let col = 0; col < H.tileCols; col++) decodeTileRow(tiles + col * TILE_BYTES, col, row)
  frameKeepLine()
  const last = row + side >= H.miRows
  deblock()
  frameMargins(last)
  ready = last ? H.miRows << 2 : F.top + (4 << H.sbShift) - 8
}

/** Decodes a tile's part of a row of superblocks. */
function decodeTileRow(tile: usize, index: i32, row: i32): void {
  const side = 1 << H.sbShift
  B.colStart = load<i32>(COL_STARTS + (index << 2))
  B.colEnd = load<i32>(COL_STARTS + (index << 2), 4)
  B.cdf = tile + TILE_CDFS
  B.currentQ = load<i32>(tile + TILE_Q)
  B.deltaLf0 = load<i32>(tile + TILE_LF)
  B.deltaLf1 = load<i32>(tile + TILE_LF, 4)
  B.deltaLf2 = load<i32>(tile + TILE_LF, 8)
  B.deltaLf3 = load<i32>(tile + TILE_LF, 12)
  memory.copy(REFERENCES, tile + TILE_REFERENCES, 24)
  symbolsUse(tile, H.frozen)
  clearLeft()
  for (let col = B.colStart; col < B.colEnd; col += side) {
    B.readDeltas = H.deltaQ
    clearDecoded(row, col)
    readRestorationUnits(row, col)
    decodePartition(row, col, H.sbShift)
  }
  symbolsKeep(tile)
  store<i32>(tile + TILE_Q, B.currentQ)
  store<i32>(tile + TILE_LF, B.deltaLf0)
  store<i32>(tile + TILE_LF, B.deltaLf1, 4)
  store<i32>(tile + TILE_LF, B.deltaLf2, 8)
  store<i32>(tile + TILE_LF, B.deltaLf3, 12)
  memory.copy(tile + TILE_REFERENCES, REFERENCES, 24)
}

/** Filters the rows from `done` on, within a stripe, and says where they are. */
function give(end: i32): void {
  if (!filters) {
    for (let plane = 0; plane < H.planes; plane++) {
      store<u32>(OUT + (plane << 2), <u32>sampleAt(plane, 0, plane ? done >> H.subY : done))
    }
    return
  }
  const y = cdefAt + AROUND * F.strideY + 32
  const u = cdefU + AROUND * F.strideUv + 32
  const v = cdefV + AROUND * F.strideUv + 32
  memory.copy(y - 32, sampleAt(0, -16, done), (end - done) * F.strideY)
  if (H.planes > 1) {
    const rows = (end - done) >> H.subY
    memory.copy(u - 32, sampleAt(1, -16, done >> H.subY), rows * F.strideUv)
    memory.copy(v - 32, sampleAt(2, -16, done >> H.subY), rows * F.strideUv)
  }
  if (cdefAny()) cdefRows(done, end, y, u, v)
  for (let plane = 0; plane < H.planes; plane++) {
    let at = plane == 0 ? y : plane == 1 ? u : v
    if (restorationOf(plane) != RESTORE_NONE) {
      const to = (plane == 0 ? restoredY : plane == 1 ? restoredU : restoredV) + 32
      const subY = plane > 0 ? H.subY : 0
      const rows = ((min(end, H.height) + subY) >> subY) - (done >> subY)
      restorePlane(plane, done >> subY, rows, at, to)
      at = to
    }
    store<u32>(OUT + (plane << 2), <u32>at)
  }
}
