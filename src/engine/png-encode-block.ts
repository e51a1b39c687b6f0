// Writing deflate's blocks (RFC 1951 §3.2.6 and §3.2.7) as IDAT chunks: with the fixed codes or with
// the block's own, whichever takes fewer bits.
import { codeLengths, codesOf } from './png-encode-huffman'
import {
  distanceBases, distanceCounts, distanceExtras, distanceSymbol, lengthBases, lengthExtras, lengthSymbols,
  literalCounts, MATCH, MOST_TOKENS, tokenCount, tokenPlace, tokensClear,
} from './png-encode-tokens'
import { pngCrc } from './png-crc'

const literalLengths = memory.data(288, 16)
const literalCodes = memory.data(288 * 2, 16)
const distanceLengths = memory.data(32, 16)
const distanceCodes = memory.data(32 * 2, 16)
/** Code lengths of both codes, run-length coded: symbol, then extra bits' value. */
const runs = memory.data(320 * 2, 16)
const runCounts = memory.data(19 * 4, 16)
const runLengths = memory.data(19, 16)
const runCodes = memory.data(19 * 2, 16)
const order = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

let chunk: usize = 0
let out: usize = 0
let bits: u64 = 0
let held: u64 = 0
let adler: u32 = 1

/** Bytes that `blockStart` needs: a whole block where every token is the longest, and a chunk's frame. */
export function blockBytes(): usize {
  return MOST_TOKENS * 6 + 2048
}

/** Starts a zlib stream (RFC 1950). */
export function blockStart(room: usize): void {
  chunk = room
  out = room + 8
  bits = 0
  held = 0
  adler = 1
  put(0x78, 8)
  put(0x9c, 8)
}

/** Puts `n` ≤ 32 bits. */
// @ts-ignore: decorator of AssemblyScript
@inline
function put(value: u32, n: u64): void {
  bits |= <u64>value << held
  held += n
  if (held >= 32) {
    store<u32>(out, <u32>bits)
    out += 4
    bits >>= 32
    held -= 32
  }
}

/** Takes note of bytes that are being compressed: Adler-32 (RFC 1950 §8.2). */
export function blockNote(from: usize, bytes: usize): void {
  let a = adler & 0xffff
  let b = adler >>> 16
  const weights = i16x8(8, 7, 6, 5, 4, 3, 2, 1)
  while (bytes > 0) {
    // 2,048 bytes: neither sum passes 32 bits (zlib's NMAX is 5,552).
    const n = min(bytes, <usize>2048)
    const whole = n & ~7
    let sumA = i32x4.splat(0)
    let sumB = i32x4.splat(0)
    let prefix = i32x4.splat(0)
    for (let i: usize = 0; i < whole; i += 8) {
      const v = v128.load64_zero(from + i)
      const wide = i16x8.extend_low_i8x16_u(v)
      prefix = i32x4.add(prefix, sumA)
      sumA = i32x4.add(sumA, i32x4.extadd_pairwise_i16x8_u(wide))
      sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(wide, weights))
    }
    b += a * <u32>whole + lanes(prefix) * 8 + lanes(sumB)
    a += lanes(sumA)
    for (let i = whole; i < n; i++) {
      a += load<u8>(from + i)
      b += a
    }
    a %= 65521
    b %= 65521
    from += n
    bytes -= n
  }
  adler = (b << 16) | a
}

// @ts-ignore: decorator of AssemblyScript
@inline
function lanes(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
}

/** Writes the tokens gathered so far as a block, and forgets them. */
export function blockWrite(final: bool): void {
  store<u32>(literalCounts + (256 << 2), 1)
  codeLengths(literalCounts, 286, literalLengths, 15)
  store<u16>(literalLengths, 0, 286) // a block with the fixed codes may have been before
  codeLengths(distanceCounts, 30, distanceLengths, 15)
  let literals = 286
  while (load<u8>(literalLengths + literals - 1) == 0) literals--
  let distances = 30
  while (distances > 1 && load<u8>(distanceLengths + distances - 1) == 0) distances--
  const runCount = makeRuns(literals, distances)
  codeLengths(runCounts, 19, runLengths, 7)
  let lengths = 19
  while (lengths > 4 && load<u8>(runLengths + load<u8>(order + lengths - 1)) == 0) lengths--

  put(final ? 1 : 0, 1)
  let own: u32 = 14 + 3 * lengths + costOf(runCounts, runLengths, 19)
  own += 2 * load<u32>(runCounts + (16 << 2)) + 3 * load<u32>(runCounts + (17 << 2)) + 7 * load<u32>(runCounts + (18 << 2))
  own += costOf(literalCounts, literalLengths, 286) + costOf(distanceCounts, distanceLengths, 30)
  if (own < fixedCost()) {
    put(2, 2)
    put(literals - 257, 5)
    put(distances - 1, 5)
    put(lengths - 4, 4)
    for (let i = 0; i < lengths; i++) put(load<u8>(runLengths + load<u8>(order + i)), 3)
    codesOf(runLengths, 19, runCodes)
    for (let i = 0; i < runCount; i++) {
      const symbol = <usize>load<u8>(runs + (i << 1))
      put(load<u16>(runCodes + (symbol << 1)), load<u8>(runLengths + symbol))
      if (symbol >= 16) put(load<u8>(runs + (i << 1), 1), symbol == 16 ? 2 : symbol == 17 ? 3 : 7)
    }
  } else {
    put(1, 2)
    fixedLengths()
  }
  codesOf(literalLengths, 288, literalCodes)
  codesOf(distanceLengths, 30, distanceCodes)
  writeTokens()
  put(load<u16>(literalCodes + (256 << 1)), load<u8>(literalLengths + 256))
  tokensClear()
}

