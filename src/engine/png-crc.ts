// CRC-32 of PNG chunks (PNG third edition §5.5 and annex D). Short runs go byte by byte through a table.
// Long ones are first made short: x^300 + x^155 + x^117 + x^89 + 1 is a multiple of the CRC's polynomial
// (found by Russell for "Chorba", arXiv 2412.16398), so is its eighth power, which has the same terms
// eight times as far apart. A byte can then be taken away if it is added to those 145, 183, 211 and 300
// places on, and all but the last bytes of a run vanish with four loads and exclusive ors for each sixteen.

const table = memory.data(256 * 4, 16)
/** The farthest place that a byte is added to. */
const REACH: usize = 300
/** Bytes that are worked on at once; before them, the REACH bytes (320, for alignment) that came before. */
const BLOCK: usize = 8192
const before: usize = 320
const work = memory.data(320 + 8192, 16)
let made = false

function make(): void {
  for (let n: u32 = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    store<u32>(table + (n << 2), c)
  }
  made = true
}

/** The register after `bytes` bytes at `from`. */
function step(register: u32, from: usize, bytes: usize): u32 {
  for (let p = from; p < from + bytes; p++) {
    register = load<u32>(table + (((register ^ load<u8>(p)) & 255) << 2)) ^ (register >>> 8)
  }
  return register
}

/** Adds to the bytes at `from` what was taken away before them, into `to` within `work`. */
// @ts-ignore: decorator of AssemblyScript
@inline
function add(to: usize, from: usize): void {
  const far = v128.xor(v128.load(to - 300), v128.load(to - 211))
  const near = v128.xor(v128.load(to - 183), v128.load(to - 145))
  v128.store(to, v128.xor(v128.load(from), v128.xor(far, near)))
}

/** Goes on with `crc` (0 at the start) over `bytes` bytes at `from`. */
export function pngCrc(crc: u32, from: usize, bytes: usize): u32 {
  if (!made) make()
  if (bytes < 2 * REACH) return ~step(~crc, from, bytes)

  const gone = (bytes - REACH) & ~15
  memory.fill(work, 0, before)
  let done: usize = 0
  while (done < gone) {
    const part = min(BLOCK, gone - done)
    for (let i: usize = 0; i < part; i += 16) {
      add(work + before + i, from + done + i)
      // The register so far belongs to the first four bytes.
      if (done + i == 0) store<u32>(work + before, load<u32>(work + before) ^ ~crc)
    }
    done += part
    memory.copy(work, work + part, before)
  }
  // What is left is added to, but not taken away: the zeros below stand for it.
  const rest = bytes - gone
  memory.fill(work + before, 0, 320)
  let register: u32 = 0
  for (let i: usize = 0; i < rest; i++) {
    const p = work + before + i
    const byte = load<u8>(from + gone + i) ^ load<u8>(p - 145) ^ load<u8>(p - 183) ^ load<u8>(p - 211) ^ load<u8>(p - 300)
    register = load<u32>(table + (((register ^ byte) & 255) << 2)) ^ (register >>> 8)
  }
  return ~register
}
