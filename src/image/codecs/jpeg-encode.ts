// Writes baseline JPEG files (ITU-T T.81, JFIF 1.02): the markers here, the entropy-coded data in
// src/engine/jpeg-encode.ts.
import { type EncodedFile, Gatherer } from '../encoded-file'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { concat } from '../feed'
import type { Rows, RowWriter } from '../rows'

/** An application or comment segment: marker 0xe1–0xef or 0xfe, and its bytes without the length. */
export interface JpegSegment {
  readonly marker: number
  readonly data: Uint8Array
}

export interface JpegEncodeOptions {
  readonly width: number
  readonly height: number
  /** 1 grey or 3 RGB: JPEG has no alpha, so the pipeline flattens first. */
  readonly bands: 1 | 3
  /** 1–100; 4:2:0 below 90, 4:4:4 from there. */
  readonly quality: number
  /** EXIF, XMP, ICC, IPTC, …, written in this order behind JFIF's own. */
  readonly segments?: readonly JpegSegment[]
  /** Bytes of tokens to hold at most; default as `jpegEncodeBytes` plans. */
  readonly tokenBytes?: number
}

/** The largest segment: its 16-bit length counts itself. */
export const MAX_SEGMENT_BYTES = 65533

/** What jpeg-encode.ts of the engine has beside its rows and tokens. */
const OUT_BYTES = 32768
const ROW_SLACK = 48
const TOKEN_BLOCK_BYTES = 64 * 4 + 2
/** Room for tokens of an ordinary block. At quality 80 they average 15 bytes, at 95 about 45. */
const TOKEN_USUAL_BYTES = 64
/** More is never held: a picture whose tokens don't fit is coded with tables made from its first part. */
const TOKEN_MAX_BYTES = 16 * 1024 * 1024

function geometry(width: number, height: number, bands: 1 | 3, quality: number) {
  const sampling = bands === 3 && quality < 90 ? 2 : 1
  const columns = Math.ceil(width / (8 * sampling))
  const rows = Math.ceil(height / (8 * sampling))
  const blocks = bands === 1 ? 1 : sampling === 2 ? 6 : 3
  return { sampling, columns, rows, blocks }
}

function tokenBytes(width: number, height: number, bands: 1 | 3, quality: number): number {
  const { columns, rows, blocks } = geometry(width, height, bands, quality)
  const total = columns * rows * blocks
  // A small picture gets the room of its worst case.
  return Math.min(total * TOKEN_BLOCK_BYTES, Math.max(total * TOKEN_USUAL_BYTES, 262144), TOKEN_MAX_BYTES)
}

/** Bytes of the engine's arena that `makeJpegWriter` takes; the file itself is in JavaScript's memory. */
export function jpegEncodeBytes(width: number, height: number, bands: 1 | 3, quality: number): number {
  const { sampling, columns } = geometry(width, height, bands, quality)
  const rowBytes = columns * 8 * sampling + ROW_SLACK
  const chroma = bands === 1 ? 0 : 2 * (rowBytes * 8 + (sampling === 2 ? rowBytes * 2 : 0))
  const bytes = rowBytes * 8 * sampling + chroma + OUT_BYTES + tokenBytes(width, height, bands, quality)
  return Math.ceil((bytes + 64) / 16) * 16
}

/** A whole segment, with its marker and length. Throws `too-large` over `MAX_SEGMENT_BYTES`. */
export function jpegSegment(marker: number, data: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  if (data.length > MAX_SEGMENT_BYTES) {
    throw new ImageError(
      'too-large',
      `Expected at most ${MAX_SEGMENT_BYTES} bytes for a JPEG segment but received ${data.length}`,
    )
  }
  const bytes = new Uint8Array(4 + data.length)
  bytes.set([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff])
  bytes.set(data, 4)
  return bytes
}

/** JFIF 1.02, square pixels, no thumbnail. */
const JFIF = [0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0]

/** Takes planes of YCbCr in 4:2:0 instead of rows. */
export interface JpegPlaneWriter {
  /** Where the next rows of Y, Cb and Cr are put: `count` of each, but for the last ones. */
  readonly rows: readonly [Rows, Rows, Rows]
  /** Says that `count` rows of Y are there, and half as many of chroma, rounded up. */
  write(count: number): void
  finish(): EncodedFile
}

/**
 * Makes a writer of one JPEG file. Quantisation tables are Annex K's scaled as libjpeg does;
 * Huffman tables are made for the picture, or for as much of it as `tokenBytes` holds.
 */
