// Partitions and blocks (AV1 specification, sections 5.11.4, 5.11.5 and 5.11.34): a superblock is split into blocks, a
// block into transform blocks, each predicted from what is decoded before it, then corrected.

import {
  B, COLOURS_U, COLOURS_V, COLOURS_Y, FAULT, MAP_UV, MAP_Y,
} from './av1-block-state'
import { PARTITION_128, PARTITION_16, PARTITION_32, PARTITION_64, PARTITION_8 } from './av1-cdf-tables'
import {
  F, LEFT_COEFS_U, LEFT_COEFS_V, LEFT_COEFS_Y, LEFT_COLOURS_UV, LEFT_COLOURS_Y, LEFT_HEIGHT, LEFT_MODE,
  LEFT_PALETTE_UV, LEFT_PALETTE_Y, LEFT_SKIP, LEFT_TX, LEFT_UV_MODE, sampleAt,
} from './av1-frame'
import { blockLevels } from './av1-levels'
import { readModes, readTxSize } from './av1-modes'
import { readMaps } from './av1-palette'
import { predict, predictChromaFromLuma } from './av1-predict'
import { readCoefficients } from './av1-residual'
import { DC_PRED, H, SMOOTH_H_PRED, SMOOTH_PRED, UV_CFL_PRED, feature, featureOn } from './av1-state'
import { symbol16, symbol4, symbol8, symbolOf } from './av1-symbol'
import {
  BLOCK_HEIGHT_LOG2, BLOCK_WIDTH_LOG2, PARTS, SUBSAMPLED, TX_HEIGHT_LOG2, TX_WIDTH_LOG2,
} from './av1-tables'
import { addResidual } from './av1-transform'

const NONE = 0
const HORZ = 1
const VERT = 2
const SPLIT = 3
const HORZ_A = 4
const HORZ_B = 5
const VERT_A = 6
const VERT_B = 7
const HORZ_4 = 8

/** BlockDecoded by plane: rows of 48 bytes from -1 on, columns from -1 on. */
const DECODED: usize = memory.data(3 * 40 * 48, 16)

// @ts-ignore: decorator
@inline
function decodedAt(plane: i32, y: i32, x: i32): usize {
  return DECODED + plane * (40 * 48) + (y + 1) * 48 + x + 1
}

/** clear_block_decoded_flags for the superblock at a place, in units of 4 samples. */
export function clearDecoded(row: i32, col: i32): void {
  for (let plane = 0; plane < H.planes; plane++) {
    const subX = plane > 0 ? H.subX : 0
    const subY = plane > 0 ? H.subY : 0
    const wide = (B.colEnd - col) >> subX
    const high = (B.rowEnd - row) >> subY
    const units = 1 << H.sbShift
    memory.fill(decodedAt(plane, -1, -1), 0, 40 * 48)
    memory.fill(decodedAt(plane, -1, -1), 1, min((units >> subX) + 2, wide + 1))
    for (let y = 0; y < min((units >> subY), high); y++) store<u8>(decodedAt(plane, y, -1), 1)
  }
}

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

/** decode_block. */
function decodeBlock(row: i32, col: i32, size: i32): void {
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
  residual()
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
  memory.fill(F.aboveCoefsY + B.col, 0, B.wide)
  memory.fill(LEFT_COEFS_Y + (B.row & rows), 0, B.high)
  if (!B.hasChroma) return
  const wide = max(1, B.wide >> H.subX)
  const high = max(1, B.high >> H.subY)
  const left = (B.row >> H.subY) & (rows >> H.subY)
  memory.fill(F.aboveCoefsU + (B.col >> H.subX), 0, wide)
  memory.fill(F.aboveCoefsV + (B.col >> H.subX), 0, wide)
  memory.fill(LEFT_COEFS_U + left, 0, high)
  memory.fill(LEFT_COEFS_V + left, 0, high)
}

/** What later blocks and the filters need to know of this one. */
function keepFacts(): void {
  const col = B.col
  const left = B.row & 31
  const wide = B.wide
  const high = B.high
  memory.fill(F.aboveWidth + col, load<u8>(BLOCK_WIDTH_LOG2 + B.size), wide)
  memory.fill(LEFT_HEIGHT + left, load<u8>(BLOCK_HEIGHT_LOG2 + B.size), high)
  memory.fill(F.aboveSkip + col, <u8>B.skip, wide)
  memory.fill(LEFT_SKIP + left, <u8>B.skip, high)
  memory.fill(F.aboveMode + col, <u8>B.mode, wide)
  memory.fill(LEFT_MODE + left, <u8>B.mode, high)
  memory.fill(F.aboveTx + col, load<u8>(TX_WIDTH_LOG2 + B.tx), wide)
  memory.fill(LEFT_TX + left, load<u8>(TX_HEIGHT_LOG2 + B.tx), high)
  if (B.hasChroma) {
    memory.fill(F.aboveUvMode + col, <u8>B.uvMode, wide)
    memory.fill(LEFT_UV_MODE + left, <u8>B.uvMode, high)
  }
  if (H.screenContent) {
    memory.fill(F.abovePaletteY + col, <u8>B.paletteY, wide)
    memory.fill(LEFT_PALETTE_Y + left, <u8>B.paletteY, high)
    memory.fill(F.abovePaletteUv + col, <u8>B.paletteUv, wide)
    memory.fill(LEFT_PALETTE_UV + left, <u8>B.paletteUv, high)
    if (B.paletteY) keepColours(COLOURS_Y, F.aboveColoursY, LEFT_COLOURS_Y)
    if (B.paletteUv) keepColours(COLOURS_U, F.aboveColoursUv, LEFT_COLOURS_UV)
  }
  const seen = min(wide, H.miCols - col)
  const rows = min(high, H.miRows - B.row)
  let at = B.row * F.unitStride + col
  const levels = blockLevels()
  for (let i = 0; i < rows; i++) {
    memory.fill(F.skips + at, <u8>B.skip, seen)
    if (H.segmentation) memory.fill(F.segments + at, <u8>B.segment, seen)
    for (let j = 0; j < seen; j++) store<u32>(F.levels + ((at + j) << 2), levels)
    at += F.unitStride
  }
}

