// The bit reader of JPEG XL headers (ISO/IEC 18181-1 §B.2): little-endian, least significant bit first.
import { ImageError } from '../error'

/** One of the four ways a U32 is coded: a constant, or an offset and bits. */
export type Choice = number | readonly [offset: number, bits: number]

/** Reads fields out of a codestream's beginning. */
export class JxlBits {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  /** An unsigned integer of at most 30 bits. */
  u(bits: number): number {
    if (this.#at + bits > this.bytes.length * 8) {
      throw new ImageError(
        'truncated',
        'Expected a whole JPEG XL header but the codestream ended',
        this.#at >>> 3,
      )
    }
    let value = 0
    for (let i = 0; i < bits; i++, this.#at++) {
      value += ((this.bytes[this.#at >>> 3]! >>> (this.#at & 7)) & 1) * 2 ** i
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

  /** Enum of the specification. */
  enumerated(): number {
    return this.u32(0, 1, [2, 4], [18, 6])
  }
}
