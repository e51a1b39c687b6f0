// What deflate's matcher found, before it is coded: literals and matches, counted by symbol
// (RFC 1951 §3.2.5), until a block of them is written.

/** Most tokens of a block; also the size of their buffer. */
export const MOST_TOKENS: i32 = 32768
/** A token that is a match: bit 31, length in bits 16–24, distance - 1 in bits 0–14. */
export const MATCH: u32 = 0x80000000

export const literalCounts = memory.data(288 * 4, 16)
export const distanceCounts = memory.data(32 * 4, 16)
/** Symbol of a length: by length, 3 to 258. */
export const lengthSymbols = memory.data(259 * 2, 16)
/** Symbol of a distance: by distance - 1 below 256, then by (distance - 1) >> 7, plus 256. */
export const distanceSymbols = memory.data(512, 16)
export const lengthBases = memory.data(29 * 2, 16)
export const lengthExtras = memory.data(32, 16)
export const distanceBases = memory.data(30 * 2, 16)
export const distanceExtras = memory.data(32, 16)

let tokens: usize = 0
let count: i32 = 0
let made = false

/** Bytes that `tokensStart` needs. */
export function tokenBytes(): usize {
  return MOST_TOKENS * 4
}

export function tokensStart(room: usize): void {
  if (!made) make()
  tokens = room
  tokensClear()
}

export function tokensClear(): void {
  count = 0
  memory.fill(literalCounts, 0, 288 * 4)
  memory.fill(distanceCounts, 0, 32 * 4)
}

function make(): void {
  let base = 3
  for (let s = 0; s < 28; s++) {
    const extra = s < 8 ? 0 : (s - 4) >> 2
    store<u16>(lengthBases + (s << 1), <u16>base)
    store<u8>(lengthExtras + s, <u8>extra)
    for (let i = 0; i < 1 << extra && base + i < 259; i++) store<u16>(lengthSymbols + ((base + i) << 1), <u16>(257 + s))
    base += 1 << extra
  }
  store<u16>(lengthBases + (28 << 1), 258)
  store<u16>(lengthSymbols + (258 << 1), 285)
  base = 1
  for (let s = 0; s < 30; s++) {
    const extra = s < 4 ? 0 : (s - 2) >> 1
    store<u16>(distanceBases + (s << 1), <u16>base)
    store<u8>(distanceExtras + s, <u8>extra)
    for (let i = 0; i < 1 << extra; i++) {
      const d = base + i - 1
      const index = d < 256 ? d : 256 + (d >> 7)
      store<u8>(distanceSymbols + index, <u8>s)
    }
    base += 1 << extra
  }
  made = true
}

export function tokenCount(): i32 {
  return count
}

export function tokenPlace(): usize {
  return tokens
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function distanceSymbol(distance: u32): u32 {
  const d = distance - 1
  return load<u8>(distanceSymbols + <usize>(d < 256 ? d : <u32>256 + (d >>> 7)))
}

// @ts-ignore: decorator of AssemblyScript
@inline
function bump(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

/** Where the next token goes; matchers keep it in a local and hand it back by `tokensDone`. */
export function tokenNext(): usize {
  return tokens + (count << 2)
}

export function tokensDone(next: usize): void {
  count = <i32>((next - tokens) >> 2)
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function literal(to: usize, byte: u32): usize {
  store<u32>(to, byte)
  bump(literalCounts + (byte << 2))
  return to + 4
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function match(to: usize, length: u32, distance: u32): usize {
  store<u32>(to, MATCH | (length << 16) | (distance - 1))
  bump(literalCounts + (<usize>load<u16>(lengthSymbols + (length << 1)) << 2))
  bump(distanceCounts + (<usize>distanceSymbol(distance) << 2))
  return to + 4
}
