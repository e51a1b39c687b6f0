// HEVC's arithmetic coder (ITU-T H.265, 9.3.4) and the bytes of a NAL unit with emulation
// prevention (7.4.2). Pictures of a grid are coded by turns: each one's coder is put away and taken up again.

import { CONTEXTS, INITIAL, LPS_RANGES, NEXT_LPS } from './hevc-encode-tables'

/** pStateIdx · 2 + valMps of each context. */
export const STATES = memory.data(128, 16)

/** Bytes of a coder that is put away. */
export const CODER_BYTES: u32 = 160

let low: u32 = 0
let range: u32 = 0
let bitsLeft: i32 = 0
/** A byte that a carry may still change, and 0xff bytes behind it. */
let held: u32 = 0
let heldCount: u32 = 0
let zeros: u32 = 0
let target: usize = 0

/** Starts a slice at a slice quantiser of `qp`. */
export function coderStart(qp: i32): void {
  for (let i: u32 = 0; i < CONTEXTS; i++) {
    const value = <i32>load<u8>(INITIAL + i)
    const slope = (value >> 4) * 5 - 45
    const offset = ((value & 15) << 3) - 16
    const state = min(max(((slope * qp) >> 4) + offset, 1), 126)
    store<u8>(STATES + i, state <= 63 ? (63 - state) << 1 : ((state - 64) << 1) | 1)
  }
  low = 0
  range = 510
  bitsLeft = 23
  held = 0xff
  heldCount = 0
  zeros = 0
}

/** Where bytes go from now on. */
export function coderTarget(at: usize): void {
  target = at
}

/** Behind the last byte. */
export function coderEnd(): usize {
  return target
}

/** Puts the coder away at `at`. */
export function coderSave(at: usize): void {
  memory.copy(at, STATES, CONTEXTS)
  store<u32>(at, low, 128)
  store<u32>(at, range, 132)
  store<i32>(at, bitsLeft, 136)
  store<u32>(at, held, 140)
  store<u32>(at, heldCount, 144)
  store<u32>(at, zeros, 148)
}

/** Takes up one that was put away. */
export function coderLoad(at: usize): void {
  memory.copy(STATES, at, CONTEXTS)
  low = load<u32>(at, 128)
  range = load<u32>(at, 132)
  bitsLeft = load<i32>(at, 136)
  held = load<u32>(at, 140)
  heldCount = load<u32>(at, 144)
  zeros = load<u32>(at, 148)
}

/** A byte of the payload; two zeros before 0 to 3 would look like a start code. */
function putByte(byte: u32): void {
  if (zeros >= 2 && byte <= 3) {
    store<u8>(target++, 3)
    zeros = 0
  }
  store<u8>(target++, byte)
  zeros = byte == 0 ? zeros + 1 : 0
}

function flush(): void {
  const lead = low >> (24 - bitsLeft)
  bitsLeft += 8
  low &= 0xffffffff >> bitsLeft
  if (lead == 0xff) {
    heldCount++
  } else if (heldCount > 0) {
    const carry = lead >> 8
    putByte((held + carry) & 0xff)
    held = lead & 0xff
    const between = (0xff + carry) & 0xff
    while (heldCount > 1) {
      putByte(between)
      heldCount--
    }
  } else {
    heldCount = 1
    held = lead
  }
}

/** A bin by the context at `index`. */
export function putBin(bin: u32, index: u32): void {
  const at = STATES + index
  const context = <u32>load<u8>(at)
  const state = context >> 1
  const least = <u32>load<u8>(LPS_RANGES + (state << 2) + ((range >> 6) & 3))
  range -= least
  if (bin != (context & 1)) {
    const bits = <i32>clz(least) - 23
    low = (low + range) << bits
    range = least << bits
    bitsLeft -= bits
    store<u8>(at, state == 0 ? context ^ 1 : (<u32>load<u8>(NEXT_LPS + state) << 1) | (context & 1))
  } else {
    if (state < 62) store<u8>(at, context + 2)
    if (range >= 256) return
    low <<= 1
    range <<= 1
    bitsLeft--
  }
  if (bitsLeft < 12) flush()
}

/** `count` bins of even chances, at most 32. */
export function putBypass(bins: u32, count: u32): void {
  while (count > 8) {
    count -= 8
    const part = bins >> count
    bins -= part << count
    low = (low << 8) + range * part
    bitsLeft -= 8
    if (bitsLeft < 12) flush()
  }
  low = (low << count) + range * bins
  bitsLeft -= count
  if (bitsLeft < 12) flush()
}

/** end_of_slice_segment_flag; the last one ends the slice with its trailing bits. */
export function putEnd(last: bool): void {
  range -= 2
  if (!last) {
    if (range >= 256) return
    low <<= 1
    range <<= 1
    bitsLeft--
    if (bitsLeft < 12) flush()
    return
  }
  low = (low + range) << 7
  range = 256
  bitsLeft -= 7
  if (bitsLeft < 12) flush()
  if (low >>> (32 - bitsLeft)) {
    putByte((held + 1) & 0xff)
    for (; heldCount > 1; heldCount--) putByte(0)
    low -= 1 << (32 - bitsLeft)
  } else {
    if (heldCount > 0) putByte(held)
    for (; heldCount > 1; heldCount--) putByte(0xff)
  }
  // What is left, a stop bit, and zeros up to the next byte.
  const count = 24 - bitsLeft
  let rest = (((low >>> 8) & ((1 << count) - 1)) << 1) | 1
  let bits = count + 1
  const padding = (8 - (bits & 7)) & 7
  rest <<= padding
  bits += padding
  for (; bits > 0; bits -= 8) putByte((rest >>> (bits - 8)) & 0xff)
}
