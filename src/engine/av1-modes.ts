// How an intra block is coded (AV1 specification, section 5.11.7 and what it calls; contexts of section 8.3.2).

import { B, Block } from './av1-block-state'
import {
  ANGLE, CFL_ALPHA, CFL_SIGN, DELTA_LF, DELTA_Q, FILTER, FILTER_MODE, SEGMENT, SKIP, TX_16, TX_32, TX_64, TX_8,
  UV_MODE, UV_MODE_CFL, Y_MODE,
} from './av1-cdf-tables'
import { F, LEFT_MODE, LEFT_SKIP, LEFT_TX } from './av1-frame'
import { readPalette } from './av1-palette'
import {
  BLOCK_4X4, BLOCK_8X8, D67_PRED, DC_PRED, H, LOSSLESS, UV_CFL_PRED, V_PRED, featureOn,
} from './av1-state'
import { symbol16, symbol2, symbol4, symbol8, symbolBit, symbolBits } from './av1-symbol'
import {
  BLOCK_HEIGHT_LOG2, BLOCK_WIDTH_LOG2, LARGEST_TX, MODE_CONTEXTS, SPLIT_TX, SUBSAMPLED, TX_DEPTH, TX_HEIGHT_LOG2,
  TX_WIDTH_LOG2,
} from './av1-tables'

const DELTA_SMALL = 3

/** intra_frame_mode_info. */
export function readModes(): void {
  B.skip = 0
  if (H.segmentPreSkip) readSegment()
  B.skip = H.segmentPreSkip && featureOn(B.segment, 6) ? 1 : readSkip()
  if (!H.segmentPreSkip) readSegment()
  readCdef()
  readDeltaQ()
  readDeltaLf()
  B.readDeltas = 0
  const left = B.row & 31
  const modes = Y_MODE
    + <u32>(<i32>load<u8>(MODE_CONTEXTS + (B.above ? <i32>load<u8>(F.aboveMode + B.col) : DC_PRED)) * 5
    + <i32>load<u8>(MODE_CONTEXTS + (B.left ? <i32>load<u8>(LEFT_MODE + left) : DC_PRED))) * 32
  B.mode = symbol16(B.cdf + modes, 13)
  B.angle = readAngle(B.mode)
  if (B.hasChroma) {
    const small = B.lossless
      ? load<u8>(SUBSAMPLED + (B.size << 2) + (H.subX << 1) + H.subY) == BLOCK_4X4
      : max(load<u8>(BLOCK_WIDTH_LOG2 + B.size), load<u8>(BLOCK_HEIGHT_LOG2 + B.size)) <= 3
    B.uvMode = small ? symbol16(B.cdf + UV_MODE_CFL + (B.mode << 5), 14) : symbol16(B.cdf + UV_MODE + (B.mode << 5), 13)
    if (B.uvMode == UV_CFL_PRED) readCfl()
    B.uvAngle = readAngle(B.uvMode)
  }
  B.paletteY = 0
  B.paletteUv = 0
  if (H.screenContent && B.size >= BLOCK_8X8 && B.wide <= 16 && B.high <= 16) readPalette()
  B.filter = 0
  if (H.filterIntra && B.mode == DC_PRED && B.paletteY == 0 && B.wide <= 8 && B.high <= 8) {
    B.filter = symbol2(B.cdf + FILTER + (B.size << 2))
    if (B.filter) B.filterMode = symbol8(B.cdf + FILTER_MODE, 5)
  }
}

function readSkip(): i32 {
  let context = 0
  if (B.above) context += <i32>load<u8>(F.aboveSkip + B.col)
  if (B.left) context += <i32>load<u8>(LEFT_SKIP + (B.row & 31))
  return symbol2(B.cdf + SKIP + (context << 2))
}

/** intra_segment_id. */
function readSegment(): void {
  B.segment = 0
  if (H.segmentation) {
    const at = F.segments + B.row * F.unitStride + B.col
    const corner = B.above && B.left ? <i32>load<u8>(at - F.unitStride - 1) : -1
    const above = B.above ? <i32>load<u8>(at - F.unitStride) : -1
    const left = B.left ? <i32>load<u8>(at - 1) : -1
    const expected = above == -1 ? (left == -1 ? 0 : left) : left == -1 ? above : corner == above ? above : left
    if (B.skip) B.segment = expected
    else {
      const context = corner < 0 ? 0 : corner == above && corner == left ? 2
        : corner == above || corner == left || above == left ? 1 : 0
      const coded = symbol8(B.cdf + SEGMENT + (context << 4), 8)
      B.segment = max(0, min(H.lastSegment, deinterleaved(coded, expected, H.lastSegment + 1)))
    }
  }
  B.lossless = <i32>load<u8>(LOSSLESS + B.segment)
}

