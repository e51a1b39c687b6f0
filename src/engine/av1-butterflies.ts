// One-dimensional inverse transforms (AV1 specification, section 7.13.2) as lists of butterflies. The lists are made
// once, by the section's own steps; the permutations at a transform's start and end become other places to work at.
// A step takes whole rows of numbers, so that it serves all columns of a block at once.

/** Bytes of a step: what to do, the two places, their cosine and sine. */
const STEP = 8
const ROTATE = 0
const ROTATE_SWAP = 1
const ADD = 2
/** 4,096 bytes by list: that of 64 points has some 350 steps. */
const LISTS: usize = memory.data(7 * 4096, 16)
const LENGTHS: usize = memory.data(4 * 8, 16)
/** By list, where each output lies: 64 bytes. */
const OUTPUTS: usize = memory.data(64 * 8, 16)

/** Cos128_Lookup. */
const COSINES = memory.data<i16>([
  4096, 4095, 4091, 4085, 4076, 4065, 4052, 4036, 4017, 3996, 3973, 3948, 3920, 3889, 3857, 3822, 3784, 3745, 3703,
  3659, 3612, 3564, 3513, 3461, 3406, 3349, 3290, 3229, 3166, 3102, 3035, 2967, 2896, 2824, 2751, 2675, 2598, 2520,
  2440, 2359, 2276, 2191, 2106, 2019, 1931, 1842, 1751, 1660, 1567, 1474, 1380, 1285, 1189, 1092, 995, 897, 799, 700,
  601, 501, 401, 301, 201, 101, 0,
])

function cosine(angle: i32): i32 {
  const at = angle & 255
  if (at <= 64) return <i32>load<i16>(COSINES + (at << 1))
  if (at <= 128) return -<i32>load<i16>(COSINES + ((128 - at) << 1))
  if (at <= 192) return -<i32>load<i16>(COSINES + ((at - 128) << 1))
  return <i32>load<i16>(COSINES + ((256 - at) << 1))
}

function brev(width: i32, value: i32): i32 {
  let out = 0
  for (let i = 0; i < width; i++) out |= ((value >> i) & 1) << (width - 1 - i)
  return out
}

// While a list is made: where the next step goes, and where each place of the section's array T lies.
let to: usize = 0
const PLACES: usize = memory.data(64, 16)

// @ts-ignore: decorator
@inline
function placed(index: i32): u8 {
  return load<u8>(PLACES + index)
}

function rotate(a: i32, b: i32, angle: i32, flip: i32): void {
  store<u8>(to, flip ? ROTATE_SWAP : ROTATE)
  store<u8>(to, placed(a), 1)
  store<u8>(to, placed(b), 2)
  store<i16>(to, <i16>cosine(angle), 4)
  store<i16>(to, <i16>cosine(angle - 64), 6)
  to += STEP
}

function hadamard(a: i32, b: i32, flip: i32): void {
  store<u8>(to, ADD)
  store<u8>(to, placed(flip ? b : a), 1)
  store<u8>(to, placed(flip ? a : b), 2)
  to += STEP
}

