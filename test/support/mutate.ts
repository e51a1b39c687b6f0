// Seeded damage to files: the same seed always gives the same bytes.

/** A generator of numbers in [0, 1) (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A damaged copy: flipped bits, overwritten lengths, cuts, repeated or removed pieces. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const place = () => Math.floor(random() * bytes.length)
  const copy = bytes.slice()
  const kind = Math.floor(random() * 5)
  if (kind === 0) for (let i = 0; i < 3; i++) copy[place()]! ^= 1 << Math.floor(random() * 8)
  if (kind === 1)
    copy.set([255, 255, 255, 255].slice(0, Math.floor(random() * 4) + 1), Math.min(place(), copy.length - 4))
  if (kind === 2) return copy.subarray(0, place())
  if (kind === 3) {
    const [from, to] = [place(), place()]
    copy.copyWithin(to, from, from + 32)
  }
  if (kind === 4) {
    const at = place()
    const gone = Math.floor(random() * 64)
    copy.copyWithin(at, at + gone)
    return copy.subarray(0, Math.max(0, copy.length - gone))
  }
  return copy
}

/**
 * A copy with one to four changes, more of them among the headers than their size would have it: flipped
 * bits, bytes that mean something to a JPEG, cuts, splices, lengths.
 * @param random integers below its argument
 */
export function mutateOften(file: Uint8Array, random: (n: number) => number, head = 700): Uint8Array {
  let bytes = file.slice()
  for (let n = 1 + random(4); n > 0 && bytes.length > 0; n--) {
    const place = () => random(random(5) < 2 ? Math.min(head, bytes.length) : bytes.length)
    const [kind, at] = [random(7), place()]
    if (kind === 0) bytes[at]! ^= 1 << random(8)
    if (kind === 1) bytes[at] = [0, 255, 0xd9, 0xda, 0xc4, 0x7f, 0xd0 + random(8)][random(7)]!
    if (kind === 2 && random(3) === 0) bytes = bytes.slice(0, at + 1)
    if (kind === 3) bytes.copyWithin(place(), at, at + random(64))
    if (kind === 4) {
      const gone = random(64)
      bytes.copyWithin(at, at + gone)
      bytes = bytes.subarray(0, Math.max(at, bytes.length - gone))
    }
    if (kind === 5) for (let i = at; i < Math.min(at + 4, bytes.length); i++) bytes[i] = random(256)
    if (kind === 6) {
      // A length or a count: a small, a large or the largest number of 16 bits.
      const value = [0, 1, 2, 3, 255, 256, 32767, 65535][random(8)]!
      bytes.set([value >> 8, value & 255].slice(0, bytes.length - at), at)
    }
  }
  return bytes
}
