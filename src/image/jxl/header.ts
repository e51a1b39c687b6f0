// What stands before the first frame of a JPEG XL codestream (ISO/IEC 18181-1:2024 annexes D and E): SizeHeader,
// ImageMetadata, CustomTransformData. Places are kept, so that single fields can be written anew.
import type { JxlBits } from './bits'
import { type JxlColour, readColour, SRGB } from './colour-encoding'

/** From the first bit of a field to behind its last. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A codestream's header, as it is stored: not turned upright. */
export interface JxlHeader {
  readonly width: number
  readonly height: number
  /** As EXIF's, 1 to 8. */
  readonly orientation: number
  readonly bitDepth: number
  /** Whether samples are floating-point numbers. */
  readonly float: boolean
  readonly alpha: boolean
  /** Whether colours are stored multiplied by alpha. */
  readonly premultiplied: boolean
  /** Whether there is a channel of black ink. */
  readonly black: boolean
  /** Whether colours are stored as what the eye sees, so that they can be had in any space. */
  readonly xyb: boolean
  readonly colour: JxlColour
  /** Whether an ICC profile follows the header, in place of the colour encoding. */
  readonly profile: boolean
  /** Whether the metadata is one bit that says "all defaults". */
  readonly plain: boolean
  readonly channels: JxlChannels
  /** Whether frames have durations. */
  readonly animated: boolean
  /** Whether frames have time codes. */
  readonly timecodes: boolean
  /** What it has beyond a plain picture, by name: null where there is nothing. */
  readonly beyond: 'preview' | 'tone mapping' | 'transform' | null
  readonly places: {
    readonly metadata: Span
    readonly bitDepth: Span
    readonly colour: Span
    readonly transform: Span
  }
}

/** The channels beside colours. */
export interface JxlChannels {
  readonly count: number
  /** Which of them is alpha, and the bits of its samples; -1 and 0 where none is. */
  readonly alpha: number
  readonly alphaBits: number
  /** Whether one is stored smaller, is ink, or alpha as floating-point numbers. */
  readonly odd: boolean
}

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
const BLACK_CHANNEL = 4
const CFA_CHANNEL = 5

/** Reads the header from the signature on. Throws ImageError `truncated`. */
export function readJxlHeader(bits: JxlBits): JxlHeader {
  bits.skip(16)
  const [width, height] = readSize(bits)
  const metadata = readMetadata(bits)
  const [custom, transform] = spanOf(bits, () => readTransform(bits, metadata.xyb))
  const beyond = metadata.beyond ?? (custom ? 'transform' : null)
  return { width, height, ...metadata, beyond, places: { ...metadata.places, transform } }
}

function spanOf<T>(bits: JxlBits, read: () => T): [T, Span] {
  const from = bits.position
  const value = read()
  return [value, { from, to: bits.position }]
}

function readSize(bits: JxlBits): [number, number] {
  const small = bits.bool()
  const side = () => (small ? 8 * (1 + bits.u(5)) : bits.u32([1, 9], [1, 13], [1, 18], [1, 30]))
  const height = side()
  const ratio = RATIOS[bits.u(3) - 1]
  return [ratio === undefined ? side() : Math.floor((height * ratio[0]) / ratio[1]), height]
}

