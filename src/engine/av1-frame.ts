// The AV1 decoder's memory: a band of one row of superblocks for the samples, with the rows above it that filters
// still read; the contexts above, as wide as the frame; those to the left, as high as a superblock. Addresses of
// samples and of blocks' facts count from the frame's first, as if all of it were there.

import { alloc } from './arena'
import { ERR_MEMORY, ERR_SIZE, H } from './av1-state'

/** Rows of luma above a superblock row that are kept: the deblocking filter still changes 6 of them. */
export const KEPT = 16
/** Samples to the left of each row; CDEF sees them as outside the frame. */
export const MARGIN = 16
/** Units of 4 rows whose facts are kept above a superblock row. */
export const KEPT_UNITS = 4

@unmanaged
export class Frame {
  /** Where sample (0, 0) of each plane would be, and bytes between rows. */
  y: usize
  u: usize
  v: usize
  strideY: i32
  strideUv: i32
  /** The first row of the superblock row, in luma samples. */
  top: i32
  /** Rows of samples directly above the superblock row, before any filter: where x = 0 is. */
  lineY: usize
  lineU: usize
  lineV: usize
  /** Bytes between rows of units, and facts by unit of 4×4 luma samples, as if from the frame's first. */
  unitStride: i32
  /** Transform size of luma; by chroma unit that of chroma. */
  txY: usize
  txUv: usize
  skips: usize
  /** Four deblocking levels by unit. */
  levels: usize
  segments: usize
  /** cdef_idx by 64×64, i8; 255 where none was read. */
  cdef: usize
  cdefStride: i32
  // The band's own starts, to move it.
  bandY: usize
  bandU: usize
  bandV: usize
  bandTxY: usize
  bandTxUv: usize
  bandSkips: usize
  bandLevels: usize
  bandSegments: usize
  bandCdef: usize
  /** Contexts above, by unit of 4 samples. */
  aboveWidth: usize
  aboveSkip: usize
  aboveMode: usize
  aboveUvMode: usize
  aboveTx: usize
  abovePaletteY: usize
  abovePaletteUv: usize
  aboveColoursY: usize
  aboveColoursUv: usize
  /** culLevel and, in the two highest bits, dcCategory. */
  aboveCoefsY: usize
  aboveCoefsU: usize
  aboveCoefsV: usize
}

export const F = changetype<Frame>(memory.data(512, 16))

/** Contexts to the left, by unit of 4 rows of a superblock. */
export const LEFT_HEIGHT: usize = memory.data(48, 16)
export const LEFT_SKIP: usize = memory.data(48, 16)
export const LEFT_MODE: usize = memory.data(48, 16)
export const LEFT_UV_MODE: usize = memory.data(48, 16)
export const LEFT_TX: usize = memory.data(48, 16)
export const LEFT_PALETTE_Y: usize = memory.data(48, 16)
export const LEFT_PALETTE_UV: usize = memory.data(48, 16)
export const LEFT_COLOURS_Y: usize = memory.data(48 * 16, 16)
export const LEFT_COLOURS_UV: usize = memory.data(48 * 16, 16)
export const LEFT_COEFS_Y: usize = memory.data(64, 16)
export const LEFT_COEFS_U: usize = memory.data(64, 16)
export const LEFT_COEFS_V: usize = memory.data(64, 16)

let failed = false

function zeros(bytes: i32): usize {
  const at = alloc(bytes)
  if (at == 0) failed = true
  else memory.fill(at, 0, bytes)
  return at
}

/** Samples of a plane's rows in the band, and its rows. */
function bandBytes(stride: i32, sub: i32): i32 {
  return stride * ((KEPT + (4 << H.sbShift) + 16) >> sub)
}

