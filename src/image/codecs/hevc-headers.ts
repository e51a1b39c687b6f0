// What stands around the slice data of the engine's HEVC pictures: parameter sets (ITU-T H.265, 7.3.2),
// the slice's header, and the decoder configuration of a HEIF item (ISO/IEC 14496-15 §8.3.3.1).
import { u16, u32 } from './isobmff-writer'

/** How a coded picture's samples are to be understood (ITU-T H.273); full range always. */
export interface HevcColour {
  readonly primaries: number
  readonly transfer: number
  readonly matrix: number
}

export interface HevcPictureFacts {
  /** Of the coded picture: multiples of 8. */
  readonly codedWidth: number
  readonly codedHeight: number
  /** What of it is shown: even numbers. */
  readonly width: number
  readonly height: number
  /** The slice's QP, 0–51. */
  readonly qp: number
  /** Bytes of the largest slice, which the level bounds too. */
  readonly bytes: number
  readonly colour: HevcColour
  /** Whether decoders smooth the edges of blocks; true unless a test compares samples. */
  readonly deblocking?: boolean
}

/** Bits from the first to the last, as parameter sets are written. */
class Bits {
  readonly #bytes: number[] = []
  #held = 0
  #count = 0

  u(value: number, width: number): this {
    for (let i = width - 1; i >= 0; i--) {
      this.#held = (this.#held << 1) | (Math.floor(value / 2 ** i) & 1)
      if (++this.#count === 8) {
        this.#bytes.push(this.#held)
        this.#held = 0
        this.#count = 0
      }
    }
    return this
  }

  flags(...values: (0 | 1)[]): this {
    for (const value of values) this.u(value, 1)
    return this
  }

  /** Exp-Golomb codes (9.2). */
  ue(...values: number[]): this {
    for (const value of values) {
      const width = 31 - Math.clz32(value + 1)
      this.u(0, width).u(value + 1, width + 1)
    }
    return this
  }

  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value)
  }

  /** rbsp_trailing_bits(); gives the bytes. */
  end(): number[] {
    this.u(1, 1)
    while (this.#count > 0) this.u(0, 1)
    return this.#bytes
  }
}

/** NAL unit types (table 7-1). */
const VPS = 32
const SPS = 33
const PPS = 34
const IDR_N_LP = 20

/** A NAL unit: its header, and the payload with emulation prevention (7.3.1.1). */
function unit(type: number, payload: readonly number[]): number[] {
  const bytes = [type << 1, 1]
  let zeros = 0
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3)
      zeros = 0
    }
    bytes.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return bytes
}

/** Levels (tables A.8 and A.9): general_level_idc, largest luma picture, largest coded picture in kilobits. */
const LEVELS = [
  [60, 122_880, 1500],
  [63, 245_760, 3000],
  [90, 552_960, 6000],
  [93, 983_040, 10_000],
  [120, 2_228_224, 12_000],
  [123, 2_228_224, 20_000],
  [150, 8_912_896, 25_000],
  [153, 8_912_896, 40_000],
  [156, 8_912_896, 60_000],
  [183, 35_651_584, 120_000],
  [186, 35_651_584, 240_000],
] as const

/** The lowest level that allows a picture: A.4.1 bounds its area, its sides and its bits. */
export function levelOf(width: number, height: number, bytes: number): number {
  const fits = LEVELS.find(
    ([, area, kilobits]) =>
      width * height <= area && Math.max(width, height) ** 2 <= 8 * area && bytes * 8 <= kilobits * 1100,
  )
  return (fits ?? LEVELS.at(-1)!)[0]
}

/** general_profile_space to general_level_idc: Main Still Picture, which Main and Main 10 decoders read too. */
function profile(level: number): number[] {
  // Compatible with profiles 1 to 3; progressive, non-packed, frames only.
  return [3, 0x70, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, level]
}

function putProfile(bits: Bits, level: number): Bits {
  for (const byte of profile(level)) bits.u(byte, 8)
  return bits
}

function videoSet(level: number): number[] {
  const bits = new Bits().u(0, 4).flags(1, 1).u(0, 6).u(0, 3).flags(1).u(0xffff, 16)
  // One picture is buffered, none reordered; one layer, no timing, no extension.
  return putProfile(bits, level).flags(1).ue(0, 0, 0).u(0, 6).ue(0).flags(0, 0).end()
}

function sequenceSet(facts: HevcPictureFacts, level: number): number[] {
  const { codedWidth, codedHeight, width, height, colour } = facts
  const bits = putProfile(new Bits().u(0, 4).u(0, 3).flags(1), level)
  bits.ue(0, 1, codedWidth, codedHeight)
  const [right, bottom] = [(codedWidth - width) / 2, (codedHeight - height) / 2]
  if (right > 0 || bottom > 0) bits.flags(1).ue(0, right, 0, bottom)
  else bits.flags(0)
  // 8 bits; order counts of 4 bits; buffers as above.
  bits.ue(0, 0, 0).flags(1).ue(0, 0, 0)
  // Blocks of 8 to 32, transforms of 4 to 32, none split further.
  bits.ue(0, 2, 0, 3, 0, 0)
  // No scaling lists, asymmetric parts, sample offsets, PCM, references, motion, strong smoothing.
  bits.flags(0, 0, 0, 0).ue(0).flags(0, 0, 0)
  // Video usability: only how colours are meant, and that chroma lies between four samples of luma.
  bits.flags(1, 0, 0, 1).u(5, 3).flags(1, 1)
  bits.u(colour.primaries, 8).u(colour.transfer, 8).u(colour.matrix, 8)
  bits.flags(1).ue(1, 1).flags(0, 0, 0, 0, 0, 0)
  return bits.flags(0).end()
}

function pictureSet({ qp, deblocking = true }: HevcPictureFacts): number[] {
  const bits = new Bits()
    .ue(0, 0)
    .flags(0, 0)
    .u(0, 3)
    .flags(0, 0)
    .ue(0, 0)
    .se(qp - 26)
  // Nothing varies within a picture: quantiser, tiles, weights.
  bits.flags(0, 0, 0).se(0).se(0).flags(0, 0, 0, 0, 0, 0, 0)
  if (deblocking) bits.flags(0)
  else bits.flags(1, 0, 1)
  return bits.flags(0, 0).ue(0).flags(0, 0).end()
}

/**
 * A slice's NAL unit header and header: the first of its picture, of type I, at the picture's QP. They are
 * the same for all; the engine's slice data follow.
 */
export const SLICE_START: readonly number[] = [IDR_N_LP << 1, 1, 0xaf]

/** The hvcC property's body: the parameter sets, and lengths of 4 bytes before each NAL unit of the item. */
export function hevcConfiguration(facts: HevcPictureFacts): number[] {
  const level = levelOf(facts.codedWidth, facts.codedHeight, facts.bytes)
  const sets = [
    [VPS, videoSet(level)],
    [SPS, sequenceSet(facts, level)],
    [PPS, pictureSet(facts)],
  ] as const
  const arrays = sets.flatMap(([type, payload]) => {
    const bytes = unit(type, payload)
    return [0x80 | type, ...u16(1), ...u16(bytes.length), ...bytes]
  })
  // No spatial segments, 4:2:0 in 8 bits, unknown frame rate, one temporal layer.
  return [1, ...profile(level), 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, sets.length, ...arrays]
}

/** A slice as an item holds it: its length, its start, its data. */
export function sliceStart(dataBytes: number): number[] {
  return [...u32(SLICE_START.length + dataBytes), ...SLICE_START]
}