/** The inverse DCT process (section 7.13.2.3) of 1 << n points. */
function makeDct(n: i32): void {
  for (let i = 0; i < 1 << n; i++) store<u8>(PLACES + i, <u8>brev(n, i))
  if (n == 6) for (let i = 0; i < 16; i++) rotate(32 + i, 63 - i, 63 - 4 * brev(4, i), 0)
  if (n >= 5) for (let i = 0; i < 8; i++) rotate(16 + i, 31 - i, 6 + (brev(3, 7 - i) << 3), 0)
  if (n == 6) for (let i = 0; i < 16; i++) hadamard(32 + i * 2, 33 + i * 2, i & 1)
  if (n >= 4) for (let i = 0; i < 4; i++) rotate(8 + i, 15 - i, 12 + (brev(2, 3 - i) << 4), 0)
  if (n >= 5) for (let i = 0; i < 8; i++) hadamard(16 + 2 * i, 17 + 2 * i, i & 1)
  if (n == 6) {
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 2; j++) rotate(62 - i * 4 - j, 33 + i * 4 + j, 60 - 16 * brev(2, i) + 64 * j, 1)
    }
  }
  if (n >= 3) for (let i = 0; i < 2; i++) rotate(4 + i, 7 - i, 56 - 32 * i, 0)
  if (n >= 4) for (let i = 0; i < 4; i++) hadamard(8 + 2 * i, 9 + 2 * i, i & 1)
  if (n >= 5) {
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 2; j++) rotate(30 - 4 * i - j, 17 + 4 * i + j, 24 + (j << 6) + ((1 - i) << 5), 1)
    }
  }
  if (n == 6) for (let i = 0; i < 8; i++) for (let j = 0; j < 2; j++) hadamard(32 + i * 4 + j, 35 + i * 4 - j, i & 1)
  for (let i = 0; i < 2; i++) rotate(2 * i, 2 * i + 1, 32 + 16 * i, 1 - i)
  if (n >= 3) for (let i = 0; i < 2; i++) hadamard(4 + 2 * i, 5 + 2 * i, i)
  if (n >= 4) for (let i = 0; i < 2; i++) rotate(14 - i, 9 + i, 48 + 64 * i, 1)
  if (n >= 5) for (let i = 0; i < 4; i++) for (let j = 0; j < 2; j++) hadamard(16 + 4 * i + j, 19 + 4 * i - j, i & 1)
  if (n == 6) {
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 4; j++) rotate(61 - i * 8 - j, 34 + i * 8 + j, 56 - i * 32 + (j >> 1) * 64, 1)
    }
  }
  for (let i = 0; i < 2; i++) hadamard(i, 3 - i, 0)
  if (n >= 3) rotate(6, 5, 32, 1)
  if (n >= 4) for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) hadamard(8 + 4 * i + j, 11 + 4 * i - j, i)
  if (n >= 5) for (let i = 0; i < 4; i++) rotate(29 - i, 18 + i, 48 + (i >> 1) * 64, 1)
  if (n == 6) for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) hadamard(32 + 8 * i + j, 39 + 8 * i - j, i & 1)
  if (n >= 3) for (let i = 0; i < 4; i++) hadamard(i, 7 - i, 0)
  if (n >= 4) for (let i = 0; i < 2; i++) rotate(13 - i, 10 + i, 32, 1)
  if (n >= 5) for (let i = 0; i < 2; i++) for (let j = 0; j < 4; j++) hadamard(16 + i * 8 + j, 23 + i * 8 - j, i)
  if (n == 6) for (let i = 0; i < 8; i++) rotate(59 - i, 36 + i, i < 4 ? 48 : 112, 1)
  if (n >= 4) for (let i = 0; i < 8; i++) hadamard(i, 15 - i, 0)
  if (n >= 5) for (let i = 0; i < 4; i++) rotate(27 - i, 20 + i, 32, 1)
  if (n == 6) {
    for (let i = 0; i < 8; i++) {
      hadamard(32 + i, 47 - i, 0)
      hadamard(48 + i, 63 - i, 1)
    }
  }
  if (n >= 5) for (let i = 0; i < 16; i++) hadamard(i, 31 - i, 0)
  if (n == 6) for (let i = 0; i < 8; i++) rotate(55 - i, 40 + i, 32, 1)
  if (n == 6) for (let i = 0; i < 32; i++) hadamard(i, 63 - i, 0)
}

/** The inverse ADST processes of 8 and 16 points (sections 7.13.2.7 and 7.13.2.8). */
function makeAdst(n: i32): void {
  const count = 1 << n
  for (let i = 0; i < count; i++) store<u8>(PLACES + i, <u8>(i & 1 ? i - 1 : count - i - 1))
  if (n == 3) {
    for (let i = 0; i < 4; i++) rotate(2 * i, 2 * i + 1, 60 - 16 * i, 1)
    for (let i = 0; i < 4; i++) hadamard(i, 4 + i, 0)
    for (let i = 0; i < 2; i++) rotate(4 + 3 * i, 5 + i, 48 - 32 * i, 1)
    for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) hadamard(4 * j + i, 2 + 4 * j + i, 0)
    for (let i = 0; i < 2; i++) rotate(2 + 4 * i, 3 + 4 * i, 32, 1)
    return
  }
  for (let i = 0; i < 8; i++) rotate(2 * i, 2 * i + 1, 62 - 8 * i, 1)
  for (let i = 0; i < 8; i++) hadamard(i, 8 + i, 0)
  for (let i = 0; i < 2; i++) {
    rotate(8 + 2 * i, 9 + 2 * i, 56 - 32 * i, 1)
    rotate(13 + 2 * i, 12 + 2 * i, 8 + 32 * i, 1)
  }
  for (let i = 0; i < 4; i++) for (let j = 0; j < 2; j++) hadamard(8 * j + i, 4 + 8 * j + i, 0)
  for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) rotate(4 + 8 * j + 3 * i, 5 + 8 * j + i, 48 - 32 * i, 1)
  for (let i = 0; i < 2; i++) for (let j = 0; j < 4; j++) hadamard(4 * j + i, 2 + 4 * j + i, 0)
  for (let i = 0; i < 4; i++) rotate(2 + 4 * i, 3 + 4 * i, 32, 1)
}

