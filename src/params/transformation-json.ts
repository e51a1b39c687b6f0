// How asset JSON writes a variant's transformation (HTTP contract §5).
import type { Orientation } from '../image/header'
import type { NormalTransformation } from '../image/transformation'
import type { TransformationJson } from './answers'

/** Names of clockwise turns. */
export const ROTATION_NAMES = {
  0: 'zero',
  90: 'ninety',
  180: 'one_hundred_eighty',
  270: 'two_hundred_seventy',
} as const

/** What turns pixels of an EXIF Orientation upright: a mirror, then a clockwise turn. */
const UPRIGHT: Record<Orientation, { rotate: 0 | 90 | 180 | 270; flip: 'none' | 'h' }> = {
  1: { rotate: 0, flip: 'none' },
  2: { rotate: 0, flip: 'h' },
  3: { rotate: 180, flip: 'none' },
  4: { rotate: 180, flip: 'h' },
  5: { rotate: 270, flip: 'h' },
  6: { rotate: 90, flip: 'none' },
  7: { rotate: 90, flip: 'h' },
  8: { rotate: 270, flip: 'none' },
}

/**
 * @param orientation the original's, for `r=auto` is written as the turn that it was
 */
export function transformationJson(
  wanted: NormalTransformation,
  orientation: Orientation = 1,
): TransformationJson {
  const turn = wanted.orient ? UPRIGHT[orientation] : wanted
  return {
    width: wanted.width,
    height: wanted.height,
    fit: wanted.fit,
    gravity: wanted.gravity,
    format: wanted.format,
    rotate: ROTATION_NAMES[turn.rotate],
    flip: turn.flip,
    filter: wanted.filter,
    blur: wanted.blur,
    ...(wanted.quality === null ? {} : { quality: wanted.quality }),
    padding: { amount: wanted.padding, color: [...(wanted.paddingColor ?? [])] },
    colorSpace: wanted.colorSpace,
    metadata: { strip: [...wanted.strip] },
  }
}
