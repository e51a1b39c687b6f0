// AV1's sequence header (AV1 specification, section 5.5): what a still picture doesn't need is read over.

import { bits, bitsOver, flag, skipVariable } from './av1-bits'
import { ERR_CORRUPT, ERR_TRUNCATED, H } from './av1-state'

/** SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV. */
export const SELECT = 2

// What the frame header needs of the sequence's, beside what the decoder does.
export let widthBits: i32 = 0
export let heightBits: i32 = 0
export let maxWidth: i32 = 0
export let maxHeight: i32 = 0
export let idLength: i32 = 0
export let orderHintBits: i32 = 0
export let forceScreenContent: i32 = 0
export let forceIntegerMv: i32 = 0
export let decoderModel: i32 = 0
export let equalInterval: i32 = 0
export let presentationBits: i32 = 0
export let removalBits: i32 = 0
export let points: i32 = 0
/** decoder_model_present_for_this_op, a bit by operating point. */
export let pointModels: i32 = 0
export const POINT_IDC: usize = memory.data(4 * 32, 16)

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
