// What the AV1 decoder's modules share: one decoder per instance, its fields at fixed addresses so that every
// access is one load. Names follow the AV1 Bitstream & Decoding Process Specification (version 1.0.0, errata 1).

export const ERR_MEMORY = -1
export const ERR_CORRUPT = -2
export const ERR_TRUNCATED = -3
/** The frame is predicted from others, or shown from a reference. */
export const ERR_INTER = -4
export const ERR_SUPERRES = -5
export const ERR_INTRA_BLOCK_COPY = -7
/** Several spatial layers. */
export const ERR_LAYERS = -8
/** A size that is not that of the first frame, or over the caller's limit. */
export const ERR_SIZE = -9

export const MAX_SEGMENTS = 8

// Modes (section 6.10.6).
export const DC_PRED = 0
export const V_PRED = 1
export const D67_PRED = 8
export const SMOOTH_PRED = 9
export const SMOOTH_V_PRED = 10
export const SMOOTH_H_PRED = 11
export const UV_CFL_PRED = 13

// Block sizes (section 6.10.4).
export const BLOCK_4X4 = 0
export const BLOCK_8X8 = 3

// Transform types (section 6.10.19); the flipped ones occur in inter blocks alone.
export const DCT_DCT = 0
export const ADST_DCT = 1
export const DCT_ADST = 2
export const ADST_ADST = 3
export const IDTX = 9
export const V_DCT = 10
export const H_DCT = 11

// Restoration types (section 6.10.15).
export const RESTORE_NONE = 0
export const RESTORE_WIENER = 1
export const RESTORE_SELF_GUIDED = 2
export const RESTORE_SWITCHABLE = 3

/** The sequence's and the frame's header. */
@unmanaged
export class Header {
  profile: i32
  reduced: i32
  width: i32
  height: i32
  bitDepth: i32
  planes: i32
  subX: i32
  subY: i32
  /** 4 for superblocks of 64 samples, 5 for 128: their size in units of 4 samples is 1 << this. */
  sbShift: i32
  filterIntra: i32
  edgeFilter: i32
  superres: i32
  cdef: i32
  restoration: i32
  separateUvDelta: i32
  /** Of the sequence: film_grain_params_present; of the frame: apply_grain. */
  grain: i32
  primaries: i32
  transfer: i32
  matrix: i32
  fullRange: i32
  chromaPosition: i32
  layers: i32
  miCols: i32
  miRows: i32
  screenContent: i32
  /** disable_cdf_update. */
  frozen: i32
  tileCols: i32
  tileRows: i32
  tileColsLog2: i32
  tileRowsLog2: i32
  tileSizeBytes: i32
  baseQ: i32
  deltaYDc: i32
  deltaUDc: i32
  deltaUAc: i32
  deltaVDc: i32
  deltaVAc: i32
  matrices: i32
  matrixY: i32
  matrixU: i32
  matrixV: i32
  segmentation: i32
  segmentPreSkip: i32
  lastSegment: i32
  deltaQ: i32
  deltaQShift: i32
  deltaLf: i32
  deltaLfShift: i32
  deltaLfMulti: i32
  lossless: i32
  levelVertical: i32
  levelHorizontal: i32
  levelU: i32
  levelV: i32
  sharpness: i32
  lfDelta: i32
  /** loop_filter_ref_deltas[ INTRA_FRAME ]. */
  lfIntraDelta: i32
  cdefDamping: i32
  cdefBits: i32
  restoreY: i32
  restoreU: i32
  restoreV: i32
  unitY: i32
  unitUv: i32
  txSelect: i32
  reducedTxSet: i32
}

export const H = changetype<Header>(memory.data(512, 16))

/** Where tile columns and rows begin, in units of 4 samples; one more than there are. */
export const COL_STARTS: usize = memory.data(4 * 66, 16)
export const ROW_STARTS: usize = memory.data(4 * 66, 16)
/** FeatureData by segment and feature, i16; and a byte of FeatureEnabled bits by segment. */
export const FEATURES: usize = memory.data(128, 16)
export const FEATURES_ON: usize = memory.data(8, 8)
/** LosslessArray, a byte by segment. */
export const LOSSLESS: usize = memory.data(8, 8)
/** cdef_y_pri, cdef_y_sec, cdef_uv_pri, cdef_uv_sec: 8 bytes each. */
export const CDEF_STRENGTHS: usize = memory.data(32, 16)

/** seg_feature_active_idx. */
// @ts-ignore: decorator
@inline
export function featureOn(segment: i32, feature: i32): bool {
  return ((<i32>load<u8>(FEATURES_ON + segment) >> feature) & 1) != 0
}

/** FeatureData. */
// @ts-ignore: decorator
@inline
export function feature(segment: i32, which: i32): i32 {
  return <i32>load<i16>(FEATURES + ((segment << 3) + which) * 2)
}

/** The largest sample, in eight lanes. */
// @ts-ignore: decorator
@inline
export function largest(): v128 {
  const most: i32 = (1 << H.bitDepth) - 1
  return i16x8.splat(<i16>most)
}
