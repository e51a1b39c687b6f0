// What decodes and encodes each format, and what it takes to do so: the one table from a format to
// its functions.
import { webpAnimationBytes } from '../animation/webp-frames'
import type { Layout } from '../colour'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Format } from '../formats'
import type { Size, Window } from '../geometry'
import type { ByteSource, ImageHeader } from '../header'
import { MOST_CUT } from '../probe/heif-aperture'
import type { Bands, RowReader, RowWriter } from '../rows'
import { makeAvifWriter, openAvif } from './avif'
import { avifBytes } from './avif-memory'
import { BACKGROUND_BYTES, costOf, decodeCost, encodeCost, hevcCost, jxlRowCost } from './costs'
import { lossyFileBytes, lossyFileMost, piecesBytes, pngFileMost } from './file-sizes'
import { frameStripBytes } from './frame'
import { gifDecodeBytes, gifEncodeBytes, makeGifWriter, openGif } from './gif'
import { openHeic } from './heic'
import { heicEncodeBytes, makeHeicWriter } from './heic-encode'
import { heifPixels, heifStripBytes } from './heif-rows'
import { openJpeg } from './jpeg-decode'
import { jpegEncodeBytes, makeJpegWriter } from './jpeg-encode'
import { BAND_BYTES, jpegDecodeBytes } from './jpeg-memory'
import { jxlStripBytes, makeJxlWriter, openJxl, openJxlByRows } from './jxl'
import { HELD_BYTES } from './png-adam7'
import { openPng } from './png-decode'
import { makePngWriter } from './png-encode'
import { pngDecodeBytes, pngEncodeBytes, pngStreams } from './png-memory'
import { type Effort, makeWebpWriter, openWebp, usesEngine } from './webp'
import { lossyWebpBytes } from './webp-lossy'
import { openWebpRows, webpRowBytes } from './webp-rows'

export type { Effort }

/** One in how many pixels a decoder gives along each side. */
export type Scale = 1 | 2 | 4 | 8

/** A scale, and the least reduction in all for which it is used: the rest is the resampler's. */
export type ScaleFrom = readonly [scale: Scale, from: number]

export interface OpenOptions {
  readonly engine: Engine
  readonly source: ByteSource
  readonly header: ImageHeader
  readonly scale: Scale
  /** How much smaller the resampler will still make its picture, along the side that shrinks less. */
  readonly left: number
  /** The window of the scaled picture that is wanted: all of it where the decoder doesn't crop. */
  readonly crop: Window
  /** Bits per sample of its rows: 16 is asked only of decoders whose `layout` has said so. */
  readonly depth: 8 | 16
  /** Bytes that it may hold to spare itself work: see `Decoder.holds`. */
  readonly hold?: number | undefined
}

/** Bytes that a codec takes: in the engine's arena, and elsewhere (its own memory, buffers, the file). */
export interface CodecBytes {
  readonly engine: number
  readonly outside: number
}

/** What an encoder takes, and how large its file gets at most, with what joining it takes beside. */
export interface EncoderBytes extends CodecBytes {
  readonly file: number
}

/** How a picture will be decoded, for what that takes. */
export interface Decoding extends Pick<OpenOptions, 'scale' | 'depth' | 'hold'> {
  /** Of the compressed file, in bytes. */
  readonly fileSize: number
  /** Size of the window that is read, wherever it lies: all where it is not said. */
  readonly part?: Size | undefined
}

export interface Decoder {
  /** What it can shrink by while decoding, ascending. */
  readonly scales: readonly ScaleFrom[]
  /** Whether it can give a window of the picture alone. */
  readonly crops: boolean
  /** How samples lie in its rows. `wide`: in 16 bits where the picture has more than 8. */
  layout(header: ImageHeader, wide: boolean): Layout
  /**
   * What it holds of such a picture to spare itself work, usually and at least, in bytes: coefficients between
   * scans, of which fewer mean more passes over the file; interlaced passes, to be inflated once.
   */
  holds?(header: ImageHeader): { readonly usual: number; readonly least: number } | null
  bytes(header: ImageHeader, decoding: Decoding): CodecBytes
  open(options: OpenOptions): Promise<RowReader>
}

