// Entropy-coded numbers of JPEG XL (ISO/IEC 18181-1:2024 annex C): clustered contexts, prefix codes or ANS, numbers as
// a token and extra bits, copies of what was read before. Only what profiles need: no distances by row.
import { damaged, type JxlBits } from './bits'
import { type AnsTable, readAnsTable } from './entropy-ans'
import { type PrefixTable, readPrefixTable, readSymbol } from './entropy-prefix'

/** How a token becomes a number (§C.3.3). */
interface TokenConfig {
  readonly split: number
  readonly high: number
  readonly low: number
}

/** Copies reach back this far. */
const WINDOW = 1 << 20
/** What the state of an ANS stream must be at its end. */
const FINAL_STATE = 0x130000

/** Bits that hold the numbers from 0 to `most`. */
const width = (most: number): number => (most <= 0 ? 0 : 32 - Math.clz32(most))

/** Reads numbers of `contexts` contexts. */
export class JxlNumbers {
  readonly #bits: JxlBits
  readonly #clusters: Uint8Array
  readonly #configs: TokenConfig[] = []
  readonly #prefix: PrefixTable[] = []
  readonly #ans: AnsTable[] = []
  #state = FINAL_STATE
  /** Tokens from `from` on are lengths of copies; null where there are none. */
  readonly #copies: { readonly from: number; readonly least: number; readonly length: TokenConfig } | null
  /** The last numbers, as many as copies reach back; a power of two of them. */
  #seen = new Uint32Array(1024)
  #count = 0
  #copy = { at: 0, left: 0 }

  /** Reads the codes (§C.2). Throws ImageError `corrupt` or `truncated`. */
  constructor(bits: JxlBits, contexts: number, copiesAllowed = true) {
    this.#bits = bits
    const copies = bits.bool()
    if (copies && !copiesAllowed) throw damaged(bits)
    this.#copies = copies
      ? {
          from: bits.u32(224, 512, 4096, [8, 15]),
          least: bits.u32(3, 4, [5, 2], [9, 8]),
          length: readConfig(bits, 8),
        }
      : null
    const all = contexts + (copies ? 1 : 0)
    this.#clusters = all === 1 ? new Uint8Array(1) : readClusters(bits, all)
    const count = this.#clusters.reduce((most, value) => Math.max(most, value), 0) + 1
    const prefix = bits.bool()
    const logAlphabet = prefix ? 15 : 5 + bits.u(2)
    for (let i = 0; i < count; i++) this.#configs.push(readConfig(bits, logAlphabet))
    if (prefix) {
      const sizes = Array.from({ length: count }, () => {
        if (!bits.bool()) return 1
        const extra = bits.u(4)
        return 1 + (1 << extra) + bits.u(extra)
      })
      for (const size of sizes) this.#prefix.push(readPrefixTable(bits, size))
    } else {
      for (let i = 0; i < count; i++) this.#ans.push(readAnsTable(bits, logAlphabet))
      this.#state = bits.u(32)
    }
  }

  /** The next number of a context. */
  read(context: number): number {
    if (this.#copy.left > 0) return this.#copied()
    const cluster = this.#clusters[context]!
    const token = this.#token(cluster)
    const copies = this.#copies
    if (copies === null) return this.#number(this.#configs[cluster]!, token)
    if (token < copies.from) {
      const value = this.#number(this.#configs[cluster]!, token)
      this.#keep(value)
      return value
    }
    const left = copies.least + this.#number(copies.length, token - copies.from)
    const distances = this.#clusters.at(-1)!
    const distance = 1 + this.#number(this.#configs[distances]!, this.#token(distances))
    this.#copy = { at: this.#count - Math.min(distance, this.#count, WINDOW), left }
    return this.#copied()
  }

  /** Whether the stream ended as it must. */
  get whole(): boolean {
    return this.#state === FINAL_STATE
  }

  #copied(): number {
    // Nothing has been read yet where a copy is the first of all.
    const value = this.#count === 0 ? 0 : this.#seen[this.#copy.at & (this.#seen.length - 1)]!
    this.#copy.at++
    this.#copy.left--
    this.#keep(value)
    return value
  }

  #keep(value: number): void {
    if (this.#count === this.#seen.length && this.#count < WINDOW) {
      const more = new Uint32Array(2 * this.#count)
      more.set(this.#seen)
      this.#seen = more
    }
    this.#seen[this.#count++ & (this.#seen.length - 1)] = value
  }

  #token(cluster: number): number {
    const prefix = this.#prefix[cluster]
    if (prefix !== undefined) return readSymbol(this.#bits, prefix)
    const { symbol, offset, frequency } = this.#ans[cluster]!.look(this.#state & 0xfff)
    this.#state = frequency * (this.#state >>> 12) + offset
    if (this.#state < 65536) this.#state = this.#state * 65536 + this.#bits.u(16)
    return symbol
  }

  #number({ split, high, low }: TokenConfig, token: number): number {
    if (token < 1 << split) return token
    const extra = split - high - low + ((token - (1 << split)) >> (high + low))
    if (extra > 29) throw damaged(this.#bits)
    const top = (1 << high) | ((token >> low) & ((1 << high) - 1))
    return (top * 2 ** extra + this.#bits.u(extra)) * 2 ** low + (token & ((1 << low) - 1))
  }
}

function readConfig(bits: JxlBits, logAlphabet: number): TokenConfig {
  const split = bits.u(width(logAlphabet))
  if (split === logAlphabet) return { split, high: 0, low: 0 }
  const high = bits.u(width(split))
  if (high > split) throw damaged(bits)
  const low = bits.u(width(split - high))
  if (high + low > split || split > logAlphabet) throw damaged(bits)
  return { split, high, low }
}

/** Which code each context uses (§C.2.2). */
function readClusters(bits: JxlBits, contexts: number): Uint8Array {
  const clusters = new Uint8Array(contexts)
  if (bits.bool()) {
    const size = bits.u(2)
    for (let i = 0; i < contexts; i++) clusters[i] = bits.u(size)
    return clusters
  }
  const moved = bits.bool()
  const numbers = new JxlNumbers(bits, 1, contexts > 2)
  for (let i = 0; i < contexts; i++) {
    const value = numbers.read(0)
    if (value > 255) throw damaged(bits)
    clusters[i] = value
  }
  if (!numbers.whole) throw damaged(bits)
  if (moved) moveToFront(clusters)
  return clusters
}

/** Undoes a move-to-front transform in place. */
function moveToFront(values: Uint8Array): void {
  const order = Array.from({ length: 256 }, (_, i) => i)
  values.forEach((index, i) => {
    const [value] = order.splice(index, 1)
    values[i] = value!
    order.unshift(value!)
  })
}
