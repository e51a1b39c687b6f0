// HEIF files of HEVC pictures (ISO/IEC 23008-12): one coded picture or a grid of them, the same again for
// alpha. Profiles and metadata are added later (metadata/heif-write.ts).
import { joinBytes } from './bytes'
import type { HevcColour } from './hevc-headers'
import { ascii, box, fullBox, infe, type Place, u16, u32, writeIloc } from './isobmff-writer'

/** Chunks of an item's bytes. */
export type Chunks = readonly Uint8Array[]

export interface HeicFile {
  /** Of the picture as it is shown. */
  readonly width: number
  readonly height: number
  readonly columns: number
  readonly rows: number
  /** Of a tile as it is decoded; of the picture, rounded up to even numbers, where that is its only one. */
  readonly tileWidth: number
  readonly tileHeight: number
  /** Coded pictures: the colours' tiles row by row, then those of alpha where there is one. */
  readonly tiles: readonly Chunks[]
  readonly configuration: readonly number[]
  readonly colour: HevcColour
}

const ALPHA = 'urn:mpeg:hevc:2015:auxid:1\0'

interface Item {
  readonly type: 'hvc1' | 'grid'
  readonly hidden: boolean
  readonly chunks: Chunks
  readonly properties: readonly Property[]
  /** Tiles of a grid, by their numbers. */
  readonly parts: readonly number[]
}

/** A property, and whether a reader that doesn't know it may not show the item. */
interface Property {
  readonly bytes: Uint8Array
  readonly essential: boolean
}

const property = (bytes: Uint8Array, essential = false): Property => ({ bytes, essential })

const even = (side: number): number => side + (side & 1)
const sizeOf = (chunks: Chunks): number => chunks.reduce((sum, { length }) => sum + length, 0)

const ispe = (width: number, height: number): Property =>
  property(fullBox('ispe', 0, 0, u32(width), u32(height)))

/** clap (14496-12 §12.1.4): the upper left of a picture whose sides are a sample longer than shown. */
function clap(width: number, height: number): Property {
  const offset = (side: number): number[] => [...u32(-(side & 1) >>> 0), ...u32(2)]
  const bytes = box('clap', u32(width), u32(1), u32(height), u32(1), offset(width), offset(height))
  return property(bytes, true)
}

/** colr of type nclx (§12.1.5), full range. */
function nclx({ primaries, transfer, matrix }: HevcColour): Property {
  return property(box('colr', ascii('nclx'), u16(primaries), u16(transfer), u16(matrix), [0x80]))
}

/** All items; the first picture's own is the primary one. */
function itemsOf(file: HeicFile): { items: Item[]; pictures: number[] } {
  const { width, height, columns, rows, tileWidth, tileHeight } = file
  const hvcC = property(box('hvcC', file.configuration), true)
  const pixi = property(fullBox('pixi', 0, 0, [3, 8, 8, 8]))
  const colour = nclx(file.colour)
  const shown = ispe(even(width), even(height))
  const crop = width & 1 || height & 1 ? [clap(width, height)] : []
  const tile = ispe(tileWidth, tileHeight)
  const auxiliary = property(fullBox('auxC', 0, 0, ascii(ALPHA)), true)
  const count = columns * rows
  const items: Item[] = []
  const pictures: number[] = []
  for (let first = 0; first < file.tiles.length; first += count) {
    const own = [...(first === 0 ? [colour] : [auxiliary]), pixi, ...crop]
    const tiles = file.tiles.slice(first, first + count)
    if (count === 1) {
      const chunks = tiles[0]!
      items.push({ type: 'hvc1', hidden: false, chunks, properties: [hvcC, shown, ...own], parts: [] })
    } else {
      const parts = tiles.map((chunks) =>
        items.push({ type: 'hvc1', hidden: true, chunks, properties: [hvcC, tile, colour, pixi], parts: [] }),
      )
      // 23008-12 §6.6.2.3.2: version, sides of 16 bits, rows and columns less one.
      const chunks = [Uint8Array.of(0, 0, rows - 1, columns - 1, ...u16(even(width)), ...u16(even(height)))]
      items.push({ type: 'grid', hidden: false, chunks, properties: [shown, ...own], parts })
    }
    pictures.push(items.length)
  }
  return { items, pictures }
}

/** iprp: each property once, and which item has which. */
function propertiesOf(items: readonly Item[]): Uint8Array {
  const all = [...new Set(items.flatMap(({ properties }) => properties))]
  const entries = items.flatMap(({ properties }, index) => [
    ...u16(index + 1),
    properties.length,
    ...properties.map((one) => (one.essential ? 0x80 : 0) | (all.indexOf(one) + 1)),
  ])
  const ipco = box('ipco', ...all.map(({ bytes }) => bytes))
  return box('iprp', ipco, fullBox('ipma', 0, 0, u32(items.length), entries))
}

/** iref: a grid's tiles, and the picture that alpha belongs to. */
function referencesOf(items: readonly Item[], [primary, alpha]: readonly number[]): Uint8Array[] {
  const grids = items.flatMap(({ parts }, index) =>
    parts.length > 0 ? [box('dimg', u16(index + 1), u16(parts.length), parts.flatMap(u16))] : [],
  )
  const auxiliary = alpha === undefined ? [] : [box('auxl', u16(alpha), u16(1), u16(primary!))]
  const references = [...grids, ...auxiliary]
  return references.length > 0 ? [fullBox('iref', 0, 0, ...references)] : []
}

/** The whole file. */
export function writeHeic(file: HeicFile): Uint8Array {
  const { items, pictures } = itemsOf(file)
  const ftyp = box('ftyp', ascii('heic'), u32(0), ascii('mif1heicmiaf'))
  const infos = items.map(({ type, hidden }, index) => infe(index + 1, type, '', hidden))
  const grids = items.filter(({ type }) => type === 'grid')
  const meta = (start: number): Uint8Array => {
    const places = new Map<number, Place>()
    let [inFile, inMeta] = [start, 0]
    for (const [index, { type, chunks }] of items.entries()) {
      const length = sizeOf(chunks)
      const inside = type === 'grid'
      places.set(index + 1, {
        method: inside ? 1 : 0,
        extents: [{ offset: inside ? inMeta : inFile, length }],
      })
      if (inside) inMeta += length
      else inFile += length
    }
    return fullBox(
      'meta',
      0,
      0,
      fullBox('hdlr', 0, 0, u32(0), ascii('pict'), u32(0), u32(0), u32(0), [0]),
      fullBox('pitm', 0, 0, u16(pictures[0]!)),
      box('iloc', writeIloc(places)),
      fullBox('iinf', 0, 0, u16(items.length), ...infos),
      ...referencesOf(items, pictures),
      propertiesOf(items),
      ...(grids.length > 0 ? [box('idat', ...grids.flatMap(({ chunks }) => chunks))] : []),
    )
  }
  const media = items.filter(({ type }) => type === 'hvc1').flatMap(({ chunks }) => chunks)
  const before = ftyp.length + meta(0).length
  const mdat = [...u32(8 + sizeOf(media)), ...ascii('mdat')]
  return joinBytes([ftyp, meta(before + mdat.length), Uint8Array.from(mdat), ...media])
}
