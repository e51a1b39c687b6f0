// The header of a VP8 key frame (RFC 6386 §9, §19.2), and what follows from it for every
// macroblock: step sizes, filter strengths, probabilities.
import { vp8Bit, vp8Optional, VP8_READER, vp8ReaderOpen, vp8Value } from './vp8-decode-bool'
import { VP8_AC_STEPS, VP8_COEFFICIENTS, VP8_DC_STEPS, VP8_UPDATES } from './vp8-decode-tables'

/** A segment's step sizes: DC and AC of Y, Y2 and chroma, as i32. */
export const SEGMENT_STEPS: usize = 24
/** A filter's strength: limit, interior limit, high edge variance, inner edges; as u8. */
export const STRENGTH: usize = 4

export let vp8Segments: bool = false
export let vp8SegmentMap: bool = false
/** 0 none, 1 simple, 2 normal. */
export let vp8Filter: i32 = 0
export let vp8Skips: bool = false
export let vp8SkipProbability: i32 = 0
export let vp8Partitions: i32 = 1

let steps: usize = 0
let strengths: usize = 0
let probabilities: usize = 0
let segmentProbabilities: usize = 0

/** Bytes of the tables that `vp8Header` fills. */
export function vp8TableBytes(): usize {
  return 4 * SEGMENT_STEPS + 8 * STRENGTH + 1056 + 16
}

// @ts-ignore: decorator
@inline
export function vp8Steps(segment: i32): usize {
  return steps + <usize>segment * SEGMENT_STEPS
}

// @ts-ignore: decorator
@inline
export function vp8Strength(segment: i32, blocks: i32): usize {
  return strengths + <usize>(segment * 2 + blocks) * STRENGTH
}

// @ts-ignore: decorator
@inline
export function vp8Probabilities(type: i32): usize {
  return probabilities + <usize>type * 264
}

// @ts-ignore: decorator
@inline
export function vp8SegmentProbability(node: i32): i32 {
  return load<u8>(segmentProbabilities + node)
}

function clamp(value: i32, most: i32): i32 {
  return min(max(value, 0), most)
}

/**
 * Reads the header of the key frame from `data` to `end` into `tables`, and opens a reader for the
 * modes at `readers`, and behind it one for each partition of coefficients. Returns 0, or -1 where
 * the frame is broken, -2 where it is cut short.
 */
