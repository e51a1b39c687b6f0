// Loop restoration of a stripe (AV1 specification, section 7.17): up to 64 rows of luma and their chroma, with two rows
// above and two below as they were before CDEF; a third one repeats the second.

import { F, sampleAt } from './av1-frame'
import { unitAt, unitSize } from './av1-restore-units'
import { selfGuided } from './av1-self-guided'
import { H, RESTORE_SELF_GUIDED, RESTORE_WIENER } from './av1-state'
import { wiener } from './av1-wiener'

/**
 * Restores a plane's rows of a stripe.
 * @param first the stripe's first row in the plane; @param count its rows
 * @param from where row `first` is after CDEF, with three rows and 16 samples free around; rows as in the band
 * @param to where it goes
 */
export function restorePlane(plane: i32, first: i32, count: i32, from: usize, to: usize): void {
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  const stride = plane == 0 ? F.strideY : F.strideUv
  const wide = (H.width + subX) >> subX
  const high = (H.height + subY) >> subY
  // The stripe as the section has it, which begins above the frame's first row.
  const start = ((((first << subY) + 8) & ~63) - 8) >> subY
  const end = start + (64 >> subY)
  for (let i = -3; i < count + 3; i++) {
    const row = from + i * stride
    if (i < 0 || i >= count) {
      const y = max(0, min(high - 1, first + i))
      let source: usize
      if (y < start) source = sampleAt(plane, 0, max(start - 2, y))
      else if (y >= end) source = sampleAt(plane, 0, min(end + 1, y))
      else source = from + (y - first) * stride
      memory.copy(row, source, wide << 1)
    }
    const left = i16x8.splat(<i16>load<u16>(row))
    const right = i16x8.splat(<i16>load<u16>(row + ((wide - 1) << 1)))
    v128.store(row - 16, left)
    v128.store(row + (wide << 1), right)
  }
  const size = unitSize(plane)
  const unitRow = (first + (8 >> subY)) / size
  const step = min(64, size)
  for (let x = 0; x < wide; x += step) {
    const unit = unitAt(plane, unitRow, x / size)
    const w = min(step, wide - x)
    const type = <i32>load<u8>(unit)
    if (type == RESTORE_WIENER) wiener(from + (x << 1), to + (x << 1), stride, w, count, unit + 2)
    else if (type == RESTORE_SELF_GUIDED) {
      selfGuided(from + (x << 1), to + (x << 1), stride, w, count, <i32>load<u8>(unit, 1), unit + 2)
    } else for (let i = 0; i < count; i++) memory.copy(to + i * stride + (x << 1), from + i * stride + (x << 1), w << 1)
  }
}
