// PNG in, rows out: the host's side of src/engine/png-*.ts. Feeds the compressed bytes as they
// stream in, and turns the engine's statuses into errors.
import type { Engine } from '../engine'
import type { ByteSource } from '../header'
import type { Bands, RowReader, Rows } from '../rows'
import { Adam7 } from './png-adam7'
import { channelsOf, PALETTE, type PngHeader, readPngHeader } from './png-header'
import { ByteInput } from './png-input'
import { PngStream, stripRows } from './png-stream'

export interface PngReader extends RowReader {
  /** Whether the image data ended early; what is missing is black, or transparent. Known at the end. */
  readonly truncated: boolean
  /** 2 when `depth: 16` was asked for and the file has it: samples are then 16 bits, little endian. */
  readonly sampleBytes: 1 | 2
}

export interface PngOptions {
  /** Bits of a sample in the rows. 8 (default) rounds 16-bit files; 16 keeps them, others stay 8. */
  readonly depth?: 8 | 16
  /** Interlaced pictures: bytes of passes to hold rather than to read twice. Default 8 MB. */
  readonly heldBytes?: number | undefined
}

/**
 * Opens a PNG: reads its header, allocates what decoding needs (`pngDecodeBytes`).
 * Rows are 8-bit, 1 to 4 bands; a palette is looked up, tRNS is alpha.
 * @throws ImageError `corrupt`, `truncated` or `unsupported` for the header, `too-large` when the
 * engine's limit is reached
 */
export async function openPng(
  engine: Engine,
  source: ByteSource,
  options: PngOptions = {},
): Promise<PngReader> {
  const input = new ByteInput(() => source.open())
  try {
    const { header, idat } = await readPngHeader(input)
    const bands = tellFormat(engine, header, options.depth === 16)
    const sampleBytes = options.depth === 16 && header.bitDepth === 16 ? 2 : 1
    const pixelBytes = bands * sampleBytes
    const capacity = stripRows(header.width * pixelBytes, header.height)
    const stream = PngStream.open(engine, input, idat, header.width, capacity)
    if (header.interlaced) {
      const adam7 = await Adam7.open(
        engine,
        source,
        stream,
        header.width,
        header.height,
        pixelBytes,
        options.heldBytes,
      )
      return new InterlacedReader(adam7, header, bands, sampleBytes)
    }
    return new PlainReader(stream, header, bands, sampleBytes)
  } catch (error) {
    await input.close()
    throw error
  }
}

/** Tells the engine how samples are stored and what they become; returns the bands of a row. */
function tellFormat(engine: Engine, header: PngHeader, wide: boolean): Bands {
  const { bitDepth, colorType, palette, transparency } = header
  const indexed = colorType === PALETTE
  const channels = channelsOf(colorType)
  const keyed = !indexed && transparency.length > 0
  const mask = (1 << bitDepth) - 1
  const key = (i: number) => (((transparency[2 * i] ?? 0) << 8) | (transparency[2 * i + 1] ?? 0)) & mask
  const keys = keyed ? [key(0), key(1), key(2)] : [0, 0, 0]
  engine.call('pngDecFormat', bitDepth, channels, Number(indexed), Number(wide), Number(keyed), ...keys)
  if (!indexed) return (channels + Number(keyed)) as Bands
  const bands = transparency.length > 0 ? 4 : 3
  for (let i = 0; 3 * i < palette.length; i++) {
    const [red = 0, green = 0, blue = 0] = palette.subarray(3 * i)
    const alpha = transparency[i] ?? 255
    engine.call('pngDecColor', i, red | (green << 8) | (blue << 16) | (alpha << 24), bands)
  }
  return bands
}

/** A picture without interlace: the engine's strips are the reader's. */
class PlainReader implements PngReader {
  readonly width: number
  readonly height: number
  truncated = false
  #left: number

  constructor(
    readonly stream: PngStream,
    header: PngHeader,
    readonly bands: Bands,
    readonly sampleBytes: 1 | 2,
  ) {
    this.width = header.width
    this.height = header.height
    this.#left = header.height
    stream.startPass(header.width, header.height)
  }

  async read(): Promise<Rows | null> {
    if (this.#left === 0) return null
    let rows = this.truncated ? null : await this.stream.rows()
    if (rows === null) {
      this.truncated = true
      rows = this.stream.blankRows(this.#left)
    }
    this.#left -= rows.count
    if (this.#left === 0) {
      if (!this.truncated) await this.stream.finish()
      await this.close()
    }
    return rows
  }

  close(): Promise<void> {
    return this.stream.input.close()
  }
}

/** An interlaced picture: its rows come in the same order, put together from the passes. */
class InterlacedReader implements PngReader {
  readonly width: number
  readonly height: number

  constructor(
    readonly adam7: Adam7,
    header: PngHeader,
    readonly bands: Bands,
    readonly sampleBytes: 1 | 2,
  ) {
    this.width = header.width
    this.height = header.height
  }

  get truncated(): boolean {
    return this.adam7.truncated
  }

  read(): Promise<Rows | null> {
    return this.adam7.read()
  }

  close(): Promise<void> {
    return this.adam7.close()
  }
}