export function makeJpegWriter(engine: Engine, options: JpegEncodeOptions): RowWriter {
  const { height } = options
  const file = beginJpeg(engine, options)
  let taken = 0
  return {
    write({ pointer, count, stride }: Rows) {
      if (taken + count > height) {
        throw new RangeError(`Expected ${height} rows for a JPEG but received ${taken + count}`)
      }
      taken += count
      let done = 0
      while (true) {
        done += engine.call('jpegEncRows', pointer + done * stride, count - done, stride)
        if (engine.call('jpegEncFull') === 0) return
        file.drain()
      }
    },
    finish() {
      if (taken !== height) throw new RangeError(`Expected ${height} rows for a JPEG but received ${taken}`)
      return file.finish()
    },
  }
}

/** As `makeJpegWriter`, of three bands and a quality below 90, for planes. */
export function makeJpegPlaneWriter(engine: Engine, options: JpegEncodeOptions): JpegPlaneWriter {
  const file = beginJpeg(engine, options)
  const stride = engine.call('jpegEncStride')
  const chroma = (i: number): Rows => ({ pointer: engine.call('jpegEncChroma', i) >>> 0, count: 8, stride })
  return {
    rows: [{ pointer: engine.call('jpegEncLuma') >>> 0, count: 16, stride }, chroma(0), chroma(1)],
    write(count) {
      engine.call('jpegEncPlanes', count)
      while (engine.call('jpegEncFull') === 1) {
        file.drain()
        engine.call('jpegEncRows', 0, 0, 0)
      }
    },
    finish: () => file.finish(),
  }
}

/** Starts the engine's encoder, and gathers what it codes. */
function beginJpeg(engine: Engine, options: JpegEncodeOptions): { drain(): void; finish(): EncodedFile } {
  const { width, height, bands, quality, segments = [] } = options
  const { sampling, blocks } = geometry(width, height, bands, quality)
  const room = Math.max(
    options.tokenBytes ?? tokenBytes(width, height, bands, quality),
    blocks * TOKEN_BLOCK_BYTES,
  )
  if (engine.call('jpegEncStart', width, height, bands, quality, sampling === 2 ? 1 : 0, room) < 0) {
    throw new ImageError('too-large', `The picture needs more than the ${engine.limit} bytes planned for it`)
  }
  const output = engine.call('jpegEncOutput') >>> 0
  const file = new Gatherer()
  let front = new Uint8Array(0)

  /** DQT, SOF0, DHT and SOS: what stands before the entropy-coded data. */
  const writeHeader = () => {
    const head: Uint8Array[] = [Uint8Array.of(0xff, 0xd8), jpegSegment(0xe0, JFIF)]
    for (const { marker, data } of segments) head.push(jpegSegment(marker, data))
    // One DQT and one DHT hold all tables, which saves 16 bytes.
    const classes = bands === 1 ? [0] : [0, 1]
    const quantisers = classes.flatMap((index) => {
      const table = engine.call('jpegEncDqt', index) >>> 0
      return [index, ...engine.bytes.subarray(table, table + 64)]
    })
    head.push(jpegSegment(0xdb, quantisers))
    const components = bands === 1 ? [0] : [0, 1, 2]
    const frame = components.flatMap((i) => [i + 1, i === 0 ? sampling * 0x11 : 0x11, i === 0 ? 0 : 1])
    head.push(
      jpegSegment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, components.length, ...frame]),
    )
    const huffman = classes
      .flatMap((i) => [2 * i, 2 * i + 1])
      .flatMap((index) => {
        const spec = engine.call('jpegEncDht', index) >>> 0
        const symbols = engine.bytes.subarray(spec, spec + 16).reduce((sum, many) => sum + many, 0)
        const id = ((index & 1) << 4) | (index >> 1)
        return [id, ...engine.bytes.subarray(spec, spec + 16 + symbols)]
      })
    head.push(jpegSegment(0xc4, huffman))
    const scan = components.flatMap((i) => [i + 1, i === 0 ? 0 : 0x11])
    head.push(jpegSegment(0xda, [components.length, ...scan, 0, 63, 0]))
    front = concat(head)
  }

  const drain = (complete: boolean) => {
    if (engine.call('jpegEncTablesMade') === 0) {
      engine.call('jpegEncTables', complete ? 1 : 0)
      writeHeader()
    }
    let bytes: number
    while ((bytes = engine.call('jpegEncDrain')) > 0) file.push(engine.bytes.subarray(output, output + bytes))
  }

  return {
    drain: () => drain(true),
    finish() {
      engine.call('jpegEncEnd')
      drain(false)
      file.push(Uint8Array.of(0xff, 0xd9))
      return [front, ...file.take()]
    },
  }
}
