// JPEG XL files for tests: pixels coded without loss by libjxl, and headers, profiles and their entropy coding
// written by hand.
import factory from '../../build/codecs/jxl-encode.js'
import wasm from '../../build/codecs/jxl-encode.wasm'
import { instantiate, reserveString } from '../../src/image/codecs/emscripten'
import { JxlBits, JxlBitWriter } from '../../src/image/jxl/bits'
import { type JxlColour, writeColour } from '../../src/image/jxl/colour-encoding'
import { nakedCodestream } from '../../src/image/jxl/container'
import { readAnsTable } from '../../src/image/jxl/entropy-ans'
import { readJxlHeader } from '../../src/image/jxl/header'

/** RGBA in sRGB (16-bit samples little-endian where `bitDepth` is more than 8) as a codestream; `more`: libjxl's own. */
export async function codedJxl(
  rgba: Uint8Array,
  width: number,
  height: number,
  {
    lossless = true,
    bitDepth = 8,
    quality = 95,
    ...more
  }: { lossless?: boolean; bitDepth?: number; quality?: number; [more: string]: number | boolean } = {},
): Promise<Uint8Array> {
  const codec = await instantiate(factory, wasm)
  const pixels = reserveString(codec, rgba.length)
  codec.HEAPU8.set(rgba, pixels.at)
  const unset = ['epf', 'gaborish', 'responsive', 'progressiveDC', 'progressiveAC', 'qProgressiveAC']
  const file = codec.encode(pixels, width, height, {
    ...Object.fromEntries([...unset, 'brotliEffort'].map((name) => [name, -1])),
    ...{ bitDepth, lossless, quality, alphaQuality: 100, effort: 3, decodingSpeed: 0, photonNoiseIso: 0 },
    ...{ modular: false, lossyPalette: false, paletteColors: -1, iterations: -1 },
    ...{ modularColorspace: -1, modularPredictor: -1, ...more },
  })
  if (!(file instanceof Uint8Array)) throw new Error(`not encoded: ${file}`)
  // 16 bits come in a container, for their level is stated there.
  return file.subarray(0, nakedCodestream(file))
}

export interface Surgery {
  /** Another colour encoding, or a profile's stream of bits. */
  readonly colour?: JxlColour | { readonly icc: JxlBitWriter; readonly bits: number }
  readonly grey?: boolean
  /** One extra channel, of alpha, that is stated to be multiplied into the colours. */
  readonly premultiplied?: boolean
  /** One extra channel, of black ink. */
  readonly black?: boolean
}

/** The codestream with another header; its metadata must be of libjxl's plain kind, with one alpha channel. */
export function operated(
  file: Uint8Array,
  { colour, grey = false, premultiplied, black }: Surgery,
): Uint8Array {
  const bits = new JxlBits(file)
  const { places, plain } = readJxlHeader(bits)
  if (plain) throw new Error('the header has nothing to change')
  const end = bits.position
  const header = new JxlBitWriter()
  // The alpha channel's one bit of defaults stands just before the bit that says XYB.
  const channel = places.colour.from - 2
  header.copy(file, 0, channel)
  if (premultiplied) header.u(0, 1).u(0, 2).u(0, 3).u(0, 2).u(0, 2).u(1, 1)
  else if (black) header.u(0, 1).enumerated(4).u(0, 3).u(0, 2).u(0, 2)
  else header.copy(file, channel, channel + 1)
  header.copy(file, channel + 1, places.colour.from)
  if (colour && 'icc' in colour)
    header
      .u(0, 1)
      .u(1, 1)
      .enumerated(grey ? 1 : 0)
  else if (colour) writeColour(header, colour)
  else header.copy(file, places.colour.from, places.colour.to)
  header.copy(file, places.colour.to, end)
  if (colour && 'icc' in colour) header.copy(colour.icc.bytes(), 0, colour.bits)
  const frames = file.subarray(Math.ceil(end / 8))
  const head = header.bytes()
  const whole = new Uint8Array(head.length + frames.length)
  whole.set(head)
  whole.set(frames, head.length)
  return whole
}

/** How many bits a writer holds is not asked of it: they are counted here. */
class Counted extends JxlBitWriter {
  count = 0
  override u(value: number, bits: number): this {
    this.count += bits
    return super.u(value, bits)
  }
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]

/** The commands that make a profile: its header as differences, then all else as it is. */
function packed(icc: Uint8Array, content: { commands: number[]; data: number[] }): number[] {
  const usual = new Uint8Array(128)
  usual.set([icc.length >>> 24, (icc.length >>> 16) & 255, (icc.length >>> 8) & 255, icc.length & 255])
  usual[8] = 4
  const text = (at: number, value: string) =>
    usual.set(
      Array.from(value, (c) => c.charCodeAt(0)),
      at,
    )
  text(12, 'mntrRGB XYZ ')
  text(36, 'acsp')
  usual.set([0, 0, 246, 214, 0, 1, 0, 0, 0, 0, 211, 45], 68)
  usual.set(icc.subarray(4, 8), 80)
  const head = Array.from(usual, (value, i) => (icc[i]! - value) & 255)
  return [
    ...varint(icc.length),
    ...varint(content.commands.length),
    ...content.commands,
    ...head,
    ...content.data,
  ]
}

