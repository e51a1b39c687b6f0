// A VP8 key frame by rows of macroblocks (RFC 6386): lossy WebP of any height in the memory of
// its width. Predicted pixels are unfiltered ones, so filtering stays a row behind, and rows of RGB
// another few behind that, for chroma is interpolated between rows.
import { alloc } from './arena'
import { vp8AlphaLine, vp8AlphaNext } from './vp8-alpha'
import { vp8Over, VP8_READER } from './vp8-decode-bool'
import { vp8NormalBelow, vp8NormalBeside, vp8SimpleBelow, vp8SimpleBeside } from './vp8-decode-filter'
import { vp8Filter, vp8Header, vp8Partitions, vp8Strength, vp8TableBytes } from './vp8-decode-header'
import { MODES, vp8RowModes } from './vp8-decode-modes'
import { vp8PredictBlock, vp8PredictSquare } from './vp8-decode-predict'
import { CONTEXTS, vp8Residuals, vp8ResidualsStart } from './vp8-decode-residual'
import { vp8PlainRowToRgb, vp8RowToRgb } from './vp8-decode-rgb'
import { vp8Halve, vp8Shrink, vp8ShrinkWeighted } from './vp8-decode-shrink'
import { vp8Add } from './vp8-decode-transform'

/** Rows of a strip at most: a row of macroblocks, and what was held back before. */
const STRIP: i32 = 26

let width: i32 = 0
let height: i32 = 0
let across: i32 = 0
let down: i32 = 0
let bands: i32 = 0
let scale: i32 = 1
/** As `vp8Filter`, of the filter that is applied. */
let filters: i32 = 0
let row: i32 = 0
let given: i32 = 0

let readers: usize = 0
let modes: usize = 0
let aboveModes: usize = 0
let leftModes: usize = 0
let aboveContexts: usize = 0
let strengths: usize = 0
let counts: usize = 0
let coefficients: usize = 0
// Unfiltered pixels above the row: 16 of Y, 8 of U, 8 of V for each macroblock.
let above: usize = 0
// Planes of this row of macroblocks and the one before: 32 rows of Y, 16 of U, 16 of V.
let planeY: usize = 0
let planeU: usize = 0
let planeV: usize = 0
let strideY: usize = 0
let strideC: usize = 0
let out: usize = 0
/** The planes of a scaled row. */
let scaled: usize = 0
let hasAlpha: bool = false
// Of a scaled picture, alpha of this row of macroblocks, and at chroma's size.
let alphas: usize = 0
let chromaAlphas: usize = 0

// One macroblock with its surroundings, rows 32 apart: as libwebp lays it out.
const S: usize = 32
let work: usize = 0
let blockY: usize = 0
let blockU: usize = 0
let blockV: usize = 0

/**
 * Opens the frame from `data` to `end`, to be given as `pixelBands` (3 or 4) a pixel, at one
 * `shrink`th (1, 2, 4, 8) of its size, rounded up. `alpha`: with that of vp8-alpha.ts, which is open. Returns 0; -1 broken, -2 cut short, -3 out of memory.
 */
export function vp8Open(data: usize, end: usize, w: i32, h: i32, pixelBands: i32, shrink: i32, alpha: i32): i32 {
  width = w
  height = h
  across = (w + 15) >> 4
  down = (h + 15) >> 4
  bands = pixelBands
  scale = shrink
  hasAlpha = alpha != 0
  row = 0
  given = 0
  const mbs = <usize>across
  const tables = alloc(vp8TableBytes())
  readers = alloc(9 * VP8_READER)
  modes = alloc(mbs * MODES)
  aboveModes = alloc(mbs * 4)
  leftModes = alloc(4)
  aboveContexts = alloc(mbs * CONTEXTS)
  strengths = alloc(mbs * 4)
  counts = alloc(24)
  coefficients = alloc(768)
  above = alloc(mbs * 32)
  strideY = mbs * 16
  strideC = mbs * 8
  planeY = alloc(strideY * 32)
  planeU = alloc(strideC * 16)
  planeV = alloc(strideC * 16)
  work = alloc(26 * S)
  const rows = shrink == 1 ? STRIP : 16 / shrink
  out = alloc(<usize>rows * ((w + shrink - 1) / shrink) * pixelBands + 16)
  scaled = alloc(<usize>w * 2 + 160)
  const weighs = hasAlpha && shrink > 1
  alphas = weighs ? alloc(strideY * 16) : 0
  chromaAlphas = weighs ? alloc(strideC * 8) : 0
  // Each is checked: a smaller one may fit where a larger one did not.
  if (!tables || !readers || !modes || !aboveModes || !leftModes || !aboveContexts || !strengths) return -3
  if (!counts || !coefficients || !above || !planeY || !planeU || !planeV || !work || !out || !scaled) return -3
  if (weighs && (!alphas || !chromaAlphas)) return -3
  blockY = work + S + 8
  blockU = work + 18 * S + 8
  blockV = blockU + 16
  memory.fill(aboveModes, 0, mbs * 4)
  memory.fill(aboveContexts, 0, mbs * CONTEXTS)
  vp8ResidualsStart(coefficients)
  const status = vp8Header(data, end, tables, readers)
  // As libwebp has it, for averages of pixels leave no edges to smooth.
  filters = scale > 1 ? 0 : vp8Filter
  return status
}

