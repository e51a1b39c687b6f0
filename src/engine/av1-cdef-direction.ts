// The CDEF direction process (AV1 specification, section 7.15.2): along which of eight directions an 8×8 block varies
// least, by the squares of sums along lines. A line of each direction is a lane: rows are added, each moved on by a lane
// or by half of one; the directions nearer to level are those of the block turned.

/** The block's samples less 128, rows of 8 i16; then the same turned. */
const ROWS: usize = memory.data(128, 16)
const TURNED: usize = memory.data(128, 16)
const COSTS: usize = memory.data(32, 16)

/** Div_Table by line: of the diagonals, and of the steep ones. */
const DIAGONAL = memory.data<i32>([840, 420, 280, 210, 168, 140, 120, 105, 120, 140, 168, 210, 280, 420, 840, 0])
const STEEP = memory.data<i32>([420, 210, 140, 105, 105, 105, 105, 105, 140, 210, 420, 0, 0, 0, 0, 0])

/** The variance of the last block: how much more it varies across its direction. */
export let variance: i32 = 0

/**
 * The direction of the 8×8 block at `at`, 0 to 7.
 * @param stride bytes between rows
 * @param depth bits more than 8
 */
export function directionOf(at: usize, stride: i32, depth: i32): i32 {
  const middle = i16x8.splat(128)
  for (let i = 0; i < 128; i += 16) {
    v128.store(ROWS + i, i16x8.sub(i16x8.shr_u(v128.load(at), depth), middle))
    at += stride
  }
  turn()
  store<i32>(COSTS, down(ROWS), 0)
  store<i32>(COSTS, steep(TURNED), 4)
  store<i32>(COSTS, columns(TURNED), 8)
  store<i32>(COSTS, steepUp(TURNED), 12)
  store<i32>(COSTS, up(ROWS), 16)
  store<i32>(COSTS, steepUp(ROWS), 20)
  store<i32>(COSTS, columns(ROWS), 24)
  store<i32>(COSTS, steep(ROWS), 28)
  let best = 0
  let direction = 0
  for (let i = 0; i < 8; i++) {
    const cost = load<i32>(COSTS + (i << 2))
    if (cost > best) {
      best = cost
      direction = i
    }
  }
  variance = (best - load<i32>(COSTS + (((direction + 4) & 7) << 2))) >> 10
  return direction
}

function turn(): void {
  for (let half = 0; half < 2; half++) {
    const from = ROWS + (half << 6)
    const a = v128.load(from)
    const b = v128.load(from, 16)
    const c = v128.load(from, 32)
    const d = v128.load(from, 48)
    const ab = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
    const cd = v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11)
    const ef = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
    const gh = v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15)
    const p = v128.shuffle<i32>(ab, cd, 0, 4, 1, 5)
    const q = v128.shuffle<i32>(ab, cd, 2, 6, 3, 7)
    const r = v128.shuffle<i32>(ef, gh, 0, 4, 1, 5)
    const s = v128.shuffle<i32>(ef, gh, 2, 6, 3, 7)
    const to = TURNED + (half << 3)
    v128.store64_lane(to, p, 0)
    v128.store64_lane(to, p, 1, 16)
    v128.store64_lane(to, q, 0, 32)
    v128.store64_lane(to, q, 1, 48)
    v128.store64_lane(to, r, 0, 64)
    v128.store64_lane(to, r, 1, 80)
    v128.store64_lane(to, s, 0, 96)
    v128.store64_lane(to, s, 1, 112)
  }
}

function total(sum: v128): i32 {
  const two = i32x4.add(sum, v128.shuffle<i64>(sum, sum, 1, 0))
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1)
}

/** The sum of squares of 16 lines, each by its weight. */
function weighed(lo: v128, hi: v128, weights: usize): i32 {
  let sum = i32x4.mul(i32x4.extmul_low_i16x8_s(lo, lo), v128.load(weights))
  sum = i32x4.add(sum, i32x4.mul(i32x4.extmul_high_i16x8_s(lo, lo), v128.load(weights, 16)))
  sum = i32x4.add(sum, i32x4.mul(i32x4.extmul_low_i16x8_s(hi, hi), v128.load(weights, 32)))
  sum = i32x4.add(sum, i32x4.mul(i32x4.extmul_high_i16x8_s(hi, hi), v128.load(weights, 48)))
  return total(sum)
}

/** Lines along columns. */
function columns(rows: usize): i32 {
  let sum = v128.load(rows)
  for (let i: usize = 16; i < 128; i += 16) sum = i16x8.add(sum, v128.load(rows + i))
  return total(i32x4.dot_i16x8_s(sum, sum)) * 105
}

