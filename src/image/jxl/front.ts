// A JPEG XL codestream's beginning as the rest of the service needs it: its header, what its decoded samples mean,
// and the header that the decoder is given, where that must be another one.
import { profileBytes } from '../colour/build-profile'
import { dataSpaceOf, parseProfile } from '../colour/profile'
import { JxlBits, JxlBitWriter } from './bits'
import {
  colourOfProfile,
  DISPLAY_P3,
  type JxlColour,
  profileOfColour,
  SRGB,
  writeColour,
} from './colour-encoding'
import { type JxlHeader, readJxlHeader } from './header'
import { readIcc } from './icc'

export interface JxlFront {
  readonly header: JxlHeader
  /** The profile of the samples that the decoder gives; null for sRGB, and for grey with its curve. */
  readonly icc: Uint8Array | null
  /** What the colours are to be decoded to, where the decoder would not by itself. */
  readonly decodeTo: JxlColour | null
  /** Behind the headers and the embedded profile, in bits: the first frame begins at the next whole byte. */
  readonly end: number
}

/**
 * Reads the beginning of a codestream, its profile included.
 * @param most bytes that a profile may have
 * Throws ImageError `truncated` where more bytes are needed, `corrupt`.
 */
export function readJxlFront(bytes: Uint8Array, most: number): JxlFront {
  const bits = new JxlBits(bytes)
  const header = readJxlHeader(bits)
  const embedded = header.profile ? readIcc(bits, most) : null
  return { header, ...meaningOf(header, embedded), end: bits.position }
}

/**
 * libjxl decodes to the encoding that is stated. Where that is a profile and the colours are XYB, or the
 * encoding is one that it doesn't know, it gives linear sRGB, whose 8 bits show bands: it is asked for
 * something better then.
 */
function meaningOf(
  { xyb, colour }: JxlHeader,
  embedded: Uint8Array | null,
): Pick<JxlFront, 'icc' | 'decodeTo'> {
  if (embedded === null) {
    const unknown = colour.space === 'xyb' || colour.space === 'unknown' || colour.transfer === 'unknown'
    if (unknown && xyb) return { icc: null, decodeTo: SRGB }
    return { icc: profileOfColour(colour), decodeTo: null }
  }
  if (!xyb) return { icc: embedded, decodeTo: null }
  // Grey is decoded with the curve of sRGB.
  if (colour.space === 'grey') return { icc: null, decodeTo: { ...SRGB, space: 'grey' } }
  const same = dataSpaceOf(embedded) === 'RGB' ? colourOfProfile(embedded) : null
  if (same !== null) return { icc: embedded, decodeTo: same }
  // Of a profile that can't be computed with, its gamut is unknown: Display P3 holds most of what there is.
  const known = parseProfile(embedded) !== null
  return known ? { icc: profileBytes('p3'), decodeTo: DISPLAY_P3 } : { icc: null, decodeTo: SRGB }
}

/** Samples of floating-point XYB pictures are asked for in this many bits. */
const FLOAT_DEPTH = 16

/** Whether the decoder must be given another header than the file's. */
export function needsHeader({ header, decodeTo }: JxlFront): boolean {
  return decodeTo !== null || (header.float && header.xyb)
}

/** The header that makes the decoder give what `front` promises; the frames follow it. */
export function decodableHeader(bytes: Uint8Array, front: JxlFront): Uint8Array {
  const { header, decodeTo } = front
  const { metadata, bitDepth, colour, transform } = header.places
  const bits = new JxlBitWriter()
  bits.copy(bytes, 0, bitDepth.from)
  if (header.float && header.xyb)
    bits
      .u(0, 1)
      .u(3, 2)
      .u(FLOAT_DEPTH - 1, 6)
  else bits.copy(bytes, bitDepth.from, bitDepth.to)
  bits.copy(bytes, bitDepth.to, colour.from)
  if (decodeTo === null) bits.copy(bytes, colour.from, colour.to)
  else writeColour(bits, decodeTo)
  bits.copy(bytes, colour.to, metadata.to).copy(bytes, transform.from, transform.to)
  if (header.profile && decodeTo === null) bits.copy(bytes, transform.to, front.end)
  return bits.bytes()
}