/** Where the rows that `vp8Next` made lie. */
export function vp8Out(): usize {
  return out
}

/**
 * Decodes the next row of macroblocks. Returns how many rows of pixels are ready (0 possible only
 * before the first), -1 after the last, or -2 where the data ends too early.
 */
export function vp8Next(): i32 {
  if (row == down) return -1
  vp8RowModes(readers, across, aboveModes, leftModes, modes)
  if (vp8Over(readers)) return -2
  const reader = readers + VP8_READER * (1 + (row & (vp8Partitions - 1)))
  reconstruct(reader)
  if (vp8Over(reader)) return -2
  if (filters) filter()
  row++
  if (scale > 1) {
    const status = alphas != 0 ? readAlpha() : 0
    return status < 0 ? status : emitScaled(row == down ? height : row * 16)
  }
  const ready = emit(row == down ? height : row * 16 - 9)
  // This row's planes become the ones before.
  memory.copy(planeY, planeY + 16 * strideY, 16 * strideY)
  memory.copy(planeU, planeU + 8 * strideC, 8 * strideC)
  memory.copy(planeV, planeV + 8 * strideC, 8 * strideC)
  return ready
}

/** Sets what stands left of the picture: 129, and 127 above it. */
function edges(): void {
  for (let y: usize = 0; y < 16; y++) store<u8>(blockY + y * S - 1, 129)
  for (let y: usize = 0; y < 8; y++) {
    store<u8>(blockU + y * S - 1, 129)
    store<u8>(blockV + y * S - 1, 129)
  }
  if (row > 0) {
    store<u8>(blockY - S - 1, 129)
    store<u8>(blockU - S - 1, 129)
    store<u8>(blockV - S - 1, 129)
  } else {
    memory.fill(blockY - S - 1, 127, 21)
    memory.fill(blockU - S - 1, 127, 9)
    memory.fill(blockV - S - 1, 127, 9)
  }
}

function reconstruct(reader: usize): void {
  const leftContexts = memory.data(16)
  memory.fill(leftContexts, 0, 16)
  edges()
  for (let x: usize = 0; x < <usize>across; x++) {
    const mode = modes + x * MODES
    const blocks = load<u8>(mode, 19)
    const segment = load<u8>(mode, 17)
    const contexts = aboveContexts + x * CONTEXTS
    let any = false
    if (load<u8>(mode, 18) == 0) {
      any = vp8Residuals(reader, segment, blocks, contexts, leftContexts, coefficients, counts)
    } else {
      store<u64>(contexts, 0)
      store<u64>(leftContexts, 0)
      if (!blocks) {
        store<u8>(contexts, 0, 8)
        store<u8>(leftContexts, 0, 8)
      }
      memory.fill(counts, 0, 24)
    }
    if (filters) {
      const strength = load<u32>(vp8Strength(segment, blocks))
      store<u32>(strengths + (x << 2), any ? strength | 0x1000000 : strength)
    }
    if (x > 0) {
      for (let y: usize = 0; y < 17; y++) {
        const at = blockY + y * S - S
        store<u32>(at - 4, load<u32>(at + 12))
      }
      for (let y: usize = 0; y < 9; y++) {
        const at = y * S - S
        store<u32>(blockU + at - 4, load<u32>(blockU + at + 4))
        store<u32>(blockV + at - 4, load<u32>(blockV + at + 4))
      }
    }
    const top = above + (x << 5)
    if (row > 0) {
      memory.copy(blockY - S, top, 16)
      store<u64>(blockU - S, load<u64>(top, 16))
      store<u64>(blockV - S, load<u64>(top, 24))
    }
    predict(mode, blocks, x, top)
    for (let y: usize = 0; y < 16; y++) {
      v128.store(planeY + (16 + y) * strideY + (x << 4), v128.load(blockY + y * S))
    }
    for (let y: usize = 0; y < 8; y++) {
      const to: usize = (8 + y) * strideC + (x << 3)
      store<u64>(planeU + to, load<u64>(blockU + y * S))
      store<u64>(planeV + to, load<u64>(blockV + y * S))
    }
    v128.store(top, v128.load(blockY + 15 * S))
    store<u64>(top, load<u64>(blockU + 7 * S), 16)
    store<u64>(top, load<u64>(blockV + 7 * S), 24)
  }
}

