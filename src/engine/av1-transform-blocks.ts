// The transform blocks of a block (AV1 specification, sections 5.11.34 and 5.11.35): each is predicted from what is
// decoded before it, then corrected.

import { B, COLOURS_U, COLOURS_V, COLOURS_Y, MAP_UV, MAP_Y } from './av1-block-state'
import { fillBytes } from './av1-fill'
import { F, sampleAt } from './av1-frame'
import { predict, predictChromaFromLuma } from './av1-predict'
import { readCoefficients } from './av1-residual'
import { DC_PRED, H, UV_CFL_PRED } from './av1-state'
import { TX_HEIGHT_LOG2, TX_WIDTH_LOG2 } from './av1-tables'
import { addResidual } from './av1-transform'

/** BlockDecoded by plane: rows of 48 bytes from -1 on, columns from -1 on. */
const DECODED: usize = memory.data(3 * 40 * 48, 16)

// @ts-ignore: decorator
@inline
function decodedAt(plane: i32, y: i32, x: i32): usize {
  return DECODED + plane * (40 * 48) + (y + 1) * 48 + x + 1
}

/** clear_block_decoded_flags for the superblock at a place, in units of 4 samples. */
export function clearDecoded(row: i32, col: i32): void {
  for (let plane = 0; plane < H.planes; plane++) {
    const subX = plane > 0 ? H.subX : 0
    const subY = plane > 0 ? H.subY : 0
    const wide = (B.colEnd - col) >> subX
    const high = (B.rowEnd - row) >> subY
    const units = 1 << H.sbShift
    fillBytes(decodedAt(plane, -1, -1), 0, 40 * 48)
    fillBytes(decodedAt(plane, -1, -1), 1, min((units >> subX) + 2, wide + 1))
    for (let y = 0; y < min((units >> subY), high); y++) store<u8>(decodedAt(plane, y, -1), 1)
  }
}

/** residual: all of the block at hand, luma and chroma in turn by 64×64 samples of luma. */
export function transformBlocks(): void {
  const chunksX = max(1, B.wide >> 4)
  const chunksY = max(1, B.high >> 4)
  for (let y = 0; y < chunksY; y++) {
    for (let x = 0; x < chunksX; x++) {
      for (let plane = 0; plane < (B.hasChroma ? 3 : 1); plane++) chunk(plane, x << 4, y << 4)
    }
  }
}

/** The transform blocks of a plane in 64×64 luma samples of a block. */
function chunk(plane: i32, x: i32, y: i32): void {
  const tx = plane == 0 ? B.tx : B.uvTx
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  const stepX = 1 << (<i32>load<u8>(TX_WIDTH_LOG2 + tx) - 2)
  const stepY = 1 << (<i32>load<u8>(TX_HEIGHT_LOG2 + tx) - 2)
  // In units of 4 samples of the plane.
  const wide = max(1, min(B.wide, 16) >> subX)
  const high = max(1, min(B.high, 16) >> subY)
  const cols = H.miCols >> subX
  const rows = H.miRows >> subY
  const blockX = B.col >> subX
  const blockY = B.row >> subY
  for (let i = 0; i < high; i += stepY) {
    const fromTop = (y >> subY) + i
    if (blockY + fromTop >= rows) break
    for (let j = 0; j < wide; j += stepX) {
      const fromLeft = (x >> subX) + j
      if (blockX + fromLeft >= cols) break
      transformBlock(plane, tx, blockX + fromLeft, blockY + fromTop, fromLeft, fromTop, stepX, stepY)
    }
  }
}

/**
 * transform_block.
 * @param x the block's place in the plane, in units of 4 samples
 * @param fromLeft its place in its block
 */
function transformBlock(
  plane: i32, tx: i32, x: i32, y: i32, fromLeft: i32, fromTop: i32, stepX: i32, stepY: i32,
): void {
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  const units = (1 << H.sbShift) - 1
  const inX = x & (units >> subX)
  const inY = y & (units >> subY)
  const palette = plane == 0 ? B.paletteY : B.paletteUv
  if (palette) predictPalette(plane, x << 2, y << 2, fromLeft << 2, fromTop << 2, stepX << 2, stepY << 2)
  else {
    const cfl = plane > 0 && B.uvMode == UV_CFL_PRED
    const mode = plane == 0 ? B.mode : cfl ? DC_PRED : B.uvMode
    predict(
      plane, x << 2, y << 2,
      (plane == 0 ? B.left : B.leftChroma) != 0 || fromLeft > 0,
      (plane == 0 ? B.above : B.aboveChroma) != 0 || fromTop > 0,
      load<u8>(decodedAt(plane, inY - 1, inX + stepX)) != 0,
      load<u8>(decodedAt(plane, inY + stepY, inX - 1)) != 0,
      mode, tx,
    )
    if (cfl) predictChromaFromLuma(plane, x << 2, y << 2, tx)
  }
  if (plane == 0) {
    B.lumaEndX = (x + stepX) << 2
    B.lumaEndY = (y + stepY) << 2
  }
  if (!B.skip) {
    const end = readCoefficients(plane, x, y, tx)
    if (end > 0) addResidual(sampleAt(plane, x << 2, y << 2), plane == 0 ? F.strideY : F.strideUv, tx, end)
  }
  const sizes = (plane == 0 ? F.txY : F.txUv) + y * F.unitStride + x
  for (let i = 0; i < stepY; i++) {
    if (plane < 2) fillBytes(sizes + i * F.unitStride, tx, stepX)
    fillBytes(decodedAt(plane, inY + i, inX), 1, stepX)
  }
}

/** The palette prediction process (section 7.11.4). */
function predictPalette(plane: i32, x: i32, y: i32, fromLeft: i32, fromTop: i32, wide: i32, high: i32): void {
  const colours = plane == 0 ? COLOURS_Y : plane == 1 ? COLOURS_U : COLOURS_V
  const map = (plane == 0 ? MAP_Y : MAP_UV) + fromLeft
  const stride = plane == 0 ? F.strideY : F.strideUv
  let to = sampleAt(plane, x, y)
  for (let i = fromTop; i < fromTop + high; i++) {
    for (let j = 0; j < wide; j++) {
      store<u16>(to + (j << 1), load<u16>(colours + (<usize>load<u8>(map + (i << 6) + j) << 1)))
    }
    to += stride
  }
}
