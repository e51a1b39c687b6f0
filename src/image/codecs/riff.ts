// The RIFF container of WebP: RFC 9649 §2.3–2.7. Chunks are looked at where they lie; sizes are
// checked against the bytes that are there, never believed.
import { ImageError } from '../error'

/** A chunk: its four-character code and its payload, a view of the file. */
export interface Chunk {
  readonly code: string
  readonly payload: Uint8Array
  /** Of the payload in the file. */
  readonly offset: number
}

/** One frame of an animation (ANMF, §2.7.1.1), or the only picture of a still. */
export interface WebpFrame {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly durationMs: number
  /** Whether it is drawn over what is there, or replaces it. */
  readonly blend: boolean
  /** Whether its rectangle is cleared after it was shown. */
  readonly dispose: boolean
  /** ALPH, VP8 and VP8L chunks. */
  readonly chunks: readonly Chunk[]
}

export interface WebpFile {
  readonly width: number
  readonly height: number
  readonly alpha: boolean
  readonly animated: boolean
  /** Times the animation is played, 0 for ever; 0 for a still. */
  readonly loop: number
  readonly frames: readonly WebpFrame[]
  readonly icc?: Uint8Array
  readonly exif?: Uint8Array
  readonly xmp?: Uint8Array
}

export const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8)
export const u24 = (bytes: Uint8Array, at: number): number => u16(bytes, at) | (bytes[at + 2]! << 16)
export const u32 = (bytes: Uint8Array, at: number): number => u24(bytes, at) + bytes[at + 3]! * 0x1000000
const code4 = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))

/** The chunks from `start` to `end`; a last chunk that is cut short is given as far as it goes. */
export function* readChunks(bytes: Uint8Array, start = 0, end = bytes.length): Generator<Chunk> {
  for (let at = start; at + 8 <= end; ) {
    const size = u32(bytes, at + 4)
    const offset = at + 8
    yield { code: code4(bytes, at), payload: bytes.subarray(offset, Math.min(offset + size, end)), offset }
    at = offset + size + (size & 1)
  }
}

const IMAGE = new Set(['ALPH', 'VP8 ', 'VP8L'])

/** Size and alpha of a VP8 (RFC 6386 §9.1) or VP8L (RFC 9649 §3.4) bitstream. */
export function bitstreamSize(chunk: Omit<Chunk, 'offset'> & { offset?: number }): {
  width: number
  height: number
  alpha: boolean
} {
  const { payload, offset } = chunk
  if (chunk.code === 'VP8L') {
    if (payload.length < 5) throw new ImageError('truncated', 'The WebP picture ends in its header', offset)
    if (payload[0] !== 0x2f) throw new ImageError('corrupt', 'Expected a VP8L signature', offset)
    const bits = u32(payload, 1)
    return {
      width: (bits & 0x3fff) + 1,
      height: ((bits >>> 14) & 0x3fff) + 1,
      alpha: ((bits >>> 28) & 1) === 1,
    }
  }
  if (payload.length < 10) throw new ImageError('truncated', 'The WebP picture ends in its header', offset)
  if (u24(payload, 3) !== 0x2a019d || (payload[0]! & 1) !== 0) {
    throw new ImageError('corrupt', 'Expected a VP8 key frame', offset)
  }
  const [width, height] = [u16(payload, 6) & 0x3fff, u16(payload, 8) & 0x3fff]
  if (width === 0 || height === 0) throw new ImageError('corrupt', 'The WebP picture has no pixels', offset)
  return { width, height, alpha: false }
}

/** The picture of a list of chunks: the first bitstream, with the ALPH before it. */
function readImage(chunks: readonly Chunk[], offset: number) {
  const main = chunks.find((chunk) => chunk.code === 'VP8 ' || chunk.code === 'VP8L')
  if (!main) throw new ImageError('truncated', 'The WebP file has no picture', offset)
  const size = bitstreamSize(main)
  const alph = main.code === 'VP8 ' ? chunks.find((chunk) => chunk.code === 'ALPH') : undefined
  return { ...size, alpha: size.alpha || alph !== undefined, chunks: alph ? [alph, main] : [main] }
}

/** Bytes of a frame's header, which begins an ANMF chunk. */
export const FRAME_HEADER = 16

