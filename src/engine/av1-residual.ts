// A transform block's coefficients (AV1 specification, sections 5.11.39, 7.12.3 and 8.3.2): read from the last to the
// first with contexts of those next to each, then their signs; scaled as they come and left for the inverse transform.

import { B } from './av1-block-state'
import {
  ALL_ZERO, BASE, BASE_EOB, DC_SIGN, EOB_1024, EOB_128, EOB_16, EOB_256, EOB_32, EOB_512, EOB_64, EOB_EXTRA, RANGE,
  TX_TYPE_1, TX_TYPE_2,
} from './av1-cdf-tables'
import { clearVectors, fillBytes } from './av1-fill'
import { F, LEFT_COEFS_U, LEFT_COEFS_V, LEFT_COEFS_Y } from './av1-frame'
import { segmentIndex } from './av1-header'
import { matrixOf, stepOf } from './av1-quantizer'
import { COLUMN_SCANS, PLACES, SCANS } from './av1-scan'
import { DCT_DCT, H, H_DCT, IDTX, V_DCT } from './av1-state'
import { symbol16, symbol2, symbol4, symbol8, symbolBit, symbolBits } from './av1-symbol'
import {
  BLOCK_HEIGHT_LOG2, BLOCK_WIDTH_LOG2, FILTER_DIRECTIONS, MODE_TX_TYPES, SUBSAMPLED, TX_HEIGHT_LOG2, TX_TYPES_1,
  TX_TYPES_2, TX_WIDTH_LOG2,
} from './av1-tables'

/** The scaled coefficients, i32, by column: at ((col << 5) + row) × 4. All 0 between blocks. */
export const COEFS: usize = memory.data(32 * 32 * 4, 16)
/** The last row and the last column that hold a coefficient. */
export let lastRow: i32 = 0
export let lastCol: i32 = 0

/** Levels: the level up to 15, and in the two highest bits the level up to 3. Rows are 4 wider than the transform. */
const LEVELS: usize = memory.data(36 * 37 + 64, 16)
/** Positions and levels of the coefficients that are not 0, from the last one on. */
const FOUND: usize = memory.data(1024 * 4, 16)

/** OR of a byte of each unit along a side. */
// @ts-ignore: decorator
@inline
function along(at: usize, units: i32): u64 {
  const bytes = load<u64>(at)
  if (units >= 8) return units == 8 ? bytes : bytes | load<u64>(at, 8)
  return bytes & ((<u64>1 << <u64>(units << 3)) - 1)
}

// @ts-ignore: decorator
@inline
function folded(bytes: u64): i32 {
  let all = <u32>bytes | <u32>(bytes >> 32)
  all |= all >> 16
  return <i32>((all | (all >> 8)) & 255)
}

/** How many more of the units along a side have a positive DC than a negative one. */
function signsAlong(at: usize, units: i32): i32 {
  const bytes = units >= 8 ? load<u64>(at) : along(at, units)
  let sum = <i32>popcnt(bytes & 0x8080808080808080) - <i32>popcnt(bytes & 0x4040404040404040)
  if (units == 16) {
    const more = load<u64>(at, 8)
    sum += <i32>popcnt(more & 0x8080808080808080) - <i32>popcnt(more & 0x4040404040404040)
  }
  return sum
}

/** The context of all_zero. */
function zeroContext(plane: i32, size: i32, above: usize, left: usize, w4: i32, h4: i32): i32 {
  const block = plane == 0 ? B.size : <i32>load<u8>(SUBSAMPLED + (B.size << 2) + (H.subX << 1) + H.subY)
  const wide = <i32>load<u8>(BLOCK_WIDTH_LOG2 + block) + 2 - <i32>load<u8>(TX_WIDTH_LOG2 + size)
  const high = <i32>load<u8>(BLOCK_HEIGHT_LOG2 + block) + 2 - <i32>load<u8>(TX_HEIGHT_LOG2 + size)
  if (plane == 0) {
    if (wide == 0 && high == 0) return 0
    const top = folded(along(above, w4)) & 63
    const side = folded(along(left, h4)) & 63
    if (top == 0 || side == 0) return top == side ? 1 : 2 + (max(top, side) > 3 ? 1 : 0)
    return max(top, side) <= 3 ? 4 : min(top, side) <= 3 ? 5 : 6
  }
  const context = 7 + (along(above, w4) != 0 ? 1 : 0) + (along(left, h4) != 0 ? 1 : 0)
  return wide + high > 0 ? context + 3 : context
}

