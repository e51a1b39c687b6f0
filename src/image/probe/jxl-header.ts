// SizeHeader and ImageMetadata of a JPEG XL codestream (ISO/IEC 18181-1:2024 annex D).
import { type Draft, setSize } from './draft'
import type { JxlBits } from './jxl-bits'

/** Width by height: SizeHeader's ratios 1 to 7. */
const RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 10],
  [4, 3],
  [3, 2],
  [16, 9],
  [5, 4],
  [2, 1],
]

const ALPHA_CHANNEL = 0
const SPOT_CHANNEL = 2
const CFA_CHANNEL = 5

/**
 * Reads the header from the signature on. An animation counts as its first frame. Decoders give the picture
 * upright by the codestream's orientation, so that the size is that of the upright picture.
 */
export function readImageHeader(bits: JxlBits, draft: Draft): void {
  bits.skip(16)
  const [width, height] = readSize(bits)
  const swapped = !bits.bool() && readMetadata(bits, draft) > 4
  setSize(draft, swapped ? height : width, swapped ? width : height, 2)
  draft.known = true
}

function readSize(bits: JxlBits): [number, number] {
  const small = bits.bool()
  const side = () => (small ? 8 * (1 + bits.u(5)) : bits.u32([1, 9], [1, 13], [1, 18], [1, 30]))
  const height = side()
  const ratio = RATIOS[bits.u(3) - 1]
  return [ratio === undefined ? side() : Math.floor((height * ratio[0]) / ratio[1]), height]
}

/** The orientation, 1 to 8 as in EXIF; the rest goes into the draft. */
function readMetadata(bits: JxlBits, draft: Draft): number {
  const header = draft.header
  let orientation = 1
  if (bits.bool()) {
    orientation += bits.u(3)
    if (bits.bool()) readSize(bits)
    if (bits.bool()) readPreview(bits)
    if (bits.bool()) readAnimation(bits)
  }
  header.bitDepth = readBitDepth(bits)
  bits.skip(1)
  const extra = bits.u32(0, 1, [2, 4], [1, 12])
  for (let i = 0; i < extra; i++) if (readExtraChannel(bits) === ALPHA_CHANNEL) header.alpha = true
  bits.skip(1)
  readColour(bits, draft)
  return orientation
}

function readPreview(bits: JxlBits): void {
  const eighths = bits.bool()
  const side = () =>
    eighths ? bits.u32(16, 32, [1, 5], [33, 9]) : bits.u32([1, 6], [65, 8], [321, 10], [1345, 12])
  side()
  if (bits.u(3) === 0) side()
}

function readAnimation(bits: JxlBits): void {
  bits.u32(100, 1000, [1, 10], [1, 30])
  bits.u32(1, 1001, [1, 8], [1, 10])
  bits.u32(0, [0, 3], [0, 16], [0, 32])
  bits.skip(1)
}

function readBitDepth(bits: JxlBits): number {
  if (!bits.bool()) return bits.u32(8, 10, 12, [1, 6])
  const depth = bits.u32(32, 16, 24, [1, 6])
  bits.skip(4)
  return depth
}

/** The channel's type. */
function readExtraChannel(bits: JxlBits): number {
  if (bits.bool()) return ALPHA_CHANNEL
  const type = bits.enumerated()
  readBitDepth(bits)
  bits.u32(0, 3, 4, [1, 3])
  bits.skip(8 * bits.u32(0, [0, 4], [16, 5], [48, 10]))
  if (type === ALPHA_CHANNEL) bits.skip(1)
  if (type === SPOT_CHANNEL) bits.skip(64)
  if (type === CFA_CHANNEL) bits.u32(1, [0, 2], [3, 4], [19, 8])
  return type
}

/** ColourEncoding. An embedded profile is entropy-coded with the picture, so that its name is not known here. */
function readColour(bits: JxlBits, draft: Draft): void {
  const header = draft.header
  if (bits.bool()) return
  const profile = bits.bool()
  const space = bits.enumerated()
  if (space === 1) {
    header.components = 1
    header.colorSpace = 'grayscale'
    return
  }
  if (profile || space !== 0) {
    header.colorSpace = 'unknown'
    return
  }
  const custom = () => bits.u32([0, 19], [524288, 19], [1048576, 20], [2097152, 21])
  const white = bits.enumerated()
  if (white === 2) for (let i = 0; i < 2; i++) custom()
  const primaries = bits.enumerated()
  const names: Record<number, string> = { 1: 'srgb', 9: 'Rec. ITU-R BT.2100', 11: 'p3' }
  header.colorSpace = white === 1 ? (names[primaries] ?? 'unknown') : 'unknown'
}
