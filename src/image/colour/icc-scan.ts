// An ICC profile's identity, read as its bytes stream by: the tag table, then only the tags that
// tell which colour space it is. A CMYK profile may have megabytes; this keeps at most 40 KB.
import { latin1, u32be } from '../feed'
import { evaluateCurve, parseCurve, parseDescription, parseXyz } from './icc-tags'
import { encodeSrgb } from './spaces'

/** Largest tag table that is read, and the most that is kept of each wanted tag. */
const MAX_TAGS = 128
const WANTED: Readonly<Record<string, number>> = {
  ...{ desc: 4096, rXYZ: 20, gXYZ: 20, bXYZ: 20 },
  ...{ rTRC: 32768, kTRC: 32768 },
}

/** Colorants (ICC.1 §9.2: adapted to D50) of the spaces that have names in the API. */
const SPACES = {
  srgb: [0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7139],
  p3: [0.5151, 0.2412, -0.0011, 0.292, 0.6922, 0.0419, 0.1571, 0.0666, 0.7841],
  adobe_rgb: [0.6097, 0.3111, 0.0195, 0.2053, 0.6257, 0.0609, 0.1492, 0.0632, 0.7446],
} as const

/** Bytes by which tones are told apart. */
const GREYS = [16, 32, 64, 96, 128, 160, 192, 224]

/** Reads a profile that is pushed in pieces. */
export class IccScan {
  #position = 0
  #head = new Uint8Array(132)
  #wanted: { name: string; start: number; bytes: Uint8Array }[] = []
  #table = 132

  /** Takes the profile's next bytes. */
  push(chunk: Uint8Array): void {
    const start = this.#position
    this.#position += chunk.length
    if (start < this.#table) {
      this.#head.set(chunk.subarray(0, this.#table - start), start)
      if (start < 132 && this.#position >= 132) {
        this.#table = 132 + 12 * Math.min(u32be(this.#head, 128), MAX_TAGS)
        const head = new Uint8Array(this.#table)
        head.set(this.#head)
        head.set(chunk.subarray(132 - start, this.#table - start), 132)
        this.#head = head
      }
      if (this.#position >= this.#table && this.#table >= 132) this.#plan()
    }
    for (const { start: from, bytes } of this.#wanted) {
      const first = Math.max(from, start)
      const last = Math.min(from + bytes.length, this.#position)
      if (first < last) bytes.set(chunk.subarray(first - start, last - start), first - from)
    }
  }

  /** Whether anything that looks like a profile has come. */
  get present(): boolean {
    return this.#position >= 132 && latin1(this.#head, 36, 4) === 'acsp'
  }

  /** Four letters: `RGB `, `GRAY`, `CMYK`, `Lab `… */
  get dataSpace(): string {
    return latin1(this.#head, 16, 4)
  }

  /** The profile's description, or null. */
  get description(): string | null {
    const tag = this.#tag('desc')
    return tag === null ? null : parseDescription(tag)
  }

  /** `srgb`, `p3` or `adobe_rgb` where colorants and tone curve (or else the name) say so. */
  get knownSpace(): keyof typeof SPACES | null {
    const [r, g, b] = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => {
      const tag = this.#tag(name)
      return tag === null ? null : parseXyz(tag)
    })
    const trc = this.#tag('rTRC')
    const curve = trc === null ? null : parseCurve(trc)
    if (r && g && b && curve !== null) {
      const middle = evaluateCurve(curve, 0.5)
      // All three have a tone curve near gamma 2.2: 0.214 (sRGB) and 0.218.
      if (middle < 0.2 || middle > 0.23) return null
      const found = [...r, ...g, ...b]
      for (const [name, colorants] of Object.entries(SPACES)) {
        if (colorants.every((value, i) => Math.abs(value - found[i]!) < 0.003))
          return name as keyof typeof SPACES
      }
      return null
    }
    const name = this.description ?? ''
    if (/^sRGB/i.test(name)) return 'srgb'
    if (/^(Display )?P3$/i.test(name)) return 'p3'
    return /^Adobe RGB/i.test(name) ? 'adobe_rgb' : null
  }

  /** Whether it is a grey profile whose tones are not those of sRGB. */
  get toned(): boolean {
    if (!this.present || this.dataSpace !== 'GRAY') return false
    if (this.tables !== null || latin1(this.#head, 20, 4) === 'Lab ') return true
    const tag = this.#tag('kTRC')
    const curve = tag === null ? null : parseCurve(tag)
    if (curve === null) return false
    return GREYS.some((grey) => Math.abs(encodeSrgb(evaluateCurve(curve, grey / 255)) - grey) > 1)
  }

  /** Where the profile has tables from device to connection space: its bytes, and those of its tables. */
  get tables(): { bytes: number; tables: number } | null {
    if (!this.present || this.#head.length < this.#table) return null
    const sizes = this.#entries().filter(({ name }) => name === 'A2B0' || name === 'A2B1')
    if (sizes.length === 0) return null
    const bytes = Math.max(this.#position, u32be(this.#head, 0))
    return { bytes, tables: Math.min(bytes, Math.max(...sizes.map(({ size }) => size))) }
  }

  #tag(name: string): Uint8Array | null {
    const tag = this.#wanted.find((entry) => entry.name === name)
    return tag !== undefined && tag.start + tag.bytes.length <= this.#position ? tag.bytes : null
  }

  /** The tag table. */
  #entries(): { name: string; start: number; size: number }[] {
    const count = Math.floor((this.#head.length - 132) / 12)
    return Array.from({ length: count }, (_, i) => {
      const at = 132 + i * 12
      return {
        name: latin1(this.#head, at, 4),
        start: u32be(this.#head, at + 4),
        size: u32be(this.#head, at + 8),
      }
    })
  }

  #plan(): void {
    for (const { name, start, size } of this.#entries()) {
      const most = WANTED[name]
      if (most === undefined || this.#wanted.some((entry) => entry.name === name)) continue
      if (start >= this.#table)
        this.#wanted.push({ name, start, bytes: new Uint8Array(Math.min(size, most)) })
    }
  }
}

/**
 * The API's name of a colour space (http-api.md §5).
 * @param components 1 grey, 3 colour, 4 CMYK
 * @param fallback what a picture without a profile is
 */
export function colorSpaceOf(components: number, icc: IccScan, fallback: string): string {
  if (components === 1) return 'grayscale'
  if (components === 4) return 'cmyk'
  if (!icc.present) return fallback
  if (icc.dataSpace === 'CMYK') return 'cmyk'
  if (icc.dataSpace === 'GRAY') return 'grayscale'
  return icc.knownSpace ?? icc.description ?? 'unknown'
}
