// Damage to PNG files that gets past what guards them: some of the mutations are within a chunk, whose CRC is put
// right again, some within the rows that were deflated, some to the order and the lengths of chunks.
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { mutateOften } from './mutate'
import { concat } from './png'

interface Chunk {
  readonly at: number
  readonly length: number
  readonly type: string
}

/** The chunks of a sound file. */
function chunksOf(file: Uint8Array): Chunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const chunks: Chunk[] = []
  for (let at = 8; at + 12 <= file.length; at += 12 + chunks.at(-1)!.length) {
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8))
    chunks.push({ at, length: view.getUint32(at), type })
  }
  return chunks
}

/** A chunk's payload in place of its own, with a CRC that fits. */
function withPayload(file: Uint8Array, { at, length }: Chunk, payload: Uint8Array): Uint8Array {
  const copy = concat(
    file.subarray(0, at + 8),
    payload,
    file.subarray(at + 8 + length, at + 12 + length),
    file.subarray(at + 12 + length),
  )
  const view = new DataView(copy.buffer)
  view.setUint32(at, payload.length)
  view.setUint32(at + 8 + payload.length, crc32(copy.subarray(at + 4, at + 8 + payload.length)))
  return copy
}

/** Sides that decide on strips and passes, or that no memory holds. */
const SIDES = [1, 2, 3, 7, 8, 9, 33, 255, 1 << 16, 1 << 26, 0x7fffffff]

/** Another size, depth, colour type or interlace over the same image data. */
function withHeader(file: Uint8Array, random: (n: number) => number): Uint8Array {
  const [ihdr] = chunksOf(file)
  const payload = file.slice(ihdr!.at + 8, ihdr!.at + 21)
  const view = new DataView(payload.buffer)
  const kind = random(4)
  if (kind < 2) view.setUint32(4 * kind, SIDES[random(SIDES.length)]!)
  if (kind === 2) payload.set([[1, 2, 4, 8, 16][random(5)]!, [0, 2, 3, 4, 6][random(5)]!], 8)
  if (kind === 3) payload[12]! ^= 1
  return withPayload(file, ihdr!, payload)
}

/** Rows that are wrong within sound deflate data: filters, fewer or more bytes. */
function withRows(file: Uint8Array, random: (n: number) => number): Uint8Array {
  const chunks = chunksOf(file)
  const idats = chunks.filter(({ type }) => type === 'IDAT')
  const data = concat(...idats.map(({ at, length }) => file.subarray(at + 8, at + 8 + length)))
  const rows = mutateOften(new Uint8Array(inflateSync(data)), random, 40)
  const [first, last] = [idats[0]!, idats.at(-1)!]
  const joined = concat(file.subarray(0, first.at + 12), file.subarray(last.at + 12 + last.length))
  const level = random(3) === 0 ? random(10) : 1
  return withPayload(joined, { ...first, length: 0 }, new Uint8Array(deflateSync(rows, { level })))
}

/** A chunk gone, twice, or in another's place; or with a length that is not its own. */
function withChunks(file: Uint8Array, random: (n: number) => number): Uint8Array {
  const chunks = chunksOf(file)
  const [one, other] = [chunks[random(chunks.length)]!, chunks[random(chunks.length)]!]
  const bytes = ({ at, length }: Chunk) => file.subarray(at, at + 12 + length)
  if (random(3) === 0) {
    const copy = file.slice()
    const lengths = [0, 1, one.length - 1, one.length + 1, one.length + 4, 65535, 0x7fffffff, 0xffffffff]
    new DataView(copy.buffer).setUint32(one.at, lengths[random(lengths.length)]! >>> 0)
    return copy
  }
  const [from, to] = [one.at, one.at + 12 + one.length]
  const place = [new Uint8Array(), concat(bytes(one), bytes(one)), bytes(other)][random(3)]!
  return concat(file.subarray(0, from), place, file.subarray(to))
}

/** A damaged copy of a PNG. @param random integers below its argument */
export function mutatePng(file: Uint8Array, random: (n: number) => number): Uint8Array {
  const kind = random(10)
  if (kind < 3) return mutateOften(file, random, 60)
  if (kind === 3) return withHeader(file, random)
  if (kind === 4) return withChunks(file, random)
  if (kind < 7) return withRows(file, random)
  const chunks = chunksOf(file).filter(({ length }) => length >= 2)
  const chunk = chunks[random(chunks.length)]!
  const payload = file.slice(chunk.at + 8, chunk.at + 8 + chunk.length)
  return withPayload(file, chunk, mutateOften(payload, random, 40))
}
