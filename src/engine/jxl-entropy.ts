// Entropy-coded numbers of JPEG XL (ISO/IEC 18181-1:2024 annex C): clustered contexts, prefix codes or ANS, numbers as a
// token and extra bits, copies of what was read before.
import { alloc } from './arena'
import { readAns } from './jxl-ans'
import { bits, flag, refill, look, drop, u32Of } from './jxl-bits'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'
import { prefixSymbol, readPrefix } from './jxl-prefix'

/** What the state of an ANS stream must be at its end. */
const FINAL_STATE: u32 = 0x130000
/** Copies reach back this far. */
const WINDOW: u32 = 1 << 20
const NO_COPIES: u32 = 0xffffffff

/** The codes of a set of contexts. */
@unmanaged
export class Code {
  /** Which cluster each context is of, a byte each; `PADDING` more follow, so that no context lies outside. */
  clusters: usize
  /** Clusters, one code each. */
  count: i32
  prefix: bool
  /** Of an ANS state's low 12 bits, those below the table's index. */
  logEntry: i32
  /** How tokens become numbers, 8 bytes each: split u32, exponent << 16 | high bits << 8 | low bits. */
  configs: usize
  /** Where each table lies, u32. */
  tables: usize
  /** Tokens from here on are lengths of copies. */
  copyFrom: u32
  copyLeast: u32
  /** The config of lengths. */
  copyConfig: usize
  /** The cluster of distances. */
  distances: u32
}

/** Contexts that damaged pictures may ask for behind the last. */
const PADDING: usize = 32

/** Bits that hold the numbers from 0 to `most`. */
function widthOf(most: i32): i32 {
  return most <= 0 ? 0 : 32 - clz(most)
}

function readConfig(to: usize, logAlphabet: i32): void {
  const exponent = <i32>bits(widthOf(logAlphabet))
  let high = 0
  let low = 0
  if (exponent != logAlphabet) {
    high = <i32>bits(widthOf(exponent))
    if (high > exponent) fail(CORRUPT)
    else low = <i32>bits(widthOf(exponent - high))
    if (high + low > exponent || exponent > logAlphabet) {
      fail(CORRUPT)
      high = 0
      low = 0
    }
  }
  store<u32>(to, <u32>1 << exponent)
  store<u32>(to, (exponent << 16) | (high << 8) | low, 4)
}

/** Reads the codes of `contexts` contexts; null after a fault. */
export function readCode(contexts: i32, copiesAllowed: bool = true): Code | null {
  const code = changetype<Code>(alloc(offsetof<Code>()))
  const configOfCopies = alloc(8)
  if (changetype<usize>(code) == 0 || configOfCopies == 0) return nothing(TOO_LARGE)
  code.copyFrom = NO_COPIES
  code.copyConfig = configOfCopies
  let all = contexts
  if (flag()) {
    if (!copiesAllowed) return nothing(CORRUPT)
    code.copyFrom = u32Of(224, 0, 512, 0, 4096, 0, 8, 15)
    code.copyLeast = u32Of(3, 0, 4, 0, 5, 2, 9, 8)
    readConfig(configOfCopies, 8)
    all++
  }
  code.clusters = alloc(<usize>all + PADDING)
  if (code.clusters == 0) return nothing(TOO_LARGE)
  memory.fill(code.clusters, 0, <usize>all + PADDING)
  code.count = all == 1 ? 1 : readClusters(code.clusters, all)
  if (fault() != 0) return null
  code.distances = load<u8>(code.clusters + all - 1)
  code.prefix = flag()
  const logAlphabet = code.prefix ? 15 : 5 + <i32>bits(2)
  code.logEntry = 12 - logAlphabet
  code.configs = alloc(<usize>code.count << 3)
  code.tables = alloc(<usize>code.count << 2)
  const sizes = alloc(<usize>code.count << 2)
  if (code.configs == 0 || code.tables == 0 || sizes == 0) return nothing(TOO_LARGE)
  for (let i: usize = 0; i < <usize>code.count; i++) readConfig(code.configs + (i << 3), logAlphabet)
  if (code.prefix) {
    for (let i: usize = 0; i < <usize>code.count; i++) {
      let size = 1
      if (flag()) {
        const extra = <i32>bits(4)
        size = 1 + (1 << extra) + <i32>bits(extra)
      }
      if (size > 32768) return nothing(CORRUPT)
      store<i32>(sizes + (i << 2), size)
    }
  }
  for (let i: usize = 0; i < <usize>code.count; i++) {
    const table = code.prefix ? readPrefix(load<i32>(sizes + (i << 2))) : readAns(logAlphabet)
    if (fault() != 0) return null
    store<u32>(code.tables + (i << 2), <u32>table)
  }
  return code
}

function nothing(code: i32): Code | null {
  fail(code)
  return null
}

