// Inflate (RFC 1950, RFC 1951) in pieces: as far as the compressed bytes at hand and the room for
// inflated ones reach. Here are the headers of streams and blocks; png-inflate-symbols has the rest.
import { DISTANCES, LENGTHS, LITERALS, makeTable } from './png-huffman'
import { DISTANCE_BITS, DONE, LITERAL_BITS, need, symbols, take } from './png-inflate-symbols'
import {
  BAD_BLOCK, BAD_CODES, BAD_ZLIB, ENDED, NEED_INPUT, OUTPUT_FULL, SLACK, Stream,
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

const LENGTH_BITS: i32 = 7

/** Order in which the lengths of the code length codes come (RFC 1951 §3.2.7). */
const order = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** Starts a stream over; its input and its room are the caller's business. */
export function inflateStart(s: Stream): void {
  s.bits = 0
  s.count = 0
  s.mode = HEADER
  s.final = 0
  s.fixed = 0
}

/** Entries of both tables, without those of codes that are longer than their bits. */
const TABLES: usize = (1 << LITERAL_BITS) + (1 << DISTANCE_BITS)

let work: u64 = 0

/** Adds to what `pngDecWork` tells. */
export function addWork(steps: usize): void {
  work += <u64>steps
}

/**
 * Bytes inflated and moved, and entries of code tables, by all readers since the module was made: for tests of
 * what a file's bytes can cost.
 */
export function pngDecWork(): f64 {
  return <f64>work
}

/** Inflates. Returns OUTPUT_FULL, NEED_INPUT, ENDED, or a negative status. */
export function inflate(s: Stream): i32 {
  const from = s.out
  const status = step(s)
  addWork(s.out - from)
  return status
}

function step(s: Stream): i32 {
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
          // Ten bits of file make an empty block: its tables are made once.
          if (!s.fixed) fixedCodes(s)
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
        s.fixed = 0
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
  s.fixed = 1
  addWork(TABLES)
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
  addWork(TABLES)
  return DONE
}

