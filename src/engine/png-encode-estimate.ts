// A quick guess of what deflate will make of bytes: greedy matches of one probe, and the entropy of the
// literals that are left. Only good for comparing two ways of filtering the same rows.

const BITS: u32 = 12
const heads = memory.data((1 << 12) * 2, 16)
const counts = memory.data(256 * 4, 16)
/** Share of the bytes that lay in matches, in 256ths, at the last guess. */
let matched: u32 = 0

/** log2 in 64ths, off by at most 0.09: the exponent, and the mantissa taken as straight. */
// @ts-ignore: decorator of AssemblyScript
@inline
function log(n: u32): u32 {
  const e = 31 - clz(n)
  return (e << 6) + <u32>((((<u64>n) << 6) >> e) & 63)
}

export function estimatedMatches(): u32 {
  return matched
}

/** Bits, roughly. */
export function estimate(from: usize, bytes: usize): u32 {
  memory.fill(heads, 0, (1 << BITS) * 2)
  memory.fill(counts, 0, 256 * 4)
  let at = from
  const end = from + bytes
  const last = bytes < 16 ? from : end - 16
  let literals: u32 = 0
  let bits: u32 = 0
  while (at < last) {
    const v = load<u32>(at)
    const head = heads + (((v * 0x9e3779b1) >>> (32 - BITS)) << 1)
    const place = <u32>(at - from) & 0xffff
    const distance = (place - <u32>load<u16>(head)) & 0xffff
    store<u16>(head, <u16>place)
    if (distance != 0 && distance <= 32768 && <usize>distance <= at - from && load<u32>(at - distance) == v) {
      let n: usize = 4
      while (at + n < last && n < 258 && load<u8>(at + n) == load<u8>(at + n - distance)) n++
      at += n
      bits += 10 + ((log(distance) * 3) >> 8) // the nearer, the fewer bits
      continue
    }
    bump(at)
    at++
    literals++
  }
  matched = <u32>(((<u64>bytes - <u64>literals) << 8) / max(<u64>bytes, 1))
  if (literals == 0) return bits
  let entropy: u64 = 0
  const all = log(literals)
  for (let i = 0; i < 256; i++) {
    const n = load<u32>(counts + (i << 2))
    if (n != 0) entropy += <u64>n * (all - log(n))
  }
  return bits + <u32>(entropy >> 6)
}

// @ts-ignore: decorator of AssemblyScript
@inline
function bump(at: usize): void {
  const place = counts + (<usize>load<u8>(at) << 2)
  store<u32>(place, load<u32>(place) + 1)
}