/** What is to be encoded. */
export interface Encoding {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  /** Ignored by formats without one. */
  readonly quality: number
  readonly effort: Effort
  /** The profile that the pixels are in, where one is embedded. */
  readonly icc?: Uint8Array
  /** Of GIF: mean squared error up to which colours may be merged (src/image/merge.ts). */
  readonly merge?: number
  /** For the planner: bytes of the source, where that is a JPEG of as many pixels or more. */
  readonly jpegBytes?: number | undefined
}

export interface Encoder {
  bytes(encoding: Encoding): EncoderBytes
  make(engine: Engine, encoding: Encoding): RowWriter | Promise<RowWriter>
}

const MB = 1 << 20

/** Chunks of a file that are on their way to a decoder. */
const STREAM_BYTES = 256 * 1024
/** What a stream holds of them: one that is read, and the next. */
const CHUNKS_BYTES = 128 * 1024

/** What an allocation of the arena may add to the bytes asked for. */
const SLACK = 80

const plain = (bands: Bands): Layout => ({ bands, depth: 8, cmyk: false })
const framed = (header: ImageHeader): Layout => plain(header.alpha ? 4 : 3)
const heifLayout = (header: ImageHeader, wide: boolean): Layout => ({
  ...framed(header),
  depth: wide && header.bitDepth > 8 ? 16 : 8,
})

/** Whole frames pass through two strips of the arena. */
const frameBytes = (width: number): number => frameStripBytes(width) + 2 * SLACK

/** What a codec of whole frames takes to encode. */
function encodingBytes(format: 'jpg' | 'webp' | 'avif' | 'jxl', encoding: Encoding): EncoderBytes {
  const pixels = encoding.width * encoding.height
  return {
    engine: frameBytes(encoding.width),
    outside: costOf(encodeCost(format, encoding, pixels), pixels, 0),
    file: lossyFileBytes(format, encoding),
  }
}

/** mozjpeg holds the whole picture: where that is too much, the engine's own encoder is used. */
function usesMozjpeg(encoding: Encoding): boolean {
  const pixels = encoding.width * encoding.height
  return (
    encoding.effort === 'background' &&
    costOf(encodeCost('jpg', encoding, pixels), pixels, 0) <= BACKGROUND_BYTES
  )
}

/** No shrinking while decoding. */
export const FULL: readonly ScaleFrom[] = [[1, 0]]
/** The rule of vips_thumbnail: at least a factor of two is left, so that means of pixels don't show. */
const MEANS: readonly ScaleFrom[] = [...FULL, [2, 4], [4, 8], [8, 16]]
/** Halves that are flat show less, with a factor of 1.45 left, than vips_thumbnail's with two. */
const FLAT_HALVES: readonly ScaleFrom[] = [...FULL, [2, 2.9], [4, 8], [8, 16]]

const jpg: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: FLAT_HALVES,
    crops: true,
    layout: ({ components }) =>
      components === 4 ? { bands: 4, depth: 8, cmyk: true } : plain(components === 1 ? 1 : 3),
    holds: ({ interlaced }) => (interlaced ? { usual: BAND_BYTES, least: BAND_BYTES / 4 } : null),
    bytes: (header, { scale, part, hold }) => ({
      engine: jpegDecodeBytes(header, scale, part, hold),
      outside: STREAM_BYTES,
    }),
    open: ({ engine, source, scale, left, crop, hold }) =>
      openJpeg(engine, source, { shrink: scale, flat: left < 2, crop, bandBytes: hold }),
  },
  encoder: {
    bytes(encoding) {
      const { width, height, bands, quality } = encoding
      if (usesMozjpeg(encoding)) return encodingBytes('jpg', encoding)
      return {
        engine: jpegEncodeBytes(width, height, jpegBands(bands), quality) + 8 * SLACK,
        outside: 0,
        file: piecesBytes(lossyFileMost('jpg', encoding)),
      }
    },
    async make(engine, encoding) {
      const options = { ...encoding, bands: jpegBands(encoding.bands) }
      if (!usesMozjpeg(encoding)) return makeJpegWriter(engine, options)
      const { makeBackgroundJpegWriter } = await import('./jpeg-background')
      return makeBackgroundJpegWriter(engine, options)
    },
  },
}

