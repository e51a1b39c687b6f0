// Quantisation of HEVC's coefficients and what a decoder makes of the levels (ITU-T H.265, 8.6.2 and
// 8.6.3), all with flat scaling.

import { CHROMA_QP } from './hevc-encode-tables'
import { COEFFICIENTS } from './hevc-encode-transform'

/** Levels of the block that was quantised last, as rows. */
export const LEVELS = memory.data(2048, 16)

/** Rows and columns of it from the first up to the last that have levels. */
export let levelRows: u32 = 0
export let levelColumns: u32 = 0

const SCALES = memory.data<u16>([26214, 23302, 20560, 18396, 16384, 14564])
const STEPS = memory.data<u8>([40, 45, 51, 57, 64, 72])

/** What is added before rounding down, in 1/512 of a step. */
const ROUNDING: u32 = 171

let lumaQp: u32 = 0
let chromaQp: u32 = 0

/** Prepares for a luma QP of 0 to 51. */
export function quantiserStart(qp: i32): void {
  lumaQp = qp
  chromaQp = qp < 30 ? qp : qp > 43 ? qp - 6 : <i32>load<u8>(CHROMA_QP + qp - 30)
}

/** COEFFICIENTS to LEVELS. Returns whether there are any. */
export function quantise(log2: u32, chroma: u32): bool {
  const qp = chroma ? chromaQp : lumaQp
  const shift = 21 + qp / 6 - log2
  const scale = i16x8.splat(<i16>load<u16>(SCALES + ((qp % 6) << 1)))
  const round = i32x4.splat(<i32>((ROUNDING << shift) >> 9))
  const bytes: u32 = 2 << (log2 << 1)
  const rowBytes: u32 = 2 << log2
  let columns: u32 = 0
  let last: u32 = 0
  for (let at: u32 = 0; at < bytes; at += 16) {
    const value = v128.load(COEFFICIENTS + at)
    const sign = i16x8.shr_s(value, 15)
    const magnitude = i16x8.abs(value)
    const low = i32x4.shr_u(i32x4.add(i32x4.extmul_low_i16x8_u(magnitude, scale), round), shift)
    const high = i32x4.shr_u(i32x4.add(i32x4.extmul_high_i16x8_u(magnitude, scale), round), shift)
    const level = i16x8.narrow_i32x4_s(low, high)
    v128.store(LEVELS + at, i16x8.sub(v128.xor(level, sign), sign))
    const mask = i16x8.bitmask(i16x8.ne(level, i16x8.splat(0)))
    if (mask) {
      last = at
      if (log2 == 2) {
        columns |= (mask | (mask >> 4)) & 15
        if (mask > 15) last += 8
      } else {
        columns |= mask << ((at & (rowBytes - 1)) >> 1)
      }
    }
  }
  if (columns == 0) return false
  levelRows = (last >> (log2 + 1)) + 1
  levelColumns = 32 - clz(columns)
  return true
}

/** LEVELS to COEFFICIENTS as a decoder has them: as many rows as have levels, up to a multiple of 4. */
export function dequantise(log2: u32, chroma: u32): void {
  const qp = chroma ? chromaQp : lumaQp
  const step = i16x8.splat(<i16>(<u32>load<u8>(STEPS + (qp % 6)) << (qp / 6)))
  const shift = log2 - 1
  const round = i32x4.splat(1 << (shift - 1))
  const bytes = ((levelRows + 3) & ~3) * (2 << log2)
  for (let at: u32 = 0; at < bytes; at += 16) {
    const level = v128.load(LEVELS + at)
    const low = i32x4.shr_s(i32x4.add(i32x4.extmul_low_i16x8_s(level, step), round), shift)
    const high = i32x4.shr_s(i32x4.add(i32x4.extmul_high_i16x8_s(level, step), round), shift)
    v128.store(COEFFICIENTS + at, i16x8.narrow_i32x4_s(low, high))
  }
}
