// Pixels of VP8L (RFC 9649 §3.6): literals, copies of earlier pixels, colours out of a cache; each block of the
// picture by its own group of five prefix codes.
import { alloc, arenaMark, arenaRelease } from './arena'
import {
  CODE,
  vp8lBitsAt,
  vp8lBitsData,
  vp8lBitsEnd,
  vp8lBitsOver,
  vp8lBitsSet,
  vp8lEntry,
  vp8lRead,
  vp8lReadCode,
} from './vp8l-decode-codes'

// A group: its codes of green (with lengths and cache), red, blue, alpha, distances, then the colour of literals but for
// green where the codes of all others have one symbol, and whether that is so, as two u32.
const GROUP: usize = 5 * CODE + 8
const LITERAL: usize = 5 * CODE
const TRIVIAL: usize = LITERAL + 4
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
    if (keep) setLiteral(groups + kept++ * GROUP)
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

/** Notes whether literals of a group hang on green alone. */
function setLiteral(group: usize): void {
  const red = <usize>load<u32>(group, CODE)
  const blue = <usize>load<u32>(group, 2 * CODE)
  const alpha = <usize>load<u32>(group, 3 * CODE)
  // A code of one symbol takes no bits.
  const trivial = (load<u32>(group, CODE + 4) | load<u32>(group, 2 * CODE + 4) | load<u32>(group, 3 * CODE + 4)) == 0
  store<u32>(group, trivial ? 1 : 0, TRIVIAL)
  const argb = (<u32>load<u16>(alpha) << 24) | (<u32>load<u16>(red) << 16) | <u32>load<u16>(blue)
  store<u32>(group, trivial ? argb : 0, LITERAL)
}

function distanceOf(code: i32): i32 {
  if (code > 120) return code - 120
  const near = <i32>load<u8>(NEAR + code - 1)
  return max(1, (near >> 4) * width + 8 - (near & 15))
}

/** Where the cache keeps a colour. */
// @ts-ignore: decorator
@inline
function cacheAt(table: usize, argb: u32, shift: u32): usize {
  return table + (<usize>((0x1e35a7bd * argb) >>> shift) << 2)
}

/** Copies `count` pixels to the `at`-th from `distance` before it. */
function copy(at: usize, distance: usize, count: i32): void {
  let to = pixels + ((at & mask) << 2)
  let from = pixels + (((at - distance) & mask) << 2)
  const whole = <usize>count << 2
  // Neither goes round.
  if (cache == 0 && (mask == usize.MAX_VALUE || (max(to, from) + whole <= pixels + ((mask + 1) << 2)))) {
    const end = to + whole
    if (distance == 1) {
      const same = i32x4.splat(load<u32>(from))
      for (; to + 16 <= end; to += 16) v128.store(to, same)
      for (; to < end; to += 4) v128.store32_lane(to, same, 0)
      return
    }
    if (distance >= 4) for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from))
    for (; to < end; to += 4, from += 4) store<u32>(to, load<u32>(from))
    return
  }
  const shift = 32 - cacheBits
  for (let i = 0; i < count; i++, at++) {
    const argb = load<u32>(pixels + (((at - distance) & mask) << 2))
    store<u32>(pixels + ((at & mask) << 2), argb)
    if (cache != 0) store<u32>(cacheAt(cache, argb, shift), argb)
  }
}

