// A writer of JPEG XL header fields (ISO/IEC 18181-1 §B.2): least significant bit first.

/** `[value, bits]` fields, packed into bytes. */
export function packBits(
  fields: readonly (readonly [value: number, bits: number])[],
): Uint8Array<ArrayBuffer> {
  const bits = fields.flatMap(([value, count]) =>
    Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** i) & 1),
  )
  const bytes = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => {
    bytes[i >>> 3]! |= bit << (i & 7)
  })
  return bytes
}