/** transform_type of a luma block, compute_tx_type of a chroma block. */
function typeOf(plane: i32, size: i32): i32 {
  const w = <i32>load<u8>(TX_WIDTH_LOG2 + size)
  const h = <i32>load<u8>(TX_HEIGHT_LOG2 + size)
  if (B.lossless || max(w, h) > 4) return DCT_DCT
  const square = min(w, h) - 2
  const few = H.reducedTxSet != 0 || square == 2
  if (plane > 0) {
    const type = <i32>load<u8>(MODE_TX_TYPES + B.uvMode)
    return type
  }
  if ((H.segmentation ? segmentIndex(B.segment) : H.baseQ) == 0) return DCT_DCT
  const direction = B.filter ? <i32>load<u8>(FILTER_DIRECTIONS + B.filterMode) : B.mode
  const at = <u32>(square * 13 + direction) << 4
  return few
    ? <i32>load<u8>(TX_TYPES_2 + symbol8(B.cdf + TX_TYPE_2 + at, 5))
    : <i32>load<u8>(TX_TYPES_1 + symbol8(B.cdf + TX_TYPE_1 + at, 7))
}

/** The number of coefficients up to the last one. */
function readEnd(chroma: i32, sizeContext: i32, bits: i32, flat: i32): i32 {
  let point: i32
  const which = (chroma << 1) + flat
  if (bits == 0) point = symbol8(B.cdf + EOB_16 + (which << 4), 5)
  else if (bits == 1) point = symbol8(B.cdf + EOB_32 + (which << 4), 6)
  else if (bits == 2) point = symbol8(B.cdf + EOB_64 + (which << 4), 7)
  else if (bits == 3) point = symbol8(B.cdf + EOB_128 + (which << 4), 8)
  else if (bits == 4) point = symbol16(B.cdf + EOB_256 + (which << 5), 9)
  else if (bits == 5) point = symbol16(B.cdf + EOB_512 + (chroma << 5), 10)
  else point = symbol16(B.cdf + EOB_1024 + (chroma << 5), 11)
  if (point < 2) return point + 1
  const extra = point - 2
  const high = symbol2(B.cdf + EOB_EXTRA + (((sizeContext * 2 + chroma) * 9 + extra) << 2))
  return (((2 | high) << extra) | symbolBits(extra)) + 1
}

/**
 * coeffs( ): reads the coefficients of a transform block. Those not 0 are left in COEFS.
 * @param plane 0 luma, 1 and 2 chroma
 * @param x4 the block's place in the plane, in units of 4 samples
 * @param size the transform's size
 * @returns how many there are up to the last one, and in B.txType their transform type
 */
export function readCoefficients(plane: i32, x4: i32, y4: i32, size: i32): i32 {
  const chroma = plane > 0 ? 1 : 0
  const wLog2 = <i32>load<u8>(TX_WIDTH_LOG2 + size)
  const hLog2 = <i32>load<u8>(TX_HEIGHT_LOG2 + size)
  const w4 = 1 << (wLog2 - 2)
  const h4 = 1 << (hLog2 - 2)
  const above = (plane == 0 ? F.aboveCoefsY : plane == 1 ? F.aboveCoefsU : F.aboveCoefsV) + x4
  const rows = (1 << H.sbShift) - 1
  const left = plane == 0
    ? LEFT_COEFS_Y + (y4 & rows)
    : (plane == 1 ? LEFT_COEFS_U : LEFT_COEFS_V) + (y4 & (rows >> H.subY))
  const least = min(wLog2, hLog2) - 2
  const most = max(wLog2, hLog2) - 2
  const sizeContext = (least + most + 1) >> 1
  const zero = ALL_ZERO + ((sizeContext * 13 + zeroContext(plane, size, above, left, w4, h4)) << 2)
  if (symbol2(B.cdf + zero)) {
    if (plane == 0) B.txType = DCT_DCT
    setContexts(plane, above, left, x4, y4, w4, h4, 0)
    return 0
  }
  const type = typeOf(plane, size)
  B.txType = type
  // 0 both ways, 1 along rows, 2 along columns.
  const shape = type == H_DCT ? 1 : type == V_DCT ? 2 : 0
  const w = min(wLog2, 5)
  const h = min(hLog2, 5)
  const end = readEnd(chroma, sizeContext, w + h - 4, shape != 0 ? 1 : 0)
  const found = shape == 0
    ? readSpread(chroma, size, sizeContext, w, h, end)
    : readLines(chroma, size, sizeContext, w, h, end, shape)
  const category = signAndScale(plane, size, w, found, above, left, w4, h4)
  setContexts(plane, above, left, x4, y4, w4, h4, category)
  return end
}

