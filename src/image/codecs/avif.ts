// AVIF as rows: AV1 pictures of 8 bits by dav1d, the container and colours by us (heif-rows.ts); those of more
// bits, and outputs, through codecs that take and give whole frames.
import type { Engine } from '../engine'
import type { Window } from '../geometry'
import type { ByteSource } from '../header'
import type { RowReader, RowWriter } from '../rows'
import { frameReader, frameWriter } from './frame'
import { readHeifPicture } from './heif-picture'
import { type HeifOptions, openHeifRows } from './heif-rows'
import { leftOut } from './left-out'
import { Ranges } from './ranges'
import type { Effort, WriterOptions } from './webp'

/**
 * Speeds of libaom by measurement (docs/decisions.md, "AVIF speed"): 9 beats 8 in time and size
 * alike; 6 takes eight times as long as 9 for 3% fewer bytes and 0.6 dB more.
 */
const SPEED = { interactive: 9, background: 6 } as const satisfies Record<Effort, number>

/** What a clap property leaves of rows that come whole. */
function cropped(reader: RowReader, shown: Window | undefined, bytes: number): RowReader {
  if (!shown) return reader
  const last = shown.top + shown.height
  let row = 0
  return {
    ...reader,
    width: shown.width,
    height: shown.height,
    async read() {
      for (let rows = await reader.read(); rows; rows = await reader.read()) {
        const [from, to] = [Math.max(row, shown.top), Math.min(row + rows.count, last)]
        const skipped = (from - row) * rows.stride + shown.left * bytes
        row += rows.count
        if (to > from) return { ...rows, pointer: rows.pointer + skipped, count: to - from }
      }
      return null
    },
  }
}

/**
 * Decodes a still to its stored pixels, as much as clap shows: irot and imir are not applied. Throws ImageError.
 * @param options.deep whether its header says more than 8 bits: the codec for those takes whole frames
 */
export async function openAvif(
  engine: Engine,
  source: ByteSource,
  options: HeifOptions & { readonly deep?: boolean },
): Promise<RowReader> {
  const ranges = new Ranges(source)
  try {
    const picture = await readHeifPicture('avif', ranges)
    if (!options.deep) {
      const { openDav1d } = await import('./av1-decode')
      return await openHeifRows(engine, 'avif', picture, await openDav1d(), ranges, options)
    }
    await ranges.close()
    const { decodeAvif } = await import('./avif-decode')
    const bands = options.alpha ? 4 : 3
    const whole = frameReader(engine, await decodeAvif(source), { bands }, () => {})
    return cropped(whole, picture.colour.shown, bands)
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
