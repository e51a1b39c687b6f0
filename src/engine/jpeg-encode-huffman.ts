// Huffman tables made for one picture (ITU-T T.81, K.2: code lengths from frequencies, held to
// 16 bits), and the entropy-coded bytes of a stream of tokens.

import { ZIGZAG } from './jpeg-encode-tables'

/** Tables in the order DC luminance, AC luminance, DC chrominance, AC chrominance. */
const COUNT_BYTES = 257 * 4
/** u32 per symbol: how often it was seen. Entry 256 is K.2's reserved code point of all ones. */
const counts = memory.data(4 * COUNT_BYTES, 16)
/** Per symbol u32: code << 8 | length of code plus its extra bits. */
const codes = memory.data(4 * 1024, 16)
/** Per table: 16 × u8 counts of lengths, then up to 256 symbols, as DHT wants them. */
const specs = memory.data(4 * 272, 16)

const lengths = memory.data(257)
const others = memory.data(257 * 2, 2)
const perLength = memory.data(64)

/** The end of a block whose last coefficient is not zero: it has a token but no code. */
export const SILENT_END: u32 = 0x10

export function huffmanCounts(table: u32): usize {
  return counts + table * COUNT_BYTES
}

export function huffmanCodes(table: u32): usize {
  return codes + (table << 10)
}

/** 16 counts of code lengths, then the symbols in order of their codes. */
export function huffmanSpec(table: u32): usize {
  return specs + table * 272
}

/** Forgets all frequencies. */
export function huffmanReset(): void {
  memory.fill(counts, 0, 4 * COUNT_BYTES)
}

/** Gives every symbol that baseline can need a code, for tables made before the end of the picture. */
function cover(table: u32): void {
  const base = huffmanCounts(table)
  if ((table & 1) == 0) {
    for (let size: u32 = 0; size < 12; size++) seen(base + (size << 2))
    return
  }
  seen(base)
  seen(base + (0xf0 << 2))
  for (let run: u32 = 0; run < 16; run++) {
    for (let size: u32 = 1; size < 11; size++) seen(base + (((run << 4) | size) << 2))
  }
}

function seen(entry: usize): void {
  if (load<u32>(entry) == 0) store<u32>(entry, 1)
}

/** Makes table `table` from its frequencies. Returns the number of symbols in it. */
export function huffmanBuild(table: u32, complete: bool): i32 {
  const freq = huffmanCounts(table)
  // The silent end is counted by nobody, but a stray count there must not cost a code.
  if (table & 1) store<u32>(freq + (SILENT_END << 2), 0)
  if (complete) cover(table)
  store<u32>(freq + 1024, 1)
  memory.fill(lengths, 0, 257)
  memory.fill(others, 0xff, 514)
  // Figure K.1: join the two least frequent trees until one is left; ties take the larger symbol.
  while (true) {
    let first = -1
    let second = -1
    let least: u32 = 0xffffffff
    let next: u32 = 0xffffffff
    for (let i = 0; i <= 256; i++) {
      const f = load<u32>(freq + (i << 2))
      if (f == 0) continue
      if (f <= least) {
        second = first
        next = least
        first = i
        least = f
      } else if (f <= next) {
        second = i
        next = f
      }
    }
    if (second < 0) break
    store<u32>(freq + (first << 2), least + next)
    store<u32>(freq + (second << 2), 0)
    let tail = first
    while (true) {
      store<u8>(lengths + tail, load<u8>(lengths + tail) + 1)
      const follower = <i32>load<i16>(others + (tail << 1))
      if (follower < 0) break
      tail = follower
    }
    store<i16>(others + (tail << 1), <i16>second)
    tail = second
    while (true) {
      store<u8>(lengths + tail, load<u8>(lengths + tail) + 1)
      const follower = <i32>load<i16>(others + (tail << 1))
      if (follower < 0) break
      tail = follower
    }
  }
  return assign(table)
}