/** The pipeline has laid alpha over a background before. */
function jpegBands(bands: Bands): 1 | 3 {
  return bands <= 2 ? 1 : 3
}

/** A codec of whole frames: the picture lies in its own memory, the arena lends strips of rows. */
function frames(
  format: 'jxl',
  open: (engine: Engine, source: ByteSource, options: { alpha: boolean }) => Promise<RowReader>,
  make: Encoder['make'],
): { decoder: Decoder; encoder: Encoder } {
  return {
    decoder: {
      scales: FULL,
      crops: false,
      layout: framed,
      bytes: ({ width, height, alpha, bitDepth }, { fileSize }) => ({
        engine: frameBytes(width),
        outside: costOf(decodeCost({ alpha, bitDepth }), width * height, fileSize),
      }),
      open: ({ engine, source, header }) => open(engine, source, { alpha: header.alpha }),
    },
    encoder: {
      bytes: (encoding) => encodingBytes(format, encoding),
      make,
    },
  }
}

/** What moves: its first frame is drawn on a canvas. */
const movingWebp: Decoder = {
  scales: FULL,
  crops: false,
  layout: framed,
  bytes: ({ width, height }, { fileSize }) => ({
    engine: frameBytes(width) + webpAnimationBytes(width, height, fileSize),
    outside: 4 * 65536,
  }),
  open: ({ engine, source, header }) => openWebp(engine, source, { alpha: header.alpha }),
}

/** Stills, which come by rows. */
const stillWebp: Decoder = {
  scales: MEANS,
  crops: false,
  layout: framed,
  bytes: (header, { scale, fileSize }) => ({
    engine: webpRowBytes(header, fileSize, scale) + 32 * SLACK,
    outside: 4 * 65536,
  }),
  async open({ engine, source, header, scale }) {
    const rows = await openWebpRows(engine, source, header.alpha ? 4 : 3, scale)
    if (!rows) throw new ImageError('corrupt', 'The WebP file is not what its header said', 12)
    return rows
  },
}

const webp: { decoder: Decoder; encoder: Encoder } = {
  decoder: stillWebp,
  encoder: {
    bytes(encoding) {
      const { width, height } = encoding
      if (!usesEngine(encoding)) return encodingBytes('webp', encoding)
      return {
        engine: lossyWebpBytes(width, height),
        outside: 0,
        file: lossyFileBytes('webp', encoding),
      }
    },
    make: makeWebpWriter,
  },
}

const gif: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: FULL,
    crops: false,
    layout: framed,
    bytes: ({ width, height }) => ({ engine: gifDecodeBytes(width, height) + 6 * SLACK, outside: 65536 }),
    open: ({ engine, source, header }) => openGif(engine, source, { alpha: header.alpha }),
  },
  encoder: {
    bytes: ({ width, height }) => ({
      engine: gifEncodeBytes(width, height),
      outside: 0,
      file: 2.8 * width * height + 4096,
    }),
    make: makeGifWriter,
  },
}

const avif: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: FULL,
    crops: false,
    layout: heifLayout,
    bytes: (header, { fileSize }) => avifBytes(header, fileSize),
    open: ({ engine, source, header, depth }) => openAvif(engine, source, header, depth),
  },
  encoder: {
    bytes: (encoding) => encodingBytes('avif', encoding),
    make: makeAvifWriter,
  },
}

const heic: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: FULL,
    crops: false,
    layout: heifLayout,
    bytes: ({ width, height, alpha, bitDepth, interlaced }, { fileSize }) => ({
      engine: heifStripBytes(width + MOST_CUT, alpha, bitDepth > 8 ? 2 : 1),
      // Of a grid, a row of tiles is held, and no more of the file than a tile.
      outside: costOf(
        hevcCost({ bitDepth }),
        heifPixels(width, height, interlaced) * (alpha ? 2 : 1),
        interlaced ? fileSize : Math.min(fileSize, MB),
      ),
    }),
    open: ({ engine, source, header, depth }) => openHeic(engine, source, { alpha: header.alpha, depth }),
  },
  encoder: {
    bytes: (encoding) => ({
      engine: heicEncodeBytes(encoding.width, encoding.height, encoding.bands) + SLACK,
      outside: 0,
      file: lossyFileBytes('heic', encoding),
    }),
    make: (engine, { width, height, bands, quality, icc }) =>
      makeHeicWriter(engine, { width, height, bands, quality, profiled: icc !== undefined }),
  },
}

