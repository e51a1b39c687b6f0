// Writes a coding tree unit as it was decided (ITU-T H.265, 7.3.8.4 to 7.3.8.12).

import { chromaModeOf } from './hevc-encode-block'
import { putBin, putBypass } from './hevc-encode-cabac'
import { modeCode, probableModes } from './hevc-encode-modes'
import { putLevels, scanOf } from './hevc-encode-residual'
import { CBF_CHROMA, CBF_LUMA, CHROMA_MODE, PART, PREVIOUS, SPLIT } from './hevc-encode-tables'
import {
  CHROMA_CODES,
  CHROMA_LASTS,
  LUMA_LASTS,
  SIDES,
  chromaLevels,
  lumaLevels,
  modeAt,
  roomBelow,
  roomRight,
  splitContext,
  unit4,
  unit8,
} from './hevc-encode-unit'

/** coding_quadtree(). */
export function putTree(x: u32, y: u32, log2: u32): void {
  if (x >= roomRight || y >= roomBelow) return
  const size: u32 = 1 << log2
  let split = x + size > roomRight || y + size > roomBelow
  if (!split && log2 > 3) {
    split = load<u8>(SIDES + unit8(x, y)) < log2
    putBin(split ? 1 : 0, SPLIT + splitContext(x, y, 5 - log2))
  }
  if (!split) return putBlock(x, y, log2)
  const half = size >> 1
  putTree(x, y, log2 - 1)
  putTree(x + half, y, log2 - 1)
  putTree(x, y + half, log2 - 1)
  putTree(x + half, y + half, log2 - 1)
}

const codes = memory.data(4)

/** coding_unit() and its transform tree. */
function putBlock(x: u32, y: u32, log2: u32): void {
  const inParts = load<u8>(SIDES + unit8(x, y)) == 2
  if (log2 == 3) putBin(inParts ? 0 : 1, PART)
  const parts: u32 = inParts ? 4 : 1
  for (let part: u32 = 0; part < parts; part++) {
    const px = x + ((part & 1) << 2)
    const py = y + ((part >> 1) << 2)
    probableModes(px, py)
    const code = modeCode(modeAt(px, py))
    store<u8>(codes + part, code)
    putBin(code < 3 ? 1 : 0, PREVIOUS)
  }
  for (let part: u32 = 0; part < parts; part++) {
    const code = <u32>load<u8>(codes + part)
    if (code < 3) putBypass(code == 0 ? 0 : code + 1, code == 0 ? 1 : 2)
    else putBypass(code - 3, 5)
  }
  const chromaCode = <u32>load<u8>(CHROMA_CODES + unit8(x, y))
  putBin(chromaCode == 4 ? 0 : 1, CHROMA_MODE)
  if (chromaCode != 4) putBypass(chromaCode, 2)

  const blue = <i32>load<i8>(CHROMA_LASTS + unit8(x, y))
  const red = <i32>load<i8>(CHROMA_LASTS + 16 + unit8(x, y))
  putBin(blue >= 0 ? 1 : 0, CBF_CHROMA)
  putBin(red >= 0 ? 1 : 0, CBF_CHROMA)
  for (let part: u32 = 0; part < parts; part++) {
    putLuma(x + ((part & 1) << 2), y + ((part >> 1) << 2), inParts ? 2 : log2)
  }
  const mode = chromaModeOf(chromaCode, modeAt(x, y))
  const scan = scanOf(log2 - 1, 1, mode)
  if (blue >= 0) putLevels(chromaLevels(1, x, y), blue, log2 - 1, 1, scan)
  if (red >= 0) putLevels(chromaLevels(2, x, y), red, log2 - 1, 1, scan)
}

function putLuma(x: u32, y: u32, log2: u32): void {
  const last = <i32>load<i8>(LUMA_LASTS + unit4(x, y))
  putBin(last >= 0 ? 1 : 0, CBF_LUMA + (log2 == 2 ? 0 : 1))
  if (last >= 0) putLevels(lumaLevels(x, y), last, log2, 0, scanOf(log2, 0, modeAt(x, y)))
}
