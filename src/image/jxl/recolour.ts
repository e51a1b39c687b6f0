// A JPEG XL codestream of XYB colours whose pixels are of another space than its encoder was told. The encoder at hand
// knows only sRGB: it takes the pixels' light for that of sRGB's primaries. So the header says how to get that light
// back, OpsinInverseMatrix with one matrix more, and in which space it is to be shown (ISO/IEC 18181-1 §E.2, §L.2).
import { invert, type Matrix, multiply, rgbToPcs } from '../colour/matrix'
import { SPACES } from '../colour/spaces'
import { JxlBits, JxlBitWriter } from './bits'
import { type JxlColour, writeColour } from './colour-encoding'
import { readJxlHeader } from './header'

/** What the format takes for the inverse of opsin absorbance where a file says nothing: to linear sRGB. */
const INVERSE_OPSIN: Matrix = [
  [11.031566901960783, -9.866943921568629, -0.16462299647058826],
  [-3.254147380392157, 4.418770392156863, -0.16462299647058826],
  [-3.6588512862745097, 2.7129230470588235, 1.9459282392156863],
]
const OPSIN_BIAS = -0.0037930732552754493
const QUANTISER_BIASES = [1 - 0.05465007330715401, 1 - 0.07005449891748593, 1 - 0.049935103337343655, 0.145]

/** The codestream, its colours those of `colour`. It must be one whose metadata is spelt out, with default transforms. */
export function recoloured(codestream: Uint8Array, colour: JxlColour): Uint8Array {
  const bits = new JxlBits(codestream)
  const { places } = readJxlHeader(bits)
  const header = new JxlBitWriter().copy(codestream, 0, places.colour.from)
  writeColour(header, colour)
  header.copy(codestream, places.colour.to, places.metadata.to)
  // CustomTransformData and OpsinInverseMatrix, neither all by default; no weights for enlarging.
  header.u(0, 1).u(0, 1)
  for (const row of multiply(toSrgb(colour), INVERSE_OPSIN)) {
    for (const value of halves(row)) header.u(value, 16)
  }
  for (const value of [OPSIN_BIAS, OPSIN_BIAS, OPSIN_BIAS, ...QUANTISER_BIASES]) header.u(half(value), 16)
  header.u(0, 3)
  const head = header.bytes()
  const frames = codestream.subarray(Math.ceil(bits.position / 8))
  const whole = new Uint8Array(head.length + frames.length)
  whole.set(head)
  whole.set(frames, head.length)
  return whole
}

/** Linear light of a space to that of sRGB. */
function toSrgb({ primaries: [red, green, blue], white }: JxlColour): Matrix {
  return multiply(invert(SPACES.srgb.toPcs)!, rgbToPcs(red, green, blue, white))
}

/** A number of 16 bits (IEEE 754), rounded to the nearest; of normal ones. */
function half(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))))
  const units = Math.round(Math.abs(value) * 2 ** (10 - exponent))
  // Rounding up to the next power of two carries into the exponent.
  return (value < 0 ? 0x8000 : 0) + (((exponent + 14) << 10) + units)
}

function numberOf(bits: number): number {
  const exponent = (bits >> 10) & 31
  const size = exponent === 0 ? (bits & 1023) * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25)
  return bits & 0x8000 ? -size : size
}

/**
 * A row of the matrix in 16 bits. White is where all three are equal: of the ways to round, the one whose sum
 * is nearest, for large coefficients of opposite signs are rounded by as much as a grey level.
 */
function halves(row: readonly number[]): number[] {
  const ways = row.map((value) => [half(value), half(value) - 1, half(value) + 1])
  const sum = row.reduce((a, b) => a + b)
  let best: number[] = []
  let least = Number.POSITIVE_INFINITY
  for (const a of ways[0]!) {
    for (const b of ways[1]!) {
      for (const c of ways[2]!) {
        const way = [a, b, c]
        const off = Math.abs(way.reduce((total, bits) => total + numberOf(bits), 0) - sum)
        const far = way.reduce((total, bits, i) => total + Math.abs(numberOf(bits) - row[i]!), 0)
        const cost = 20 * off + far
        if (cost < least) [best, least] = [way, cost]
      }
    }
  }
  return best
}
