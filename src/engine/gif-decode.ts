// GIF image data: variable-length LZW (GIF89a, appendix F) straight onto a canvas of RGBA.
// The host parses blocks (src/image/codecs/gif-blocks.ts) and feeds the bytes of the sub-blocks
// as they come; what a truncated or broken stream does not cover keeps what was there.

/** Bytes of the work area that `gifFrameBegin` takes, for a canvas of `width`. */
export function gifWorkBytes(width: usize): usize {
  return 4096 * 2 + 4096 + 4104 + 1024 + 4096 * 2 + 4096 + width
}

// Work area: prefixes (u16), suffixes (u8), the stack of a string's bytes, the palette (256 × u32
// RGBA, 0 where transparent), lengths of strings (u16) and their first bytes (u8), a line of indices.
let prefixes: usize = 0
let suffixes: usize = 0
let stack: usize = 0
let palette: usize = 0
let lengths: usize = 0
let firsts: usize = 0
let line: usize = 0

let canvas: usize = 0
let canvasWidth: i32 = 0
let canvasHeight: i32 = 0
let left: i32 = 0
let top: i32 = 0
let width: i32 = 0
let height: i32 = 0
let shown: i32 = 0
/** Columns of the present row that the canvas has: none where the row lies below it. */
let visible: i32 = 0
let interlaced: bool = false
let pass: i32 = 0
let row: i32 = 0
let column: i32 = 0
let rows: i32 = 0

let clear: i32 = 0
let first: i32 = 0
let size: i32 = 0
let next: i32 = 0
let previous: i32 = -1
let firstByte: i32 = 0
let bits: u32 = 0
let have: i32 = 0
let done: bool = false
let work: u64 = 0

/** Codes and bytes of their strings that have been gone through, by all frames: for tests of what a file can cost. */
export function gifWork(): f64 {
  return <f64>work
}

/** Where the host writes the frame's palette: 256 RGBA words, 0 for the transparent index. */
export function gifPalette(work: usize): usize {
  return work + 4096 * 2 + 4096 + 4104
}

/** Starts a frame; `work` has `gifWorkBytes` and its palette is filled. 0, or -1 for a bad code size. */
export function gifFrameBegin(
  work: usize,
  to: usize,
  toWidth: i32,
  toHeight: i32,
  x: i32,
  y: i32,
  w: i32,
  h: i32,
  isInterlaced: i32,
  codeSize: i32,
): i32 {
  if (codeSize < 1 || codeSize > 11) return -1
  prefixes = work
  suffixes = prefixes + 4096 * 2
  stack = suffixes + 4096
  palette = gifPalette(work)
  lengths = palette + 1024
  firsts = lengths + 4096 * 2
  line = firsts + 4096
  canvas = to
  canvasWidth = toWidth
  canvasHeight = toHeight
  left = x
  top = y
  width = w
  height = h
  shown = min(w, toWidth - x)
  visible = y < toHeight ? shown : 0
  interlaced = isInterlaced != 0
  pass = 0
  row = 0
  column = 0
  rows = 0
  clear = 1 << codeSize
  first = codeSize + 1
  size = first
  next = clear + 2
  previous = -1
  bits = 0
  have = 0
  done = w == 0 || h == 0
  for (let i = 0; i < clear; i++) {
    store<u8>(suffixes + i, <u8>i)
    store<u8>(firsts + i, <u8>i)
    store<u16>(lengths + ((<usize>i) << 1), 1)
  }
  return 0
}

/** Paints the line of indices and goes to the next row, in interlaced order where needed (appendix E). */
function endLine(): void {
  const y = top + row
  if (y < canvasHeight) {
    const to = canvas + (<usize>y * canvasWidth + left) * 4
    for (let i = 0; i < shown; i++) {
      const colour = load<u32>(palette + ((<usize>load<u8>(line + i)) << 2))
      if (colour != 0) store<u32>(to + ((<usize>i) << 2), colour)
    }
  }
  column = 0
  if (++rows == height) done = true
  if (interlaced) {
    row += pass == 0 ? 8 : 16 >> pass
    while (row >= height && pass < 3) {
      pass++
      row = 8 >> pass
    }
  } else row++
  visible = top + row < canvasHeight ? shown : 0
  // Nothing of what follows can be seen.
  if (!interlaced && visible == 0) done = true
}

function put(index: u8): void {
  // The line has room for the canvas's width; a frame may be wider.
  if (column < visible) store<u8>(line + column, index)
  if (++column == width) endLine()
}

/** Takes `length` bytes of LZW data. 0 wants more, 1 the frame is complete, -1 the codes are broken. */
export function gifFrameFeed(from: usize, length: i32): i32 {
  const end = from + length
  while (from < end && !done) {
    bits |= (<u32>load<u8>(from++)) << have
    have += 8
    while (have >= size && !done) {
      let code = <i32>(bits & ((1 << size) - 1))
      bits >>= size
      have -= size
      if (code == clear) {
        size = first
        next = clear + 2
        previous = -1
        continue
      }
      if (code == clear + 1) {
        done = true
        break
      }
      if (previous < 0) {
        if (code > clear) return -1
        firstByte = code
        put(<u8>code)
        previous = code
        continue
      }
      if (code > next) return -1
      const current = code
      const before = load<u16>(lengths + ((<usize>previous) << 1))
      const length: i32 = code < next ? <i32>load<u16>(lengths + ((<usize>code) << 1)) : <i32>before + 1
      const opening = load<u8>(firsts + previous)
      if (column >= visible && column + length <= width) {
        // Beside the canvas: a frame may be 65,535 pixels wide whatever the canvas is.
        firstByte = code < next ? <i32>load<u8>(firsts + code) : <i32>opening
        work++
        column += length
        if (column == width) endLine()
      } else {
        work += length
        let depth: usize = 0
        if (code == next) {
          store<u8>(stack, <u8>firstByte)
          depth = 1
          code = previous
        }
        while (code > clear) {
          store<u8>(stack + depth++, load<u8>(suffixes + code))
          code = load<u16>(prefixes + ((<usize>code) << 1))
        }
        firstByte = code
        put(<u8>code)
        while (depth > 0 && !done) put(load<u8>(stack + --depth))
      }
      if (next < 4096) {
        store<u16>(prefixes + ((<usize>next) << 1), <u16>previous)
        store<u8>(suffixes + next, <u8>firstByte)
        store<u8>(firsts + next, opening)
        store<u16>(lengths + ((<usize>next) << 1), before + 1)
        next++
        if (next == 1 << size && size < 12) size++
      }
      previous = current
    }
  }
  return done ? 1 : 0
}

/** Makes a rectangle of a canvas transparent (disposal method 2). */
export function gifClear(to: usize, toWidth: i32, toHeight: i32, x: i32, y: i32, w: i32, h: i32): void {
  const count = min(w, toWidth - x)
  if (count <= 0) return
  for (let i = y; i < min(y + h, toHeight); i++) {
    memory.fill(to + (<usize>i * toWidth + x) * 4, 0, <usize>count * 4)
  }
}
