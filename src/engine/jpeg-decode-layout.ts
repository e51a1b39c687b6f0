// Geometry of a decode and the memory it takes, once the frame header, the reduction and the crop
// are known. src/image/codecs/jpeg-memory.ts computes the same sum for the planner.
import { alloc } from './arena'
import { CLEAN_BYTES, INPUT_BYTES } from './jpeg-decode-input'
import { layOutBands } from './jpeg-decode-bands'
import { TABLES_BYTES } from './jpeg-decode-header'
import { Block } from './jpeg-decode-baseline'
import { zigzag } from './jpeg-decode-tables'
import {
  BATCH,
  KEEP_2,
  COLOUR_CMYK,
  Component,
  BLOCK_BYTES,
  MAX_BLOCKS,
  MAX_COMPONENTS,
  NOWHERE,
  component,
  d,
  divUp,
  scanned,
} from './jpeg-decode-state'

/** Rows that a strip has at least room for: reduced MCU rows are too low to hand out one by one. */
const STRIP = 17
export const SLOTS_BYTES: usize = 256
/** Samples before a plane's row, for the neighbour of its first one. */
export const PLANE_LEFT = 16
const PLANE_PAD = 32

let top: usize = 0

/** The next `bytes` of what is laid out. */
export function take(bytes: usize): usize {
  const at = top
  top += (bytes + 15) & ~15
  return at
}

/** Allocates what is needed before the header is known. Returns false where it does not fit. */
export function allocateWindows(): bool {
  const quants: usize = 4 * 128
  const copies: usize = MAX_COMPONENTS * 128
  const base = alloc(INPUT_BYTES + CLEAN_BYTES + TABLES_BYTES + quants + copies)
  if (base == 0) return false
  top = base
  d.input = take(INPUT_BYTES)
  d.clean = take(CLEAN_BYTES)
  d.tables = take(TABLES_BYTES)
  d.quants = take(quants)
  memory.fill(d.tables, 0, TABLES_BYTES + quants)
  for (let i = 0; i < MAX_COMPONENTS; i++) component(i).quant = take(128)
  d.inNext = d.input
  d.inEnd = d.input
  return true
}

/** Scaled sizes of the picture and its components: libjpeg's `jpeg_calc_output_dimensions`. */
export function measure(): void {
  d.size = 8 >> d.shrink
  d.outWidth = divUp(d.width * d.size, 8)
  d.outHeight = divUp(d.height * d.size, 8)
  d.mcusWide = divUp(d.width, d.hMax * 8)
  d.mcusHigh = divUp(d.height, d.vMax * 8)
  d.mcuRows = d.vMax * d.size
  d.bands = d.components == 1 ? 1 : d.colour >= COLOUR_CMYK ? 4 : 3
  d.context = 0
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    // Where the sampling allows, a larger transform stands in for upsampling.
    let size = d.size
    while (!d.planar && size < 8 && (d.hMax * d.size) % (c.h * size * 2) == 0 && (d.vMax * d.size) % (c.v * size * 2) == 0) {
      size *= 2
    }
    c.size = size
    c.width = divUp(d.width * c.h * size, d.hMax * 8)
    c.height = divUp(d.height * c.v * size, d.vMax * 8)
    c.blocksWide = divUp(d.width * c.h, d.hMax * 8)
    c.blocksHigh = divUp(d.height * c.v, d.vMax * 8)
    c.rows = c.v * size
    c.expandX = (d.hMax * d.size) % (c.h * size) == 0 ? (d.hMax * d.size) / (c.h * size) : 0
    c.expandY = (d.vMax * d.size) % c.rows == 0 ? d.mcuRows / c.rows : 0
    c.upsample = chooseUpsampling(c)
    if (!d.planar && (c.upsample == 3 || c.upsample == 4)) d.context = 1
    // The last of the size × size lowest frequencies in zigzag order.
    c.keep = size == 8 ? 63 : size == 4 ? 24 : size == 2 ? KEEP_2 : 0
  }
}

/** libjpeg-turbo's choice with fancy upsampling on (jdsample.c). */
function chooseUpsampling(c: Component): i32 {
  const fancy = d.size > 1
  if (c.expandX == 1 && c.expandY == 1) return 0
  if (c.expandX == 0 || c.expandY == 0) return 5
  if (c.expandX == 2 && c.expandY == 1 && fancy && c.width > 2) return 2
  if (c.expandX == 2 && c.expandY == 2 && fancy && c.width > 2) return 3
  if (c.expandX == 1 && c.expandY == 2 && fancy) return 4
  return 1
}

/** The batches and MCU rows that touch the crop, with the neighbours that upsampling looks at. */
export function chooseRegion(): void {
  const across = d.hMax * d.size * BATCH
  d.firstBatch = max(d.cropLeft - 4, 0) / across
  d.endBatch = min(divUp(d.cropLeft + d.cropWidth + 4, across), divUp(d.mcusWide, BATCH))
  d.firstRow = max(d.cropTop - d.context, 0) / d.mcuRows
  d.endRow = min(divUp(d.cropTop + d.cropHeight + d.context, d.mcuRows), d.mcusHigh)
}

