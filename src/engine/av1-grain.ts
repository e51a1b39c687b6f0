// Film grain (AV1 specification, sections 5.9.30 and 7.18.3): noise of a few numbers, drawn anew over each strip of
// rows as it is given out, so that none of it is held but a template and the offsets of one row of blocks.

import { alloc } from './arena'
import { bits, flag } from './av1-bits'
import { GAUSSIAN } from './av1-grain-table'
import { ERR_CORRUPT, ERR_MEMORY, H } from './av1-state'

/** Templates: luma's 82×73 samples, chroma's as many or fewer. */
const WIDE = 82
const HIGH = 73
/** Rows and columns of luma that a block of noise covers, and as many that it overlaps the next one by. */
const BLOCK = 32
const OVER = 2

// film_grain_params.
let seed: i32 = 0
let fromLuma: i32 = 0
let scalingShift: i32 = 0
let lag: i32 = 0
let coefficientShift: i32 = 0
let scaleShift: i32 = 0
let overlap: i32 = 0
let restricted: i32 = 0
/** By plane: how many points, then their values and scalings. */
const COUNTS: usize = memory.data(12, 4)
const POINTS: usize = memory.data(3 * 32, 16)
/** By plane, 25 coefficients, i8. */
const COEFFICIENTS: usize = memory.data(3 * 32, 16)
/** Of Cb and of Cr: mult, luma_mult and offset. */
const MIXES: usize = memory.data(24, 4)

/** ScalingLut by plane; one more entry, which repeats the last. */
const SCALINGS: usize = memory.data(3 * 272, 16)
/** Templates by plane, i16. */
const TEMPLATES: usize = memory.data(3 * WIDE * HIGH * 2, 16)
let register: i32 = 0
/** Noise of a row, and of the row above that it overlaps; as wide as the frame and a block. */
let row: usize = 0
let old: usize = 0

// @ts-ignore: decorator
@inline
function countOf(plane: i32): i32 {
  return load<i32>(COUNTS + (plane << 2))
}

/** Reads the points of a plane, which ascend. Returns 0 or an error. */
function readPoints(plane: i32): i32 {
  const count = bits(4)
  store<i32>(COUNTS + (plane << 2), count)
  let last = -1
  for (let i = 0; i < count; i++) {
    const at = POINTS + (plane << 5) + (i << 1)
    const value = bits(8)
    if (value <= last) return ERR_CORRUPT
    last = value
    store<u8>(at, <u8>value)
    store<u8>(at, <u8>bits(8), 1)
  }
  return 0
}

function readCoefficients(plane: i32, count: i32): void {
  for (let i = 0; i < count; i++) store<i8>(COEFFICIENTS + (plane << 5) + i, <i8>(bits(8) - 128))
}

/** film_grain_params behind apply_grain, of an intra frame. Returns 0 or an error. */
export function readGrain(): i32 {
  seed = bits(16)
  memory.fill(COUNTS, 0, 12)
  let status = readPoints(0)
  const mono = H.planes == 1
  fromLuma = mono ? 0 : flag()
  if (!mono && !fromLuma && !(H.subX && H.subY && countOf(0) == 0)) {
    status |= readPoints(1)
    status |= readPoints(2)
  }
  scalingShift = bits(2) + 8
  lag = bits(2)
  const count = 2 * lag * (lag + 1)
  if (countOf(0)) readCoefficients(0, count)
  const chroma = count + (countOf(0) ? 1 : 0)
  if (fromLuma || countOf(1)) readCoefficients(1, chroma)
  if (fromLuma || countOf(2)) readCoefficients(2, chroma)
  coefficientShift = bits(2) + 6
  scaleShift = bits(2)
  for (let plane = 1; plane < 3; plane++) {
    if (!countOf(plane)) continue
    const at = MIXES + (plane - 1) * 12
    store<i32>(at, bits(8) - 128)
    store<i32>(at, bits(8) - 128, 4)
    store<i32>(at, bits(9) - 256, 8)
  }
  overlap = flag()
  restricted = flag()
  return status ? ERR_CORRUPT : 0
}

/** get_random_number. */
function random(width: i32): i32 {
  const r = register
  const bit = (r ^ (r >> 1) ^ (r >> 3) ^ (r >> 12)) & 1
  register = (r >> 1) | (bit << 15)
  return (register >> (16 - width)) & ((1 << width) - 1)
}

// @ts-ignore: decorator
@inline
function held(value: i32): i32 {
  const centre = 128 << (H.bitDepth - 8)
  return max(-centre, min(centre - 1, value))
}

// @ts-ignore: decorator
@inline
function grainAt(plane: i32, y: i32, x: i32): usize {
  return TEMPLATES + ((plane * HIGH + y) * WIDE + x) * 2
}