/** Allocates for the frame that the header describes. Returns 0 or an error. */
export function frameOpen(): i32 {
  const sb = 4 << H.sbShift
  const wide = (H.width + sb - 1) & ~(sb - 1)
  if (wide > 65536 || H.height > 65536) return ERR_SIZE
  failed = false
  F.strideY = (wide + 2 * MARGIN + 64) * 2
  F.strideUv = ((wide >> H.subX) + 2 * MARGIN + 64) * 2
  F.bandY = zeros(bandBytes(F.strideY, 0))
  F.lineY = zeros(F.strideY) + MARGIN * 2
  if (H.planes > 1) {
    F.bandU = zeros(bandBytes(F.strideUv, H.subY))
    F.bandV = zeros(bandBytes(F.strideUv, H.subY))
    F.lineU = zeros(F.strideUv) + MARGIN * 2
    F.lineV = zeros(F.strideUv) + MARGIN * 2
  }
  const units = (wide >> 2) + 32
  F.unitStride = units
  const rows = (1 << H.sbShift) + KEPT_UNITS
  F.bandTxY = zeros(units * rows)
  F.bandTxUv = zeros(units * rows)
  F.bandSkips = zeros(units * rows)
  F.bandLevels = zeros(units * rows * 4)
  F.bandSegments = zeros(units * rows)
  F.cdefStride = (wide >> 6) + 2
  F.bandCdef = zeros(F.cdefStride * 3)
  F.aboveWidth = zeros(units)
  F.aboveSkip = zeros(units)
  F.aboveMode = zeros(units)
  F.aboveUvMode = zeros(units)
  F.aboveTx = zeros(units)
  F.abovePaletteY = zeros(units)
  F.abovePaletteUv = zeros(units)
  if (H.screenContent) {
    F.aboveColoursY = zeros(units * 16)
    F.aboveColoursUv = zeros(units * 16)
  }
  F.aboveCoefsY = zeros(units)
  F.aboveCoefsU = zeros(units)
  F.aboveCoefsV = zeros(units)
  if (failed) return ERR_MEMORY
  F.top = 0
  setOrigins()
  markStart()
  return 0
}

/** Sets where the frame's first sample and unit would be, from the band's place. */
function setOrigins(): void {
  const first = F.top - KEPT
  F.y = F.bandY + MARGIN * 2 - first * F.strideY
  if (H.planes > 1) {
    const up = (first >> H.subY) * F.strideUv - MARGIN * 2
    F.u = F.bandU - up
    F.v = F.bandV - up
  }
  const unit = ((F.top >> 2) - KEPT_UNITS) * F.unitStride
  F.txY = F.bandTxY - unit
  F.txUv = F.bandTxUv - (((F.top >> 2) - KEPT_UNITS) >> H.subY) * F.unitStride
  F.skips = F.bandSkips - unit
  F.levels = F.bandLevels - unit * 4
  F.segments = F.bandSegments - unit
  F.cdef = F.bandCdef - ((F.top >> 6) - 1) * F.cdefStride
}

/** The address of a sample of a plane, 0 luma, 1 and 2 chroma. */
// @ts-ignore: decorator
@inline
export function sampleAt(plane: i32, x: i32, y: i32): usize {
  if (plane == 0) return F.y + y * F.strideY + (x << 1)
  return (plane == 1 ? F.u : F.v) + y * F.strideUv + (x << 1)
}

/** Keeps the last row of the superblock row as it is before any filter, for the prediction of the next one. */
export function frameKeepLine(): void {
  const last = F.top + (4 << H.sbShift) - 1
  memory.copy(F.lineY - MARGIN * 2, sampleAt(0, -MARGIN, last), F.strideY)
  if (H.planes == 1) return
  memory.copy(F.lineU - MARGIN * 2, sampleAt(1, -MARGIN, last >> H.subY), F.strideUv)
  memory.copy(F.lineV - MARGIN * 2, sampleAt(2, -MARGIN, last >> H.subY), F.strideUv)
}

