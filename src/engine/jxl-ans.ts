// Distributions of JPEG XL's ANS codes (ISO/IEC 18181-1:2024 §C.2.5–C.2.6) as alias tables.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bits, drop, flag, look, refill } from './jxl-bits'
import { CORRUPT, fail, TOO_LARGE } from './jxl-fault'

/** Frequencies add up to this. */
const TOTAL: i32 = 4096
/** Stands for a run of the count before. */
const RUN: i32 = 13

// An entry of a table, 8 bytes: cutoff u8, other symbol u8, own frequency u16, the other's offset u16, both
// frequencies' difference in bits u16.

/** The code of logarithms by its next 4 bits: bits << 4 | value; 0001 goes on. */
const COMMON: StaticArray<u8> = [
  0x3a, 0x00, 0x37, 0x43, 0x36, 0x38, 0x39, 0x45, 0x3a, 0x44, 0x37, 0x41, 0x36, 0x38, 0x39, 0x42,
]
/** By the three bits above 0001. */
const RARE: StaticArray<u8> = [0x7c, 0x50, 0x6b, 0x50, 0x7d, 0x50, 0x6b, 0x50]

/** Reads a distribution to a table of `1 << logAlphabet` entries; 0 after a fault. */
export function readAns(logAlphabet: i32): usize {
  const table = alloc(<usize>8 << logAlphabet)
  const mark = arenaMark()
  const counts = alloc(260 * 4)
  if (table == 0 || counts == 0) {
    fail(TOO_LARGE)
    return 0
  }
  memory.fill(counts, 0, 260 * 4)
  const size = readCounts(counts)
  if (size == 0) return 0
  if (size > 1 << logAlphabet) {
    fail(CORRUPT)
    return 0
  }
  const made = aliasTable(table, counts, logAlphabet)
  arenaRelease(mark)
  return made ? table : 0
}

/** A number of up to 8 bits, coded by its length. */
function readByte(): i32 {
  if (!flag()) return 0
  const extra = <i32>bits(3)
  return (1 << extra) + <i32>bits(extra)
}

// @ts-ignore: decorator
@inline
function countOf(counts: usize, i: i32): i32 {
  return load<i32>(counts + (<usize>i << 2))
}

// @ts-ignore: decorator
@inline
function setCount(counts: usize, i: i32, value: i32): void {
  store<i32>(counts + (<usize>i << 2), value)
}

/** Returns how many symbols there are, 0 after a fault. */
function readCounts(counts: usize): i32 {
  if (flag()) {
    const two = flag()
    const first = readByte()
    if (!two) {
      setCount(counts, first, TOTAL)
      return first + 1
    }
    const second = readByte()
    if (second == first) {
      fail(CORRUPT)
      return 0
    }
    const share = <i32>bits(12)
    setCount(counts, first, share)
    setCount(counts, second, TOTAL - share)
    return max(first, second) + 1
  }
  if (flag()) {
    const size = readByte() + 1
    for (let i = 0; i < size; i++) setCount(counts, i, TOTAL / size + (i < TOTAL % size ? 1 : 0))
    return size
  }
  return readLogarithms(counts)
}

function readLogarithm(): i32 {
  refill()
  const next = <i32>(look() & 127)
  const entry = <i32>((next & 15) == 1 ? unchecked(RARE[next >> 4]) : unchecked(COMMON[next & 15]))
  drop(entry >> 4)
  return entry & 15
}

