// Tables of HEVC's intra coding (ITU-T H.265): initial contexts (9.3.2.2), the arithmetic coder's
// ranges (9.3.4.3), scans (6.5.3 to 6.5.5), angles (8.4.4.2.6) and the contexts of significance (9.3.4.2.5).

/** Where each syntax element's contexts begin. */
export const SPLIT: u32 = 0
export const PART: u32 = 3
export const PREVIOUS: u32 = 4
export const CHROMA_MODE: u32 = 5
export const CBF_LUMA: u32 = 6
export const CBF_CHROMA: u32 = 8
export const LAST_X: u32 = 12
export const LAST_Y: u32 = 30
export const GROUP: u32 = 48
export const SIGNIFICANT: u32 = 52
export const GREATER1: u32 = 94
export const GREATER2: u32 = 118
export const CONTEXTS: u32 = 124

/** initValue of each context in I slices. */
export const INITIAL = memory.data<u8>([
  139, 141, 157, 184, 184, 63, 111, 141, 94, 138, 182, 154,
  110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63,
  110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63,
  91, 171, 134, 141,
  111, 111, 125, 110, 110, 94, 124, 108, 124, 107, 125, 141, 179, 153, 125, 107, 125, 141, 179, 153, 125,
  107, 125, 141, 179, 153, 125, 140, 139, 182, 182, 152, 136, 152, 136, 153, 136, 139, 111, 136, 139, 111,
  140, 92, 137, 138, 140, 152, 138, 139, 153, 74, 149, 92, 139, 107, 122, 152, 140, 179, 166, 182, 140, 227, 122, 197,
  138, 153, 136, 167, 152, 152,
])

/** rangeTabLps: by state, then by quarter of the range. */
export const LPS_RANGES = memory.data<u8>([
  128, 176, 208, 240, 128, 167, 197, 227, 128, 158, 187, 216, 123, 150, 178, 205, 116, 142, 169, 195, 111, 135,
  160, 185, 105, 128, 152, 175, 100, 122, 144, 166, 95, 116, 137, 158, 90, 110, 130, 150, 85, 104, 123, 142, 81,
  99, 117, 135, 77, 94, 111, 128, 73, 89, 105, 122, 69, 85, 100, 116, 66, 80, 95, 110, 62, 76, 90, 104, 59, 72,
  86, 99, 56, 69, 81, 94, 53, 65, 77, 89, 51, 62, 73, 85, 48, 59, 69, 80, 46, 56, 66, 76, 43, 53, 63, 72, 41,
  50, 59, 69, 39, 48, 56, 65, 37, 45, 54, 62, 35, 43, 51, 59, 33, 41, 48, 56, 32, 39, 46, 53, 30, 37, 43, 50,
  29, 35, 41, 48, 27, 33, 39, 45, 26, 31, 37, 43, 24, 30, 35, 41, 23, 28, 33, 39, 22, 27, 32, 37, 21, 26, 30,
  35, 20, 24, 29, 33, 19, 23, 27, 31, 18, 22, 26, 30, 17, 21, 25, 28, 16, 20, 23, 27, 15, 19, 22, 25, 14, 18,
  21, 24, 14, 17, 20, 23, 13, 16, 19, 22, 12, 15, 18, 21, 12, 14, 17, 20, 11, 14, 16, 19, 11, 13, 15, 18, 10,
  12, 15, 17, 10, 12, 14, 16, 9, 11, 13, 15, 9, 11, 12, 14, 8, 10, 12, 14, 8, 9, 11, 13, 7, 9, 11, 12, 7, 9,
  10, 12, 7, 8, 10, 11, 6, 8, 9, 11, 6, 7, 9, 10, 6, 7, 8, 9, 2, 2, 2, 2,
])

/** transIdxLps. */
export const NEXT_LPS = memory.data<u8>([
  0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22, 22, 23, 24,
  24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 63,
])

/** 16-bit weights of the 32-point transform by angle: √2 · 64 · cos(πa/64), tuned by the specification. */
export const COSINES = memory.data<u8>([
  64, 90, 90, 90, 89, 88, 87, 85, 83, 82, 80, 78, 75, 73, 70, 67, 64, 61, 57, 54, 50, 46, 43, 38, 36, 31, 25, 22, 18,
  13, 9, 4,
])