/** Bits that the symbols' codes take. */
function costOf(counts: usize, lengths: usize, symbols: i32): u32 {
  let sum: u32 = 0
  for (let s = 0; s < symbols; s++) sum += load<u32>(counts + (s << 2)) * load<u8>(lengths + s)
  return sum
}

function fixedCost(): u32 {
  let sum: u32 = 0
  for (let s = 0; s < 286; s++) {
    sum += load<u32>(literalCounts + (s << 2)) * (s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8)
  }
  for (let s = 0; s < 30; s++) sum += load<u32>(distanceCounts + (s << 2)) * 5
  return sum
}

function fixedLengths(): void {
  memory.fill(literalLengths, 8, 144)
  memory.fill(literalLengths + 144, 9, 112)
  memory.fill(literalLengths + 256, 7, 24)
  memory.fill(literalLengths + 280, 8, 8)
  memory.fill(distanceLengths, 5, 30)
}

/** Run-length codes the lengths of both codes; returns how many codes that makes. */
function makeRuns(literals: i32, distances: i32): i32 {
  memory.fill(runCounts, 0, 19 * 4)
  const total = literals + distances
  let count = 0
  let i = 0
  while (i < total) {
    const value = lengthAt(i, literals)
    let run = 1
    while (i + run < total && lengthAt(i + run, literals) == value) run++
    i += run
    if (value != 0) {
      count = addRun(count, value, 0)
      run--
    }
    while (run >= 3) {
      const most = value != 0 ? 6 : run > 10 ? 138 : 10
      const part = min(run, most)
      if (value != 0) count = addRun(count, 16, part - 3)
      else if (part > 10) count = addRun(count, 18, part - 11)
      else count = addRun(count, 17, part - 3)
      run -= part
    }
    for (; run > 0; run--) count = addRun(count, value, 0)
  }
  return count
}

function lengthAt(i: i32, literals: i32): i32 {
  return <i32>(i < literals ? load<u8>(literalLengths + i) : load<u8>(distanceLengths + i - literals))
}

function addRun(count: i32, symbol: i32, extra: i32): i32 {
  store<u8>(runs + (count << 1), <u8>symbol)
  store<u8>(runs + (count << 1), <u8>extra, 1)
  store<u32>(runCounts + (symbol << 2), load<u32>(runCounts + (symbol << 2)) + 1)
  return count + 1
}

function writeTokens(): void {
  let at = tokenPlace()
  const end = at + (tokenCount() << 2)
  let buffer = bits
  let n = held
  let to = out
  for (; at < end; at += 4) {
    const token = load<u32>(at)
    if (token & MATCH) {
      const length = (token >>> 16) & 511
      const symbol = <usize>load<u16>(lengthSymbols + (length << 1))
      buffer |= <u64>load<u16>(literalCodes + (symbol << 1)) << n
      n += load<u8>(literalLengths + symbol)
      const ls = symbol - 257
      buffer |= <u64>(length - load<u16>(lengthBases + (ls << 1))) << n
      n += load<u8>(lengthExtras + ls)
      // At most 31 + 20 bits: make room for the distance's 28.
      store<u64>(to, buffer)
      to += <usize>(n >> 3)
      buffer >>= n & ~7
      n &= 7
      const distance = (token & 0x7fff) + 1
      const ds = <usize>distanceSymbol(distance)
      buffer |= <u64>load<u16>(distanceCodes + (ds << 1)) << n
      n += load<u8>(distanceLengths + ds)
      buffer |= <u64>(distance - load<u16>(distanceBases + (ds << 1))) << n
      n += load<u8>(distanceExtras + ds)
    } else {
      buffer |= <u64>load<u16>(literalCodes + (token << 1)) << n
      n += load<u8>(literalLengths + token)
    }
    if (n >= 32) {
      store<u32>(to, <u32>buffer)
      to += 4
      buffer >>= 32
      n -= 32
    }
  }
  bits = buffer
  held = n
  out = to
}

/** Ends the stream: whole bytes, and the checksum. */
export function blockEnd(): void {
  put(0, (8 - (held & 7)) & 7)
  put(bswap(adler) & 0xffff, 16)
  put(bswap(adler) >>> 16, 16)
  while (held > 0) {
    store<u8>(out, <u8>bits)
    out++
    bits >>= 8
    held -= 8
  }
}

/** Frames what has been written as an IDAT chunk at the start of the room; returns its bytes, 0 for none. */
export function blockChunk(): usize {
  const payload = out - chunk - 8
  if (payload == 0) return 0
  store<u32>(chunk, bswap(<u32>payload))
  store<u32>(chunk, 0x54414449, 4) // "IDAT"
  store<u32>(out, bswap(pngCrc(0, chunk + 4, payload + 4)))
  out = chunk + 8
  return payload + 12
}
