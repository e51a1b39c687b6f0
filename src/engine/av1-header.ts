// AV1's sequence header and the header of an intra frame (AV1 specification, sections 5.5 and 5.9). What a still
// picture doesn't need is read over; what this decoder can't do ends with an error of its own.

import { bits, bitsOver, choiceBits, flag, signedBits, skipVariable } from './av1-bits'
import { readGrain } from './av1-grain'
import {
  CDEF_STRENGTHS, COL_STARTS, ERR_CORRUPT, ERR_INTER, ERR_INTRA_BLOCK_COPY, ERR_SUPERRES,
  ERR_TRUNCATED, FEATURES, FEATURES_ON, H, LOSSLESS, MAX_SEGMENTS, RESTORE_NONE, RESTORE_SELF_GUIDED,
  RESTORE_SWITCHABLE, RESTORE_WIENER, ROW_STARTS, feature, featureOn,
} from './av1-state'

const SELECT = 2
const KEY_FRAME = 0
const INTRA_ONLY_FRAME = 2
const MAX_TILE_WIDTH = 4096
const MAX_TILE_AREA = 4096 * 2304

// What the frame header needs of the sequence's, beside what the decoder does.
let widthBits: i32 = 0
let heightBits: i32 = 0
let maxWidth: i32 = 0
let maxHeight: i32 = 0
let idLength: i32 = 0
let orderHintBits: i32 = 0
let forceScreenContent: i32 = 0
let forceIntegerMv: i32 = 0
let decoderModel: i32 = 0
let equalInterval: i32 = 0
let presentationBits: i32 = 0
let removalBits: i32 = 0
let points: i32 = 0
/** decoder_model_present_for_this_op, a bit by operating point. */
let pointModels: i32 = 0
const POINT_IDC: usize = memory.data(4 * 32, 16)

/** operating_point_idc of the operating point that is decoded, the first. */
export function operatingPoint(): i32 {
  return load<i32>(POINT_IDC)
}

/** sequence_header_obu. Returns 0 or an error. */
export function readSequence(): i32 {
  H.profile = bits(3)
  flag()
  H.reduced = flag()
  decoderModel = 0
  equalInterval = 0
  pointModels = 0
  points = 1
  store<i32>(POINT_IDC, 0)
  if (H.reduced) bits(5)
  else readOperatingPoints()
  widthBits = bits(4) + 1
  heightBits = bits(4) + 1
  maxWidth = bits(widthBits) + 1
  maxHeight = bits(heightBits) + 1
  idLength = 0
  if (!H.reduced && flag()) {
    const delta = bits(4)
    idLength = bits(3) + delta + 3
  }
  H.sbShift = 4 + flag()
  H.filterIntra = flag()
  H.edgeFilter = flag()
  orderHintBits = 0
  forceScreenContent = SELECT
  forceIntegerMv = SELECT
  if (!H.reduced) readInterTools()
  H.superres = flag()
  H.cdef = flag()
  H.restoration = flag()
  const status = readColour()
  H.grain = flag()
  return bitsOver() ? ERR_TRUNCATED : status
}

function readOperatingPoints(): void {
  let delayBits = 0
  if (flag()) {
    bits(32)
    bits(32)
    equalInterval = flag()
    if (equalInterval) skipVariable()
    decoderModel = flag()
    if (decoderModel) {
      delayBits = bits(5) + 1
      bits(32)
      removalBits = bits(5) + 1
      presentationBits = bits(5) + 1
    }
  }
  const displayDelay = flag()
  points = bits(5) + 1
  for (let i = 0; i < points; i++) {
    store<i32>(POINT_IDC + (i << 2), bits(12))
    if (bits(5) > 7) flag()
    if (decoderModel && flag()) {
      pointModels |= 1 << i
      bits(delayBits)
      bits(delayBits)
      flag()
    }
    if (displayDelay && flag()) bits(4)
  }
}

function readInterTools(): void {
  bits(4)
  const orderHint = flag()
  if (orderHint) bits(2)
  if (!flag()) forceScreenContent = flag()
  if (forceScreenContent > 0 && !flag()) forceIntegerMv = flag()
  if (orderHint) orderHintBits = bits(3) + 1
}

/** color_config. */
function readColour(): i32 {
  const high = flag()
  H.bitDepth = H.profile == 2 && high ? 10 + 2 * flag() : high ? 10 : 8
  if (H.profile > 2) return ERR_CORRUPT
  const mono = H.profile == 1 ? 0 : flag()
  H.planes = mono ? 1 : 3
  H.primaries = 2
  H.transfer = 2
  H.matrix = 2
  if (flag()) {
    H.primaries = bits(8)
    H.transfer = bits(8)
    H.matrix = bits(8)
  }
  H.subX = 1
  H.subY = 1
  H.chromaPosition = 0
  H.separateUvDelta = 0
  if (mono) {
    H.fullRange = flag()
    return 0
  }
  if (H.primaries == 1 && H.transfer == 13 && H.matrix == 0) {
    H.fullRange = 1
    H.subX = 0
    H.subY = 0
  } else {
    H.fullRange = flag()
    if (H.profile == 1) {
      H.subX = 0
      H.subY = 0
    } else if (H.profile == 2) {
      if (H.bitDepth == 12) {
        H.subX = flag()
        H.subY = H.subX ? flag() : 0
      } else H.subY = 0
    }
    if (H.subX && H.subY) H.chromaPosition = bits(2)
  }
  H.separateUvDelta = flag()
  return 0
}

