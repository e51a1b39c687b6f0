// Decoding tables of deflate's prefix codes (RFC 1951 §3.2.2): a first table indexed by the next
// bits as they lie in the stream, and sub tables for longer codes. Entries are those of libdeflate:
//
//   bits 0–5 how many to drop (code and extra) · 8–11 code length · 13–15 flags · 16–30 value · 31 literal

export const LITERAL: u32 = 0x80000000
/** Neither a literal nor a length or distance: one of the two below, or no code at all. */
export const SPECIAL: u32 = 0x8000
export const SUBTABLE: u32 = 0x4000
export const END_OF_BLOCK: u32 = 0x2000

const literalValues = memory.data(288 * 4, 16)
const distanceValues = memory.data(32 * 4, 16)
const counts = memory.data(16 * 4, 16)
const starts = memory.data(17 * 4, 16)
const sorted = memory.data(288 * 2, 16)
let made = false

/** Fills in what each symbol means: base value, extra bits, flags (RFC 1951 §3.2.5). */
function make(): void {
  for (let s: u32 = 0; s < 256; s++) store<u32>(literalValues + (s << 2), LITERAL | (s << 16))
  store<u32>(literalValues + (256 << 2), SPECIAL | END_OF_BLOCK)
  let base: u32 = 3
  for (let s: u32 = 257; s < 285; s++) {
    const extra: u32 = s < 265 ? 0 : (s - 261) >> 2
    store<u32>(literalValues + (s << 2), (base << 16) | extra)
    base += 1 << extra
  }
  store<u32>(literalValues + (285 << 2), 258 << 16)
  store<u32>(literalValues + (286 << 2), SPECIAL)
  store<u32>(literalValues + (287 << 2), SPECIAL)
  base = 1
  for (let s: u32 = 0; s < 30; s++) {
    const extra: u32 = s < 4 ? 0 : (s - 2) >> 1
    store<u32>(distanceValues + (s << 2), (base << 16) | extra)
    base += 1 << extra
  }
  store<u32>(distanceValues + (30 << 2), SPECIAL)
  store<u32>(distanceValues + (31 << 2), SPECIAL)
  made = true
}

export const LITERALS: i32 = 0
export const DISTANCES: i32 = 1
export const LENGTHS: i32 = 2

/**
 * Builds the table of a code from the lengths (bytes, 0–15) of its `symbols` codes.
 * False for a code that zlib refuses: over-subscribed, or incomplete with more than one length.
 * @param kind what the symbols mean: LITERALS, DISTANCES or LENGTHS (code lengths: value = symbol)
 */
export function makeTable(table: usize, tableBits: i32, lengths: usize, symbols: i32, kind: i32): bool {
  if (!made) make()
  memory.fill(counts, 0, 16 * 4)
  for (let i = 0; i < symbols; i++) {
    const at = counts + ((<usize>load<u8>(lengths + i)) << 2)
    store<i32>(at, load<i32>(at) + 1)
  }
  const size = 1 << tableBits
  let longest = 15
  while (longest > 0 && load<i32>(counts + (longest << 2)) == 0) longest--
  let left = 1
  for (let n = 1; n <= 15; n++) {
    left = (left << 1) - load<i32>(counts + (n << 2))
    if (left < 0) return false
  }
  if (left > 0) {
    if (kind == LENGTHS || longest > 1) return false
    for (let i = 0; i < size; i++) store<u32>(table + (i << 2), SPECIAL)
    if (longest == 0) return kind == DISTANCES
  }

  // Symbols in the order of their codes: by length, then by value.
  let start = 0
  for (let n = 1; n <= 15; n++) {
    store<i32>(starts + (n << 2), start)
    start += load<i32>(counts + (n << 2))
  }
  for (let i = 0; i < symbols; i++) {
    const n = <usize>load<u8>(lengths + i)
    if (n == 0) continue
    const at = load<i32>(starts + (n << 2))
    store<i32>(starts + (n << 2), at + 1)
    store<u16>(sorted + (at << 1), <u16>i)
  }

  let code: u32 = 0 // bits reversed: as they lie in the stream
  let index = 0
  let next = size // where the next sub table goes
  let prefix: i32 = -1
  let sub: usize = 0
  let subBits = 0
  for (let n = 1; n <= longest; n++) {
    for (let k = load<i32>(counts + (n << 2)); k > 0; k--) {
      const symbol = <u32>load<u16>(sorted + (index << 1))
      index++
      const value =
        kind == LITERALS
          ? load<u32>(literalValues + (symbol << 2))
          : kind == DISTANCES
            ? load<u32>(distanceValues + (symbol << 2))
            : symbol << 16
      if (n <= tableBits) {
        const entry = value + (n << 8) + n
        for (let i: i32 = code; i < size; i += 1 << n) store<u32>(table + (i << 2), entry)
      } else {
        const low = <i32>code & (size - 1)
        if (low != prefix) {
          prefix = low
          // As wide as the codes that begin with this prefix need (zlib's inftrees.c).
          subBits = n - tableBits
          let room = 1 << subBits
          room -= k
          while (room > 0 && subBits + tableBits < longest) {
            subBits++
            room = (room << 1) - load<i32>(counts + ((subBits + tableBits) << 2))
          }
          sub = table + (next << 2)
          store<u32>(
            table + (low << 2),
            ((<u32>next) << 16) | SPECIAL | SUBTABLE | ((<u32>subBits) << 8) | tableBits,
          )
          next += 1 << subBits
        }
        const short = n - tableBits
        const entry = value + (short << 8) + short
        for (let i: i32 = code >>> tableBits; i < 1 << subBits; i += 1 << short)
          store<u32>(sub + (i << 2), entry)
      }
      // The next code: add one, at the reversed end.
      let bit: u32 = 1 << (n - 1)
      while (code & bit) bit >>>= 1
      code = bit ? (code & (bit - 1)) + bit : 0
    }
  }
  return true
}
