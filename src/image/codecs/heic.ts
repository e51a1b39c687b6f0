// HEIC as rows: HEVC pictures by libde265, the container and colours by us (heif-rows.ts).
import type { Engine } from '../engine'
import type { ByteSource } from '../header'
import type { RowReader } from '../rows'
import { readHeifPicture } from './heif-picture'
import { checkTiles, type HeifOptions, openHeifRows } from './heif-rows'
import { leftOut } from './left-out'
import { Ranges } from './ranges'

/** Decodes a still to its stored pixels, as much as clap shows: irot and imir are not applied. Throws ImageError. */
export async function openHeic(engine: Engine, source: ByteSource, options: HeifOptions): Promise<RowReader> {
  const ranges = new Ranges(source)
  try {
    const { openHevc } =
      typeof KONIFER_SMALL === 'undefined' ? await import('./heic-decode') : leftOut('heic', 'decoded')
    const picture = await readHeifPicture('heic', ranges)
    for (const grid of [picture.colour, picture.alpha]) if (grid) checkTiles('HEIC', grid)
    return await openHeifRows(engine, 'heic', picture, await openHevc(), ranges, options)
  } catch (error) {
    await ranges.close()
    throw error
  }
}
