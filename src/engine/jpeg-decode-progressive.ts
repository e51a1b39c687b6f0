// Entropy decoding of progressive scans (T.81 Annex G). Each function decodes some units of one row
// (MCUs of an interleaved scan, blocks of any other) with the reader's state in locals, and returns
// the first unit not decoded; see jpeg-decode-baseline.ts for the bit reader.
//
// Coefficients that the scaled transform does not use are decoded but not stored. Which ones are
// not zero is kept for all of them, 64 bits a block, because refinement scans hang on it.
import { Block, extend } from './jpeg-decode-baseline'
import { LOOK, LOOK_BITS, SLOW, readCode } from './jpeg-decode-huffman'
import { NOWHERE, d } from './jpeg-decode-state'

/** Where coefficients go that nobody needs. */
export const sink: usize = memory.data(256, 16)

/** First scan of DC coefficients (G.1.2.1): differences, `approxLow` bits short. */
export function decodeDcFirst(from: i32, to: i32): i32 {
  let bits = d.bits
  let count = d.count
  let next = d.next
  const limit = d.limit
  const low = d.approxLow
  const list = d.blocks
  const listEnd = list + d.blockCount * offsetof<Block>()
  let unit = from
  for (; unit < to && next + (count >>> 3) >= limit; unit++) {
    for (let at = list; at < listEnd; at += offsetof<Block>()) {
      const block = changetype<Block>(at)
      bits |= load<u64>(next) >>> count
      next -= (63 - count) >>> 3
      count |= 56
      const entry = load<i32>(block.dc + (<usize>(bits >>> (64 - LOOK_BITS)) << 2))
      let value = entry >> 16
      let used = entry & 63
      if (entry & SLOW) {
        const code = readCode(block.dc, <i32>(bits >>> 48))
        value = extend(bits << (code >> 8), code & 15)
        used = (code >> 8) + (code & 15)
      }
      bits <<= used
      count -= used
      value += load<i32>(block.component)
      store<i32>(block.component, value)
      store<i16>(block.out + <usize>unit * block.outStep, value << low)
    }
  }
  d.bits = bits
  d.count = count
  d.next = next
  return unit
}

/** Later scans of DC coefficients: one more bit each. */
export function decodeDcRefine(from: i32, to: i32): i32 {
  let bits = d.bits
  let count = d.count
  let next = d.next
  const limit = d.limit
  const low = d.approxLow
  const list = d.blocks
  const listEnd = list + d.blockCount * offsetof<Block>()
  let unit = from
  for (; unit < to && next + (count >>> 3) >= limit; unit++) {
    for (let at = list; at < listEnd; at += offsetof<Block>()) {
      const block = changetype<Block>(at)
      bits |= load<u64>(next) >>> count
      next -= (63 - count) >>> 3
      count |= 56
      const out = block.out + <usize>unit * block.outStep
      store<i16>(out, <i32>load<i16>(out) | (<i32>(bits >>> 63) << low))
      bits <<= 1
      count--
    }
  }
  d.bits = bits
  d.count = count
  d.next = next
  return unit
}

/** First scan of a band of AC coefficients (G.1.2.2), one component. */
export function decodeAcFirst(from: i32, to: i32): i32 {
  let bits = d.bits
  let count = d.count
  let next = d.next
  let eobRun = d.eobRun
  const limit = d.limit
  const low = d.approxLow
  const start = d.spectralStart
  const end = d.spectralEnd
  const block = changetype<Block>(d.blocks)
  const ac = block.ac
  const slots = block.slots
  let unit = from
  while (unit < to) {
    if (eobRun > 0) {
      const run = min(eobRun, to - unit)
      eobRun -= run
      unit += run
      continue
    }
    if (next + (count >>> 3) < limit) break
    const out = block.out + <usize>unit * block.outStep
    const historyAt = block.history + (<usize>unit << 3)
    let history = load<u64>(historyAt)
    let k = start
    while (k <= end) {
      bits |= load<u64>(next) >>> count
      next -= (63 - count) >>> 3
      count |= 56
      const entry = load<i32>(ac + (<usize>(bits >>> (64 - LOOK_BITS)) << 2))
      let value = entry >> 16
      let advance = (entry >> 8) & 127
      let used = entry & 63
      if (entry & SLOW || advance == 64) {
        const code = readCode(ac, <i32>(bits >>> 48))
        const size = code & 15
        const run = (code >> 4) & 15
        used = code >> 8
        if (size == 0 && run < 15) {
          bits <<= used
          // EOBn: a run of 2^n blocks and n more bits of them that end here, this one included.
          eobRun = (1 << run) + <i32>((bits >>> 1) >>> (63 - run)) - 1
          bits <<= run
          count -= used + run
          break
        }
        value = extend(bits << used, size)
        used += size
        advance = run + 1
      }
      bits <<= used
      count -= used
      k += advance
      const slot = <usize>load<u16>(slots + (k << 1))
      store<i16>(slot == NOWHERE ? sink : out + slot, value << low)
      history |= u64(value != 0) << (k - 1)
    }
    store<u64>(historyAt, history)
    unit++
  }
  d.bits = bits
  d.count = count
  d.next = next
  d.eobRun = eobRun
  return unit
}

