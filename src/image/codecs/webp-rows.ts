// WebP stills by rows, in the engine (src/engine/vp8-decode.ts, vp8l-decode.ts): only the compressed bytes are
// held, and of lossless ones the pixels that copies may reach back to, whatever the picture's height.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { latin1 } from '../feed'
import type { ByteSource, ImageHeader } from '../header'
import type { RowReader, Rows } from '../rows'
import { Ranges } from './ranges'
import { bitstreamSize, u32 } from './riff'

/** Bytes that are read at once. */
const PART = 65536
/** Rows of a lossless picture that are given at once. */
const STRIP = 16

interface Found {
  readonly offset: number
  readonly length: number
}

/** The picture of a still. */
interface Still {
  readonly main: Found
  readonly lossless: boolean
  /** The ALPH chunk before a lossy picture. */
  readonly alpha: Found | null
}

/** The picture of a still, or null where the file moves. */
async function findPicture(ranges: Ranges): Promise<Still | null> {
  const { size } = ranges.source
  const head = await ranges.read(0, Math.min(12, size))
  if (head.length < 12) throw new ImageError('truncated', 'The WebP file ends in its header', size)
  if (latin1(head, 0, 4) !== 'RIFF' || latin1(head, 8, 4) !== 'WEBP') {
    throw new ImageError('corrupt', 'Expected a RIFF file of type WEBP', 0)
  }
  let alpha: Found | null = null
  for (let at = 12; at + 8 <= size; ) {
    const chunk = await ranges.read(at, 8)
    const code = latin1(chunk, 0, 4)
    const length = u32(chunk, 4)
    const found = { offset: at + 8, length }
    if (code === 'VP8 ') return { main: found, lossless: false, alpha }
    if (code === 'VP8L') return { main: found, lossless: true, alpha: null }
    if (code === 'ALPH') alpha ??= found
    if (code === 'ANMF' || code === 'ANIM') return null
    at += 8 + length + (length & 1)
  }
  throw new ImageError('truncated', 'The WebP file has no picture', size)
}

/** Bytes of the arena that reading takes: tables, rows and the compressed bytes. */
export function webpRowBytes(
  header: Pick<ImageHeader, 'width' | 'height' | 'alpha' | 'lossless'>,
  fileSize: number,
): number {
  const { width, height, alpha, lossless } = header
  const bands = alpha ? 4 : 3
  const macroblocks = (width + 15) >> 4
  const lossy = macroblocks * (512 + 256 + 69) + 26 * (width * bands + 32) + 2 * width + 4096
  const own = lossless ? STRIP * width * bands + 96 : lossy
  return fileSize + own + (lossless || alpha ? losslessBytes(width, height) : 0)
}

/** Prefix codes of all groups: libwebp's encoder makes a tenth of it. A file whose codes need more is refused. */
const MOST_CODES = 4 << 20
/** Beyond so many pixels the blocks that libwebp describes have sides of 8 and more. */
const SMALL_PIXELS = 4_000_000
/** The largest tables of one group. */
const GROUP_BYTES = 10_300

/**
 * What src/engine/vp8l-decode.ts takes: the ring, five rows, and for each block of pixels a predictor, colour
 * factors, and while it is read the name of a group.
 */
function losslessBytes(width: number, height: number): number {
  const ring = 4 * Math.min(2 ** 20, 2 ** Math.ceil(Math.log2(width * height)))
  const side = width * height <= SMALL_PIXELS ? 4 : 8
  const blocks = Math.ceil(width / side) * Math.ceil(height / side)
  return ring + 5 * 4 * width + 9 * blocks + Math.min(MOST_CODES, blocks * GROUP_BYTES) + 65536
}

