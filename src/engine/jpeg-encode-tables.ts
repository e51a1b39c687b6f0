// Tables of the JPEG encoder (ITU-T T.81): zigzag order (Figure A.6), the quantisation tables of
// Annex K.1 and their scaling by quality as libjpeg does it, so that q means what it means elsewhere.

/** Natural index of each zigzag position. */
export const ZIGZAG = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
])

/** Table K.1, luminance, natural order. */
const LUMINANCE = memory.data<u8>([
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
])

/** Table K.2, chrominance, natural order. */
const CHROMINANCE = memory.data<u8>([
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
])

/**
 * Per table: 64 × u8 in zigzag order for DQT, then 64 × f32 reciprocals in natural order for the
 * quantiser. The forward DCT's output is 8 times too large, so the divisors are 8 × the entries.
 */
const TABLE_BYTES = 64 + 256
const RECIPROCALS = 64

const tables = memory.data(2 * TABLE_BYTES, 16)

/** The 64 entries of quantisation table `index` (0 luminance, 1 chrominance) as DQT wants them. */
export function quantiserDqt(index: u32): usize {
  return tables + index * TABLE_BYTES
}

/** 64 × f32 reciprocals of the divisors in natural order. */
export function quantiserReciprocals(index: u32): usize {
  return tables + index * TABLE_BYTES + RECIPROCALS
}

/** Prepares both tables for a quality of 1–100, entries held to 1–255 as baseline demands. */
export function quantiserScale(quality: i32): void {
  const scale = quality < 50 ? 5000 / quality : 200 - quality * 2
  for (let index: u32 = 0; index < 2; index++) {
    const base = index == 0 ? LUMINANCE : CHROMINANCE
    for (let k = 0; k < 64; k++) {
      const natural = <i32>load<u8>(ZIGZAG + k)
      const entry = min(max((<i32>load<u8>(base + natural) * scale + 50) / 100, 1), 255)
      store<u8>(quantiserDqt(index) + k, entry)
      store<f32>(quantiserReciprocals(index) + (natural << 2), <f32>1 / <f32>(entry << 3))
    }
  }
}
