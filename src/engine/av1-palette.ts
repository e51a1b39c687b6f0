// Palettes (AV1 specification, sections 5.11.46, 5.11.49 and 5.11.50): up to 8 colours of a block's luma, or of its
// chroma in pairs, some taken from the palettes above and to the left; then the map of indices in diagonals.

import { B, COLOURS_U, COLOURS_V, COLOURS_Y, MAP_UV, MAP_Y } from './av1-block-state'
import {
  PALETTE_2_UV, PALETTE_2_Y, PALETTE_3_UV, PALETTE_3_Y, PALETTE_4_UV, PALETTE_4_Y, PALETTE_5_UV, PALETTE_5_Y,
  PALETTE_6_UV, PALETTE_6_Y, PALETTE_7_UV, PALETTE_7_Y, PALETTE_8_UV, PALETTE_8_Y, PALETTE_SIZE_UV, PALETTE_SIZE_Y,
  PALETTE_UV, PALETTE_Y,
} from './av1-cdf-tables'
import { F, LEFT_COLOURS_UV, LEFT_COLOURS_Y, LEFT_PALETTE_UV, LEFT_PALETTE_Y } from './av1-frame'
import { DC_PRED, H } from './av1-state'
import { symbol2, symbol4, symbol8, symbolBit, symbolBits, symbolChoice } from './av1-symbol'
import { BLOCK_HEIGHT_LOG2, BLOCK_WIDTH_LOG2 } from './av1-tables'

const CACHE: usize = memory.data(32, 16)
const INDEX_CDFS = memory.data<u32>([
  PALETTE_2_Y, PALETTE_3_Y, PALETTE_4_Y, PALETTE_5_Y, PALETTE_6_Y, PALETTE_7_Y, PALETTE_8_Y,
  PALETTE_2_UV, PALETTE_3_UV, PALETTE_4_UV, PALETTE_5_UV, PALETTE_6_UV, PALETTE_7_UV, PALETTE_8_UV,
])

/** palette_mode_info. */
export function readPalette(): void {
  const size = <i32>load<u8>(BLOCK_WIDTH_LOG2 + B.size) + <i32>load<u8>(BLOCK_HEIGHT_LOG2 + B.size) - 2
  if (B.mode == DC_PRED) {
    let context = 0
    if (B.above && load<u8>(F.abovePaletteY + B.col)) context++
    if (B.left && load<u8>(LEFT_PALETTE_Y + (B.row & 31))) context++
    if (symbol2(B.cdf + PALETTE_Y + ((size * 3 + context) << 2))) {
      B.paletteY = symbol8(B.cdf + PALETTE_SIZE_Y + (size << 4), 7) + 2
      readColours(COLOURS_Y, B.paletteY, cached(0), 1)
    }
  }
  if (B.hasChroma && B.uvMode == DC_PRED && symbol2(B.cdf + PALETTE_UV + ((B.paletteY > 0 ? 1 : 0) << 2))) {
    B.paletteUv = symbol8(B.cdf + PALETTE_SIZE_UV + (size << 4), 7) + 2
    readColours(COLOURS_U, B.paletteUv, cached(1), 0)
    readColoursV()
  }
}

function ceilLog2(value: i32): i32 {
  return value < 2 ? 0 : 32 - clz(value - 1)
}

/** Colours in ascending order. @param least by how much each one exceeds the one before at least */
function readColours(colours: usize, count: i32, cache: i32, least: i32): void {
  const most = (1 << H.bitDepth) - 1
  let index = 0
  for (let i = 0; i < cache && index < count; i++) {
    if (symbolBit()) store<u16>(colours + (index++ << 1), load<u16>(CACHE + (i << 1)))
  }
  const own = index
  if (index < count) {
    let value = symbolBits(H.bitDepth)
    store<u16>(colours + (index++ << 1), <u16>value)
    let width = index < count ? H.bitDepth - 3 + symbolBits(2) : 0
    while (index < count) {
      value = min(most, value + symbolBits(width) + least)
      store<u16>(colours + (index++ << 1), <u16>value)
      width = min(width, ceilLog2(most + 1 - value - least))
    }
  }
  // Both the cached colours and the others ascend: the others are sorted in.
  for (let i = own; i < count; i++) {
    const value = load<u16>(colours + (i << 1))
    let j = i
    while (j > 0 && load<u16>(colours + (j << 1) - 2) > value) {
      store<u16>(colours + (j << 1), load<u16>(colours + (j << 1) - 2))
      j--
    }
    store<u16>(colours + (j << 1), value)
  }
}