/** Reads which code each context uses (§C.2.2); returns how many there are. */
export function readClusters(clusters: usize, contexts: i32): i32 {
  let most = 0
  if (flag()) {
    const size = <i32>bits(2)
    for (let i = 0; i < contexts; i++) {
      const value = <i32>bits(size)
      most = max(most, value)
      store<u8>(clusters + i, <u8>value)
    }
  } else {
    const moved = flag()
    const numbers = readCode(1, contexts > 2)
    if (!numbers) return 0
    if (!numbersOpen(numbers, 0, windowOf(numbers, <u32>contexts))) return 0
    for (let i = 0; i < contexts; i++) {
      const value = readNumber(numbers, 0)
      if (value > 255) {
        fail(CORRUPT)
        return 0
      }
      store<u8>(clusters + i, <u8>value)
    }
    if (!numbersWhole()) return 0
    if (moved) moveToFront(clusters, contexts)
    for (let i = 0; i < contexts; i++) most = max(most, <i32>load<u8>(clusters + i))
  }
  return most + 1
}

const order: StaticArray<u8> = changetype<StaticArray<u8>>(memory.data((256) * 1, 16))

/** Undoes a move-to-front transform in place. */
function moveToFront(values: usize, count: i32): void {
  for (let i = 0; i < 256; i++) unchecked((order[i] = <u8>i))
  for (let i = 0; i < count; i++) {
    const index = <i32>load<u8>(values + i)
    const value = unchecked(order[index])
    store<u8>(values + i, value)
    for (let j = index; j > 0; j--) unchecked((order[j] = order[j - 1]))
    unchecked((order[0] = value))
  }
}

// The stream that is read: one at a time.
let state: u32 = FINAL_STATE
let windowAt: usize = 0
let windowMask: u32 = 0
let seen: u32 = 0
let copyAt: u32 = 0
let copyLeft: u32 = 0
/** Pixels of a row, which short distances are counted by; 0: they are plain. */
let rowWidth: u32 = 0

/** Distances that are of places in rows above: right or left by so much, rows up (§C.3.3). */
const PLACES: StaticArray<i8> = [
  0, 1, 1, 0, 1, 1, -1, 1, 0, 2, 2, 0, 1, 2, -1, 2, 2, 1, -2, 1, 2, 2, -2, 2, 0, 3, 3, 0, 1, 3, -1, 3, 3, 1, -3, 1,
  2, 3, -2, 3, 3, 2, -3, 2, 0, 4, 4, 0, 1, 4, -1, 4, 4, 1, -4, 1, 3, 3, -3, 3, 2, 4, -2, 4, 4, 2, -4, 2, 0, 5, 3, 4,
  -3, 4, 4, 3, -4, 3, 5, 0, 1, 5, -1, 5, 5, 1, -5, 1, 2, 5, -2, 5, 5, 2, -5, 2, 4, 4, -4, 4, 3, 5, -3, 5, 5, 3, -5,
  3, 0, 6, 6, 0, 1, 6, -1, 6, 6, 1, -6, 1, 2, 6, -2, 6, 6, 2, -6, 2, 4, 5, -4, 5, 5, 4, -5, 4, 3, 6, -3, 6, 6, 3, -6,
  3, 0, 7, 7, 0, 1, 7, -1, 7, 5, 5, -5, 5, 7, 1, -7, 1, 4, 6, -4, 6, 6, 4, -6, 4, 2, 7, -2, 7, 7, 2, -7, 2, 3, 7, -3,
  7, 7, 3, -7, 3, 5, 6, -5, 6, 6, 5, -6, 5, 8, 0, 4, 7, -4, 7, 7, 4, -7, 4, 8, 1, 8, 2, 6, 6, -6, 6, 8, 3, 5, 7, -5,
  7, 7, 5, -7, 5, 8, 4, 6, 7, -6, 7, 7, 6, -7, 6, 8, 5, 7, 7, -7, 7, 8, 6, 8, 7,
]
const NAMED: u32 = 120

/** Takes a window from the arena for a stream of at most `numbers` numbers; 0 where its code has no copies. */
export function windowOf(code: Code, numbers: u32): usize {
  if (code.copyFrom == NO_COPIES) return 0
  let size: u32 = 64
  while (size < numbers && size < WINDOW) size <<= 1
  const window = alloc(8 + (<usize>size << 2))
  if (window == 0) {
    fail(TOO_LARGE)
    return 0
  }
  store<u32>(window, size - 1)
  return window
}

/** Begins a stream. @param width pixels of a row, 0 where there are none @param window of `windowOf` */
export function numbersOpen(code: Code, width: u32, window: usize): bool {
  state = code.prefix ? FINAL_STATE : bits(32)
  rowWidth = width
  windowAt = window + 8
  windowMask = window == 0 ? 0 : load<u32>(window)
  seen = 0
  copyLeft = 0
  return fault() == 0
}

