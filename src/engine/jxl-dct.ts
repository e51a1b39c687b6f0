// Inverse cosine transforms of JPEG XL (ISO/IEC 18181-1:2024 §I.7), of 4 columns at once.
import { alloc } from './arena'
import { fail, TOO_LARGE } from './jxl-fault'

const ROOT2: f32 = 1.4142135623730951

/** 1 / (2 cos((i + 1/2) π / n)) for n of 4 to 256, those of n from n / 2 on. */
const secants: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((256) * 4, 16))
/** Columns that are worked on: 4 wide, 256 high, and as much again twice to work in. */
let columns: usize = 0
let turned: usize = 0

/** Takes its scratch from the arena. @param largest the longest side of a transform */
export function dctStart(largest: i32): bool {
  for (let n = 4; n <= 256; n <<= 1) {
    for (let i = 0; i < n / 2; i++) {
      unchecked((secants[n / 2 + i] = <f32>(0.5 / Math.cos(((<f64>i + 0.5) * Math.PI) / <f64>n))))
    }
  }
  columns = alloc(<usize>largest * 16 * 3)
  turned = alloc(<usize>largest * <usize>largest * 4)
  return (columns != 0 && turned != 0) || fail(TOO_LARGE)
}

// @ts-ignore: decorator
@inline
function secant(n: i32, i: i32): v128 {
  return v128.load32_splat(changetype<usize>(secants) + (<usize>(n / 2 + i) << 2))
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b)
}

// @ts-ignore: decorator
@inline
function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b)
}

// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b)
}

/** 4 rows of 4 columns, in place. */
// @ts-ignore: decorator
@inline
function inverse4(p: usize): void {
  const x0 = v128.load(p)
  const x1 = v128.load(p, 16)
  const x2 = v128.load(p, 32)
  const x3 = v128.load(p, 48)
  const e0 = add(x0, x2)
  const e1 = sub(x0, x2)
  const b0 = mul(x1, f32x4.splat(ROOT2))
  const b1 = add(x1, x3)
  const o0 = mul(add(b0, b1), secant(4, 0))
  const o1 = mul(sub(b0, b1), secant(4, 1))
  v128.store(p, add(e0, o0))
  v128.store(p, add(e1, o1), 16)
  v128.store(p, sub(e1, o1), 32)
  v128.store(p, sub(e0, o0), 48)
}

/** 8 rows of 4 columns, in place. */
// @ts-ignore: decorator
@inline
function inverse8(p: usize): void {
  const x1 = v128.load(p, 16)
  const x3 = v128.load(p, 48)
  const x5 = v128.load(p, 80)
  const x7 = v128.load(p, 112)
  const root = f32x4.splat(ROOT2)
  const s0 = secant(4, 0)
  const s1 = secant(4, 1)
  // Even rows.
  const x0 = v128.load(p)
  const x2 = v128.load(p, 32)
  const x4 = v128.load(p, 64)
  const x6 = v128.load(p, 96)
  const a0 = add(x0, x4)
  const a1 = sub(x0, x4)
  const c0 = mul(x2, root)
  const c1 = add(x2, x6)
  const c2 = mul(add(c0, c1), s0)
  const c3 = mul(sub(c0, c1), s1)
  const e0 = add(a0, c2)
  const e1 = add(a1, c3)
  const e2 = sub(a1, c3)
  const e3 = sub(a0, c2)
  // Odd rows, each added to the one before.
  const y0 = mul(x1, root)
  const y1 = add(x1, x3)
  const y2 = add(x3, x5)
  const y3 = add(x5, x7)
  const b0 = add(y0, y2)
  const b1 = sub(y0, y2)
  const d0 = mul(y1, root)
  const d1 = add(y1, y3)
  const d2 = mul(add(d0, d1), s0)
  const d3 = mul(sub(d0, d1), s1)
  const o0 = mul(add(b0, d2), secant(8, 0))
  const o1 = mul(add(b1, d3), secant(8, 1))
  const o2 = mul(sub(b1, d3), secant(8, 2))
  const o3 = mul(sub(b0, d2), secant(8, 3))
  v128.store(p, add(e0, o0))
  v128.store(p, add(e1, o1), 16)
  v128.store(p, add(e2, o2), 32)
  v128.store(p, add(e3, o3), 48)
  v128.store(p, sub(e3, o3), 64)
  v128.store(p, sub(e2, o2), 80)
  v128.store(p, sub(e1, o1), 96)
  v128.store(p, sub(e0, o0), 112)
}

/** `n` rows of 4 columns, in place; works in what follows them, up to twice as much. */
function inverse(p: usize, n: i32, work: usize): void {
  if (n == 8) {
    inverse8(p)
    return
  }
  if (n == 4) {
    inverse4(p)
    return
  }
  if (n == 2) {
    const a = v128.load(p)
    const b = v128.load(p, 16)
    v128.store(p, add(a, b))
    v128.store(p, sub(a, b), 16)
    return
  }
  if (n == 1) return
  const half = n >> 1
  const odd = work + (<usize>half << 4)
  for (let i: usize = 0; i < <usize>half; i++) {
    v128.store(work + (i << 4), v128.load(p + (i << 5)))
    v128.store(odd + (i << 4), v128.load(p + (i << 5), 16))
  }
  const rest = work + (<usize>n << 4)
  inverse(work, half, rest)
  for (let i = <usize>half - 1; i > 0; i--) {
    const at = odd + (i << 4)
    v128.store(at, add(v128.load(at), v128.load(at - 16)))
  }
  v128.store(odd, mul(v128.load(odd), f32x4.splat(ROOT2)))
  inverse(odd, half, rest)
  for (let i: usize = 0; i < <usize>half; i++) {
    const e = v128.load(work + (i << 4))
    const o = mul(v128.load(odd + (i << 4)), secant(n, <i32>i))
    v128.store(p + (i << 4), add(e, o))
    v128.store(p + ((<usize>n - 1 - i) << 4), sub(e, o))
  }
}

