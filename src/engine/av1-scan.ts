// The order of coefficients and what their contexts take from their place (AV1 specification, section 5.11.41, the
// scan tables and Coeff_Base_Ctx_Offset): made once, since all follow a few rules.

import { TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'

/** Bytes of a scan of up to 32×32. */
const SCAN = 2048
/** By transform size, the default scan: positions in rows, u16. */
export const SCANS: usize = memory.data(19 * SCAN, 16)
/** By transform size: 64 bytes, the offset of coeff_base's context by row (up to 4) × 8 and column (up to 4). */
export const PLACES: usize = memory.data(19 * 64, 16)
/** Scans by columns, of transforms up to 16×16, 512 bytes by size. */
export const COLUMN_SCANS: usize = memory.data(19 * 512, 16)

/** Makes the tables; called once. */
export function scansStart(): void {
  for (let size = 0; size < 19; size++) {
    const w = 1 << min(<i32>load<u8>(TX_WIDTH_LOG2 + size), 5)
    const h = 1 << min(<i32>load<u8>(TX_HEIGHT_LOG2 + size), 5)
    diagonals(SCANS + size * SCAN, w, h)
    if (w <= 16 && h <= 16) {
      for (let i = 0; i < w * h; i++) {
        store<u16>(COLUMN_SCANS + (size << 9) + (i << 1), <u16>((i % h) * w + i / h))
      }
    }
    // By the sides of the transform itself, of which no more than 32×32 is coded.
    const tall = load<u8>(TX_HEIGHT_LOG2 + size) > load<u8>(TX_WIDTH_LOG2 + size)
    const wide = load<u8>(TX_HEIGHT_LOG2 + size) < load<u8>(TX_WIDTH_LOG2 + size)
    for (let row = 0; row < 5; row++) {
      for (let col = 0; col < 5; col++) {
        store<u8>(PLACES + (size << 6) + (row << 3) + col, <u8>place(tall, wide, row, col))
      }
    }
  }
}

/** Squares go up and down in turn, high ones always down, wide ones always up. */
function diagonals(to: usize, w: i32, h: i32): void {
  for (let d = 0; d < w + h - 1; d++) {
    const up = w > h || (w == h && (d & 1) == 0)
    const first = max(0, d - h + 1)
    const last = min(d, w - 1)
    for (let i = first; i <= last; i++) {
      const col = up ? i : last - (i - first)
      store<u16>(to, <u16>((d - col) * w + col))
      to += 2
    }
  }
}

/** @param tall the transform is higher than wide @param wide wider than high */
function place(tall: bool, wide: bool, row: i32, col: i32): i32 {
  if (row + col == 0) return 0
  if (tall && row < 2) return 11
  if (wide && col < 2) return 16
  if (row + col < 2) return 1
  return row + col < 4 ? 6 : 21
}
