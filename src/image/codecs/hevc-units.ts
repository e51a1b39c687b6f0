// NAL units of a HEVC picture (ITU-T H.265 §7.3) on their way to its decoder, which makes room for whatever they
// say: they are held to the size that the item states, and to one picture.
import { ImageError } from '../error'
import { MOST_CUT } from '../probe/heif-aperture'
import { extentOf } from './heif-picture'
import type { HeifItem } from './isobmff'

/** Parameter sets of an hvcC property (14496-15 §8.3.3.1), and the size of lengths in the item. */
function configuration(item: HeifItem): { sets: Uint8Array[]; lengthSize: number } {
  const record = item.properties.find(({ type }) => type === 'hvcC')?.payload
  if (!record || record.length < 23)
    throw new ImageError('corrupt', 'A HEIC picture has no HEVC configuration')
  const word = (at: number): number => (record[at] ?? 0) * 256 + (record[at + 1] ?? 0)
  const sets: Uint8Array[] = []
  let at = 23
  for (let arrays = record[22]!; arrays > 0; arrays--) {
    const count = word(at + 1)
    at += 3
    for (let i = 0; i < count && at + 2 <= record.length; i++) {
      sets.push(record.subarray(at + 2, at + 2 + word(at)))
      at += 2 + word(at)
    }
  }
  return { sets, lengthSize: (record[21]! & 3) + 1 }
}

/** The NAL units of an item, each behind its length. */
function* unitsOf(data: Uint8Array, lengthSize: number): Generator<Uint8Array> {
  for (let at = 0; at + lengthSize <= data.length; ) {
    let length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + data[at + i]!
    at += lengthSize
    if (length > data.length - at) throw new ImageError('truncated', 'A HEIC picture is cut short')
    yield data.subarray(at, at + length)
    at += length
  }
}

/** NAL unit types (table 7-1): slices of pictures are below 32. */
const SPS = 33
const typeOf = (unit: Uint8Array): number => (unit[0]! >> 1) & 63

/**
 * What is to be decoded of an item: its parameter sets, then the slices of its first picture. Throws ImageError:
 * `corrupt` where a parameter set states a larger picture than the item, before the decoder sees it.
 * @param data the item's bytes: NAL units behind their lengths
 */
export function* hevcUnits(item: HeifItem, data: Uint8Array): Generator<Uint8Array> {
  const { sets, lengthSize } = configuration(item)
  let pictures = 0
  for (const units of [sets, unitsOf(data, lengthSize)]) {
    for (const unit of units) {
      if (unit.length < 3) continue
      if (typeOf(unit) === SPS) checkSize(item, unit)
      // first_slice_segment_in_pic_flag (§7.3.6.1)
      if (typeOf(unit) < 32 && unit[2]! >= 128 && ++pictures > 1) return
      yield unit
    }
  }
}

/** Limits before allocation: coded pictures are whole blocks, of at most 64 samples. */
function checkSize(item: HeifItem, unit: Uint8Array): void {
  const said = extentOf('HEIC', item)
  const { width, height } = codedSize(unit)
  if (width > said.width + MOST_CUT || height > said.height + MOST_CUT) {
    throw new ImageError(
      'corrupt',
      `Expected a HEVC picture of ${said.width}×${said.height} but received one of ${width}×${height}`,
    )
  }
}

/** general_profile_space to the last compatibility and constraint flag (§7.3.3), and general_level_idc. */
const [PROFILE_BITS, LEVEL_BITS] = [88, 8]

/** pic_width_in_luma_samples and its height: the beginning of a sequence parameter set (§7.3.2.2.1). */
function codedSize(unit: Uint8Array): { width: number; height: number } {
  const bits = new UnitBits(unit)
  bits.u(4)
  const layers = bits.u(3)
  bits.u(1)
  bits.skip(PROFILE_BITS + LEVEL_BITS)
  const present = Array.from({ length: layers }, () => [bits.u(1), bits.u(1)] as const)
  if (layers > 0) bits.skip(2 * (8 - layers))
  for (const [profile, level] of present) bits.skip(profile * PROFILE_BITS + level * LEVEL_BITS)
  bits.ue()
  const chroma = bits.ue()
  if (chroma === 3) bits.u(1)
  return { width: bits.ue(), height: bits.ue() }
}

/** Bits of a unit behind its header, most significant first, without emulation prevention (§7.3.1.1). */
class UnitBits {
  #at = 2
  #bit = 0
  #zeros = 0

  constructor(readonly bytes: Uint8Array) {}

  u(count: number): number {
    let value = 0
    for (; count > 0; count--) value = value * 2 + this.#next()
    return value
  }

  skip(count: number): void {
    for (; count > 0; count--) this.#next()
  }

  /** An Exp-Golomb code (§9.2). */
  ue(): number {
    let zeros = 0
    while (this.#next() === 0) {
      if (++zeros > 32) throw new ImageError('corrupt', 'A parameter set of the HEIC picture is malformed')
    }
    return 2 ** zeros - 1 + this.u(zeros)
  }

  #next(): number {
    if (this.#bit === 0 && this.#zeros >= 2 && this.bytes[this.#at] === 3) {
      this.#at++
      this.#zeros = 0
    }
    const byte = this.bytes[this.#at]
    if (byte === undefined)
      throw new ImageError('corrupt', 'A parameter set of the HEIC picture is cut short')
    const bit = (byte >> (7 - this.#bit)) & 1
    if (++this.#bit === 8) {
      this.#bit = 0
      this.#zeros = byte === 0 ? this.#zeros + 1 : 0
      this.#at++
    }
    return bit
  }
}
