// HEIC as rows: tiles are decoded a row of them at a time, and colours converted by the engine,
// so that a phone's picture takes a few megabytes whatever its size.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import type { RowReader, Rows } from '../rows'
import type { HevcPicture } from './heic-decode'
import { type Grid, readHeicPicture } from './heic-picture'
import { GridPlanes, type PlaneRows, STRIP } from './heic-planes'
import { leftOut } from './left-out'
import { Ranges } from './ranges'
import type { OpenOptions } from './webp'

/** Kr and Kb by matrix coefficients (H.273 table 4); BT.601 where it is not said, as libheif does. */
const WEIGHTS: Readonly<Record<number, readonly [number, number]>> = {
  1: [0.2126, 0.0722],
  4: [0.3, 0.11],
  7: [0.212, 0.087],
  9: [0.2627, 0.0593],
  10: [0.2627, 0.0593],
}

function setMatrix(engine: Engine, matrix: number, fullRange: boolean): void {
  const [kr, kb] = WEIGHTS[matrix] ?? [0.299, 0.114]
  const kg = 1 - kr - kb
  const [luma, chroma] = fullRange ? [1, 1] : [255 / 219, 255 / 224]
  const fixed = (value: number): number => Math.round(value * 65536)
  engine.call(
    'yccMatrix',
    fixed(luma),
    fullRange ? 0 : 16,
    fixed(2 * (1 - kr) * chroma),
    fixed(((2 * kb * (1 - kb)) / kg) * chroma),
    fixed(((2 * kr * (1 - kr)) / kg) * chroma),
    fixed(2 * (1 - kb) * chroma),
  )
}

/** Tallest tiles of a grid; phones' have 512 rows. */
export const HEIC_TILE_ROWS = 1024

/** Bytes of the arena that reading takes at most. */
export function heicStripBytes(width: number, alpha: boolean): number {
  const rows = 2 * (width + 64) + STRIP * (width * 4 + 16) + 3 * 80
  return rows + GridPlanes.bytes(width, 3) + (alpha ? GridPlanes.bytes(width, 1) : 0)
}

/** Decodes a still to its stored pixels, as much as clap shows: irot and imir are not applied. Throws ImageError. */
export async function openHeic(engine: Engine, source: ByteSource, options: OpenOptions): Promise<RowReader> {
  const ranges = new Ranges(source)
  const opened: GridPlanes[] = []
  const close = async (): Promise<void> => {
    for (const planes of opened) planes.close()
    await ranges.close()
  }
  try {
    const { openHevc } =
      typeof KONIFER_SMALL === 'undefined' ? await import('./heic-decode') : leftOut('heic', 'decoded')
    const picture = await readHeicPicture(ranges)
    const codec = await openHevc()
    const open = async (grid: Grid, planes: 1 | 3): Promise<HevcPicture> => {
      const strips = new GridPlanes(engine, codec, grid, picture.idat, ranges, planes)
      opened.push(strips)
      return strips.open()
    }
    const coded = await open(picture.colour, 3)
    if (picture.colour.tiles.length > 1 && coded.planes[0]!.height > HEIC_TILE_ROWS) {
      throw new ImageError('unsupported', `Expected tiles of at most ${HEIC_TILE_ROWS} rows in HEIC`)
    }
    if (options.alpha && picture.alpha) {
      const { width, height } = picture.alpha
      if (width !== picture.colour.width || height !== picture.colour.height) {
        throw new ImageError('unsupported', 'The alpha of the HEIC picture has another size than its colours')
      }
      await open(picture.alpha, 1)
    }
    return makeReader(engine, picture.colour, coded, opened, options.alpha ? 4 : 3, close)
  } catch (error) {
    await close()
    throw error
  }
}

function makeReader(
  engine: Engine,
  grid: Grid,
  coded: HevcPicture,
  [colour, alpha]: GridPlanes[],
  bands: 3 | 4,
  close: () => Promise<void>,
): RowReader {
  const { width } = grid
  const shown = grid.shown ?? { left: 0, top: 0, width, height: grid.height }
  const last = shown.top + shown.height
  const matrix = grid.nclx && grid.nclx.matrix !== 2 ? grid.nclx : coded
  const { chroma } = coded
  const full = [engine.alloc(width + 64), engine.alloc(width + 64)]
  const out = engine.alloc(STRIP * shown.width * bands + 16)
  let row = shown.top

  /** The row of a chroma plane for row `y` of the row of tiles, at full width. */
  const chromaRow = (plane: PlaneRows, y: number, to: number): number => {
    const at = (line: number): number =>
      plane.pointer + Math.min(Math.max(line - plane.first, 0), plane.count - 1) * plane.stride
    if (chroma === 3) return at(y)
    const near = chroma === 1 ? y >> 1 : y
    const far = chroma === 1 ? near + ((y & 1) * 2 - 1) : near
    engine.call('yccUpsample', at(near), at(far), plane.width, to)
    return to
  }

  return {
    width: shown.width,
    height: shown.height,
    bands,
    async read(): Promise<Rows | null> {
      if (row >= last) return null
      const count = Math.min(colour!.rowsFrom(row), alpha?.rowsFrom(row) ?? STRIP, last - row)
      const [luma, blue, red] = await colour!.strip(row, count)
      const opacity = alpha ? (await alpha.strip(row, count))[0]! : null
      setMatrix(engine, matrix.matrix, matrix.fullRange)
      for (let i = 0; i < count; i++) {
        const y = luma!.first + i
        const { left } = shown
        const u = blue ? chromaRow(blue, y, full[0]!) + left : 0
        const v = red ? chromaRow(red, y, full[1]!) + left : 0
        const a = opacity ? opacity.pointer + i * opacity.stride + left : 0
        const identity = matrix.matrix === 0 && chroma === 3 ? 1 : 0
        engine.call(
          'yccRow',
          luma!.pointer + i * luma!.stride + left,
          u,
          v,
          a,
          shown.width,
          identity,
          bands,
          out + i * shown.width * bands,
        )
      }
      row += count
      if (row >= last) await close()
      return { pointer: out, count, stride: shown.width * bands }
    },
    close,
  }
}
