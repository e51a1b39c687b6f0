// Rows of three colours that filters look at: a few of them, turned round, with what lies beyond the picture's sides
// mirrored (ISO/IEC 18181-1:2024 §J.1).
import { alloc } from './arena'
import { fail, TOO_LARGE } from './jxl-fault'

/** Numbers on either side of a row that can be read. */
const MARGIN: usize = 4

@unmanaged
export class Lines {
  width: i32
  height: i32
  /** Rows above and below that are looked at. */
  reach: i32
  rows: i32
  data: usize
  /** Bytes of one colour's row, margins included. */
  line: usize
}

/** Lines of a picture for a filter that looks so many rows far; 0 after a fault. */
export function makeLines(width: i32, height: i32, reach: i32): usize {
  const lines = changetype<Lines>(alloc(offsetof<Lines>()))
  if (changetype<usize>(lines) == 0) {
    fail(TOO_LARGE)
    return 0
  }
  lines.width = width
  lines.height = height
  lines.reach = reach
  lines.rows = 2 * reach + 1
  // Filters write four numbers at once.
  lines.line = (((<usize>width + 3) & ~3) + 2 * MARGIN + 4) << 2
  lines.data = alloc(lines.line * 3 * <usize>lines.rows)
  if (lines.data == 0) {
    fail(TOO_LARGE)
    return 0
  }
  return changetype<usize>(lines)
}

/** Where a row's first pixel lies, of the first colour; rows beyond the picture are mirrored. */
// @ts-ignore: decorator
@inline
export function lineAt(lines: Lines, y: i32): usize {
  while (y < 0 || y >= lines.height) y = y < 0 ? -1 - y : 2 * lines.height - 1 - y
  return lines.data + <usize>(y % lines.rows) * lines.line * 3 + (MARGIN << 2)
}

/** Mirrors the ends of a row that was written. */
export function endLine(lines: Lines, y: i32): void {
  const width = lines.width
  for (let c: usize = 0; c < 3; c++) {
    const row = lineAt(lines, y) + c * lines.line
    for (let i = 1; i <= 3; i++) {
      store<f32>(row - (<usize>i << 2), load<f32>(row + (<usize>mirror(-i, width) << 2)))
      store<f32>(row + (<usize>(width - 1 + i) << 2), load<f32>(row + (<usize>mirror(width - 1 + i, width) << 2)))
    }
  }
}

function mirror(x: i32, width: i32): i32 {
  while (x < 0 || x >= width) x = x < 0 ? -1 - x : 2 * width - 1 - x
  return x
}