/** Everything behind the header inserted as it is. */
export function inserted(icc: Uint8Array): { commands: number[]; data: number[] } {
  return { commands: [0, 1, ...varint(icc.length - 128)], data: [...icc.subarray(128)] }
}

export type Coding = 'prefix' | 'ans' | 'copies'

/** A profile's stream: its size, one code for all contexts, its numbers. */
export function iccStream(
  icc: Uint8Array,
  coding: Coding = 'prefix',
  content = inserted(icc),
): { icc: JxlBitWriter; bits: number } {
  const bytes = packed(icc, content)
  const out = new Counted()
  // U64: 12 bits, then 8 and a flag.
  out
    .u(3, 2)
    .u(bytes.length & 0xfff, 12)
    .u(1, 1)
    .u((bytes.length >>> 12) & 255, 8)
    .u(0, 1)
  out.u(coding === 'copies' ? 1 : 0, 1)
  // Copies from token 224 on, of at least 3; their lengths with a split of 2^8.
  if (coding === 'copies') out.u(0, 2).u(0, 2).u(8, 4)
  // A simple map of contexts: no bits each, so that all have the first code.
  out.u(1, 1).u(0, 2)
  if (coding === 'ans') writeAns(out, bytes)
  else writePrefix(out, coding === 'copies' ? withCopies(bytes) : bytes.map((byte) => [byte]))
  return { icc: out, bits: out.count }
}

const reversed = (value: number, bits: number): number => {
  let to = 0
  for (let i = 0; i < bits; i++) to |= ((value >> i) & 1) << (bits - 1 - i)
  return to
}

/** A code of 512 symbols with 9 bits each. */
function writePrefix(out: JxlBitWriter, symbols: number[][]): void {
  out.u(1, 1)
  // Tokens are the numbers: a split of 2^15.
  out.u(15, 4)
  // 512 symbols: 511 = 2^8 + 255.
  out.u(1, 1).u(8, 4).u(255, 8)
  // Lengths' lengths in the order 1 2 3 4 0 5 17 6 16 7 8 9 …: only 9 is used.
  out.u(0, 2)
  for (const length of [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15]) {
    if (length === 9) out.u(7, 4)
    else out.u(0, 2)
  }
  for (const symbol of symbols.flat()) out.u(reversed(symbol, 9), 9)
}

/** Numbers of 224 and more can't be told from copies: they are not in what is coded so, save as copies. */
function withCopies(bytes: number[]): number[][] {
  const symbols: number[][] = []
  for (let i = 0; i < bytes.length; ) {
    let best = { length: 0, distance: 0 }
    for (let distance = 1; distance <= Math.min(i, 400); distance++) {
      let length = 0
      while (length < 200 && i + length < bytes.length && bytes[i + length] === bytes[i + length - distance])
        length++
      if (length > best.length) best = { length, distance }
    }
    if (best.length >= 3) {
      symbols.push([224 + best.length - 3, best.distance - 1])
      i += best.length
    } else {
      if (bytes[i]! >= 224) throw new Error('a byte that would be a copy')
      symbols.push([bytes[i++]!])
    }
  }
  return symbols
}

/** A flat distribution of 256 symbols, states from the last symbol to the first. */
function writeAns(out: JxlBitWriter, bytes: number[]): void {
  // Alphabets of up to 2^8 (5 + 3), tokens are the numbers: a split of 2^8 takes 4 bits.
  out.u(0, 1).u(3, 2).u(8, 4)
  // Not simple, flat, 256 symbols: 255 = 2^7 + 127.
  out.u(0, 1).u(1, 1).u(1, 1).u(7, 3).u(127, 7)
  const table = readAnsTable(new JxlBits(Uint8Array.of(0b11111110, 0b11111111, 0b11111111)), 8)
  const places = new Map<number, number>()
  for (let low = 0; low < 4096; low++) {
    const { symbol, offset } = table.look(low)
    places.set(symbol * 16 + offset, low)
  }
  let state = 0x130000
  const emitted: number[] = []
  for (const byte of bytes.toReversed()) {
    if (state >= 16 * 2 ** 20) {
      emitted.push(state & 0xffff)
      state = Math.floor(state / 65536)
    }
    state = Math.floor(state / 16) * 4096 + places.get(byte * 16 + (state % 16))!
  }
  out.u(state, 32)
  for (const word of emitted.toReversed()) out.u(word, 16)
}
