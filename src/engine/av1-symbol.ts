// AV1's symbol decoder (AV1 specification, section 8.2): multi-symbol arithmetic decoding whose distributions
// adapt. A distribution is kept as 32768 less its cumulative frequencies, then zeros, then the count of its uses:
// 2 × u16 for two symbols, 4 for up to 4, 8 for up to 8, 16 for up to 16. Up to 8 symbols are compared at once.
// Each tile's decoder lies in memory while another one is in use.

/** Bytes of a decoder's state. */
export const SYMBOL_STATE: usize = 32

let at: usize = 0
let end: usize = 0
/** The window: SymbolValue in the highest 16 bits, what follows below; bits are stored inverted, as the section has it. */
let value: u64 = 0
/** SymbolRange. */
let range: u32 = 0
/** Bits of `value` below the highest 16 that are of the stream. */
let count: i32 = 0
/** Whether distributions adapt. */
let adapts: bool = true

/** 4 × the number of symbols that follow, by symbol from 15 before the last on; zeros follow. */
const LEAST: usize = memory.data<u16>([
  60, 56, 52, 48, 44, 40, 36, 32, 28, 24, 20, 16, 12, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])

/** init_symbol for the bytes from `from` to `to`. */
export function symbolsOpen(state: usize, from: usize, to: usize): void {
  store<u32>(state, <u32>from)
  store<u32>(state, <u32>to, 4)
  store<u64>(state, 0x7fffffffffffffff, 8)
  store<u32>(state, 0x8000, 16)
  store<i32>(state, -15, 20)
}

/** Makes a decoder the one in use. @param frozen disable_cdf_update */
export function symbolsUse(state: usize, frozen: i32): void {
  at = load<u32>(state)
  end = load<u32>(state, 4)
  value = load<u64>(state, 8)
  range = load<u32>(state, 16)
  count = load<i32>(state, 20)
  adapts = frozen == 0
  if (count < 0) refill()
}

/** Keeps the state of the decoder in use. */
export function symbolsKeep(state: usize): void {
  store<u32>(state, <u32>at)
  store<u64>(state, value, 8)
  store<u32>(state, range, 16)
  store<i32>(state, count, 20)
}

function refill(): void {
  // Where the next bit goes.
  const place = 47 - count
  if (at + 8 <= end) {
    const wanted = (place + 1) & ~7
    const bytes = bswap<u64>(load<u64>(at)) >> <u64>(64 - wanted)
    value ^= bytes << <u64>(place + 1 - wanted)
    at += wanted >> 3
    count += wanted
    return
  }
  let shift = place - 7
  while (shift >= 0 && at < end) {
    value ^= <u64>load<u8>(at++) << <u64>shift
    shift -= 8
    count += 8
  }
  // Behind the last byte follow zeros: ones, inverted, which shifting brings in.
  if (at >= end) count = 0x40000000
}

// @ts-ignore: decorator
@inline
function take(high: u32, low: u32): void {
  value -= <u64>low << 48
  const left = high - low
  const shift = clz(left) - 16
  range = left << shift
  value = ((value + 1) << <u64>shift) - 1
  count -= shift
  if (count < 0) refill()
}

/** L(1): a bit of equal chances. */
export function symbolBit(): i32 {
  const low = ((range >> 8) << 7) + 4
  if (<u32>(value >> 48) >= low) {
    take(range, low)
    return 0
  }
  take(low, 0)
  return 1
}

/** L(n). */
export function symbolBits(width: i32): i32 {
  let number = 0
  while (width-- > 0) number = (number << 1) | symbolBit()
  return number
}

/** NS(n): one of `choices` values. */
export function symbolChoice(choices: i32): i32 {
  const width = 32 - clz(choices)
  const short = (1 << width) - choices
  const number = symbolBits(width - 1)
  return number < short ? number : (number << 1) - short + symbolBit()
}

/** A symbol of two, by an unchanging frequency: 32768 less that of 0. */
export function symbolOf(frequency: u32): i32 {
  const low = (((range >> 8) * (frequency >> 6)) >> 1) + 4
  if (<u32>(value >> 48) >= low) {
    take(range, low)
    return 0
  }
  take(low, 0)
  return 1
}

/** S() of two symbols. */
export function symbol2(cdf: usize): i32 {
  const f = <u32>load<u16>(cdf)
  const low = (((range >> 8) * (f >> 6)) >> 1) + 4
  let symbol = 0
  if (<u32>(value >> 48) >= low) take(range, low)
  else {
    take(low, 0)
    symbol = 1
  }
  if (adapts) {
    const uses = <u32>load<u16>(cdf, 2)
    const rate = 4 + (uses >> 4)
    store<u16>(cdf, <u16>(symbol ? f + ((32768 - f) >> rate) : f - (f >> rate)))
    store<u16>(cdf, <u16>(uses + (uses < 32 ? 1 : 0)), 2)
  }
  return symbol
}

/**
 * The lanes' limits: ((range >> 8) × (f >> 6) >> 1) + 4 × the symbols that follow, in 16 bits: the product of 8 and 9
 * bits is taken without the lowest of the 9, which adds half of range >> 8.
 */