const png: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: FULL,
    crops: false,
    layout: (header, wide) => ({
      bands: storedBands(header),
      depth: wide && header.bitDepth === 16 ? 16 : 8,
      cmyk: false,
    }),
    holds: ({ interlaced }) => (interlaced ? { usual: HELD_BYTES, least: 0 } : null),
    bytes: (header, { depth, hold }) => ({
      engine: pngDecodeBytes(header, { depth, heldBytes: hold }),
      outside: Math.max(2, pngStreams(header, { depth, heldBytes: hold })) * CHUNKS_BYTES,
    }),
    open: ({ engine, source, depth, hold }) => openPng(engine, source, { depth, heldBytes: hold }),
  },
  encoder: {
    bytes: (encoding) => ({
      engine: pngEncodeBytes(encoding),
      outside: 0,
      file: piecesBytes(pngFileMost(encoding)),
    }),
    make: (engine, { width, height, bands, icc }) =>
      makePngWriter(engine, { width, height, bands, ...(icc && { icc }) }),
  },
}

/** As stored, a palette as its colours. */
function storedBands({ components, alpha }: ImageHeader): Bands {
  return ((components === 1 ? 1 : 3) + (alpha ? 1 : 0)) as Bands
}

const framedJxl = frames('jxl', openJxl, makeJxlWriter)

const layoutOfJxl = (header: ImageHeader, wide: boolean): Layout => ({
  bands: storedBands(header),
  depth: wide && header.bitDepth > 8 ? 16 : 8,
  cmyk: false,
})

/** By libjxl, whole. */
const wholeJxl: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    ...framedJxl.decoder,
    layout: layoutOfJxl,
    bytes(header, decoding) {
      const plain = framedJxl.decoder.bytes(header, decoding)
      const wider = header.bitDepth > 8 ? 4 * header.width * header.height : 0
      return { ...plain, outside: plain.outside + wider }
    },
    open: ({ engine, source, header, depth }) =>
      openJxl(engine, source, { alpha: header.alpha, grey: header.components === 1, depth }),
  },
  encoder: framedJxl.encoder,
}

/** By rows. */
const jxl: { decoder: Decoder; encoder: Encoder } = {
  decoder: {
    scales: FULL,
    crops: false,
    layout: layoutOfJxl,
    bytes: (header, { scale, fileSize, depth }) => ({
      engine: jxlStripBytes(Math.ceil(header.width / scale), storedBands(header), depth),
      outside: jxlRowCost(header, { scale, fileSize, depth }),
    }),
    open: ({ engine, source, header, scale, depth }) =>
      openJxlByRows(engine, source, {
        bands: storedBands(header),
        depth,
        eighth: scale > 1,
        most: jxlRowCost(header, { scale, fileSize: source.size, depth }),
        header,
      }),
  },
  encoder: framedJxl.encoder,
}

/** Lossy ones without alpha hold a picture of an eighth of the size. */
const shrunkJxl: Decoder = { ...jxl.decoder, scales: [...FULL, [8, 16]] }

const CODECS: Record<Format, { decoder: Decoder; encoder: Encoder }> = {
  jpg,
  png,
  webp,
  avif,
  jxl,
  gif,
  heic,
}

/** The decoder of a picture. */
export function decoderOf({
  format,
  interlaced,
  lossless,
  alpha,
}: Pick<ImageHeader, 'format' | 'interlaced' | 'lossless'> & { readonly alpha?: boolean }): Decoder {
  if (format === 'jxl') return interlaced ? wholeJxl.decoder : lossless || alpha ? jxl.decoder : shrunkJxl
  return format === 'webp' && interlaced ? movingWebp : CODECS[format].decoder
}

/** The encoder of a format. */
export function encoderOf(format: Format): Encoder {
  return CODECS[format].encoder
}
