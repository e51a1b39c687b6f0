// The planes of a HEIF picture as lines across its tiles: one row of tiles is open at a time, and of that the
// rows that are wanted next lie in the arena, a ring of lines for each plane.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ChromaLayout, CodedPicture, CodedRows, PictureDecoder } from './coded-picture'
import { type Grid, readItem } from './heif-picture'
import type { Ranges } from './ranges'

/** Rows of luma that are taken on at once; even, so that rows of chroma pair up. */
export const STRIP = 16

/** Lines that a ring holds: a strip, and what interpolation and evenness add. */
const LINES = STRIP + 4

/** A tile that is being decoded, and how far its strip has been taken over. */
interface Tile {
  readonly picture: CodedPicture
  rows: CodedRows | null
  used: number
}

export class HeifPlanes {
  #tiles: Tile[] = []
  #tileRow = -1
  #rings: number[] = []
  /** Rows of luma that have been taken on, from the picture's top. */
  #loaded = 0
  #first: CodedPicture | null = null

  constructor(
    readonly engine: Engine,
    readonly decoder: PictureDecoder,
    readonly grid: Grid,
    readonly idat: Uint8Array,
    readonly ranges: Ranges,
    /** Whether chroma is wanted. */
    readonly chroma: boolean,
  ) {}

  /** Opens the first row of tiles and reserves the rings; to be called once. Throws ImageError. */
  async open(): Promise<CodedPicture> {
    await this.#openTiles(0)
    const { grid } = this
    const first = this.#tiles[0]!.picture
    this.#first = first
    if (first.width * grid.columns < grid.width || first.height * grid.rows < grid.height) {
      throw new ImageError('corrupt', 'The tiles of the picture do not cover it')
    }
    const halved = { across: first.layout === '420' || first.layout === '422', down: first.layout === '420' }
    const odd =
      (halved.across && grid.columns > 1 && first.width % 2 === 1) ||
      (halved.down && grid.rows > 1 && first.height % 2 === 1)
    if (odd) throw new ImageError('corrupt', 'Halves of chroma do not meet between the tiles of the picture')
    const planes = this.chroma && first.layout !== '400' ? 3 : 1
    this.#rings = Array.from({ length: planes }, (_, plane) =>
      this.engine.alloc(this.#stride(plane) * LINES + 16),
    )
    return first
  }

  /** Bytes of the arena that the rings take at most, of samples of one or two bytes. */
  static bytes(width: number, planes: 1 | 3, sampleBytes: 1 | 2): number {
    return planes * ((width + 64) * sampleBytes * LINES + 16 + 80)
  }

  /** As the first tile is coded, like all of them. */
  get layout(): ChromaLayout {
    return this.#first!.layout
  }

  get bitDepth(): number {
    return this.#first!.bitDepth
  }

  /** Bytes of a sample in the lines: 1 for 8 bits. */
  get sampleBytes(): 1 | 2 {
    return this.bitDepth > 8 ? 2 : 1
  }

  /** Samples of a plane's line. */
  width(plane: number): number {
    const halved = plane > 0 && (this.layout === '420' || this.layout === '422')
    return halved ? (this.grid.width + 1) >> 1 : this.grid.width
  }

  #stride(plane: number): number {
    return (this.width(plane) + 64) * this.#first!.sampleBytes
  }

  /** The address of a line, which `ready` has to have announced: chroma's rows are its own. */
  line(plane: number, row: number): number {
    return this.#rings[plane]! + (row % LINES) * this.#stride(plane)
  }

  /**
   * Takes on rows until those from `row` on can be shown, with the chroma around them.
   * @param row of luma; never before one that has been asked for
   * @param most rows that are wanted
   * @returns how many there are, at least 1. Throws ImageError.
   */
  async ready(row: number, most: number): Promise<number> {
    const { height } = this.grid
    // The last row of a pair needs the chroma row below.
    const lag = this.#rings.length > 1 && this.layout === '420' ? 1 : 0
    const shown = (): number => (this.#loaded === height ? height : this.#loaded - lag)
    while (shown() < row + most && this.#loaded < height) {
      const wanted = row + most + lag - this.#loaded
      await this.#take(Math.min(STRIP, wanted + (wanted & 1)))
    }
    return Math.min(most, shown() - row)
  }

  /** Copies up to `most` rows of luma, an even number, and chroma's, from the tiles' strips. */
  async #take(most: number): Promise<void> {
    const tileHeight = this.#first!.height
    const tileRow = Math.floor(this.#loaded / tileHeight)
    if (tileRow !== this.#tileRow) await this.#openTiles(tileRow)
    let count = Math.min(most, this.grid.height - this.#loaded)
    for (const tile of this.#tiles) {
      if (!tile.rows || tile.used === tile.rows.count) {
        tile.rows = tile.picture.nextRows()
        tile.used = 0
      }
      if (!tile.rows) throw new ImageError('corrupt', 'A coded picture has fewer rows than it said')
      count = Math.min(count, tile.rows.count - tile.used)
    }
    for (let plane = 0; plane < this.#rings.length; plane++) {
      const halved = plane > 0 && this.layout === '420' ? 1 : 0
      const rows = halved ? (count + 1) >> 1 : count
      this.#copy(plane, this.#loaded >> halved, rows, halved)
    }
    for (const tile of this.#tiles) tile.used += count
    this.#loaded += count
  }

  #copy(plane: number, row: number, count: number, halved: number): void {
    const { engine } = this
    const to = engine.bytes
    const [width, size] = [this.width(plane), this.#first!.sampleBytes]
    for (let i = 0; i < count; i++) {
      const line = this.line(plane, row + i)
      let x = 0
      for (const { picture, rows, used } of this.#tiles) {
        const { pointer, stride } = rows!.planes[plane]!
        const samples = Math.min(widthOf(picture, plane), width - x)
        if (samples <= 0) break
        const at = pointer + ((used >> halved) + i) * stride
        to.set(picture.memory.subarray(at, at + samples * size), line + x * size)
        x += samples
      }
      if (size > this.sampleBytes) engine.call('yccNarrow', line, width, 0, line)
    }
  }

  async #openTiles(tileRow: number): Promise<void> {
    const { grid, decoder, idat, ranges, chroma } = this
    this.close()
    // A grid may have more columns than its picture shows.
    for (let column = 0, covered = 0; column < grid.columns && covered < grid.width; column++) {
      const item = grid.tiles[tileRow * grid.columns + column]!
      const data = await readItem(item, idat, ranges)
      const lacking = decoder.refuses?.(data)
      if (lacking) throw new ImageError('unsupported', `A picture of ${lacking} can't be decoded here`)
      const picture = await decoder.open(item, data, { chroma })
      this.#tiles.push({ picture, rows: null, used: 0 })
      covered += picture.width
      if (!alike(picture, this.#first ?? this.#tiles[0]!.picture))
        throw new ImageError('corrupt', 'The tiles of the picture differ')
    }
    this.#tileRow = tileRow
  }

  close(): void {
    for (const { picture } of this.#tiles) picture.close()
    this.#tiles = []
    this.#tileRow = -1
  }
}

function widthOf({ layout, width }: CodedPicture, plane: number): number {
  return plane > 0 && (layout === '420' || layout === '422') ? (width + 1) >> 1 : width
}

function alike(a: CodedPicture, b: CodedPicture): boolean {
  return (['width', 'height', 'bitDepth', 'sampleBytes', 'layout'] as const).every(
    (what) => a[what] === b[what],
  )
}