// @ts-ignore: decorator
@inline
function limits(f: v128, symbols: i32): v128 {
  const high = range >> 8
  const even = i16x8.mul(i16x8.splat(<i16>high), i16x8.shr_u(f, 7))
  const odd = v128.and(i16x8.shr_s(i16x8.shl(f, 9), 15), i16x8.splat(<i16>(high >> 1)))
  return i16x8.add(i16x8.add(even, odd), v128.load(LEAST + ((16 - symbols) << 1)))
}

/**
 * S() of 3 or 4 symbols: the first ones are by far the likeliest, so that comparing in turn beats comparing at once.
 * The distribution adapts as one number of four times 16 bits.
 */
// @ts-ignore: decorator
@inline
export function symbol4(cdf: usize, symbols: i32): i32 {
  const f = load<u64>(cdf)
  const scale = range >> 8
  const now = <u32>(value >> 48)
  const least = (symbols - 1) << 2
  let symbol = 0
  let passed: u64 = 0
  let high = range
  let low = ((scale * ((<u32>f & 0xffff) >> 6)) >> 1) + least
  if (now < low) {
    high = low
    low = ((scale * (<u32>f >> 22)) >> 1) + least - 4
    symbol = 1
    passed = 0xffff
    if (now < low) {
      high = low
      low = ((scale * ((<u32>(f >> 32) & 0xffff) >> 6)) >> 1) + least - 8
      symbol = 2
      passed = 0xffffffff
      if (now < low) {
        high = low
        low = 0
        symbol = 3
        passed = 0xffffffffffff
      }
    }
  }
  take(high, low)
  if (adapts) {
    const uses = <i32>(f >> 48)
    const rate = 4 + (uses >> 4) + (symbols >> 2)
    const own = f & 0xffffffffffff
    // Those that were passed move towards 32768, the others towards 0.
    const far = (own & ~passed) | ((0x800080008000 - own) & passed)
    const step = (far >> <u64>rate) & (<u64>(0xffff >> rate) * 0x100010001)
    const next = own + (step & passed) - (step & ~passed)
    store<u64>(cdf, next | (<u64>(uses + (uses < 32 ? 1 : 0)) << 48))
  }
  return symbol
}

/** S() of 5 to 8 symbols. */
export function symbol8(cdf: usize, symbols: i32): i32 {
  const f = v128.load(cdf)
  const low = limits(f, symbols)
  const now = i16x8.splat(<i16>(value >> 48))
  const passed = i16x8.gt_u(low, now)
  const symbol = ctz(~i16x8.bitmask(passed))
  finish(low, symbol, symbols)
  if (adapts) {
    const uses = <u32>load<u16>(cdf, 14)
    v128.store(cdf, adapted(f, passed, 5 + (uses >> 4)))
    store<u16>(cdf, <u16>(uses + (uses < 32 ? 1 : 0)), 14)
  }
  return symbol
}

/** Where limits are looked up by symbol: one that is never reached comes first. */
const LIMITS: usize = memory.data(32, 16)

// @ts-ignore: decorator
@inline
function finish(low: v128, symbol: i32, symbols: i32): void {
  v128.store(LIMITS, low, 2)
  const high = symbol == 0 ? range : <u32>load<u16>(LIMITS + (symbol << 1))
  take(high, symbol == symbols - 1 ? 0 : <u32>load<u16>(LIMITS + (symbol << 1), 2))
}

/** Lanes that were passed move towards 32768, the others towards 0. */
// @ts-ignore: decorator
@inline
function adapted(f: v128, passed: v128, rate: i32): v128 {
  const up = i16x8.shr_u(i16x8.sub(i16x8.splat(<i16>0x8000), f), rate)
  const down = i16x8.shr_u(f, rate)
  return v128.bitselect(i16x8.add(f, up), i16x8.sub(f, down), passed)
}

/** S() of 9 to 16 symbols. */
export function symbol16(cdf: usize, symbols: i32): i32 {
  const now = <u32>(value >> 48)
  const scale = range >> 8
  let high = range
  let low: u32 = 0
  let symbol = 0
  for (; symbol < symbols - 1; symbol++) {
    low = ((scale * (<u32>load<u16>(cdf + (symbol << 1)) >> 6)) >> 1) + 4 * <u32>(symbols - 1 - symbol)
    if (now >= low) break
    high = low
  }
  take(high, symbol == symbols - 1 ? 0 : low)
  if (adapts) {
    const uses = <u32>load<u16>(cdf, 30)
    const rate = 5 + (uses >> 4)
    for (let i = 0; i < symbols - 1; i++) {
      const f = <u32>load<u16>(cdf + (i << 1))
      store<u16>(cdf + (i << 1), <u16>(i < symbol ? f + ((32768 - f) >> rate) : f - (f >> rate)))
    }
    store<u16>(cdf, <u16>(uses + (uses < 32 ? 1 : 0)), 30)
  }
  return symbol
}