/** Lays out batches, planes and the strip from `base`; returns the bytes. */
function layOut(base: usize): usize {
  top = base
  const batches = d.endBatch - d.firstBatch
  d.coefs = top
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    c.coefs = take(batchBytes(c))
  }
  d.coefBytes = <i32>(top - d.coefs)
  d.blocks = take(MAX_BLOCKS * offsetof<Block>())
  d.skipBlocks = take(MAX_BLOCKS * offsetof<Block>())
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    c.last = take(BATCH * c.h * c.v)
    c.slots = take(SLOTS_BYTES)
    c.stride = batches * BATCH * c.h * c.size + PLANE_PAD
    c.plane = take((c.rows + 1) * c.stride) + PLANE_LEFT
    if (!d.planar) c.line = take(d.cropWidth + 64)
  }
  if (!d.planar) layOutStrip()
  if (d.buffered) layOutBands()
  return top - base
}

/** The rows between the planes and the strip, and the strip. */
function layOutStrip(): void {
  d.sums = take(d.cropWidth + 64)
  d.rgbLine = d.bands == 4 ? take((d.cropWidth + 32) * 3) : 0
  d.outStride = d.cropWidth * d.bands
  // Pixels are written sixteen at a time.
  d.outRoom = max(d.mcuRows + 1, STRIP)
  d.out = take(d.outRoom * d.outStride + 64)
}

function batchBytes(c: Component): i32 {
  const blocks = BATCH * c.h * c.v
  return c.size == 8 ? blocks * BLOCK_BYTES : blocks * 2 * (c.size == 1 ? 1 : c.size * c.size + 1)
}

/** Allocates the rest. Returns false where it does not fit. */
export function allocatePlanes(): bool {
  const bytes = layOut(0)
  const base = alloc(bytes)
  if (base == 0) return false
  layOut(base)
  for (let i = 0; i < d.components; i++) {
    fillSlots(component(i))
    if (d.buffered) fillStoreSlots(component(i))
  }
  return true
}

/** Where coefficient k goes: in its block of 64, or in its array of the batch. */
function fillSlots(c: Component): void {
  const size = c.size
  const pitch = BATCH * c.h * 2
  const nowhere = size == 8 ? NOWHERE : size == 1 ? 0 : size * size * pitch
  // The decoder looks up the index after the coefficient: slot k + 1 is of coefficient k.
  for (let k = 0; k < 128; k++) {
    let slot = nowhere
    if (k > 0 && k <= 64) {
      const natural = <i32>load<u8>(zigzag + k - 1)
      const u = natural & 7
      const v = natural >> 3
      if (size == 8) slot = natural * 2
      else if (u < size && v < size) slot = (v * size + u) * pitch
    }
    store<u16>(c.slots + (k << 1), slot)
  }
}

/** As `fillSlots`, for a stored block: its coefficients in row-major order. */
function fillStoreSlots(c: Component): void {
  const size = c.size
  c.kept = 0
  for (let k = 0; k < 128; k++) {
    let slot = NOWHERE
    if (k > 0 && k <= 64) {
      const natural = <i32>load<u8>(zigzag + k - 1)
      const u = natural & 7
      const v = natural >> 3
      if (u < size && v < size) {
        slot = (v * size + u) * 2
        c.kept |= <u64>1 << (k - 1)
      }
    }
    store<u16>(c.storeSlots + (k << 1), slot)
  }
}

/** Writes the block lists of an interleaved scan of all components. */
export function listBlocks(): bool {
  let n = 0
  for (let i = 0; i < d.scanComponents; i++) {
    const c = scanned(i)
    const wide = c.size == 8
    const row = wide ? c.h * BLOCK_BYTES : BATCH * c.h * 2 * (c.size == 1 ? 1 : c.size * c.size + 1)
    const column = wide ? BLOCK_BYTES : 2
    for (let v = 0; v < c.v; v++) {
      for (let h = 0; h < c.h; h++, n++) {
        if (n == MAX_BLOCKS) return false
        const block = changetype<Block>(d.blocks + n * offsetof<Block>())
        block.component = changetype<usize>(c)
        block.dc = c.dc
        block.ac = c.ac
        block.out = c.coefs + v * row + h * column
        block.outStep = <usize>(wide ? c.h * c.v * BLOCK_BYTES : c.h * 2)
        block.slots = c.slots
        block.keep = c.keep
        block.last = c.last + v * c.h + h
        block.lastStep = c.h * c.v
        const skip = changetype<Block>(d.skipBlocks + n * offsetof<Block>())
        memory.copy(changetype<usize>(skip), changetype<usize>(block), offsetof<Block>())
        skip.keep = 0
      }
    }
  }
  d.blockCount = n
  return true
}
