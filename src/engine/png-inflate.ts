// Inflate (RFC 1950, RFC 1951) in pieces: as far as the compressed bytes at hand and the room for
// inflated ones reach. The fast loop is that of libdeflate: eight bytes refill the bit buffer at
// once, one lookup gives a symbol with its extra bits, matches are copied sixteen bytes at a time.
// Near the ends of either side `oneSymbol` goes bit by bit and consumes nothing it can't finish.
import {
  DISTANCES, END_OF_BLOCK, LENGTHS, LITERALS, makeTable, SPECIAL, SUBTABLE,
} from './png-huffman'
import {
  BAD_BLOCK, BAD_CODES, BAD_DISTANCE, BAD_SYMBOL, BAD_ZLIB, ENDED, NEED_INPUT, OUTPUT_FULL, SLACK, Stream,
} from './png-stream'

// Modes: what comes next in the stream.
const HEADER: i32 = 0
const BLOCK: i32 = 1
const STORED_LENGTH: i32 = 2
const STORED: i32 = 3
const DYNAMIC: i32 = 4
const LENGTH_CODES: i32 = 5
const CODE_LENGTHS: i32 = 6
const SYMBOLS: i32 = 7
const DONE: i32 = 8

const LITERAL_BITS: i32 = 11
const DISTANCE_BITS: i32 = 8
const LENGTH_BITS: i32 = 7

/** Order in which the lengths of the code length codes come (RFC 1951 §3.2.7). */
const order = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** Shuffles that repeat the first 1–15 bytes of a vector over all of it. */
const repeats = memory.data(16 * 16, 16)
let made = false

function makeRepeats(): void {
  for (let d = 1; d < 16; d++) for (let i = 0; i < 16; i++) store<u8>(repeats + (d << 4) + i, <u8>(i % d))
  made = true
}

/** Starts a stream over; its input and its room are the caller's business. */
export function inflateStart(s: Stream): void {
  if (!made) makeRepeats()
  s.bits = 0
  s.count = 0
  s.mode = HEADER
  s.final = 0
}

/** Fills the bit buffer to `n` ≤ 56 bits byte by byte; false when the input at hand runs out. */
function need(s: Stream, n: u64): bool {
  while (s.count < n) {
    if (s.input >= s.inputEnd) return false
    s.bits |= <u64>load<u8>(s.input) << s.count
    s.input++
    s.count += 8
  }
  return true
}

// @ts-ignore: decorator of AssemblyScript
@inline
function take(s: Stream, n: u64): u32 {
  const value = <u32>(s.bits & ((<u64>1 << n) - 1))
  s.bits >>= n
  s.count -= n
  return value
}

