// Blocks (AV1 specification, section 5.11.5): how one is coded, then its transform blocks; and what later ones and the
// filters need to know of it.

import { B, COLOURS_U, COLOURS_Y, FAULT } from './av1-block-state'
import { fillBytes } from './av1-fill'
import {
  F, LEFT_COEFS_U, LEFT_COEFS_V, LEFT_COEFS_Y, LEFT_COLOURS_UV, LEFT_COLOURS_Y, LEFT_HEIGHT, LEFT_MODE,
  LEFT_PALETTE_UV, LEFT_PALETTE_Y, LEFT_SKIP, LEFT_TX, LEFT_UV_MODE,
} from './av1-frame'
import { blockLevels } from './av1-levels'
import { readModes, readTxSize } from './av1-modes'
import { readMaps } from './av1-palette'
import { H, SMOOTH_H_PRED, SMOOTH_PRED, feature, featureOn } from './av1-state'
import { BLOCK_HEIGHT_LOG2, BLOCK_WIDTH_LOG2, SUBSAMPLED, TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'
import { transformBlocks } from './av1-transform-blocks'

/** decode_block: of a size at a place. */
export function decodeBlock(row: i32, col: i32, size: i32): void {
  B.row = row
  B.col = col
  B.size = size
  B.wide = 1 << <i32>load<u8>(BLOCK_WIDTH_LOG2 + size)
  B.high = 1 << <i32>load<u8>(BLOCK_HEIGHT_LOG2 + size)
  const narrow = H.subX != 0 && B.wide == 1
  const low = H.subY != 0 && B.high == 1
  B.hasChroma = H.planes > 1 && !(low && (row & 1) == 0) && !(narrow && (col & 1) == 0) ? 1 : 0
  if (B.hasChroma && load<u8>(SUBSAMPLED + (size << 2) + (H.subX << 1) + H.subY) == 22) {
    store<i32>(FAULT, 1)
    return
  }
  B.above = row > B.rowStart ? 1 : 0
  B.left = col > B.colStart ? 1 : 0
  B.aboveChroma = (low ? row - 1 : row) > B.rowStart ? 1 : 0
  B.leftChroma = (narrow ? col - 1 : col) > B.colStart ? 1 : 0
  readModes()
  if (B.paletteY | B.paletteUv) readMaps()
  readTxSize()
  setQuantizer()
  if (B.skip) resetCoefs()
  setSmooth()
  keepFacts()
  transformBlocks()
}

/** get_qindex( 0, segment_id ). */
function setQuantizer(): void {
  const base = H.deltaQ ? B.currentQ : H.baseQ
  B.q = H.segmentation && featureOn(B.segment, 0) ? max(0, min(255, base + feature(B.segment, 0))) : base
}

/** The intra filter type process (section 7.11.2.8): whether a block above or to the left is predicted smoothly. */
function setSmooth(): void {
  B.smooth = (B.above && isSmooth(F.aboveMode + B.col)) || (B.left && isSmooth(LEFT_MODE + (B.row & 31))) ? 1 : 0
  if (!B.hasChroma) return
  B.uvSmooth = (B.aboveChroma && isSmooth(F.aboveUvMode + (B.col | H.subX)))
    || (B.leftChroma && isSmooth(LEFT_UV_MODE + ((B.row | H.subY) & 31))) ? 1 : 0
}

// @ts-ignore: decorator
@inline
function isSmooth(at: usize): bool {
  const mode = <i32>load<u8>(at)
  return mode >= SMOOTH_PRED && mode <= SMOOTH_H_PRED
}

/** reset_block_context. */
function resetCoefs(): void {
  const rows = (1 << H.sbShift) - 1
  fillBytes(F.aboveCoefsY + B.col, 0, B.wide)
  fillBytes(LEFT_COEFS_Y + (B.row & rows), 0, B.high)
  if (!B.hasChroma) return
  const wide = max(1, B.wide >> H.subX)
  const high = max(1, B.high >> H.subY)
  const left = (B.row >> H.subY) & (rows >> H.subY)
  fillBytes(F.aboveCoefsU + (B.col >> H.subX), 0, wide)
  fillBytes(F.aboveCoefsV + (B.col >> H.subX), 0, wide)
  fillBytes(LEFT_COEFS_U + left, 0, high)
  fillBytes(LEFT_COEFS_V + left, 0, high)
}

/** What later blocks and the filters need to know of this one. */
function keepFacts(): void {
  const col = B.col
  const left = B.row & 31
  const wide = B.wide
  const high = B.high
  fillBytes(F.aboveWidth + col, <i32>load<u8>(BLOCK_WIDTH_LOG2 + B.size), wide)
  fillBytes(LEFT_HEIGHT + left, <i32>load<u8>(BLOCK_HEIGHT_LOG2 + B.size), high)
  fillBytes(F.aboveSkip + col, B.skip, wide)
  fillBytes(LEFT_SKIP + left, B.skip, high)
  fillBytes(F.aboveMode + col, B.mode, wide)
  fillBytes(LEFT_MODE + left, B.mode, high)
  fillBytes(F.aboveTx + col, <i32>load<u8>(TX_WIDTH_LOG2 + B.tx), wide)
  fillBytes(LEFT_TX + left, <i32>load<u8>(TX_HEIGHT_LOG2 + B.tx), high)
  if (B.hasChroma) {
    fillBytes(F.aboveUvMode + col, B.uvMode, wide)
    fillBytes(LEFT_UV_MODE + left, B.uvMode, high)
  }
  if (H.screenContent) {
    fillBytes(F.abovePaletteY + col, B.paletteY, wide)
    fillBytes(LEFT_PALETTE_Y + left, B.paletteY, high)
    fillBytes(F.abovePaletteUv + col, B.paletteUv, wide)
    fillBytes(LEFT_PALETTE_UV + left, B.paletteUv, high)
    if (B.paletteY) keepColours(COLOURS_Y, F.aboveColoursY, LEFT_COLOURS_Y)
    if (B.paletteUv) keepColours(COLOURS_U, F.aboveColoursUv, LEFT_COLOURS_UV)
  }
  const seen = min(wide, H.miCols - col)
  const rows = min(high, H.miRows - B.row)
  let at = B.row * F.unitStride + col
  const levels = blockLevels()
  for (let i = 0; i < rows; i++) {
    fillBytes(F.skips + at, B.skip, seen)
    if (H.segmentation) fillBytes(F.segments + at, B.segment, seen)
    for (let j = 0; j < seen; j++) store<u32>(F.levels + ((at + j) << 2), levels)
    at += F.unitStride
  }
}

function keepColours(colours: usize, above: usize, left: usize): void {
  const all = v128.load(colours)
  for (let i = 0; i < B.wide; i++) v128.store(above + ((B.col + i) << 4), all)
  for (let i = 0; i < B.high; i++) v128.store(left + (((B.row & 31) + i) << 4), all)
}
