// The colours of a palette. All that were counted where they are few; else boxes of colours are cut where the
// variance falls most, as Xiaolin Wu does ("Efficient Statistical Computations for Optimal Color Quantization",
// Graphics Gems II, 1991), over a list of entries instead of a cube; then each entry goes to the nearest colour and
// each colour to the mean of its entries, a few times over (Lloyd).

import {
  BINS,
  BOX,
  ENTRY,
  bins,
  boxes,
  byGreen,
  colours,
  count,
  entries,
  isFine,
  means,
  order,
  owners,
  paletteEntries,
  paletteKeep,
} from './palette'
import { closest, distance, nearestStart, sortByGreen } from './palette-map'

/** Rounds of Lloyd's algorithm; beyond them next to nothing is gained. */
const ROUNDS: i32 = 4

// A box: first and end in `order` as i32, pixels, red, green, blue as f64, and its variance; uncut while >= 0.

// @ts-ignore: decorator
@inline
function entryAt(place: i32): usize {
  return entries + <usize>load<u16>(order + (<usize>place << 1)) * ENTRY
}

/** Notes each entry's mean colour, rounded: divisions are slow, and each mean is asked for at every cut. */
function average(have: i32): void {
  for (let i = 0; i < have; i++) {
    const entry = entries + <usize>i * ENTRY
    const pixels = <u64>load<u32>(entry, 4)
    const half = pixels >> 1
    const red = <u32>((load<u64>(entry, 8) + half) / pixels)
    const green = <u32>((load<u64>(entry, 16) + half) / pixels)
    const blue = <u32>((load<u64>(entry, 24) + half) / pixels)
    store<u32>(means + (<usize>i << 2), red | (green << 8) | (blue << 16))
  }
}

/** A channel (0 red, 1 green, 2 blue) of the mean of the entry at a place in `order`. */
// @ts-ignore: decorator
@inline
function meanAt(place: i32, channel: usize): usize {
  return <usize>load<u8>(means + (<usize>load<u16>(order + (<usize>place << 1)) << 2) + channel)
}

/** Sums up a box of the entries from `first` to `end`. */
function settle(box: usize, first: i32, end: i32): void {
  let pixels: f64 = 0
  let r: f64 = 0
  let g: f64 = 0
  let b: f64 = 0
  let squares: f64 = 0
  for (let i = first; i < end; i++) {
    const entry = entryAt(i)
    pixels += <f64>load<u32>(entry, 4)
    r += <f64>load<u64>(entry, 8)
    g += <f64>load<u64>(entry, 16)
    b += <f64>load<u64>(entry, 24)
    squares += <f64>load<u64>(entry, 32)
  }
  store<i32>(box, first)
  store<i32>(box, end, 4)
  store<f64>(box, pixels, 8)
  store<f64>(box, r, 16)
  store<f64>(box, g, 24)
  store<f64>(box, b, 32)
  store<f64>(box, pixels > 0 ? squares - (r * r + g * g + b * b) / pixels : 0, 40)
}

/** Cuts a box where it gains most; the upper part goes to `to`. False where it can't be cut. */
function cut(box: usize, to: usize): bool {
  const first = load<i32>(box)
  const end = load<i32>(box, 4)
  if (end - first < 2) return false
  memory.fill(bins, 0, BINS)
  for (let i = first; i < end; i++) {
    const entry = entryAt(i)
    const pixels = <f64>load<u32>(entry, 4)
    const r = <f64>load<u64>(entry, 8)
    const g = <f64>load<u64>(entry, 16)
    const b = <f64>load<u64>(entry, 24)
    for (let channel: usize = 0; channel < 3; channel++) {
      const bin = bins + ((channel << 8) + meanAt(i, channel)) * 32
      store<f64>(bin, load<f64>(bin) + pixels)
      store<f64>(bin, load<f64>(bin, 8) + r, 8)
      store<f64>(bin, load<f64>(bin, 16) + g, 16)
      store<f64>(bin, load<f64>(bin, 24) + b, 24)
    }
  }
  const w = load<f64>(box, 8)
  const r = load<f64>(box, 16)
  const g = load<f64>(box, 24)
  const b = load<f64>(box, 32)
  let best: f64 = 0
  let axis: usize = 3
  let place: usize = 0
  for (let channel: usize = 0; channel < 3; channel++) {
    let w0: f64 = 0
    let r0: f64 = 0
    let g0: f64 = 0
    let b0: f64 = 0
    for (let value: usize = 0; value < 255; value++) {
      const bin = bins + ((channel << 8) + value) * 32
      const more = load<f64>(bin)
      if (more == 0) continue
      w0 += more
      r0 += load<f64>(bin, 8)
      g0 += load<f64>(bin, 16)
      b0 += load<f64>(bin, 24)
      if (w0 >= w) break
      const r1 = r - r0
      const g1 = g - g0
      const b1 = b - b0
      const gain = (r0 * r0 + g0 * g0 + b0 * b0) / w0 + (r1 * r1 + g1 * g1 + b1 * b1) / (w - w0)
      if (gain > best) {
        best = gain
        axis = channel
        place = value
      }
    }
  }
  if (axis == 3) return false
  let middle = first
  for (let i = first; i < end; i++) {
    if (meanAt(i, axis) > place) continue
    const at = order + (<usize>i << 1)
    const other = order + (<usize>middle << 1)
    const index = load<u16>(at)
    store<u16>(at, load<u16>(other))
    store<u16>(other, index)
    middle++
  }
  settle(to, middle, end)
  settle(box, first, middle)
  return true
}

