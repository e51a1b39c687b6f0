// Huffman tables (T.81 Annex C, F.2.2.3), laid out for decoding several things in one lookup.
//
// fast   u32[1024], by the next 10 bits:
//          value << 16 | advance << 8 | bits     code and extra bits both within the 10 bits
//          symbol << 8 | 64 | code bits          the extra bits lie beyond
//          64                                    the code itself is longer
//        `advance` is run + 1, 64 for end of block; in a DC table it is unused.
// skip   u16[4096], by the next 12 bits: as many whole AC symbols as lie in them, for
//        coefficients that nobody needs: (128 if the block ends | coefficients) << 6 | bits; 0 none.
// start  u64[2048], by the next 11 bits, for blocks that are reduced to 2×2: what `skip` gives from
//        the first AC coefficient on, and the values of those with zigzag index 1, 2 and 4:
//          value 4 << 48 | value 2 << 32 | value 1 << 16 | index of the next coefficient, 65 if the
//          block ends << 8 | bits; 0 none.
// look   u16[1024], by 10 bits: symbol << 8 | code bits; 0 longer.
// then the canonical tables for longer codes.

export const LOOK_BITS = 10
export const SKIP_BITS = 12
export const START_BITS = 11
/** Bits that a `start` entry takes at most. */
const START_MAX = 26
/** In a `fast` entry: what follows is not all there. */
export const SLOW = 64

/** Offset of `look` in a table. */
export const LOOK: usize = 4096
const MAX_CODE: usize = LOOK + 2048
const OFFSET: usize = MAX_CODE + 18 * 4
const SYMBOLS: usize = OFFSET + 18 * 4
const STATE: usize = SYMBOLS + 256
export const SKIP: usize = STATE + 16
export const DC_TABLE_BYTES: usize = SKIP
export const START: usize = SKIP + 8192
export const AC_TABLE_BYTES: usize = START + 16384

// States of a table, bits of its word at STATE.
const DEFINED: u32 = 1
const FAST_MADE: u32 = 2
const SKIP_MADE: u32 = 4

let made: u32 = 0

/** Tables whose lookups have been made since the module was: for tests of what a file can ask for. */
export function jpegDecTablesMade(): u32 {
  return made
}

/**
 * Makes a table ready for a scan; false where it was never defined. A DHT segment can define 3,600 tables, of
 * which a scan uses eight at most: what only lookups need is made here.
 */
export function readyTable(table: usize, dc: bool): bool {
  const state = load<u32>(table + STATE)
  if (state == 0) return false
  if ((state & FAST_MADE) == 0) {
    buildFast(table, dc)
    made++
    store<u32>(table + STATE, state | FAST_MADE)
  }
  return true
}

/**
 * Builds a table from a DHT segment: `counts` are 16 bytes, `symbols` follow.
 * Returns false for codes that don't fit their lengths.
 */
export function buildTable(table: usize, counts: usize, symbols: usize, total: i32, dc: bool): bool {
  let code = 0
  let k = 0
  memory.fill(table, 0, MAX_CODE)
  for (let length = 1; length <= 16; length++) {
    const n = <i32>load<u8>(counts + length - 1)
    store<i32>(table + OFFSET + (length << 2), k - code)
    if (code + n > 1 << length) return false
    for (let i = 0; i < n; i++, k++, code++) {
      const symbol = load<u8>(symbols + k)
      // A DC symbol is the number of extra bits: 8-bit samples have at most 11, allow what the reader can.
      if (dc && symbol > 15) return false
      store<u8>(table + SYMBOLS + k, symbol)
      if (length <= LOOK_BITS) {
        const first = code << (LOOK_BITS - length)
        const span = 1 << (LOOK_BITS - length)
        const entry = <u16>((<i32>symbol << 8) | length)
        for (let j = 0; j < span; j++) store<u16>(table + LOOK + ((first + j) << 1), entry)
      }
    }
    store<i32>(table + MAX_CODE + (length << 2), n ? code - 1 : -1)
    code <<= 1
  }
  if (k != total) return false
  store<u32>(table + STATE, DEFINED)
  return true
}

