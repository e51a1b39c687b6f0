// What decodes and encodes each format, and what it takes to do so: the one table from a format to
// its functions. A format that can't be written here has no encoder.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { FORMATS, type Format } from '../formats'
import type { ByteSource, ImageHeader } from '../header'
import type { Bands, RowReader, RowWriter } from '../rows'
import { frameStripBytes } from './frame'
import { type Effort, makeWebpWriter, openWebp } from './webp'
import { makeWholeWriter, openWhole } from './whole'

export type { Effort }

/** One in how many pixels a decoder gives along each side. */
export type Scale = 1 | 2 | 4 | 8

export interface OpenOptions {
  readonly engine: Engine
  readonly source: ByteSource
  readonly header: ImageHeader
  readonly scale: Scale
}

/** Bytes that a codec takes: in the engine's arena, and elsewhere (its own memory, buffers, the file). */
export interface CodecBytes {
  readonly engine: number
  readonly outside: number
}

export interface Decoder {
  /** What it can shrink by while decoding, ascending. */
  readonly scales: readonly Scale[]
  bands(header: ImageHeader): Bands
  bytes(header: ImageHeader, scale: Scale, fileSize: number): CodecBytes
  open(options: OpenOptions): Promise<RowReader>
}

export interface WriterOptions {
  readonly engine: Engine
  readonly width: number
  readonly height: number
  readonly bands: Bands
  /** Ignored by formats without one. */
  readonly quality: number
  readonly effort: Effort
}

export interface Encoder {
  bytes(width: number, height: number, bands: Bands): CodecBytes
  make(options: WriterOptions): Promise<RowWriter>
}

const MB = 1 << 20

const colourBands = (header: ImageHeader): Bands => (header.alpha ? 4 : 3)

const whole = (kind: 'jpg' | 'png'): { decoder: Decoder; encoder: Encoder } => ({
  decoder: {
    scales: [1],
    bands: colourBands,
    bytes: ({ width, height }, _scale, fileSize) => ({
      engine: frameStripBytes(width) + 160,
      outside: 9 * width * height + 2 * fileSize + MB,
    }),
    open: ({ engine, source, header }) => openWhole(engine, source, kind, header.alpha),
  },
  encoder: {
    bytes: (width, height) => ({
      engine: frameStripBytes(width) + 160,
      outside: 12 * width * height + 2 * MB,
    }),
    make: (options) => makeWholeWriter(options.engine, { ...options, kind }),
  },
})

const webp: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: [1],
    bands: colourBands,
    bytes: ({ width, height }, _scale, fileSize) => ({
      engine: frameStripBytes(width) + 160,
      outside: 5 * width * height + 3 * fileSize + 2 * MB,
    }),
    open: ({ engine, source, header }) => openWebp(engine, source, { alpha: header.alpha }),
  },
  encoder: {
    bytes: (width, height) => ({
      engine: frameStripBytes(width) + 160,
      outside: 14 * width * height + 4 * MB,
    }),
    make: (options) => makeWebpWriter(options.engine, options),
  },
}

const CODECS: Partial<Record<Format, { decoder?: Decoder; encoder?: Encoder }>> = {
  jpg: whole('jpg'),
  png: whole('png'),
  webp,
}

/** The decoder of a format. Throws ImageError `unsupported`. */
export function decoderOf(format: Format): Decoder {
  const decoder = CODECS[format]?.decoder
  if (!decoder) throw new ImageError('unsupported', `${FORMATS[format].mime} can't be decoded here`)
  return decoder
}

/** The encoder of a format. Throws ImageError `unsupported`. */
export function encoderOf(format: Format): Encoder {
  const encoder = CODECS[format]?.encoder
  if (!encoder) throw new ImageError('unsupported', `${FORMATS[format].mime} can't be encoded here`)
  return encoder
}

/** Formats that can be written. */
export function canEncode(format: Format): boolean {
  return CODECS[format]?.encoder !== undefined
}