function readColoursV(): void {
  const depth = H.bitDepth
  if (!symbolBit()) {
    for (let i = 0; i < B.paletteUv; i++) store<u16>(COLOURS_V + (i << 1), <u16>symbolBits(depth))
    return
  }
  const width = depth - 4 + symbolBits(2)
  let value = symbolBits(depth)
  store<u16>(COLOURS_V, <u16>value)
  for (let i = 1; i < B.paletteUv; i++) {
    let delta = symbolBits(width)
    if (delta && symbolBit()) delta = -delta
    value += delta
    if (value < 0) value += 1 << depth
    if (value >= 1 << depth) value -= 1 << depth
    value = max(0, min((1 << depth) - 1, value))
    store<u16>(COLOURS_V + (i << 1), <u16>value)
  }
}

/** get_palette_cache: the colours above and to the left, merged into CACHE. Returns their number. */
function cached(chroma: i32): i32 {
  const left = B.row & 31
  let aboves = B.above && B.row & 15 ? <i32>load<u8>((chroma ? F.abovePaletteUv : F.abovePaletteY) + B.col) : 0
  let lefts = B.left ? <i32>load<u8>((chroma ? LEFT_PALETTE_UV : LEFT_PALETTE_Y) + left) : 0
  let above = (chroma ? F.aboveColoursUv : F.aboveColoursY) + (B.col << 4)
  let beside = (chroma ? LEFT_COLOURS_UV : LEFT_COLOURS_Y) + (left << 4)
  let count = 0
  while (aboves > 0 || lefts > 0) {
    let value: u16
    if (aboves > 0 && (lefts == 0 || load<u16>(above) <= load<u16>(beside))) {
      value = load<u16>(above)
      above += 2
      aboves--
    } else {
      value = load<u16>(beside)
      beside += 2
      lefts--
    }
    if (count == 0 || value != load<u16>(CACHE + (count << 1) - 2)) store<u16>(CACHE + (count++ << 1), value)
  }
  return count
}

/** palette_tokens. */
export function readMaps(): void {
  let high = B.high << 2
  let wide = B.wide << 2
  let seenHigh = min(high, (H.miRows - B.row) << 2)
  let seenWide = min(wide, (H.miCols - B.col) << 2)
  if (B.paletteY) readMap(MAP_Y, B.paletteY, 0, wide, high, seenWide, seenHigh)
  if (!B.paletteUv) return
  wide >>= H.subX
  high >>= H.subY
  seenWide >>= H.subX
  seenHigh >>= H.subY
  if (wide < 4) {
    wide += 2
    seenWide += 2
  }
  if (high < 4) {
    high += 2
    seenHigh += 2
  }
  readMap(MAP_UV, B.paletteUv, 7, wide, high, seenWide, seenHigh)
}

const ORDER: usize = memory.data(8, 8)

function readMap(map: usize, count: i32, first: i32, wide: i32, high: i32, seenWide: i32, seenHigh: i32): void {
  const cdfs = B.cdf + load<u32>(INDEX_CDFS + ((first + count - 2) << 2))
  const shift = count == 2 ? 2 : count <= 4 ? 3 : 4
  store<u8>(map, <u8>symbolChoice(count))
  for (let i = 1; i < seenHigh + seenWide - 1; i++) {
    for (let j = min(i, seenWide - 1); j >= max(0, i - seenHigh + 1); j--) {
      const at = map + ((i - j) << 6) + j
      const cdf = cdfs + (contextOf(at, i - j, j) << shift)
      const index = count == 2 ? symbol2(cdf) : count <= 4 ? symbol4(cdf, count) : symbol8(cdf, count)
      store<u8>(at, load<u8>(ORDER + index))
    }
  }
  for (let i = 0; i < seenHigh && seenWide < wide; i++) {
    const row = map + (i << 6)
    memory.fill(row + seenWide, load<u8>(row + seenWide - 1), wide - seenWide)
  }
  for (let i = seenHigh; i < high; i++) memory.copy(map + (i << 6), map + ((seenHigh - 1) << 6), wide)
}

/**
 * get_palette_color_context with Palette_Color_Context: which distribution, and in ORDER the indices by likelihood:
 * the neighbours' first.
 */
function contextOf(at: usize, row: i32, col: i32): i32 {
  store<u64>(ORDER, 0x0706050403020100)
  if (row == 0 || col == 0) {
    // One neighbour.
    front(0, row == 0 ? load<u8>(at - 1) : load<u8>(at - 64))
    return 0
  }
  const left = load<u8>(at - 1)
  const above = load<u8>(at - 64)
  const corner = load<u8>(at - 65)
  if (left == above) {
    front(0, left)
    if (corner == left) return 4
    front(1, corner)
    return 3
  }
  if (corner == left || corner == above) {
    front(0, corner)
    front(1, corner == left ? above : left)
    return 2
  }
  front(0, min(left, above))
  front(1, max(left, above))
  front(2, corner)
  return 1
}

/** Moves an index to a place in ORDER; those before it move back by one. */
function front(place: i32, index: u8): void {
  let from = place
  while (from < 7 && load<u8>(ORDER + from) != index) from++
  for (; from > place; from--) store<u8>(ORDER + from, load<u8>(ORDER + from - 1))
  store<u8>(ORDER + place, index)
}