function predict(mode: usize, blocks: i32, x: usize, top: usize): void {
  const atLeft = x == 0
  const atTop = row == 0
  if (blocks) {
    const right = blockY - S + 16
    if (row > 0) {
      if (x + 1 == <usize>across) store<u32>(right, <u32>load<u8>(top, 15) * 0x01010101)
      else store<u32>(right, load<u32>(top, 32))
    }
    // Blocks at the right edge all look at the pixels right above the macroblock.
    const pixels = load<u32>(right)
    store<u32>(right + 4 * S, pixels)
    store<u32>(right + 8 * S, pixels)
    store<u32>(right + 12 * S, pixels)
    for (let i: usize = 0; i < 16; i++) {
      const to = blockY + (i >> 2) * 4 * S + (i & 3) * 4
      vp8PredictBlock(load<u8>(mode + i), to, S)
      vp8Add(load<u8>(counts + i), coefficients + (i << 5), to, S)
    }
  } else {
    vp8PredictSquare(load<u8>(mode), blockY, 16, S, atLeft, atTop)
    for (let i: usize = 0; i < 16; i++) {
      vp8Add(load<u8>(counts + i), coefficients + (i << 5), blockY + (i >> 2) * 4 * S + (i & 3) * 4, S)
    }
  }
  const chroma = load<u8>(mode, 16)
  vp8PredictSquare(chroma, blockU, 8, S, atLeft, atTop)
  vp8PredictSquare(chroma, blockV, 8, S, atLeft, atTop)
  for (let i: usize = 0; i < 8; i++) {
    const plane = i < 4 ? blockU : blockV
    vp8Add(load<u8>(counts + 16 + i), coefficients + ((16 + i) << 5), plane + ((i >> 1) & 1) * 4 * S + (i & 1) * 4, S)
  }
}

function filter(): void {
  for (let x: usize = 0; x < <usize>across; x++) {
    const strength = strengths + (x << 2)
    const limit = <i32>load<u8>(strength)
    if (limit == 0) continue
    const inner = <i32>load<u8>(strength, 1)
    const high = <i32>load<u8>(strength, 2)
    const inside = load<u8>(strength, 3) != 0
    const y = planeY + 16 * strideY + (x << 4)
    const u = planeU + 8 * strideC + (x << 3)
    const v = planeV + 8 * strideC + (x << 3)
    if (filters == 1) {
      if (x > 0) vp8SimpleBeside(y, strideY, limit + 4)
      if (inside) for (let i: usize = 4; i < 16; i += 4) vp8SimpleBeside(y + i, strideY, limit)
      if (row > 0) vp8SimpleBelow(y, strideY, limit + 4)
      if (inside) for (let i: usize = 4; i < 16; i += 4) vp8SimpleBelow(y + i * strideY, strideY, limit)
      continue
    }
    if (x > 0) {
      vp8NormalBeside(y, 0, strideY, limit + 4, inner, high, true)
      vp8NormalBeside(u, v, strideC, limit + 4, inner, high, true)
    }
    if (inside) {
      for (let i: usize = 4; i < 16; i += 4) vp8NormalBeside(y + i, 0, strideY, limit, inner, high, false)
      vp8NormalBeside(u + 4, v + 4, strideC, limit, inner, high, false)
    }
    if (row > 0) {
      vp8NormalBelow(y, 0, strideY, limit + 4, inner, high, true)
      vp8NormalBelow(u, v, strideC, limit + 4, inner, high, true)
    }
    if (inside) {
      for (let i: usize = 4; i < 16; i += 4) {
        vp8NormalBelow(y + i * strideY, 0, strideY, limit, inner, high, false)
      }
      vp8NormalBelow(u + 4 * strideC, v + 4 * strideC, strideC, limit, inner, high, false)
    }
  }
}

