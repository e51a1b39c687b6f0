// Where a palette for GIF lies, and the colours it is made of: a table of the colours of all pixels, which
// grows coarser (7 to 4 bits a channel) where a picture has too many. Several palettes may be under way, each in
// a work area of its own. Pixels with alpha below 128 are transparent and count for nothing.
//
// Work area: header 64 · colours 1024 · colours by green 1024 · starts 512 · errors · boxes · bins · slots ·
// order · owners · means · nearest · entries

/** Colours, or groups of them, that are told apart; four bits a channel are always enough. */
export const ENTRIES: i32 = 8192
/** An entry: key u32, pixels u32, sums of red, green, blue and of squares u64. */
export const ENTRY: usize = 40
const SLOTS: i32 = 16384
export const BOX: usize = 48
/** Three channels of 256 bins: pixels, red, green, blue as f64. */
export const BINS: usize = 3 * 256 * 32
/** u16 for each of 64×64×64 cells. */
export const NEAREST: usize = 2 << 18

export let header: usize = 0
/** RGBA words. */
export let colours: usize = 0
/** Red, green and blue with the index as the highest byte, by rising green. */
export let byGreen: usize = 0
/** u16 for each green: the place in `byGreen` where it, or more, begins. */
export let starts: usize = 0
export let errors: usize = 0
export let boxes: usize = 0
export let bins: usize = 0
let slots: usize = 0
/** u16: entries, box by box. */
export let order: usize = 0
/** u8: the palette's colour that each entry has. */
export let owners: usize = 0
/** RGB words: the colour of each entry, or the mean of its colours; see palette-cut. */
export let means: usize = 0
export let nearest: usize = 0
export let entries: usize = 0

/** Colours of the palette. */
export let count: i32 = 0
/** Whether every colour that was counted is in the palette. */
export let exact: bool = false
let filled: i32 = 0
/** Bits that are left out of a channel. */
let shift: u32 = 0

/** Bytes of the work area that `paletteBegin` takes for rows of `width` pixels. */
export function paletteBytes(width: usize): usize {
  return (
    64 + 1024 * 2 + 512 + errorBytes(width) + 256 * BOX + BINS + SLOTS * 2 + NEAREST + <usize>ENTRIES * (ENTRY + 7)
  )
}

function errorBytes(width: usize): usize {
  return ((width + 2) * 24 + 15) & ~15
}

function place(work: usize, width: usize): void {
  header = work
  colours = header + 64
  byGreen = colours + 1024
  starts = byGreen + 1024
  errors = starts + 512
  boxes = errors + errorBytes(width)
  bins = boxes + 256 * BOX
  slots = bins + BINS
  order = slots + SLOTS * 2
  owners = order + ENTRIES * 2
  means = owners + ENTRIES
  nearest = means + ENTRIES * 4
  entries = nearest + NEAREST
}

/** Goes on with the palette made in a work area. */
export function paletteUse(work: usize, width: usize): void {
  place(work, width)
  count = load<i32>(header)
  exact = load<i32>(header, 4) != 0
  filled = load<i32>(header, 8)
  shift = load<u32>(header, 12)
}

/** What `paletteUse` reads. */
export function paletteKeep(colourCount: i32, isExact: bool): void {
  count = colourCount
  exact = isExact
  store<i32>(header, count)
  store<i32>(header, exact ? 1 : 0, 4)
  store<i32>(header, filled, 8)
  store<u32>(header, shift, 12)
}

/** Starts a palette in a work area of `paletteBytes`. */
export function paletteBegin(work: usize, width: usize): void {
  place(work, width)
  memory.fill(slots, 0, SLOTS * 2)
  filled = 0
  shift = 0
  paletteKeep(0, false)
}

/** Where the palette lies: RGBA words. */
export function paletteColours(): usize {
  return colours
}

/** How many entries there are, and whether each is one colour. */
export function paletteEntries(): i32 {
  return filled
}

export function isFine(): bool {
  return shift == 0
}

/** The slot that has a key, or the free one that it would get. */
function find(key: u32): usize {
  let slot = <i32>((key * 0x9e3779b1) >>> 18)
  let at = slots + (<usize>slot << 1)
  let index = <usize>load<u16>(at)
  while (index != 0 && load<u32>(entries + (index - 1) * ENTRY) != key) {
    slot = (slot + 1) & (SLOTS - 1)
    at = slots + (<usize>slot << 1)
    index = <usize>load<u16>(at)
  }
  return at
}

/** Entry of a colour, -1 where it was not counted; of use while entries are single colours. */
export function entryOf(colour: u32): i32 {
  return <i32>load<u16>(find(colour & 0xffffff)) - 1
}

/** Leaves one more bit out of each channel, and joins the entries that then are alike. */
function coarsen(): void {
  shift++
  memory.fill(slots, 0, SLOTS * 2)
  const had = filled
  filled = 0
  const mask: u32 = 0x7f7f7f
  for (let i = 0; i < had; i++) {
    const from = entries + <usize>i * ENTRY
    const key = (load<u32>(from) >> 1) & mask
    const at = find(key)
    const index = <usize>load<u16>(at)
    if (index == 0) {
      store<u16>(at, <u16>++filled)
      const to = entries + <usize>(filled - 1) * ENTRY
      memory.copy(to, from, ENTRY)
      store<u32>(to, key)
    } else {
      const to = entries + (index - 1) * ENTRY
      store<u32>(to, load<u32>(to, 4) + load<u32>(from, 4), 4)
      for (let sum: usize = 8; sum < ENTRY; sum += 8) store<u64>(to + sum, load<u64>(to + sum) + load<u64>(from + sum))
    }
  }
}

/** Adds `pixels` pixels of one colour. */
function add(colour: u32, pixels: u32): void {
  const low = (0xff >> shift) * 0x10101
  let at = find((colour >> shift) & low)
  if (load<u16>(at) == 0) {
    if (filled == ENTRIES) {
      coarsen()
      add(colour, pixels)
      return
    }
    store<u16>(at, <u16>++filled)
    const entry = entries + <usize>(filled - 1) * ENTRY
    memory.fill(entry, 0, ENTRY)
    store<u32>(entry, (colour >> shift) & low)
  }
  at = entries + <usize>(load<u16>(at) - 1) * ENTRY
  const r = colour & 255
  const g = (colour >> 8) & 255
  const b = (colour >> 16) & 255
  store<u32>(at, load<u32>(at, 4) + pixels, 4)
  store<u64>(at, load<u64>(at, 8) + r * pixels, 8)
  store<u64>(at, load<u64>(at, 16) + g * pixels, 16)
  store<u64>(at, load<u64>(at, 24) + b * pixels, 24)
  store<u64>(at, load<u64>(at, 32) + <u64>(r * r + g * g + b * b) * pixels, 32)
}

/** Counts pixels. `skip` is a mask of bytes, one a pixel, of which the non-zero ones are left out; or 0. */
export function paletteCount(rgba: usize, pixels: usize, skip: usize): void {
  let before: u32 = 0
  let run: u32 = 0
  for (let i: usize = 0; i < pixels; i++) {
    if (skip != 0 && load<u8>(skip + i) != 0) continue
    const pixel = load<u32>(rgba + (i << 2))
    if (pixel >>> 31 == 0) continue
    const colour = pixel & 0xffffff
    if (colour != before || run == 0xffffff) {
      if (run > 0) add(before, run)
      before = colour
      run = 0
    }
    run++
  }
  if (run > 0) add(before, run)
}
