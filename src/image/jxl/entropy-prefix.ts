// Prefix codes of JPEG XL (ISO/IEC 18181-1:2024 §C.2.4), which are Brotli's (RFC 7932 §3.4–3.5).
import { damaged, type JxlBits } from './bits'

/** `(symbol << 4) | length` for each value of the next `bits` bits. */
export interface PrefixTable {
  readonly bits: number
  readonly entries: Uint32Array
}

const LENGTH_CODES = 18
/** In which order the lengths of the lengths' codes are stored. */
const ORDER = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15]
/** The fixed code of those lengths: by its next 4 bits, `[bits, length]`. */
const FIXED = [
  [2, 0],
  [2, 4],
  [2, 3],
  [3, 2],
  [2, 0],
  [2, 4],
  [2, 3],
  [4, 1],
  [2, 0],
  [2, 4],
  [2, 3],
  [3, 2],
  [2, 0],
  [2, 4],
  [2, 3],
  [4, 5],
] as const
const REPEAT = 16

/** Reads the next symbol. */
export function readSymbol(bits: JxlBits, { bits: most, entries }: PrefixTable): number {
  const entry = entries[bits.peek(most)]!
  bits.u(entry & 15)
  return entry >>> 4
}

/** Reads the code of `size` symbols. Throws ImageError `corrupt`. */
export function readPrefixTable(bits: JxlBits, size: number): PrefixTable {
  if (size === 1) return { bits: 0, entries: new Uint32Array(1) }
  const skipped = bits.u(2)
  return skipped === 1 ? readSimple(bits, size) : tableOf(bits, readLengths(bits, size, skipped))
}

/** Up to four symbols, named. */
function readSimple(bits: JxlBits, size: number): PrefixTable {
  const count = bits.u(2) + 1
  const most = 32 - Math.clz32(size - 1)
  const symbols = Array.from({ length: count }, () => bits.u(most))
  if (symbols.some((symbol, i) => symbol >= size || symbols.indexOf(symbol) !== i)) throw damaged(bits)
  const uneven = count === 4 && bits.bool()
  const lengths = count === 4 ? (uneven ? [1, 2, 3, 3] : [2, 2, 2, 2]) : [[0], [1, 1], [1, 2, 2]][count - 1]!
  if (count === 1) return { bits: 0, entries: Uint32Array.of(symbols[0]! << 4) }
  const all = new Uint8Array(size)
  // Symbols of equal length are in order; others keep the length of their place.
  symbols.forEach((symbol, i) => {
    all[symbol] = lengths[i]!
  })
  return tableOf(bits, all)
}

function readLengths(bits: JxlBits, size: number, skipped: number): Uint8Array {
  const own = new Uint8Array(LENGTH_CODES)
  let space = 32
  let used = 0
  for (let i = skipped; i < LENGTH_CODES && space > 0; i++) {
    const [count, length] = FIXED[bits.peek(4)]!
    bits.u(count)
    own[ORDER[i]!] = length
    if (length !== 0) {
      space -= 32 >> length
      used++
    }
  }
  if (used !== 1 && space !== 0) throw damaged(bits)
  const code: PrefixTable =
    used === 1
      ? { bits: 0, entries: Uint32Array.of(own.findIndex((length) => length !== 0) << 4) }
      : tableOf(bits, own)

  const lengths = new Uint8Array(size)
  let left = 32768
  let before = 8
  let repeated = -1
  let repeat = 0
  for (let at = 0; at < size && left > 0; ) {
    const symbol = readSymbol(bits, code)
    if (symbol < REPEAT) {
      repeat = 0
      lengths[at++] = symbol
      if (symbol !== 0) {
        before = symbol
        left -= 32768 >> symbol
      }
      continue
    }
    const extra = symbol - 14
    const length = symbol === REPEAT ? before : 0
    if (repeated !== length) repeat = 0
    repeated = length
    const old = repeat
    if (repeat > 0) repeat = (repeat - 2) << extra
    repeat += bits.u(extra) + 3
    if (at + repeat - old > size) throw damaged(bits)
    lengths.fill(length, at, at + repeat - old)
    at += repeat - old
    if (length !== 0) left -= (repeat - old) << (15 - length)
  }
  if (left !== 0) throw damaged(bits)
  return lengths
}

/** The table of a canonical code, whose bits come highest first. */
function tableOf(bits: JxlBits, lengths: Uint8Array): PrefixTable {
  const most = lengths.reduce((a, b) => Math.max(a, b), 0)
  const entries = new Uint32Array(1 << most)
  let code = 0
  let filled = 0
  for (let length = 1; length <= most; length++) {
    lengths.forEach((value, symbol) => {
      if (value !== length) return
      const first = reversed(code++, length)
      for (let at = first; at < entries.length; at += 1 << length, filled++) {
        entries[at] = (symbol << 4) | length
      }
    })
    code <<= 1
  }
  if (most === 0 || filled !== entries.length) throw damaged(bits)
  return { bits: most, entries }
}

function reversed(code: number, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value |= ((code >> i) & 1) << (length - 1 - i)
  return value
}
