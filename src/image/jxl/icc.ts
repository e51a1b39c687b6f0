// ICC profiles inside JPEG XL codestreams (ISO/IEC 18181-1:2024 annex E.4): numbers by context, then commands that put
// the profile together out of what such profiles usually are.
import { latin1 } from '../feed'
import { damaged, type JxlBits } from './bits'
import { JxlNumbers } from './entropy'

const CONTEXTS = 41
/** Where the contexts begin to look at the two bytes before. */
const PLAIN_BYTES = 128
const HEADER_BYTES = 128

/**
 * Reads the profile that follows a header; the bits then stand before the byte that the first frame begins with.
 * @param most bytes of a profile that is kept; a larger one is refused
 * Throws ImageError `corrupt` or `truncated`.
 */
export function readIcc(bits: JxlBits, most: number): Uint8Array {
  const size = bits.u64()
  if (size > most + 65536) throw damaged(bits)
  const numbers = new JxlNumbers(bits, CONTEXTS)
  const packed = new Uint8Array(size)
  for (let i = 0; i < size; i++) {
    const context = i <= PLAIN_BYTES ? 0 : 1 + nearKind(packed[i - 1]!) + 8 * farKind(packed[i - 2]!)
    const value = numbers.read(context)
    if (value > 255) throw damaged(bits)
    packed[i] = value
  }
  if (!numbers.whole) throw damaged(bits)
  return new Unpacker(bits, packed, most).run()
}

const isLetter = (b: number): boolean => (b >= 97 && b <= 122) || (b >= 65 && b <= 90)
const isNumeric = (b: number): boolean => (b >= 48 && b <= 57) || b === 46 || b === 44

function nearKind(b: number): number {
  if (isLetter(b)) return 0
  if (isNumeric(b)) return 1
  if (b < 2) return 2 + b
  if (b < 16) return 4
  return b === 255 ? 6 : b > 240 ? 5 : 7
}

function farKind(b: number): number {
  if (isLetter(b)) return 0
  if (isNumeric(b)) return 1
  return b < 16 ? 2 : b > 240 ? 3 : 4
}

/** Tags by number, from 4 on, and types from 16 on. */
const TAGS = 'cprtwtptbkptrXYZgXYZbXYZkXYZrTRCgTRCbTRCkTRCchaddescchrmdmnddmddlumi'
const TYPES = 'XYZ desctextmlucparacurvsf32gbd '
/** Tags of 20 bytes, unless they say otherwise. */
const POINTS = new Set(['rXYZ', 'gXYZ', 'bXYZ', 'kXYZ', 'wtpt', 'bkpt', 'lumi'])

/** Runs the commands (§E.4.3–E.4.5). */
class Unpacker {
  readonly #out: Uint8Array
  #length = 0
  /** Of commands, their end, and of data. */
  #command = 0
  readonly #commandsEnd: number
  #data: number

