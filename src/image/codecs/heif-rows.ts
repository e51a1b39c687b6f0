// HEIF pictures as rows: tiles are decoded a row of them at a time, and colours converted by the engine, so that
// a phone's picture takes a few megabytes whatever its size.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { MOST_CUT } from '../probe/heif-aperture'
import type { RowReader, Rows } from '../rows'
import type { CodedColour, CodedPicture, PictureDecoder } from './coded-picture'
import { isIdentity, isPlain, setDeepMatrix, setMatrix } from './heif-colour'
import { extentOf, type Grid, HEIF, type HeifFormat, type HeifPicture } from './heif-picture'
import { HeifPlanes, STRIP } from './heif-planes'
import type { Ranges } from './ranges'

export interface HeifOptions {
  /** Whether the rows carry alpha (4 bands) or not (3). */
  readonly alpha: boolean
  /** Bits per sample of the rows. */
  readonly depth?: 8 | 16
}

/** Tallest tiles of a grid, and what a row of them may have beyond the picture's side: phones' have 512 rows. */
const TILE_ROWS = 1024
const TILE_EXCESS = 512

/**
 * Pixels that are decoded at a time at most: a coded picture, or a row of a grid's tiles.
 * @param single whether the picture is one coded picture
 */
export function heifPixels(width: number, height: number, single: boolean): number {
  if (single) return (width + MOST_CUT) * (height + MOST_CUT)
  return (width + TILE_EXCESS) * Math.min(height + TILE_EXCESS, TILE_ROWS)
}

/** Limits before allocation: tiles are as large as their item says, and decoders hold them to that. */
export function checkTiles(name: string, { width, height, columns, tiles }: Grid): void {
  if (tiles.length === 1) return
  let [across, down] = [0, 0]
  for (const tile of tiles) {
    const extent = extentOf(name, tile)
    // A grid may have more columns than its picture shows.
    across = Math.max(across, extent.width * Math.min(columns, Math.ceil(width / extent.width)))
    down = Math.max(down, extent.height)
  }
  if (across * down > heifPixels(width, height, false)) {
    throw new ImageError('unsupported', `Expected tiles of at most ${TILE_ROWS} rows in ${name}`)
  }
}

/**
 * Bytes of the arena that reading takes at most.
 * @param sampleBytes 2 where the picture has more than 8 bits, or its decoder gives all samples in two bytes
 */
export function heifStripBytes(width: number, alpha: boolean, sampleBytes: 1 | 2): number {
  const rows = (3 * (width + 64) + STRIP * (width * 4 + 16)) * sampleBytes + 4 * 80
  return (
    rows + HeifPlanes.bytes(width, 3, sampleBytes) + (alpha ? HeifPlanes.bytes(width, 1, sampleBytes) : 0)
  )
}

/** A picture whose planes are open. */
interface Opened {
  readonly picture: HeifPicture
  readonly colour: HeifPlanes
  readonly alpha: HeifPlanes | null
  /** The container's word on colours, or else the bitstream's. */
  readonly coding: CodedColour
}

/**
 * Opens a picture's planes and reads stored pixels from them, as many as clap shows: irot and imir are not
 * applied. Throws ImageError; what it has opened is closed then.
 */
export async function openHeifRows(
  engine: Engine,
  format: HeifFormat,
  picture: HeifPicture,
  decoder: PictureDecoder,
  ranges: Ranges,
  options: HeifOptions,
): Promise<RowReader> {
  const opened: HeifPlanes[] = []
  const close = async (): Promise<void> => {
    for (const planes of opened) planes.close()
    await ranges.close()
  }
  const open = async (which: 'colour' | 'alpha'): Promise<{ planes: HeifPlanes; first: CodedPicture }> => {
    const planes = new HeifPlanes(engine, decoder, picture[which]!, picture.idat, ranges, which === 'colour')
    opened.push(planes)
    return { planes, first: await planes.open() }
  }
  try {
    const { name } = HEIF[format]
    const colour = await open('colour')
    const wanted = options.alpha && picture.alpha ? picture.alpha : null
    const { width, height, nclx } = picture.colour
    if (wanted && (wanted.width !== width || wanted.height !== height)) {
      throw new ImageError(
        'unsupported',
        `The alpha of the ${name} picture has another size than its colours`,
      )
    }
    const alpha = wanted ? (await open('alpha')).planes : null
    const coding = nclx && nclx.matrix !== 2 ? nclx : colour.first.colour
    return makeReader(engine, { picture, colour: colour.planes, alpha, coding }, options, close)
  } catch (error) {
    await close()
    throw error
  }
}

