// The colour step of the pipeline: rows in a picture's own colours to rows in those that were asked for.
import { profileBytes } from './colour/build-profile'
import { CMYK_BYTES } from './colour/cmyk'
import {
  cmykConverter,
  greyConverter,
  gridConverter,
  hdrConverter,
  matrixConverter,
  namedProfile,
  narrowConverter,
  type RowConverter,
} from './colour/convert'
import { GRID_BYTES, MAKING_BYTES } from './colour/grid'
import { HDR_BYTES, hdrTransfer } from './colour/hdr'
import { IccScan } from './colour/icc-scan'
import { dataSpaceOf, type Profile, parseProfile } from './colour/profile'
import type { SpaceName } from './colour/spaces'
import { MATRIX_BYTES, MATRIX16_BYTES, SHARED16_BYTES } from './colour/tables'
import type { Engine } from './engine'
import { FORMATS, type Format } from './formats'
import type { ImageHeader } from './header'
import { colourOfProfile } from './jxl/colour-encoding'
import type { Bands, RowReader } from './rows'
import { mapRows, stripBytes } from './steps/rows'
import type { ColorSpaceChoice } from './transformation'

/** How samples lie in the rows that come in. */
export interface Layout {
  readonly bands: Bands
  /** 16: little-endian, as the PNG decoder gives them when asked. */
  readonly depth: 8 | 16
  /** 4 bands of ink, 255 full, as the JPEG decoder gives them. */
  readonly cmyk: boolean
}

/** What the colours of a picture are, and what they shall be. */
export interface ColourOptions {
  /** The embedded profile. */
  readonly icc?: Uint8Array | undefined
  /** Of the header: names the space where there is no profile (EXIF, cICP, nclx). */
  readonly colorSpace: string
  readonly from: Layout
  readonly to: ColorSpaceChoice
  /** What the rows will be encoded as: where it can't hold the original's profile, `origin` is sRGB. */
  readonly format?: Format | undefined
}

/**
 * What is really asked for: sRGB in place of a profile that the output can't hold, Display P3 in place of high dynamic
 * range. Where the profile is not read
 * yet (by the planner), sRGB where that may be.
 */
export function colourTarget({
  to,
  from,
  format,
  icc,
  colorSpace,
}: Pick<ColourOptions, 'to' | 'from' | 'format' | 'icc' | 'colorSpace'>): ColorSpaceChoice {
  if (to !== 'origin') return to
  // What comes out has the range of displays.
  if (isHdr(from, colorSpace)) return format && FORMATS[format].icc === 'none' ? 'srgb' : 'p3'
  if (format === undefined) return to
  const { icc: holds, grey } = FORMATS[format]
  if (holds === 'none' || (spaceOf(from) === 'GRAY' && !grey)) return 'srgb'
  if (holds === 'all') return 'origin'
  const fits = icc === undefined ? NAMED.includes(colorSpace) : colourOfProfile(icc) !== null
  return fits ? 'origin' : 'srgb'
}

const isHdr = (from: Layout, colorSpace: string): boolean =>
  spaceOf(from) === 'RGB' && hdrTransfer(colorSpace) !== null

/** Spaces that are known by name. */
const NAMED = ['srgb', 'p3', 'adobe_rgb']

/** Bands that `colourStep` gives. */
export function colourBands({ from, to }: Pick<ColourOptions, 'from' | 'to'>): Bands {
  if (from.cmyk) return to === 'grayscale' ? 1 : 3
  return to === 'grayscale' && from.bands > 2 ? ((from.bands - 2) as Bands) : from.bands
}

/**
 * Converts rows. Gives back the reader itself where nothing has to change. 16-bit rows become 8-bit ones,
 * CMYK becomes colour, whatever `to` is; a profile that is broken, or of another kind than the pixels,
 * counts as none. Rows without a profile are sRGB (header.colorSpace may say otherwise).
 */