/** Holds the lengths to 16 bits (Figure K.3), drops the reserved code and numbers the codes (C.2). */
function assign(table: u32): i32 {
  const spec = huffmanSpec(table)
  memory.fill(perLength, 0, 64)
  for (let i = 0; i <= 256; i++) {
    const length = <usize>load<u8>(lengths + i)
    if (length) store<u8>(perLength + length, load<u8>(perLength + length) + 1)
  }
  for (let length: usize = 63; length > 16; length--) {
    while (load<u8>(perLength + length) > 0) {
      let shorter = length - 2
      while (load<u8>(perLength + shorter) == 0) shorter--
      store<u8>(perLength + length, load<u8>(perLength + length) - 2)
      store<u8>(perLength + length - 1, load<u8>(perLength + length - 1) + 1)
      store<u8>(perLength + shorter + 1, load<u8>(perLength + shorter + 1) + 2)
      store<u8>(perLength + shorter, load<u8>(perLength + shorter) - 1)
    }
  }
  let longest: usize = 16
  while (longest > 0 && load<u8>(perLength + longest) == 0) longest--
  store<u8>(perLength + longest, load<u8>(perLength + longest) - 1)
  // Symbols in order of their unlimited lengths, then of their values, get the codes in order.
  let symbols = 0
  for (let length: u32 = 1; length < 64; length++) {
    for (let i = 0; i < 256; i++) {
      if (load<u8>(lengths + i) == length) store<u8>(spec + 16 + symbols++, i)
    }
  }
  const table1024 = huffmanCodes(table)
  memory.fill(table1024, 0, 1024)
  const dc = (table & 1) == 0
  let code: u32 = 0
  let index = 0
  for (let length: u32 = 1; length <= 16; length++) {
    const many = <i32>load<u8>(perLength + length)
    store<u8>(spec + length - 1, many)
    for (let i = 0; i < many; i++, index++, code++) {
      const symbol = <u32>load<u8>(spec + 16 + index)
      const extra = dc ? symbol : symbol & 15
      store<u32>(table1024 + (symbol << 2), (code << 8) | (length + extra))
    }
    code <<= 1
  }
  return symbols
}

/** Bits that are not yet a whole number of 32, left over between calls. */
let pending: u64 = 0
let pendingBits: i32 = 0

/** Forgets the bits of an earlier picture. */
export function emitReset(): void {
  pending = 0
  pendingBits = 0
}

/**
 * Turns the tokens of one block (see jpeg-encode-tokens.ts) into bytes at `out`.
 * `bits` holds `count` < 32 pending bits. Returns the tokens' end; `emitOut` tells the bytes' end.
 */
let out: usize = 0

export function emitTarget(pointer: usize): void {
  out = pointer
}

export function emitOut(): usize {
  return out
}

/** Stores the upper 32 of `count` pending bits, a zero after every 0xff (B.1.1.5). */
function stuff(word: u32): void {
  for (let shift = 24; shift >= 0; shift -= 8) {
    const byte = (word >> shift) & 0xff
    store<u8>(out++, byte)
    if (byte == 0xff) store<u8>(out++, 0)
  }
}

/** Codes one block with tables `table` (DC) and `table + 1` (AC). */
export function emitBlock(tokens: usize, table: u32): usize {
  let bits = pending
  let count = pendingBits
  let codeTable = huffmanCodes(table)
  const acTable = huffmanCodes(table + 1)
  let position = out
  let symbol: u32
  do {
    const token = <u32>load<u16>(tokens)
    tokens += 2
    symbol = token & 0xff
    let extra = token >> 8
    const size = symbol & 15
    if (size > 8) {
      extra |= (<u32>load<u16>(tokens)) << 8
      tokens += 2
    }
    const entry = load<u32>(codeTable + (symbol << 2))
    const length = <i32>(entry & 0xff)
    bits = (bits << length) | (((entry >> 8) << size) | extra)
    count += length
    if (count >= 32) {
      count -= 32
      const word = <u32>(bits >> count)
      // Any byte 0xff? Then ~word has a zero byte (Bit Twiddling Hacks, "haszero").
      const inverse = ~word
      if ((inverse - 0x01010101) & ~inverse & 0x80808080) {
        out = position
        stuff(word)
        position = out
      } else {
        store<u32>(position, bswap<u32>(word))
        position += 4
      }
    }
    if (codeTable != acTable) {
      codeTable = acTable
      symbol = 1
    }
  } while (symbol & 0xef)
  pending = bits
  pendingBits = count
  out = position
  return tokens
}

/** Fills the last byte with ones (F.1.2.3). */
export function emitEnd(): void {
  let count = pendingBits
  let bits = pending
  while (count > 0) {
    const byte =
      count >= 8 ? <u32>(bits >> (count - 8)) & 0xff : (((<u32>bits) << (8 - count)) | (0xff >> count)) & 0xff
    store<u8>(out++, byte)
    if (byte == 0xff) store<u8>(out++, 0)
    count -= 8
  }
  emitReset()
}
