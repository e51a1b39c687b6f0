// What of an original's metadata goes into one output, and says the truth there.
import { FORMATS, type Format, type MetadataKind } from '../formats'
import type { Orientation } from '../header'
import { describePicture, makeExif, separateIptc, withIptc } from './exif'
import { JPEG_EXIF } from './jpeg'
import { LIMITS, type Metadata } from './kinds'
import { setXmpOrientation } from './xmp'

/** The output that metadata is settled for. */
export interface Output {
  readonly format: Format
  readonly width: number
  readonly height: number
  /** How the output's pixels still have to be turned: 1 where they are upright. */
  readonly orientation: Orientation
  readonly strip: readonly MetadataKind[]
  /** The profile that the output's pixels are in; null for sRGB or where none is embedded. */
  readonly icc: Uint8Array | null
}

/**
 * Metadata for an output: stripped kinds and those the format can't hold are gone, EXIF and XMP state the
 * output's orientation and size, EXIF's thumbnail (of the picture before the change) is gone.
 * Where EXIF is stripped, absent or too large for one JPEG segment but the pixels still need turning, a block with nothing but
 * Orientation remains: a picture is never shown turned otherwise than its original.
 */
export function settleMetadata(metadata: Metadata, output: Output): Metadata {
  const facts = FORMATS[output.format]
  const can = (kind: MetadataKind) => (facts.metadata as readonly string[]).includes(kind)
  const holds = (kind: MetadataKind) => can(kind) && !output.strip.includes(kind)
  const { exif: own, iptc: within } = metadata.exif ? separateIptc(metadata.exif) : NEITHER
  const iptc = (holds('iptc') && (metadata.iptc ?? within)) || undefined
  const fits = own !== undefined && own.length <= (output.format === 'jpg' ? JPEG_EXIF : LIMITS.exif)
  const needed = output.orientation !== 1 || (facts.iptcInExif && iptc !== undefined)
  const exif =
    holds('exif') && fits
      ? describePicture(own, output)
      : needed && can('exif')
        ? makeExif(output.orientation)
        : undefined
  const carrying = exif && iptc && facts.iptcInExif ? withIptc(exif, iptc) : exif
  return {
    ...(carrying && { exif: carrying }),
    ...(holds('xmp') && metadata.xmp && { xmp: setXmpOrientation(metadata.xmp, output.orientation) }),
    ...(iptc && !facts.iptcInExif && { iptc }),
    ...(facts.icc !== 'none' && output.icc && { icc: output.icc }),
  }
}

const NEITHER = { exif: undefined, iptc: null }