// @ts-ignore: decorator
@inline
function noisy(plane: i32): bool {
  return countOf(plane) > 0 || (plane > 0 && fromLuma != 0)
}

/** Makes the templates and the scalings, and room for two rows. Returns 0 or an error. */
export function grainOpen(): i32 {
  row = alloc((H.width + 2 * BLOCK + 16) * 2)
  old = alloc((H.width + 2 * BLOCK + 16) * 2)
  if (!row || !old) return ERR_MEMORY
  for (let plane = 0; plane < H.planes; plane++) {
    makeTemplate(plane)
    makeScaling(plane)
  }
  return 0
}

/** The generate grain process (section 7.18.3.3) for a plane. */
function makeTemplate(plane: i32): void {
  const wide = plane > 0 && H.subX ? 44 : WIDE
  const high = plane > 0 && H.subY ? 38 : HIGH
  const shift = 12 - H.bitDepth + scaleShift
  const half = (1 << shift) >> 1
  register = plane == 0 ? seed : plane == 1 ? seed ^ 0xb524 : seed ^ 0x49d8
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const noise = noisy(plane) ? <i32>load<i16>(GAUSSIAN + (random(11) << 1)) : 0
      store<i16>(grainAt(plane, y, x), <i16>((noise + half) >> shift))
    }
  }
  if (!noisy(plane)) return
  const coefficients = COEFFICIENTS + (plane << 5)
  const round = (1 << coefficientShift) >> 1
  for (let y = 3; y < high; y++) {
    for (let x = 3; x < wide - 3; x++) {
      let sum = 0
      let at = coefficients
      for (let i = -lag; i <= 0; i++) {
        for (let j = -lag; j <= (i == 0 ? -1 : lag); j++) {
          sum += <i32>load<i8>(at++) * <i32>load<i16>(grainAt(plane, y + i, x + j))
        }
      }
      if (plane > 0 && countOf(0)) sum += <i32>load<i8>(at) * lumaUnder(x, y)
      const grain = grainAt(plane, y, x)
      store<i16>(grain, <i16>held(<i32>load<i16>(grain) + ((sum + round) >> coefficientShift)))
    }
  }
}

/** The template of luma where a sample of chroma's lies. */
function lumaUnder(x: i32, y: i32): i32 {
  const lumaX = ((x - 3) << H.subX) + 3
  const lumaY = ((y - 3) << H.subY) + 3
  let sum = 0
  for (let i = 0; i <= H.subY; i++) {
    for (let j = 0; j <= H.subX; j++) sum += <i32>load<i16>(grainAt(0, lumaY + i, lumaX + j))
  }
  const shift = H.subX + H.subY
  return (sum + ((1 << shift) >> 1)) >> shift
}

/** The scaling lookup initialization process (section 7.18.3.4). */
function makeScaling(plane: i32): void {
  const to = SCALINGS + plane * 272
  const source = fromLuma ? 0 : plane
  const points = POINTS + (source << 5)
  const count = countOf(source)
  memory.fill(to, 0, 272)
  if (count == 0) return
  memory.fill(to, load<u8>(points, 1), <i32>load<u8>(points))
  for (let i = 0; i < count - 1; i++) {
    const at = points + (i << 1)
    const x = <i32>load<u8>(at)
    const y = <i32>load<u8>(at, 1)
    const across = <i32>load<u8>(at, 2) - x
    const slope = (<i32>load<u8>(at, 3) - y) * ((65536 + (across >> 1)) / across)
    for (let j = 0; j < across; j++) store<u8>(to + x + j, <u8>(y + ((j * slope + 32768) >> 16)))
  }
  const last = points + ((count - 1) << 1)
  memory.fill(to + <i32>load<u8>(last), load<u8>(last, 1), 272 - <i32>load<u8>(last))
}

/** scale_lut. */
// @ts-ignore: decorator
@inline
function scaleOf(scaling: usize, value: i32): i32 {
  const shift = H.bitDepth - 8
  const at = scaling + (value >> shift)
  const start = <i32>load<u8>(at)
  if (shift == 0) return start
  const part = value & ((1 << shift) - 1)
  return start + (((<i32>load<u8>(at, 1) - start) * part + ((1 << shift) >> 1)) >> shift)
}

/** A sample of noise over an older one, at the first or the second place behind a block's start. */
// @ts-ignore: decorator
@inline
function blended(was: i32, is: i32, place: i32, halved: bool): i32 {
  if (halved) return held((was * 23 + is * 22 + 16) >> 5)
  return held(place == 0 ? (was * 27 + is * 17 + 16) >> 5 : (was * 17 + is * 27 + 16) >> 5)
}

