// A quantised block as a list of tokens, kept until the whole picture's frequencies are known.
//
// A token is a u16: the Huffman symbol (zero run << 4 | size) in its low byte, the low 8 of the
// `size` extra bits in its high byte; where size > 8 a second u16 has the rest. A block is one DC
// token, its AC tokens and an end: EOB, or SILENT_END after a coefficient at position 63. At
// quality 80 that is about 2.5 bytes for each byte of the file.

import { huffmanCounts, SILENT_END } from './jpeg-encode-huffman'
import { ZIGZAG } from './jpeg-encode-tables'
import { BLOCK } from './jpeg-encode-transform'

/** The most bytes that a block's tokens can take: two u16 for each coefficient, and the end. */
export const TOKEN_BLOCK_BYTES: u32 = 64 * 4 + 2

/** Per row of the block and 8-bit mask of its non-zeros: where those lie in zigzag order, as u64. */
const spread = memory.data(8 * 256 * 8, 16)
let spreadReady = false

/** Fills the mask table, once for each instance. */
export function tokensInit(): void {
  if (spreadReady) return
  spreadReady = true
  for (let position = 0; position < 64; position++) {
    const natural = <i32>load<u8>(ZIGZAG + position)
    const row = natural >> 3
    const bit = 1 << (natural & 7)
    for (let mask = 0; mask < 256; mask++) {
      if ((mask & bit) == 0) continue
      const entry = spread + (((row << 8) | mask) << 3)
      store<u64>(entry, load<u64>(entry) | ((<u64>1) << position))
    }
  }
}

function zigzagMask(mask: u64): u64 {
  let spreadMask = load<u64>(spread + ((<usize>mask & 255) << 3))
  spreadMask |= load<u64>(spread + 0x800 + ((<usize>(mask >> 8) & 255) << 3))
  spreadMask |= load<u64>(spread + 0x1000 + ((<usize>(mask >> 16) & 255) << 3))
  spreadMask |= load<u64>(spread + 0x1800 + ((<usize>(mask >> 24) & 255) << 3))
  spreadMask |= load<u64>(spread + 0x2000 + ((<usize>(mask >> 32) & 255) << 3))
  spreadMask |= load<u64>(spread + 0x2800 + ((<usize>(mask >> 40) & 255) << 3))
  spreadMask |= load<u64>(spread + 0x3000 + ((<usize>(mask >> 48) & 255) << 3))
  return spreadMask | load<u64>(spread + 0x3800 + ((<usize>(mask >> 56)) << 3))
}

function count(entry: usize): void {
  store<u32>(entry, load<u32>(entry) + 1)
}

/** Appends the DC token for a difference; its symbol is the size alone (F.1.2.1). */
function dcToken(difference: i32, counts: usize, tokens: usize): usize {
  const sign = difference >> 31
  const size = 32 - <u32>clz((difference ^ sign) - sign)
  const extra = <u32>(difference + sign) & ((1 << size) - 1)
  count(counts + (size << 2))
  store<u16>(tokens, size | (extra << 8))
  if (size <= 8) return tokens + 2
  store<u16>(tokens, extra >> 8, 2)
  return tokens + 4
}

/** The tokens of a padding block: no difference, no coefficients. */
export function tokenisePadding(table: u32, tokens: usize): usize {
  count(huffmanCounts(table))
  count(huffmanCounts(table + 1))
  store<u32>(tokens, 0)
  return tokens + 4
}

/**
 * Appends the tokens of the block in BLOCK, whose non-zeros are `mask`, and counts its symbols for
 * tables `table` (DC) and `table + 1` (AC). Returns the tokens' new end.
 */
export function tokeniseBlock(mask: u64, previousDc: i32, table: u32, tokens: usize): usize {
  tokens = dcToken(<i32>load<i16>(BLOCK) - previousDc, huffmanCounts(table), tokens)
  const counts = huffmanCounts(table + 1)
  let rest = zigzagMask(mask) & ~(<u64>1)
  let previous: u32 = 0
  while (rest) {
    const position = <u32>ctz(rest)
    rest &= rest - 1
    let run = position - previous - 1
    previous = position
    while (run > 15) {
      count(counts + (0xf0 << 2))
      store<u16>(tokens, 0xf0)
      tokens += 2
      run -= 16
    }
    const value = <i32>load<i16>(BLOCK + ((<usize>load<u8>(ZIGZAG + position)) << 1))
    const sign = value >> 31
    const size = 32 - <u32>clz((value ^ sign) - sign)
    const extra = <u32>(value + sign) & ((1 << size) - 1)
    const symbol = (run << 4) | size
    count(counts + (symbol << 2))
    store<u16>(tokens, symbol | (extra << 8))
    tokens += 2
    if (size > 8) {
      store<u16>(tokens, extra >> 8)
      tokens += 2
    }
  }
  if (previous == 63) {
    store<u16>(tokens, SILENT_END)
  } else {
    count(counts)
    store<u16>(tokens, 0)
  }
  return tokens + 2
}
