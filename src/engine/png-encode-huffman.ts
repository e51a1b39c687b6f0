// Prefix codes for deflate's blocks: Huffman's lengths by the two queues of van Leeuwen, cut to the
// longest allowed as miniz does, then the canonical codes (RFC 1951 §3.2.2), bits reversed for writing.

const order = memory.data(288 * 2, 16)
const weights = memory.data(576 * 4, 16)
const parents = memory.data(576 * 2, 16)
const byLength = memory.data(33 * 4, 16)
const nextCode = memory.data(17 * 4, 16)

/**
 * Sets the code length of each symbol; at least two symbols get one, as old decoders want.
 * @param counts u32 for each symbol; @param lengths u8 for each; @param longest most bits of a code
 */
export function codeLengths(counts: usize, symbols: i32, lengths: usize, longest: i32): void {
  memory.fill(lengths, 0, symbols)
  let n = 0
  for (let s = 0; s < symbols; s++) if (load<u32>(counts + (s << 2)) != 0) store<u16>(order + (n++ << 1), <u16>s)
  if (n < 2) {
    const only = n == 1 ? <i32>load<u16>(order) : 0
    store<u8>(lengths + only, 1)
    store<u8>(lengths + (only == 0 ? 1 : 0), 1)
    return
  }
  sort(counts, n)

  // Two queues: leaves by weight, and inner nodes in the order they are made.
  for (let i = 0; i < n; i++) store<u32>(weights + (i << 2), load<u32>(counts + (<usize>load<u16>(order + (i << 1)) << 2)))
  let leaf = 0
  let inner = n
  for (let made = n; made < 2 * n - 1; made++) {
    let sum: u32 = 0
    for (let k = 0; k < 2; k++) {
      let pick = inner
      if (leaf < n && (inner >= made || load<u32>(weights + (leaf << 2)) <= load<u32>(weights + (inner << 2)))) {
        pick = leaf
        leaf++
      } else inner++
      sum += load<u32>(weights + (pick << 2))
      store<u16>(parents + (pick << 1), <u16>made)
    }
    store<u32>(weights + (made << 2), sum)
  }
  // Depths from the root down; `weights` now holds them.
  memory.fill(byLength, 0, 33 * 4)
  store<u32>(weights + ((2 * n - 2) << 2), 0)
  for (let i = 2 * n - 3; i >= 0; i--) {
    const depth = load<u32>(weights + (<usize>load<u16>(parents + (i << 1)) << 2)) + 1
    store<u32>(weights + (i << 2), depth)
    if (i < n) {
      const at = byLength + (<usize>min(depth, <u32>longest) << 2)
      store<u32>(at, load<u32>(at) + 1)
    }
  }
  // Where codes were cut short, lengthen others until all fit.
  let total: u32 = 0
  for (let i = 1; i <= longest; i++) total += load<u32>(byLength + (i << 2)) << (longest - i)
  while (total > <u32>1 << longest) {
    store<u32>(byLength + (longest << 2), load<u32>(byLength + (longest << 2)) - 1)
    for (let i = longest - 1; i > 0; i--) {
      const have = load<u32>(byLength + (i << 2))
      if (have == 0) continue
      store<u32>(byLength + (i << 2), have - 1)
      store<u32>(byLength + ((i + 1) << 2), load<u32>(byLength + ((i + 1) << 2)) + 2)
      break
    }
    total--
  }
  // The rarest symbols get the longest codes.
  let at = 0
  for (let length = longest; length > 0; length--) {
    for (let k = load<u32>(byLength + (length << 2)); k > 0; k--) {
      store<u8>(lengths + load<u16>(order + (at << 1)), <u8>length)
      at++
    }
  }
}

/** Sorts `order` by count, ascending (Shell's sort: a few hundred symbols). */
function sort(counts: usize, n: i32): void {
  for (let gap = n >> 1; gap > 0; gap = gap == 2 ? 1 : <i32>(gap * 5 / 11)) {
    for (let i = gap; i < n; i++) {
      const symbol = load<u16>(order + (i << 1))
      const count = load<u32>(counts + (<usize>symbol << 2))
      let j = i
      for (; j >= gap; j -= gap) {
        const other = load<u16>(order + ((j - gap) << 1))
        if (load<u32>(counts + (<usize>other << 2)) <= count) break
        store<u16>(order + (j << 1), other)
      }
      store<u16>(order + (j << 1), symbol)
    }
  }
}

/** Sets `codes` (u16 each, first bit lowest) from the lengths. */
export function codesOf(lengths: usize, symbols: i32, codes: usize): void {
  memory.fill(byLength, 0, 17 * 4)
  for (let s = 0; s < symbols; s++) {
    const at = byLength + (<usize>load<u8>(lengths + s) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
  store<u32>(byLength, 0)
  let code: u32 = 0
  for (let i = 1; i <= 15; i++) {
    code = (code + load<u32>(byLength + ((i - 1) << 2))) << 1
    store<u32>(nextCode + (i << 2), code)
  }
  for (let s = 0; s < symbols; s++) {
    const length = <i32>load<u8>(lengths + s)
    if (length == 0) continue
    const at = nextCode + (length << 2)
    const value = load<u32>(at)
    store<u32>(at, value + 1)
    let reversed: u32 = 0
    for (let i = 0; i < length; i++) reversed |= ((value >> i) & 1) << (length - 1 - i)
    store<u16>(codes + (s << 1), <u16>reversed)
  }
}