export function vp8Header(data: usize, end: usize, tables: usize, readers: usize): i32 {
  if (data + 10 > end) return -2
  const tag = load<u32>(data) & 0xffffff
  const first = tag >> 5
  // Key frames of profiles 0 to 3 only.
  if (tag & 1 || ((tag >> 1) & 7) > 3) return -1
  const start = data + 10
  if (first > <u32>(end - start)) return -2
  steps = tables
  strengths = steps + 4 * SEGMENT_STEPS
  probabilities = strengths + 8 * STRENGTH
  segmentProbabilities = probabilities + 1056
  vp8ReaderOpen(readers, start, start + first)
  // Colour space and clamping are hints that key frames' pixels don't depend on.
  vp8Value(readers, 2)

  vp8Segments = vp8Bit(readers, 128) != 0
  vp8SegmentMap = false
  let absolute = true
  const quantisers = memory.data(16)
  const levels = memory.data(16)
  memory.fill(quantisers, 0, 16)
  memory.fill(levels, 0, 16)
  memory.fill(segmentProbabilities, 255, 3)
  if (vp8Segments) {
    vp8SegmentMap = vp8Bit(readers, 128) != 0
    if (vp8Bit(readers, 128)) {
      absolute = vp8Bit(readers, 128) != 0
      for (let i: usize = 0; i < 16; i += 4) store<i32>(quantisers + i, vp8Optional(readers, 7))
      for (let i: usize = 0; i < 16; i += 4) store<i32>(levels + i, vp8Optional(readers, 6))
    }
    if (vp8SegmentMap) {
      for (let i: usize = 0; i < 3; i++) store<u8>(segmentProbabilities + i, vp8Bit(readers, 128) ? vp8Value(readers, 8) : 255)
    }
  }

  const simple = vp8Bit(readers, 128)
  const level = vp8Value(readers, 6)
  const sharpness = vp8Value(readers, 3)
  vp8Filter = level == 0 ? 0 : simple ? 1 : 2
  const adjusts = vp8Bit(readers, 128)
  let intra = 0
  let blocks = 0
  if (adjusts && vp8Bit(readers, 128)) {
    for (let i = 0; i < 4; i++) {
      const delta = vp8Optional(readers, 6)
      if (i == 0) intra = delta
    }
    for (let i = 0; i < 4; i++) {
      const delta = vp8Optional(readers, 6)
      if (i == 0) blocks = delta
    }
  }

  vp8Partitions = 1 << vp8Value(readers, 2)
  if (!openPartitions(start + first, end, readers)) return -2

  const base = vp8Value(readers, 7)
  const yDc = vp8Optional(readers, 4)
  const y2Dc = vp8Optional(readers, 4)
  const y2Ac = vp8Optional(readers, 4)
  const uvDc = vp8Optional(readers, 4)
  const uvAc = vp8Optional(readers, 4)
  for (let i = 0; i < 4; i++) {
    const offset = <usize>i << 2
    const own = load<i32>(quantisers + offset)
    const q = vp8Segments ? (absolute ? own : base + own) : base
    const to = vp8Steps(i)
    store<i32>(to, load<u8>(VP8_DC_STEPS + clamp(q + yDc, 127)))
    store<i32>(to, load<u16>(VP8_AC_STEPS + (<usize>clamp(q, 127) << 1)), 4)
    store<i32>(to, <i32>load<u8>(VP8_DC_STEPS + clamp(q + y2Dc, 127)) * 2, 8)
    store<i32>(to, max(8, (<i32>load<u16>(VP8_AC_STEPS + (<usize>clamp(q + y2Ac, 127) << 1)) * 101581) >> 16), 12)
    store<i32>(to, load<u8>(VP8_DC_STEPS + clamp(q + uvDc, 117)), 16)
    store<i32>(to, load<u16>(VP8_AC_STEPS + (<usize>clamp(q + uvAc, 127) << 1)), 20)
    const mine = load<i32>(levels + offset)
    const strength = vp8Segments ? (absolute ? mine : level + mine) : level
    setStrength(i, 0, adjusts ? strength + intra : strength, sharpness)
    setStrength(i, 1, adjusts ? strength + intra + blocks : strength, sharpness)
  }

  // Whether the probabilities are kept for later frames: there are none.
  vp8Bit(readers, 128)
  for (let i: usize = 0; i < 1056; i++) {
    const update = vp8Bit(readers, load<u8>(VP8_UPDATES + i))
    store<u8>(probabilities + i, update ? <u8>vp8Value(readers, 8) : load<u8>(VP8_COEFFICIENTS + i))
  }
  vp8Skips = vp8Bit(readers, 128) != 0
  vp8SkipProbability = vp8Skips ? vp8Value(readers, 8) : 0
  return 0
}

/** §15.2: limits from a level and the sharpness. */
function setStrength(segment: i32, blocks: i32, wanted: i32, sharpness: i32): void {
  const level = clamp(wanted, 63)
  const to = vp8Strength(segment, blocks)
  let inner = level
  if (sharpness > 0) {
    inner >>= sharpness > 4 ? 2 : 1
    inner = min(inner, 9 - sharpness)
  }
  inner = max(inner, 1)
  store<u8>(to, level == 0 ? 0 : <u8>(2 * level + inner))
  store<u8>(to, <u8>inner, 1)
  store<u8>(to, level >= 40 ? 2 : level >= 15 ? 1 : 0, 2)
  store<u8>(to, <u8>blocks, 3)
}

/** §9.5: sizes of all partitions but the last stand before them. */
function openPartitions(sizes: usize, end: usize, readers: usize): bool {
  let at = sizes + 3 * (vp8Partitions - 1)
  if (at > end) return false
  for (let i = 0; i < vp8Partitions; i++) {
    const last = i + 1 == vp8Partitions
    const size = last ? <usize>0 : <usize>(load<u32>(sizes + 3 * i) & 0xffffff)
    const to = last ? end : min(at + size, end)
    if (at > to) return false
    vp8ReaderOpen(readers + VP8_READER * (i + 1), at, to)
    at = to
  }
  return true
}
