// How a frame is cut into tiles (AV1 specification, section 5.9.15).

import { bits, choiceBits, flag } from './av1-bits'
import { COL_STARTS, ERR_CORRUPT, H, ROW_STARTS } from './av1-state'

const MAX_TILE_WIDTH = 4096
const MAX_TILE_AREA = 4096 * 2304

function log2Of(block: i32, target: i32): i32 {
  let k = 0
  while (block << k < target) k++
  return k
}

/** tile_info. Returns 0 or an error. */
export function readTiles(): i32 {
  const shift = H.sbShift
  const sbCols = (H.miCols + (1 << shift) - 1) >> shift
  const sbRows = (H.miRows + (1 << shift) - 1) >> shift
  const widest = MAX_TILE_WIDTH >> (shift + 2)
  const minCols = log2Of(widest, sbCols)
  const minTiles = max(minCols, log2Of(MAX_TILE_AREA >> (2 * (shift + 2)), sbRows * sbCols))
  let cols = 0
  let rows = 0
  if (flag()) {
    let log2 = minCols
    const most = log2Of(1, min(sbCols, 64))
    while (log2 < most && flag()) log2++
    const width = (sbCols + (1 << log2) - 1) >> log2
    for (let start = 0; start < sbCols; start += width) store<i32>(COL_STARTS + (cols++ << 2), start << shift)
    H.tileColsLog2 = log2
    log2 = max(minTiles - log2, 0)
    const mostRows = log2Of(1, min(sbRows, 64))
    while (log2 < mostRows && flag()) log2++
    const height = (sbRows + (1 << log2) - 1) >> log2
    for (let start = 0; start < sbRows; start += height) {
      if (rows == 64) return ERR_CORRUPT
      store<i32>(ROW_STARTS + (rows++ << 2), start << shift)
    }
    H.tileRowsLog2 = log2
  } else {
    let most = 0
    for (let start = 0; start < sbCols; ) {
      if (cols == 64) return ERR_CORRUPT
      store<i32>(COL_STARTS + (cols++ << 2), start << shift)
      const size = choiceBits(min(sbCols - start, widest)) + 1
      most = max(size, most)
      start += size
    }
    H.tileColsLog2 = log2Of(1, cols)
    const area = minTiles > 0 ? (sbRows * sbCols) >> (minTiles + 1) : sbRows * sbCols
    const highest = max(area / most, 1)
    for (let start = 0; start < sbRows; ) {
      if (rows == 64) return ERR_CORRUPT
      store<i32>(ROW_STARTS + (rows++ << 2), start << shift)
      start += choiceBits(min(sbRows - start, highest)) + 1
    }
    H.tileRowsLog2 = log2Of(1, rows)
  }
  store<i32>(COL_STARTS + (cols << 2), H.miCols)
  store<i32>(ROW_STARTS + (rows << 2), H.miRows)
  H.tileCols = cols
  H.tileRows = rows
  H.tileSizeBytes = 4
  if (H.tileColsLog2 > 0 || H.tileRowsLog2 > 0) {
    bits(H.tileColsLog2 + H.tileRowsLog2)
    H.tileSizeBytes = bits(2) + 1
  }
  return 0
}
