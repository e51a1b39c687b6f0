// Damage that gets past the CRCs: some of the mutations are within a chunk, whose CRC is put right again.
import { crc32 } from 'node:zlib'
import { mutate } from './mutate'

/** Offsets of the chunks of a sound file. */
function chunksOf(file: Uint8Array): { at: number; length: number }[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const chunks = []
  for (let at = 8; at + 12 <= file.length; at += 12 + chunks.at(-1)!.length) {
    chunks.push({ at, length: view.getUint32(at) })
  }
  return chunks
}

/** A damaged copy of a PNG. */
export function mutatePng(file: Uint8Array, random: () => number): Uint8Array {
  if (random() < 0.4) return mutate(file, random)
  const chunks = chunksOf(file).filter(({ length }) => length >= 8)
  const { at, length } = chunks[Math.floor(random() * chunks.length)]!
  const payload = mutate(file.slice(at + 8, at + 8 + length), random)
  const copy = new Uint8Array(file.length - length + payload.length)
  copy.set(file.subarray(0, at + 8))
  copy.set(payload, at + 8)
  copy.set(file.subarray(at + 8 + length), at + 8 + payload.length)
  const view = new DataView(copy.buffer)
  view.setUint32(at, payload.length)
  view.setUint32(at + 8 + payload.length, crc32(copy.subarray(at + 4, at + 8 + payload.length)))
  return copy
}