/** Decodes up to the pixel `until`. Returns 0, -1 broken or -2 where the data ends too early. */
export function vp8lDecodeTo(until: i32): i32 {
  let at = done
  let group = groups
  let x = at % width
  let y = at / width
  const w = width
  let boundary = -1
  const blockMask = blocks != 0 ? (1 << blockBits) - 1 : -1
  const ring = pixels
  const wrap = mask
  const colours = cache
  const shift = 32 - cacheBits
  // Bits in a local: `room` of them, topped up from `next` to 56 and more; behind the end, whatever stands there.
  const end = vp8lBitsEnd()
  let next = vp8lBitsData() + (vp8lBitsAt() >> 3)
  let bits = load<u64>(min(next, end)) >> (vp8lBitsAt() & 7)
  let room = 56 - <u32>(vp8lBitsAt() & 7)
  next += 7
  let status = 0
  while (at < until) {
    if (copyLeft > 0) {
      const count = min(copyLeft, until - at)
      copy(at, copyDistance, count)
      at += count
      copyLeft -= count
      x += count
      while (x >= w) {
        x -= w
        y++
      }
      boundary = -1
      continue
    }
    if ((x & blockMask) == 0 || boundary < 0) {
      boundary = 0
      if (blocks != 0) {
        const block = (y >> blockBits) * blocksAcross + (x >> blockBits)
        group = groups + <usize>load<u16>(blocks + (<usize>block << 1)) * GROUP
      }
    }
    bits |= load<u64>(min(next, end)) << room
    next += (63 - room) >> 3
    room |= 56
    let entry = vp8lEntry(group, bits)
    bits >>= entry >> 12
    room -= entry >> 12
    const symbol = <i32>(entry & 0xfff)
    let argb: u32
    if (symbol < LITERALS) {
      if (load<u32>(group, TRIVIAL) != 0) {
        argb = load<u32>(group, LITERAL) | (symbol << 8)
      } else {
        entry = vp8lEntry(group + CODE, bits)
        bits >>= entry >> 12
        room -= entry >> 12
        argb = (symbol << 8) | ((entry & 0xff) << 16)
        entry = vp8lEntry(group + 2 * CODE, bits)
        bits >>= entry >> 12
        room -= entry >> 12
        argb |= entry & 0xff
        // Three symbols and a fourth may be longer than what is there.
        if (load<u32>(group, 3 * CODE + 4) == 0) {
          entry = load<u16>(<usize>load<u32>(group, 3 * CODE))
        } else {
          bits |= load<u64>(min(next, end)) << room
          next += (63 - room) >> 3
          room |= 56
          entry = vp8lEntry(group + 3 * CODE, bits)
          bits >>= entry >> 12
          room -= entry >> 12
        }
        argb |= entry << 24
      }
    } else if (symbol < LITERALS + LENGTHS) {
      // Numbers by their prefixes: small ones as they are, others with bits that follow.
      let prefix = <u32>(symbol - LITERALS)
      let extra = prefix < 4 ? 0 : (prefix - 2) >> 1
      copyLeft = <i32>((prefix < 4 ? prefix : (2 + (prefix & 1)) << extra) + (<u32>bits & ((1 << extra) - 1))) + 1
      bits >>= extra
      room -= extra
      entry = vp8lEntry(group + 4 * CODE, bits)
      bits >>= entry >> 12
      room -= entry >> 12
      bits |= load<u64>(min(next, end)) << room
      next += (63 - room) >> 3
      room |= 56
      prefix = entry & 0xfff
      extra = prefix < 4 ? 0 : (prefix - 2) >> 1
      const code = <i32>((prefix < 4 ? prefix : (2 + (prefix & 1)) << extra) + (<u32>bits & ((1 << extra) - 1))) + 1
      bits >>= extra
      room -= extra
      copyDistance = distanceOf(code)
      if (copyDistance > at || copyLeft > total - at) {
        status = -1
        break
      }
      continue
    } else {
      argb = load<u32>(colours + (<usize>(symbol - LITERALS - LENGTHS) << 2))
    }
    store<u32>(ring + ((<usize>at & wrap) << 2), argb)
    if (colours != 0) store<u32>(cacheAt(colours, argb, shift), argb)
    at++
    if (++x == w) {
      x = 0
      y++
      if (next > end + 8) break
    }
  }
  done = at
  vp8lBitsSet(((next - vp8lBitsData()) << 3) - room)
  return vp8lBitsOver() ? -2 : status
}