/**
 * uncompressed_header.
 * @param temporal the OBU's temporal_id
 * @param spatial its spatial_id
 * @returns 0 or an error
 */
export function readFrame(temporal: i32, spatial: i32): i32 {
  let type = KEY_FRAME
  let shown = 1
  let resilient = 1
  if (!H.reduced) {
    if (flag()) return ERR_INTER
    type = bits(2)
    shown = flag()
    if (shown && decoderModel && !equalInterval) bits(presentationBits)
    if (!shown) flag()
    if (!(type == KEY_FRAME && shown)) resilient = flag()
  }
  if (type != KEY_FRAME && type != INTRA_ONLY_FRAME) return ERR_INTER
  if (!shown) return ERR_INTER
  H.frozen = flag()
  H.screenContent = forceScreenContent == SELECT ? flag() : forceScreenContent
  if (H.screenContent && forceIntegerMv == SELECT) flag()
  if (idLength) bits(idLength)
  const own = H.reduced ? 0 : flag()
  bits(orderHintBits)
  if (decoderModel && flag()) {
    for (let i = 0; i < points; i++) {
      const idc = load<i32>(POINT_IDC + (i << 2))
      const inside = idc == 0 || (((idc >> temporal) & 1) != 0 && ((idc >> (spatial + 8)) & 1) != 0)
      if ((pointModels >> i) & 1 && inside) bits(removalBits)
    }
  }
  const refresh = type == KEY_FRAME ? 0xff : bits(8)
  if (refresh != 0xff && resilient && orderHintBits) bits(8 * orderHintBits)
  const size = readSize(own)
  if (size < 0) return size
  if (H.screenContent && flag()) return ERR_INTRA_BLOCK_COPY
  if (!H.reduced && !H.frozen) flag()
  const tiles = readTiles()
  if (tiles < 0) return tiles
  readQuantizers()
  readSegments()
  readDeltas()
  setLossless()
  readLoopFilter()
  readCdef()
  readRestoration()
  H.txSelect = H.lossless ? 0 : flag()
  H.reducedTxSet = flag()
  if (bitsOver()) return ERR_TRUNCATED
  H.grain = H.grain ? flag() : 0
  const grain = H.grain ? readGrain() : 0
  return bitsOver() ? ERR_TRUNCATED : grain
}

/** frame_size, superres_params and render_size. */
function readSize(own: i32): i32 {
  H.width = own ? bits(widthBits) + 1 : maxWidth
  H.height = own ? bits(heightBits) + 1 : maxHeight
  if (H.superres && flag()) return ERR_SUPERRES
  H.miCols = 2 * ((H.width + 7) >> 3)
  H.miRows = 2 * ((H.height + 7) >> 3)
  if (flag()) {
    bits(16)
    bits(16)
  }
  return 0
}

function log2Of(block: i32, target: i32): i32 {
  let k = 0
  while (block << k < target) k++
  return k
}

