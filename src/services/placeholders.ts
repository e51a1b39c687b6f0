// Placeholders of variants (transformation contract, LQIP): those of the original stand for every
// variant that looks like it; a variant that looks different gets its own.
import type { Placeholder } from '../config/settings'
import type { ImageHeader } from '../image/header'
import type { NormalTransformation } from '../image/transformation'
import type { Lqip } from '../store/schema'

/** Relative difference of two ratios that rounding to whole pixels explains, for one pixel of a side. */
const ROUNDING_PIXELS = 1

/** Whether a variant shows something else than its original: not merely smaller, blurred or re-encoded. */
export function looksDifferent(wanted: NormalTransformation, header: ImageHeader): boolean {
  if (wanted.orient || wanted.rotate !== 0 || wanted.flip !== 'none') return true
  if (wanted.filter !== 'none' || wanted.padding > 0 || wanted.colorSpace === 'grayscale') return true
  // A window of the picture, even one of the same ratio.
  if (wanted.fit === 'crop') return true
  const { width, height } = header
  const wide = Math.abs((wanted.height * width) / height - wanted.width)
  const high = Math.abs((wanted.width * height) / width - wanted.height)
  return Math.min(wide, high) > ROUNDING_PIXELS
}

/** Which placeholders are to be made of a variant. */
export function placeholdersToMake(
  wanted: NormalTransformation,
  header: ImageHeader,
  kinds: readonly Placeholder[],
): readonly Placeholder[] {
  return kinds.length > 0 && looksDifferent(wanted, header) ? kinds : []
}

/** The placeholders that a variant is stored with. */
export function placeholdersOf(
  wanted: NormalTransformation,
  header: ImageHeader,
  made: Lqip,
  original: Lqip | null,
): Lqip | null {
  const lqip = looksDifferent(wanted, header) ? made : original
  return lqip !== null && Object.keys(lqip).length > 0 ? lqip : null
}
