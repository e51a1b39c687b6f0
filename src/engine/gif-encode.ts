// GIF's LZW (GIF89a, appendix F), written as sub-blocks of 255 bytes while indices come in. Where a pixel may be
// left as it is or written again, both are followed, and the longer string is taken.

const SLOTS: i32 = 8192
/** Ways that were passed by in one search: a code, its length and the pixel's colour still to be tried. */
const WAYS: i32 = 1024
/** Steps after which a search takes the best it has. */
const PATIENCE: i32 = 4096

let keys: usize = 0
let codes: usize = 0
let ways: usize = 0
let out: usize = 0
let block: usize = 0
let bits: u32 = 0
let have: i32 = 0
let size: i32 = 0
let first: i32 = 0
let clear: i32 = 0
let next: i32 = 0
/** The code before, whose string with the next one's first index is to become an entry; -1 for none. */
let before: i32 = -1
let begun = false

/** Bytes of the work area of `gifEncodeBegin`. */
export function gifEncodeBytes(): usize {
  return SLOTS * 6 + WAYS * 8
}

/** Most bytes that `count` indices, and the end, become. */
export function gifEncodeMost(count: usize): usize {
  return count + (count >> 1) + ((count + (count >> 1)) >> 7) + 600
}

/** Starts an image with codes of `codeSize` bits (2–8, colours as a power of two). */
export function gifEncodeBegin(work: usize, codeSize: i32): void {
  keys = work
  codes = work + SLOTS * 4
  ways = work + SLOTS * 6
  clear = 1 << codeSize
  first = codeSize + 1
  bits = 0
  have = 0
  before = -1
  begun = false
  reset()
}

function reset(): void {
  memory.fill(keys, 255, SLOTS * 4)
  size = first
  next = clear + 2
}

function byte(value: u8): void {
  if (block == 0 || load<u8>(block) == 255) {
    block = out++
    store<u8>(block, 0)
  }
  store<u8>(out++, value)
  store<u8>(block, load<u8>(block) + 1)
}

function put(code: i32): void {
  bits |= <u32>code << have
  have += size
  while (have >= 8) {
    byte(<u8>bits)
    bits >>= 8
    have -= 8
  }
}

/** The slot of a string and the index behind it, or the free one that they would get. */
// @ts-ignore: decorator
@inline
function slotOf(key: i32): i32 {
  let slot = <i32>((<u32>key * 0x9e3779b1) >>> 19)
  while (load<i32>(keys + (<usize>slot << 2)) != key && load<i32>(keys + (<usize>slot << 2)) != -1) {
    slot = (slot + 1) & (SLOTS - 1)
  }
  return slot
}

/** Makes the string of the code before, and an index, an entry. */
function enter(index: i32): void {
  const key = (before << 8) | index
  const slot = slotOf(key)
  store<i32>(keys + (<usize>slot << 2), key)
  store<u16>(codes + (<usize>slot << 1), <u16>next)
  // The decoder is one entry behind: codes grow when it would need them to.
  if (next == 1 << size && size < 12) size++
  next++
}

/** The code of a string and the index behind it, -1 where there is none. */
// @ts-ignore: decorator
@inline
function step(code: i32, index: i32, start: i32): i32 {
  const key = (code << 8) | index
  const slot = slotOf(key)
  if (load<i32>(keys + (<usize>slot << 2)) == key) return load<u16>(codes + (<usize>slot << 1))
  // What is about to be entered, once this string's first index is settled.
  return code == before && index == start ? next : -1
}

let bestCode: i32 = 0
let bestFirst: i32 = 0
let bestLength: usize = 0

/** Follows the strings that begin with `start`; the longest is left in `best…` if it is longer than that. */
function follow(from: usize, loose: usize, left: usize, transparent: i32, start: i32): void {
  let code = start
  let length: usize = 1
  let noted = 0
  let steps = 0
  for (;;) {
    while (length < left) {
      const colour = <i32>load<u8>(from + length)
      let longer = -1
      if (loose != 0 && load<u8>(loose + length) != 0) {
        longer = step(code, transparent, start)
        if (longer >= 0 && noted < WAYS) {
          store<i32>(ways + (<usize>noted << 3), code)
          store<i32>(ways + (<usize>noted << 3), <i32>length, 4)
          noted++
        }
      }
      if (longer < 0) longer = step(code, colour, start)
      if (longer < 0) break
      code = longer
      length++
      steps++
    }
    if (length > bestLength) {
      bestLength = length
      bestCode = code
      bestFirst = start
    }
    // Back to where the colour itself was not tried yet.
    code = -1
    while (code < 0) {
      if (noted == 0 || steps > PATIENCE) return
      noted--
      steps++
      length = <usize>load<i32>(ways + (<usize>noted << 3), 4)
      code = step(load<i32>(ways + (<usize>noted << 3)), load<u8>(from + length), start)
    }
    length++
  }
}

/**
 * Encodes `count` indices to `to`, which has `gifEncodeMost` bytes; the last call of an image ends
 * it. `loose` are bytes, not 0 where a pixel may be `transparent` instead; or 0. Returns the bytes written.
 * Neither a sub-block nor a string reaches over calls.
 */
export function gifEncodeFeed(from: usize, loose: usize, count: usize, transparent: i32, last: i32, to: usize): usize {
  out = to
  block = 0
  if (!begun) put(clear)
  begun = true
  while (count > 0) {
    if (before >= 0 && next == 4096) {
      put(clear)
      reset()
      before = -1
    }
    bestLength = 0
    const colour = <i32>load<u8>(from)
    const open = loose != 0 && load<u8>(loose) != 0
    if (open) follow(from, loose, count, transparent, transparent)
    if (!open || colour != transparent) follow(from, loose, count, transparent, colour)
    if (before >= 0) enter(bestFirst)
    put(bestCode)
    before = bestCode
    from += bestLength
    if (loose != 0) loose += bestLength
    count -= bestLength
  }
  if (last) {
    if (next == 1 << size && size < 12) size++
    put(clear + 1)
    if (have > 0) byte(<u8>bits)
    store<u8>(out++, 0)
  }
  return out - to
}

/**
 * What a rectangle's pixels may be written as, where the file's palette is in use: the index that is shown already for
 * those that a mask leaves out, and all that have the shown index may be transparent as well, which `loose` tells.
 * `shown` has the indices of the whole canvas, `none` where there is nothing. Returns how many are loose.
 */
export function gifLoosen(
  rgba: usize,
  mask: usize,
  indices: usize,
  shown: usize,
  stride: i32,
  w: i32,
  h: i32,
  none: i32,
  to: usize,
  loose: usize,
): i32 {
  let sum = 0
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++, rgba += 4, mask++, indices++, to++, loose++) {
      const there = <i32>load<u8>(shown + <usize>(y * stride + x))
      const kept = load<u8>(mask) != 0
      const index = kept ? (load<u32>(rgba) == 0 ? none : there) : <i32>load<u8>(indices)
      const either = index == there && index != none
      store<u8>(to, <u8>index)
      store<u8>(loose, either ? 1 : 0)
      sum += either ? 1 : 0
    }
  }
  return sum
}

/** Keeps what a rectangle's frame shows: its indices where it draws, or `none` where they are of another palette. */
export function gifShow(mask: usize, indices: usize, shown: usize, stride: i32, w: i32, h: i32, none: i32): void {
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++, mask++, indices++) {
      if (load<u8>(mask) == 0) store<u8>(shown + <usize>(y * stride + x), none >= 0 ? <u8>none : load<u8>(indices))
    }
  }
}
