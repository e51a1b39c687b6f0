// Boxes of ISO base media files (ISO/IEC 14496-12 §4.2) as they are written, and those that describe the
// items of a HEIF file.
import { concat } from '../feed'

export const u16 = (value: number): [number, number] => [(value >>> 8) & 255, value & 255]
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]
export const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0))

type Bytes = Uint8Array | readonly number[]

export function box(type: string, ...parts: Bytes[]): Uint8Array {
  const size = 8 + parts.reduce((sum, part) => sum + part.length, 0)
  return concat([u32(size), ascii(type), ...parts])
}

/** A box with a version and flags (§4.2.2). */
export function fullBox(type: string, version: number, flags: number, ...parts: Bytes[]): Uint8Array {
  return box(type, [version, ...u32(flags).slice(1)], ...parts)
}

/** An entry of `iinf` (§8.11.6). `content`: an item's content type, with the byte 0 that ends it. */
export function infe(id: number, type: string, content = '', hidden = false): Uint8Array {
  return fullBox('infe', 2, hidden ? 1 : 0, u16(id), [0, 0], ascii(type), [0], ascii(content))
}

/** Where an item's bytes lie: method 0 in the file, 1 in idat, 2 in another item. */
export interface Place {
  readonly method: number
  readonly extents: readonly { readonly offset: number; readonly length: number }[]
}

/** An iloc box's body (§8.11.3): version 1, offsets and lengths of 4 bytes, no base offsets. */
export function writeIloc(places: ReadonlyMap<number, Place>): number[] {
  const body = [1, 0, 0, 0, 0x44, 0, ...u16(places.size)]
  for (const [id, { method, extents }] of places) {
    body.push(...u16(id), ...u16(method), 0, 0, ...u16(extents.length))
    for (const { offset, length } of extents) body.push(...u32(offset), ...u32(length))
  }
  return body
}
