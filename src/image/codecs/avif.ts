// AVIF as rows: the codec takes and gives whole frames.
import type { Engine } from '../engine'
import type { ByteSource } from '../header'
import type { RowReader, RowWriter } from '../rows'
import { frameReader, frameWriter } from './frame'
import { leftOut } from './left-out'
import type { Effort, OpenOptions, WriterOptions } from './webp'

/**
 * Speeds of libaom by measurement (docs/decisions.md, "AVIF speed"): 9 beats 8 in time and size
 * alike; 6 takes eight times as long as 9 for 3% fewer bytes and 0.6 dB more.
 */
const SPEED = { interactive: 9, background: 6 } as const satisfies Record<Effort, number>

/** Decodes a still to its stored pixels (irot and imir not applied). Throws ImageError. */
export async function openAvif(engine: Engine, source: ByteSource, options: OpenOptions): Promise<RowReader> {
  const { decodeAvif } = await import('./avif-decode')
  return frameReader(engine, await decodeAvif(source), { bands: options.alpha ? 4 : 3 }, () => {})
}

/** Encodes a still: 4:2:0 below quality 90, else 4:4:4. Throws ImageError. */
export async function makeAvifWriter(engine: Engine, options: WriterOptions): Promise<RowWriter> {
  const { width, height, bands, quality } = options
  const { openAvifCanvas } =
    typeof KONIFER_SMALL === 'undefined' ? await import('./avif-encode') : leftOut('avif', 'encoded')
  const canvas = await openAvifCanvas(width, height, {
    quality,
    speed: SPEED[options.effort],
    chroma: quality < 90 ? '4:2:0' : '4:4:4',
  })
  return frameWriter(engine, width, bands, canvas.put, () => canvas.encode())
}