/** Reads a frame's header (§2.7.1.1); `offset` is the payload's in the file. Throws ImageError. */
export function readFrameHeader(
  payload: Uint8Array,
  offset: number,
  canvas: { width: number; height: number },
): Omit<WebpFrame, 'chunks'> {
  if (payload.length < FRAME_HEADER) {
    throw new ImageError('truncated', 'A WebP frame ends in its header', offset)
  }
  const flags = payload[15]!
  const frame = {
    x: u24(payload, 0) * 2,
    y: u24(payload, 3) * 2,
    width: u24(payload, 6) + 1,
    height: u24(payload, 9) + 1,
    durationMs: u24(payload, 12),
    blend: (flags & 2) === 0,
    dispose: (flags & 1) === 1,
  }
  if (frame.x + frame.width > canvas.width || frame.y + frame.height > canvas.height) {
    throw new ImageError('corrupt', 'A WebP frame does not fit its canvas', offset)
  }
  return frame
}

/** Reads an ANMF chunk. */
function readAnimationFrame(chunk: Chunk, canvas: { width: number; height: number }): WebpFrame {
  const { payload, offset } = chunk
  const frame = readFrameHeader(payload, offset, canvas)
  const chunks = [...readChunks(payload, FRAME_HEADER)].map((inner) => ({
    ...inner,
    offset: inner.offset + offset,
  }))
  const image = readImage(chunks, offset)
  if (image.width !== frame.width || image.height !== frame.height) {
    throw new ImageError('corrupt', 'A WebP frame does not fit its canvas', offset)
  }
  return { ...frame, chunks: image.chunks }
}

/**
 * Reads a whole WebP file. Frames after a truncated one are left out; a file without a single
 * whole picture is an ImageError.
 * @param maxFrames frames beyond this are not looked at
 */
export function readWebp(bytes: Uint8Array, maxFrames = Number.POSITIVE_INFINITY): WebpFile {
  if (bytes.length < 20) throw new ImageError('truncated', 'The WebP file ends in its header', bytes.length)
  if (code4(bytes, 0) !== 'RIFF' || code4(bytes, 8) !== 'WEBP') {
    throw new ImageError('corrupt', 'Expected a RIFF file of type WEBP', 0)
  }
  const chunks = [...readChunks(bytes, 12, Math.min(bytes.length, u32(bytes, 4) + 8))]
  const extended = chunks[0]?.code === 'VP8X' ? chunks[0] : undefined
  if (!extended) {
    const image = readImage(chunks, 12)
    const frame = { x: 0, y: 0, durationMs: 0, blend: false, dispose: false, ...image }
    return { ...image, animated: false, loop: 0, frames: [frame] }
  }
  const head = extended.payload
  if (head.length < 10) throw new ImageError('truncated', 'The WebP file ends in its header', extended.offset)
  const canvas = { width: u24(head, 4) + 1, height: u24(head, 7) + 1 }
  const payloadOf = (code: string): Uint8Array | undefined => chunks.find((c) => c.code === code)?.payload
  const meta = {
    ...named('icc', payloadOf('ICCP')),
    ...named('exif', payloadOf('EXIF')),
    ...named('xmp', payloadOf('XMP ')),
  }
  const flags = head[0]!
  if ((flags & 2) === 0) {
    const image = readImage(
      chunks.filter((chunk) => IMAGE.has(chunk.code)),
      12,
    )
    const frame = { x: 0, y: 0, durationMs: 0, blend: false, dispose: false, ...image }
    return { ...image, animated: false, loop: 0, frames: [frame], ...meta }
  }
  const anim = payloadOf('ANIM')
  const frames: WebpFrame[] = []
  for (const chunk of chunks) {
    if (chunk.code === 'ANMF' && frames.length < maxFrames) frames.push(readAnimationFrame(chunk, canvas))
  }
  if (frames.length === 0) throw new ImageError('truncated', 'The WebP animation has no frames', 12)
  const loop = anim && anim.length >= 6 ? u16(anim, 4) : 0
  return { ...canvas, alpha: (flags & 16) !== 0, animated: true, loop, frames, ...meta }
}

/** `{ [key]: value }` where there is a value, for optional properties. */
export function named<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: V }
}