/**
 * The mean squared error over the three channels that what was counted would have with the `given` colours that were
 * written to `paletteColours`; no palette is made.
 */
export function paletteFit(given: i32): f64 {
  paletteKeep(given, false)
  nearestStart()
  const have = paletteEntries()
  average(have)
  let sum: f64 = 0
  let pixels: f64 = 0
  let index = 0
  for (let i = 0; i < have; i++) {
    const entry = entries + <usize>i * ENTRY
    const mean = load<u32>(means + (<usize>i << 2))
    const red = <i32>(mean & 255)
    const green = <i32>((mean >> 8) & 255)
    const blue = <i32>(mean >> 16)
    index = closest(red, green, blue, index)
    const weight = <f64>load<u32>(entry, 4)
    sum += <f64>distance(load<u32>(colours + (<usize>index << 2)), red, green, blue) * weight
    pixels += weight
  }
  return pixels > 0 ? sum / (3 * pixels) : 0
}

/** Makes the palette of what was counted: all colours where there are at most `most`, else `paletteFewer`. */
export function paletteMake(most: i32): i32 {
  const have = paletteEntries()
  if (!isFine() || have > most) return paletteFewer(most, 0)
  for (let i = 0; i < have; i++) {
    store<u32>(colours + (<usize>i << 2), load<u32>(entries + <usize>i * ENTRY) | 0xff000000)
  }
  paletteKeep(have, true)
  nearestStart()
  return have
}

/**
 * Makes a palette of at most `most` colours, and of fewer where the mean squared error over the three channels
 * is then no more than `error`. Returns how many it has.
 */
export function paletteFewer(most: i32, error: f64): i32 {
  const have = paletteEntries()
  average(have)
  for (let i = 0; i < have; i++) store<u16>(order + (<usize>i << 1), <u16>i)
  settle(boxes, 0, have)
  const enough = error * 3 * load<f64>(boxes, 8)
  let total = load<f64>(boxes, 40)
  let made = 1
  while (made < most && total > enough) {
    let widest: usize = 0
    for (let i = 0; i < made; i++) {
      const box = boxes + <usize>i * BOX
      if (load<f64>(box, 40) > (widest == 0 ? 0 : load<f64>(widest, 40))) widest = box
    }
    if (widest == 0) break
    const had = load<f64>(widest, 40)
    const to = boxes + <usize>made * BOX
    if (cut(widest, to)) {
      total += load<f64>(widest, 40) + load<f64>(to, 40) - had
      made++
    } else store<f64>(widest, 0, 40)
  }
  for (let i = 0; i < made; i++) {
    const box = boxes + <usize>i * BOX
    paint(i, load<f64>(box, 8), load<f64>(box, 16), load<f64>(box, 24), load<f64>(box, 32))
    const end = load<i32>(box, 4)
    for (let at = load<i32>(box); at < end; at++) {
      store<u8>(owners + load<u16>(order + (<usize>at << 1)), <u8>i)
    }
  }
  paletteKeep(made, false)
  nearestStart()
  for (let round = 0, goes = true; round < ROUNDS && goes; round++) {
    goes = gather(have)
    sortByGreen()
  }
  return count
}

function paint(index: i32, pixels: f64, r: f64, g: f64, b: f64): void {
  if (pixels <= 0) return
  const red = <u32>(r / pixels + 0.5)
  const green = <u32>(g / pixels + 0.5)
  const blue = <u32>(b / pixels + 0.5)
  store<u32>(colours + (<usize>index << 2), red | (green << 8) | (blue << 16) | 0xff000000)
}

/** A round of Lloyd's algorithm. False where hardly an entry went elsewhere. */
function gather(have: i32): bool {
  let moved = 0
  memory.fill(bins, 0, 256 * 32)
  for (let i = 0; i < have; i++) {
    const entry = entries + <usize>i * ENTRY
    const at = owners + <usize>i
    const owner = <i32>load<u8>(at)
    const mean = load<u32>(means + (<usize>i << 2))
    const index = closest(<i32>(mean & 255), <i32>((mean >> 8) & 255), <i32>(mean >> 16), owner)
    if (index != owner) {
      moved++
      store<u8>(at, <u8>index)
    }
    const bin = bins + (<usize>index << 5)
    store<f64>(bin, load<f64>(bin) + <f64>load<u32>(entry, 4))
    store<f64>(bin, load<f64>(bin, 8) + <f64>load<u64>(entry, 8), 8)
    store<f64>(bin, load<f64>(bin, 16) + <f64>load<u64>(entry, 16), 16)
    store<f64>(bin, load<f64>(bin, 24) + <f64>load<u64>(entry, 24), 24)
  }
  for (let i = 0; i < count; i++) {
    const bin = bins + (<usize>i << 5)
    paint(i, load<f64>(bin), load<f64>(bin, 8), load<f64>(bin, 16), load<f64>(bin, 24))
  }
  return moved << 6 > have
}