/** Remembers the sum of levels and the sign of DC for the blocks below and to the right, within the frame. */
function setContexts(plane: i32, above: usize, left: usize, x4: i32, y4: i32, w4: i32, h4: i32, value: i32): void {
  const cols = plane == 0 ? H.miCols : H.miCols >> H.subX
  const rows = plane == 0 ? H.miRows : H.miRows >> H.subY
  fillBytes(above, 0, w4)
  fillBytes(above, value, min(w4, cols - x4))
  fillBytes(left, 0, h4)
  fillBytes(left, value, min(h4, rows - y4))
}

/** coeff_br: what exceeds 3, up to 15. */
// @ts-ignore: decorator
@inline
function readRange(cdf: usize): i32 {
  let level = 3
  for (let i = 0; i < 4; i++) {
    const more = symbol4(cdf, 4)
    level += more
    if (more < 3) break
  }
  return level
}

/** Levels of a transform of both directions. Returns how many are not 0. */
function readSpread(chroma: i32, size: i32, sizeContext: i32, w: i32, h: i32, end: i32): i32 {
  const stride = (1 << w) + 4
  const scan = SCANS + (size << 11)
  const places = PLACES + (size << 6)
  const base = B.cdf + BASE + (((sizeContext * 2 + chroma) * 42) << 3)
  const range = B.cdf + RANGE + (((min(sizeContext, 3) * 2 + chroma) * 21) << 3)
  const mask = (1 << w) - 1
  let found = FOUND
  let c = end - 1
  let pos = <i32>load<u16>(scan + (c << 1))
  let row = pos >> w
  let col = pos & mask
  // Those before it lie on its diagonal or on one before that.
  clearVectors(LEVELS, stride * (min(1 << h, row + col + 1) + 3))
  const area = 1 << (w + h)
  const context = c == 0 ? 0 : c <= area >> 3 ? 1 : c <= area >> 2 ? 2 : 3
  let level = symbol4(B.cdf + BASE_EOB + (((sizeContext * 2 + chroma) * 4 + context) << 3), 3) + 1
  if (level > 2) level = readRange(range + ((c == 0 ? 0 : (row | col) < 2 ? 7 : 14) << 3))
  store<u8>(LEVELS + pos + (row << 2), <u8>(level | (min(level, 3) << 6)))
  store<u32>(found, (pos << 4) | level)
  found += 4
  for (c--; c >= 0; c--) {
    pos = <i32>load<u16>(scan + (c << 1))
    row = pos >> w
    col = pos & mask
    const at = LEVELS + pos + (row << 2)
    const near = <i32>load<u8>(at, 1) + <i32>load<u8>(at + stride) + <i32>load<u8>(at + stride, 1)
    const sum = near + <i32>load<u8>(at, 2) + <i32>load<u8>(at + (stride << 1))
    const context = c == 0 ? 0
      : <i32>load<u8>(places + (min(row, 4) << 3) + min(col, 4)) + (sum > 512 ? 4 : (sum + 64) >> 7)
    level = symbol4(base + (context << 3), 4)
    if (level == 0) continue
    if (level == 3) {
      const magnitude = near & 63
      const more = magnitude > 12 ? 6 : (magnitude + 1) >> 1
      level = readRange(range + ((c == 0 ? more : more + ((row | col) < 2 ? 7 : 14)) << 3))
      store<u8>(at, <u8>(level | 0xc0))
    } else store<u8>(at, <u8>(level * 0x41))
    store<u32>(found, (pos << 4) | level)
    found += 4
  }
  return <i32>((found - FOUND) >> 2)
}

