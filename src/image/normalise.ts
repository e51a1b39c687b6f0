// Settles what was asked against one picture's header, so that two requests for the same picture
// are equal. Rules: the transformation contract, "Normalisation", "Geometry" and "Metadata".
import { FORMATS, type Format, type MetadataKind } from './formats'
import {
  compose,
  fitInside,
  inverse,
  place,
  rotateAndFlip,
  type Size,
  type Turn,
  turned,
  turnOf,
  turnOfOrientation,
} from './geometry'
import type { ImageHeader } from './header'
import type {
  ColorSpaceChoice,
  Filter,
  Fit,
  NormalTransformation,
  Rgba,
  Transformation,
} from './transformation'

const TRANSPARENT: Rgba = [0, 0, 0, 0]
/** A narrower Gaussian changes nothing: its middle weight is over 0.99. */
const LEAST_BLUR = 0.3
const WHITE: Rgba = [255, 255, 255, 255]

/**
 * Fills in every field of a transformation for the picture with this header.
 * Turning: `r=auto` turns by EXIF Orientation, and `w`, `h` are those of the upright picture. Without
 * it the stored pixels are worked on and the Orientation travels in the output's EXIF; where that would
 * be lost (viewers of the format ignore it, EXIF is stripped) the pixels are turned at the end, which is
 * written as the equal transformation that turns first.
 */
export function normalise(asked: Transformation, header: ImageHeader): NormalTransformation {
  const format = asked.format ?? header.format
  const facts = FORMATS[format]
  const strip = [...new Set(asked.strip)].filter(
    (kind) => carries(header.format, kind) && carries(format, kind),
  )

  const upright = turnOfOrientation(header.orientation)
  const auto = asked.rotate === 'auto'
  const rotate = asked.rotate === 'auto' || asked.rotate === undefined ? 0 : asked.rotate
  let turn = turnOf(rotate, asked.flip ?? 'none')
  // The picture that w and h speak of.
  const seen = turned(header, auto ? upright : 0)
  let { size, fit } = settleSize(asked, seen)
  // Orientation that isn't EXIF's (a rotation property, a codestream's own) can't be handed on.
  const keepsOrientation =
    facts.viewersOrient &&
    FORMATS[header.format].viewersOrient &&
    carries(format, 'exif') &&
    !strip.includes('exif')
  const bake = !auto && upright !== 0 && !keepsOrientation
  if (bake) {
    // stored ─turn─▶ ─upright─▶ shown  equals  stored ─upright─▶ ─turn′─▶ shown
    turn = compose(inverse(upright), compose(turn, upright))
    size = turned(size, upright)
  }
  const padding = asked.padding ?? 0
  const filter = settleFilter(asked, header)
  return {
    ...size,
    fit,
    gravity: fit === 'fill' || fit === 'crop' ? (asked.gravity ?? 'center') : 'center',
    format,
    orient: (auto || bake) && upright !== 0,
    ...rotateAndFlip(turn),
    filter,
    blur: (asked.blur ?? 0) < LEAST_BLUR ? 0 : (asked.blur ?? 0),
    quality: facts.quality === null ? null : (asked.quality ?? facts.quality),
    padding,
    paddingColor: padding > 0 ? settlePaddingColor(asked.paddingColor, format) : null,
    strip: strip.sort(),
    colorSpace: settleColorSpace(filteredSpace(asked.colorSpace ?? 'origin', filter), header, format),
  }
}

/** Whether a transformation leaves the picture as it is, so that the original itself is the answer. */
export function isOriginal(wanted: NormalTransformation, header: ImageHeader): boolean {
  const { width, height } = turned(header, uprightTurn(wanted, header))
  return (
    wanted.format === header.format &&
    wanted.width === width &&
    wanted.height === height &&
    // Where viewers can't but show it upright, it need not be made so.
    !(wanted.orient && FORMATS[header.format].viewersOrient) &&
    wanted.rotate === 0 &&
    wanted.flip === 'none' &&
    wanted.filter === 'none' &&
    wanted.blur === 0 &&
    wanted.padding === 0 &&
    wanted.strip.length === 0 &&
    wanted.colorSpace === 'origin' &&
    wanted.quality === FORMATS[wanted.format].quality
  )
}