/** Transforms the columns of `n` rows of `across` numbers, a multiple of 4, in place. */
function inverseColumns(at: usize, n: i32, across: i32): void {
  const stride = <usize>across << 2
  const work = columns + (<usize>n << 4)
  for (let x: usize = 0; x < stride; x += 16) {
    let from = at + x
    for (let i: usize = 0; i < <usize>n << 4; i += 16) {
      v128.store(columns + i, v128.load(from))
      from += stride
    }
    inverse(columns, n, work)
    from = at + x
    for (let i: usize = 0; i < <usize>n << 4; i += 16) {
      v128.store(from, v128.load(columns + i))
      from += stride
    }
  }
}

/** Turns rows of `across` numbers to columns; both sides are multiples of 4. */
function turn(from: usize, down: i32, across: i32, to: usize, toStride: usize): void {
  const stride = <usize>across << 2
  for (let y: usize = 0; y < <usize>down; y += 4) {
    let row = from + y * stride
    let out = to + (y << 2)
    for (let x: usize = 0; x < stride; x += 16) {
      const a = v128.load(row + x)
      const b = v128.load(row + stride + x)
      const c = v128.load(row + 2 * stride + x)
      const d = v128.load(row + 3 * stride + x)
      const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5)
      const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7)
      const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5)
      const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7)
      v128.store(out, i64x2.shuffle(ab0, cd0, 0, 2))
      v128.store(out + toStride, i64x2.shuffle(ab0, cd0, 1, 3))
      v128.store(out + 2 * toStride, i64x2.shuffle(ab1, cd1, 0, 2))
      v128.store(out + 3 * toStride, i64x2.shuffle(ab1, cd1, 1, 3))
      out += 4 * toStride
    }
  }
}

/**
 * Makes pixels of a block's coefficients, whose rows are as long as its longer side: by frequency down and across where
 * it is wide, else across and down. The coefficients are used up.
 */
export function inverseDct(coefficients: usize, across: i32, down: i32, to: usize, stride: usize): void {
  if (across > down) {
    inverseColumns(coefficients, down, across)
    turn(coefficients, down, across, turned, <usize>down << 2)
    inverseColumns(turned, across, down)
    turn(turned, across, down, to, stride)
    return
  }
  inverseColumns(coefficients, across, down)
  turn(coefficients, across, down, turned, <usize>across << 2)
  const row = <usize>across << 2
  inverseColumns(turned, down, across)
  for (let y: usize = 0; y < <usize>down; y++) memory.copy(to + y * stride, turned + y * row, row)
}

/** Cosines of the small forward transform: of side n, from (n - 1) * n... of the largest, 32 × 32. */
const cosines: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((32 * 32) * 4, 16))
let cosineSide: i32 = 0

function setCosines(n: i32): void {
  if (cosineSide == n) return
  cosineSide = n
  // Turned, and scaled to what a transform 8 times as long has (§I.6.5).
  for (let k = 0; k < n; k++) {
    const angle = (<f64>k * Math.PI) / <f64>n
    const scale =
      (k == 0 ? 1.0 : Math.sqrt(2)) / (<f64>n * Math.cos(angle / 16) * Math.cos(angle / 8) * Math.cos(angle / 4))
    for (let i = 0; i < n; i++) unchecked((cosines[k * n + i] = <f32>(scale * Math.cos(angle * (<f64>i + 0.5)))))
  }
}

const rowsDone: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((32 * 32) * 4, 16))

/**
 * Puts the lowest coefficients of a block, `across` × `down`, where its means are known: `means` are rows of f32, `stride`
 * bytes each. Rows of coefficients are `length` long, and lie as `inverseDct` takes them.
 */
export function lowestCoefficients(means: usize, stride: usize, across: i32, down: i32, to: usize, length: i32): void {
  setCosines(across)
  for (let y = 0; y < down; y++) {
    const row = means + <usize>y * stride
    for (let k = 0; k < across; k++) {
      let sum: f32 = 0
      for (let i = 0; i < across; i++) sum += load<f32>(row + (<usize>i << 2)) * unchecked(cosines[k * across + i])
      unchecked((rowsDone[y * across + k] = sum))
    }
  }
  setCosines(down)
  const wide = across > down
  for (let k = 0; k < across; k++) {
    for (let j = 0; j < down; j++) {
      let sum: f32 = 0
      for (let i = 0; i < down; i++) sum += unchecked(rowsDone[i * across + k]) * unchecked(cosines[j * down + i])
      const place = wide ? j * length + k : k * length + j
      store<f32>(to + (<usize>place << 2), sum)
    }
  }
}
