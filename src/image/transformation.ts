// What may be asked of a picture. The URL grammar, profiles and preprocessing all parse into
// a Transformation; `normalise` makes two requests for the same picture equal.
import type { Format, MetadataKind } from './formats'

export const FITS = ['fit', 'fill', 'stretch', 'crop'] as const
export const GRAVITIES = ['center', 'entropy', 'attention'] as const
export const FILTERS = ['none', 'black_white', 'grayscale', 'sepia'] as const
export const FLIPS = ['none', 'h', 'v'] as const
export const ROTATIONS = [0, 90, 180, 270, 'auto'] as const
export const COLOR_SPACES = ['origin', 'srgb', 'p3', 'grayscale'] as const

export type Fit = (typeof FITS)[number]
export type Gravity = (typeof GRAVITIES)[number]
export type Filter = (typeof FILTERS)[number]
export type Flip = (typeof FLIPS)[number]
export type Rotation = (typeof ROTATIONS)[number]
export type ColorSpaceChoice = (typeof COLOR_SPACES)[number]

/** Red, green, blue, alpha, each 0–255. */
export type Rgba = readonly [number, number, number, number]

/** A transformation as asked for: what is absent was not given. */
export interface Transformation {
  readonly width?: number
  readonly height?: number
  /** Preprocessing only: shrink to at most this; `width`/`height` win over them. */
  readonly maxWidth?: number
  readonly maxHeight?: number
  readonly fit?: Fit
  readonly gravity?: Gravity
  readonly format?: Format
  /** Clockwise degrees, or by EXIF Orientation. */
  readonly rotate?: Rotation
  readonly flip?: Flip
  readonly filter?: Filter
  /** Gaussian sigma in pixels of the output, 0–150. */
  readonly blur?: number
  readonly quality?: number
  /** Pixels on every side. */
  readonly padding?: number
  readonly paddingColor?: Rgba
  readonly strip?: readonly MetadataKind[]
  readonly colorSpace?: ColorSpaceChoice
}

/**
 * A transformation settled against one picture's header: every field filled, every spelling of
 * the same picture equal. `canonicalKey` (params) serialises it.
 */
export interface NormalTransformation {
  /** Size after resize and crop, before `rotate`. */
  readonly width: number
  readonly height: number
  readonly fit: Fit
  /** `center` wherever nothing is cut. */
  readonly gravity: Gravity
  readonly format: Format
  /** Whether EXIF Orientation was asked to be applied (`r=auto`) and changes something. */
  readonly orient: boolean
  readonly rotate: 0 | 90 | 180 | 270
  /** A vertical flip is normalised to rotate 180 and `h`. */
  readonly flip: 'none' | 'h'
  readonly filter: Filter
  readonly blur: number
  /** null where the format has none. */
  readonly quality: number | null
  readonly padding: number
  /** null without padding. */
  readonly paddingColor: Rgba | null
  /** Sorted. */
  readonly strip: readonly MetadataKind[]
  readonly colorSpace: ColorSpaceChoice
}