/** Makes RGB of the rows up to `end`. The planes' first row is that of the row of macroblocks before. */
function emit(end: i32): i32 {
  const first = given
  const top = (row - 2) * 16
  const lastChroma = (height + 1) / 2 - 1
  for (; given < end; given++) {
    const near = given >> 1
    const far = min(max(given & 1 ? near + 1 : near - 1, 0), lastChroma)
    const nearAt = <usize>(near - (top >> 1)) * strideC
    const farAt = <usize>(far - (top >> 1)) * strideC
    if (hasAlpha) {
      const status = vp8AlphaNext()
      if (status < 0) return status
    }
    vp8RowToRgb(
      planeY + <usize>(given - top) * strideY,
      planeU + nearAt,
      planeU + farAt,
      planeV + nearAt,
      planeV + farAt,
      hasAlpha ? vp8AlphaLine() : 0,
      width,
      bands,
      out + <usize>(given - first) * width * bands,
    )
  }
  return given - first
}

/** Reads alpha of the row of macroblocks that `row` now counts. */
function readAlpha(): i32 {
  const rows = min(16, height - (row - 1) * 16)
  for (let i = 0; i < rows; i++) {
    const status = vp8AlphaNext()
    if (status < 0) return status
    memory.copy(alphas + <usize>i * strideY, vp8AlphaLine(), width)
  }
  vp8Halve(alphas, strideY, rows, width, chromaAlphas, strideC)
  return 0
}

/** As `emit`, at a fraction of the size; chroma is at half the scale of luma, so never interpolated. Nothing is held back. */
function emitScaled(end: i32): i32 {
  const first = given
  const top = (row - 2) * 16
  const step = scale >> 1
  const chromaWidth = (width + 1) >> 1
  const chromaHeight = (height + 1) >> 1
  const shownWidth = (width + scale - 1) / scale
  const y = scaled
  const u = y + <usize>shownWidth + 32
  const v = u + <usize>shownWidth + 32
  const a = v + <usize>shownWidth + 32
  for (; (given + 1) * scale <= end || (row == down && given * scale < height); given++) {
    const from = given * scale
    const half = from >> 1
    const chromaRows = min(step, chromaHeight - half)
    const offset = <usize>(half - (top >> 1)) * strideC
    const luma = planeY + <usize>(from - top) * strideY
    const rows = min(scale, height - from)
    const to = out + <usize>(given - first) * shownWidth * bands
    if (alphas == 0) {
      vp8Shrink(luma, strideY, rows, width, scale, y)
      vp8Shrink(planeU + offset, strideC, chromaRows, chromaWidth, step, u)
      vp8Shrink(planeV + offset, strideC, chromaRows, chromaWidth, step, v)
      vp8PlainRowToRgb(y, u, v, 0, shownWidth, bands, to)
      continue
    }
    const alpha = alphas + <usize>(from - (row - 1) * 16) * strideY
    const chromaAlpha = chromaAlphas + <usize>(half - (row - 1) * 8) * strideC
    vp8ShrinkWeighted(luma, alpha, strideY, rows, width, scale, y)
    vp8ShrinkWeighted(planeU + offset, chromaAlpha, strideC, chromaRows, chromaWidth, step, u)
    vp8ShrinkWeighted(planeV + offset, chromaAlpha, strideC, chromaRows, chromaWidth, step, v)
    vp8Shrink(alpha, strideY, rows, width, scale, a)
    vp8PlainRowToRgb(y, u, v, a, shownWidth, bands, to)
  }
  return given - first
}
