// Where the pixels of an output come from: sizes, cut windows, and the eight orientations.
// Rules: docs of the transformation contract, "Geometry"; roundings as libvips' vips_resize.
import type { Orientation } from './header'
import type { Fit } from './transformation'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Window extends Size {
  readonly left: number
  readonly top: number
}

// ── Orientations ─────────────────────────────────────────────────────────────────────────────────

/**
 * One of the eight orientations: bit 4 transposes, then bit 1 mirrors the columns and bit 2 the rows.
 * They form the dihedral group of the square; src/engine/orient.ts applies them.
 */
export type Turn = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

const EXIF_TURNS: Readonly<Record<Orientation, Turn>> = { 1: 0, 2: 1, 3: 3, 4: 2, 5: 4, 6: 5, 7: 7, 8: 6 }
const ROTATE_TURNS = { 0: 0, 90: 5, 180: 3, 270: 6 } as const

/** What makes a picture of this EXIF Orientation upright. */
export function turnOfOrientation(orientation: Orientation): Turn {
  return EXIF_TURNS[orientation]
}

/** Rotation clockwise, then a flip. */
export function turnOf(rotate: 0 | 90 | 180 | 270, flip: 'none' | 'h' | 'v'): Turn {
  return compose(ROTATE_TURNS[rotate], flip === 'none' ? 0 : flip === 'h' ? 1 : 2)
}

/** `first`, and then `second`. */
export function compose(first: Turn, second: Turn): Turn {
  const mirrors = first & 3
  const moved = second & 4 ? ((mirrors & 1) << 1) | (mirrors >> 1) : mirrors
  return (((first ^ second) & 4) | (moved ^ (second & 3))) as Turn
}

/** What undoes a turn. */
export function inverse(turn: Turn): Turn {
  for (const candidate of [0, 1, 2, 3, 4, 5, 6, 7] as const) {
    if (compose(turn, candidate) === 0) return candidate
  }
  return 0
}

/** A turn as the contract writes it: a rotation, then at most a horizontal flip. */
export function rotateAndFlip(turn: Turn): { rotate: 0 | 90 | 180 | 270; flip: 'none' | 'h' } {
  for (const rotate of [0, 90, 180, 270] as const) {
    if (turnOf(rotate, 'none') === turn) return { rotate, flip: 'none' }
    if (turnOf(rotate, 'h') === turn) return { rotate, flip: 'h' }
  }
  return { rotate: 0, flip: 'none' }
}

/** Whether a turn swaps width and height. */
export function swaps(turn: Turn): boolean {
  return (turn & 4) !== 0
}

/** A size after a turn. */
export function turned(size: Size, turn: Turn): Size {
  return swaps(turn) ? { width: size.height, height: size.width } : size
}

/** A window of a frame of `size`, seen in the frame after `turn`. */
export function turnedWindow(window: Window, size: Size, turn: Turn): Window {
  let { left, top, width, height } = window
  let { width: across, height: down } = size
  if (turn & 4) {
    ;[left, top, width, height] = [top, left, height, width]
    ;[across, down] = [down, across]
  }
  if (turn & 1) left = across - left - width
  if (turn & 2) top = down - top - height
  return { left, top, width, height }
}

// ── Sizes ────────────────────────────────────────────────────────────────────────────────────────

const round = (value: number): number => Math.max(1, Math.round(value))

/** Inside the box, ratio kept; a side that isn't given follows. */
export function fitInside(size: Size, width?: number, height?: number): Size {
  const across = width === undefined ? Infinity : width / size.width
  const down = height === undefined ? Infinity : height / size.height
  if (across === Infinity && down === Infinity) return size
  // The product first: a ratio is rarely exact, and would round a half down now and then.
  if (across <= down) return { width: width!, height: round((size.height * width!) / size.width) }
  return { width: round((size.width * height!) / size.height), height: height! }
}

/** How a picture is scaled, and what is then cut out of it. */
export interface Placement {
  /** Source pixels per pixel of the scaled picture; below 1 enlarges. */
  readonly shrinkX: number
  readonly shrinkY: number
  /** The scaled picture, before anything is cut off. */
  readonly scaled: Size
  /** The size that is cut out of `scaled`: equal to it where nothing is cut. */
  readonly target: Size
}

/** How much smaller a scaled picture becomes, along the side that shrinks less. */
export function leastShrink({ shrinkX, shrinkY }: Placement): number {
  return Math.min(shrinkX, shrinkY)
}

/**
 * Settles the scale of a picture of `source` pixels that shall become `target` by `fit`.
 * `loaded` is what the decoder gives of it, smaller than `source` after shrink-on-load: as in
 * vips_thumbnail the loaded pixels are then taken for the whole picture.
 */
export function place(source: Size, loaded: Size, target: Size, fit: Fit): Placement {
  const across = loaded.width / target.width
  const down = loaded.height / target.height
  if (fit === 'stretch') return { shrinkX: across, shrinkY: down, scaled: target, target }
  if (fit === 'fit') {
    // One scale for both sides, by the side that drove; the other was rounded.
    const shrink =
      round((source.height * target.width) / source.width) === target.height
        ? across
        : round((source.width * target.height) / source.height) === target.width
          ? down
          : null
    if (shrink === null) return { shrinkX: across, shrinkY: down, scaled: target, target }
    return { shrinkX: shrink, shrinkY: shrink, scaled: target, target }
  }
  const covers = source.width >= target.width && source.height >= target.height
  const shrink = fit === 'crop' && covers ? 1 : Math.min(across, down)
  const scaled =
    shrink === 1
      ? loaded
      : {
          width: Math.max(target.width, Math.round(loaded.width / shrink)),
          height: Math.max(target.height, Math.round(loaded.height / shrink)),
        }
  return { shrinkX: shrink, shrinkY: shrink, scaled, target }
}

/** The middle `target` of a frame; an odd rest goes to the left and to the top, as in sharp. */
export function centred(size: Size, target: Size): Window {
  return {
    left: Math.floor((size.width - target.width + 1) / 2),
    top: Math.floor((size.height - target.height + 1) / 2),
    ...target,
  }
}
