// The symbols of a deflate block (RFC 1951 §3.2.3). The fast loop is that of libdeflate: eight bytes refill
// the bit buffer at once, one lookup gives a symbol with its extra bits, matches are copied sixteen bytes at
// a time. Near the ends of either side `oneSymbol` goes byte by byte and consumes nothing it can't finish.
import { END_OF_BLOCK, SPECIAL, SUBTABLE } from './png-huffman'
import { BAD_DISTANCE, BAD_SYMBOL, NEED_INPUT, OUTPUT_FULL, SLACK, Stream } from './png-stream'

/** A block has ended: beside the statuses of png-stream. */
export const DONE: i32 = 8

export const LITERAL_BITS: i32 = 11
export const DISTANCE_BITS: i32 = 8

/** Shuffles that repeat the first 1–15 bytes of a vector over all of it. */
const repeats = memory.data(16 * 16, 16)
/** How many of a vector's bytes are whole repeats, by distance. */
const steps = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15])
let made = false

function makeRepeats(): void {
  for (let d = 1; d < 16; d++) for (let i = 0; i < 16; i++) store<u8>(repeats + (d << 4) + i, <u8>(i % d))
  made = true
}

/** Fills the bit buffer to `n` ≤ 56 bits byte by byte; false when the input at hand runs out. */
export function need(s: Stream, n: u64): bool {
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
export function take(s: Stream, n: u64): u32 {
  const value = <u32>(s.bits & ((<u64>1 << n) - 1))
  s.bits >>= n
  s.count -= n
  return value
}

// @ts-ignore: decorator of AssemblyScript
@inline
function low(bits: u64, n: u64): u64 {
  return bits & ((<u64>1 << n) - 1)
}

/** The symbols of a block; DONE at its end. */
export function symbols(s: Stream): i32 {
  if (!made) makeRepeats()
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
      const step = <usize>load<u8>(steps + distance)
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