/** Adds `plus` to the coefficient at `at`, away from zero, where `bit` is set (G.1.2.3); no branch. */
// @ts-ignore: decorator
@inline
function refine(at: usize, plus: i32, bit: u64): void {
  const value = <i32>load<i16>(at)
  const sign = value >> 31
  const add = plus & -(<i32>bit)
  store<i16>(at, value + ((add ^ sign) - sign))
}

/** Later scans of a band of AC coefficients: new ones, and one more bit for those there are. */
export function decodeAcRefine(from: i32, to: i32): i32 {
  let bits = d.bits
  let count = d.count
  let next = d.next
  let eobRun = d.eobRun
  const limit = d.limit
  const plus = 1 << d.approxLow
  const start = d.spectralStart
  const end = d.spectralEnd
  const block = changetype<Block>(d.blocks)
  const ac = block.ac
  const slots = block.slots
  const kept = block.kept
  const band = (~(<u64>0) >>> (63 - end)) & (~(<u64>0) << start)
  let unit = from
  for (; unit < to && next + (count >>> 3) >= limit; unit++) {
    const historyAt = block.history + (<usize>unit << 3)
    let history = load<u64>(historyAt)
    if (eobRun > 0 && (history & band) == 0) {
      eobRun--
      continue
    }
    const out = block.out + <usize>unit * block.outStep
    // What of the band is still to be passed over.
    let rest = band
    while (rest != 0) {
      let value = 0
      let until = rest
      bits |= load<u64>(next) >>> count
      next -= (63 - count) >>> 3
      count |= 56
      if (eobRun == 0) {
        const look = <i32>load<u16>(ac + LOOK + (<usize>(bits >>> (64 - LOOK_BITS)) << 1))
        // symbol << 8 | code bits
        const code = look != 0 ? look : swap(readCode(ac, <i32>(bits >>> 48)))
        const run = (code >> 12) & 15
        bits <<= code & 63
        count -= code & 63
        if ((code & 0xf00) == 0 && run < 15) {
          eobRun = (1 << run) + <i32>((bits >>> 1) >>> (63 - run))
          bits <<= run
          count -= run
        } else {
          if (code & 0xf00) {
            value = <i64>bits < 0 ? plus : -plus
            bits <<= 1
            count--
          }
          // Up to and with the zero that comes after `run` others.
          let zeros = ~history & rest
          if ((history & rest) == 0) zeros &= ~(<u64>0) << (<u64>run + ctz(rest))
          else for (let i = 0; i < run; i++) zeros &= zeros - 1
          zeros &= 0 - zeros
          if (zeros != 0) until = rest & (zeros | (zeros - 1))
        }
      }
      // Correction bits: what is left of the refill has 24 at least.
      let corrections = history & until
      while (corrections != 0) {
        let part = corrections
        if (popcnt(part) > 24) {
          part = corrections & 0xffffff
          if (part == 0) part = corrections & 0xffffff000000
          if (part == 0) part = corrections
        }
        corrections ^= part
        const n = <i32>popcnt(part)
        let wanted = part & kept
        if (wanted == part) {
          let these = bits
          for (; part != 0; part &= part - 1, these <<= 1) {
            refine(out + load<u16>(slots + ((<usize>ctz(part) + 1) << 1)), plus, these >>> 63)
          }
        } else {
          for (; wanted != 0; wanted &= wanted - 1) {
            const place = popcnt(part & ((wanted & (0 - wanted)) - 1))
            refine(out + load<u16>(slots + ((<usize>ctz(wanted) + 1) << 1)), plus, (bits << place) >>> 63)
          }
        }
        bits <<= n
        count -= n
        bits |= load<u64>(next) >>> count
        next -= (63 - count) >>> 3
        count |= 56
      }
      if (value != 0) {
        // The last position of `until`: where the run of zeros ended.
        const k = 63 - <i32>clz(until)
        const slot = <usize>load<u16>(slots + ((k + 1) << 1))
        store<i16>(slot == NOWHERE ? sink : out + slot, value)
        history |= <u64>1 << k
      }
      rest &= ~until
    }
    if (eobRun > 0) eobRun--
    store<u64>(historyAt, history)
  }
  d.bits = bits
  d.count = count
  d.next = next
  d.eobRun = eobRun
  return unit
}

/** length << 8 | symbol → symbol << 8 | length. */
// @ts-ignore: decorator
@inline
function swap(code: i32): i32 {
  return ((code & 255) << 8) | (code >> 8)
}
