// Bits and prefix codes of VP8L (RFC 9649 §3.5–3.7): least significant bit first, canonical codes of up to 15 bits.
import { alloc } from './arena'

let data: usize = 0
let end: usize = 0
/** Of the next bit, from `data`. */
let position: usize = 0

/** Starts to read. */
export function vp8lBitsOpen(from: usize, to: usize): void {
  data = from
  end = to
  position = 0
}

export function vp8lBitsAt(): usize {
  return position
}

export function vp8lBitsSet(at: usize): void {
  position = at
}

/** Where the data begins and ends, for a loop that reads by itself. */
export function vp8lBitsData(): usize {
  return data
}

export function vp8lBitsEnd(): usize {
  return end
}

/** Whether fewer than so many bytes are left. */
export function vp8lBitsLow(bytes: usize): bool {
  return data + (position >> 3) + bytes > end
}

/** How many bytes have been read whole. */
export function vp8lBitsTaken(): usize {
  return position >> 3
}

/** Tells that the first `taken` bytes are gone, those behind them have moved there, and that now there are `size`. */
export function vp8lBitsFed(taken: usize, size: usize): void {
  position -= taken << 3
  end = data + size
}

/** Whether more bits were read than there are. */
export function vp8lBitsOver(): bool {
  return position > (end - data) << 3
}

/** At least 57 of the bits from a position on; behind the end, whatever stands there. */
// @ts-ignore: decorator
@inline
function peek(at: usize): u64 {
  return load<u64>(min(data + (at >> 3), end)) >> (at & 7)
}

/** Up to 24 bits. */
export function vp8lRead(bits: usize): u32 {
  const value = <u32>peek(position) & ((1 << <u32>bits) - 1)
  position += bits
  return value
}

const ROOT: i32 = 8
const LONGEST: i32 = 15

// A code: where its table lies, and the mask of the bits that it is entered with, as two u32. An entry is
// length << 12 | symbol. Above a length of 8 it leads on: to as many more bits, at symbol entries from the start.
export const CODE: usize = 8

// Scratch of the builder.
let counts: usize = 0
let firsts: usize = 0
let deepest: usize = 0
let lengths: usize = 0
let lengthCode: usize = 0

/** Symbols of the largest alphabet: literals, lengths, a cache of 2^11 colours. */
const MOST_SYMBOLS: usize = 256 + 24 + 2048

/** Takes the scratch from the arena. Returns false where that has no room. */
export function vp8lCodesStart(): bool {
  counts = alloc(64)
  firsts = alloc(64)
  deepest = alloc(256)
  lengths = alloc(MOST_SYMBOLS)
  lengthCode = alloc(CODE)
  return counts != 0 && firsts != 0 && deepest != 0 && lengths != 0 && lengthCode != 0
}

/** What the next bits say in a code: length << 12 | symbol. */
// @ts-ignore: decorator
@inline
export function vp8lEntry(code: usize, bits: u64): u32 {
  const table = <usize>load<u32>(code)
  const entry = <u32>load<u16>(table + ((<usize>bits & load<u32>(code, 4)) << 1))
  const length = entry >> 12
  if (<i32>length <= ROOT) return entry
  const more = <usize>(bits >> ROOT) & ((1 << (length - ROOT)) - 1)
  return <u32>load<u16>(table + ((<usize>(entry & 0xfff) + more) << 1)) + (ROOT << 12)
}

/** The next symbol of a code; moves on. */
function symbolOf(code: usize): u32 {
  const entry = vp8lEntry(code, peek(position))
  position += entry >> 12
  return entry & 0xfff
}

/**
 * Reads the code of `symbols` symbols and, where `keep`, makes its table at `to`. Returns 0; -1 broken, -3 where
 * the arena has no room.
 */
export function vp8lReadCode(symbols: i32, to: usize, keep: bool): i32 {
  memory.fill(lengths, 0, symbols)
  if (vp8lRead(1) == 1) {
    const two = vp8lRead(1) == 1
    const first = vp8lRead(vp8lRead(1) == 1 ? 8 : 1)
    const second = two ? vp8lRead(8) : first
    if (<i32>first >= symbols || <i32>second >= symbols) return -1
    store<u8>(lengths + first, 1)
    store<u8>(lengths + second, 1)
  } else {
    const status = readLengths(symbols)
    if (status < 0) return status
  }
  if (vp8lBitsOver()) return -2
  return build(lengths, symbols, to, keep)
}

