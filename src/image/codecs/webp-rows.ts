// Lossy WebP without alpha by rows, in the engine (src/engine/vp8-decode.ts): only the compressed
// bytes are held, whatever the picture's height.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { latin1 } from '../feed'
import type { ByteSource } from '../header'
import type { RowReader, Rows } from '../rows'
import { Ranges } from './ranges'
import { bitstreamSize, u32 } from './riff'

/** Bytes that are read at once. */
const PART = 65536

interface Found {
  readonly offset: number
  readonly length: number
}

/** The VP8 chunk of a still without alpha, or null where the file has something else. */
async function findBitstream(ranges: Ranges): Promise<Found | null> {
  const { size } = ranges.source
  const head = await ranges.read(0, Math.min(12, size))
  if (head.length < 12) throw new ImageError('truncated', 'The WebP file ends in its header', size)
  if (latin1(head, 0, 4) !== 'RIFF' || latin1(head, 8, 4) !== 'WEBP') {
    throw new ImageError('corrupt', 'Expected a RIFF file of type WEBP', 0)
  }
  for (let at = 12; at + 8 <= size; ) {
    const chunk = await ranges.read(at, 8)
    const code = latin1(chunk, 0, 4)
    const length = u32(chunk, 4)
    if (code === 'VP8 ') return { offset: at + 8, length }
    if (code === 'VP8L' || code === 'ALPH' || code === 'ANMF' || code === 'ANIM') return null
    at += 8 + length + (length & 1)
  }
  throw new ImageError('truncated', 'The WebP file has no picture', size)
}

/** Bytes of the arena that reading takes: `vp8Bytes` of the engine, and the compressed bytes. */
export function webpRowBytes(width: number, bands: 3 | 4, fileSize: number): number {
  const macroblocks = (width + 15) >> 4
  return fileSize + macroblocks * (512 + 256 + 69) + 26 * (width * bands + 32) + 4 * width + 4096
}

/**
 * Opens a lossy still without alpha, at one `scale`th of its size (rounded up); null where the file is of
 * another kind. Throws ImageError.
 */
export async function openWebpRows(
  engine: Engine,
  source: ByteSource,
  bands: 3 | 4,
  scale: 1 | 2 | 4 | 8 = 1,
): Promise<RowReader | null> {
  const ranges = new Ranges(source)
  try {
    const found = await findBitstream(ranges)
    if (!found) return null
    const { offset, length } = found
    if (offset + length > source.size) {
      throw new ImageError('truncated', 'The WebP file ends before its picture', source.size)
    }
    const data = engine.alloc(length)
    for (let at = 0; at < length; at += PART) {
      engine.bytes.set(await ranges.read(offset + at, Math.min(PART, length - at)), data + at)
    }
    const payload = engine.bytes.subarray(data, data + length)
    const { width, height } = bitstreamSize({ code: 'VP8 ', payload, offset })
    const status = engine.call('vp8Open', data, data + length, width, height, bands, scale)
    if (status === -3)
      throw new ImageError('too-large', 'The WebP picture needs more memory than was planned for it')
    if (status < 0) throw broken(status, offset)
    const size = { width: Math.ceil(width / scale), height: Math.ceil(height / scale), bands }
    return makeReader(engine, size, offset)
  } finally {
    await ranges.close()
  }
}

function broken(status: number, offset: number): ImageError {
  return status === -1
    ? new ImageError('corrupt', "The WebP picture can't be decoded", offset)
    : new ImageError('truncated', 'The WebP picture ends too early', offset)
}

function makeReader(
  engine: Engine,
  size: { width: number; height: number; bands: 3 | 4 },
  offset: number,
): RowReader {
  const { width, height, bands } = size
  let given = 0
  return {
    width,
    height,
    bands,
    async read(): Promise<Rows | null> {
      if (given >= height) return null
      const count = engine.call('vp8Next')
      if (count < 0) throw broken(count, offset)
      given += count
      return { pointer: engine.call('vp8Out'), count, stride: width * bands }
    },
    close: async () => {},
  }
}
