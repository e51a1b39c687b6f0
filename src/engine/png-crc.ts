// CRC-32 of PNG chunks (PNG third edition §5.5 and annex D), sixteen bytes a step: each of sixteen
// tables holds the effect of one byte at its distance from the end (Intel's "slicing").

const tables = memory.data(16 * 256 * 4, 16)
let made = false

function make(): void {
  for (let n: u32 = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    store<u32>(tables + (n << 2), c)
  }
  for (let n: u32 = 0; n < 256; n++) {
    let c = load<u32>(tables + (n << 2))
    for (let k: u32 = 1; k < 16; k++) {
      c = load<u32>(tables + ((c & 255) << 2)) ^ (c >>> 8)
      store<u32>(tables + (k << 10) + (n << 2), c)
    }
  }
  made = true
}

// @ts-ignore: decorator of AssemblyScript
@inline
function at(table: usize, byte: u64): u32 {
  return load<u32>(tables + (table << 10) + ((<usize>byte & 255) << 2))
}

/** Goes on with `crc` (0 at the start) over `bytes` bytes at `from`. */
export function pngCrc(crc: u32, from: usize, bytes: usize): u32 {
  if (!made) make()
  let c = ~crc
  let p = from
  const end = from + bytes
  while (p + 16 <= end) {
    const a = load<u64>(p) ^ <u64>c
    const b = load<u64>(p, 8)
    c =
      at(15, a) ^ at(14, a >> 8) ^ at(13, a >> 16) ^ at(12, a >> 24) ^
      at(11, a >> 32) ^ at(10, a >> 40) ^ at(9, a >> 48) ^ at(8, a >> 56) ^
      at(7, b) ^ at(6, b >> 8) ^ at(5, b >> 16) ^ at(4, b >> 24) ^
      at(3, b >> 32) ^ at(2, b >> 40) ^ at(1, b >> 48) ^ at(0, b >> 56)
    p += 16
  }
  while (p < end) {
    c = load<u32>(tables + (((c ^ load<u8>(p)) & 255) << 2)) ^ (c >>> 8)
    p++
  }
  return ~c
}