/** Inflates. Returns OUTPUT_FULL, NEED_INPUT, ENDED, or a negative status. */
export function inflate(s: Stream): i32 {
  while (s.mode != DONE) {
    switch (s.mode) {
      case HEADER: {
        if (!need(s, 16)) return NEED_INPUT
        const cmf = take(s, 8)
        const flags = take(s, 8)
        if ((cmf & 15) != 8 || cmf >> 4 > 7 || ((cmf << 8) | flags) % 31 != 0 || flags & 32) return BAD_ZLIB
        s.mode = BLOCK
        break
      }
      case BLOCK: {
        if (s.final) {
          s.mode = DONE
          break
        }
        if (!need(s, 3)) return NEED_INPUT
        s.final = take(s, 1)
        const kind = take(s, 2)
        if (kind == 3) return BAD_BLOCK
        if (kind == 0) {
          take(s, s.count & 7)
          s.mode = STORED_LENGTH
        } else if (kind == 1) {
          fixedCodes(s)
          s.mode = SYMBOLS
        } else {
          s.mode = DYNAMIC
        }
        break
      }
      case STORED_LENGTH: {
        if (!need(s, 32)) return NEED_INPUT
        const length = take(s, 16)
        if (take(s, 16) != (length ^ 0xffff)) return BAD_BLOCK
        s.stored = length
        s.mode = STORED
        break
      }
      case STORED: {
        const status = stored(s)
        if (status != DONE) return status
        s.mode = BLOCK
        break
      }
      case DYNAMIC: {
        if (!need(s, 14)) return NEED_INPUT
        s.literalCodes = take(s, 5) + 257
        s.distanceCodes = take(s, 5) + 1
        s.lengthCodes = take(s, 4) + 4
        if (s.literalCodes > 286 || s.distanceCodes > 30) return BAD_CODES
        s.filled = 0
        memory.fill(s.lengths, 0, 19)
        s.mode = LENGTH_CODES
        break
      }
      case LENGTH_CODES: {
        while (s.filled < s.lengthCodes) {
          if (!need(s, 3)) return NEED_INPUT
          store<u8>(s.lengths + load<u8>(order + s.filled), <u8>take(s, 3))
          s.filled++
        }
        // The distance table's place is free until the code lengths are known.
        if (!makeTable(s.distances, LENGTH_BITS, s.lengths, 19, LENGTHS)) return BAD_CODES
        s.filled = 0
        s.mode = CODE_LENGTHS
        break
      }
      case CODE_LENGTHS: {
        const status = codeLengths(s)
        if (status != DONE) return status
        s.mode = SYMBOLS
        break
      }
      default: {
        const status = symbols(s)
        if (status != DONE) return status
        s.mode = BLOCK
      }
    }
  }
  return ENDED
}

/** Copies a stored block as far as both sides reach. */
function stored(s: Stream): i32 {
  while (s.stored > 0) {
    const room = <i64>(s.outEnd - SLACK) - <i64>s.out
    if (room <= 0) return OUTPUT_FULL
    if (s.count >= 8) {
      store<u8>(s.out, <u8>take(s, 8))
      s.out++
      s.stored--
      continue
    }
    let n = s.inputEnd - s.input
    if (n == 0) return NEED_INPUT
    if (n > <usize>s.stored) n = s.stored
    if (n > <usize>room) n = <usize>room
    memory.copy(s.out, s.input, n)
    s.input += n
    s.out += n
    s.stored -= <u32>n
  }
  return DONE
}

function fixedCodes(s: Stream): void {
  memory.fill(s.lengths, 8, 144)
  memory.fill(s.lengths + 144, 9, 112)
  memory.fill(s.lengths + 256, 7, 24)
  memory.fill(s.lengths + 280, 8, 8)
  makeTable(s.literals, LITERAL_BITS, s.lengths, 288, LITERALS)
  memory.fill(s.lengths, 5, 32)
  makeTable(s.distances, DISTANCE_BITS, s.lengths, 32, DISTANCES)
}

/** Reads the lengths of both codes, then makes their tables. */
function codeLengths(s: Stream): i32 {
  const total = s.literalCodes + s.distanceCodes
  while (s.filled < total) {
    need(s, 14) // what there is: at the end of the input, fewer may do
    const entry = load<u32>(s.distances + ((<usize>s.bits & 127) << 2))
    const length = <u64>(entry & 63)
    if (length > s.count) return NEED_INPUT
    const symbol = entry >> 16
    if (symbol < 16) {
      take(s, length)
      store<u8>(s.lengths + s.filled, <u8>symbol)
      s.filled++
      continue
    }
    const extra: u64 = symbol == 16 ? 2 : symbol == 17 ? 3 : 7
    if (length + extra > s.count) return NEED_INPUT
    if (symbol == 16 && s.filled == 0) return BAD_CODES
    take(s, length)
    const times = <i32>take(s, extra) + (symbol == 18 ? 11 : 3)
    if (s.filled + times > total) return BAD_CODES
    const value = symbol == 16 ? load<u8>(s.lengths + s.filled - 1) : 0
    memory.fill(s.lengths + s.filled, value, times)
    s.filled += times
  }
  if (load<u8>(s.lengths + 256) == 0) return BAD_CODES
  if (!makeTable(s.literals, LITERAL_BITS, s.lengths, s.literalCodes, LITERALS)) return BAD_CODES
  if (!makeTable(s.distances, DISTANCE_BITS, s.lengths + s.literalCodes, s.distanceCodes, DISTANCES)) {
    return BAD_CODES
  }
  return DONE
}

