// JPEG XL as rows: the codec takes and gives whole frames.
import type { Engine } from '../engine'
import type { ByteSource } from '../header'
import type { Bands, RowReader, RowWriter } from '../rows'
import { frameReader, frameWriter } from './frame'
import { leftOut } from './left-out'
import type { Effort, OpenOptions, WriterOptions } from './webp'

/** Efforts of libjxl by measurement (docs/decisions.md, "JPEG XL effort"): 1 saves little time over 3. */
const EFFORT = { interactive: 3, background: 5 } as const satisfies Record<Effort, number>

export interface JxlOpenOptions extends OpenOptions {
  /** Whether one band is enough for its colours. */
  readonly grey?: boolean
  /** 16 only of a picture of more than 8 bits. */
  readonly depth?: 8 | 16
}

/** Decodes a still; libjxl turns it upright by its own orientation field. Throws ImageError. */
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

/** Encodes a still. Throws ImageError. */
export async function makeJxlWriter(engine: Engine, options: WriterOptions): Promise<RowWriter> {
  const { width, height, bands, quality } = options
  const { openJxlCanvas } =
    typeof KONIFER_SMALL === 'undefined' ? await import('./jxl-encode') : leftOut('jxl', 'encoded')
  const canvas = await openJxlCanvas(width, height, { quality, effort: EFFORT[options.effort] })
  return frameWriter(engine, width, bands, canvas.put, () => canvas.encode())
}
