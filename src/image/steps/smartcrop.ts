// Where to put a crop so that it keeps what people look at. The two ways of libvips' smartcrop
// (libvips/conversion/smartcrop.c): "attention" finds the most interesting spot of a 32×32 rendition,
// "entropy" cuts slices off whichever side has the lesser entropy.
import type { Engine } from '../engine'
import type { Bands } from '../rows'
import { ATTENTION_SIDE, attentionSpot } from './smartcrop-attention'
import { makeSquare, squareBytes } from './smartcrop-shrink'

/** A whole picture in the engine's memory. */
export interface Area {
  readonly pointer: number
  readonly stride: number
  readonly width: number
  readonly height: number
  readonly bands: Bands
}

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Place {
  readonly left: number
  readonly top: number
}

/** What an allocation of `bytes` takes of the arena. */
const block = (bytes: number) => (bytes + 64 + 15) & ~15

/** Bytes of the engine's arena that `smartcrop` takes for a while; it gives them back. */
export function smartcropBytes(width: number, gravity: 'attention' | 'entropy'): number {
  if (gravity === 'entropy') return block(4 * 1024)
  return squareBytes(width, ATTENTION_SIDE)
}

/** Attention: centred on the spot, held inside the picture. */
function attention(engine: Engine, area: Area, target: Size): Place {
  const { width, height, bands } = area
  const spot = attentionSpot(
    makeSquare(engine, area, ATTENTION_SIDE),
    bands < 3 ? 1 : 3,
    (target.width * ATTENTION_SIDE) / width,
    (target.height * ATTENTION_SIDE) / height,
  )
  const place = (at: number, side: number, part: number) =>
    Math.min(Math.max(Math.floor((at * side) / ATTENTION_SIDE) - Math.floor(part / 2), 0), side - part)
  return { left: place(spot.x, width, target.width), top: place(spot.y, height, target.height) }
}

/**
 * Bits of information per sample, of all bands' histograms (256 entries each) taken together. In the floating
 * point of vips_hist_entropy, share by share in single precision: two slices are often equal but for rounding,
 * which then decides between them, and with them on every slice that follows.
 */
function entropyOf(counts: Uint32Array, bands: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const unit = 1 / total
  let sum = 0
  // As vips_avg adds: entry by entry, the bands within.
  for (let entry = 0; entry < 256; entry++) {
    for (let band = 0; band < bands; band++) {
      const share = Math.fround(unit * counts[band * 256 + entry]!)
      if (share > 0) sum += Math.fround(share * Math.fround(Math.log(share)))
    }
  }
  return -sum
}

/** Entropy: slices are cut off in about 8 steps, the duller of two opposite ones each time. */
function entropy(engine: Engine, area: Area, target: Size): Place {
  const counts = engine.alloc(4 * 1024)
  const known = new Map<string, number>()
  const score = (x: number, y: number, width: number, height: number): number => {
    const key = `${x},${y},${width},${height}`
    let bits = known.get(key)
    if (bits === undefined) {
      const from = area.pointer + y * area.stride + x * area.bands
      engine.call('smartcropCount', from, area.stride, width, height, area.bands, counts)
      bits = entropyOf(new Uint32Array(engine.memory.buffer, counts, area.bands * 256), area.bands)
      known.set(key, bits)
    }
    return bits
  }
  let { width, height } = area
  let [left, top] = [0, 0]
  const most = Math.max(Math.ceil((width - target.width) / 8), Math.ceil((height - target.height) / 8))
  while (width > target.width || height > target.height) {
    const across = Math.min(width - target.width, most)
    const down = Math.min(height - target.height, most)
    if (across > 0) {
      const duller = score(left, top, across, height) < score(left + width - across, top, across, height)
      width -= across
      if (duller) left += across
    }
    if (down > 0) {
      const duller = score(left, top, width, down) < score(left, top + height - down, width, down)
      height -= down
      if (duller) top += down
    }
  }
  return { left, top }
}

/**
 * Where a crop of `target` pixels goes in a picture. Takes `smartcropBytes` of the arena meanwhile;
 * throws ImageError `too-large` where it has less.
 */
export function smartcrop(engine: Engine, area: Area, target: Size, gravity: 'attention' | 'entropy'): Place {
  const mark = engine.call('arenaMark')
  const place = (gravity === 'attention' ? attention : entropy)(engine, area, target)
  engine.call('arenaRelease', mark)
  return place
}
