// The sequence header of an AV1 picture (AV1 Bitstream & Decoding Process Specification §5.3, §5.5), which says how
// its planes and colours are coded: decoders made for players don't hand that on.
import { ImageError } from '../error'
import type { ChromaLayout, CodedColour } from './coded-picture'

export interface Av1Sequence {
  /** Most samples of luma that a frame has; a still picture's own size. */
  readonly width: number
  readonly height: number
  readonly bitDepth: 8 | 10 | 12
  readonly layout: ChromaLayout
  readonly colour: CodedColour
}

const SEQUENCE_HEADER = 1
/** Values of color_primaries, transfer_characteristics and matrix_coefficients (§6.4.2). */
const [BT709, UNSPECIFIED, SRGB, IDENTITY] = [1, 2, 13, 0]
const SELECT = 2

/** Bits from the first; behind the end they are 0. */
class Bits {
  #at = 0
  constructor(readonly bytes: Uint8Array) {}

  take(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) {
      value = value * 2 + (((this.bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1)
    }
    return value
  }

  flag(): boolean {
    return this.take(1) === 1
  }

  /** uvlc(), §4.10.3. */
  skipExponential(): void {
    let zeros = 0
    while (zeros < 32 && !this.flag()) zeros++
    if (zeros < 32) this.take(zeros)
  }
}

/** The payloads of the sequence headers among the open bitstream units of an item. */
function* sequenceHeaders(obus: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < obus.length; ) {
    const head = obus[at++]!
    if (head & 4) at++
    let size = obus.length - at
    if (head & 2) {
      size = 0
      // leb128(), §4.10.5.
      for (let i = 0; i < 8; i++) {
        const byte = obus[at++] ?? 0
        size += (byte & 127) * 2 ** (7 * i)
        if (byte < 128) break
      }
    }
    if (((head >> 3) & 15) === SEQUENCE_HEADER) yield obus.subarray(at, at + size)
    at += size
  }
}

/** Operating points, timing and what else stands before the frame's size in a header that is not of a still. */
function skipPoints(bits: Bits): void {
  let model = false
  let delayBits = 0
  if (bits.flag()) {
    bits.take(32)
    bits.take(32)
    if (bits.flag()) bits.skipExponential()
    model = bits.flag()
    if (model) {
      delayBits = bits.take(5) + 1
      bits.take(32)
      bits.take(10)
    }
  }
  const display = bits.flag()
  for (let points = bits.take(5); points >= 0; points--) {
    bits.take(12)
    if (bits.take(5) > 7) bits.take(1)
    if (model && bits.flag()) {
      bits.take(delayBits)
      bits.take(delayBits)
      bits.take(1)
    }
    if (display && bits.flag()) bits.take(4)
  }
}

/** What stands between the frame's size and its colours. */
function skipTools(bits: Bits, reduced: boolean): void {
  if (!reduced && bits.flag()) bits.take(7)
  bits.take(3)
  if (!reduced) {
    bits.take(4)
    const order = bits.flag()
    if (order) bits.take(2)
    const screen = bits.flag() ? SELECT : bits.take(1)
    if (screen > 0 && !bits.flag()) bits.take(1)
    if (order) bits.take(3)
  }
  bits.take(3)
}

/** color_config(), §5.5.2. */
function readColour(bits: Bits, profile: number): Pick<Av1Sequence, 'bitDepth' | 'layout' | 'colour'> {
  const high = bits.flag()
  const bitDepth = profile === 2 && high && bits.flag() ? 12 : high ? 10 : 8
  const mono = profile !== 1 && bits.flag()
  const said = bits.flag()
  const [primaries, transfer, matrix] = said
    ? [bits.take(8), bits.take(8), bits.take(8)]
    : [UNSPECIFIED, UNSPECIFIED, UNSPECIFIED]
  const numbers = { primaries: primaries!, transfer: transfer!, matrix: matrix! }
  if (!mono && primaries === BT709 && transfer === SRGB && matrix === IDENTITY) {
    return { bitDepth, layout: '444', colour: { ...numbers, fullRange: true } }
  }
  const colour = { ...numbers, fullRange: bits.flag() }
  if (mono) return { bitDepth, layout: '400', colour }
  if (profile === 0) return { bitDepth, layout: '420', colour }
  if (profile === 1) return { bitDepth, layout: '444', colour }
  if (bitDepth < 12) return { bitDepth, layout: '422', colour }
  const across = bits.flag()
  const down = across && bits.flag()
  return { bitDepth, layout: across ? (down ? '420' : '422') : '444', colour }
}

function readSequence(payload: Uint8Array): Av1Sequence {
  const bits = new Bits(payload)
  const profile = bits.take(3)
  bits.take(1)
  const reduced = bits.flag()
  if (reduced) bits.take(5)
  else skipPoints(bits)
  const [across, down] = [bits.take(4) + 1, bits.take(4) + 1]
  const [width, height] = [bits.take(across) + 1, bits.take(down) + 1]
  skipTools(bits, reduced)
  return { width, height, ...readColour(bits, profile) }
}

/**
 * Reads the sequence header of an item's bytes; where there are several, they say the same of a picture, but
 * the largest size counts. Throws ImageError `corrupt` where there is none.
 */
export function readAv1Sequence(obus: Uint8Array): Av1Sequence {
  const all = [...sequenceHeaders(obus)].map(readSequence)
  const last = all.at(-1)
  if (!last) throw new ImageError('corrupt', 'An AVIF picture has no AV1 sequence header')
  const most = (side: 'width' | 'height'): number => Math.max(...all.map((one) => one[side]))
  return { ...last, width: most('width'), height: most('height') }
}
