// AVIF as rows: AV1 pictures by our own decoder (avif-decode.ts), the container and colours of HEIF (heif-rows.ts);
// outputs through libavif and libaom, which take whole frames.
import type { Engine } from '../engine'
import type { ByteSource } from '../header'
import type { RowReader, RowWriter } from '../rows'
import { openAvifDecoder } from './avif-decode'
import { type AvifHeader, checkAvifTiles, hasFallback } from './avif-memory'
import { frameWriter } from './frame'
import { readHeifPicture } from './heif-picture'
import { openHeifRows } from './heif-rows'
import { leftOut } from './left-out'
import { Ranges } from './ranges'
import type { Effort, WriterOptions } from './webp'

/**
 * Speeds of libaom by measurement (docs/decisions.md, "AVIF speed"): 9 beats 8 in time and size
 * alike; 6 takes eight times as long as 9 for 3% fewer bytes and 0.6 dB more.
 */
const SPEED = { interactive: 9, background: 6 } as const satisfies Record<Effort, number>

/**
 * Decodes a still to its stored pixels, as much as clap shows: irot and imir are not applied. Throws ImageError.
 * @param header what the job was planned by: `avifBytes`
 */
export async function openAvif(
  engine: Engine,
  source: ByteSource,
  header: AvifHeader,
  depth: 8 | 16 = 8,
): Promise<RowReader> {
  const ranges = new Ranges(source)
  try {
    const picture = await readHeifPicture('avif', ranges)
    checkAvifTiles(picture, header, source.size)
    const decoder = await openAvifDecoder(hasFallback(header, source.size))
    return await openHeifRows(engine, 'avif', picture, decoder, ranges, { alpha: header.alpha, depth })
  } catch (error) {
    await ranges.close()
    throw error
  }
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
