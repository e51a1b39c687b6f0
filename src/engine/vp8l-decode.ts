// VP8L by rows (RFC 9649 §3): lossless WebP, and the alpha of lossy WebP, of any height. What copies may reach
// back to, 2^20 pixels, goes round in a ring; transforms are undone a row at a time.
import { alloc, arenaRelease } from './arena'
import { vp8lBitsOpen, vp8lBitsOver, vp8lCodesStart, vp8lRead } from './vp8l-decode-codes'
import { vp8lBlocks, vp8lDecodeTo, vp8lImageOpen, vp8lSubImage, vp8lSubPixels } from './vp8l-decode-pixels'
import { vp8lColour, vp8lGreen, vp8lPalette, vp8lPredict } from './vp8l-decode-transform'

const RING: usize = 1 << 20

const PREDICTOR: u32 = 0
const COLOUR: u32 = 1
const GREEN: u32 = 2
const PALETTE: u32 = 3

// Transforms as they were read: kind, bits, width before it, its data, as four u32.
const TRANSFORM: usize = 16
const transforms = memory.data(64)
let count: usize = 0

let width: i32 = 0
let height: i32 = 0
/** Of the coded rows: a palette puts several pixels into one. */
let coded: i32 = 0
let row: i32 = 0
let ring: usize = 0
let mask: usize = 0
let current: usize = 0
let other: usize = 0
let above: usize = 0

/**
 * Opens a picture of w × h from `data` to `end`. `bare`: alpha, without a header. Returns 0; -1 broken, -2 cut
 * short, -3 out of memory.
 */
export function vp8lOpen(data: usize, end: usize, w: i32, h: i32, bare: i32): i32 {
  vp8lBitsOpen(data, end)
  // Signature, sizes, alpha, version: whoever opens it has read the header.
  if (!bare) {
    vp8lRead(20)
    vp8lRead(20)
  }
  width = w
  height = h
  coded = w
  row = 0
  count = 0
  const line = <usize>(w + 1) << 2
  current = alloc(line)
  other = alloc(line)
  above = alloc(line)
  if (!current || !other || !above || !vp8lCodesStart()) return -3
  const status = openImage()
  // Whatever was made of bits behind the end.
  return vp8lBitsOver() ? -2 : status
}

function openImage(): i32 {
  const status = readTransforms()
  if (status < 0) return status
  const pixels = <usize>coded * height
  let size: usize = 1
  while (size < min(pixels, RING)) size <<= 1
  ring = alloc(size << 2)
  if (ring == 0) return -3
  mask = size - 1
  return vp8lImageOpen(coded, height, ring, mask, true)
}

function readTransforms(): i32 {
  let seen: u32 = 0
  while (vp8lRead(1) == 1) {
    const kind = vp8lRead(2)
    if ((seen >> kind) & 1) return -1
    seen |= 1 << kind
    const at = transforms + count++ * TRANSFORM
    store<u32>(at, kind)
    store<i32>(at, coded, 8)
    if (kind == GREEN) continue
    const status = kind == PALETTE ? readPalette(at) : readBlocks(at, kind)
    if (status < 0) return status
  }
  return 0
}

function readBlocks(at: usize, kind: u32): i32 {
  const bits = 2 + <i32>vp8lRead(3)
  const blocks = vp8lBlocks(coded, bits) * vp8lBlocks(height, bits)
  const status = vp8lSubImage(vp8lBlocks(coded, bits), vp8lBlocks(height, bits))
  if (status < 0) return status
  const data = vp8lSubPixels()
  // Modes are a byte each, and stand in green.
  if (kind == PREDICTOR) {
    for (let i = 0; i < blocks; i++) store<u8>(data + i, load<u8>(data + (<usize>i << 2), 1) & 15)
    arenaRelease((data + blocks + 15) & ~15)
  }
  store<i32>(at, bits, 4)
  store<u32>(at, <u32>data, 12)
  return 0
}

function readPalette(at: usize): i32 {
  const colours = 1 + <i32>vp8lRead(8)
  const bits = colours <= 2 ? 3 : colours <= 4 ? 2 : colours <= 16 ? 1 : 0
  const palette = alloc(1024)
  if (palette == 0) return -3
  // Indices without a colour are transparent black.
  memory.fill(palette, 0, 1024)
  const status = vp8lSubImage(colours, 1)
  if (status < 0) return status
  const data = vp8lSubPixels()
  let argb: u32 = 0
  for (let i: usize = 0; i < <usize>colours; i++) {
    const by = load<u32>(data + (i << 2))
    argb = (((argb & 0xff00ff00) + (by & 0xff00ff00)) & 0xff00ff00) | (((argb & 0xff00ff) + (by & 0xff00ff)) & 0xff00ff)
    store<u32>(palette + (i << 2), argb)
  }
  store<i32>(at, bits, 4)
  store<u32>(at, <u32>palette, 12)
  coded = vp8lBlocks(coded, bits)
  return 0
}

/** Decodes the next row, to `vp8lRow()` as ARGB words. Returns 1, or a status below 0 (-1 after the last row, too). */
export function vp8lNext(): i32 {
  if (row == height) return -1
  const status = vp8lDecodeTo((row + 1) * coded)
  if (status < 0) return status
  const from = <usize>row * coded
  for (let x: usize = 0; x < <usize>coded; ) {
    const at = (from + x) & mask
    const run = min(<usize>coded - x, mask + 1 - at)
    memory.copy(current + (x << 2), ring + (at << 2), run << 2)
    x += run
  }
  for (let i = count; i > 0; i--) undo(transforms + (i - 1) * TRANSFORM)
  row++
  return 1
}

function undo(at: usize): void {
  const kind = load<u32>(at)
  const bits = load<i32>(at, 4)
  const size = load<i32>(at, 8)
  const data = <usize>load<u32>(at, 12)
  const first = <usize>((row >> bits) * vp8lBlocks(size, bits))
  if (kind == PREDICTOR) {
    vp8lPredict(current, row == 0 ? 0 : above, size, data + first, bits)
    memory.copy(above, current, <usize>size << 2)
  } else if (kind == COLOUR) {
    vp8lColour(current, size, data + (first << 2), bits)
  } else if (kind == GREEN) {
    vp8lGreen(current, size)
  } else {
    vp8lPalette(current, other, size, data, bits)
    const swap = current
    current = other
    other = swap
  }
}

/** Where the row that `vp8lNext` made lies: ARGB words, and room for three more. */
export function vp8lRow(): usize {
  return current
}
