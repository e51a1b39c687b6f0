// How strongly a block's edges are deblocked (AV1 specification, sections 7.14.4 and 7.14.5): a level for the vertical
// and the horizontal edges of luma, for Cb and for Cr, 0 to 63.

import { B } from './av1-block-state'
import { H, feature, featureOn } from './av1-state'

/** The four levels of the block at hand, a byte each. */
export function blockLevels(): u32 {
  const vertical = levelOf(0, H.levelVertical, B.deltaLf0)
  const horizontal = levelOf(1, H.levelHorizontal, H.deltaLfMulti ? B.deltaLf1 : B.deltaLf0)
  const u = levelOf(2, H.levelU, H.deltaLfMulti ? B.deltaLf2 : B.deltaLf0)
  const v = levelOf(3, H.levelV, H.deltaLfMulti ? B.deltaLf3 : B.deltaLf0)
  return vertical | (horizontal << 8) | (u << 16) | (v << 24)
}

function levelOf(which: i32, frame: i32, delta: i32): u32 {
  let level = max(0, min(63, frame + delta))
  if (H.segmentation && featureOn(B.segment, which + 1)) {
    level = max(0, min(63, level + feature(B.segment, which + 1)))
  }
  if (H.lfDelta) level = max(0, min(63, level + (H.lfIntraDelta << (level >> 5))))
  return <u32>level
}
