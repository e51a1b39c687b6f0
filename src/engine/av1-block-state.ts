// The block that is decoded, and the tile it lies in (AV1 specification, sections 5.11 and 6.10). Positions and sizes
// are in units of 4 luma samples unless told otherwise.

@unmanaged
export class Block {
  // The tile.
  cdf: usize
  rowStart: i32
  rowEnd: i32
  colStart: i32
  colEnd: i32
  currentQ: i32
  readDeltas: i32
  deltaLf0: i32
  deltaLf1: i32
  deltaLf2: i32
  deltaLf3: i32
  // The block.
  row: i32
  col: i32
  size: i32
  wide: i32
  high: i32
  hasChroma: i32
  above: i32
  left: i32
  aboveChroma: i32
  leftChroma: i32
  skip: i32
  segment: i32
  lossless: i32
  mode: i32
  uvMode: i32
  angle: i32
  uvAngle: i32
  cflU: i32
  cflV: i32
  paletteY: i32
  paletteUv: i32
  filter: i32
  filterMode: i32
  tx: i32
  uvTx: i32
  /** Whether the block above or to the left is predicted smoothly; likewise of chroma. */
  smooth: i32
  uvSmooth: i32
  /** Transform type of the last luma transform block. */
  txType: i32
  /** get_qindex( 0, segment_id ), and what the steps and matrices at hand are of. */
  q: i32
  /** MaxLumaW and MaxLumaH, in samples. */
  lumaEndX: i32
  lumaEndY: i32
}

export const B = changetype<Block>(memory.data(256, 16))
/** A stream that contradicts itself sets this: the frame ends with an error. */
export const FAULT: usize = memory.data(4, 4)

/** palette_colors_y, _u and _v. */
export const COLOURS_Y: usize = memory.data(16, 16)
export const COLOURS_U: usize = memory.data(16, 16)
export const COLOURS_V: usize = memory.data(16, 16)
/** ColorMapY and ColorMapUV, rows of 64 bytes. */
export const MAP_Y: usize = memory.data(64 * 64, 16)
export const MAP_UV: usize = memory.data(64 * 64, 16)
