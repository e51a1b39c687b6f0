// A plain reader of VP8 key frames of one macroblock (RFC 6386), for the encoder's tests: no loop
// filter, no segments, luma alone.
import source from '../../src/engine/vp8-encode-tables?raw'

/** A table of the engine's source by its name. */
export function table(name: string): number[] {
  const text = source.slice(source.indexOf('[', source.indexOf(`const ${name} =`)))
  return [...text.slice(0, text.indexOf(']')).matchAll(/\d+/g)].map(([digits]) => Number(digits))
}

const DEFAULTS = table('COEFFICIENT_PROBABILITIES')
const UPDATES = table('UPDATE_PROBABILITIES')
const MODES4 = table('MODE_PROBABILITIES')
const BANDS = table('BANDS')
export const ZIGZAG = table('ZIGZAG4')
const EXTRA = [[159], [165, 145], [173, 148, 140], [176, 155, 140, 135], [180, 157, 141, 134, 130]]
const EXTRA6 = [254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129]

/** 7.3: the boolean decoder. */
function boolReader(bytes: Uint8Array): (probability: number) => number {
  let at = 0
  const next = () => bytes[at++] ?? 0
  let value = next() * 256 + next()
  let range = 255
  let shifts = 0
  return (probability) => {
    const split = 1 + (((range - 1) * probability) >> 8)
    const bit = value >= split * 256 ? 1 : 0
    if (bit) value -= split * 256
    range = bit ? range - split : split
    for (; range < 128; range *= 2) {
      value *= 2
      if (++shifts === 8) {
        value += next()
        shifts = 0
      }
    }
    return bit
  }
}

export interface Macroblock {
  /** The quantiser's index. */
  readonly quantiser: number
  /** Of the 16 blocks, or null with `whole`. */
  readonly modes: number[] | null
  /** 0 DC, 1 TrueMotion, 2 vertical, 3 horizontal. */
  readonly whole: number
  /** Levels in natural order: the DCs' own block (whole modes), then luma's 16. */
  readonly second: number[]
  readonly luma: number[][]
}

/** Reads a file of one macroblock. */
export function readMacroblock(file: Uint8Array): Macroblock {
  const frame = file.subarray(20)
  const size = (frame[0]! | (frame[1]! << 8) | (frame[2]! << 16)) >> 5
  const bool = boolReader(frame.subarray(10, 10 + size))
  const bits = (count: number) => {
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + bool(128)
    return value
  }
  bits(3 + 1 + 6 + 3 + 1 + 2)
  const quantiser = bits(7)
  for (let i = 0; i < 5; i++) if (bits(1)) bits(5)
  bits(1)
  const probabilities = DEFAULTS.map((value, i) => (bool(UPDATES[i]!) ? bits(8) : value))
  const skip = bits(1) ? bits(8) : 0
  const skipped = skip ? bool(skip) : 0
  const { modes, whole } = readModes(bool)
  const coded = boolReader(frame.subarray(10 + size))
  const zeros = () => new Array<number>(16).fill(0)
  if (skipped) return { quantiser, modes, whole, second: zeros(), luma: Array.from({ length: 16 }, zeros) }
  const second = modes ? zeros() : readBlock(coded, probabilities, 1, 0, 0)
  const [above, beside] = [zeros(), zeros()]
  const luma = Array.from({ length: 16 }, (_, i) => {
    const context = above[i & 3]! + beside[i >> 2]!
    const block = readBlock(coded, probabilities, modes ? 3 : 0, modes ? 0 : 1, context)
    above[i & 3] = beside[i >> 2] = block.some((level) => level !== 0) ? 1 : 0
    return block
  })
  return { quantiser, modes, whole, second, luma }
}

/** 11.2, 11.3: luma's modes; outside the picture modes count as DC. */
function readModes(bool: (probability: number) => number): { modes: number[] | null; whole: number } {
  if (bool(145)) {
    const whole = bool(156) ? (bool(128) ? 1 : 3) : bool(163) ? 2 : 0
    return { modes: null, whole }
  }
  const modes: number[] = []
  for (let i = 0; i < 16; i++) {
    const above = i < 4 ? 0 : modes[i - 4]!
    const beside = i % 4 === 0 ? 0 : modes[i - 1]!
    const p = MODES4.slice((above * 10 + beside) * 9)
    const tree = () => {
      if (!bool(p[0]!)) return 0
      if (!bool(p[1]!)) return 1
      if (!bool(p[2]!)) return 2
      if (!bool(p[3]!)) return bool(p[4]!) ? 4 + bool(p[5]!) : 3
      if (!bool(p[6]!)) return 6
      return bool(p[7]!) ? 8 + bool(p[8]!) : 7
    }
    modes.push(tree())
  }
  return { modes, whole: 0 }
}

/** 13: a block's levels. */
function readBlock(
  bool: (probability: number) => number,
  probabilities: number[],
  type: number,
  first: number,
  context: number,
): number[] {
  const block = new Array<number>(16).fill(0)
  const node = (n: number, c: number) => probabilities.slice(((type * 8 + BANDS[n]!) * 3 + c) * 11)
  const extra = (list: number[], base: number) => list.reduce((value, p) => value * 2 + bool(p), 0) + base
  const large = (p: number[]): number => {
    if (!bool(p[3]!)) return bool(p[4]!) ? 3 + bool(p[5]!) : 2
    if (!bool(p[6]!)) return bool(p[7]!) ? extra(EXTRA[1]!, 7) : extra(EXTRA[0]!, 5)
    if (!bool(p[8]!)) return bool(p[9]!) ? extra(EXTRA[3]!, 19) : extra(EXTRA[2]!, 11)
    return bool(p[10]!) ? extra(EXTRA6, 67) : extra(EXTRA[4]!, 35)
  }
  let p = node(first, context)
  if (!bool(p[0]!)) return block
  for (let n = first; n < 16; ) {
    if (!bool(p[1]!)) {
      p = node(++n, 0)
      continue
    }
    const level = bool(p[2]!) ? large(p) : 1
    block[ZIGZAG[n]!] = bool(128) ? -level : level
    n++
    p = node(n, level === 1 ? 1 : 2)
    if (n === 16 || !bool(p[0]!)) break
  }
  return block
}