function makeReader(
  engine: Engine,
  { picture, colour, alpha, coding }: Opened,
  options: HeifOptions,
  close: () => Promise<void>,
): RowReader {
  const { width, height, shown = { left: 0, top: 0, width, height } } = picture.colour
  const bands = options.alpha ? 4 : 3
  const { depth = 8 } = options
  const { layout, bitDepth } = colour
  const mono = layout === '400'
  const identity = isIdentity(coding) && layout === '444'
  // Without chroma, or with what can't be it, luma counts alone.
  const usable = !isIdentity(coding) || identity ? coding : { ...coding, matrix: 2 }
  const isDeep = depth === 16 || bitDepth > 8 || !isPlain(usable)
  const lineBytes = isDeep ? 2 : 1
  const [left, last] = [shown.left, shown.top + shown.height]
  const scratch = [0, 1, 2, 3].map((plane) =>
    (plane === 0 && colour.sampleBytes === lineBytes) || (plane === 3 && !alpha)
      ? 0
      : engine.alloc((width + 64) * lineBytes),
  )
  const stride = shown.width * bands * (depth / 8)
  const out = engine.alloc(STRIP * stride + 32)
  let row = shown.top

  /** A line of the kernels' samples: 16-bit numbers where it is deep. */
  const lineOf = (planes: HeifPlanes, plane: number, at: number, to: number): number => {
    const line = planes.line(plane, at)
    if (planes.sampleBytes === lineBytes) return line
    if (isDeep) engine.call('yccWiden', line, planes.width(plane), to)
    else engine.call('yccNarrow', line, planes.width(plane), planes.bitDepth - 8, to)
    return to
  }

  /** The line of a chroma plane for row `y`, at full width. */
  const chromaLine = (plane: 1 | 2, y: number): number => {
    const to = scratch[plane]!
    if (layout === '444') return lineOf(colour, plane, y, to)
    const lastLine = layout === '420' ? (height - 1) >> 1 : height - 1
    const near = layout === '420' ? y >> 1 : y
    const far = layout === '420' ? Math.min(Math.max(near + ((y & 1) * 2 - 1), 0), lastLine) : near
    const [a, b] = [colour.line(plane, near), colour.line(plane, far)]
    if (isDeep) engine.call('yccDeepUpsample', a, b, colour.width(plane), colour.sampleBytes, to)
    else engine.call('yccUpsample', a, b, colour.width(plane), to)
    return to
  }

  const convert = (y: number, to: number): void => {
    const skip = left * lineBytes
    const luma = lineOf(colour, 0, y, scratch[0]!) + skip
    const u = mono ? 0 : chromaLine(1, y) + skip
    const v = mono ? 0 : chromaLine(2, y) + skip
    const a = alpha ? lineOf(alpha, 0, y, scratch[3]!) + skip : 0
    if (isDeep) engine.call('yccDeepRow', luma, u, v, a, shown.width, bands, depth, to)
    else engine.call('yccRow', luma, u, v, a, shown.width, identity ? 1 : 0, bands, to)
  }

  return {
    width: shown.width,
    height: shown.height,
    bands,
    async read(): Promise<Rows | null> {
      if (row >= last) return null
      let count = await colour.ready(row, Math.min(STRIP, last - row))
      if (alpha) count = await alpha.ready(row, count)
      if (isDeep) setDeepMatrix(engine, usable, bitDepth, depth, alpha?.bitDepth ?? 8)
      else setMatrix(engine, usable)
      for (let i = 0; i < count; i++) convert(row + i, out + i * stride)
      if (picture.premultiplied && alpha) engine.call('frameUnmultiply', out, count * shown.width, depth)
      row += count
      if (row >= last) await close()
      return { pointer: out, count, stride }
    },
    close,
  }
}
