// What is known about the coding tree unit at hand: where it lies, what surrounds it, and what was
// decided about its blocks. Coordinates are samples of luma within the unit.

import { readEdge } from './hevc-encode-edges'
import { STRIDE, turnBlock } from './hevc-encode-predict'
import { ZORDER } from './hevc-encode-tables'

/** Side of a unit. */
export const UNIT: usize = 32

/** The unit's first samples in the source's and the reconstruction's planes: Y, Cb, Cr. */
export const SOURCES = memory.data(12)
export const RECONSTRUCTIONS = memory.data(12)
export let lumaStride: usize = 0
export let chromaStride: usize = 0

/** Whether the picture goes on to the left and above, and how far to the right and below. */
let hasLeft = false
let hasAbove = false
export let roomRight: u32 = 0
export let roomBelow: u32 = 0

/** Luma's source, transposed. */
export const TURNED = memory.data(1024, 16)

/** Luma's modes by units of 4 samples, with those of the unit to the left in front. */
const modes = memory.data(8 * 16)
/** Depths by units of 8 samples, with a border above and to the left. */
const depths = memory.data(5 * 8)
/** By units of 8: log2 of the block's side (2 where it has four parts), and the chroma mode's code. */
export const SIDES = memory.data(16)
export const CHROMA_CODES = memory.data(16)
/** Last groups of levels, or -1: luma by units of 4, chroma (16 Cb, 16 Cr) by units of 8. */
export const LUMA_LASTS = memory.data(64)
export const CHROMA_LASTS = memory.data(32)
/** Levels by the z-order of their blocks. */
export const LUMA_LEVELS = memory.data(2048, 16)
export const CHROMA_LEVELS = memory.data(1024, 16)

// @ts-ignore: decorator
@inline
export function lumaLevels(x: u32, y: u32): usize {
  return LUMA_LEVELS + (<usize>load<u8>(ZORDER + (x >> 2) + (y << 1)) << 5)
}

// @ts-ignore: decorator
@inline
export function chromaLevels(plane: u32, x: u32, y: u32): usize {
  return CHROMA_LEVELS + ((plane - 1) << 9) + ((<usize>load<u8>(ZORDER + (x >> 2) + (y << 1)) >> 2) << 5)
}

// @ts-ignore: decorator
@inline
export function unit8(x: u32, y: u32): usize {
  return (x >> 3) + ((y >> 3) << 2)
}

// @ts-ignore: decorator
@inline
export function unit4(x: u32, y: u32): usize {
  return (x >> 2) + ((y >> 2) << 3)
}

// @ts-ignore: decorator
@inline
export function sourceOf(plane: u32, x: usize, y: usize): usize {
  return <usize>load<u32>(SOURCES + (plane << 2)) + (plane ? (y >> 1) * chromaStride + (x >> 1) : y * lumaStride + x)
}

// @ts-ignore: decorator
@inline
export function reconstructionOf(plane: u32, x: usize, y: usize): usize {
  return (
    <usize>load<u32>(RECONSTRUCTIONS + (plane << 2)) + (plane ? (y >> 1) * chromaStride + (x >> 1) : y * lumaStride + x)
  )
}

// @ts-ignore: decorator
@inline
export function strideOf(plane: u32): usize {
  return plane ? chromaStride : lumaStride
}

/** Sets the planes' strides for a picture. */
export function unitStart(luma: usize, chroma: usize): void {
  lumaStride = luma
  chromaStride = chroma
}

/**
 * Goes to a unit. `depthsAbove` are those of the 4 units of 8 above it. What was decided about the unit before
 * it counts as what lies to its left.
 */