/** Whether the stream ended as it must; keeps the fault where not. */
export function numbersWhole(): bool {
  return state == FINAL_STATE || fail(CORRUPT)
}

/** Bytes of a saved stream. */
export const NUMBERS_BYTES: usize = 32

/** Keeps a stream's place, to go on with another. */
export function numbersSave(to: usize): void {
  store<u32>(to, state)
  store<usize>(to, windowAt, 4)
  store<u32>(to, windowMask, 8)
  store<u32>(to, seen, 12)
  store<u32>(to, copyAt, 16)
  store<u32>(to, copyLeft, 20)
}

export function numbersRestore(from: usize): void {
  state = load<u32>(from)
  windowAt = load<usize>(from, 4)
  windowMask = load<u32>(from, 8)
  seen = load<u32>(from, 12)
  copyAt = load<u32>(from, 16)
  copyLeft = load<u32>(from, 20)
  rowWidth = 0
}

/** The number of a token. */
// @ts-ignore: decorator
@inline
function numberOf(config: usize, token: u32): u32 {
  const split = load<u32>(config)
  return token < split ? token : longNumber(config, token - split)
}

// @ts-ignore: decorator
@inline
function longNumber(config: usize, over: u32): u32 {
  const packed = load<u32>(config, 4)
  const low = packed & 255
  const high = (packed >> 8) & 255
  const extra = (packed >> 16) - high - low + (over >> (high + low))
  if (extra > 31) {
    fail(CORRUPT)
    return 0
  }
  const split = load<u32>(config)
  const token = over + split
  const top = (1 << high) | ((token >> low) & ((1 << high) - 1))
  return (((top << extra) | bits(<i32>extra)) << low) | (token & ((1 << low) - 1))
}

/** The next token of a cluster. */
// @ts-ignore: decorator
@inline
function tokenOf(code: Code, cluster: usize): u32 {
  const table = <usize>load<u32>(code.tables + (cluster << 2))
  if (code.prefix) return prefixSymbol(table)
  return ansSymbol(table, code.logEntry)
}

// @ts-ignore: decorator
@inline
function ansSymbol(table: usize, logEntry: i32): u32 {
  const low = state & 0xfff
  const index = low >> logEntry
  const place = low & ((1 << logEntry) - 1)
  const entry = load<u64>(table + (<usize>index << 3))
  const cutoff = <u32>entry & 255
  const other = place >= cutoff
  const symbol = other ? (<u32>entry >> 8) & 255 : index
  const offset = place + (other ? <u32>(entry >> 32) & 0xffff : 0)
  const frequency = (<u32>entry >> 16) ^ (other ? <u32>(entry >> 48) : 0)
  let now = frequency * (state >> 12) + offset
  if (now < 65536) {
    refill()
    now = (now << 16) | (look() & 0xffff)
    drop(16)
  }
  state = now
  return symbol
}

/** The next number of a context. */
// @ts-ignore: decorator
@inline
export function readNumber(code: Code, context: usize): u32 {
  return readClustered(code, <usize>load<u8>(code.clusters + context))
}

/** The next number of a cluster. */
// @ts-ignore: decorator
@inline
export function readClustered(code: Code, cluster: usize): u32 {
  if (code.copyFrom != NO_COPIES) return readCopying(code, cluster)
  return numberOf(code.configs + (cluster << 3), tokenOf(code, cluster))
}

// @ts-ignore: decorator
@inline
function keep(value: u32): u32 {
  store<u32>(windowAt + (<usize>(seen++ & windowMask) << 2), value)
  return value
}

function readCopying(code: Code, cluster: usize): u32 {
  if (copyLeft == 0) {
    const token = tokenOf(code, cluster)
    if (token < code.copyFrom) return keep(numberOf(code.configs + (cluster << 3), token))
    copyLeft = code.copyLeast + numberOf(code.copyConfig, token - code.copyFrom)
    const distances = <usize>code.distances
    let distance = numberOf(code.configs + (distances << 3), tokenOf(code, distances))
    if (rowWidth == 0) distance++
    else if (distance >= NAMED) distance -= NAMED - 1
    else {
      const right = <i32>unchecked(PLACES[distance << 1])
      const up = <i32>unchecked(PLACES[(distance << 1) + 1])
      distance = <u32>max(1, right + up * <i32>rowWidth)
    }
    copyAt = seen - min(min(distance, seen), windowMask + 1)
    // Before the first number, zeros are copied.
    if (seen == 0) memory.fill(windowAt, 0, (<usize>windowMask + 1) << 2)
    if (copyLeft == 0) return keep(0)
  }
  copyLeft--
  return keep(load<u32>(windowAt + (<usize>(copyAt++ & windowMask) << 2)))
}