/** Code lengths, themselves coded (§3.7.2.1.2). */
function readLengths(symbols: i32): i32 {
  const own = memory.data(19)
  memory.fill(own, 0, 19)
  const order = memory.data<u8>([17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  const given = 4 + <i32>vp8lRead(4)
  for (let i = 0; i < given; i++) store<u8>(own + load<u8>(order + i), <u8>vp8lRead(3))
  // Its table is of the longest 7 bits: it lies in static memory.
  const table = memory.data(256)
  store<u32>(lengthCode, <u32>table)
  if (buildInto(own, 19, lengthCode, table, 128) < 0) return -1
  let left = symbols
  if (vp8lRead(1) == 1) {
    left = 2 + <i32>vp8lRead(2 + 2 * vp8lRead(3))
    if (left > symbols) return -1
  }
  let before: u8 = 8
  for (let at = 0; at < symbols && left-- > 0; ) {
    const symbol = symbolOf(lengthCode)
    if (symbol < 16) {
      store<u8>(lengths + at++, <u8>symbol)
      if (symbol != 0) before = <u8>symbol
      continue
    }
    const repeat =
      symbol == 16 ? 3 + <i32>vp8lRead(2) : symbol == 17 ? 3 + <i32>vp8lRead(3) : 11 + <i32>vp8lRead(7)
    if (at + repeat > symbols) return -1
    if (symbol == 16) memory.fill(lengths + at, before, repeat)
    at += repeat
  }
  return 0
}

function build(from: usize, symbols: i32, to: usize, keep: bool): i32 {
  const entries = sizeOf(from, symbols)
  if (entries < 0) return -1
  if (!keep) return 0
  const table = alloc(<usize>entries << 1)
  if (table == 0) return -3
  return buildInto(from, symbols, to, table, entries)
}

/** Counts lengths. Returns the longest, 0 for one symbol (which takes no bits), or -1 where they are no whole code. */
function longestOf(from: usize, symbols: i32): i32 {
  memory.fill(counts, 0, 64)
  for (let i = 0; i < symbols; i++) {
    const at = counts + (<usize>load<u8>(from + i) << 2)
    store<i32>(at, load<i32>(at) + 1)
  }
  let longest = 0
  let used = 0
  let space = 0
  let code = 0
  for (let length = 1; length <= LONGEST; length++) {
    const count = load<i32>(counts + (<usize>length << 2))
    store<i32>(firsts + (<usize>length << 2), code)
    code = (code + count) << 1
    space += count << (LONGEST - length)
    used += count
    if (count > 0) longest = length
  }
  if (used == 1) return 0
  return space == 1 << LONGEST ? longest : -1
}

/** Gives out the codes in order of the symbols: the reversed code of one, and its length in `deepest`'s terms. */
// @ts-ignore: decorator
@inline
function nextCode(length: i32): i32 {
  const at = firsts + (<usize>length << 2)
  const code = load<i32>(at)
  store<i32>(at, code + 1)
  let reversed = 0
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i)
  return reversed
}

/** Entries of a code's table, or -1. */
function sizeOf(from: usize, symbols: i32): i32 {
  const longest = longestOf(from, symbols)
  if (longest <= ROOT) return longest < 0 ? -1 : 1 << longest
  memory.fill(deepest, 0, 256)
  for (let i = 0; i < symbols; i++) {
    const length = <i32>load<u8>(from + i)
    if (length == 0) continue
    const code = nextCode(length)
    const at = deepest + (code & 255)
    if (length > ROOT && <i32>load<u8>(at) < length - ROOT) store<u8>(at, <u8>(length - ROOT))
  }
  let entries = 256
  for (let i = 0; i < 256; i++) {
    const more = <i32>load<u8>(deepest + i)
    if (more > 0) entries += 1 << more
  }
  return entries
}

function buildInto(from: usize, symbols: i32, to: usize, table: usize, room: i32): i32 {
  const entries = sizeOf(from, symbols)
  if (entries < 0 || entries > room || entries > 4096) return -1
  const longest = longestOf(from, symbols)
  const root = min(longest, ROOT)
  store<u32>(to, <u32>table)
  store<u32>(to, (1 << root) - 1, 4)
  if (longest > ROOT) {
    let next = 256
    for (let i: usize = 0; i < 256; i++) {
      const more = <i32>load<u8>(deepest + i)
      if (more == 0) continue
      store<u16>(table + (i << 1), <u16>(((ROOT + more) << 12) | next))
      next += 1 << more
    }
  }
  for (let i = 0; i < symbols; i++) {
    const length = <i32>load<u8>(from + i)
    if (length == 0) continue
    if (longest == 0) {
      store<u16>(table, <u16>i)
      return 0
    }
    const code = nextCode(length)
    if (length <= root) {
      for (let at = code; at < 1 << root; at += 1 << length) {
        store<u16>(table + (<usize>at << 1), <u16>((length << 12) | i))
      }
    } else {
      const link = <i32>load<u16>(table + (<usize>(code & 255) << 1))
      const sub = table + (<usize>(link & 0xfff) << 1)
      const size = 1 << ((link >> 12) - ROOT)
      for (let at = code >> ROOT; at < size; at += 1 << (length - ROOT)) {
        store<u16>(sub + (<usize>at << 1), <u16>(((length - ROOT) << 12) | i))
      }
    }
  }
  return 0
}
