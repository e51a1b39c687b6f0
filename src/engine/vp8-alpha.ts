// Alpha of lossy pictures by rows (RFC 9649 §2.7.1.2): VP8L's green or plain bytes, as differences to what is around.
import { alloc } from './arena'
import { vp8lNext, vp8lOpen, vp8lRow } from './vp8l-decode'

/** What a byte is the difference to. */
const LEFT: i32 = 1
const ABOVE: i32 = 2
const GRADIENT: i32 = 3

let line: usize = 0
/** The bytes of the row as they are coded, where VP8L coded them. */
let coded: usize = 0
/** Of plain bytes, the next row's; 0 where VP8L coded them. */
let plain: usize = 0
let width: i32 = 0
let filter: i32 = 0
let row: i32 = 0

/** Opens an ALPH chunk's payload for a picture of w × h. Returns 0; -1 broken, -2 cut short, -3 out of memory. */
export function vp8AlphaOpen(data: usize, end: usize, w: i32, h: i32): i32 {
  if (data >= end) return -2
  const head = load<u8>(data)
  filter = (head >> 2) & 3
  width = w
  row = 0
  line = alloc(<usize>w)
  coded = alloc(<usize>w)
  if (line == 0 || coded == 0) return -3
  if ((head & 3) > 1) return -1
  plain = head & 3 ? 0 : data + 1
  if (plain != 0) return <usize>w * h > end - plain ? -2 : 0
  return vp8lOpen(data + 1, end, w, h, 1)
}

/** Where the row lies that `vp8AlphaNext` made. */
export function vp8AlphaLine(): usize {
  return line
}

/** Decodes the next row. Returns 1 or a status below 0. */
export function vp8AlphaNext(): i32 {
  let from = plain
  if (from == 0) {
    const status = vp8lNext()
    if (status < 0) return status
    takeGreen(vp8lRow())
    from = coded
  } else {
    plain += width
  }
  // The first row has nothing above it.
  if (filter == 0) memory.copy(line, from, width)
  else if (row == 0) fromLeft(from, 0)
  else if (filter == LEFT) fromLeft(from, load<u8>(line))
  else if (filter == ABOVE) fromAbove(from)
  else fromGradient(from)
  row++
  return 1
}

function takeGreen(from: usize): void {
  const greens = i8x16(1, 5, 9, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
  for (let x: usize = 0; x < <usize>width; x += 4, from += 16) {
    v128.store32_lane(coded + x, i8x16.swizzle(v128.load(from), greens), 0)
  }
}

function fromLeft(from: usize, start: i32): void {
  let left = start
  for (let x: usize = 0; x < <usize>width; x++) {
    left += <i32>load<u8>(from + x)
    store<u8>(line + x, <u8>left)
  }
}

function fromAbove(from: usize): void {
  for (let x: usize = 0; x < <usize>width; x += 16) {
    v128.store(line + x, i8x16.add(v128.load(line + x), v128.load(from + x)))
  }
}

function fromGradient(from: usize): void {
  let corner = <i32>load<u8>(line)
  // The first pixel has nothing left of it.
  let left = (corner + <i32>load<u8>(from)) & 255
  store<u8>(line, <u8>left)
  for (let x: usize = 1; x < <usize>width; x++) {
    const top = <i32>load<u8>(line + x)
    let predicted = left + (top - corner)
    if (<u32>predicted > 255) predicted = predicted < 0 ? 0 : 255
    left = (predicted + <i32>load<u8>(from + x)) & 255
    store<u8>(line + x, <u8>left)
    corner = top
  }
}