/** What turns stored pixels into the output's: by Orientation where asked, then rotated and flipped. */
export function turnOfPicture(wanted: NormalTransformation, header: ImageHeader): Turn {
  return compose(uprightTurn(wanted, header), turnOf(wanted.rotate, wanted.flip))
}

/** The part of the turn that comes before resizing. */
export function uprightTurn(wanted: NormalTransformation, header: ImageHeader): Turn {
  return wanted.orient ? turnOfOrientation(header.orientation) : 0
}

/** Size of the finished picture: after rotation and padding. */
export function outputSize(wanted: NormalTransformation): Size {
  const { width, height } = turned(wanted, turnOf(wanted.rotate, wanted.flip))
  return { width: width + 2 * wanted.padding, height: height + 2 * wanted.padding }
}

function carries(format: Format, kind: MetadataKind): boolean {
  return (FORMATS[format].metadata as readonly MetadataKind[]).includes(kind)
}

function settleSize(asked: Transformation, seen: Size): { size: Size; fit: Fit } {
  const { width, height } = asked
  const whole = { width: seen.width, height: seen.height }
  if (width === undefined && height === undefined) {
    const { maxWidth = Infinity, maxHeight = Infinity } = asked
    const size = fitInside(whole, Math.min(maxWidth, seen.width), Math.min(maxHeight, seen.height))
    return { size, fit: 'fit' }
  }
  const fit = asked.fit ?? 'fit'
  if (fit === 'fit' || width === undefined || height === undefined) {
    return { size: fitInside(whole, width, height), fit: 'fit' }
  }
  const size = { width, height }
  const { scaled, shrinkX } = place(whole, whole, size, fit)
  // Where nothing is cut and the ratio is kept, all fits are `fit`.
  const inside = fitInside(whole, width, height)
  const same = inside.width === width && inside.height === height
  if (fit === 'stretch') return { size, fit: same ? 'fit' : 'stretch' }
  if (scaled.width === width && scaled.height === height) return { size, fit: same ? 'fit' : 'fill' }
  // A window larger than the picture: scaled up to cover it, which is what `fill` does.
  return { size, fit: fit === 'crop' && shrinkX !== 1 ? 'fill' : fit }
}

function settleFilter(asked: Transformation, header: ImageHeader): Filter {
  const filter = asked.filter ?? 'none'
  const grey = header.colorSpace === 'grayscale' || asked.colorSpace === 'grayscale'
  return filter === 'grayscale' && grey ? 'none' : filter
}

/** #RRGGBBAA over white where the format has no alpha: jpg, and gif as the contract has it. */
function settlePaddingColor(color: Rgba | undefined, format: Format): Rgba {
  const opaque = format === 'gif' || !FORMATS[format].alpha
  if (color === undefined) return opaque ? WHITE : TRANSPARENT
  const alpha = color[3]
  if (alpha === 0) return opaque ? WHITE : TRANSPARENT
  if (!opaque || alpha === 255) return color
  const over = (value: number): number => Math.round((value * alpha + 255 * (255 - alpha)) / 255)
  return [over(color[0]), over(color[1]), over(color[2]), 255]
}

/**
 * Filters are defined on sRGB: on the numbers of a wider space they would give other colours than a browser
 * shows. What is grey afterwards is grey of sRGB too; only sepia can be had in another space.
 */
function filteredSpace(asked: ColorSpaceChoice, filter: Filter): ColorSpaceChoice {
  if (filter === 'none' || asked === 'grayscale') return asked
  return filter === 'sepia' && asked === 'p3' ? asked : 'srgb'
}

function settleColorSpace(asked: ColorSpaceChoice, header: ImageHeader, format: Format): ColorSpaceChoice {
  // CMYK is converted on the way in whatever is asked, so `origin` and `srgb` give the same picture.
  const own = header.colorSpace === 'cmyk' ? 'srgb' : header.colorSpace
  // A format without profiles can show nothing but sRGB.
  const wanted = FORMATS[format].icc === 'none' && asked !== 'grayscale' ? 'srgb' : asked
  if (own === 'grayscale' && (wanted === 'srgb' || wanted === 'grayscale')) {
    // Grey is grey of sRGB by its tones. Formats that can't say otherwise have these in any case.
    return header.toned && FORMATS[format].grey ? 'grayscale' : 'origin'
  }
  return wanted === own ? 'origin' : wanted
}
