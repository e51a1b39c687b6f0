// WebP pictures by rows, in the engine (src/engine/vp8-decode.ts, vp8l-rows.ts): of a lossy one the compressed bytes
// are held, of a lossless one a window of them and the pixels that copies may reach back to, whatever its height.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { latin1 } from '../feed'
import type { ByteSource, ImageHeader } from '../header'
import type { RowReader, Rows } from '../rows'
import { Ranges } from './ranges'
import { bitstreamSize, u32 } from './riff'

/** Bytes of a lossless picture that are read at once, and at least. */
const PART = 65536
/** Rows of a lossless picture that are given at once. */
const STRIP = 16

interface Found {
  readonly offset: number
  readonly length: number
}

/** A picture in a file: a still, or a frame of what moves. */
export interface WebpPicture {
  readonly main: Found
  readonly lossless: boolean
  /** The ALPH chunk before a lossy picture. */
  readonly alpha: Found | null
}

/** The picture of a still, or null where the file moves. */
async function findStill(ranges: Ranges): Promise<WebpPicture | null> {
  const { size } = ranges.source
  const head = await ranges.read(0, Math.min(12, size))
  if (head.length < 12) throw new ImageError('truncated', 'The WebP file ends in its header', size)
  if (latin1(head, 0, 4) !== 'RIFF' || latin1(head, 8, 4) !== 'WEBP') {
    throw new ImageError('corrupt', 'Expected a RIFF file of type WEBP', 0)
  }
  return findPicture(ranges, 12, size)
}

/**
 * Finds the picture among the chunks from `start` to `end`; null where they are those of an animation. Throws ImageError
 * `truncated` where there is none.
 */