/** Moves the band to the next superblock row: what filters still need of this one goes to its head. */
export function frameAdvance(): void {
  const sb = 4 << H.sbShift
  memory.copy(F.bandY, F.bandY + sb * F.strideY, KEPT * F.strideY)
  if (H.planes > 1) {
    const rows = KEPT >> H.subY
    const down = (sb >> H.subY) * F.strideUv
    memory.copy(F.bandU, F.bandU + down, rows * F.strideUv)
    memory.copy(F.bandV, F.bandV + down, rows * F.strideUv)
  }
  const units = F.unitStride
  const down = (1 << H.sbShift) * units
  memory.copy(F.bandTxY, F.bandTxY + down, KEPT_UNITS * units)
  memory.copy(F.bandTxUv, F.bandTxUv + (down >> H.subY), (KEPT_UNITS >> H.subY) * units)
  memory.copy(F.bandSkips, F.bandSkips + down, KEPT_UNITS * units)
  memory.copy(F.bandLevels, F.bandLevels + down * 4, KEPT_UNITS * units * 4)
  memory.copy(F.bandSegments, F.bandSegments + down, KEPT_UNITS * units)
  memory.copy(F.bandCdef, F.bandCdef + (sb >> 6) * F.cdefStride, F.cdefStride)
  F.top += sb
  setOrigins()
}

/** clear_above_context for the columns of a tile, in units of 4 samples. */
export function clearAbove(from: i32, to: i32): void {
  const count = ((to - from + 31) & ~31)
  memory.fill(F.aboveWidth + from, 0, count)
  memory.fill(F.aboveSkip + from, 0, count)
  memory.fill(F.aboveMode + from, 0, count)
  memory.fill(F.aboveUvMode + from, 0, count)
  memory.fill(F.aboveTx + from, 0, count)
  memory.fill(F.abovePaletteY + from, 0, count)
  memory.fill(F.abovePaletteUv + from, 0, count)
  memory.fill(F.aboveCoefsY + from, 0, count)
  memory.fill(F.aboveCoefsU + (from >> H.subX), 0, count >> H.subX)
  memory.fill(F.aboveCoefsV + (from >> H.subX), 0, count >> H.subX)
}

/** clear_left_context. */
export function clearLeft(): void {
  memory.fill(LEFT_HEIGHT, 0, 48)
  memory.fill(LEFT_SKIP, 0, 48)
  memory.fill(LEFT_MODE, 0, 48)
  memory.fill(LEFT_UV_MODE, 0, 48)
  memory.fill(LEFT_TX, 0, 48)
  memory.fill(LEFT_PALETTE_Y, 0, 48)
  memory.fill(LEFT_PALETTE_UV, 0, 48)
  memory.fill(LEFT_COEFS_Y, 0, 64)
  memory.fill(LEFT_COEFS_U, 0, 64)
  memory.fill(LEFT_COEFS_V, 0, 64)
}

/** What CDEF sees outside the frame: less than any sample as a signed number, more as an unsigned one. */
const OUTSIDE: i16 = -32768

function fillOutside(at: usize, samples: i32): void {
  const all = i16x8.splat(OUTSIDE)
  for (let i = 0; i < samples; i += 8) v128.store(at + (i << 1), all)
}

/** Marks what lies right of the frame in the superblock row, and below its last row. */
export function frameMargins(last: bool): void {
  for (let plane = 0; plane < H.planes; plane++) {
    const subX = plane > 0 ? H.subX : 0
    const subY = plane > 0 ? H.subY : 0
    const wide = H.miCols << 2 >> subX
    const end = min(F.top + (4 << H.sbShift), H.miRows << 2) >> subY
    for (let y = F.top >> subY; y < end; y++) fillOutside(sampleAt(plane, wide, y), 8)
    if (last) for (let y = end; y < end + 3; y++) fillOutside(sampleAt(plane, -8, y), wide + 16)
  }
}

/** Marks what lies left of the frame and above it; once, before the first row. */
function markStart(): void {
  for (let plane = 0; plane < H.planes; plane++) {
    const subX = plane > 0 ? H.subX : 0
    const subY = plane > 0 ? H.subY : 0
    const rows = (4 << H.sbShift) >> subY
    for (let y = -(KEPT >> subY); y < rows; y++) fillOutside(sampleAt(plane, -8, y), 8)
    for (let y = -3; y < 0; y++) fillOutside(sampleAt(plane, -8, y), (H.miCols << 2 >> subX) + 16)
  }
}
