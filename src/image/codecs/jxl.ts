// JPEG XL as rows: by our own decoder, and where that leaves a picture out, by libjxl, which takes and gives whole
// frames.
import { curveTable } from '../colour/tables'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource, ImageHeader } from '../header'
import { colourOfProfile, curveOf, type JxlColour } from '../jxl/colour-encoding'
import { recoloured } from '../jxl/recolour'
import { Retold, turnedBy } from '../retold'
import type { Bands, RowReader, RowWriter } from '../rows'
import { frameReader, frameWriter } from './frame'
import { leftOut } from './left-out'
import type { Effort, OpenOptions, WriterOptions } from './webp'

/** Efforts of libjxl by measurement (docs/decisions.md, "JPEG XL effort"): 1 saves little time over 3. */
const EFFORT = { interactive: 3, background: 5 } as const satisfies Record<Effort, number>

/** Rows of ours that are handed on at once. */
export const JXL_STRIP = 16

/** Bytes of the engine's arena that a reader by rows takes. */
export function jxlStripBytes(width: number, bands: Bands, depth: 8 | 16): number {
  return JXL_STRIP * width * bands * (depth / 8) + 80
}

export interface JxlOpenOptions extends OpenOptions {
  /** Whether one band is enough for its colours. */
  readonly grey?: boolean
  /** 16 only of a picture of more than 8 bits. */
  readonly depth?: 8 | 16
}

export interface JxlByRowsOptions {
  readonly bands: Bands
  readonly depth: 8 | 16
  readonly eighth: boolean
  /** Bytes that were planned for it. */
  readonly most: number
  /** By which it is planned: the stored picture's where its orientation is not 1. */
  readonly header: Pick<ImageHeader, 'orientation' | 'width' | 'height'>
}

/**
 * Decodes a still by rows, or the picture of an eighth of its size. Throws Retold where the picture is to be decoded
 * otherwise; ImageError.
 */
export async function openJxlByRows(
  engine: Engine,
  source: ByteSource,
  options: JxlByRowsOptions,
): Promise<RowReader> {
  const { header } = options
  const { openJxlRows, LeftOutError, TurnedError } =
    typeof KONIFER_SMALL === 'undefined' ? await import('./jxl-rows') : leftOut('jxl', 'decoded')
  try {
    return await openJxlRows(engine, source, { ...options, orientation: header.orientation })
  } catch (error) {
    if (error instanceof TurnedError) throw new Retold(turnedBy(error.orientation, header))
    if (error instanceof LeftOutError && error.eighth) throw new Retold({ lossless: true })
    // libjxl's memory hangs on the size alone.
    const isLeft =
      error instanceof LeftOutError || (error instanceof ImageError && error.kind === 'too-large')
    if (!isLeft) throw error
    // It gives the picture upright.
    throw new Retold({ interlaced: true, ...(header.orientation !== 1 && turnedBy(1, header)) })
  }
}

/** Decodes a still by libjxl, which turns it upright by its own orientation field. Throws ImageError. */
export async function openJxl(
  engine: Engine,
  source: ByteSource,
  { alpha, grey = false, depth = 8 }: JxlOpenOptions,
): Promise<RowReader> {
  const { decodeJxl } =
    typeof KONIFER_SMALL === 'undefined' ? await import('./jxl-decode') : leftOut('jxl', 'decoded')
  const bands = ((grey ? 1 : 3) + (alpha ? 1 : 0)) as Bands
  return frameReader(engine, await decodeJxl(source), { bands, depth }, () => {})
}

export interface JxlWriterOptions extends WriterOptions {
  /** The profile that the pixels are in, one of those that `colourOfProfile` knows; sRGB where there is none. */
  readonly icc?: Uint8Array
}

/** Encodes a still. Throws ImageError. */
export async function makeJxlWriter(engine: Engine, options: JxlWriterOptions): Promise<RowWriter> {
  const { width, height, bands, quality, icc } = options
  const { openJxlCanvas } =
    typeof KONIFER_SMALL === 'undefined' ? await import('./jxl-encode') : leftOut('jxl', 'encoded')
  const canvas = await openJxlCanvas(width, height, { quality, effort: EFFORT[options.effort] })
  const colour = icc === undefined ? null : colourOfProfile(icc)
  if (colour === null) return frameWriter(engine, width, bands, canvas.put, () => canvas.encode())
  const recurve = recurved(colour)
  const put = (rgba: Uint8Array, row: number): void => canvas.put(recurve(rgba), row)
  return frameWriter(engine, width, bands, put, () => recoloured(canvas.encode(), colour))
}

/** Gives pixels the curve of sRGB, which the encoder takes for granted, in place of their space's. */
function recurved({ transfer }: JxlColour): (rgba: Uint8Array) => Uint8Array {
  if (transfer === 'srgb') return (rgba) => rgba
  const table = curveTable(curveOf(transfer), 256)
  return (rgba) => rgba.map((value, i) => (i % 4 === 3 ? value : table[value]!))
}