function readLogarithms(counts: usize): i32 {
  let log = 0
  while (log < 3 && flag()) log++
  const shift = ((1 << log) | <i32>bits(log)) - 1
  if (shift > 13) {
    fail(CORRUPT)
    return 0
  }
  const size = readByte() + 3
  const logs = alloc(264)
  const runs = alloc(264 * 2)
  if (logs == 0 || runs == 0) {
    fail(TOO_LARGE)
    return 0
  }
  memory.fill(logs, 0, 264)
  memory.fill(runs, 0, 264 * 2)
  // The first of the largest is not stored: it has what is left.
  let rest = -1
  for (let i = 0; i < size; i++) {
    const value = readLogarithm()
    store<u8>(logs + i, <u8>value)
    if (value == RUN) {
      const run = readByte() + 4
      store<u16>(runs + (<usize>i << 1), <u16>run)
      i += run - 1
    } else if (rest < 0 || value > <i32>load<u8>(logs + rest)) rest = i
  }
  if (rest < 0 || load<u8>(logs + rest) == 0 || load<u8>(logs + rest + 1) == <u8>RUN) {
    fail(CORRUPT)
    return 0
  }
  let sum = 0
  for (let i = 0; i < size; i++) {
    const run = <i32>load<u16>(runs + (<usize>i << 1))
    const value = <i32>load<u8>(logs + i)
    if (run > 0) {
      const count = i > 0 ? countOf(counts, i - 1) : 0
      const end = min(size, i + run)
      for (; ; i++) {
        setCount(counts, i, count)
        sum += count
        if (i + 1 >= end) break
      }
    } else if (i != rest && value > 0) {
      const power = value - 1
      const precise = power == 0 ? 0 : max(0, min(power, shift - ((12 - power) >> 1)))
      const count = (1 << power) + <i32>(bits(precise) << (power - precise))
      setCount(counts, i, count)
      sum += count
    }
  }
  setCount(counts, rest, TOTAL - sum)
  if (TOTAL - sum <= 0) {
    fail(CORRUPT)
    return 0
  }
  return size
}

/** Each entry stands for itself up to its cutoff, then for another symbol (Vose's alias method). */
function aliasTable(table: usize, counts: usize, logAlphabet: i32): bool {
  const size = 1 << logAlphabet
  const share = TOTAL >> logAlphabet
  for (let i = 0; i < size; i++) {
    if (countOf(counts, i) != TOTAL) continue
    // A lone symbol leaves the state as it is.
    for (let j = 0; j < size; j++) {
      const entry = table + (<usize>j << 3)
      store<u8>(entry, 0)
      store<u8>(entry, <u8>i, 1)
      store<u16>(entry, 0, 2)
      store<u16>(entry, <u16>(j * share), 4)
      store<u16>(entry, <u16>TOTAL, 6)
    }
    return true
  }
  const cutoffs = alloc(<usize>size << 2)
  const others = alloc(<usize>size << 2)
  const offsets = alloc(<usize>size << 2)
  const over = alloc(<usize>size << 2)
  const under = alloc(<usize>size << 2)
  if (cutoffs == 0 || others == 0 || offsets == 0 || over == 0 || under == 0) return fail(TOO_LARGE)
  let overs = 0
  let unders = 0
  for (let i = 0; i < size; i++) {
    const cutoff = countOf(counts, i)
    setCount(cutoffs, i, cutoff)
    setCount(others, i, 0)
    setCount(offsets, i, 0)
    if (cutoff > share) setCount(over, overs++, i)
    else if (cutoff < share) setCount(under, unders++, i)
  }
  while (overs > 0) {
    if (unders == 0) return fail(CORRUPT)
    const from = countOf(over, --overs)
    const to = countOf(under, --unders)
    const left = countOf(cutoffs, from) - (share - countOf(cutoffs, to))
    setCount(cutoffs, from, left)
    setCount(others, to, from)
    setCount(offsets, to, left)
    if (left < share) setCount(under, unders++, from)
    else if (left > share) setCount(over, overs++, from)
  }
  for (let i = 0; i < size; i++) {
    const entry = table + (<usize>i << 3)
    const cutoff = countOf(cutoffs, i)
    const full = cutoff == share
    const other = full ? i : countOf(others, i)
    const own = countOf(counts, i)
    store<u8>(entry, full ? 0 : <u8>cutoff)
    store<u8>(entry, <u8>other, 1)
    store<u16>(entry, <u16>own, 2)
    store<u16>(entry, full ? 0 : <u16>(countOf(offsets, i) - cutoff), 4)
    store<u16>(entry, <u16>(own ^ countOf(counts, other)), 6)
  }
  return true
}
