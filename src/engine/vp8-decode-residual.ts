// Coefficients of a macroblock (RFC 6386 §13).
import { AT, END, RANGE, ROOM, VALUE, vp8Bit, vp8Refill } from './vp8-decode-bool'
import { vp8Probabilities, vp8Steps } from './vp8-decode-header'
import { VP8_CATEGORIES, VP8_ZIGZAG } from './vp8-decode-tables'
import { vp8Hadamard } from './vp8-decode-transform'

/** Contexts of a macroblock: 4 blocks of luma, 2 of U, 2 of V, and Y2. */
export const CONTEXTS: usize = 9

/** Bytes of probabilities that a context has. */
const CONTEXT: usize = 11

/** Where the probabilities of the n-th coefficient's band stand (§13.3); one more, which is looked at but never used. */
const BANDS = memory.data<u8>([0, 33, 66, 99, 198, 132, 165, 198, 198, 198, 198, 198, 198, 198, 198, 231, 0])

/** Of the 25 blocks as they come, the context above (low four bits) and beside: Y2, 16 of luma, U, V. */
const PLACES = memory.data<u8>([
  0x88, 0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x23, 0x30, 0x31, 0x32, 0x33, 0x44, 0x45,
  0x54, 0x55, 0x66, 0x67, 0x76, 0x77,
])

/** Y2's coefficients, zero between macroblocks. */
const y2 = memory.data(32, 16)

/** Zeroes what a frame that broke off may have left behind. */
export function vp8ResidualsStart(to: usize): void {
  memory.fill(to, 0, 768)
  memory.fill(y2, 0, 32)
}

/**
 * Reads a macroblock's coefficients to `to`, times their steps: 24 blocks of 16 i16 that are zero before. `counts`
 * gets for each block 0 for none, 1 for DC alone, 2 for more. Returns whether there are any.
 */
