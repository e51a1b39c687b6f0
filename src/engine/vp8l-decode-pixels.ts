// Pixels of VP8L (RFC 9649 §3.6): literals, copies of earlier pixels, colours out of a cache; each block of the
// picture by its own group of five prefix codes.
import { alloc, arenaMark, arenaRelease } from './arena'
import { CODE, vp8lBitsAt, vp8lBitsOver, vp8lBitsSet, vp8lPeek, vp8lRead, vp8lReadCode, vp8lSymbol } from './vp8l-decode-codes'

const GROUP: usize = 5 * CODE
const LITERALS: i32 = 256
const LENGTHS: i32 = 24
const DISTANCES: i32 = 40

let groups: usize = 0
/** Two bytes for each block: which group. 0 where there is one. */
let blocks: usize = 0
let blockBits: i32 = 0
let blocksAcross: i32 = 0
let cache: usize = 0
let cacheBits: i32 = 0

let pixels: usize = 0
/** Of the index of a pixel in `pixels`, which goes round. */
let mask: usize = 0
let width: i32 = 0
let total: i32 = 0
let done: i32 = 0
/** Of a copy that goes over the end of a row. */
let copyLeft: i32 = 0
let copyDistance: i32 = 0

/** How many pixels wide and high blocks of 2^bits make a side. */
export function vp8lBlocks(side: i32, bits: i32): i32 {
  return (side + (1 << bits) - 1) >> bits
}

/**
 * Reads what stands before an image's pixels. `main`: the picture itself, which may have several groups.
 * `to` has room for `mask + 1` pixels. Returns 0, or a status below it.
 */
export function vp8lImageOpen(w: i32, h: i32, to: usize, wrap: usize, main: bool): i32 {
  cacheBits = 0
  cache = 0
  if (vp8lRead(1) == 1) {
    cacheBits = vp8lRead(4)
    if (cacheBits < 1 || cacheBits > 11) return -1
  }
  const ownBits = cacheBits
  blocks = 0
  let count = 1
  let most = 1
  if (main && vp8lRead(1) == 1) {
    const bits = 2 + <i32>vp8lRead(3)
    const across = vp8lBlocks(w, bits)
    const down = vp8lBlocks(h, bits)
    const found = vp8lSubImage(across, down)
    if (found < 0) return found
    cacheBits = ownBits
    blocks = subImage
    blockBits = bits
    blocksAcross = across
    most = keepGroups(across * down)
    if (most < 0) return -3
    count = used
  }
  groups = alloc(<usize>count * GROUP)
  if (groups == 0) return -3
  for (let group = 0, kept: usize = 0; group < most; group++) {
    const keep = blocks == 0 || load<u16>(names + (<usize>group << 1)) != 0
    for (let i: usize = 0; i < 5; i++) {
      const symbols = i == 0 ? LITERALS + LENGTHS + (cacheBits > 0 ? 1 << cacheBits : 0) : i == 4 ? DISTANCES : LITERALS
      const status = vp8lReadCode(symbols, groups + kept * GROUP + i * CODE, keep)
      if (status < 0) return status
    }
    if (keep) kept++
  }
  if (cacheBits > 0) {
    cache = alloc((<usize>4) << cacheBits)
    if (cache == 0) return -3
    memory.fill(cache, 0, (<usize>4) << cacheBits)
  }
  pixels = to
  mask = wrap
  width = w
  total = w * h
  done = 0
  copyLeft = 0
  return 0
}

let names: usize = 0
let used: i32 = 0

/** Numbers the groups that blocks name, in place of their names, in two bytes a block. Returns how many the file has. */
function keepGroups(count: i32): i32 {
  let most = 0
  for (let i = 0; i < count; i++) {
    const name = <i32>((load<u32>(blocks + (<usize>i << 2)) >> 8) & 0xffff)
    store<u16>(blocks + (<usize>i << 1), <u16>name)
    most = max(most, name + 1)
  }
  arenaRelease((blocks + (<usize>count << 1) + 15) & ~15)
  names = alloc(<usize>most << 1)
  if (names == 0) return -1
  memory.fill(names, 0, <usize>most << 1)
  for (let i = 0; i < count; i++) store<u16>(names + (<usize>load<u16>(blocks + (<usize>i << 1)) << 1), 1)
  used = 0
  for (let i = 0; i < most; i++) {
    const at = names + (<usize>i << 1)
    if (load<u16>(at) != 0) store<u16>(at, <u16>++used)
  }
  for (let i = 0; i < count; i++) {
    const at = blocks + (<usize>i << 1)
    store<u16>(at, load<u16>(names + (<usize>load<u16>(at) << 1)) - 1)
  }
  return most
}

