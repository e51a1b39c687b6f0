// A still picture's open bitstream units (AV1 specification, sections 5.3, 5.9.1 and 5.11.1): the headers, and where
// each tile's bytes lie. Metadata, padding and what isn't known are passed over.

import { alloc } from './arena'
import { bits, bitsAligned, bitsOpen, bitsOver, flag } from './av1-bits'
import { readFrame } from './av1-header'
import { operatingPoint, readSequence } from './av1-sequence'
import { ERR_CORRUPT, ERR_LAYERS, ERR_MEMORY, ERR_TRUNCATED, H } from './av1-state'

const SEQUENCE = 1
const FRAME_HEADER = 3
const TILE_GROUP = 4
const FRAME = 6

/** By tile: its first byte, and the one behind its last. */
let tiles: usize = 0
let found: i32 = 0
let at: usize = 0
let seen = false

/** The first byte of a tile, and the one behind its last. */
export function tileFrom(tile: i32): usize {
  return load<u32>(tiles + (tile << 3))
}
export function tileTo(tile: i32): usize {
  return load<u32>(tiles + (tile << 3), 4)
}

/** leb128( ), or -1 where it doesn't end within 32 bits and the data. */
function readSize(end: usize): i64 {
  let value: u64 = 0
  for (let i = 0; i < 8; i++) {
    if (at >= end) return -1
    const byte = <u64>load<u8>(at++)
    value |= (byte & 127) << <u64>(i * 7)
    if (byte < 128) return value < 0x80000000 ? <i64>value : -1
  }
  return -1
}

/** The frame, once its header was read, in tiles; or an error. */
function readTileGroup(end: usize): i32 {
  const count = H.tileCols * H.tileRows
  const coded = H.tileColsLog2 + H.tileRowsLog2
  bitsOpen(at, end)
  let first = 0
  let last = count - 1
  if (count > 1 && flag()) {
    first = bits(coded)
    last = bits(coded)
  }
  if (bitsOver()) return ERR_TRUNCATED
  at = bitsAligned()
  if (first != found || last < first || last >= count) return ERR_CORRUPT
  for (let tile = first; tile <= last; tile++) {
    let size = end - at
    if (tile < last) {
      if (size < <usize>H.tileSizeBytes) return ERR_TRUNCATED
      size = 1
      for (let i = 0; i < H.tileSizeBytes; i++) size += <usize>load<u8>(at + i) << (i << 3)
      at += H.tileSizeBytes
      if (size > end - at) return ERR_TRUNCATED
    }
    if (size == 0) return ERR_TRUNCATED
    store<u32>(tiles + (tile << 3), <u32>at)
    store<u32>(tiles + (tile << 3), <u32>(at + size), 4)
    at += size
  }
  found = last + 1
  return 0
}

/**
 * Reads the units of one picture.
 * @param data its first byte @param size its bytes
 * @param headers whether to stop behind the frame's header: the bytes may end anywhere then
 * @returns 0 once all tiles of the first frame were found, or an error
 */
export function readUnits(data: usize, size: i32, headers: bool): i32 {
  const end = data + size
  let sequence = false
  seen = false
  found = 0
  at = data
  while (at < end) {
    const head = <i32>load<u8>(at++)
    if (head & 0x80) return ERR_CORRUPT
    const type = (head >> 3) & 15
    let temporal = 0
    let spatial = 0
    if (head & 4) {
      if (at >= end) return ERR_TRUNCATED
      temporal = <i32>load<u8>(at) >> 5
      spatial = (<i32>load<u8>(at) >> 3) & 3
      at++
    }
    let last = end
    if (head & 2) {
      const bytes = readSize(end)
      if (bytes < 0 || (bytes > <i64>(end - at) && !headers)) return ERR_TRUNCATED
      last = bytes > <i64>(end - at) ? end : at + <usize>bytes
    }
    let status = 0
    if (type == SEQUENCE) {
      if (!seen) {
        bitsOpen(at, last)
        status = readSequence()
        sequence = true
        const layers = operatingPoint() >> 8
        if (layers & (layers - 1)) return ERR_LAYERS
      }
    } else if (head & 4 && outside(temporal, spatial)) status = 0
    else if (type == FRAME_HEADER || type == FRAME) {
      if (!sequence) return ERR_CORRUPT
      if (!seen) status = readHeader(last, temporal, spatial)
      if (headers) return status
      if (status == 0 && type == FRAME) status = readTileGroup(last)
    } else if (type == TILE_GROUP) {
      if (!seen) return ERR_CORRUPT
      status = readTileGroup(last)
    }
    if (status < 0) return status
    if (seen && found == H.tileCols * H.tileRows) return 0
    at = last
  }
  return ERR_TRUNCATED
}

/** Whether a unit belongs to layers that the operating point leaves out. */
function outside(temporal: i32, spatial: i32): bool {
  const point = operatingPoint()
  return point != 0 && !(((point >> temporal) & 1) != 0 && ((point >> (spatial + 8)) & 1) != 0)
}

function readHeader(end: usize, temporal: i32, spatial: i32): i32 {
  bitsOpen(at, end)
  const status = readFrame(temporal, spatial)
  if (status < 0) return status
  at = bitsAligned()
  seen = true
  tiles = alloc(H.tileCols * H.tileRows * 8)
  return tiles == 0 ? ERR_MEMORY : 0
}
