// Filling a few bytes. memory.fill leaves WebAssembly for each call, which costs more than the bytes do.

/** Fills `count` bytes from `at` on, up to some dozens. */
export function fillBytes(at: usize, value: i32, count: i32): void {
  const eight = <u64>(value & 255) * 0x0101010101010101
  while (count >= 8) {
    store<u64>(at, eight)
    at += 8
    count -= 8
  }
  if (count & 4) {
    store<u32>(at, <u32>eight)
    at += 4
  }
  if (count & 2) {
    store<u16>(at, <u16>eight)
    at += 2
  }
  if (count & 1) store<u8>(at, <u8>value)
}

/** Fills with zeros whole vectors of 16 bytes: `count` bytes, rounded up. */
export function clearVectors(at: usize, count: i32): void {
  for (const end = at + count; at < end; at += 16) v128.store(at, i64x2.splat(0))
}