function keepColours(colours: usize, above: usize, left: usize): void {
  const all = v128.load(colours)
  for (let i = 0; i < B.wide; i++) v128.store(above + ((B.col + i) << 4), all)
  for (let i = 0; i < B.high; i++) v128.store(left + (((B.row & 31) + i) << 4), all)
}

/** residual. */
function residual(): void {
  const chunksX = max(1, B.wide >> 4)
  const chunksY = max(1, B.high >> 4)
  for (let y = 0; y < chunksY; y++) {
    for (let x = 0; x < chunksX; x++) {
      for (let plane = 0; plane < (B.hasChroma ? 3 : 1); plane++) chunk(plane, x << 4, y << 4)
    }
  }
}

/** The transform blocks of a plane in 64×64 luma samples of a block. */
function chunk(plane: i32, x: i32, y: i32): void {
  const tx = plane == 0 ? B.tx : B.uvTx
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  const stepX = 1 << (<i32>load<u8>(TX_WIDTH_LOG2 + tx) - 2)
  const stepY = 1 << (<i32>load<u8>(TX_HEIGHT_LOG2 + tx) - 2)
  // In units of 4 samples of the plane.
  const wide = max(1, min(B.wide, 16) >> subX)
  const high = max(1, min(B.high, 16) >> subY)
  const cols = H.miCols >> subX
  const rows = H.miRows >> subY
  const blockX = B.col >> subX
  const blockY = B.row >> subY
  for (let i = 0; i < high; i += stepY) {
    const fromTop = (y >> subY) + i
    if (blockY + fromTop >= rows) break
    for (let j = 0; j < wide; j += stepX) {
      const fromLeft = (x >> subX) + j
      if (blockX + fromLeft >= cols) break
      transformBlock(plane, tx, blockX + fromLeft, blockY + fromTop, fromLeft, fromTop, stepX, stepY)
    }
  }
}

/**
 * transform_block.
 * @param x the block's place in the plane, in units of 4 samples
 * @param fromLeft its place in its block
 */
function transformBlock(
  plane: i32, tx: i32, x: i32, y: i32, fromLeft: i32, fromTop: i32, stepX: i32, stepY: i32,
): void {
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  const units = (1 << H.sbShift) - 1
  const inX = x & (units >> subX)
  const inY = y & (units >> subY)
  const palette = plane == 0 ? B.paletteY : B.paletteUv
  if (palette) predictPalette(plane, x << 2, y << 2, fromLeft << 2, fromTop << 2, stepX << 2, stepY << 2)
  else {
    const cfl = plane > 0 && B.uvMode == UV_CFL_PRED
    const mode = plane == 0 ? B.mode : cfl ? DC_PRED : B.uvMode
    predict(
      plane, x << 2, y << 2,
      (plane == 0 ? B.left : B.leftChroma) != 0 || fromLeft > 0,
      (plane == 0 ? B.above : B.aboveChroma) != 0 || fromTop > 0,
      load<u8>(decodedAt(plane, inY - 1, inX + stepX)) != 0,
      load<u8>(decodedAt(plane, inY + stepY, inX - 1)) != 0,
      mode, tx,
    )
    if (cfl) predictChromaFromLuma(plane, x << 2, y << 2, tx)
  }
  if (plane == 0) {
    B.lumaEndX = (x + stepX) << 2
    B.lumaEndY = (y + stepY) << 2
  }
  if (!B.skip) {
    const end = readCoefficients(plane, x, y, tx)
    if (end > 0) addResidual(sampleAt(plane, x << 2, y << 2), plane == 0 ? F.strideY : F.strideUv, tx, end)
  }
  const sizes = (plane == 0 ? F.txY : F.txUv) + y * F.unitStride + x
  for (let i = 0; i < stepY; i++) {
    if (plane < 2) memory.fill(sizes + i * F.unitStride, <u8>tx, stepX)
    memory.fill(decodedAt(plane, inY + i, inX), 1, stepX)
  }
}

/** The palette prediction process (section 7.11.4). */
function predictPalette(plane: i32, x: i32, y: i32, fromLeft: i32, fromTop: i32, wide: i32, high: i32): void {
  const colours = plane == 0 ? COLOURS_Y : plane == 1 ? COLOURS_U : COLOURS_V
  const map = (plane == 0 ? MAP_Y : MAP_UV) + fromLeft
  const stride = plane == 0 ? F.strideY : F.strideUv
  let to = sampleAt(plane, x, y)
  for (let i = fromTop; i < fromTop + high; i++) {
    for (let j = 0; j < wide; j++) {
      store<u16>(to + (j << 1), load<u16>(colours + (<usize>load<u8>(map + (i << 6) + j) << 1)))
    }
    to += stride
  }
}
