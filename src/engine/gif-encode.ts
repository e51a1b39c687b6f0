// GIF's LZW (GIF89a, appendix F), written as sub-blocks of 255 bytes while indices come in.

const SLOTS: i32 = 8192

let keys: usize = 0
let codes: usize = 0
let out: usize = 0
let limit: usize = 0
let block: usize = 0
let bits: u32 = 0
let have: i32 = 0
let size: i32 = 0
let first: i32 = 0
let clear: i32 = 0
let next: i32 = 0
let prefix: i32 = -1

/** Bytes of the work area of `gifEncodeBegin`. */
export function gifEncodeBytes(): usize {
  return SLOTS * 6
}

/** Most bytes that `count` indices, and the end, become. */
export function gifEncodeMost(count: usize): usize {
  return count + (count >> 1) + ((count + (count >> 1)) >> 7) + 600
}

/** Starts an image with codes of `codeSize` bits (2–8, colours as a power of two). */
export function gifEncodeBegin(work: usize, codeSize: i32): void {
  keys = work
  codes = work + SLOTS * 4
  clear = 1 << codeSize
  first = codeSize + 1
  bits = 0
  have = 0
  prefix = -1
  reset()
  block = 0
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

/**
 * Encodes `count` indices to `to`, which has `gifEncodeMost` bytes; the last call of an image ends
 * it. Returns the bytes written. A sub-block does not reach over calls.
 */
export function gifEncodeFeed(from: usize, count: usize, last: i32, to: usize): usize {
  out = to
  block = 0
  if (prefix < 0 && count > 0) {
    put(clear)
    prefix = load<u8>(from++)
    count--
  }
  for (const end = from + count; from < end; from++) {
    const index = <i32>load<u8>(from)
    const key = (prefix << 8) | index
    let slot = <i32>((<u32>key * 0x9e3779b1) >>> 19)
    let code = -1
    for (;;) {
      const found = load<i32>(keys + (<usize>slot << 2))
      if (found == key) {
        code = load<u16>(codes + (<usize>slot << 1))
        break
      }
      if (found == -1) break
      slot = (slot + 1) & (SLOTS - 1)
    }
    if (code >= 0) {
      prefix = code
      continue
    }
    put(prefix)
    prefix = index
    if (next < 4096) {
      store<i32>(keys + (<usize>slot << 2), key)
      store<u16>(codes + (<usize>slot << 1), <u16>next)
      // The decoder is one entry behind: codes grow when it would need them to.
      if (next == 1 << size && size < 12) size++
      next++
    } else {
      put(clear)
      reset()
    }
  }
  if (last) {
    if (prefix >= 0) put(prefix)
    if (next == 1 << size && size < 12) size++
    put(clear + 1)
    if (have > 0) byte(<u8>bits)
    store<u8>(out++, 0)
  }
  return out - to
}
