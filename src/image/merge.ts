// How far colours that resampling made are merged in a GIF.
import type { ImageHeader } from './header'
import type { Plan } from './plan'
import type { NormalTransformation } from './transformation'

/** Mean squared error over the three channels that nobody sees (45 dB). */
const UNSEEN = 2

/** For a still from a GIF: about what its own palette would do to the resampled picture (40 dB). */
const AS_SOURCE = 10

/**
 * The mean squared error up to which a GIF's colours may be merged to have fewer of them: 0 where the
 * pixels are the source's own, and where a still has more colours than a GIF ever had.
 */
export function mergeOf(
  header: ImageHeader,
  wanted: NormalTransformation,
  { placement }: Pick<Plan, 'placement'>,
  animated: boolean,
): number {
  const { scaled } = placement
  // A turn may have come before, so the sides are compared without order.
  const sides = ({ width, height }: { width: number; height: number }): string =>
    `${Math.min(width, height)}×${Math.max(width, height)}`
  if (wanted.blur === 0 && sides(scaled) === sides(header)) return 0
  if (animated) return UNSEEN
  return header.format === 'gif' ? AS_SOURCE : 0
}