// @ts-ignore: decorator of AssemblyScript
@inline
function low(bits: u64, n: u64): u64 {
  return bits & ((<u64>1 << n) - 1)
}

/** The symbols of a block; DONE at its end. */
function symbols(s: Stream): i32 {
  let status = OUTPUT_FULL
  while (status == OUTPUT_FULL) {
    const room = s.outEnd - s.out > SLACK
    if (room && s.inputEnd - s.input >= 32) status = fast(s)
    else if (room) status = oneSymbol(s)
    else break
  }
  return status
}

/** As many symbols as can be read without looking at either end; OUTPUT_FULL where it must stop. */
function fast(s: Stream): i32 {
  const literals = s.literals
  const distances = s.distances
  const base = s.base
  const inputStop = s.inputEnd - 24
  const outStop = s.outEnd - SLACK
  let bits = s.bits
  let count = s.count // above bit 5, garbage
  let input = s.input
  let out = s.out
  let status = OUTPUT_FULL

  bits |= load<u64>(input) << count
  input += <usize>((63 - (count & 63)) >> 3)
  count |= 56
  let entry = load<u32>(literals + ((<usize>bits & 2047) << 2))

  while (input <= inputStop && out < outStop) {
    // 56 bits are enough for four codes of the first table, or for three and a refill.
    if (<i32>entry < 0) {
      bits >>= <u64>entry
      count -= <u64>entry
      store<u8>(out, entry >> 16)
      entry = load<u32>(literals + ((<usize>bits & 2047) << 2))
      if (<i32>entry < 0) {
        bits >>= <u64>entry
        count -= <u64>entry
        store<u8>(out, entry >> 16, 1)
        entry = load<u32>(literals + ((<usize>bits & 2047) << 2))
        if (<i32>entry < 0) {
          bits >>= <u64>entry
          count -= <u64>entry
          store<u8>(out, entry >> 16, 2)
          entry = load<u32>(literals + ((<usize>bits & 2047) << 2))
          if (<i32>entry < 0) {
            bits >>= <u64>entry
            count -= <u64>entry
            store<u8>(out, entry >> 16, 3)
            out += 4
            bits |= load<u64>(input) << count
            input += <usize>((63 - (count & 63)) >> 3)
            count |= 56
            entry = load<u32>(literals + ((<usize>bits & 2047) << 2))
            continue
          }
          out += 3
        } else {
          out += 2
        }
      } else {
        out += 1
      }
      bits |= load<u64>(input) << count
      input += <usize>((63 - (count & 63)) >> 3)
      count |= 56
    }

    let held = bits
    if (entry & SPECIAL) {
      if (entry & SUBTABLE) {
        bits >>= LITERAL_BITS
        count -= LITERAL_BITS
        held = bits
        entry = load<u32>(literals + ((<usize>(entry >> 16) + <usize>low(bits, (entry >> 8) & 15)) << 2))
        if (<i32>entry < 0) {
          bits >>= <u64>entry
          count -= <u64>entry
          store<u8>(out, entry >> 16)
          out++
          bits |= load<u64>(input) << count
          input += <usize>((63 - (count & 63)) >> 3)
          count |= 56
          entry = load<u32>(literals + ((<usize>bits & 2047) << 2))
          continue
        }
      }
      if (entry & SPECIAL) {
        if (entry & END_OF_BLOCK) {
          bits >>= <u64>entry
          count -= <u64>entry
          status = DONE
        } else {
          status = BAD_SYMBOL
        }
        break
      }
    }
    bits >>= <u64>entry
    count -= <u64>entry
    const length = <usize>(entry >> 16) + <usize>(low(held, entry & 63) >> ((entry >> 8) & 15))

    bits |= load<u64>(input) << count
    input += <usize>((63 - (count & 63)) >> 3)
    count |= 56
    entry = load<u32>(distances + ((<usize>bits & 255) << 2))
    held = bits
    if (entry & SPECIAL) {
      if (!(entry & SUBTABLE)) {
        status = BAD_SYMBOL
        break
      }
      bits >>= DISTANCE_BITS
      count -= DISTANCE_BITS
      held = bits
      entry = load<u32>(distances + ((<usize>(entry >> 16) + <usize>low(bits, (entry >> 8) & 15)) << 2))
      if (entry & SPECIAL) {
        status = BAD_SYMBOL
        break
      }
    }
    bits >>= <u64>entry
    count -= <u64>entry
    const distance = <usize>(entry >> 16) + <usize>(low(held, entry & 63) >> ((entry >> 8) & 15))
    if (distance > out - base) {
      status = BAD_DISTANCE
      break
    }

    // The next lookup runs while the copy does.
    bits |= load<u64>(input) << count
    input += <usize>((63 - (count & 63)) >> 3)
    count |= 56
    entry = load<u32>(literals + ((<usize>bits & 2047) << 2))

    let from = out - distance
    let to = out
    out += length
    if (distance >= 16) {
      v128.store(to, v128.load(from))
      if (length > 16) {
        v128.store(to, v128.load(from, 16), 16)
        to += 32
        from += 32
        while (to < out) {
          v128.store(to, v128.load(from))
          to += 16
          from += 16
        }
      }
    } else {
      const pattern = i8x16.swizzle(v128.load(from), v128.load(repeats + (distance << 4)))
      const step = <usize>16 - (<usize>16) % distance
      do {
        v128.store(to, pattern)
        to += step
      } while (to < out)
    }
  }

  count &= 63
  s.bits = low(bits, count)
  s.count = count
  s.input = input
  s.out = out
  return status
}

