// JPEG in, rows out: the host's side of src/engine/jpeg-decode*.ts.
//
//   const reader = await openJpeg(engine, source, { shrink: 4 })
//   for (let rows = await reader.read(); rows; rows = await reader.read()) …
import type { Engine } from '../engine'
import { ImageError, type ImageErrorKind } from '../error'
import type { ByteSource } from '../header'
import type { Bands, RowReader, Rows } from '../rows'
import { JpegFeed, readLineCount } from './jpeg-feed'
import { BAND_BYTES } from './jpeg-memory'

/** A window in pixels of the picture that is read, i.e. after shrinking. */
export interface Crop {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export interface JpegOptions {
  /** Reduces both sides by this factor while decoding; sides are rounded up. Default 1. */
  readonly shrink?: 1 | 2 | 4 | 8
  /**
   * Halves without softening: frequencies up to the new picture's are left as they are, where otherwise
   * each new pixel is the mean of four, as libjpeg's. Of another `shrink` it changes nothing.
   */
  readonly flat?: boolean
  /** Gives this window of the reduced picture alone, and decodes little more. */
  readonly crop?: Crop
  /**
   * Bytes that the coefficients of a picture in several scans (such as a progressive one) may take,
   * default `BAND_BYTES`. Where all of them take more, the source is read once for each band of rows,
   * at most 32 times (and then they take a 32nd of all), and once for each such part of what lies above the crop.
   */
  readonly bandBytes?: number | undefined
}

/** A component's plane as it is decoded. */
export interface JpegPlane {
  /** Of the whole plane, at the size that it is decoded to. */
  readonly width: number
  readonly height: number
  /** Samples per sample of luma, across and down: 1 or ½. */
  readonly across: number
  readonly down: number
  /** The column and row of the whole plane with which its strips begin. */
  readonly left: number
  readonly top: number
}

/** Y, Cb and Cr as they are decoded: chroma at its own size. */
export interface JpegPlanes {
  readonly planes: readonly [JpegPlane, JpegPlane, JpegPlane]
  /** The next strip of each plane, all of the same part of the picture; null after the last. */
  read(): Promise<readonly [Rows, Rows, Rows] | null>
  /** As a RowReader's. */
  close(): Promise<void>
}

export interface JpegReader extends RowReader {
  /**
   * Whether the four bands are cyan, magenta, yellow and black instead of RGBA: 255 is full ink,
   * whichever way the file stores it (as libvips' CMYK has it).
   */
  readonly cmyk: boolean
  /** Whether the file ended early; what is missing is grey. Grows true while reading. */
  readonly truncated: boolean
  /** Whether markers came where data should be; what could not be decoded is grey. */
  readonly damaged: boolean
}

// Statuses of src/engine/jpeg-decode-state.ts.
const NEED_INPUT = 0
const HEADER = 1
const ROWS = 2
const REWIND = 4
const NO_HEIGHT = -9

/** Errors by status: their kind and sentence. */
const ERRORS: Readonly<Record<number, readonly [ImageErrorKind, string]>> = {
  [-1]: ['too-large', 'The JPEG needs more memory than was planned for it'],
  [-2]: ['corrupt', 'Expected the start of a JPEG (FF D8) but received other bytes'],
  [-3]: ['corrupt', 'Expected a well-formed JPEG segment but received one that breaks its rules'],
  [-4]: ['truncated', 'Expected a JPEG frame and scan but the file ended before'],
  [-5]: ['unsupported', 'Expected a Huffman-coded JPEG but received arithmetic coding'],
  [-6]: ['unsupported', 'Expected a JPEG with 8 bits per sample but received another precision'],
  [-7]: [
    'unsupported',
    'Expected a baseline or progressive JPEG but received lossless or hierarchical coding',
  ],
  [-8]: ['unsupported', 'Expected a JPEG with 1, 3 or 4 components but received another number'],
  [NO_HEIGHT]: ['corrupt', 'Expected a JPEG height in SOF or DNL but received neither'],
  [-10]: ['too-large', 'Expected a JPEG with fewer scans'],
  [-11]: ['corrupt', 'Expected a crop within the reduced picture but received one that leaves it'],
}

/**
 * Opens a JPEG: reads to its first scan and allocates what decoding takes (`jpegDecodeBytes`).
 * Rows have 1 band (grey), 3 (RGB) or 4 (CMYK: see `cmyk`). EXIF Orientation and ICC profile are
 * not looked at. One JPEG can be open in an engine at a time.
 * @throws ImageError `corrupt`, `truncated` or `unsupported` for the header (also from `read` for
 * what lies between scans), `too-large` when the engine's limit is reached
 */
export async function openJpeg(
  engine: Engine,
  source: ByteSource,
  options: JpegOptions = {},
): Promise<JpegReader> {
  const reader = new Reader(engine, source)
  try {
    await reader.open(options)
    return reader
  } catch (error) {
    await reader.close()
    throw error
  }
}

/**
 * Opens a JPEG as `openJpeg` does, for its planes. `crop` is in pixels of luma. null where the picture is
 * not YCbCr, or its chroma neither as fine as luma nor half as fine.
 */
export async function openJpegPlanes(
  engine: Engine,
  source: ByteSource,
  options: JpegOptions,
): Promise<JpegPlanes | null> {
  const reader = new Reader(engine, source)
  try {
    await reader.open(options, true)
    if (engine.call('jpegDecPlanar') === 1) return planesOf(engine, reader)
    await reader.close()
    return null
  } catch (error) {
    await reader.close()
    throw error
  }
}

function planesOf(engine: Engine, reader: Reader): JpegPlanes {
  const plane = (i: number): JpegPlane => ({
    width: engine.call('jpegDecPlaneWidth', i),
    height: engine.call('jpegDecPlaneHeight', i),
    across: engine.call('jpegDecPlaneColumns', i) / engine.call('jpegDecPlaneColumns', 0),
    down: engine.call('jpegDecPlaneRows', i) / engine.call('jpegDecPlaneRows', 0),
    left: engine.call('jpegDecPlaneLeft', i),
    top: engine.call('jpegDecPlaneTop', i),
  })
  const strip = (i: number): Rows => ({
    pointer: engine.call('jpegDecPlane', i) >>> 0,
    count: engine.call('jpegDecPlaneRows', i),
    stride: engine.call('jpegDecPlaneStride', i),
  })
  const strips = [strip(0), strip(1), strip(2)] as const
  return {
    planes: [plane(0), plane(1), plane(2)],
    read: async () => ((await reader.next()) ? strips : null),
    close: () => reader.close(),
  }
}

class Reader implements JpegReader {
  width = 0
  height = 0
  bands: Bands = 3
  readonly #feed: JpegFeed
  readonly #step: () => number

