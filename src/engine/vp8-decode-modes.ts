// The prediction modes of a row of macroblocks (RFC 6386 §8, §11).
import { vp8Bit } from './vp8-decode-bool'
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
export function vp8RowModes(count: i32, above: usize, left: usize, to: usize): void {
  store<u32>(left, 0)
  for (let x = 0; x < count; x++, to += MODES, above += 4) {
    let segment = 0
    if (vp8SegmentMap) {
      segment = vp8Bit(vp8SegmentProbability(0))
        ? 2 + vp8Bit(vp8SegmentProbability(2))
        : vp8Bit(vp8SegmentProbability(1))
    }
    store<u8>(to, <u8>segment, 17)
    store<u8>(to, vp8Skips ? <u8>vp8Bit(vp8SkipProbability) : 0, 18)
    const blocks = vp8Bit(145) == 0
    store<u8>(to, blocks ? 1 : 0, 19)
    if (blocks) {
      for (let y: usize = 0; y < 4; y++) {
        let mode: usize = load<u8>(left + y)
        for (let i: usize = 0; i < 4; i++) {
          const table = VP8_BLOCK_MODES + <usize>load<u8>(above + i) * 90 + mode * 9
          let node: usize = load<u8>(VP8_MODE_TREE + vp8Bit(load<u8>(table)))
          while (node < 128) node = load<u8>(VP8_MODE_TREE + 2 * node + vp8Bit(load<u8>(table + node)))
          mode = node - 128
          store<u8>(above + i, <u8>mode)
          store<u8>(to + y * 4 + i, <u8>mode)
        }
        store<u8>(left + y, <u8>mode)
      }
    } else {
      const mode = vp8Bit(156) ? (vp8Bit(128) ? TM : H) : vp8Bit(163) ? V : DC
      store<u8>(to, <u8>mode)
      store<u32>(above, mode * 0x01010101)
      store<u32>(left, mode * 0x01010101)
    }
    store<u8>(to, <u8>(vp8Bit(142) == 0 ? DC : vp8Bit(114) == 0 ? V : vp8Bit(183) ? TM : H), 16)
  }
}
