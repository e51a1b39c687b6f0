// Distributions of JPEG XL's ANS codes (ISO/IEC 18181-1:2024 §C.2.5–C.2.6) and their alias tables.
import { damaged, type JxlBits } from './bits'

/** Frequencies add up to this. */
const TOTAL = 4096

export interface AnsTable {
  /** What the low 12 bits of the state stand for. */
  look(low: number): { readonly symbol: number; readonly offset: number; readonly frequency: number }
}

/** Reads a distribution and makes its table. Throws ImageError `corrupt`. */
export function readAnsTable(bits: JxlBits, logAlphabet: number): AnsTable {
  const counts = readCounts(bits)
  if (counts.length > 1 << logAlphabet) throw damaged(bits)
  return aliasTable(counts, logAlphabet)
}

/** A number of up to 8 bits, coded by its length. */
function readByte(bits: JxlBits): number {
  if (!bits.bool()) return 0
  const extra = bits.u(3)
  return (1 << extra) + bits.u(extra)
}

function readCounts(bits: JxlBits): number[] {
  if (bits.bool()) return readOneOrTwo(bits)
  if (bits.bool()) {
    const size = readByte(bits) + 1
    return Array.from({ length: size }, (_, i) => Math.floor(TOTAL / size) + (i < TOTAL % size ? 1 : 0))
  }
  return readLogarithms(bits)
}

function readOneOrTwo(bits: JxlBits): number[] {
  const two = bits.bool()
  const first = readByte(bits)
  const counts: number[] = []
  if (!two) {
    counts[first] = TOTAL
  } else {
    const second = readByte(bits)
    if (second === first) throw damaged(bits)
    counts[first] = bits.u(12)
    counts[second] = TOTAL - counts[first]
  }
  return Array.from(counts, (count) => count ?? 0)
}

/** The code of logarithms: `[bits, value]` by the next 7 bits, from these by their low 4 bits and rare ones. */
function readLogarithm(bits: JxlBits): number {
  const next = bits.peek(7)
  const common = COMMON[next & 15]!
  const [count, value] = (next & 15) === 1 ? RARE[next >> 4]! : common
  bits.u(count)
  return value
}

const COMMON = [
  [3, 10],
  [0, 0],
  [3, 7],
  [4, 3],
  [3, 6],
  [3, 8],
  [3, 9],
  [4, 5],
  [3, 10],
  [4, 4],
  [3, 7],
  [4, 1],
  [3, 6],
  [3, 8],
  [3, 9],
  [4, 2],
] as const
/** By the three bits above 0001. */
const RARE = [
  [7, 12],
  [5, 0],
  [6, 11],
  [5, 0],
  [7, 13],
  [5, 0],
  [6, 11],
  [5, 0],
] as const
/** Stands for a run of the count before. */
const RUN = 13

function readLogarithms(bits: JxlBits): number[] {
  let log = 0
  while (log < 3 && bits.bool()) log++
  const shift = ((1 << log) | bits.u(log)) - 1
  if (shift > 13) throw damaged(bits)
  const size = readByte(bits) + 3
  const logs: number[] = new Array(size).fill(0)
  const runs: number[] = new Array(size).fill(0)
  /** The first of the largest is not stored: it has what is left. */
  let rest = -1
  for (let i = 0; i < size; i++) {
    const value = readLogarithm(bits)
    logs[i] = value
    if (value === RUN) {
      runs[i] = readByte(bits) + 4
      i += runs[i]! - 1
    } else if (rest < 0 || value > logs[rest]!) {
      rest = i
    }
  }
  if (rest < 0 || logs[rest] === 0 || logs[rest + 1] === RUN) throw damaged(bits)
  const counts: number[] = new Array(size).fill(0)
  let sum = 0
  for (let i = 0; i < size; i++) {
    if (runs[i]! > 0) {
      const count = counts[i - 1] ?? 0
      for (const end = Math.min(size, i + runs[i]!); ; i++) {
        counts[i] = count
        sum += count
        if (i + 1 >= end) break
      }
    } else if (i !== rest && logs[i]! > 0) {
      const power = logs[i]! - 1
      const precise = power === 0 ? 0 : Math.max(0, Math.min(power, shift - ((12 - power) >> 1)))
      counts[i] = (1 << power) + (bits.u(precise) << (power - precise))
      sum += counts[i]!
    }
  }
  counts[rest] = TOTAL - sum
  if (counts[rest]! <= 0) throw damaged(bits)
  return counts
}

/** Each entry stands for itself up to `cutoff`, then for another symbol (Vose's alias method). */
function aliasTable(counts: readonly number[], logAlphabet: number): AnsTable {
  const size = 1 << logAlphabet
  const share = TOTAL >> logAlphabet
  const frequency = (symbol: number) => counts[symbol] ?? 0
  const single = counts.indexOf(TOTAL)
  // A lone symbol leaves the state as it is.
  if (single >= 0) return { look: (low) => ({ symbol: single, offset: low, frequency: TOTAL }) }

  const cutoffs = Array.from({ length: size }, (_, i) => frequency(i))
  const others = new Array<number>(size).fill(0)
  const offsets = new Array<number>(size).fill(0)
  const over: number[] = []
  const under: number[] = []
  cutoffs.forEach((cutoff, i) => {
    if (cutoff > share) over.push(i)
    else if (cutoff < share) under.push(i)
  })
  while (over.length > 0) {
    const from = over.pop()!
    const to = under.pop()!
    cutoffs[from]! -= share - cutoffs[to]!
    others[to] = from
    offsets[to] = cutoffs[from]!
    if (cutoffs[from]! < share) under.push(from)
    else if (cutoffs[from]! > share) over.push(from)
  }
  return {
    look(low) {
      const entry = low >> (12 - logAlphabet)
      const place = low & (share - 1)
      const cutoff = cutoffs[entry]!
      if (place < cutoff) return { symbol: entry, offset: place, frequency: frequency(entry) }
      const symbol = others[entry]!
      return { symbol, offset: offsets[entry]! - cutoff + place, frequency: frequency(symbol) }
    },
  }
}
