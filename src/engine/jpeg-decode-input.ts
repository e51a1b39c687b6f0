// Compressed bytes on their way to the bit reader.
//
//   host → [input window, as stored] → unstuff → [clean window] → bit reader
//
// Entropy-coded bytes lose their stuffed zeros (T.81 B.1.1.5) sixteen at a time on the way into
// the clean window, so the bit reader needs neither a test for 0xFF nor one for markers. The
// clean window is filled from its high end downwards: a little-endian load of eight bytes then
// gives eight bytes of the stream in big-endian order, and no refill has to swap bytes.
import { GO_ON, NEED_INPUT, d, MCU_BYTES } from './jpeg-decode-state'

/** Holds the longest marker segment (65,535 bytes and its marker) whole. */
export const INPUT_BYTES: usize = 0x10000 + 64
export const CLEAN_BYTES: usize = 0x8000
/** Zeros kept below the last byte: what the MCU that runs out of data may read. */
const PADDING: usize = MCU_BYTES + 64

/** Moves unread bytes to the window's start and says where the host may write. */
export function inputSpace(): usize {
  const left = d.inEnd - d.inNext
  if (d.inNext != d.input) {
    memory.copy(d.input, d.inNext, left)
    d.consumed += <u32>(d.inNext - d.input)
    d.inNext = d.input
    d.inEnd = d.input + left
  }
  return d.inEnd
}

/** Bytes that the host may write at `inputSpace()`. */
export function inputRoom(): usize {
  return d.input + INPUT_BYTES - d.inEnd
}

/** Forgets all input: the file is read again from its first byte. */
export function rewindInput(): void {
  d.inNext = d.input
  d.inEnd = d.input
  d.consumed = 0
  d.eof = 0
  d.marker = 0
  d.skipTo = 0
  d.takingUp = 0
}

/** Passes over input up to `d.skipTo`. Returns false where more has to come. */
export function passOver(): bool {
  const at = inputOffset()
  if (at >= d.skipTo) return true
  const gap = <usize>(d.skipTo - at)
  const here = d.inEnd - d.inNext
  d.inNext += min(gap, here)
  return gap <= here || d.eof != 0
}

/** Bytes that the host may leave out before those that it brings next. */
export function inputGap(): u32 {
  const at = inputOffset()
  return d.inNext == d.inEnd && d.skipTo > at ? d.skipTo - at : 0
}

/** Says that `bytes` of the file were left out. */
export function inputLeftOut(bytes: u32): void {
  d.consumed += bytes
}

/** Offset in the file of the next byte to be read. */
export function inputOffset(): u32 {
  return d.consumed + <u32>(d.inNext - d.input)
}

/** Starts an entropy-coded segment at the next byte of input. */
export function beginSegment(): void {
  d.cleanLow = d.clean + CLEAN_BYTES
  d.next = d.cleanLow - 8
  d.bits = 0
  d.count = 0
  d.marker = 0
  d.exhausted = 0
  d.limit = 0xffffffff
  d.made = 0
  d.anchorMade = 0
  d.laterMade = 0
  d.anchorAt = inputOffset()
  d.laterAt = d.anchorAt
}

/**
 * Goes on in a segment that an earlier reading has begun: passes over the file up to `d.skipTo`, then over
 * `bytes` clean bytes and `bits` of the next. GO_ON, or NEED_INPUT.
 */
export function takeUp(bytes: u32, bits: i32): i32 {
  if (d.takingUp == 1) {
    if (!passOver()) return NEED_INPUT
    beginSegment()
    d.dropped = 0
    d.takingUp = 2
  }
  while (true) {
    const unread = <i32>(d.next + 8 - d.cleanLow)
    const gone = min(<i32>(bytes - d.dropped), unread)
    d.next -= gone
    d.dropped += gone
    if (d.marker != 0) {
      // The reader was beyond the last byte: it will find itself starved.
      if (d.dropped < bytes) d.next -= 8
      break
    }
    // A refill of the reader takes eight bytes.
    if (d.dropped == bytes && unread - gone >= 8) break
    if (!refillClean()) return NEED_INPUT
  }
  if (bits > 0) {
    d.bits = load<u64>(d.next) << bits
    d.next -= 7
    d.count = 56 - bits
  }
  d.takingUp = 0
  return GO_ON
}

/**
 * Whether the next MCU might need bytes that are not there. `next + (count >>> 3)` is where the
 * reader would be had it not loaded bytes ahead of their use.
 */
// @ts-ignore: decorator
@inline
export function starved(): bool {
  return d.next + (d.count >>> 3) < d.limit
}

/**
 * Fills the clean window as far as it and the input go, and sets `limit` for `starved`.
 * Returns false where nothing could be added.
 */
export function refillClean(): bool {
  if (d.marker != 0) return false
  const high = d.clean + CLEAN_BYTES
  const taken = <i32>d.made - <i32>(d.next + 8 + (d.count >>> 3) - d.cleanLow)
  if (taken > <i32>d.laterMade) {
    d.anchorAt = d.laterAt
    d.anchorMade = d.laterMade
    d.laterAt = inputOffset()
    d.laterMade = d.made
  }
  // Make room: what is unread moves back to the high end.
  const unread = d.next + 8 - d.cleanLow
  if (<isize>unread >= 0 && d.next + 8 != high) {
    memory.copy(high - unread, d.cleanLow, unread)
    d.cleanLow = high - unread
    d.next = high - 8
  }
  const before = d.cleanLow
  unstuff()
  d.made += <u32>(before - d.cleanLow)
  if (d.marker == 0 && d.inEnd == d.inNext && d.eof) d.marker = -1
  if (d.marker != 0) {
    memory.fill(d.cleanLow - PADDING, 0, PADDING)
    // Until the last byte is used up.
    d.limit = d.cleanLow - 8
  } else {
    d.limit = d.cleanLow + MCU_BYTES
  }
  return d.cleanLow != before || d.marker != 0
}

/** Copies input to the clean window, up to a marker, the end of input, or a full window. */
function unstuff(): void {
  const ff = i8x16.splat(-1)
  const floor = d.clean + PADDING + 16
  let from = d.inNext
  let low = d.cleanLow
  const end = d.inEnd
  while (low > floor) {
    if (from + 16 <= end) {
      const bytes = v128.load(from)
      v128.store(
        low - 16,
        i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
      )
      const mask = i8x16.bitmask(i8x16.eq(bytes, ff))
      if (mask == 0) {
        from += 16
        low -= 16
        continue
      }
      const plain = <usize>ctz(mask)
      from += plain
      low -= plain
    } else {
      if (from >= end) break
      const byte = load<u8>(from)
      if (byte != 0xff) {
        store<u8>(--low, byte)
        from++
        continue
      }
    }
    // At 0xFF: a stuffed zero, fill bytes, or a marker.
    let after = from + 1
    while (after < end && load<u8>(after) == 0xff) after++
    if (after >= end) {
      // More than one 0xFF in a row is fill; keep the last for the next call.
      from = after - 1
      if (d.eof) from = end
      break
    }
    const code = load<u8>(after)
    from = after + 1
    if (code == 0) {
      store<u8>(--low, 0xff)
    } else {
      d.marker = code
      break
    }
  }
  d.inNext = from
  d.cleanLow = low
}

/** Drops the segment's remaining data up to its marker. Returns false where input runs out first. */
export function skipToMarker(): bool {
  while (d.marker == 0) {
    d.cleanLow = d.clean + CLEAN_BYTES
    d.next = d.cleanLow - 8
    if (!refillClean()) return false
  }
  return true
}