export function unitBegin(left: bool, above: bool, right: u32, below: u32, depthsAbove: usize): void {
  hasLeft = left
  hasAbove = above
  roomRight = right
  roomBelow = below
  for (let y: u32 = 0; y < 8; y++) store<u8>(modes + (y << 4), left ? load<u8>(modes + (y << 4) + 8) : 1)
  for (let y: u32 = 1; y < 5; y++) store<u8>(depths + (y << 3), left ? load<u8>(depths + (y << 3) + 4) : 0)
  for (let x: u32 = 0; x < 4; x++) store<u8>(depths + x + 1, above ? load<u8>(depthsAbove + x) : 0)
  for (let y: usize = 0; y < UNIT; y += 8) {
    for (let x: usize = 0; x < UNIT; x += 8) turnBlock(sourceOf(0, x, y), lumaStride, TURNED + x * STRIDE + y)
  }
}

/** Leaves the depths to the unit below. */
export function unitEnd(depthsAbove: usize): void {
  store<u32>(depthsAbove, load<u32>(depths + 4 * 8 + 1))
}

/** Luma's mode of the block to the left of a place, and above it. */
export function modeBeside(x: u32, y: u32): u32 {
  return <u32>load<u8>(modes + ((y >> 2) << 4) + (x >> 2))
}

export function modeAbove(x: u32, y: u32): u32 {
  // Nothing is taken from the row of units above (8.4.2): it counts as DC.
  return y == 0 ? 1 : <u32>load<u8>(modes + (((y >> 2) - 1) << 4) + (x >> 2) + 1)
}

export function modeAt(x: u32, y: u32): u32 {
  return <u32>load<u8>(modes + ((y >> 2) << 4) + (x >> 2) + 1)
}

/** Notes luma's mode of a block. */
export function setMode(x: u32, y: u32, log2: u32, mode: u32): void {
  const side: u32 = 1 << (log2 - 2)
  let at = modes + ((y >> 2) << 4) + (x >> 2) + 1
  for (let row: u32 = 0; row < side; row++, at += 16) memory.fill(at, <u8>mode, side)
}

/** The context of split_cu_flag (9.3.4.2.2). */
export function splitContext(x: u32, y: u32, depth: u32): u32 {
  const at = depths + (((y >> 3) + 1) << 3) + (x >> 3) + 1
  return (load<u8>(at - 1) > depth ? 1 : 0) + (load<u8>(at - 8) > depth ? 1 : 0)
}

/** Notes a block's side (2: four parts of 4) and chroma mode. */
export function setBlock(x: u32, y: u32, log2: u32, side: u32, code: u32): void {
  store<u8>(SIDES + unit8(x, y), side)
  store<u8>(CHROMA_CODES + unit8(x, y), code)
  const units: u32 = 1 << (log2 - 3)
  let at = depths + (((y >> 3) + 1) << 3) + (x >> 3) + 1
  for (let row: u32 = 0; row < units; row++, at += 8) memory.fill(at, <u8>(5 - log2), units)
}

// @ts-ignore: decorator
@inline
function isBefore(x: u32, y: u32, beforeX: u32, beforeY: u32): bool {
  return load<u8>(ZORDER + (beforeX >> 2) + ((beforeY >> 2) << 3)) < load<u8>(ZORDER + (x >> 2) + ((y >> 2) << 3))
}

/** Reads the edge of a block of a plane: `log2` is that of its side in luma. */
export function edgeOf(plane: u32, x: u32, y: u32, log2: u32): void {
  const size: u32 = 1 << log2
  const left = x > 0 || hasLeft
  const above = y > 0 || hasAbove
  let below: u32 = 0
  let right: u32 = 0
  const bottom = y + size
  if (left && bottom < min(<u32>UNIT, roomBelow) && (x == 0 || isBefore(x, y, x - 1, bottom))) {
    below = min(size, roomBelow - bottom)
  }
  const end = x + size
  if (above && end < roomRight && (y == 0 || (end < <u32>UNIT && isBefore(x, y, end, y - 1)))) {
    right = min(size, roomRight - end)
  }
  const shift: u32 = plane ? 1 : 0
  readEdge(reconstructionOf(plane, x, y), strideOf(plane), size >> shift, left, above, below >> shift, right >> shift)
}