/** neg_deinterleave. */
function deinterleaved(coded: i32, expected: i32, count: i32): i32 {
  if (!expected) return coded
  if (expected >= count - 1) return count - coded - 1
  const near = 2 * expected < count ? 2 * expected : 2 * (count - expected - 1)
  if (coded <= near) return coded & 1 ? expected + ((coded + 1) >> 1) : expected - (coded >> 1)
  return 2 * expected < count ? coded : count - (coded + 1)
}

/** read_cdef. */
function readCdef(): void {
  if (B.skip || !H.cdef) return
  const row = B.row >> 4
  const col = B.col >> 4
  const at = F.cdef + row * F.cdefStride + col
  if (load<u8>(at) != 255) return
  const index = symbolBits(H.cdefBits)
  for (let i = 0; i < max(1, B.high >> 4); i++) {
    memory.fill(at + i * F.cdefStride, <u8>index, max(1, B.wide >> 4))
  }
}

function readDelta(cdf: usize): i32 {
  let value = symbol4(cdf, 4)
  if (value == DELTA_SMALL) {
    const width = symbolBits(3) + 1
    value = symbolBits(width) + (1 << width) + 1
  }
  return value && symbolBit() ? -value : value
}

function skippedWhole(): bool {
  return B.skip != 0 && B.wide == 1 << H.sbShift && B.high == 1 << H.sbShift
}

/** read_delta_qindex. */
function readDeltaQ(): void {
  if (!B.readDeltas || skippedWhole()) return
  const delta = readDelta(B.cdf + DELTA_Q)
  if (delta) B.currentQ = max(1, min(255, B.currentQ + (delta << H.deltaQShift)))
}

/** read_delta_lf. */
function readDeltaLf(): void {
  if (!B.readDeltas || !H.deltaLf || skippedWhole()) return
  const count = H.deltaLfMulti ? (H.planes > 1 ? 4 : 2) : 1
  for (let i = 0; i < count; i++) {
    const delta = readDelta(B.cdf + DELTA_LF + (<u32>(H.deltaLfMulti ? i + 1 : 0) << 3))
    if (!delta) continue
    const at = changetype<usize>(B) + offsetof<Block>('deltaLf0') + (i << 2)
    store<i32>(at, max(-63, min(63, load<i32>(at) + (delta << H.deltaLfShift))))
  }
}

function readAngle(mode: i32): i32 {
  if (B.size < BLOCK_8X8 || mode < V_PRED || mode > D67_PRED) return 0
  return symbol8(B.cdf + ANGLE + ((mode - V_PRED) << 4), 7) - 3
}

/** read_cfl_alphas. */
function readCfl(): void {
  const signs = symbol8(B.cdf + CFL_SIGN, 8)
  const u = (signs + 1) / 3
  const v = (signs + 1) % 3
  B.cflU = 0
  B.cflV = 0
  if (u) {
    const alpha = 1 + symbol16(B.cdf + CFL_ALPHA + (((u - 1) * 3 + v) << 5), 16)
    B.cflU = u == 1 ? -alpha : alpha
  }
  if (v) {
    const alpha = 1 + symbol16(B.cdf + CFL_ALPHA + (((v - 1) * 3 + u) << 5), 16)
    B.cflV = v == 1 ? -alpha : alpha
  }
}

/** read_block_tx_size of an intra block, and the size of its chroma's transforms (get_tx_size). */
export function readTxSize(): void {
  if (B.lossless) {
    B.tx = 0
    B.uvTx = 0
    return
  }
  const largest = <i32>load<u8>(LARGEST_TX + B.size)
  B.tx = largest
  if (B.size > BLOCK_4X4 && H.txSelect) {
    const above = B.above && load<u8>(F.aboveTx + B.col) >= load<u8>(TX_WIDTH_LOG2 + largest) ? 1 : 0
    const left = B.left && load<u8>(LEFT_TX + (B.row & 31)) >= load<u8>(TX_HEIGHT_LOG2 + largest) ? 1 : 0
    const context = above + left
    const deepest = load<u8>(TX_DEPTH + B.size)
    let depth: i32
    if (deepest > 1) {
      const cdf = deepest == 4 ? TX_64 : deepest == 3 ? TX_32 : TX_16
      depth = symbol4(B.cdf + cdf + (context << 3), 3)
    } else depth = symbol2(B.cdf + TX_8 + (context << 2))
    while (depth-- > 0) B.tx = <i32>load<u8>(SPLIT_TX + B.tx)
  }
  if (!B.hasChroma) return
  const tx = <i32>load<u8>(LARGEST_TX + <i32>load<u8>(SUBSAMPLED + (B.size << 2) + (H.subX << 1) + H.subY))
  const wide = load<u8>(TX_WIDTH_LOG2 + tx)
  const high = load<u8>(TX_HEIGHT_LOG2 + tx)
  B.uvTx = wide < 6 && high < 6 ? tx : wide == 4 ? 9 : high == 4 ? 10 : 3
}