/** tile_info. */
function readTiles(): i32 {
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

function readDeltaQ(): i32 {
  return flag() ? signedBits(7) : 0
}

/** quantization_params. */
function readQuantizers(): void {
  H.baseQ = bits(8)
  H.deltaYDc = readDeltaQ()
  H.deltaUDc = 0
  H.deltaUAc = 0
  H.deltaVDc = 0
  H.deltaVAc = 0
  if (H.planes > 1) {
    const differ = H.separateUvDelta ? flag() : 0
    H.deltaUDc = readDeltaQ()
    H.deltaUAc = readDeltaQ()
    H.deltaVDc = differ ? readDeltaQ() : H.deltaUDc
    H.deltaVAc = differ ? readDeltaQ() : H.deltaUAc
  }
  H.matrices = flag()
  if (H.matrices) {
    H.matrixY = bits(4)
    H.matrixU = bits(4)
    H.matrixV = H.separateUvDelta ? bits(4) : H.matrixU
  }
}

/** Segmentation_Feature_Bits, and Segmentation_Feature_Max. */
const FEATURE_BITS: usize = memory.data<u8>([8, 6, 6, 6, 6, 3, 0, 0])
const FEATURE_MAX: usize = memory.data<u8>([255, 63, 63, 63, 63, 7, 0, 0])

/** segmentation_params: a frame without a reference updates all. */
function readSegments(): void {
  memory.fill(FEATURES, 0, 128)
  store<u64>(FEATURES_ON, 0)
  H.segmentPreSkip = 0
  H.lastSegment = 0
  H.segmentation = flag()
  if (!H.segmentation) return
  for (let i = 0; i < MAX_SEGMENTS; i++) {
    for (let j = 0; j < 8; j++) {
      if (!flag()) continue
      const width = <i32>load<u8>(FEATURE_BITS + j)
      const most = <i32>load<u8>(FEATURE_MAX + j)
      const value = j < 5 ? max(-most, min(most, signedBits(width + 1))) : min(most, bits(width))
      store<i16>(FEATURES + ((i << 3) + j) * 2, <i16>value)
      store<u8>(FEATURES_ON + i, <u8>(<i32>load<u8>(FEATURES_ON + i) | (1 << j)))
      H.lastSegment = i
      if (j >= 5) H.segmentPreSkip = 1
    }
  }
}

/** delta_q_params and delta_lf_params. */
function readDeltas(): void {
  H.deltaQ = H.baseQ > 0 ? flag() : 0
  H.deltaQShift = H.deltaQ ? bits(2) : 0
  H.deltaLf = H.deltaQ ? flag() : 0
  H.deltaLfShift = H.deltaLf ? bits(2) : 0
  H.deltaLfMulti = H.deltaLf ? flag() : 0
}

/** get_qindex( 1, segment ). */
export function segmentIndex(segment: i32): i32 {
  return H.segmentation && featureOn(segment, 0) ? max(0, min(255, H.baseQ + feature(segment, 0))) : H.baseQ
}

/** LosslessArray and CodedLossless. */
function setLossless(): void {
  const deltas = H.deltaYDc | H.deltaUAc | H.deltaUDc | H.deltaVAc | H.deltaVDc
  H.lossless = 1
  for (let i = 0; i < MAX_SEGMENTS; i++) {
    const lossless = segmentIndex(i) == 0 && deltas == 0
    store<u8>(LOSSLESS + i, lossless ? 1 : 0)
    if (!lossless) H.lossless = 0
  }
}

/** loop_filter_params. */
function readLoopFilter(): void {
  H.levelVertical = 0
  H.levelHorizontal = 0
  H.levelU = 0
  H.levelV = 0
  H.lfIntraDelta = 1
  H.lfDelta = 1
  H.sharpness = 0
  if (H.lossless) return
  H.levelVertical = bits(6)
  H.levelHorizontal = bits(6)
  if (H.planes > 1 && (H.levelVertical || H.levelHorizontal)) {
    H.levelU = bits(6)
    H.levelV = bits(6)
  }
  H.sharpness = bits(3)
  H.lfDelta = flag()
  if (!H.lfDelta || !flag()) return
  for (let i = 0; i < 10; i++) {
    if (!flag()) continue
    const value = signedBits(7)
    if (i == 0) H.lfIntraDelta = value
  }
}

/** cdef_params. */
function readCdef(): void {
  H.cdefBits = 0
  H.cdefDamping = 3
  memory.fill(CDEF_STRENGTHS, 0, 32)
  if (H.lossless) H.cdef = 0
  if (!H.cdef) return
  H.cdefDamping = bits(2) + 3
  H.cdefBits = bits(2)
  for (let i = 0; i < 1 << H.cdefBits; i++) {
    for (let plane = 0; plane < (H.planes > 1 ? 2 : 1); plane++) {
      const primary = bits(4)
      const secondary = bits(2)
      store<u8>(CDEF_STRENGTHS + 16 * plane + i, <u8>primary)
      store<u8>(CDEF_STRENGTHS + 16 * plane + 8 + i, <u8>(secondary == 3 ? 4 : secondary))
    }
  }
}

function restorationType(): i32 {
  const type = bits(2)
  return type == 0 ? RESTORE_NONE : type == 1 ? RESTORE_SWITCHABLE : type == 2 ? RESTORE_WIENER : RESTORE_SELF_GUIDED
}

/** lr_params. */
function readRestoration(): void {
  H.restoreY = RESTORE_NONE
  H.restoreU = RESTORE_NONE
  H.restoreV = RESTORE_NONE
  H.unitY = 64
  H.unitUv = 64
  if (H.lossless || !H.restoration) return
  H.restoreY = restorationType()
  if (H.planes > 1) {
    H.restoreU = restorationType()
    H.restoreV = restorationType()
  }
  const chroma = H.restoreU | H.restoreV
  if ((H.restoreY | chroma) == 0) return
  let shift = flag()
  if (H.sbShift == 5) shift++
  else if (shift) shift += flag()
  H.unitY = 64 << shift
  H.unitUv = H.unitY >> (H.subX && H.subY && chroma ? flag() : 0)
}