function buildFast(table: usize, dc: bool): void {
  for (let i = 0; i < 1 << LOOK_BITS; i++) {
    const look = <i32>load<u16>(table + LOOK + (i << 1))
    const length = look & 255
    const symbol = look >> 8
    const size = dc ? symbol : symbol & 15
    let entry = SLOW
    if (length != 0) {
      if (length + size <= LOOK_BITS) {
        let value = (i >> (LOOK_BITS - length - size)) & ((1 << size) - 1)
        if (size != 0 && value >> (size - 1) == 0) value -= (1 << size) - 1
        let advance = (symbol >> 4) + 1
        if (size == 0 && symbol != 0xf0) advance = 64
        entry = (value << 16) | (advance << 8) | (length + size)
      } else {
        entry = (symbol << 8) | SLOW | length
      }
    }
    store<u32>(table + (i << 2), entry)
  }
}

/** Makes the `skip` part of an AC table, once. */
export function buildSkip(table: usize): void {
  const state = load<u32>(table + STATE)
  if (state & SKIP_MADE) return
  store<u32>(table + STATE, state | SKIP_MADE)
  for (let i = 0; i < 1 << SKIP_BITS; i++) {
    let bits = 0
    let advance = 0
    while (bits < SKIP_BITS) {
      const window = (i << bits) & ((1 << SKIP_BITS) - 1)
      const look = <i32>load<u16>(table + LOOK + ((window >> (SKIP_BITS - LOOK_BITS)) << 1))
      const length = look & 255
      if (length == 0 || length > SKIP_BITS - bits) break
      const symbol = look >> 8
      const size = symbol & 15
      if (size == 0 && symbol != 0xf0) {
        bits += length
        advance |= 128
        break
      }
      if (advance + (symbol >> 4) + 1 > 63) break
      advance += (symbol >> 4) + 1
      bits += length + size
    }
    store<u16>(table + SKIP + (i << 1), (advance << 6) | bits)
  }
}

/** Makes the `start` part of an AC table. */
export function buildStart(table: usize): void {
  for (let i = 0; i < 1 << START_BITS; i++) {
    let bits = 0
    let k = 1
    let values: u64 = 0
    while (bits < START_BITS && k < 64) {
      const window = (i << bits) & ((1 << START_BITS) - 1)
      const look = <i32>load<u16>(table + LOOK + ((window >> (START_BITS - LOOK_BITS)) << 1))
      const length = look & 255
      if (length == 0 || length > START_BITS - bits) break
      const symbol = look >> 8
      const size = symbol & 15
      if (size == 0 && symbol != 0xf0) {
        bits += length
        k = 65
        break
      }
      const after = k + (symbol >> 4) + 1
      const total = bits + length + size
      if (after > 64 || total > START_MAX) break
      if (after <= 5 && size != 0) {
        // Zigzag indices 1 to 4: the value has to be here whole.
        if (total > START_BITS) break
        let value = (i >> (START_BITS - total)) & ((1 << size) - 1)
        if (value >> (size - 1) == 0) value -= (1 << size) - 1
        const place = after == 2 ? 16 : after == 3 ? 32 : 48
        if (after != 4) values |= <u64>(value & 0xffff) << place
      }
      bits = total
      k = after
    }
    store<u64>(table + START + (i << 3), bits == 0 ? 0 : values | (k << 8) | bits)
  }
}

/**
 * The code at the head of `peek` (16 bits): length << 8 | symbol. An impossible code counts as
 * 16 bits of symbol 0, as libjpeg does.
 */
export function readCode(table: usize, peek: i32): i32 {
  const look = <i32>load<u16>(table + LOOK + ((peek >> (16 - LOOK_BITS)) << 1))
  if (look != 0) return ((look & 255) << 8) | (look >> 8)
  for (let length = LOOK_BITS + 1; length <= 16; length++) {
    const code = peek >> (16 - length)
    if (code <= load<i32>(table + MAX_CODE + (length << 2))) {
      const index = (code + load<i32>(table + OFFSET + (length << 2))) & 255
      return (length << 8) | load<u8>(table + SYMBOLS + index)
    }
  }
  return 16 << 8
}
