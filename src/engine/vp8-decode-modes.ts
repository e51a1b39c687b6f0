// The prediction modes of a row of macroblocks (RFC 6386 §8, §11).
import { RANGE, ROOM, VALUE, vp8Bit, vp8Refill } from './vp8-decode-bool'
import { vp8SegmentMap, vp8SegmentProbability, vp8SkipProbability, vp8Skips } from './vp8-decode-header'
import { VP8_BLOCK_MODES, VP8_MODE_TREE } from './vp8-decode-tables'

/** A macroblock: 16 modes of blocks (or 1 of all), then: mode of chroma, segment, skipped, by blocks. */
export const MODES: usize = 20

/** Modes of whole macroblocks have the numbers of the blocks' that predict alike. */
const DC = 0
const TM = 1
const V = 2
const H = 3

/** Reads the modes of `count` macroblocks to `to`; `above` has 4 modes for each, `left` 4, kept between rows. */
export function vp8RowModes(reader: usize, count: i32, above: usize, left: usize, to: usize): void {
  store<u32>(left, 0)
  for (let x = 0; x < count; x++, to += MODES, above += 4) {
    let segment = 0
    if (vp8SegmentMap) {
      segment = vp8Bit(reader, vp8SegmentProbability(0))
        ? 2 + vp8Bit(reader, vp8SegmentProbability(2))
        : vp8Bit(reader, vp8SegmentProbability(1))
    }
    store<u8>(to, <u8>segment, 17)
    store<u8>(to, vp8Skips ? <u8>vp8Bit(reader, vp8SkipProbability) : 0, 18)
    const blocks = vp8Bit(reader, 145) == 0
    store<u8>(to, blocks ? 1 : 0, 19)
    if (blocks) {
      blockModes(reader, above, left, to)
    } else {
      const mode = vp8Bit(reader, 156) ? (vp8Bit(reader, 128) ? TM : H) : vp8Bit(reader, 163) ? V : DC
      store<u8>(to, <u8>mode)
      store<u32>(above, mode * 0x01010101)
      store<u32>(left, mode * 0x01010101)
    }
    store<u8>(to, <u8>(vp8Bit(reader, 142) == 0 ? DC : vp8Bit(reader, 114) == 0 ? V : vp8Bit(reader, 183) ? TM : H), 16)
  }
}

/** Reads the modes of a macroblock's 16 blocks: most of what the partition holds, hence with the reader in locals. */
function blockModes(reader: usize, above: usize, left: usize, to: usize): void {
  let value = load<u64>(reader, VALUE)
  let range = load<i32>(reader, RANGE)
  let room = load<i32>(reader, ROOM)
  for (let y: usize = 0; y < 4; y++, to += 4) {
    let mode: usize = load<u8>(left + y)
    for (let i: usize = 0; i < 4; i++) {
      const table = VP8_BLOCK_MODES + <usize>load<u8>(above + i) * 90 + mode * 9
      let node: usize = 0
      do {
        if (room < 16) {
          store<u64>(reader, value, VALUE)
          store<i32>(reader, room, ROOM)
          vp8Refill(reader)
          value = load<u64>(reader, VALUE)
          room = load<i32>(reader, ROOM)
        }
        let split = ((range * <i32>load<u8>(table + node)) >> 8) + 1
        const bound = <u64>split << 56
        let next = VP8_MODE_TREE + 2 * node
        if (value >= bound) {
          value -= bound
          split = range + 1 - split
          next++
        }
        const shift = clz(split) - 24
        range = (split << shift) - 1
        value <<= shift
        room -= shift
        node = load<u8>(next)
      } while (node < 128)
      mode = node - 128
      store<u8>(above + i, <u8>mode)
      store<u8>(to + i, <u8>mode)
    }
    store<u8>(left + y, <u8>mode)
  }
  store<u64>(reader, value, VALUE)
  store<i32>(reader, range, RANGE)
  store<i32>(reader, room, ROOM)
}
