// How few samples a picture can do with, while it comes in: grey, at most 256 colours, no alpha. Each
// kind is a PNG colour type with 8 bits; a row that doesn't fit the kind so far asks for a wider one.

export const GREY: i32 = 0
export const RGB: i32 = 2
export const INDEXED: i32 = 3
export const GREY_ALPHA: i32 = 4
export const RGB_ALPHA: i32 = 6

const SLOTS: u32 = 1024
/** Open addressing: the colour, and its index plus 1. */
const slotColors = memory.data(1024 * 4, 16)
const slotIndices = memory.data(1024 * 2, 16)
/** Colours in order of their first use, 0xAABBGGRR. */
const colors = memory.data(256 * 4, 16)
let count: i32 = 0
/** Grey values that occur. */
const levels = memory.data(256, 16)

let bands: i32 = 3
let mayGrey: bool = true
let mayIndex: bool = true
/** Whether an opaque alpha is of use: see `keepAlpha`. */
let alphaKept: bool = false
let replaying: bool = false

export function colorsStart(inBands: i32, grey: bool, index: bool): void {
  bands = inBands
  mayGrey = grey
  mayIndex = index
  count = 0
  alphaKept = false
  replaying = false
  memory.fill(slotIndices, 0, 1024 * 2)
  memory.fill(levels, 0, 256)
}

/**
 * From now on, a picture of four bands keeps its alpha even where all is opaque: unfiltered drawings take
 * about a tenth fewer bytes as RGBA, for a pixel is then as long as the shortest match.
 */
export function keepAlpha(): void {
  alphaKept = true
}

/** While rows are written again, the kind must stay: they come from the reader that a change would need. */
export function pngEncReplaying(now: i32): void {
  replaying = now != 0
}

export function bytesOfKind(kind: i32): i32 {
  return kind == RGB ? 3 : kind == RGB_ALPHA ? 4 : kind == GREY_ALPHA ? 2 : 1
}

/** Number of different colours, while there are at most 256. */
export function pngEncColors(): i32 {
  return count
}

/** Colour `index` as 0xAABBGGRR. */
export function pngEncColor(index: i32): u32 {
  return load<u32>(colors + (index << 2))
}

/** Fewest bits (1, 2, 4 or 8) that hold every grey value written so far. */
export function pngEncGreyDepth(): i32 {
  let depth = 1
  for (let v = 0; v < 256; v++) {
    if (load<u8>(levels + v) == 0) continue
    if (v % 17 != 0) return 8
    if (v % 85 != 0) depth = 4
    else if (v % 255 != 0 && depth < 2) depth = 2
  }
  return depth
}

/** A pixel of the input as 0xAABBGGRR. */
// @ts-ignore: decorator of AssemblyScript
@inline
function color(at: usize): u32 {
  if (bands == 4) return load<u32>(at)
  if (bands == 3) return (load<u32>(at) & 0xffffff) | 0xff000000
  if (bands == 2) return <u32>load<u8>(at) * 0x10101 | (<u32>load<u8>(at, 1) << 24)
  return <u32>load<u8>(at) * 0x10101 | 0xff000000
}

/** The colour's index; it is added when new. -1 when there would be more than 256. */
function indexOf(c: u32): i32 {
  let slot = (c * 0x9e3779b1) >>> 22
  for (;;) {
    const held = <i32>load<u16>(slotIndices + (slot << 1))
    if (held == 0) break
    if (load<u32>(slotColors + (slot << 2)) == c) return held - 1
    slot = (slot + 1) & (SLOTS - 1)
  }
  if (count == 256) return -1
  store<u32>(colors + (count << 2), c)
  store<u32>(slotColors + (slot << 2), c)
  count++
  store<u16>(slotIndices + (slot << 1), <u16>count)
  return count - 1
}

/** Whether every pixel has its colours equal. */
function isGrey(row: usize, pixels: i32): bool {
  for (let i = 0; i < pixels; i++, row += bands) {
    const v = load<u32>(row)
    if (((v ^ (v >>> 8)) & 0xffff) != 0) return false
  }
  return true
}

function isOpaque(row: usize, pixels: i32): bool {
  if (bands == 1 || bands == 3) return true
  const end = row + pixels * bands
  for (let at = row + bands - 1; at < end; at += bands) if (load<u8>(at) != 255) return false
  return true
}

