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