/** Reads a chunk into the arena; where it begins. Throws ImageError `truncated`. */
async function readChunk(engine: Engine, ranges: Ranges, { offset, length }: Found): Promise<number> {
  if (offset + length > ranges.source.size) {
    throw new ImageError('truncated', 'The WebP file ends before its picture', ranges.source.size)
  }
  const data = engine.alloc(length)
  for (let at = 0; at < length; at += PART) {
    engine.bytes.set(await ranges.read(offset + at, Math.min(PART, length - at)), data + at)
  }
  return data
}

/**
 * Opens a still, at one `scale`th of its size (rounded up), which only lossy ones without alpha have; null where the
 * file moves. Throws ImageError.
 */
export async function openWebpRows(
  engine: Engine,
  source: ByteSource,
  bands: 3 | 4,
  scale: 1 | 2 | 4 | 8 = 1,
): Promise<RowReader | null> {
  const ranges = new Ranges(source)
  try {
    const still = await findPicture(ranges)
    if (!still) return null
    const { main, lossless, alpha } = still
    const { offset, length } = main
    const data = await readChunk(engine, ranges, main)
    const payload = engine.bytes.subarray(data, data + length)
    const size = bitstreamSize({ code: lossless ? 'VP8L' : 'VP8 ', payload, offset })
    const { width, height } = size
    if (lossless) {
      opened(engine.call('vp8lOpen', data, data + length, width, height, 0), offset)
      return losslessReader(engine, { width, height, bands }, offset)
    }
    opened(engine.call('vp8Open', data, data + length, width, height, bands, scale), offset)
    const made = { width: Math.ceil(width / scale), height: Math.ceil(height / scale), bands }
    const rows = lossyReader(engine, made, offset)
    if (alpha === null || bands === 3 || scale > 1) return rows
    const plane = await readChunk(engine, ranges, alpha)
    opened(engine.call('vp8lAlphaOpen', plane, plane + alpha.length, width, height), alpha.offset)
    return withAlpha(engine, rows, alpha.offset)
  } finally {
    await ranges.close()
  }
}

/** Throws what a status below 0 says. */
function opened(status: number, offset: number): void {
  if (status < 0) throw broken(status, offset)
}

function broken(status: number, offset: number): ImageError {
  if (status === -3)
    return new ImageError('too-large', 'The WebP picture needs more memory than was planned for it')
  return status === -1
    ? new ImageError('corrupt', "The WebP picture can't be decoded", offset)
    : new ImageError('truncated', 'The WebP picture ends too early', offset)
}

interface Shown {
  readonly width: number
  readonly height: number
  readonly bands: 3 | 4
}

function lossyReader(engine: Engine, { width, height, bands }: Shown, offset: number): RowReader {
  let given = 0
  return {
    width,
    height,
    bands,
    async read(): Promise<Rows | null> {
      if (given >= height) return null
      const count = engine.call('vp8Next')
      opened(count, offset)
      given += count
      return { pointer: engine.call('vp8Out'), count, stride: width * bands }
    },
    close: async () => {},
  }
}

/** Puts the rows of the alpha plane into those of the colours, where they lie. */
function withAlpha(engine: Engine, rows: RowReader, offset: number): RowReader {
  return {
    ...rows,
    async read() {
      const strip = await rows.read()
      if (!strip) return null
      for (let i = 0; i < strip.count; i++) {
        opened(engine.call('vp8lAlphaNext', strip.pointer + i * strip.stride), offset)
      }
      return strip
    },
  }
}

function losslessReader(engine: Engine, { width, height, bands }: Shown, offset: number): RowReader {
  const stride = width * bands
  const strip = engine.alloc(STRIP * stride)
  let given = 0
  return {
    width,
    height,
    bands,
    async read() {
      if (given >= height) return null
      const count = Math.min(STRIP, height - given)
      for (let i = 0; i < count; i++) {
        opened(engine.call('vp8lNext'), offset)
        engine.call('vp8lRgb', strip + i * stride, bands)
      }
      given += count
      return { pointer: strip, count, stride }
    },
    close: async () => {},
  }
}