export function colourStep(engine: Engine, reader: RowReader, options: ColourOptions): RowReader {
  const { from } = options
  const to = colourTarget(options)
  const { depth } = from
  const bands = colourBands(options)
  const profile = profileOf(options)
  const by = (convert: RowConverter) => mapRows(engine, reader, bands, convert)
  if (profile?.kind === 'lut' && (from.cmyk || to !== 'origin')) {
    return by(gridConverter(engine, { profile, depth, to, from: from.bands, bands }))
  }
  if (from.cmyk) return by(cmykConverter(engine, to, bands, reader.width))
  const same =
    to === 'origin' ||
    (profile === null && (to === 'srgb' || from.bands <= 2)) ||
    (to === 'p3' && from.bands > 2 && isSpace(options, 'p3'))
  if (same) return depth === 16 ? by(narrowConverter(engine, bands)) : reader
  const hdr = from.bands > 2 ? hdrTransfer(options.colorSpace) : null
  if (hdr && profile?.kind === 'matrix')
    return by(hdrConverter(engine, hdr, { profile, depth, to, from: from.bands, bands }))
  if (profile?.kind === 'grey') return by(greyConverter(engine, profile.curve, depth, bands))
  const matrix = profile?.kind === 'matrix' ? profile : namedProfile('srgb')
  return by(matrixConverter(engine, { profile: matrix, depth, to, from: from.bands, bands }))
}

/** The profile that the rows are in; null for sRGB (or grey with its curve). */
function profileOf(options: ColourOptions): Profile | null {
  const { icc, from, colorSpace } = options
  if (icc !== undefined && dataSpaceOf(icc) === spaceOf(from) && !isSpace(options, 'srgb')) {
    const profile = parseProfile(icc)
    if (profile !== null) return profile
  }
  if (icc === undefined && spaceOf(from) === 'RGB' && (colorSpace === 'p3' || colorSpace === 'adobe_rgb')) {
    return namedProfile(colorSpace)
  }
  return null
}

const spaceOf = ({ cmyk, bands }: Pick<Layout, 'cmyk' | 'bands'>) =>
  cmyk ? 'CMYK' : bands <= 2 ? 'GRAY' : 'RGB'

function isSpace({ icc, colorSpace }: ColourOptions, space: SpaceName): boolean {
  if (icc === undefined) return colorSpace === space
  const scan = new IccScan()
  scan.push(icc)
  return scan.knownSpace === space
}

/**
 * The profile to embed in the output; null where there is none to embed.
 * @param bands of the finished picture: a filter may have made colour grey
 */
export function outputProfile(options: ColourOptions, bands: Bands): Uint8Array | null {
  const { icc, from, colorSpace } = options
  const to = colourTarget(options)
  const space = spaceOf({ cmyk: false, bands })
  if (to === 'p3') return space === 'RGB' ? profileBytes('p3') : null
  if (to !== 'origin' || from.cmyk) return null
  if (icc !== undefined) return dataSpaceOf(icc) === space ? icc : null
  return space === 'RGB' && (colorSpace === 'p3' || colorSpace === 'adobe_rgb')
    ? profileBytes(colorSpace)
    : null
}

/**
 * Bytes that the colour step takes of the engine's arena at most, for the planner, which knows only the header.
 */
export function colourBytes(
  header: ImageHeader,
  asked: ColorSpaceChoice,
  width: number,
  from: Layout,
  format?: Format,
): number {
  const { colorSpace, profile } = header
  const to = colourTarget({ to: asked, from, format, colorSpace, icc: undefined })
  const strips = stripBytes(width, colourBands({ from, to }))
  const making = makingBytes(header)
  // Tables that turn out to be none leave what there is without a profile.
  if (from.cmyk) {
    const plain = 2 * stripBytes(width, 3) + CMYK_BYTES + MATRIX_BYTES + SLACK
    return strips + (profile ? Math.max(GRID_BYTES.CMYK, plain) + making : plain)
  }
  const narrowed = from.depth === 16 ? strips : 0
  if (to === 'origin' || (to === 'srgb' && colorSpace === 'srgb')) return narrowed
  // Tables that turn out to be none leave sRGB, whose curves are one.
  if (profile && from.bands > 2) return strips + Math.max(GRID_BYTES.RGB, SHARED16_BYTES + SLACK) + making
  const tables = isHdr(from, colorSpace) ? HDR_BYTES : from.depth === 16 ? MATRIX16_BYTES : MATRIX_BYTES
  return strips + tables + SLACK
}

/** What of `colourBytes` is free again once the grid of a profile's tables is made, before any row is read. */
export function makingBytes({ profile }: ImageHeader): number {
  return profile ? profile.tables + MAKING_BYTES + SLACK : 0
}

/** What allocations of the arena take beside their bytes. */
const SLACK = 512