/** intraPredAngle of the modes 18 to 34; 2 to 17 are their mirror images. */
export const ANGLES = memory.data<i8>([-32, -26, -21, -17, -13, -9, -5, -2, 0, 2, 5, 9, 13, 17, 21, 26, 32])

/** invAngle of the modes 18 to 25, negated. */
export const INVERSE_ANGLES = memory.data<u16>([256, 315, 390, 482, 630, 910, 1638, 4096])

/** A chroma quantiser's QP for a luma QP of 30 to 43 (table 8-10). */
export const CHROMA_QP = memory.data<u8>([29, 30, 31, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37])

/** Raster positions in a 4 × 4 group by scan: diagonal, horizontal, vertical. */
export const POSITIONS = memory.data<u8>([
  0, 4, 1, 8, 5, 2, 12, 9, 6, 3, 13, 10, 7, 14, 11, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 4, 8,
  12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
])

/** sig_coeff_flag's context in 4 × 4 blocks by raster position. */
const SMALL_BLOCK = memory.data<u8>([0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8, 8])

/** Groups of blocks of 1, 2, 4, 8 groups a side in the order of their scan: x, and y times 8. */
export const GROUPS = memory.data(3 * 85)
/** Where the blocks of a size begin in it, in groups. */
export function groupsOf(log2: u32, scan: u32): usize {
  const first: u32 = log2 == 2 ? 0 : log2 == 3 ? 1 : log2 == 4 ? 5 : 21
  return GROUPS + scan * 85 + first
}

/**
 * sig_coeff_flag's context by position in scan order: 16 bytes for each pattern of coded neighbours
 * (1: right, 2: below), 64 for each scan, then those of 4 × 4 blocks.
 */
const PATTERNS = memory.data(3 * 64 + 3 * 16)

// @ts-ignore: decorator
@inline
export function patternOf(scan: u32, pattern: u32): usize {
  return PATTERNS + (scan << 6) + (pattern << 4)
}

// @ts-ignore: decorator
@inline
export function smallPattern(scan: u32): usize {
  return PATTERNS + 3 * 64 + (scan << 4)
}

/** Z-order of the 8 × 8 units of 4 samples in a block of 32: place of unit x + 8 y. */
export const ZORDER = memory.data(64)

/** Fills what is computed. */
export function tablesStart(): void {
  for (let scan: u32 = 0; scan < 3; scan++) {
    for (let log2: u32 = 2; log2 < 6; log2++) {
      const side = 1 << (log2 - 2)
      let at = groupsOf(log2, scan)
      if (scan == 1) {
        for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) store<u8>(at++, x | (y << 3))
      } else if (scan == 2) {
        for (let x = 0; x < side; x++) for (let y = 0; y < side; y++) store<u8>(at++, x | (y << 3))
      } else {
        for (let sum = 0; sum < 2 * side - 1; sum++) {
          for (let x = max(0, sum - side + 1); x < min(side, sum + 1); x++) store<u8>(at++, x | ((sum - x) << 3))
        }
      }
    }
    for (let n: u32 = 0; n < 16; n++) {
      const position = <u32>load<u8>(POSITIONS + (scan << 4) + n)
      const x = position & 3
      const y = position >> 2
      store<u8>(patternOf(scan, 0) + n, x + y == 0 ? 2 : x + y < 3 ? 1 : 0)
      store<u8>(patternOf(scan, 1) + n, y == 0 ? 2 : y == 1 ? 1 : 0)
      store<u8>(patternOf(scan, 2) + n, x == 0 ? 2 : x == 1 ? 1 : 0)
      store<u8>(patternOf(scan, 3) + n, 2)
      store<u8>(smallPattern(scan) + n, load<u8>(SMALL_BLOCK + position))
    }
  }
  for (let y: u32 = 0; y < 8; y++) {
    for (let x: u32 = 0; x < 8; x++) {
      const spread = (x & 1) | ((x & 2) << 1) | ((x & 4) << 2) | ((y & 1) << 1) | ((y & 2) << 2) | ((y & 4) << 3)
      store<u8>(ZORDER + x + (y << 3), spread)
    }
  }
}
