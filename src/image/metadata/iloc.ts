// The item location box (ISO/IEC 14496-12 §8.11.3) as it is read; codecs/isobmff-writer.ts writes it.
import type { Place } from '../codecs/isobmff-writer'
import { ImageError } from '../error'
import { u16be, u32be } from '../feed'

const MAX_EXTENTS = 65536

/** Reads an iloc box's body. Throws `corrupt` where it ends early. */
export function parseIloc(b: Uint8Array): Map<number, Place> {
  let at = 0
  const read = (bytes: number): number => {
    if (at + bytes > b.length)
      throw new ImageError('corrupt', 'Expected a whole HEIF iloc box but it ended early')
    at += bytes
    if (bytes === 8) return u32be(b, at - 8) * 2 ** 32 + u32be(b, at - 4)
    return bytes === 4 ? u32be(b, at - 4) : bytes === 2 ? u16be(b, at - 2) : bytes === 1 ? b[at - 1]! : 0
  }
  const version = read(4) >>> 24
  const sizes = read(2)
  const [offsetSize, lengthSize, baseSize] = [sizes >>> 12, (sizes >>> 8) & 15, (sizes >>> 4) & 15] as const
  const indexSize = version > 0 ? sizes & 15 : 0
  const places = new Map<number, Place>()
  let total = 0
  for (let items = read(version < 2 ? 2 : 4); items > 0; items--) {
    const id = read(version < 2 ? 2 : 4)
    const method = version > 0 ? read(2) & 15 : 0
    const elsewhere = read(2) !== 0
    const base = read(baseSize)
    const extents: { offset: number; length: number }[] = []
    for (let left = read(2); left > 0; left--) {
      read(indexSize)
      extents.push({ offset: base + read(offsetSize), length: read(lengthSize) })
      if (++total > MAX_EXTENTS)
        throw new ImageError('corrupt', `Expected at most ${MAX_EXTENTS} HEIF extents but received more`)
    }
    places.set(id, { method: elsewhere ? -1 : method, extents })
  }
  return places
}
