// What an output's header and metadata say.
import { outputProfile } from './colour'
import { hdrTransfer } from './colour/hdr'
import { FORMATS } from './formats'
import type { ImageHeader } from './header'
import { type Metadata, settleMetadata } from './metadata'
import type { Plan } from './plan'
import type { Bands, RowReader } from './rows'
import type { NormalTransformation } from './transformation'

/** Whether all frames are wanted: where original and output can hold several. */
export function isAnimated(header: ImageHeader, { format }: Pick<NormalTransformation, 'format'>): boolean {
  return header.pageCount > 1 && FORMATS[format].frames && FORMATS[header.format].frames
}

/** The profile to embed in an output; null for none. */
export function outputIcc(
  {
    icc,
    header,
    wanted,
    plan,
  }: {
    readonly icc: Uint8Array | undefined
    readonly header: ImageHeader
    readonly wanted: NormalTransformation
    readonly plan: Plan
  },
  bands: Bands,
): Uint8Array | null {
  const { colorSpace } = header
  return outputProfile(
    { icc, colorSpace, from: plan.layout, to: wanted.colorSpace, format: wanted.format },
    bands,
  )
}

/** What of the original's metadata goes into an output. */
export function outputMetadata(
  metadata: Metadata,
  { format, strip }: NormalTransformation,
  { width, height, orientation }: ImageHeader,
  icc: Uint8Array | null,
): Metadata {
  return settleMetadata(metadata, { format, width, height, orientation, strip, icc })
}

/**
 * The header that an output has.
 * @param icc the profile that is embedded in it
 */
export function outputHeader(
  header: ImageHeader,
  wanted: NormalTransformation,
  { width, height, bands }: Pick<RowReader, 'width' | 'height' | 'bands'>,
  icc: Uint8Array | null = null,
): ImageHeader {
  const facts = FORMATS[wanted.format]
  const keeps = !wanted.orient && facts.viewersOrient && FORMATS[header.format].viewersOrient
  const animated = isAnimated(header, wanted)
  // A profile that the format can't state was left behind with its space.
  const left = facts.icc === 'encodings' && icc === null && header.colorSpace !== 'grayscale'
  const isHdr = hdrTransfer(header.colorSpace) !== null
  const own =
    header.colorSpace === 'cmyk' || left ? 'srgb' : isHdr ? (icc ? 'p3' : 'srgb') : header.colorSpace
  return {
    format: wanted.format,
    width,
    height,
    orientation: keeps ? header.orientation : 1,
    alpha: bands % 2 === 0,
    bitDepth: 8,
    pageCount: animated ? header.pageCount : 1,
    loop: animated ? header.loop : 0,
    colorSpace: wanted.colorSpace === 'origin' ? own : wanted.colorSpace,
    interlaced: false,
    components: bands <= 2 ? 1 : 3,
  }
}
