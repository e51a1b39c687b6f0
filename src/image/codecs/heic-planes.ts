// A HEIC grid's planes in strips across its tiles: one row of tiles is decoded at a time.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { HevcCodec, HevcPicture, Plane } from './heic-decode'
import { type Grid, readItem } from './heic-picture'
import type { Ranges } from './ranges'

/** Rows of luma per strip; even, so that rows of chroma pair up. */
export const STRIP = 16

/** A plane's rows in the arena, from row `first` of the row of tiles. */
export interface PlaneRows {
  readonly pointer: number
  readonly stride: number
  readonly first: number
  readonly count: number
  readonly width: number
}

export class GridPlanes {
  #tiles: HevcPicture[] = []
  #tileRow = -1
  #buffers: number[] = []

  constructor(
    readonly engine: Engine,
    readonly codec: HevcCodec,
    readonly grid: Grid,
    readonly idat: Uint8Array,
    readonly ranges: Ranges,
    /** Planes that are wanted: 1 leaves chroma out. */
    readonly planes: 1 | 3,
  ) {}

  /** Decodes the first row of tiles and reserves the strips; to be called once. */
  async open(): Promise<HevcPicture> {
    await this.#load(0)
    const first = this.#tiles[0]!
    const { grid } = this
    const luma = first.planes[0]!
    if (luma.width * grid.columns < grid.width || luma.height * grid.rows < grid.height) {
      throw new ImageError('corrupt', 'The tiles of the HEIC picture do not cover it')
    }
    this.#buffers = first.planes
      .slice(0, this.planes)
      .map((_, index) => this.engine.alloc(this.#stride(index) * (STRIP + 2)))
    return first
  }

  /** Bytes of the arena that the strips take at most. */
  static bytes(width: number, planes: 1 | 3): number {
    return planes * ((width + 64) * 2 * (STRIP + 2) + 80)
  }

  get #sampleBytes(): number {
    return this.#tiles[0]!.depth > 8 ? 2 : 1
  }

  /** Rows are kept apart by their width as stored; narrowed samples take half of it. */
  #stride(index: number): number {
    return (this.#width(index) + 64) * this.#sampleBytes
  }

  #width(index: number): number {
    const { chroma } = this.#tiles[0]!
    return index === 0 || chroma === 3 ? this.grid.width : (this.grid.width + 1) >> 1
  }

  async #load(tileRow: number): Promise<void> {
    this.close()
    const { grid, codec, idat, ranges } = this
    for (let column = 0; column < grid.columns; column++) {
      const item = grid.tiles[tileRow * grid.columns + column]!
      const tile = codec.decode(item, await readItem(item, idat, ranges))
      this.#tiles.push(tile)
      if (!alike(tile, this.#tiles[0]!))
        throw new ImageError('corrupt', 'The tiles of the HEIC picture differ')
    }
    this.#tileRow = tileRow
  }

  /** How many rows of luma from `row` a strip can have: it stays within a row of tiles. */
  rowsFrom(row: number): number {
    const tileHeight = this.#tiles[0]!.planes[0]!.height
    return Math.min(STRIP, tileHeight - (row % tileHeight), this.grid.height - row)
  }

  /** The planes' rows for `count` rows of luma from `row`, with a row of 4:2:0 chroma on either side. */
  async strip(row: number, count: number): Promise<PlaneRows[]> {
    const tileHeight = this.#tiles[0]!.planes[0]!.height
    const tileRow = Math.floor(row / tileHeight)
    if (tileRow !== this.#tileRow) await this.#load(tileRow)
    const local = row - tileRow * tileHeight
    const { chroma } = this.#tiles[0]!
    return this.#buffers.map((_, index) => {
      if (index === 0 || chroma !== 1) return this.#copy(index, local, count)
      const last = this.#tiles[0]!.planes[index]!.height - 1
      const from = Math.max(0, (local >> 1) - 1)
      return this.#copy(index, from, Math.min(last, ((local + count - 1) >> 1) + 1) - from + 1)
    })
  }

  #copy(index: number, first: number, count: number): PlaneRows {
    const { engine, codec } = this
    const pointer = this.#buffers[index]!
    const [stride, width, size] = [this.#stride(index), this.#width(index), this.#sampleBytes]
    const { depth } = this.#tiles[0]!
    const to = engine.bytes
    const from = codec.memory
    for (let i = 0; i < count; i++) {
      let x = 0
      for (const tile of this.#tiles) {
        const plane: Plane = tile.planes[index]!
        const samples = Math.min(plane.width, width - x)
        if (samples <= 0) break
        const at = plane.pointer + (first + i) * plane.stride
        to.set(from.subarray(at, at + samples * size), pointer + i * stride + x * size)
        x += samples
      }
      if (size === 2) engine.call('yccNarrow', pointer + i * stride, width, depth - 8)
    }
    return { pointer, stride, first, count, width }
  }

  close(): void {
    for (const tile of this.#tiles) tile.release()
    this.#tiles = []
    this.#tileRow = -1
  }
}

function alike(a: HevcPicture, b: HevcPicture): boolean {
  const same = (plane: Plane, i: number): boolean =>
    plane.width === b.planes[i]!.width && plane.height === b.planes[i]!.height
  return a.chroma === b.chroma && a.depth === b.depth && a.planes.every(same)
}