/** Levels of a transform along one direction: contexts look along it. Returns how many are not 0. */
function readLines(chroma: i32, size: i32, sizeContext: i32, w: i32, h: i32, end: i32, shape: i32): i32 {
  const stride = (1 << w) + 4
  clearVectors(LEVELS, stride * ((1 << h) + 4) + 8)
  const scan = COLUMN_SCANS + (size << 9)
  const base = B.cdf + BASE + (((sizeContext * 2 + chroma) * 42 + 26) << 3)
  const range = B.cdf + RANGE + (((min(sizeContext, 3) * 2 + chroma) * 21) << 3)
  // From a coefficient to those whose levels count, along the direction.
  const step = shape == 1 ? 1 : stride
  let found = FOUND
  const area = 1 << (w + h)
  for (let c = end - 1; c >= 0; c--) {
    const pos = shape == 1 ? <i32>load<u16>(scan + (c << 1)) : c
    const row = pos >> w
    const col = pos & ((1 << w) - 1)
    const place = shape == 1 ? col : row
    const at = LEVELS + pos + (row << 2)
    const near = <i32>load<u8>(at, 1) + <i32>load<u8>(at + stride) + <i32>load<u8>(at + 2 * step)
    let level: i32
    if (c == end - 1) {
      const context = c == 0 ? 0 : c <= area >> 3 ? 1 : c <= area >> 2 ? 2 : 3
      level = symbol4(B.cdf + BASE_EOB + (((sizeContext * 2 + chroma) * 4 + context) << 3), 3) + 1
    } else {
      const sum = near + <i32>load<u8>(at + 3 * step) + <i32>load<u8>(at + 4 * step)
      level = symbol4(base + ((min(place, 2) * 5 + (sum > 512 ? 4 : (sum + 64) >> 7)) << 3), 4)
    }
    if (level == 0) continue
    if (level > 2) {
      const magnitude = near & 63
      const more = magnitude > 12 ? 6 : (magnitude + 1) >> 1
      level = readRange(range + ((pos == 0 ? more : more + (place == 0 ? 7 : 14)) << 3))
    }
    store<u8>(at, <u8>(level | (min(level, 3) << 6)))
    store<u32>(found, (pos << 4) | level)
    found += 4
  }
  return <i32>((found - FOUND) >> 2)
}

/** golomb: what exceeds 14 of a level. */
function readGolomb(): i32 {
  let length = 0
  while (length < 32 && !symbolBit()) length++
  let value = 1
  while (length-- > 0) value = (value << 1) | symbolBit()
  return value
}

/** Reads signs and scales. Returns the context value: the sum of levels, and DC's sign in the two highest bits. */
function signAndScale(plane: i32, size: i32, w: i32, found: i32, above: usize, left: usize, w4: i32, h4: i32): i32 {
  const dc = stepOf(plane, 0)
  const ac = stepOf(plane, 1)
  const matrix = B.txType < IDTX ? matrixOf(plane, size) : 0
  const sum4 = w4 * h4
  // dqDenom.
  const shift = sum4 > 64 ? 2 : sum4 > 16 ? 1 : 0
  const limit = 1 << (7 + H.bitDepth)
  const mask = (1 << w) - 1
  let total: u32 = 0
  let category = 0
  lastRow = 0
  lastCol = 0
  for (let at = FOUND + ((found - 1) << 2); at >= FOUND; at -= 4) {
    const entry = load<u32>(at)
    const pos = <i32>(entry >> 4)
    let level = <i32>(entry & 15)
    let negative: i32
    if (pos == 0) {
      const signs = signsAlong(above, w4) + signsAlong(left, h4)
      const context = signs < 0 ? 1 : signs > 0 ? 2 : 0
      negative = symbol2(B.cdf + DC_SIGN + (((plane > 0 ? 3 : 0) + context) << 2))
      category = negative ? 0x40 : 0x80
    } else negative = symbolBit()
    if (level == 15) level = (readGolomb() + 14) & 0xfffff
    total += level
    let step = pos == 0 ? dc : ac
    if (matrix) step = (step * <i32>load<u8>(matrix + pos) + 16) >> 5
    const scaled = ((level * step) & 0xffffff) >> shift
    const value = negative ? -min(scaled, limit) : min(scaled, limit - 1)
    const row = pos >> w
    const col = pos & mask
    lastRow = max(lastRow, row)
    lastCol = max(lastCol, col)
    store<i32>(COEFS + (((col << 5) + row) << 2), value)
  }
  return <i32>min(total, 63) | category
}
