// What a HEIF file's primary picture is made of: one coded picture or a grid of them (23008-12
// §6.6.2.3), and the same again for its alpha.
import { ImageError } from '../error'
import { latin1, u16be, u32be } from '../feed'
import type { Window } from '../geometry'
import { apertureOf } from '../probe/heif-aperture'
import type { CodedColour } from './coded-picture'
import { type HeifFile, type HeifItem, readHeifMeta } from './isobmff'
import type { Ranges } from './ranges'

/** A picture as rows of tiles; a single coded picture is a grid of one. */
export interface Grid {
  readonly width: number
  readonly height: number
  readonly rows: number
  readonly columns: number
  /** Coded pictures, row by row. */
  readonly tiles: readonly HeifItem[]
  /** Coding of colours as the container says, over what the bitstream says. */
  readonly nclx?: CodedColour
  /** What is shown of it; all of it where it is not said. */
  readonly shown?: Window
}

export interface HeifPicture {
  readonly colour: Grid
  readonly alpha: Grid | null
  /** Whether colours are multiplied by alpha. */
  readonly premultiplied: boolean
  readonly idat: Uint8Array
}

/** The formats that are HEIF: their names, and the type of their coded pictures. */
export const HEIF = {
  avif: { name: 'AVIF', coded: 'av01', codec: 'an AV1' },
  heic: { name: 'HEIC', coded: 'hvc1', codec: 'a HEVC' },
} as const

export type HeifFormat = keyof typeof HEIF

/** Largest meta box that is read; those of 50-megapixel phones have 10 kB. */
const MAX_META = 8 << 20
/** How often a file's bytes may be used: plain tiles can be one item, but a large one not thousands of times. */
const MOST_SHARED = 4
/** Letters of an auxiliary's name that are looked at. */
const NAME = 60
const ALPHA = ['urn:mpeg:mpegB:cicp:systems:auxiliary:alpha', 'urn:mpeg:hevc:2015:auxid:1']

/** Reads boxes until `meta`, and from it the primary picture. Throws ImageError. */
export async function readHeifPicture(format: HeifFormat, ranges: Ranges): Promise<HeifPicture> {
  const { name } = HEIF[format]
  const { size: end } = ranges.source
  for (let at = 0; at + 8 <= end; ) {
    const head = await ranges.read(at, Math.min(16, end - at))
    let size = u32be(head, 0)
    let skip = 8
    if (size === 1 && head.length === 16) {
      size = u32be(head, 8) * 2 ** 32 + u32be(head, 12)
      skip = 16
    } else if (size === 0) {
      size = end - at
    }
    if (size < skip)
      throw new ImageError('corrupt', `A box of the ${name} file is shorter than its header`, at)
    if (latin1(head, 4, 4) === 'meta') {
      if (size > MAX_META) throw new ImageError('corrupt', `The ${name} file has too many items`, at)
      const file = readHeifMeta(await ranges.read(at + skip, size - skip))
      const { primary } = file
      const alpha = file.referrers('auxl', primary).find((id) => isAlpha(file.items.get(id)))
      return {
        colour: await readGrid(format, file, primary, ranges),
        alpha: alpha === undefined ? null : await readGrid(format, file, alpha, ranges),
        premultiplied: alpha !== undefined && file.references('prem', primary).includes(alpha),
        idat: file.idat,
      }
    }
    at += size
  }
  throw new ImageError('truncated', `The ${name} file has no meta box`, end)
}

function isAlpha(item: HeifItem | undefined): boolean {
  const auxiliary = item?.properties.find(({ type }) => type === 'auxC')
  return auxiliary !== undefined && ALPHA.includes(latin1(auxiliary.payload, 4, NAME).replace(/\0.*$/s, ''))
}