/** Which list: DCT of 4, 8, 16, 32, 64 points, then ADST of 8 and 16. */
export const LIST_DCT = 0
export const LIST_ADST_8 = 5

/** Makes all lists; called once. */
export function butterfliesStart(): void {
  for (let list = 0; list < 7; list++) {
    to = LISTS + (list << 12)
    const outputs = OUTPUTS + (list << 6)
    if (list < LIST_ADST_8) {
      makeDct(list + 2)
      memory.copy(outputs, PLACES, 64)
    } else {
      const n = list - 2
      makeAdst(n)
      // The output permutation (section 7.13.2.5).
      for (let i = 0; i < 1 << n; i++) {
        const a = (i >> 3) & 1
        const b = ((i >> 2) ^ (i >> 3)) & 1
        const c = ((i >> 1) ^ (i >> 2)) & 1
        const d = (i ^ (i >> 1)) & 1
        store<u8>(outputs + i, placed(((d << 3) | (c << 2) | (b << 1) | a) >> (4 - n)))
      }
    }
    store<u32>(LENGTHS + (list << 2), <u32>to)
  }
}

/** Where output `index` of a list lies. */
// @ts-ignore: decorator
@inline
export function outputOf(list: i32, index: i32): i32 {
  return <i32>load<u8>(OUTPUTS + (list << 6) + index)
}

/**
 * Runs a list over rows of i32.
 * @param rows the first one
 * @param stride bytes between them
 * @param bytes how many of each row, a multiple of 16
 * @param range bits that values are clamped to
 */
export function butterflies(list: i32, rows: usize, stride: i32, bytes: i32, range: i32): void {
  const low = i32x4.splat(-(1 << (range - 1)))
  const high = i32x4.splat((1 << (range - 1)) - 1)
  const half = i32x4.splat(2048)
  const end = <usize>load<u32>(LENGTHS + (list << 2))
  for (let at = LISTS + (list << 12); at < end; at += STEP) {
    const kind = load<u8>(at)
    let a = rows + <usize>load<u8>(at, 1) * stride
    let b = rows + <usize>load<u8>(at, 2) * stride
    const last = a + bytes
    if (kind == ADD) {
      for (; a < last; a += 16) {
        const x = v128.load(a)
        const y = v128.load(b)
        v128.store(a, i32x4.max_s(low, i32x4.min_s(high, i32x4.add(x, y))))
        v128.store(b, i32x4.max_s(low, i32x4.min_s(high, i32x4.sub(x, y))))
        b += 16
      }
      continue
    }
    const cos = i32x4.splat(<i32>load<i16>(at, 4))
    const sin = i32x4.splat(<i32>load<i16>(at, 6))
    if (kind == ROTATE_SWAP) {
      for (; a < last; a += 16) {
        const x = v128.load(a)
        const y = v128.load(b)
        const first = i32x4.sub(i32x4.mul(x, cos), i32x4.mul(y, sin))
        const second = i32x4.add(i32x4.mul(x, sin), i32x4.mul(y, cos))
        v128.store(b, i32x4.shr_s(i32x4.add(first, half), 12))
        v128.store(a, i32x4.shr_s(i32x4.add(second, half), 12))
        b += 16
      }
      continue
    }
    for (; a < last; a += 16) {
      const x = v128.load(a)
      const y = v128.load(b)
      const first = i32x4.sub(i32x4.mul(x, cos), i32x4.mul(y, sin))
      const second = i32x4.add(i32x4.mul(x, sin), i32x4.mul(y, cos))
      v128.store(a, i32x4.shr_s(i32x4.add(first, half), 12))
      v128.store(b, i32x4.shr_s(i32x4.add(second, half), 12))
      b += 16
    }
  }
}
