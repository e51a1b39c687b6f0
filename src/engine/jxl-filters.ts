// Filters of JPEG XL's decoded frames (ISO/IEC 18181-1:2024 annex J), row by row: the one that undoes the encoder's
// sharpening, and the one that keeps edges.
import { alloc } from './arena'
import { fail, TOO_LARGE } from './jxl-fault'
import { epfBorder, epfFirst, epfLast, epfModular, epfQuant, epfScale, epfSharp, gaborWeights, isModular } from './jxl-frame'
import { globalScale, lfHeight, lfWidth, kinds, quants, sharpness } from './jxl-lf'
import { lineAt, Lines } from './jxl-lines'

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b)
}

// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b)
}

/** Smooths a row by its neighbours (§J.2). @param to where its first pixel goes @param line bytes to the next colour */
export function gaborRow(lines: Lines, y: i32, to: usize, line: usize): void {
  for (let c: usize = 0; c < 3; c++) {
    const side = unchecked(gaborWeights[<i32>c * 2])
    const corner = unchecked(gaborWeights[<i32>c * 2 + 1])
    const whole: f32 = 1 / (1 + 4 * (side + corner))
    const w0 = f32x4.splat(whole)
    const w1 = f32x4.splat(side * whole)
    const w2 = f32x4.splat(corner * whole)
    const own = c * lines.line
    const up = lineAt(lines, y - 1) + own
    const row = lineAt(lines, y) + own
    const below = lineAt(lines, y + 1) + own
    const out = to + c * line
    const end = <usize>lines.width << 2
    for (let x: usize = 0; x < end; x += 16) {
      const sides = add(
        add(v128.load(up + x), v128.load(below + x)),
        add(v128.load(row + x - 4), v128.load(row + x, 4)),
      )
      const corners = add(
        add(v128.load(up + x - 4), v128.load(up + x, 4)),
        add(v128.load(below + x - 4), v128.load(below + x, 4)),
      )
      v128.store(out + x, add(add(mul(v128.load(row + x), w0), mul(sides, w1)), mul(corners, w2)))
    }
  }
}

const INVERSE_SIGMA: f32 = -1.1715728752538099
/** Below this, a block is left as it is. */
const LEAST: f32 = -3.905243

/** Of each block the inverse of how far values may be apart, of a row of blocks; f32. */
let sigmas: usize = 0
let sigmaRow: i32 = -1

export function epfStart(): bool {
  sigmaRow = -1
  sigmas = alloc((<usize>lfWidth + 2) << 2)
  return sigmas != 0 || fail(TOO_LARGE)
}

function setSigmas(row: i32): void {
  if (sigmaRow == row) return
  sigmaRow = row
  const from = <usize>row * <usize>lfWidth
  for (let x: usize = 0; x < <usize>lfWidth; x++) {
    if (isModular) {
      store<f32>(sigmas + (x << 2), INVERSE_SIGMA / epfModular)
      continue
    }
    const quant = globalScale * <f32>(<i32>load<u8>(quants + from + x) + 1)
    const sharp = unchecked(epfSharp[load<u8>(sharpness + from + x)])
    const sigma = min(<f32>-1e-4, (epfQuant / (quant * INVERSE_SIGMA)) * sharp)
    store<f32>(sigmas + (x << 2), 1 / sigma)
  }
}

/** How much blocks' edges count, for 4 pixels at a time: of the first and of the last four of a block. */
// @ts-ignore: decorator
@inline
function atEdges(y: i32, x: usize, inner: f32, outer: f32): v128 {
  const row = y & 7
  if (row == 0 || row == 7) return f32x4.splat(outer)
  const all = f32x4.splat(inner)
  return (x & 16) == 0 ? f32x4.replace_lane(all, 0, outer) : f32x4.replace_lane(all, 3, outer)
}

// @ts-ignore: decorator
@inline
function apart(a: usize, b: usize): v128 {
  return f32x4.abs(f32x4.sub(v128.load(a), v128.load(b)))
}