let subImage: usize = 0

export function vp8lSubPixels(): usize {
  return subImage
}

/** Decodes an image that belongs to the picture's description, to `vp8lSubPixels()`; it stays in the arena. */
export function vp8lSubImage(w: i32, h: i32): i32 {
  const size = <usize>(w * h) << 2
  const to = alloc(size)
  if (to == 0) return -3
  const mark = arenaMark()
  let status = vp8lImageOpen(w, h, to, usize.MAX_VALUE, false)
  if (status == 0) status = vp8lDecodeTo(w * h)
  arenaRelease(mark)
  subImage = to
  return status
}

/** Distances that name a place near by: 8 − dx in the low, dy in the high four bits (§3.6.2.2). */
const NEAR = memory.data<u8>([
  0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39, 0x15, 0x1b, 0x36,
  0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34,
  0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67,
  0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79,
  0x53, 0x5d, 0x11, 0x1f, 0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52,
  0x5e, 0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61,
  0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
])

/** A number by its prefix: small ones as they are, others with bits that follow. */
function prefixed(symbol: u32): i32 {
  if (symbol < 4) return <i32>symbol + 1
  const extra = (symbol - 2) >> 1
  return <i32>(((2 + (symbol & 1)) << extra) + vp8lRead(extra)) + 1
}

function distanceOf(code: i32): i32 {
  if (code > 120) return code - 120
  const near = <i32>load<u8>(NEAR + code - 1)
  return max(1, (near >> 4) * width + 8 - (near & 15))
}

// @ts-ignore: decorator
@inline
function remember(argb: u32): void {
  if (cacheBits > 0) store<u32>(cache + (<usize>((0x1e35a7bd * argb) >>> (32 - cacheBits)) << 2), argb)
}

/** Decodes up to the pixel `until`. Returns 0, -1 broken or -2 where the data ends too early. */
export function vp8lDecodeTo(until: i32): i32 {
  let at = done
  let group = groups
  let x = at % width
  let y = at / width
  let boundary = -1
  const blockMask = (1 << blockBits) - 1
  while (at < until) {
    if (copyLeft > 0) {
      const count = min(copyLeft, until - at)
      const distance = <usize>copyDistance
      for (let i = 0; i < count; i++, at++) {
        const argb = load<u32>(pixels + (((<usize>at - distance) & mask) << 2))
        store<u32>(pixels + ((<usize>at & mask) << 2), argb)
        remember(argb)
      }
      copyLeft -= count
      x += count
      while (x >= width) {
        x -= width
        y++
      }
      boundary = -1
      continue
    }
    if (blocks != 0 && (boundary < 0 || (x & blockMask) == 0)) {
      const block = (y >> blockBits) * blocksAcross + (x >> blockBits)
      group = groups + <usize>load<u16>(blocks + (<usize>block << 1)) * GROUP
      boundary = 0
    }
    const symbol = <i32>vp8lSymbol(group)
    if (symbol < LITERALS) {
      const red = vp8lSymbol(group + CODE)
      const blue = vp8lSymbol(group + 2 * CODE)
      const alpha = vp8lSymbol(group + 3 * CODE)
      const argb = (alpha << 24) | (red << 16) | (<u32>symbol << 8) | blue
      store<u32>(pixels + ((<usize>at & mask) << 2), argb)
      remember(argb)
    } else if (symbol < LITERALS + LENGTHS) {
      copyLeft = prefixed(symbol - LITERALS)
      copyDistance = distanceOf(prefixed(vp8lSymbol(group + 4 * CODE)))
      if (copyDistance > at || copyLeft > total - at) return vp8lBitsOver() ? -2 : -1
      continue
    } else {
      const argb = load<u32>(cache + (<usize>(symbol - LITERALS - LENGTHS) << 2))
      store<u32>(pixels + ((<usize>at & mask) << 2), argb)
      remember(argb)
    }
    at++
    if (++x == width) {
      x = 0
      y++
      if (vp8lBitsOver()) return -2
    }
  }
  done = at
  return vp8lBitsOver() ? -2 : 0
}
