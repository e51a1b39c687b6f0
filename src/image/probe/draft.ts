// The header while it is being read.
import { ImageError } from '../error'
import type { ImageHeader } from '../header'

/** What a format's parser fills in. */
export interface Draft {
  readonly header: { -readonly [Key in keyof ImageHeader]: ImageHeader[Key] }
  /** Set once size, alpha, depth and (unless it comes late) orientation are right. */
  known: boolean
}

/** Sets the size. Throws `corrupt` where a side is zero. */
export function setSize(draft: Draft, width: number, height: number, offset: number): void {
  if (width < 1 || height < 1) {
    throw new ImageError(
      'corrupt',
      `Expected a width and height of at least 1 but received ${width}×${height}`,
      offset,
    )
  }
  draft.header.width = width
  draft.header.height = height
}