/** Lines whose column is less by one in each row. */
function down(rows: usize): i32 {
  const zero = i16x8.splat(0)
  let lo = v128.load(rows)
  let hi = zero
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 16), 7, 8, 9, 10, 11, 12, 13, 14))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 16), zero, 7, 8, 9, 10, 11, 12, 13, 14))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 32), 6, 7, 8, 9, 10, 11, 12, 13))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 32), zero, 6, 7, 8, 9, 10, 11, 12, 13))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 48), 5, 6, 7, 8, 9, 10, 11, 12))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 48), zero, 5, 6, 7, 8, 9, 10, 11, 12))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 64), 4, 5, 6, 7, 8, 9, 10, 11))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 64), zero, 4, 5, 6, 7, 8, 9, 10, 11))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 80), 3, 4, 5, 6, 7, 8, 9, 10))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 80), zero, 3, 4, 5, 6, 7, 8, 9, 10))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 96), 2, 3, 4, 5, 6, 7, 8, 9))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 96), zero, 2, 3, 4, 5, 6, 7, 8, 9))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 112), 1, 2, 3, 4, 5, 6, 7, 8))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 112), zero, 1, 2, 3, 4, 5, 6, 7, 8))
  return weighed(lo, hi, DIAGONAL)
}

/** Lines whose column is more by one in each row. */
function up(rows: usize): i32 {
  const zero = i16x8.splat(0)
  let lo = v128.load(rows, 112)
  let hi = zero
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 96), 7, 8, 9, 10, 11, 12, 13, 14))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 96), zero, 7, 8, 9, 10, 11, 12, 13, 14))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 80), 6, 7, 8, 9, 10, 11, 12, 13))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 80), zero, 6, 7, 8, 9, 10, 11, 12, 13))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 64), 5, 6, 7, 8, 9, 10, 11, 12))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 64), zero, 5, 6, 7, 8, 9, 10, 11, 12))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 48), 4, 5, 6, 7, 8, 9, 10, 11))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 48), zero, 4, 5, 6, 7, 8, 9, 10, 11))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 32), 3, 4, 5, 6, 7, 8, 9, 10))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 32), zero, 3, 4, 5, 6, 7, 8, 9, 10))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 16), 2, 3, 4, 5, 6, 7, 8, 9))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 16), zero, 2, 3, 4, 5, 6, 7, 8, 9))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, v128.load(rows, 0), 1, 2, 3, 4, 5, 6, 7, 8))
  hi = i16x8.add(hi, v128.shuffle<i16>(v128.load(rows, 0), zero, 1, 2, 3, 4, 5, 6, 7, 8))
  return weighed(lo, hi, DIAGONAL)
}

/** Lines whose column is less by one in two rows. */
function steep(rows: usize): i32 {
  const zero = i16x8.splat(0)
  let lo = zero
  let hi = zero
  let pair: v128
  lo = i16x8.add(lo, i16x8.add(v128.load(rows, 0), v128.load(rows, 16)))
  pair = i16x8.add(v128.load(rows, 32), v128.load(rows, 48))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, pair, 7, 8, 9, 10, 11, 12, 13, 14))
  hi = i16x8.add(hi, v128.shuffle<i16>(pair, zero, 7, 8, 9, 10, 11, 12, 13, 14))
  pair = i16x8.add(v128.load(rows, 64), v128.load(rows, 80))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, pair, 6, 7, 8, 9, 10, 11, 12, 13))
  hi = i16x8.add(hi, v128.shuffle<i16>(pair, zero, 6, 7, 8, 9, 10, 11, 12, 13))
  pair = i16x8.add(v128.load(rows, 96), v128.load(rows, 112))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, pair, 5, 6, 7, 8, 9, 10, 11, 12))
  hi = i16x8.add(hi, v128.shuffle<i16>(pair, zero, 5, 6, 7, 8, 9, 10, 11, 12))
  return weighed(lo, hi, STEEP)
}

/** Lines whose column is more by one in two rows. */
function steepUp(rows: usize): i32 {
  const zero = i16x8.splat(0)
  let lo = zero
  let hi = zero
  let pair: v128
  pair = i16x8.add(v128.load(rows, 0), v128.load(rows, 16))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, pair, 5, 6, 7, 8, 9, 10, 11, 12))
  hi = i16x8.add(hi, v128.shuffle<i16>(pair, zero, 5, 6, 7, 8, 9, 10, 11, 12))
  pair = i16x8.add(v128.load(rows, 32), v128.load(rows, 48))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, pair, 6, 7, 8, 9, 10, 11, 12, 13))
  hi = i16x8.add(hi, v128.shuffle<i16>(pair, zero, 6, 7, 8, 9, 10, 11, 12, 13))
  pair = i16x8.add(v128.load(rows, 64), v128.load(rows, 80))
  lo = i16x8.add(lo, v128.shuffle<i16>(zero, pair, 7, 8, 9, 10, 11, 12, 13, 14))
  hi = i16x8.add(hi, v128.shuffle<i16>(pair, zero, 7, 8, 9, 10, 11, 12, 13, 14))
  lo = i16x8.add(lo, i16x8.add(v128.load(rows, 96), v128.load(rows, 112)))
  return weighed(lo, hi, STEEP)
}
