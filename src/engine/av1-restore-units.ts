// Loop restoration's units (AV1 specification, sections 5.11.57 and 5.11.58): which filter each one takes, and its
// coefficients, read at the superblock in which a unit begins.

import { alloc } from './arena'
import { B } from './av1-block-state'
import { RESTORATION, SELF_GUIDED, WIENER } from './av1-cdf-tables'
import {
  ERR_MEMORY, H, RESTORE_NONE, RESTORE_SELF_GUIDED, RESTORE_WIENER,
} from './av1-state'
import { symbol2, symbol4, symbolBit, symbolBits, symbolChoice } from './av1-symbol'

/** Bytes of a unit: its type, its set, then six coefficients (the vertical ones first), or two weights, as i8. */
export const UNIT_BYTES = 8
/** By plane: where its units lie, and how many there are across and down. */
const UNITS_AT: usize = memory.data(12, 4)
const ACROSS: usize = memory.data(12, 4)
const DOWN: usize = memory.data(12, 4)

/** Coefficients that the next ones of a tile are coded against, by plane: six of Wiener's, two weights. */
export const REFERENCES: usize = memory.data(24, 8)

/** Sgr_Params: radius and strength of the first and of the second pass, by set. */
export const SETS = memory.data<u8>([
  2, 12, 1, 4, 2, 15, 1, 6, 2, 18, 1, 8, 2, 21, 1, 9, 2, 24, 1, 10, 2, 29, 1, 11, 2, 36, 1, 12, 2, 45, 1, 13,
  2, 56, 1, 14, 2, 68, 1, 15, 0, 0, 1, 5, 0, 0, 1, 8, 0, 0, 1, 11, 0, 0, 1, 14, 2, 30, 0, 0, 2, 75, 0, 0,
])

/** FrameRestorationType. */
export function restorationOf(plane: i32): i32 {
  return plane == 0 ? H.restoreY : plane == 1 ? H.restoreU : H.restoreV
}

/** LoopRestorationSize. */
export function unitSize(plane: i32): i32 {
  return plane == 0 ? H.unitY : H.unitUv
}

function countUnits(size: i32, samples: i32): i32 {
  return max((samples + (size >> 1)) / size, 1)
}

/** Allocates the units of the planes that are restored. Returns 0 or an error. */
export function unitsOpen(): i32 {
  for (let plane = 0; plane < H.planes; plane++) {
    if (restorationOf(plane) == RESTORE_NONE) continue
    const subX = plane > 0 ? H.subX : 0
    const subY = plane > 0 ? H.subY : 0
    const across = countUnits(unitSize(plane), (H.width + subX) >> subX)
    const down = countUnits(unitSize(plane), (H.height + subY) >> subY)
    const at = alloc(across * down * UNIT_BYTES)
    if (at == 0) return ERR_MEMORY
    memory.fill(at, 0, across * down * UNIT_BYTES)
    store<u32>(UNITS_AT + (plane << 2), <u32>at)
    store<i32>(ACROSS + (plane << 2), across)
    store<i32>(DOWN + (plane << 2), down)
  }
  return 0
}

/** A unit by its place; those beyond the last row are of that. */
export function unitAt(plane: i32, row: i32, col: i32): usize {
  const across = load<i32>(ACROSS + (plane << 2))
  const at = min(row, load<i32>(DOWN + (plane << 2)) - 1) * across + min(col, across - 1)
  return <usize>load<u32>(UNITS_AT + (plane << 2)) + at * UNIT_BYTES
}

/** The references that a tile begins with, at `to`, 24 bytes. */
export function referencesStart(to: usize): void {
  for (let plane = 0; plane < 3; plane++) store<u64>(to + (plane << 3), 0x1fe00ff9030ff903)
}

/** read_lr for the superblock at a place, in units of 4 samples. */
export function readUnits(row: i32, col: i32): void {
  const side = 1 << H.sbShift
  for (let plane = 0; plane < H.planes; plane++) {
    if (restorationOf(plane) == RESTORE_NONE) continue
    const stepX = plane > 0 ? 4 >> H.subX : 4
    const stepY = plane > 0 ? 4 >> H.subY : 4
    const size = unitSize(plane)
    const endRow = min(load<i32>(DOWN + (plane << 2)), ((row + side) * stepY + size - 1) / size)
    const endCol = min(load<i32>(ACROSS + (plane << 2)), ((col + side) * stepX + size - 1) / size)
    const firstCol = (col * stepX + size - 1) / size
    for (let y = (row * stepY + size - 1) / size; y < endRow; y++) {
      for (let x = firstCol; x < endCol; x++) readUnit(plane, unitAt(plane, y, x))
    }
  }
}

/** read_lr_unit. */
function readUnit(plane: i32, unit: usize): void {
  const frame = restorationOf(plane)
  let type: i32
  if (frame == RESTORE_WIENER) type = symbol2(B.cdf + WIENER) ? RESTORE_WIENER : RESTORE_NONE
  else if (frame == RESTORE_SELF_GUIDED) type = symbol2(B.cdf + SELF_GUIDED) ? RESTORE_SELF_GUIDED : RESTORE_NONE
  else type = symbol4(B.cdf + RESTORATION, 3)
  store<u8>(unit, <u8>type)
  const reference = REFERENCES + (plane << 3)
  if (type == RESTORE_WIENER) {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < 3; j++) {
        const at = pass * 3 + j
        if (plane > 0 && j == 0) {
          store<i8>(unit + 2 + at, 0)
          continue
        }
        const least = j == 0 ? -5 : j == 1 ? -23 : -17
        const most = j == 0 ? 10 : j == 1 ? 8 : 46
        const value = readNear(least, most + 1, j + 1, <i32>load<i8>(reference + at))
        store<i8>(unit + 2 + at, <i8>value)
        store<i8>(reference + at, <i8>value)
      }
    }
  } else if (type == RESTORE_SELF_GUIDED) {
    const set = symbolBits(4)
    store<u8>(unit, <u8>set, 1)
    for (let i = 0; i < 2; i++) {
      const least = i == 0 ? -96 : -32
      const most = i == 0 ? 31 : 95
      let value = 0
      if (load<u8>(SETS + (set << 2) + (i << 1))) value = readNear(least, most + 1, 4, <i32>load<i8>(reference + 6 + i))
      else if (i == 1) value = max(least, min(most, 128 - <i32>load<i8>(reference, 6)))
      store<i8>(unit + 2 + i, <i8>value)
      store<i8>(reference + 6 + i, <i8>value)
    }
  }
}

/** decode_signed_subexp_with_ref_bool. */
function readNear(least: i32, end: i32, k: i32, reference: i32): i32 {
  const count = end - least
  const near = reference - least
  const value = readSubexp(count, k)
  if (near << 1 <= count) return recentred(near, value) + least
  return count - 1 - recentred(count - 1 - near, value) + least
}

function recentred(near: i32, value: i32): i32 {
  if (value > 2 * near) return value
  return value & 1 ? near - ((value + 1) >> 1) : near + (value >> 1)
}

/** decode_subexp_bool. */
function readSubexp(count: i32, k: i32): i32 {
  let from = 0
  let width = k
  while (count > from + (3 << width)) {
    if (!symbolBit()) return symbolBits(width) + from
    from += 1 << width
    // The second step is as wide as the first.
    if (from > 1 << k) width++
  }
  return symbolChoice(count - from) + from
}
