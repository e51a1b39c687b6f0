// Bits of JPEG XL codestreams (ISO/IEC 18181-1 §B.2): little-endian, least significant bit first.
import { ImageError } from '../error'

/** One of the four ways a U32 is coded: a constant, or an offset and bits. */
export type Choice = number | readonly [offset: number, bits: number]

/** The error of entropy-coded data that no encoder wrote. */
export function damaged(bits: JxlBits): ImageError {
  return new ImageError('corrupt', 'The JPEG XL profile is damaged', bits.position >>> 3)
}

/** Reads fields out of a codestream's beginning. */
export class JxlBits {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  /** Bits read so far. */
  get position(): number {
    return this.#at
  }

  /** An unsigned integer of at most 32 bits. */
  u(bits: number): number {
    const end = this.#at + bits
    if (end > this.bytes.length * 8) {
      throw new ImageError(
        'truncated',
        'Expected a whole JPEG XL header but the codestream ended',
        this.#at >>> 3,
      )
    }
    let value = 0
    for (let got = 0; got < bits; ) {
      const shift = this.#at & 7
      const take = Math.min(8 - shift, bits - got)
      value += ((this.bytes[this.#at >>> 3]! >>> shift) & ((1 << take) - 1)) * 2 ** got
      got += take
      this.#at += take
    }
    return value
  }

  /** The next bits (at most 32) without reading them; zeros stand behind the end. */
  peek(bits: number): number {
    let value = 0
    for (let got = 0, at = this.#at; got < bits; ) {
      const shift = at & 7
      const take = Math.min(8 - shift, bits - got)
      value += (((this.bytes[at >>> 3] ?? 0) >>> shift) & ((1 << take) - 1)) * 2 ** got
      got += take
      at += take
    }
    return value
  }

  bool(): boolean {
    return this.u(1) === 1
  }

  skip(bits: number): void {
    for (let rest = bits; rest > 0; rest -= 30) this.u(Math.min(rest, 30))
  }

  /** U32(d0, d1, d2, d3) of the specification. */
  u32(d0: Choice, d1: Choice, d2: Choice, d3: Choice): number {
    const choice = [d0, d1, d2, d3][this.u(2)]!
    return typeof choice === 'number' ? choice : choice[0] + this.u(choice[1])
  }

  /** U64 of the specification; sizes beyond 2^53 lose their last bits. */
  u64(): number {
    const kind = this.u(2)
    if (kind === 0) return 0
    if (kind === 1) return 1 + this.u(4)
    if (kind === 2) return 17 + this.u(8)
    let value = this.u(12)
    for (let shift = 12; this.bool(); shift += 8) {
      if (shift === 60) return value + this.u(4) * 2 ** 60
      value += this.u(8) * 2 ** shift
    }
    return value
  }

  /** Enum of the specification. */
  enumerated(): number {
    return this.u32(0, 1, [2, 4], [18, 6])
  }
}

/** Writes fields. */
export class JxlBitWriter {
  readonly #bits: number[] = []

  u(value: number, bits: number): this {
    for (let i = 0; i < bits; i++) this.#bits.push(Math.floor(value / 2 ** i) & 1)
    return this
  }

  /** Bits of a codestream, as they stand there. */
  copy(bytes: Uint8Array, from: number, to: number): this {
    for (let at = from; at < to; at++) this.#bits.push((bytes[at >>> 3]! >>> (at & 7)) & 1)
    return this
  }

  /** Enum of the specification. */
  enumerated(value: number): this {
    if (value < 2) return this.u(value, 2)
    return value < 18 ? this.u(2, 2).u(value - 2, 4) : this.u(3, 2).u(value - 18, 6)
  }

  /** What was written, filled up with zeros to whole bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8))
    this.#bits.forEach((bit, i) => {
      bytes[i >>> 3]! |= bit << (i & 7)
    })
    return bytes
  }
}
