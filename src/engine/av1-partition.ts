// Partitions (AV1 specification, section 5.11.4): how a superblock is split into blocks.

import { decodeBlock } from './av1-block'
import { B, FAULT } from './av1-block-state'
import { PARTITION_128, PARTITION_16, PARTITION_32, PARTITION_64, PARTITION_8 } from './av1-cdf-tables'
import { F, LEFT_HEIGHT } from './av1-frame'
import { H } from './av1-state'
import { symbol16, symbol4, symbol8, symbolOf } from './av1-symbol'
import { PARTS } from './av1-tables'

const NONE = 0
const HORZ = 1
const VERT = 2
const SPLIT = 3
const HORZ_A = 4
const HORZ_B = 5
const VERT_A = 6
const VERT_B = 7
const HORZ_4 = 8

/** decode_partition. @param level the square's side: 0 for 4×4, 1 for 8×8 … 5 for 128×128 */
export function decodePartition(row: i32, col: i32, level: i32): void {
  if (row >= H.miRows || col >= H.miCols) return
  const half = 1 << (level - 1)
  const quarter = half >> 1
  const hasRows = row + half < H.miRows
  const hasCols = col + half < H.miCols
  const partition = readPartition(row, col, level, hasRows, hasCols)
  const part = <i32>load<u8>(PARTS + partition * 5 + level - 1)
  if (part == 22) {
    store<i32>(FAULT, 1)
    return
  }
  if (partition == NONE) decodeBlock(row, col, part)
  else if (partition == HORZ) {
    decodeBlock(row, col, part)
    if (hasRows) decodeBlock(row + half, col, part)
  } else if (partition == VERT) {
    decodeBlock(row, col, part)
    if (hasCols) decodeBlock(row, col + half, part)
  } else if (partition == SPLIT) {
    for (let i = 0; i < 4; i++) {
      const y = row + half * (i >> 1)
      const x = col + half * (i & 1)
      if (level == 1) decodeBlock(y, x, 0)
      else decodePartition(y, x, level - 1)
    }
  } else if (partition < HORZ_4) {
    const square = <i32>load<u8>(PARTS + SPLIT * 5 + level - 1)
    if (partition == HORZ_A) {
      decodeBlock(row, col, square)
      decodeBlock(row, col + half, square)
      decodeBlock(row + half, col, part)
    } else if (partition == HORZ_B) {
      decodeBlock(row, col, part)
      decodeBlock(row + half, col, square)
      decodeBlock(row + half, col + half, square)
    } else if (partition == VERT_A) {
      decodeBlock(row, col, square)
      decodeBlock(row + half, col, square)
      decodeBlock(row, col + half, part)
    } else {
      decodeBlock(row, col, part)
      decodeBlock(row, col + half, square)
      decodeBlock(row + half, col + half, square)
    }
  } else {
    for (let i = 0; i < 4; i++) {
      const y = partition == HORZ_4 ? row + quarter * i : row
      const x = partition == HORZ_4 ? col : col + quarter * i
      if (y < H.miRows && x < H.miCols) decodeBlock(y, x, part)
    }
  }
}

function readPartition(row: i32, col: i32, level: i32, hasRows: bool, hasCols: bool): i32 {
  if (!hasRows && !hasCols) return SPLIT
  let context = 0
  if (row > B.rowStart && <i32>load<u8>(F.aboveWidth + col) < level) context = 1
  if (col > B.colStart && <i32>load<u8>(LEFT_HEIGHT + (row & 31)) < level) context += 2
  if (level == 1) {
    const cdf = B.cdf + PARTITION_8 + (context << 3)
    if (hasRows && hasCols) return symbol4(cdf, 4)
    return narrowed(cdf, level, hasCols)
  }
  if (level == 5) {
    const cdf = B.cdf + PARTITION_128 + (context << 4)
    return hasRows && hasCols ? symbol8(cdf, 8) : narrowed(cdf, level, hasCols)
  }
  const cdf = B.cdf + (level == 2 ? PARTITION_16 : level == 3 ? PARTITION_32 : PARTITION_64) + (context << 5)
  return hasRows && hasCols ? symbol16(cdf, 10) : narrowed(cdf, level, hasCols)
}

/** A partition's frequency. Distributions hold 32768 less the cumulative one. */
function chance(cdf: usize, partition: i32, count: i32): u32 {
  const before: u32 = partition == 0 ? 32768 : <u32>load<u16>(cdf + (partition << 1) - 2)
  return before - (partition == count - 1 ? 0 : <u32>load<u16>(cdf + (partition << 1)))
}

/** split_or_horz and split_or_vert: where the frame ends within the square. */
function narrowed(cdf: usize, level: i32, hasCols: bool): i32 {
  const count = level == 1 ? 4 : level == 5 ? 8 : 10
  let sum: u32
  if (hasCols) {
    sum = chance(cdf, VERT, count) + chance(cdf, SPLIT, count)
    if (level > 1) {
      sum += chance(cdf, HORZ_A, count) + chance(cdf, VERT_A, count) + chance(cdf, VERT_B, count)
      if (level < 5) sum += chance(cdf, 9, count)
    }
    return symbolOf(sum) ? SPLIT : HORZ
  }
  sum = chance(cdf, HORZ, count) + chance(cdf, SPLIT, count)
  if (level > 1) {
    sum += chance(cdf, HORZ_A, count) + chance(cdf, HORZ_B, count) + chance(cdf, VERT_A, count)
    if (level < 5) sum += chance(cdf, HORZ_4, count)
  }
  return symbolOf(sum) ? SPLIT : VERT
}
