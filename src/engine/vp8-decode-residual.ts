// Coefficients of a macroblock (RFC 6386 §13), and the inverse transforms (§14.3, §14.4).
import { vp8Bit } from './vp8-decode-bool'
import { vp8Probabilities, vp8Steps } from './vp8-decode-header'
import { VP8_BANDS, VP8_CATEGORIES, VP8_ZIGZAG } from './vp8-decode-tables'

/** Contexts of a macroblock: 4 blocks of luma, 2 of U, 2 of V, and Y2. */
export const CONTEXTS: usize = 9

function large(p: usize): i32 {
  if (!vp8Bit(load<u8>(p, 3))) {
    if (!vp8Bit(load<u8>(p, 4))) return 2
    return 3 + vp8Bit(load<u8>(p, 5))
  }
  if (!vp8Bit(load<u8>(p, 6))) {
    if (!vp8Bit(load<u8>(p, 7))) return 5 + vp8Bit(159)
    const high = vp8Bit(165)
    return 7 + 2 * high + vp8Bit(145)
  }
  const bit1 = vp8Bit(load<u8>(p, 8))
  const category = 2 * bit1 + vp8Bit(load<u8>(p + 9 + bit1))
  let value = 0
  for (let at = VP8_CATEGORIES + 12 * category; load<u8>(at) != 0; at++) value = value * 2 + vp8Bit(load<u8>(at))
  return value + 3 + (8 << category)
}

/** Reads a block's coefficients from the `n`-th on, times their steps; returns the number behind the last. */
function block(type: usize, context: i32, dc: i32, ac: i32, n: i32, to: usize): i32 {
  let p = type + <usize>load<u8>(VP8_BANDS + n) * 33 + <usize>context * 11
  while (n < 16) {
    if (!vp8Bit(load<u8>(p))) return n
    while (!vp8Bit(load<u8>(p, 1))) {
      if (++n == 16) return 16
      p = type + <usize>load<u8>(VP8_BANDS + n) * 33
    }
    const following = type + <usize>load<u8>(VP8_BANDS + n + 1) * 33
    let value = 1
    if (vp8Bit(load<u8>(p, 2))) {
      value = large(p)
      p = following + 22
    } else {
      p = following + 11
    }
    const step = n > 0 ? ac : dc
    store<i16>(to + (<usize>load<u8>(VP8_ZIGZAG + n) << 1), <i16>((vp8Bit(128) ? -value : value) * step))
    n++
  }
  return 16
}

/**
 * Reads a macroblock's coefficients to `to`: 24 blocks of 16 i16, zeroed before. `counts` gets for each block
 * 0 for none, 1 for DC alone, 2 for more. Returns whether there are any.
 */
export function vp8Residuals(segment: i32, blocks: i32, above: usize, left: usize, to: usize, counts: usize): bool {
  const steps = vp8Steps(segment)
  let first = 0
  let type = vp8Probabilities(3)
  memory.fill(to, 0, 768)
  if (!blocks) {
    const dc = memory.data(32, 16)
    memory.fill(dc, 0, 32)
    const context = <i32>load<u8>(above, 8) + <i32>load<u8>(left, 8)
    const n = block(vp8Probabilities(1), context, load<i32>(steps, 8), load<i32>(steps, 12), 0, dc)
    store<u8>(above, n > 0 ? 1 : 0, 8)
    store<u8>(left, n > 0 ? 1 : 0, 8)
    if (n > 0) hadamard(dc, to)
    first = 1
    type = vp8Probabilities(0)
  }
  let any = false
  for (let y: usize = 0; y < 4; y++) {
    let before: i32 = load<u8>(left + y)
    for (let x: usize = 0; x < 4; x++) {
      const context = before + <i32>load<u8>(above + x)
      const n = block(type, context, load<i32>(steps), load<i32>(steps, 4), first, to)
      before = n > first ? 1 : 0
      store<u8>(above + x, <u8>before)
      const kind = n > 1 ? 2 : load<i16>(to) != 0 ? 1 : 0
      if (kind) any = true
      store<u8>(counts++, <u8>kind)
      to += 32
    }
    store<u8>(left + y, <u8>before)
  }
  const chroma = vp8Probabilities(2)
  for (let plane: usize = 4; plane < 8; plane += 2) {
    for (let y: usize = plane; y < plane + 2; y++) {
      let before: i32 = load<u8>(left + y)
      for (let x: usize = plane; x < plane + 2; x++) {
        const context = before + <i32>load<u8>(above + x)
        const n = block(chroma, context, load<i32>(steps, 16), load<i32>(steps, 20), 0, to)
        before = n > 0 ? 1 : 0
        store<u8>(above + x, <u8>before)
        const kind = n > 1 ? 2 : load<i16>(to) != 0 ? 1 : 0
        if (kind) any = true
        store<u8>(counts++, <u8>kind)
        to += 32
      }
      store<u8>(left + y, <u8>before)
    }
  }
  return any
}

