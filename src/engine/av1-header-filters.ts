// The filters' parameters in a frame's header (AV1 specification, sections 5.9.11, 5.9.19 and 5.9.20).

import { bits, flag, signedBits } from './av1-bits'
import {
  CDEF_STRENGTHS, H, RESTORE_NONE, RESTORE_SELF_GUIDED, RESTORE_SWITCHABLE, RESTORE_WIENER,
} from './av1-state'

/** loop_filter_params. */
export function readLoopFilter(): void {
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
export function readCdef(): void {
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
export function readRestoration(): void {
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
