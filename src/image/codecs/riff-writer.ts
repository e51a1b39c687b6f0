// Writes the RIFF container of WebP: RFC 9649 §2.3–2.7.
import type { Chunk } from './riff'

/** What a file may carry beside its pixels. */
export interface FileMetadata {
  readonly icc?: Uint8Array
  readonly exif?: Uint8Array
  readonly xmp?: Uint8Array
}

export type Part = Pick<Chunk, 'code' | 'payload'>

function put24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 255
  bytes[at + 1] = (value >> 8) & 255
  bytes[at + 2] = (value >> 16) & 255
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  put24(bytes, at, value)
  bytes[at + 3] = (value >>> 24) & 255
}

/** Bytes of a chunk with its header and its padding. */
export function chunkBytes(payload: number): number {
  return 8 + payload + (payload & 1)
}

/** Puts chunks one after the other into `bytes` from `at`; returns the offset behind them. */
export function putChunks(bytes: Uint8Array, at: number, parts: readonly Part[]): number {
  for (const { code, payload } of parts) {
    for (let i = 0; i < 4; i++) bytes[at + i] = code.charCodeAt(i)
    put32(bytes, at + 4, payload.length)
    bytes.set(payload, at + 8)
    at += chunkBytes(payload.length)
  }
  return at
}

/** Fills `bytes` with a RIFF file of type WEBP; it has just the room. */
export function putRiff(bytes: Uint8Array, parts: readonly Part[]): void {
  putChunks(bytes, 0, [{ code: 'RIFF', payload: new Uint8Array() }])
  put32(bytes, 4, bytes.length - 8)
  bytes.set([0x57, 0x45, 0x42, 0x50], 8) // WEBP
  putChunks(bytes, 12, parts)
}

/** A RIFF file of type WEBP. */
export function writeRiff(parts: readonly Part[]): Uint8Array {
  const bytes = new Uint8Array(12 + parts.reduce((sum, part) => sum + chunkBytes(part.payload.length), 0))
  putRiff(bytes, parts)
  return bytes
}

/** The VP8X chunk (§2.7): which features the file uses, and its canvas. */
export function extendedHeader(
  width: number,
  height: number,
  uses: { alpha: boolean; animated: boolean } & FileMetadata,
): Part {
  const payload = new Uint8Array(10)
  payload[0] =
    (uses.icc ? 32 : 0) |
    (uses.alpha ? 16 : 0) |
    (uses.exif ? 8 : 0) |
    (uses.xmp ? 4 : 0) |
    (uses.animated ? 2 : 0)
  put24(payload, 4, width - 1)
  put24(payload, 7, height - 1)
  return { code: 'VP8X', payload }
}

/** The ANIM chunk (§2.7.1.1): a transparent background and the loop count, 0 for ever. */
export function animationHeader(loop: number): Part {
  const payload = new Uint8Array(6)
  payload[4] = loop & 255
  payload[5] = (loop >> 8) & 255
  return { code: 'ANIM', payload }
}

/** An ANMF chunk (§2.7.1.1). `x` and `y` must be even. */
export function animationFrame(frame: {
  x: number
  y: number
  width: number
  height: number
  durationMs: number
  blend: boolean
  dispose: boolean
  chunks: readonly Part[]
}): Part {
  const payload = new Uint8Array(
    16 + frame.chunks.reduce((sum, part) => sum + chunkBytes(part.payload.length), 0),
  )
  put24(payload, 0, frame.x / 2)
  put24(payload, 3, frame.y / 2)
  put24(payload, 6, frame.width - 1)
  put24(payload, 9, frame.height - 1)
  put24(payload, 12, Math.min(frame.durationMs, 0xffffff))
  payload[15] = (frame.blend ? 0 : 2) | (frame.dispose ? 1 : 0)
  putChunks(payload, 16, frame.chunks)
  return { code: 'ANMF', payload }
}

/** A still: the plain form where there is nothing beside VP8 or VP8L, else the extended one. */
export function writeStill(
  image: { width: number; height: number; alpha: boolean; chunks: readonly Part[] },
  metadata: FileMetadata = {},
): Uint8Array {
  const plain = image.chunks.length === 1 && !metadata.icc && !metadata.exif && !metadata.xmp
  if (plain) return writeRiff(image.chunks)
  return writeRiff(
    around(
      image.chunks,
      extendedHeader(image.width, image.height, { ...image, animated: false, ...metadata }),
      metadata,
    ),
  )
}

/** The order of §2.7: VP8X, ICCP, (ANIM), picture or frames, EXIF, XMP. */
export function around(image: readonly Part[], header: Part, metadata: FileMetadata): Part[] {
  const parts: Part[] = [header]
  if (metadata.icc) parts.push({ code: 'ICCP', payload: metadata.icc })
  parts.push(...image)
  if (metadata.exif) parts.push({ code: 'EXIF', payload: metadata.exif })
  if (metadata.xmp) parts.push({ code: 'XMP ', payload: metadata.xmp })
  return parts
}
