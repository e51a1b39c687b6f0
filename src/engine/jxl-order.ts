// Orders of JPEG XL's coefficients, and permutations (ISO/IEC 18181-1:2024 §I.3.2, §C.3.2).
import { alloc, arenaMark, arenaRelease } from './arena'
import { Code, readNumber } from './jxl-entropy'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'

/** Shapes of blocks that share an order. */
export const SHAPES: i32 = 13

/** In blocks, across: the longer side. */
const LONG: StaticArray<u8> = [1, 1, 2, 4, 2, 4, 4, 8, 8, 16, 16, 32, 32]
const SHORT: StaticArray<u8> = [1, 1, 2, 4, 1, 1, 2, 8, 4, 16, 8, 32, 16]

/** Coefficients of a shape. */
export function shapeSize(shape: i32): i32 {
  return <i32>unchecked(LONG[shape]) * <i32>unchecked(SHORT[shape]) * 64
}

function contextOf(value: u32): usize {
  return min<u32>(7, value == 0 ? 0 : 32 - clz(value))
}

/** Applies a permutation that is coded as Lehmer's code to `size` u32, those from `skipped` on. */
export function readPermutation(code: Code, values: usize, size: i32, skipped: i32): bool {
  const end = <i32>readNumber(code, contextOf(size))
  if (end < 0 || end > size - skipped) return fail(CORRUPT)
  const mark = arenaMark()
  // A tree of how many are left below each place finds the i-th of them.
  let leaves = 1
  while (leaves < size - skipped) leaves <<= 1
  const counts = alloc(<usize>leaves << 3)
  const from = alloc(<usize>size << 2)
  if (counts == 0 || from == 0) return fail(TOO_LARGE)
  memory.copy(from, values, <usize>size << 2)
  const count = size - skipped
  for (let i = 0; i < leaves; i++) store<i32>(counts + (<usize>(leaves + i) << 2), i < count ? 1 : 0)
  for (let i = leaves - 1; i > 0; i--) {
    store<i32>(counts + (<usize>i << 2), load<i32>(counts + (<usize>i << 3)) + load<i32>(counts + (<usize>i << 3), 4))
  }
  let before: u32 = 0
  for (let i = 0; i < count; i++) {
    let rank: u32 = 0
    if (i < end) {
      rank = readNumber(code, contextOf(before))
      before = rank
      if (rank >= <u32>(count - i) || fault() != 0) return fail(CORRUPT)
    }
    let node = 1
    store<i32>(counts + 4, load<i32>(counts + 4) - 1)
    while (node < leaves) {
      const left = load<i32>(counts + (<usize>node << 3))
      node <<= 1
      if (<i32>rank >= left) {
        rank -= left
        node++
      }
      store<i32>(counts + (<usize>node << 2), load<i32>(counts + (<usize>node << 2)) - 1)
    }
    store<u32>(values + (<usize>(skipped + i) << 2), load<u32>(from + (<usize>(skipped + node - leaves) << 2)))
  }
  arenaRelease(mark)
  return true
}

/** Writes the natural order of a shape, u32 each: by frequency, the block's means first. */
export function naturalOrder(shape: i32, to: usize): void {
  const across = <i32>unchecked(LONG[shape])
  const down = <i32>unchecked(SHORT[shape])
  const side = across * 8
  const ratio = across / down
  const mask = ratio - 1
  const shift = ctz(ratio)
  let next = across * down
  for (let half = 0; half < 2; half++) {
    for (let step = half; step < side; step++) {
      const i = half == 0 ? step : side - 1 - step
      for (let j = 0; j <= i; j++) {
        let x = half == 0 ? j : side - 1 - (i - j)
        let y = half == 0 ? i - j : side - 1 - j
        if (i & 1) {
          const other = x
          x = y
          y = other
        }
        if (y & mask) continue
        y >>= shift
        const place = x < across && y < down ? y * across + x : next++
        store<u32>(to + (<usize>place << 2), y * side + x)
      }
    }
  }
}
