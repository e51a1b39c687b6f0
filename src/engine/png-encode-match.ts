// Finding matches for deflate. Two ways: one probe of a hash table, taken at once (filtered photographs:
// what matches there are, are short), and chains of earlier places with a look at the next byte before a
// match is taken (drawings), as in zlib's deflate_slow.
//
// Places are kept modulo 65,536: the distance to one is the difference, and a place too old to be
// meant gives one that is too far, or bytes that differ.
import { literal, match, MOST_TOKENS, tokenCount, tokenNext, tokensDone } from './png-encode-tokens'

export const HASH_BITS: u32 = 15
/** A candidate is taken no further back than this: the window may move by up to a block meanwhile. */
const FARTHEST: u32 = 32768

let heads: usize = 0
let chains: usize = 0

export function matchBytes(): usize {
  return (1 << HASH_BITS) * 2 + 32768 * 2
}

export function matchStart(room: usize): void {
  heads = room
  chains = room + ((1 << HASH_BITS) << 1)
  memory.fill(heads, 0, matchBytes())
}

// @ts-ignore: decorator of AssemblyScript
@inline
function hash(at: usize): usize {
  return (load<u32>(at) * 0x9e3779b1) >>> (32 - HASH_BITS)
}

/** How many bytes agree, at most `most`; both places may be read up to 7 bytes further. */
// @ts-ignore: decorator of AssemblyScript
@inline
function agree(a: usize, b: usize, most: u32): u32 {
  let n: u32 = 0
  while (n < most) {
    const x = load<u64>(a + n) ^ load<u64>(b + n)
    if (x != 0) return min(most, n + (<u32>ctz(x) >> 3))
    n += 8
  }
  return most
}

/** How far tokens may go, with room for what one step adds. */
// @ts-ignore: decorator of AssemblyScript
@inline
function tokenStop(): usize {
  return tokenNext() + ((MOST_TOKENS - 16 - tokenCount()) << 2)
}

/**
 * Turns bytes into tokens until `end`, or until the block is full; returns where it stopped.
 * @param base first byte that may be referred to
 * @param place of `from` in the whole stream, modulo 65,536
 */
export function matchQuickly(base: usize, from: usize, end: usize, place: u32): usize {
  let at = from
  const last = end < from + 8 ? from : end - 8
  const stop = tokenStop()
  let next = tokenNext()
  let misses: u32 = 0
  while (at < last && next < stop) {
    const p = place + <u32>(at - from)
    const head = heads + (hash(at) << 1)
    const distance = (p - <u32>load<u16>(head)) & 0xffff
    store<u16>(head, <u16>p)
    if (distance != 0 && distance <= FARTHEST && <usize>distance <= at - base) {
      const candidate = at - distance
      if (load<u32>(candidate) == load<u32>(at)) {
        const length = 4 + agree(candidate + 4, at + 4, min(<u32>254, <u32>(end - at) - 4))
        next = match(next, length, distance)
        misses = 0
        // One place within the match, one at its end: enough to go on from.
        if (at + length < last) {
          const q = at + length - 2
          store<u16>(heads + (hash(q) << 1), <u16>(p + length - 2))
        }
        at += length
        continue
      }
    }
    next = literal(next, load<u8>(at))
    at++
    // Where nothing has matched for long, look at fewer places (as LZ4 does).
    misses++
    if (misses > 64) {
      let skip = min(misses >> 6, <u32>7)
      while (skip > 0 && at < last) {
        next = literal(next, load<u8>(at))
        at++
        skip--
      }
    }
  }
  while (at >= last && at < end && next < stop) {
    next = literal(next, load<u8>(at))
    at++
  }
  tokensDone(next)
  return at
}

/** As `matchQuickly`, with chains of up to `depth` candidates; matches of `nice` bytes end the search. */
export function matchThoroughly(
  base: usize, from: usize, end: usize, place: u32, depth: i32, nice: u32,
): usize {
  let at = from
  const last = end < from + 8 ? from : end - 8
  const stop = tokenStop()
  let next = tokenNext()
  let heldLength: u32 = 0
  let heldDistance: u32 = 0
  let pending = false
  while (at < last && next < stop) {
    const p = (place + <u32>(at - from)) & 0xffff
    const head = heads + (hash(at) << 1)
    let candidatePlace = <u32>load<u16>(head)
    store<u16>(head, <u16>p)
    store<u16>(chains + ((p & 32767) << 1), <u16>candidatePlace)

    let best: u32 = max(heldLength, <u32>3)
    let bestDistance: u32 = 0
    if (heldLength < nice) {
      let tries = heldLength >= 8 ? depth >> 2 : depth
      const most = min(<u32>258, <u32>(end - at))
      const reach = min(FARTHEST, <u32>(at - base))
      let before: u32 = 0
      while (tries > 0) {
        const distance = (p - candidatePlace) & 0xffff
        // Distances along a chain only grow; where they don't, the chain has been overwritten.
        if (distance <= before || distance > reach) break
        before = distance
        const candidate = at - distance
        if (best < most && load<u8>(candidate + best) == load<u8>(at + best) && load<u32>(candidate) == load<u32>(at)) {
          const length: u32 = 4 + agree(candidate + 4, at + 4, most - 4)
          if (length > best) {
            best = length
            bestDistance = distance
            if (length >= nice || length == most) break
          }
        }
        candidatePlace = <u32>load<u16>(chains + ((candidatePlace & 32767) << 1))
        tries--
      }
    }

    if (heldLength >= 4 && bestDistance == 0) {
      // The match that began a byte ago was the better one.
      next = match(next, heldLength, heldDistance)
      const after = at - 1 + heldLength
      at++
      for (; at < after && at < last; at++) {
        const q = (place + <u32>(at - from)) & 0xffff
        const link = heads + (hash(at) << 1)
        store<u16>(chains + ((q & 32767) << 1), load<u16>(link))
        store<u16>(link, <u16>q)
      }
      at = after
      heldLength = 0
      pending = false
    } else {
      if (pending) next = literal(next, load<u8>(at - 1))
      pending = true
      heldLength = bestDistance == 0 ? 0 : best
      heldDistance = bestDistance
      at++
    }
  }
  if (pending) {
    if (heldLength >= 4) {
      next = match(next, heldLength, heldDistance)
      at += heldLength - 1
    } else next = literal(next, load<u8>(at - 1))
  }
  while (at >= last && at < end && next < stop) {
    next = literal(next, load<u8>(at))
    at++
  }
  tokensDone(next)
  return at
}
