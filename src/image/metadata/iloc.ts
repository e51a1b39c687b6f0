// The item location box (ISO/IEC 14496-12 §8.11.3): read, and written in one plain form.
import { ImageError } from '../error'
import { u16be, u32be } from '../feed'

/** Where an item's bytes lie: method 0 in the file, 1 in idat, 2 in another item. */
export interface Place {
  readonly method: number
  readonly extents: readonly { readonly offset: number; readonly length: number }[]
}

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

/** An iloc box's body: version 1, offsets and lengths of 4 bytes, no base offsets. */
export function writeIloc(places: ReadonlyMap<number, Place>): number[] {
  const body = [1, 0, 0, 0, 0x44, 0, ...u16(places.size)]
  for (const [id, { method, extents }] of places) {
    body.push(...u16(id), ...u16(method), 0, 0, ...u16(extents.length))
    for (const { offset, length } of extents) body.push(...u32(offset), ...u32(length))
  }
  return body
}

export const u16 = (value: number): [number, number] => [(value >>> 8) & 255, value & 255]
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]