/** Pixels of an item (ispe, §6.5.3). */
export function extentOf(name: string, item: HeifItem): { width: number; height: number } {
  const extent = item.properties.find(({ type }) => type === 'ispe')?.payload
  if (!extent || extent.length < 12) throw new ImageError('corrupt', `Some ${name} picture has no size`)
  return { width: u32be(extent, 4), height: u32be(extent, 8) }
}

/** colr of type nclx: 14496-12 §12.1.5. A grid may leave it to its tiles. */
function colourOf(items: readonly (HeifItem | undefined)[]): Pick<Grid, 'nclx'> {
  const colour = items
    .flatMap((item) => item?.properties ?? [])
    .find(
      ({ type, payload }) => type === 'colr' && latin1(payload, 0, 4) === 'nclx' && payload.length >= 11,
    )?.payload
  if (!colour) return {}
  const [primaries, transfer, matrix] = [4, 6, 8].map((at) => u16be(colour, at)) as [number, number, number]
  return { nclx: { primaries, transfer, matrix, fullRange: colour[10]! >= 128 } }
}

/** clap, as the probe took it. */
function shownOf(item: HeifItem, { width, height }: { width: number; height: number }): Pick<Grid, 'shown'> {
  const aperture = item.properties.find(({ type }) => type === 'clap')?.payload
  const shown = aperture && apertureOf(aperture, width, height)
  return shown ? { shown } : {}
}

async function readGrid(format: HeifFormat, file: HeifFile, id: number, ranges: Ranges): Promise<Grid> {
  const { name, coded, codec } = HEIF[format]
  const item = file.items.get(id)
  if (!item) throw new ImageError('corrupt', `The ${name} file has no picture`)
  if (item.type === coded) {
    const extent = extentOf(name, item)
    return { ...extent, rows: 1, columns: 1, tiles: [item], ...colourOf([item]), ...shownOf(item, extent) }
  }
  if (item.type !== 'grid') {
    throw new ImageError(
      'unsupported',
      `Expected ${codec} picture or a grid of them in ${name} but received "${item.type}"`,
    )
  }
  const data = await readItem(item, file.idat, ranges)
  const wide = (data[1]! & 1) === 1
  if (data.length < (wide ? 12 : 8))
    throw new ImageError('corrupt', `The grid of the ${name} picture is cut short`)
  const [rows, columns] = [data[2]! + 1, data[3]! + 1]
  const [width, height] = wide ? [u32be(data, 4), u32be(data, 8)] : [u16be(data, 4), u16be(data, 6)]
  const tiles = file.references('dimg', id).map((part) => file.items.get(part))
  const whole = tiles.length === rows * columns && tiles.every((tile) => tile?.type === coded)
  if (!whole) throw new ImageError('corrupt', `The grid of the ${name} picture lacks tiles`)
  const bytes = tiles.reduce((sum, tile) => sum + sizeOf(tile!), 0)
  if (bytes > MOST_SHARED * ranges.source.size) {
    throw new ImageError('corrupt', `The tiles of the ${name} picture are more than the file has bytes for`)
  }
  const extent = { width, height }
  const colour = colourOf([item, tiles[0]])
  return { ...extent, rows, columns, tiles: tiles as HeifItem[], ...colour, ...shownOf(item, extent) }
}

const sizeOf = (item: HeifItem): number => item.extents.reduce((sum, { length }) => sum + length, 0)

/** An item's bytes. */
export async function readItem(item: HeifItem, idat: Uint8Array, ranges: Ranges): Promise<Uint8Array> {
  const size = sizeOf(item)
  if (size === 0) throw new ImageError('corrupt', 'An item of the file has no bytes')
  if (size > ranges.source.size) {
    throw new ImageError('truncated', 'The file ends before its picture', ranges.source.size)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const { inMeta, offset, length } of item.extents) {
    if (inMeta && offset + length > idat.length) {
      throw new ImageError('corrupt', 'An item of the file reaches over its box')
    }
    bytes.set(inMeta ? idat.subarray(offset, offset + length) : await ranges.read(offset, length), at)
    at += length
  }
  return bytes
}
