// Prefix codes of JPEG XL (ISO/IEC 18181-1:2024 §C.2.4), which are Brotli's (RFC 7932 §3.4–3.5), as tables of two levels.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bits, drop, flag, look, refill } from './jxl-bits'
import { CORRUPT, fail, TOO_LARGE } from './jxl-fault'

/** Bits by which the first level is entered. */
const ROOT: i32 = 9
const LONGEST: i32 = 15
const LENGTH_CODES: i32 = 18
const REPEAT: u32 = 16

// A table: bits of the first level, then its entries as u32: symbol << 8 | length. Where the code goes on:
// place of the second level << 8 | 0x80 | its bits.

/** In which order the lengths of the lengths' codes are stored. */
const ORDER: StaticArray<u8> = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15]
/** The fixed code of those lengths by its next 4 bits: bits << 4 | length. */
const FIXED: StaticArray<u8> = [
  0x20, 0x24, 0x23, 0x32, 0x20, 0x24, 0x23, 0x41, 0x20, 0x24, 0x23, 0x32, 0x20, 0x24, 0x23, 0x45,
]

/** The next symbol of a code. */
// @ts-ignore: decorator
@inline
export function prefixSymbol(table: usize): u32 {
  refill()
  let entry = load<u32>(table + 4 + ((<usize>look() & ((<usize>1 << load<u32>(table)) - 1)) << 2))
  if (entry & 0x80) {
    drop(<i32>load<u32>(table))
    entry = load<u32>(table + 4 + (<usize>(entry >> 8) << 2) + ((<usize>look() & ((<usize>1 << (entry & 15)) - 1)) << 2))
  }
  drop(<i32>(entry & 15))
  return entry >> 8
}

/** Of a code with a single symbol. */
function single(symbol: u32): usize {
  const table = alloc(8)
  if (table == 0) {
    fail(TOO_LARGE)
    return 0
  }
  store<u32>(table, 0)
  store<u32>(table, symbol << 8, 4)
  return table
}

/** Reads the code of `size` symbols, at most 32,768; 0 after a fault. */
export function readPrefix(size: i32): usize {
  if (size == 1) return single(0)
  const skipped = <i32>bits(2)
  if (skipped == 1) return readSimple(size)
  // The lengths lie above the table until that is made: so they are read first, to the top of what is free.
  const lengths = alloc(<usize>size + 32)
  if (lengths == 0) {
    fail(TOO_LARGE)
    return 0
  }
  memory.fill(lengths, 0, <usize>size)
  return readLengths(lengths, size, skipped) ? tableOf(lengths, size) : 0
}

/** Up to four symbols, named. */
function readSimple(size: i32): usize {
  const count = <i32>bits(2) + 1
  const width = 32 - clz(size - 1)
  const lengths = alloc(<usize>size)
  const symbols = alloc(16)
  if (lengths == 0 || symbols == 0) {
    fail(TOO_LARGE)
    return 0
  }
  memory.fill(lengths, 0, <usize>size)
  for (let i = 0; i < count; i++) {
    const symbol = bits(width)
    for (let j = 0; j < i; j++) {
      if (load<u32>(symbols + (<usize>j << 2)) == symbol) fail(CORRUPT)
    }
    if (<i32>symbol >= size) {
      fail(CORRUPT)
      return 0
    }
    store<u32>(symbols + (<usize>i << 2), symbol)
  }
  if (count == 1) return single(load<u32>(symbols))
  const uneven = count == 4 && flag()
  for (let i = 0; i < count; i++) {
    let length: u8 = count == 2 ? 1 : 2
    if (count == 3 && i == 0) length = 1
    if (uneven) length = i == 0 ? 1 : i == 1 ? 2 : 3
    store<u8>(lengths + load<u32>(symbols + (<usize>i << 2)), length)
  }
  return tableOf(lengths, size)
}