export function vp8Residuals(
  reader: usize,
  segment: i32,
  blocks: i32,
  above: usize,
  left: usize,
  to: usize,
  counts: usize,
): bool {
  const steps = vp8Steps(segment)
  // The reader's fields in locals, and bools written out: see vp8-decode-bool.ts.
  let value = load<u64>(reader, VALUE)
  let range = load<i32>(reader, RANGE)
  let room = load<i32>(reader, ROOM)
  let at = <usize>load<u32>(reader, AT)
  const end = <usize>load<u32>(reader, END)
  let any = 0
  let first = 0
  let type = vp8Probabilities(blocks ? 3 : 1)
  let dc = load<i32>(blocks ? steps : steps + 8)
  let ac = load<i32>(blocks ? steps + 4 : steps + 12)
  let block = blocks ? to : y2
  for (let index: usize = blocks ? 1 : 0; index < 25; index++) {
    if (index == 17) {
      type = vp8Probabilities(2)
      dc = load<i32>(steps, 16)
      ac = load<i32>(steps, 20)
      first = 0
    }
    const place = <usize>load<u8>(PLACES + index)
    const aboveAt = above + (place & 15)
    const leftAt = left + (place >> 4)
    let n = first
    let p = type + <usize>load<u8>(BANDS + n) + (<usize>load<u8>(aboveAt) + <usize>load<u8>(leftAt)) * CONTEXT
    while (n < 16) {
      // A sign and three bools take up to 22 bits; 8 more are compared.
      if (room < 30) {
        if (at + 8 <= end) {
          value |= bswap<u64>(load<u64>(at)) >> <u64>room
          const bytes = (63 - room) >> 3
          at += bytes
          room += bytes << 3
        } else {
          store<u64>(reader, value, VALUE)
          store<i32>(reader, room, ROOM)
          store<u32>(reader, <u32>at, AT)
          vp8Refill(reader)
          value = load<u64>(reader, VALUE)
          room = load<i32>(reader, ROOM)
          at = <usize>load<u32>(reader, AT)
        }
      }
      // Whether there are more.
      let split = ((range * <i32>load<u8>(p)) >> 8) + 1
      let bound = <u64>split << 56
      if (value < bound) {
        const shift = clz(split) - 24
        range = (split << shift) - 1
        value <<= shift
        room -= shift
        break
      }
      value -= bound
      split = range + 1 - split
      let shift = clz(split) - 24
      range = (split << shift) - 1
      value <<= shift
      room -= shift
      // Zeros.
      split = ((range * <i32>load<u8>(p, 1)) >> 8) + 1
      bound = <u64>split << 56
      while (value < bound) {
        shift = clz(split) - 24
        range = (split << shift) - 1
        value <<= shift
        room -= shift
        if (++n == 16) break
        p = type + <usize>load<u8>(BANDS + n)
        if (room < 30) {
          store<u64>(reader, value, VALUE)
          store<i32>(reader, room, ROOM)
          store<u32>(reader, <u32>at, AT)
          vp8Refill(reader)
          value = load<u64>(reader, VALUE)
          room = load<i32>(reader, ROOM)
          at = <usize>load<u32>(reader, AT)
        }
        split = ((range * <i32>load<u8>(p, 1)) >> 8) + 1
        bound = <u64>split << 56
      }
      if (n == 16) break
      value -= bound
      split = range + 1 - split
      shift = clz(split) - 24
      range = (split << shift) - 1
      value <<= shift
      room -= shift
      // One, or more.
      let level = 1
      const following = type + <usize>load<u8>(BANDS + n, 1)
      split = ((range * <i32>load<u8>(p, 2)) >> 8) + 1
      bound = <u64>split << 56
      if (value < bound) {
        shift = clz(split) - 24
        range = (split << shift) - 1
        value <<= shift
        room -= shift
        p = following + CONTEXT
      } else {
        value -= bound
        split = range + 1 - split
        shift = clz(split) - 24
        store<u64>(reader, value << shift, VALUE)
        store<i32>(reader, (split << shift) - 1, RANGE)
        store<i32>(reader, room - shift, ROOM)
        store<u32>(reader, <u32>at, AT)
        level = large(reader, p)
        value = load<u64>(reader, VALUE)
        range = load<i32>(reader, RANGE)
        room = load<i32>(reader, ROOM)
        at = <usize>load<u32>(reader, AT)
        p = following + 2 * CONTEXT
      }
      // The sign, at even odds: without a branch.
      split = (range >> 1) + 1
      bound = <u64>split << 56
      const negative = value >= bound ? -1 : 0
      value -= bound & <u64>(<i64>negative)
      split += (range + 1 - 2 * split) & negative
      shift = clz(split) - 24
      range = (split << shift) - 1
      value <<= shift
      room -= shift
      const step = n > 0 ? ac : dc
      store<i16>(block + (<usize>load<u8>(VP8_ZIGZAG + n) << 1), <i16>(((level ^ negative) - negative) * step))
      n++
    }
    const coded = n > first ? 1 : 0
    store<u8>(aboveAt, <u8>coded)
    store<u8>(leftAt, <u8>coded)
    if (index == 0) {
      if (n > 0) vp8Hadamard(block, to)
      first = 1
      type = vp8Probabilities(0)
      dc = load<i32>(steps)
      ac = load<i32>(steps, 4)
      block = to
    } else {
      const kind = n > 1 ? 2 : load<i16>(block) != 0 ? 1 : 0
      any |= kind
      store<u8>(counts++, <u8>kind)
      block += 32
    }
  }
  store<u64>(reader, value, VALUE)
  store<i32>(reader, range, RANGE)
  store<i32>(reader, room, ROOM)
  store<u32>(reader, <u32>at, AT)
  return any != 0
}

/** A level of 2 and more. */
function large(reader: usize, p: usize): i32 {
  if (!vp8Bit(reader, load<u8>(p, 3))) {
    if (!vp8Bit(reader, load<u8>(p, 4))) return 2
    return 3 + vp8Bit(reader, load<u8>(p, 5))
  }
  if (!vp8Bit(reader, load<u8>(p, 6))) {
    if (!vp8Bit(reader, load<u8>(p, 7))) return 5 + vp8Bit(reader, 159)
    const high = vp8Bit(reader, 165)
    return 7 + 2 * high + vp8Bit(reader, 145)
  }
  const bit1 = vp8Bit(reader, load<u8>(p, 8))
  const category = 2 * bit1 + vp8Bit(reader, load<u8>(p + 9 + bit1))
  let value = 0
  for (let at = VP8_CATEGORIES + 12 * category; load<u8>(at) != 0; at++) value = value * 2 + vp8Bit(reader, load<u8>(at))
  return value + 3 + (8 << category)
}