/** How far the plus around one place is from the plus around another, in one colour. */
// @ts-ignore: decorator
@inline
function plusApart(a0: usize, a1: usize, a2: usize, b0: usize, b1: usize, b2: usize): v128 {
  return add(
    add(add(apart(a0, b0), apart(a1 - 4, b1 - 4)), add(apart(a1, b1), apart(a1 + 4, b1 + 4))),
    apart(a2, b2),
  )
}

// @ts-ignore: decorator
@inline
function weightOf(sad: v128, inverse: v128): v128 {
  return f32x4.max(f32x4.splat(0), add(f32x4.splat(1), mul(sad, inverse)))
}

/** Where rows y - 3 to y + 3 lie. */
const rows: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((7) * 4, 16))
/** Bytes from the middle to each neighbour, by row and column. */
const FAR_ROW: StaticArray<i32> = [-2, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2]
const FAR_COLUMN: StaticArray<i32> = [0, -1, 0, 1, -2, -1, 1, 2, -1, 0, 1, 0]
const NEAR_ROW: StaticArray<i32> = [-1, 0, 0, 1]
const NEAR_COLUMN: StaticArray<i32> = [0, -1, 1, 0]

/** A row of the edge-preserving filter's `round`: 0 looks at 12 neighbours, 1 at 4 and their surroundings, 2 at 4 (§J.3). */
export function epfRow(lines: Lines, y: i32, round: i32, to: usize, line: usize): void {
  setSigmas(y >> 3)
  for (let i = -3; i <= 3; i++) unchecked((rows[i + 3] = lineAt(lines, y + i)))
  const inner: f32 = (round == 0 ? epfFirst : round == 2 ? epfLast : 1) * 1.65
  const outer = inner * epfBorder
  const row = unchecked(rows[3])
  const between = lines.line
  const end = <usize>lines.width << 2
  for (let x: usize = 0; x < end; x += 16) {
    const sigma = load<f32>(sigmas + ((x >> 5) << 2))
    if (sigma < LEAST) {
      for (let c: usize = 0; c < 3; c++) v128.store(to + c * line + x, v128.load(row + c * between + x))
      continue
    }
    const inverse = mul(f32x4.splat(sigma), atEdges(y, x, inner, outer))
    let total = f32x4.splat(1)
    let first = v128.load(row + x)
    let second = v128.load(row + between + x)
    let third = v128.load(row + 2 * between + x)
    const count = round == 0 ? 12 : 4
    for (let i = 0; i < count; i++) {
      const up = round == 0 ? unchecked(FAR_ROW[i]) : unchecked(NEAR_ROW[i])
      const across = (round == 0 ? unchecked(FAR_COLUMN[i]) : unchecked(NEAR_COLUMN[i])) << 2
      const near = unchecked(rows[3 + up]) + x + across
      let sad = f32x4.splat(0)
      for (let c: usize = 0; c < 3; c++) {
        const own = c * between
        const scale = f32x4.splat(unchecked(epfScale[<i32>c]))
        if (round == 2) sad = add(sad, mul(apart(near + own, row + x + own), scale))
        else {
          const at = x + own
          const away = at + across
          sad = add(
            sad,
            mul(
              plusApart(
                unchecked(rows[2]) + at, row + at, unchecked(rows[4]) + at,
                unchecked(rows[2 + up]) + away, near + own, unchecked(rows[4 + up]) + away,
              ),
              scale,
            ),
          )
        }
      }
      const weight = weightOf(sad, inverse)
      total = add(total, weight)
      first = add(first, mul(weight, v128.load(near)))
      second = add(second, mul(weight, v128.load(near + between)))
      third = add(third, mul(weight, v128.load(near + 2 * between)))
    }
    const share = f32x4.div(f32x4.splat(1), total)
    v128.store(to + x, mul(first, share))
    v128.store(to + line + x, mul(second, share))
    v128.store(to + 2 * line + x, mul(third, share))
  }
}