function readLengths(lengths: usize, size: i32, skipped: i32): bool {
  const mark = arenaMark()
  const own = alloc(<usize>LENGTH_CODES)
  if (own == 0) return fail(TOO_LARGE)
  memory.fill(own, 0, <usize>LENGTH_CODES)
  let space = 32
  let used = 0
  let last = 0
  for (let i = skipped; i < LENGTH_CODES && space > 0; i++) {
    refill()
    const entry = <i32>unchecked(FIXED[look() & 15])
    drop(entry >> 4)
    const length = entry & 15
    const at = <i32>unchecked(ORDER[i])
    store<u8>(own + at, <u8>length)
    if (length != 0) {
      space -= 32 >> length
      used++
      last = at
    }
  }
  if (used != 1 && space != 0) return fail(CORRUPT)
  const code = used == 1 ? single(last) : tableOf(own, LENGTH_CODES)
  if (code == 0) return false

  let left = 32768
  let before: u32 = 8
  let repeated: i32 = -1
  let repeat = 0
  let at = 0
  while (at < size && left > 0) {
    const symbol = prefixSymbol(code)
    if (symbol < REPEAT) {
      repeat = 0
      store<u8>(lengths + at++, <u8>symbol)
      if (symbol != 0) {
        before = symbol
        left -= 32768 >> symbol
      }
      continue
    }
    const extra = <i32>symbol - 14
    const length = symbol == REPEAT ? before : 0
    if (repeated != <i32>length) repeat = 0
    repeated = length
    const old = repeat
    if (repeat > 0) repeat = (repeat - 2) << extra
    repeat += <i32>bits(extra) + 3
    const more = repeat - old
    if (at + more > size) return fail(CORRUPT)
    memory.fill(lengths + at, <u8>length, <usize>more)
    at += more
    if (length != 0) left -= more << (15 - <i32>length)
  }
  arenaRelease(mark)
  return left == 0 || fail(CORRUPT)
}

/** The table of a canonical code, whose bits come highest first; it must be complete. */
function tableOf(lengths: usize, size: i32): usize {
  let most = 0
  let filled = 0
  for (let i = 0; i < size; i++) {
    const length = <i32>load<u8>(lengths + i)
    if (length > most) most = length
    if (length != 0) filled += 32768 >> length
  }
  if (most == 0 || filled != 32768 || most > LONGEST) {
    fail(CORRUPT)
    return 0
  }
  const root = min(most, ROOT)
  const entries: usize = <usize>1 << root
  const deep = alloc(entries)
  // Codes in order of their lengths, by the bits reversed.
  const codes = alloc(<usize>size << 1)
  if (deep == 0 || codes == 0) {
    fail(TOO_LARGE)
    return 0
  }
  memory.fill(deep, 0, entries)
  let code: u32 = 0
  let second = 0
  for (let length = 1; length <= most; length++) {
    for (let i = 0; i < size; i++) {
      if (<i32>load<u8>(lengths + i) != length) continue
      const reversed = reverse(code++, length)
      store<u16>(codes + (<usize>i << 1), <u16>reversed)
      if (length > root) store<u8>(deep + (reversed & (<u32>entries - 1)), <u8>(length - root))
    }
    code <<= 1
  }
  for (let i: usize = 0; i < entries; i++) {
    const more = load<u8>(deep + i)
    if (more != 0) second += 1 << more
  }
  const table = alloc(4 + ((entries + <usize>second) << 2))
  if (table == 0) {
    fail(TOO_LARGE)
    return 0
  }
  store<u32>(table, root)
  const first = table + 4
  let at = <u32>entries
  for (let i: usize = 0; i < entries; i++) {
    const more = <u32>load<u8>(deep + i)
    if (more == 0) continue
    store<u32>(first + (i << 2), (at << 8) | 0x80 | more)
    at += 1 << more
  }
  for (let i = 0; i < size; i++) {
    const length = <i32>load<u8>(lengths + i)
    if (length == 0) continue
    const own = <u32>load<u16>(codes + (<usize>i << 1))
    if (length <= root) {
      for (let place = own; place < <u32>entries; place += 1 << length) {
        store<u32>(first + (<usize>place << 2), (<u32>i << 8) | length)
      }
      continue
    }
    const entry = load<u32>(first + (<usize>(own & (<u32>entries - 1)) << 2))
    const level = first + (<usize>(entry >> 8) << 2)
    const rest = length - root
    for (let place = own >> root; place < <u32>1 << (entry & 15); place += 1 << rest) {
      store<u32>(level + (<usize>place << 2), (<u32>i << 8) | rest)
    }
  }
  return table
}

function reverse(code: u32, length: i32): u32 {
  let value: u32 = 0
  for (let i = 0; i < length; i++) value |= ((code >> i) & 1) << (length - 1 - i)
  return value
}