export async function findPicture(ranges: Ranges, start: number, end: number): Promise<WebpPicture | null> {
  let alpha: Found | null = null
  for (let at = start; at + 8 <= end; ) {
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
  throw new ImageError('truncated', 'The WebP file has no picture', end)
}

/** Bytes of the arena that reading takes, at one `scale`th of the size: tables, rows and compressed bytes. */
export function webpRowBytes(
  header: Pick<ImageHeader, 'width' | 'height' | 'alpha' | 'lossless'>,
  fileSize: number,
  scale: 1 | 2 | 4 | 8 = 1,
): number {
  const { width, height, alpha, lossless } = header
  const line = Math.ceil(width / scale) * (alpha ? 4 : 3)
  if (lossless) {
    const sums = scale > 1 ? 16 * Math.ceil(width / scale) : 0
    const window = Math.min(fileSize, mostWindow(width, height))
    return window + losslessBytes(width, height) + STRIP * line + sums + 256
  }
  const macroblocks = (width + 15) >> 4
  const held = scale > 1 ? 16 / scale : 26
  const own = macroblocks * (512 + 256 + 69) + 26 * 32 + held * line + 2 * width + 4096
  if (!alpha) return fileSize + own
  const weights = scale > 1 ? macroblocks * (256 + 64) + 128 : 0
  return fileSize + own + weights + 2 * width + 256 + losslessBytes(width, height)
}

/** Prefix codes of all groups: libwebp's encoder makes a tenth of it. A file whose codes need more is refused. */
const MOST_CODES = 4 << 20
/** Beyond so many pixels the blocks that libwebp describes have sides of 8 and more. */
const SMALL_PIXELS = 4_000_000
/** The largest tables of one group. */
const GROUP_BYTES = 10_300

/** Blocks of pixels of the smallest side that libwebp describes by themselves. */
function blocksOf(width: number, height: number): number {
  const side = width * height <= SMALL_PIXELS ? 4 : 8
  return Math.ceil(width / side) * Math.ceil(height / side)
}

/**
 * What src/engine/vp8l-decode.ts takes: the ring, four rows, and for each block of pixels a predictor, colour
 * factors, and while it is read the name of a group.
 */
function losslessBytes(width: number, height: number): number {
  const ring = 4 * Math.min(2 ** 20, 2 ** Math.ceil(Math.log2(width * height)))
  const blocks = blocksOf(width, height)
  return ring + 4 * 4 * width + 9 * blocks + Math.min(MOST_CODES, blocks * GROUP_BYTES) + 65536
}

/** Compressed bytes of a lossless picture that are held at first: some, and whatever a row may take. */
function firstWindow(width: number): number {
  return PART + 8 * (width + 4)
}

/** And at most: what stands before the pixels, which describes blocks and codes, must fit. */
function mostWindow(width: number, height: number): number {
  return firstWindow(width) + 6 * blocksOf(width, height) + (1 << 19)
}

/** Reads a chunk into the arena; where it begins. Throws ImageError `truncated`. */
async function readChunk(engine: Engine, ranges: Ranges, { offset, length }: Found): Promise<number> {
  if (offset + length > ranges.source.size) {
    throw new ImageError('truncated', 'The WebP file ends before its picture', ranges.source.size)
  }
  const data = engine.alloc(length)
  await ranges.readTo(offset, length, () => engine.bytes.subarray(data))
  return data
}

/** How the rows of a picture are wanted. */
export interface WebpWanted {
  readonly bands: 3 | 4
  /** One in how many pixels, along each side; sizes are rounded up. */
  readonly scale: 1 | 2 | 4 | 8
}

/** Opens a still; null where the file moves. Throws ImageError. */
export async function openWebpRows(
  engine: Engine,
  source: ByteSource,
  bands: 3 | 4,
  scale: 1 | 2 | 4 | 8 = 1,
): Promise<RowReader | null> {
  const ranges = new Ranges(source)
  try {
    const still = await findStill(ranges)
    const rows = still && (await openPicture(engine, ranges, still, { bands, scale }))
    if (rows) return { ...rows, close: () => ranges.close() }
  } catch (error) {
    await ranges.close()
    throw error
  }
  await ranges.close()
  return null
}

/**
 * Opens a picture of a file, whose `ranges` it reads on. Colours of shrunk rows are means by alpha. Throws ImageError.
 */
export async function openPicture(
  engine: Engine,
  ranges: Ranges,
  { main, lossless, alpha }: WebpPicture,
  { bands, scale }: WebpWanted,
): Promise<RowReader> {
  if (lossless) return openLossless(engine, ranges, main, { bands, scale })
  const { offset, length } = main
  const plane = alpha && bands === 4 ? await readChunk(engine, ranges, alpha) : 0
  const data = await readChunk(engine, ranges, main)
  const payload = engine.bytes.subarray(data, data + length)
  const { width, height } = bitstreamSize({ code: 'VP8 ', payload, offset })
  if (alpha && plane) {
    opened(engine.call('vp8AlphaOpen', plane, plane + alpha.length, width, height), alpha.offset)
  }
  opened(engine.call('vp8Open', data, data + length, width, height, bands, scale, plane ? 1 : 0), offset)
  const shown = { width: Math.ceil(width / scale), height: Math.ceil(height / scale), bands }
  return lossyReader(engine, shown, offset)
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

/** Opens a lossless picture: with as much of the file as it takes to read what stands before its pixels. */
async function openLossless(
  engine: Engine,
  ranges: Ranges,
  { offset, length }: Found,
  { bands, scale }: WebpWanted,
): Promise<RowReader> {
  if (offset + length > ranges.source.size) {
    throw new ImageError('truncated', 'The WebP file ends before its picture', ranges.source.size)
  }
  const head = await ranges.read(offset, Math.min(5, length))
  const { width, height } = bitstreamSize({ code: 'VP8L', payload: head, offset })
  let held = Math.min(length, firstWindow(width))
  const data = engine.alloc(held)
  await ranges.readTo(offset, held, () => engine.bytes.subarray(data))
  const open = () => engine.call('vp8lOpen', data, data + held, width, height, 0)
  let status = open()
  const most = Math.min(length, mostWindow(width, height))
  while (status < 0 && held < most) {
    // The bytes stay where they are; what was made of them behind is given up.
    engine.call('arenaRelease', data)
    const before = held
    held = Math.min(most, 2 * held)
    engine.alloc(held)
    await ranges.readTo(offset + before, held - before, () => engine.bytes.subarray(data + before))
    status = open()
  }
  opened(status, offset)
  opened(engine.call('vp8lRowsOpen', width, height, bands, scale, held === length ? 1 : 0), offset)
  const shown = { width: Math.ceil(width / scale), height: Math.ceil(height / scale), bands }
  return losslessReader(engine, ranges, shown, { data, held, offset, length })
}

/** A window of a file's bytes in the arena. */
interface Window extends Found {
  readonly data: number
  readonly held: number
}

function losslessReader(
  engine: Engine,
  ranges: Ranges,
  { width, height, bands }: Shown,
  { data, held: room, offset, length }: Window,
): RowReader {
  const stride = width * bands
  const strip = engine.alloc(STRIP * stride)
  const next = engine.kernel('vp8lRowsNext')
  let given = 0
  let read = room
  let held = room

  /** Moves what is left of the window to its front, and fills it up. */
  const feed = async (): Promise<void> => {
    const taken = engine.call('vp8lBitsTaken')
    engine.bytes.copyWithin(data, data + taken, data + held)
    held -= taken
    const more = Math.min(room - held, length - read)
    await ranges.readTo(offset + read, more, () => engine.bytes.subarray(data + held))
    held += more
    read += more
    engine.call('vp8lRowsFed', taken, held, read === length ? 1 : 0)
  }

  return {
    width,
    height,
    bands,
    async read() {
      if (given >= height) return null
      const count = Math.min(STRIP, height - given)
      for (let i = 0; i < count; ) {
        const status = next(strip + i * stride)
        opened(status, offset)
        if (status === 0) await feed()
        else i++
      }
      given += count
      return { pointer: strip, count, stride }
    },
    close: async () => {},
  }
}
