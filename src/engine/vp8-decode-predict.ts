// Intra prediction (RFC 6386 §12). Pixels above and left of a block lie around it, rows `stride`
// apart; modes as in vp8-decode-tables.ts.

// @ts-ignore: decorator
@inline
function px(at: usize): i32 {
  return load<u8>(at)
}

// @ts-ignore: decorator
@inline
function avg2(a: i32, b: i32): i32 {
  return (a + b + 1) >> 1
}

// @ts-ignore: decorator
@inline
function avg3(a: i32, b: i32, c: i32): i32 {
  return (a + 2 * b + c + 2) >> 2
}

/** TM: above + left - the corner, clipped. */
function trueMotion(to: usize, size: i32, stride: usize): void {
  const above = to - stride
  const corner = px(above - 1)
  for (let y = 0; y < size; y++, to += stride) {
    const base = px(to - 1) - corner
    for (let x = 0; x < size; x++) {
      store<u8>(to + x, <u8>min(max(px(above + x) + base, 0), 255))
    }
  }
}

function fill(to: usize, size: i32, stride: usize, value: i32): void {
  for (let y = 0; y < size; y++, to += stride) memory.fill(to, <u8>value, size)
}

/** Predicts a square of 16 (luma) or 8 (chroma); `atLeft` and `atTop`: the picture's edge is there. */
export function vp8PredictSquare(mode: i32, to: usize, size: i32, stride: usize, atLeft: bool, atTop: bool): void {
  const above = to - stride
  if (mode == 1) return trueMotion(to, size, stride)
  if (mode == 2) {
    for (let y = 0; y < size; y++, to += stride) memory.copy(to, above, size)
    return
  }
  if (mode == 3) {
    for (let y = 0; y < size; y++, to += stride) memory.fill(to, load<u8>(to - 1), size)
    return
  }
  let sum = 0
  if (!atTop) for (let x = 0; x < size; x++) sum += px(above + x)
  if (!atLeft) for (let y = 0; y < size; y++) sum += px(to + <usize>y * stride - 1)
  const shift = size == 16 ? 4 : 3
  if (atTop && atLeft) sum = 128
  else if (atTop || atLeft) sum = (sum + (size >> 1)) >> shift
  else sum = (sum + size) >> (shift + 1)
  fill(to, size, stride, sum)
}


