// The header of an intra frame (AV1 specification, section 5.9). What a still picture doesn't need is read over; what
// this decoder can't do ends with an error of its own.

import { bits, bitsOver, flag, signedBits } from './av1-bits'
import { readGrain } from './av1-grain'
import { readCdef, readLoopFilter, readRestoration } from './av1-header-filters'
import { readTiles } from './av1-header-tiles'
import {
  POINT_IDC, SELECT, decoderModel, equalInterval, forceIntegerMv, forceScreenContent, heightBits, idLength, maxHeight,
  maxWidth, orderHintBits, pointModels, points, presentationBits, removalBits, widthBits,
} from './av1-sequence'
import {
  ERR_INTER, ERR_INTRA_BLOCK_COPY, ERR_SUPERRES, ERR_TRUNCATED, FEATURES, FEATURES_ON, H, LOSSLESS, MAX_SEGMENTS,
  feature, featureOn,
} from './av1-state'

const KEY_FRAME = 0
const INTRA_ONLY_FRAME = 2

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