/** Row `i` of the noise of a row of blocks: noiseStripe of section 7.18.3.5. */
function drawRow(plane: i32, stripe: i32, i: i32, to: usize): void {
  const subX = plane > 0 ? H.subX : 0
  const subY = plane > 0 ? H.subY : 0
  register = seed ^ ((((stripe * 37 + 178) & 255) << 8) | ((stripe * 173 + 105) & 255))
  const wide = (BLOCK + OVER) >> subX
  for (let x = 0; x < (H.width + 1) >> 1; x += BLOCK >> 1) {
    const place = random(8)
    const left = subX ? 6 + (place >> 4) : 9 + (place >> 4) * 2
    const top = subY ? 6 + (place & 15) : 9 + (place & 15) * 2
    const from = grainAt(plane, top + i, left)
    const at = to + (subX ? x << 1 : x << 2)
    let first = 0
    if (overlap && x > 0) {
      for (; first < OVER >> subX; first++) {
        const was = <i32>load<i16>(at + (first << 1))
        store<i16>(at + (first << 1), <i16>blended(was, <i32>load<i16>(from + (first << 1)), first, subX != 0))
      }
    }
    memory.copy(at + (first << 1), from + (first << 1), (wide - first) << 1)
  }
}

/** A row of the noise image of a plane, at `row`. */
function noiseRow(plane: i32, y: i32): void {
  const subY = plane > 0 ? H.subY : 0
  const wide = plane > 0 ? (H.width + H.subX) >> H.subX : H.width
  const stripe = y >> (5 - subY)
  const i = y - (stripe << (5 - subY))
  drawRow(plane, stripe, i, row)
  if (!overlap || stripe == 0 || i >= OVER >> subY) return
  drawRow(plane, stripe - 1, i + (BLOCK >> subY), old)
  for (let x = 0; x < wide << 1; x += 2) {
    const was = <i32>load<i16>(old + x)
    store<i16>(row + x, <i16>blended(was, <i32>load<i16>(row + x), i, subY != 0))
  }
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: i32, noise: i32, scale: i32, least: i32, most: i32): void {
  const added = (scale * noise + (1 << (scalingShift - 1))) >> scalingShift
  store<u16>(at, <u16>max(least, min(most, value + added)))
}

/**
 * Adds noise to a strip of rows (section 7.18.3.5): to chroma first, which takes luma as it was.
 * @param top its first row of luma, even; @param count its rows
 * @param y where its luma is; u and v likewise; with bytes between rows
 */
export function addGrain(top: i32, count: i32, y: usize, u: usize, v: usize, strideY: i32, strideUv: i32): void {
  const depth = H.bitDepth - 8
  const least = restricted ? 16 << depth : 0
  const most = restricted ? 235 << depth : (256 << depth) - 1
  for (let plane = 1; plane < H.planes; plane++) {
    if (!noisy(plane)) continue
    const rows = (count + H.subY) >> H.subY
    const limit = restricted && H.matrix != 0 ? 240 << depth : most
    for (let i = 0; i < rows; i++) {
      noiseRow(plane, (top >> H.subY) + i)
      chromaRow(plane, (plane == 1 ? u : v) + i * strideUv, y + (i << H.subY) * strideY, least, limit)
    }
  }
  if (!noisy(0)) return
  for (let i = 0; i < count; i++) {
    noiseRow(0, top + i)
    for (let x = 0; x < H.width << 1; x += 2) {
      const value = <i32>load<u16>(y + x)
      put(y + x, value, <i32>load<i16>(row + x), scaleOf(SCALINGS, value), least, most)
    }
    y += strideY
  }
}

function chromaRow(plane: i32, at: usize, luma: usize, least: i32, most: i32): void {
  const scaling = SCALINGS + plane * 272
  const mix = MIXES + (plane - 1) * 12
  const own = load<i32>(mix)
  const others = load<i32>(mix, 4)
  const offset = load<i32>(mix, 8) << (H.bitDepth - 8)
  const largest = (1 << H.bitDepth) - 1
  const wide = (H.width + H.subX) >> H.subX
  for (let x = 0; x < wide; x++) {
    const lumaX = x << H.subX
    let under = <i32>load<u16>(luma + (lumaX << 1))
    if (H.subX) under = (under + <i32>load<u16>(luma + (min(lumaX + 1, H.width - 1) << 1)) + 1) >> 1
    const value = <i32>load<u16>(at)
    const merged = fromLuma ? under : max(0, min(largest, ((under * others + value * own) >> 6) + offset))
    put(at, value, <i32>load<i16>(row + (x << 1)), scaleOf(scaling, merged), least, most)
    at += 2
  }
}