/** Predicts a block of 4×4. */
export function vp8PredictBlock(mode: i32, to: usize, s: usize): void {
  const above = to - s
  const X = px(above - 1)
  const A = px(above)
  const B = px(above + 1)
  const C = px(above + 2)
  const D = px(above + 3)
  const E = px(above + 4)
  const F = px(above + 5)
  const G = px(above + 6)
  const H = px(above + 7)
  const I = px(to - 1)
  const J = px(to + s - 1)
  const K = px(to + 2 * s - 1)
  const L = px(to + 3 * s - 1)
  switch (mode) {
    case 0:
      fill(to, 4, s, (A + B + C + D + I + J + K + L + 4) >> 3)
      break
    case 1:
      trueMotion(to, 4, s)
      break
    case 2: {
      const row = avg3(X, A, B) | (avg3(A, B, C) << 8) | (avg3(B, C, D) << 16) | (avg3(C, D, E) << 24)
      for (let y: usize = 0; y < 4; y++) store<u32>(to + y * s, row)
      break
    }
    case 3:
      store<u32>(to, avg3(X, I, J) * 0x01010101)
      store<u32>(to + s, avg3(I, J, K) * 0x01010101)
      store<u32>(to + 2 * s, avg3(J, K, L) * 0x01010101)
      store<u32>(to + 3 * s, avg3(K, L, L) * 0x01010101)
      break
    case 4: {
      const d0 = avg3(A, X, I)
      const d1 = avg3(B, A, X)
      const d2 = avg3(C, B, A)
      const e1 = avg3(X, I, J)
      const e2 = avg3(I, J, K)
      store<u32>(to, d0 | (d1 << 8) | (d2 << 16) | (avg3(D, C, B) << 24))
      store<u32>(to + s, e1 | (d0 << 8) | (d1 << 16) | (d2 << 24))
      store<u32>(to + 2 * s, e2 | (e1 << 8) | (d0 << 16) | (d1 << 24))
      store<u32>(to + 3 * s, avg3(J, K, L) | (e2 << 8) | (e1 << 16) | (d0 << 24))
      break
    }
    case 5: {
      const a0 = avg2(X, A)
      const a1 = avg2(A, B)
      const a2 = avg2(B, C)
      const b0 = avg3(I, X, A)
      const b1 = avg3(X, A, B)
      const b2 = avg3(A, B, C)
      store<u32>(to, a0 | (a1 << 8) | (a2 << 16) | (avg2(C, D) << 24))
      store<u32>(to + s, b0 | (b1 << 8) | (b2 << 16) | (avg3(B, C, D) << 24))
      store<u32>(to + 2 * s, avg3(J, I, X) | (a0 << 8) | (a1 << 16) | (a2 << 24))
      store<u32>(to + 3 * s, avg3(K, J, I) | (b0 << 8) | (b1 << 16) | (b2 << 24))
      break
    }
    case 6: {
      const d1 = avg3(B, C, D)
      const d2 = avg3(C, D, E)
      const d3 = avg3(D, E, F)
      const d4 = avg3(E, F, G)
      const d5 = avg3(F, G, H)
      store<u32>(to, avg3(A, B, C) | (d1 << 8) | (d2 << 16) | (d3 << 24))
      store<u32>(to + s, d1 | (d2 << 8) | (d3 << 16) | (d4 << 24))
      store<u32>(to + 2 * s, d2 | (d3 << 8) | (d4 << 16) | (d5 << 24))
      store<u32>(to + 3 * s, d3 | (d4 << 8) | (d5 << 16) | (avg3(G, H, H) << 24))
      break
    }
    case 7: {
      const a1 = avg2(B, C)
      const a2 = avg2(C, D)
      const a3 = avg2(D, E)
      const b1 = avg3(B, C, D)
      const b2 = avg3(C, D, E)
      const b3 = avg3(D, E, F)
      store<u32>(to, avg2(A, B) | (a1 << 8) | (a2 << 16) | (a3 << 24))
      store<u32>(to + s, avg3(A, B, C) | (b1 << 8) | (b2 << 16) | (b3 << 24))
      store<u32>(to + 2 * s, a1 | (a2 << 8) | (a3 << 16) | (avg3(E, F, G) << 24))
      store<u32>(to + 3 * s, b1 | (b2 << 8) | (b3 << 16) | (avg3(F, G, H) << 24))
      break
    }
    case 8: {
      const a0 = avg2(I, X)
      const a1 = avg2(J, I)
      const a2 = avg2(K, J)
      const b0 = avg3(I, X, A)
      const b1 = avg3(J, I, X)
      const b2 = avg3(K, J, I)
      store<u32>(to, a0 | (b0 << 8) | (avg3(X, A, B) << 16) | (avg3(A, B, C) << 24))
      store<u32>(to + s, a1 | (b1 << 8) | (a0 << 16) | (b0 << 24))
      store<u32>(to + 2 * s, a2 | (b2 << 8) | (a1 << 16) | (b1 << 24))
      store<u32>(to + 3 * s, avg2(L, K) | (avg3(L, K, J) << 8) | (a2 << 16) | (b2 << 24))
      break
    }
    default: {
      const a1 = avg2(J, K)
      const a2 = avg2(K, L)
      const b1 = avg3(J, K, L)
      const b2 = avg3(K, L, L)
      store<u32>(to, avg2(I, J) | (avg3(I, J, K) << 8) | (a1 << 16) | (b1 << 24))
      store<u32>(to + s, a1 | (b1 << 8) | (a2 << 16) | (b2 << 24))
      store<u32>(to + 2 * s, a2 | (b2 << 8) | (L << 16) | (L << 24))
      store<u32>(to + 3 * s, L * 0x01010101)
    }
  }
}