  constructor(
    readonly engine: Engine,
    source: ByteSource,
  ) {
    this.#feed = new JpegFeed(engine, source)
    this.#step = engine.kernel('jpegDecRun')
  }

  get cmyk(): boolean {
    return this.bands === 4
  }

  get truncated(): boolean {
    return (this.engine.call('jpegDecFlaws') & 1) !== 0
  }

  get damaged(): boolean {
    return (this.engine.call('jpegDecFlaws') & 2) !== 0
  }

  async open(
    { shrink = 1, flat = false, crop, bandBytes = BAND_BYTES }: JpegOptions,
    planar = false,
  ): Promise<void> {
    const { engine } = this
    const mark = engine.call('arenaMark')
    this.#check(engine.call('jpegDecOpen', 0))
    let status = await this.#run()
    if (status === NO_HEIGHT) {
      const lines = await readLineCount(this.#feed.source, engine.call('jpegDecOffset'))
      await this.#feed.rewind()
      engine.call('arenaRelease', mark)
      this.#check(engine.call('jpegDecOpen', lines))
      status = await this.#run()
    }
    this.#check(status)
    if (status !== HEADER) throw new ImageError('corrupt', 'Expected a JPEG scan but received none')
    const { left = 0, top = 0, width = 0, height = 0 } = crop ?? {}
    const how = [Math.log2(shrink), flat ? 1 : 0, planar ? 1 : 0]
    this.#check(engine.call('jpegDecBegin', ...how, left, top, width, height, bandBytes))
    this.width = engine.call('jpegDecWidth')
    this.height = engine.call('jpegDecHeight')
    this.bands = engine.call('jpegDecBands') as Bands
  }

  /** Goes on to the next strip; false after the last. */
  async next(): Promise<boolean> {
    const status = await this.#run()
    this.#check(status)
    return status === ROWS
  }

  async read(): Promise<Rows | null> {
    if (!(await this.next())) return null
    return {
      pointer: this.engine.call('jpegDecRows') >>> 0,
      count: this.engine.call('jpegDecRowCount'),
      stride: this.width * this.bands,
    }
  }

  async close(): Promise<void> {
    await this.#feed.rewind()
  }

  /** Runs the decoder until it has something to say. */
  async #run(): Promise<number> {
    for (;;) {
      const status = this.#step()
      if (status === NEED_INPUT) await this.#feed.feed()
      else if (status === REWIND) await this.#feed.rewind()
      else return status
    }
  }

  #check(status: number): void {
    const error = ERRORS[status]
    if (error) throw new ImageError(...error, this.engine.call('jpegDecOffset') >>> 0)
  }
}