/** One symbol, without reading past the input; OUTPUT_FULL when it was read. */
function oneSymbol(s: Stream): i32 {
  need(s, 48)
  const starved = s.count < 48
  let bits = s.bits
  let used: u64 = 0
  let entry = load<u32>(s.literals + ((<usize>bits & 2047) << 2))
  if (entry & SUBTABLE && <i32>entry >= 0) {
    used = LITERAL_BITS
    entry = load<u32>(s.literals + ((<usize>(entry >> 16) + <usize>low(bits >> used, (entry >> 8) & 15)) << 2))
  }
  let held = bits >> used
  used += <u64>entry & 63
  if (<i32>entry < 0) {
    if (used > s.count) return NEED_INPUT
    take(s, used)
    store<u8>(s.out, entry >> 16)
    s.out++
    return OUTPUT_FULL
  }
  if (entry & SPECIAL) {
    if (used > s.count || (starved && !(entry & END_OF_BLOCK))) return NEED_INPUT
    if (!(entry & END_OF_BLOCK)) return BAD_SYMBOL
    take(s, used)
    return DONE
  }
  if (used > s.count) return NEED_INPUT
  const length = <usize>(entry >> 16) + <usize>(low(held, entry & 63) >> ((entry >> 8) & 15))

  entry = load<u32>(s.distances + ((<usize>(bits >> used) & 255) << 2))
  if (entry & SUBTABLE) {
    used += DISTANCE_BITS
    entry = load<u32>(
      s.distances + ((<usize>(entry >> 16) + <usize>low(bits >> used, (entry >> 8) & 15)) << 2),
    )
  }
  held = bits >> used
  used += <u64>entry & 63
  if (entry & SPECIAL) return starved ? NEED_INPUT : BAD_SYMBOL
  if (used > s.count) return NEED_INPUT
  const distance = <usize>(entry >> 16) + <usize>(low(held, entry & 63) >> ((entry >> 8) & 15))
  if (distance > s.out - s.base) return BAD_DISTANCE
  take(s, used)
  let to = s.out
  for (const end = to + length; to < end; to++) store<u8>(to, load<u8>(to - distance))
  s.out = to
  return OUTPUT_FULL
}
