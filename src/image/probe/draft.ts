// The header while it is being read.
import { colorSpaceOf, type IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import type { ImageHeader } from '../header'

/** What a format's parser fills in. */
export interface Draft {
  readonly header: { -readonly [Key in keyof ImageHeader]: ImageHeader[Key] }
  /** Set once size, alpha, depth and (unless it comes late) orientation are right. */
  known: boolean
}

/**
 * Sets what colours there are.
 * @param fallback what a picture without a profile is in
 */
export function setColour({ header }: Draft, icc: IccScan, fallback: string): void {
  header.colorSpace = colorSpaceOf(header.components, icc, fallback)
  const { tables } = icc
  if (tables !== null) header.profile = tables
  if (header.components === 1 && icc.toned) header.toned = true
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