  constructor(
    readonly bits: JxlBits,
    readonly packed: Uint8Array,
    most: number,
  ) {
    const size = this.#varint()
    const commands = this.#varint()
    this.#commandsEnd = this.#command + commands
    if (size > most || this.#commandsEnd > packed.length) throw damaged(bits)
    this.#data = this.#commandsEnd
    this.#out = new Uint8Array(size)
  }

  run(): Uint8Array {
    this.#header()
    if (this.#length < this.#out.length) {
      this.#tags()
      while (this.#command < this.#commandsEnd) this.#content(this.packed[this.#command++]!)
    }
    if (this.#data !== this.packed.length || this.#length !== this.#out.length) throw damaged(this.bits)
    return this.#out
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.packed[this.#command++]
      if (byte === undefined) break
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw damaged(this.bits)
  }

  #take(count: number): Uint8Array {
    const from = this.#data
    this.#data += count
    if (this.#data > this.packed.length) throw damaged(this.bits)
    return this.packed.subarray(from, this.#data)
  }

  #put(...bytes: number[]): void {
    if (this.#length + bytes.length > this.#out.length) throw damaged(this.bits)
    for (const byte of bytes) this.#out[this.#length++] = byte
  }

  #putText(text: string): void {
    this.#put(...Array.from(text, (c) => c.charCodeAt(0)))
  }

  #putNumber(value: number): void {
    if (value > 0xffffffff) throw damaged(this.bits)
    this.#put(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
  }

  /** The first 128 bytes are differences to a usual header. */
  #header(): void {
    const usual = new Uint8Array(HEADER_BYTES)
    const size = this.#out.length
    usual.set([size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255])
    usual[8] = 4
    for (const [at, text] of [
      [12, 'mntrRGB XYZ '],
      [36, 'acsp'],
    ] as const) {
      for (let i = 0; i < text.length; i++) usual[at + i] = text.charCodeAt(i)
    }
    usual.set([0, 0, 246, 214, 0, 1, 0, 0, 0, 0, 211, 45], 68)
    for (let i = 0; i < HEADER_BYTES && i < size; i++) {
      if (i === 8) usual.set(this.#out.subarray(4, 8), 80)
      if (i === 41) {
        const platform = { A: 'APPL', M: 'MSFT' }[String.fromCharCode(this.#out[40]!)]
        if (platform) for (let at = 41; at < 44; at++) usual[at] = platform.charCodeAt(at - 40)
      }
      if (i === 42) {
        const platform = { SG: 'SGI ', SU: 'SUNW' }[latin1(this.#out, 40, 2)]
        if (platform) for (let at = 42; at < 44; at++) usual[at] = platform.charCodeAt(at - 40)
      }
      this.#put((this.#take(1)[0]! + usual[i]!) & 255)
    }
  }

  #tags(): void {
    const count = this.#varint() - 1
    if (count < 0) return
    this.#putNumber(count)
    let start = HEADER_BYTES + count * 12
    let size = 0
    while (this.#command < this.#commandsEnd) {
      const command = this.packed[this.#command++]!
      const code = command & 63
      if (code === 0) return
      const name =
        code === 1
          ? latin1(this.#take(4))
          : code === 2
            ? 'rTRC'
            : code === 3
              ? 'rXYZ'
              : TAGS.slice((code - 4) * 4, (code - 3) * 4)
      if (name.length !== 4) throw damaged(this.bits)
      start = command & 64 ? this.#varint() : start + size
      size = command & 128 ? this.#varint() : POINTS.has(name) ? 20 : size
      this.#tag(name, start, size)
      // One command for a whole set.
      if (code === 2) for (const other of ['gTRC', 'bTRC']) this.#tag(other, start, size)
      if (code === 3)
        for (const [i, other] of ['gXYZ', 'bXYZ'].entries()) this.#tag(other, start + (i + 1) * size, size)
    }
  }

  #tag(name: string, start: number, size: number): void {
    this.#putText(name)
    this.#putNumber(start)
    this.#putNumber(size)
  }

  #content(command: number): void {
    if (command === 1) {
      this.#append(this.#take(this.#varint()))
    } else if (command === 2 || command === 3) {
      this.#append(shuffled(this.#take(this.#varint()), command === 2 ? 2 : 4))
    } else if (command === 4) {
      this.#predicted()
    } else if (command === 10) {
      this.#putText('XYZ ')
      this.#put(0, 0, 0, 0)
      this.#append(this.#take(12))
    } else if (command >= 16 && command < 24) {
      this.#putText(TYPES.slice((command - 16) * 4, (command - 15) * 4))
      this.#put(0, 0, 0, 0)
    } else {
      throw damaged(this.bits)
    }
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#out.length) throw damaged(this.bits)
    this.#out.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Differences to what up to three numbers before go on as. */
  #predicted(): void {
    const flags = this.packed[this.#command++] ?? 2
    const width = (flags & 3) + 1
    const order = (flags >> 2) & 3
    if (width === 3 || order === 3) throw damaged(this.bits)
    const stride = flags & 16 ? this.#varint() : width
    if (stride < width || stride * 4 >= this.#length) throw damaged(this.bits)
    const bytes = shuffled(this.#take(this.#varint()), width)
    const out = this.#out
    const start = this.#length
    if (start + bytes.length > out.length) throw damaged(this.bits)
    const number = (at: number): number => {
      let value = 0
      for (let i = 0; i < width; i++) value = value * 256 + out[at + i]!
      return value
    }
    for (let i = 0; i < bytes.length; i++) {
      const at = start + i - (i % width)
      const [a, b, c] = [number(at - stride), number(at - 2 * stride), number(at - 3 * stride)]
      const value = order === 0 ? a : order === 1 ? 2 * a - b : 3 * a - 3 * b + c
      const byte = Math.floor(value / 256 ** (width - 1 - (i % width)))
      out[start + i] = (bytes[i]! + byte) & 255
      this.#length++
    }
  }
}

/** Bytes that were stored column by column, `width` rows of them. */
function shuffled(bytes: Uint8Array, width: number): Uint8Array {
  if (width === 1) return bytes
  const height = Math.ceil(bytes.length / width)
  const out = new Uint8Array(bytes.length)
  let column = 0
  let from = 0
  for (let i = 0; i < bytes.length; i++) {
    out[i] = bytes[from]!
    from += height
    if (from >= bytes.length) from = ++column
  }
  return out
}
