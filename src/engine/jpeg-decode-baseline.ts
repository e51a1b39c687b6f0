// Entropy decoding of sequential scans (T.81 F.2.2): one call decodes some MCUs of a batch with all
// of the reader's state in locals. Coefficients that the scaled transform does not use are passed
// over, several to a lookup.
//
// The bit reader: `bits` holds `count` valid bits at its top. A refill ORs in the eight bytes at
// `next` behind them and counts the whole bytes that fitted (bits that did not fit whole are ORed
// again by the next refill): 56 bits or more, without a branch.
import { LOOK_BITS, SKIP, SKIP_BITS, SLOW, START, START_BITS, readCode } from './jpeg-decode-huffman'
import { KEEP_2, d } from './jpeg-decode-state'

/** An entry of the block list: which tables and where to, for one block of an MCU. */
@unmanaged
export class Block {
  /** Pointer of the component, whose first field is the DC prediction. */
  component: usize
  dc: usize
  ac: usize
  /** Coefficients of this block in the batch's first MCU, and the step to the next MCU's. */
  out: usize
  outStep: usize
  slots: usize
  keep: i32
  /** Where the zigzag index of the last coefficient goes, and its step. */
  last: usize
  lastStep: usize
  /** Non-zero history of the row's blocks, and which coefficients are kept (progressive scans). */
  history: usize
  kept: u64
}

/** The value of `size` extra bits at the top of `bits` (T.81 F.2.2.1, EXTEND); 0 for none. */
// @ts-ignore: decorator
@inline
export function extend(bits: u64, size: i32): i32 {
  const value = <i32>((bits >>> 1) >>> (63 - size))
  return value + (~(<i32>(<i64>bits >> 63)) & (1 - (1 << size)))
}

/**
 * Decodes the MCUs `from`…`to` of a batch by the block list at `list`; stops early where the next
 * MCU might need bytes that have not come. Returns the first MCU not decoded.
 */
export function decodeMcus(from: i32, to: i32, list: usize): i32 {
  let bits = d.bits
  let count = d.count
  let next = d.next
  const limit = d.limit
  const listEnd = list + d.blockCount * offsetof<Block>()
  let mcu = from
  while (mcu < to && next + (count >>> 3) >= limit) {
    for (let at = list; at < listEnd; at += offsetof<Block>()) {
      const block = changetype<Block>(at)
      bits |= load<u64>(next) >>> count
      next -= (63 - count) >>> 3
      count |= 56
      // DC
      const dc = block.dc
      let entry = load<i32>(dc + (<usize>(bits >>> (64 - LOOK_BITS)) << 2))
      let value = entry >> 16
      if (entry & SLOW) {
        const code = readCode(dc, <i32>(bits >>> 48))
        bits <<= code >> 8
        value = extend(bits, code & 15)
        bits <<= code & 15
        count -= (code >> 8) + (code & 15)
        bits |= load<u64>(next) >>> count
        next -= (63 - count) >>> 3
        count |= 56
      } else {
        bits <<= entry & 63
        count -= entry & 63
      }
      value += load<i32>(block.component)
      store<i32>(block.component, value)
      const out = block.out + <usize>mcu * block.outStep
      store<i16>(out, value)
      // AC that are kept
      const ac = block.ac
      const slots = block.slots
      const keep = block.keep
      let k = 1
      if (keep == KEEP_2) {
        // Reduced to 2×2: 46 bits of the refill are left, an entry takes 26 at most.
        const start = load<u64>(ac + START + (<usize>(bits >>> (64 - START_BITS)) << 3))
        if (start != 0) {
          const pitch = <usize>load<u16>(slots + 4)
          store<i16>(out + pitch, <u16>(start >>> 16))
          store<i16>(out + 2 * pitch, <u16>(start >>> 32))
          store<i16>(out + 3 * pitch, <u16>(start >>> 48))
          k = <i32>(start >>> 8) & 255
          bits <<= start & 63
          count -= <i32>start & 63
        }
      }
      while (k <= keep) {
        bits |= load<u64>(next) >>> count
        next -= (63 - count) >>> 3
        count |= 56
        entry = load<i32>(ac + (<usize>(bits >>> (64 - LOOK_BITS)) << 2))
        if (!(entry & SLOW)) {
          bits <<= entry & 63
          count -= entry & 63
          k += (entry >> 8) & 127
          store<i16>(out + load<u16>(slots + (k << 1)), entry >> 16)
          if (k > keep) break
          entry = load<i32>(ac + (<usize>(bits >>> (64 - LOOK_BITS)) << 2))
          if (!(entry & SLOW)) {
            bits <<= entry & 63
            count -= entry & 63
            k += (entry >> 8) & 127
            store<i16>(out + load<u16>(slots + (k << 1)), entry >> 16)
            continue
          }
        }
        // At least 46 bits are left of the refill: enough for 16 of code and 15 of value.
        const code = readCode(ac, <i32>(bits >>> 48))
        bits <<= code >> 8
        const size = code & 15
        k += size == 0 && (code & 255) != 0xf0 ? 64 : ((code >> 4) & 15) + 1
        store<i16>(out + load<u16>(slots + (k << 1)), extend(bits, size))
        bits <<= size
        count -= (code >> 8) + size
      }
      if (k < 64) {
        const skip = ac + SKIP
        while (true) {
          bits |= load<u64>(next) >>> count
          next -= (63 - count) >>> 3
          count |= 56
          let before = bits
          let run = load<u16>(skip + (<usize>(bits >>> (64 - SKIP_BITS)) << 1))
          if (run != 0) {
            bits <<= run & 63
            count -= run & 63
            k += run >>> 6
            if (k < 64) {
              before = bits
              run = load<u16>(skip + (<usize>(bits >>> (64 - SKIP_BITS)) << 1))
              if (run != 0) {
                bits <<= run & 63
                count -= run & 63
                k += run >>> 6
                if (k < 64) continue
              }
            }
            if (k == 64 || (k > 128 && k < 192)) break
            if (k > 63) {
              // The lookup ran over the block's last coefficient: take it back.
              bits = before
              count += run & 63
              k -= run >>> 6
            }
          }
          // One symbol; a refill's 56 bits less one lookup's 27 are not quite enough, so refill.
          bits |= load<u64>(next) >>> count
          next -= (63 - count) >>> 3
          count |= 56
          const code = readCode(ac, <i32>(bits >>> 48))
          const size = code & 15
          bits <<= (code >> 8) + size
          count -= (code >> 8) + size
          k += size == 0 && (code & 255) != 0xf0 ? 64 : ((code >> 4) & 15) + 1
          if (k > 63) break
        }
      }
      store<u8>(block.last + <usize>mcu * block.lastStep, k > 64 ? k - 65 : 63)
    }
    mcu++
  }
  d.bits = bits
  d.count = count
  d.next = next
  return mcu
}