/** Adds a row's colours; false when there are too many. */
function addColors(row: usize, pixels: i32): bool {
  let before = ~color(row)
  for (let i = 0; i < pixels; i++, row += bands) {
    const c = color(row)
    if (c == before) continue
    if (indexOf(c) < 0) return false
    before = c
  }
  return true
}

/**
 * The narrowest kind that holds this row and what was of `kind` (-1: nothing yet).
 * Colours are counted only as long as they matter.
 */
export function kindWith(kind: i32, row: usize, pixels: i32): i32 {
  if (bands == 1) return GREY
  if (kind == RGB_ALPHA || (kind == RGB && bands == 3) || (kind == GREY_ALPHA && bands == 2)) return kind
  const opaque = isOpaque(row, pixels)
  if (kind == RGB) return opaque && (!alphaKept || replaying) ? RGB : RGB_ALPHA
  const grey = bands == 2 || (mayGrey && isGrey(row, pixels))
  if (kind == GREY_ALPHA) return grey ? GREY_ALPHA : RGB_ALPHA
  if ((kind == GREY || kind == -1) && grey && opaque) return GREY
  // Of what is grey and opaque, the colours so far are the grey levels.
  if (kind == GREY) for (let v = 0; v < 256; v++) if (load<u8>(levels + v) != 0) indexOf(v * 0x10101 | 0xff000000)
  const few = mayIndex && addColors(row, pixels)
  if (few) return INDEXED
  if (bands == 2) return GREY_ALPHA
  return wider(kind, grey, opaque)
}

/** Beyond 256 colours: which samples are needed, of this row and of the colours counted before. */
function wider(kind: i32, grey: bool, opaque: bool): i32 {
  let allGrey = grey
  let allOpaque = opaque
  for (let i = 0; i < count; i++) {
    const c = load<u32>(colors + (i << 2))
    if (c >>> 24 != 255) allOpaque = false
    if (((c ^ (c >>> 8)) & 0xffff) != 0) allGrey = false
  }
  if (allOpaque) return alphaKept ? RGB_ALPHA : RGB
  return allGrey && mayGrey ? GREY_ALPHA : RGB_ALPHA
}

/** A row of the input as one of `kind`. */
export function toKind(kind: i32, to: usize, from: usize, pixels: i32): void {
  if (bands == bytesOfKind(kind) && kind != INDEXED) {
    memory.copy(to, from, pixels * bands)
    if (kind == GREY) for (let i = 0; i < pixels; i++) store<u8>(levels + load<u8>(from + i), 1)
  } else if (kind == GREY) {
    for (let i = 0; i < pixels; i++, from += bands) {
      const v = load<u8>(from)
      store<u8>(to + i, v)
      store<u8>(levels + v, 1)
    }
  } else if (kind == INDEXED) {
    let before = ~color(from)
    let index = 0
    for (let i = 0; i < pixels; i++, from += bands) {
      const c = color(from)
      if (c != before) index = indexOf(c)
      before = c
      store<u8>(to + i, <u8>index)
    }
  } else if (kind == RGB) {
    for (let i = 0; i < pixels; i++, from += 4, to += 3) store<u32>(to, load<u32>(from))
  } else {
    for (let i = 0; i < pixels; i++, from += 4, to += 2) {
      store<u8>(to, load<u8>(from))
      store<u8>(to, load<u8>(from, 3), 1)
    }
  }
}

/** The inverse: a row of `kind` as the input had it. */
export function pngEncFromKind(kind: i32, to: usize, from: usize, pixels: i32): void {
  const step = bytesOfKind(kind)
  for (let i = 0; i < pixels; i++, from += step, to += bands) {
    let c: u32
    if (kind == INDEXED) c = pngEncColor(load<u8>(from))
    else if (kind == GREY) c = <u32>load<u8>(from) * 0x10101 | 0xff000000
    else if (kind == GREY_ALPHA) c = <u32>load<u8>(from) * 0x10101 | (<u32>load<u8>(from, 1) << 24)
    else c = load<u32>(from) | 0xff000000
    if (bands == 4) store<u32>(to, c)
    else if (bands == 2) store<u16>(to, <u16>((c & 255) | ((c >>> 24) << 8)))
    else for (let b = 0; b < bands; b++) store<u8>(to + b, <u8>(c >>> (b << 3)))
  }
}