function readMetadata(bits: JxlBits) {
  const start = bits.position
  const plain = bits.bool()
  const none = { from: bits.position, to: bits.position }
  if (plain) {
    return {
      orientation: 1,
      bitDepth: 8,
      float: false,
      alpha: false,
      premultiplied: false,
      black: false,
      xyb: true,
      colour: SRGB,
      profile: false,
      plain,
      channels: { count: 0, alpha: -1, alphaBits: 0, odd: false },
      animated: false,
      timecodes: false,
      beyond: null,
      places: { metadata: { from: start, to: bits.position }, bitDepth: none, colour: none },
    }
  }
  let orientation = 1
  let beyond: JxlHeader['beyond'] = null
  let [animated, timecodes] = [false, false]
  const extra = bits.bool()
  if (extra) {
    orientation += bits.u(3)
    if (bits.bool()) readSize(bits)
    if (bits.bool()) {
      readPreview(bits)
      beyond = 'preview'
    }
    animated = bits.bool()
    if (animated) timecodes = readAnimation(bits)
  }
  const [{ depth, float }, bitDepth] = spanOf(bits, () => readBitDepth(bits))
  bits.skip(1)
  const count = bits.u32(0, 1, [2, 4], [1, 12])
  const channels = Array.from({ length: count }, () => readExtraChannel(bits))
  const alpha = channels.find(({ type }) => type === ALPHA_CHANNEL)
  const xyb = bits.bool()
  const [{ colour, profile }, colourPlace] = spanOf(bits, () => readColour(bits))
  // ToneMapping: all defaults, or three numbers and a flag.
  if (extra && !bits.bool()) {
    bits.skip(49)
    beyond ??= 'tone mapping'
  }
  skipExtensions(bits)
  return {
    orientation,
    bitDepth: depth,
    float,
    alpha: alpha !== undefined,
    premultiplied: alpha?.premultiplied === true,
    black: channels.some(({ type }) => type === BLACK_CHANNEL),
    xyb,
    colour,
    profile,
    plain,
    channels: {
      count,
      alpha: channels.findIndex(({ type }) => type === ALPHA_CHANNEL),
      alphaBits: alpha?.depth ?? 0,
      odd: channels.some(({ type, shift }) => shift > 0 || type === SPOT_CHANNEL) || alpha?.float === true,
    },
    animated,
    timecodes,
    beyond,
    places: { metadata: { from: start, to: bits.position }, bitDepth, colour: colourPlace },
  }
}

function readPreview(bits: JxlBits): void {
  const eighths = bits.bool()
  const side = () =>
    eighths ? bits.u32(16, 32, [1, 5], [33, 9]) : bits.u32([1, 6], [65, 8], [321, 10], [1345, 12])
  side()
  if (bits.u(3) === 0) side()
}

/** Returns whether frames have time codes. */
function readAnimation(bits: JxlBits): boolean {
  bits.u32(100, 1000, [1, 10], [1, 30])
  bits.u32(1, 1001, [1, 8], [1, 10])
  bits.u32(0, [0, 3], [0, 16], [0, 32])
  return bits.bool()
}

function readBitDepth(bits: JxlBits): { depth: number; float: boolean } {
  if (!bits.bool()) return { depth: bits.u32(8, 10, 12, [1, 6]), float: false }
  const depth = bits.u32(32, 16, 24, [1, 6])
  bits.skip(4)
  return { depth, float: true }
}

interface ExtraChannel {
  readonly type: number
  readonly depth: number
  readonly float: boolean
  /** By how many halvings it is smaller than the picture. */
  readonly shift: number
  readonly premultiplied: boolean
}

function readExtraChannel(bits: JxlBits): ExtraChannel {
  if (bits.bool()) return { type: ALPHA_CHANNEL, depth: 8, float: false, shift: 0, premultiplied: false }
  const type = bits.enumerated()
  const { depth, float } = readBitDepth(bits)
  const shift = bits.u32(0, 3, 4, [1, 3])
  bits.skip(8 * bits.u32(0, [0, 4], [16, 5], [48, 10]))
  const premultiplied = type === ALPHA_CHANNEL && bits.bool()
  if (type === SPOT_CHANNEL) bits.skip(64)
  if (type === CFA_CHANNEL) bits.u32(1, [0, 2], [3, 4], [19, 8])
  return { type, depth, float, shift, premultiplied }
}

/** Bits of the weights that CustomTransformData may give for each way of enlarging. */
const WEIGHT_BITS = [15 * 16, 55 * 16, 210 * 16]

/** Returns whether there is any that is not the usual. */
function readTransform(bits: JxlBits, xyb: boolean): boolean {
  if (bits.bool()) return false
  // OpsinInverseMatrix: all defaults, or 16 numbers.
  const matrix = xyb && !bits.bool()
  if (matrix) bits.skip(16 * 16)
  const custom = bits.u(3)
  WEIGHT_BITS.forEach((count, i) => {
    if ((custom >> i) & 1) bits.skip(count)
  })
  return matrix || custom !== 0
}

/** Extensions: which there are, then the length of each, then their bits. */
function skipExtensions(bits: JxlBits): void {
  let which = bits.u64()
  let total = 0
  for (; which > 0; which = Math.floor(which / 2)) if (which % 2 === 1) total += bits.u64()
  bits.skip(total)
}