/** Y2's inverse Walsh–Hadamard transform: the DC of every block of luma. */
function hadamard(from: usize, to: usize): void {
  const rows = memory.data(64, 16)
  for (let i: usize = 0; i < 4; i++) {
    const at = from + (i << 1)
    const i0 = <i32>load<i16>(at)
    const i1 = <i32>load<i16>(at, 8)
    const i2 = <i32>load<i16>(at, 16)
    const i3 = <i32>load<i16>(at, 24)
    const a0 = i0 + i3
    const a1 = i1 + i2
    const a2 = i1 - i2
    const a3 = i0 - i3
    store<i32>(rows + (i << 2), a0 + a1)
    store<i32>(rows + (i << 2), a3 + a2, 16)
    store<i32>(rows + (i << 2), a0 - a1, 32)
    store<i32>(rows + (i << 2), a3 - a2, 48)
  }
  for (let i: usize = 0; i < 4; i++, to += 128) {
    const at = rows + (i << 4)
    const dc = load<i32>(at) + 3
    const a0 = dc + load<i32>(at, 12)
    const a1 = load<i32>(at, 4) + load<i32>(at, 8)
    const a2 = load<i32>(at, 4) - load<i32>(at, 8)
    const a3 = dc - load<i32>(at, 12)
    store<i16>(to, <i16>((a0 + a1) >> 3))
    store<i16>(to, <i16>((a3 + a2) >> 3), 32)
    store<i16>(to, <i16>((a0 - a1) >> 3), 64)
    store<i16>(to, <i16>((a3 - a2) >> 3), 96)
  }
}

// @ts-ignore: decorator
@inline
function clip(value: i32): u8 {
  return <u8>min(max(value, 0), 255)
}

// @ts-ignore: decorator
@inline
function mul1(a: i32): i32 {
  return ((a * 20091) >> 16) + a
}

// @ts-ignore: decorator
@inline
function mul2(a: i32): i32 {
  return (a * 35468) >> 16
}

/** Adds a block's residual to its prediction; `kind` as in `counts`. */
export function vp8Add(kind: i32, from: usize, to: usize, stride: usize): void {
  if (kind == 0) return
  if (kind == 1) {
    const dc = (<i32>load<i16>(from) + 4) >> 3
    for (let y = 0; y < 4; y++, to += stride) {
      for (let x: usize = 0; x < 4; x++) store<u8>(to + x, clip(<i32>load<u8>(to + x) + dc))
    }
    return
  }
  const columns = memory.data(64, 16)
  for (let i: usize = 0; i < 4; i++) {
    const at = from + (i << 1)
    const i0 = <i32>load<i16>(at)
    const i1 = <i32>load<i16>(at, 8)
    const i2 = <i32>load<i16>(at, 16)
    const i3 = <i32>load<i16>(at, 24)
    const a = i0 + i2
    const b = i0 - i2
    const c = mul2(i1) - mul1(i3)
    const d = mul1(i1) + mul2(i3)
    const o = columns + (i << 4)
    store<i32>(o, a + d)
    store<i32>(o, b + c, 4)
    store<i32>(o, b - c, 8)
    store<i32>(o, a - d, 12)
  }
  for (let i: usize = 0; i < 4; i++, to += stride) {
    const at = columns + (i << 2)
    const dc = load<i32>(at) + 4
    const i1 = load<i32>(at, 16)
    const i2 = load<i32>(at, 32)
    const i3 = load<i32>(at, 48)
    const a = dc + i2
    const b = dc - i2
    const c = mul2(i1) - mul1(i3)
    const d = mul1(i1) + mul2(i3)
    store<u8>(to, clip(<i32>load<u8>(to) + ((a + d) >> 3)))
    store<u8>(to, clip(<i32>load<u8>(to, 1) + ((b + c) >> 3)), 1)
    store<u8>(to, clip(<i32>load<u8>(to, 2) + ((b - c) >> 3)), 2)
    store<u8>(to, clip(<i32>load<u8>(to, 3) + ((a - d) >> 3)), 3)
  }
}
