// HEIF files made by hand (ISO/IEC 23008-12): items of HEVC or AV1, grids of them, alpha beside them.
import { type HevcPlanes, hevcItem } from './hevc'

/** A picture that an encoder has coded: its hvcC or av1C and its item's bytes. */
export interface CodedTile {
  readonly width: number
  readonly height: number
  readonly configuration: Uint8Array
  readonly data: Uint8Array
}

const text = (value: string): number[] => [...value].map((character) => character.charCodeAt(0))
const u16 = (value: number): number[] => [value >> 8, value & 255]
const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]

function box(type: string, ...content: ArrayLike<number>[]): Uint8Array {
  const size = content.reduce((sum, part) => sum + part.length, 8)
  const bytes = new Uint8Array(size)
  bytes.set([...u32(size), ...text(type)])
  let at = 8
  for (const part of content) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const full = (type: string, ...content: ArrayLike<number>[]): Uint8Array =>
  box(type, [0, 0, 0, 0], ...content)

/** A picture: tiles row by row, `columns` of them across, cut to width × height. */
export interface HandPicture<Tile = HevcPlanes> {
  readonly width: number
  readonly height: number
  readonly columns: number
  readonly tiles: readonly Tile[]
}

type AnyPicture = HandPicture<HevcPlanes | CodedTile>

/** Further properties of the primary item, such as `irot`, as whole boxes. */
export interface HandOptions {
  readonly alpha?: AnyPicture
  readonly properties?: readonly Uint8Array[]
  /** What the tiles are. */
  readonly codec?: 'hvc1' | 'av01'
  /** Whether colours are said to be multiplied by alpha. */
  readonly premultiplied?: boolean
}

interface Item {
  type: string
  data: Uint8Array
  properties: Uint8Array[]
  parts: number[]
}

/** The bytes of a HEIC or AVIF file whose media data stand behind its items' description. */
export function handHeif(picture: AnyPicture, options: HandOptions = {}): Uint8Array {
  const items: Item[] = []
  const { codec = 'hvc1' } = options
  /** Adds a picture's items; returns the id of the one that stands for it. */
  const add = ({ width, height, columns, tiles }: AnyPicture, more: Uint8Array[]): number => {
    const ispe = (w: number, h: number): Uint8Array => full('ispe', u32(w), u32(h))
    const ids = tiles.map((tile) => {
      const { configuration, data } = 'planes' in tile ? hevcItem(tile) : tile
      const single = tiles.length === 1
      const size = single ? ispe(width, height) : ispe(tile.width, tile.height)
      items.push({
        type: codec,
        data,
        properties: [box(codec === 'hvc1' ? 'hvcC' : 'av1C', configuration), size, ...(single ? more : [])],
        parts: [],
      })
      return items.length
    })
    if (ids.length === 1) return ids[0]!
    const data = new Uint8Array([
      0,
      0,
      tiles.length / columns - 1,
      columns - 1,
      ...u16(width),
      ...u16(height),
    ])
    items.push({ type: 'grid', data, properties: [ispe(width, height), ...more], parts: ids })
    return items.length
  }
  const primary = add(picture, [...(options.properties ?? [])])
  const auxiliary = options.alpha
    ? add(options.alpha, [full('auxC', text('urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0'))])
    : null

  const properties = items.flatMap((item) => item.properties)
  let next = 1
  const associations = items.flatMap((item, i) => [
    ...u16(i + 1),
    item.properties.length,
    ...item.properties.map(() => 0x80 | next++),
  ])
  const references = items.flatMap((item, i) =>
    item.parts.length === 0
      ? []
      : [...box('dimg', u16(i + 1), u16(item.parts.length), item.parts.flatMap(u16))],
  )
  if (auxiliary !== null) references.push(...box('auxl', u16(auxiliary), u16(1), u16(primary)))
  if (auxiliary !== null && options.premultiplied)
    references.push(...box('prem', u16(primary), u16(1), u16(auxiliary)))
  const infos = items.map((item, i) => box('infe', [2, 0, 0, 0], u16(i + 1), [0, 0], text(item.type), [0]))

  const brand = text(codec === 'hvc1' ? 'heic' : 'avif')
  const head = box('ftyp', brand, u32(0), text('mif1'), brand)
  const meta = (start: number): Uint8Array => {
    let offset = start
    const locations = items.flatMap((item, i) => {
      const entry = [...u16(i + 1), 0, 0, ...u16(1), ...u32(offset), ...u32(item.data.length)]
      offset += item.data.length
      return entry
    })
    return full(
      'meta',
      full('hdlr', u32(0), text('pict'), u32(0), u32(0), u32(0), [0]),
      full('pitm', u16(primary)),
      full('iloc', [0x44, 0x00], u16(items.length), locations),
      full('iinf', u16(items.length), ...infos),
      box('iprp', box('ipco', ...properties), full('ipma', u32(items.length), associations)),
      full('iref', references),
    )
  }
  const start = head.length + meta(0).length + 8
  const media = box('mdat', ...items.map((item) => item.data))
  return new Uint8Array([...head, ...meta(start), ...media])
}

/** An irot property (§6.5.10): anticlockwise quarters. */
export const irot = (quarters: number): Uint8Array => box('irot', [quarters])

/** An imir property (§6.5.12): 0 exchanges top and bottom, 1 left and right. */
export const imir = (axis: 0 | 1): Uint8Array => box('imir', [axis])

/** A colr property of type nclx (14496-12 §12.1.5), in numbers of H.273. */
export const nclx = (primaries: number, transfer: number, matrix: number, fullRange = true): Uint8Array =>
  box('colr', text('nclx'), [primaries, transfer, matrix].flatMap(u16), [fullRange ? 0x80 : 0])

/** A clap property (14496-12 §12.1.4): a window of a picture of `whole` samples, in halves of a sample off its middle. */
export function clap(
  window: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  whole: { readonly width: number; readonly height: number },
): Uint8Array {
  const signed = (value: number): number[] => u32(value >>> 0)
  const across = 2 * window.left + window.width - whole.width
  const down = 2 * window.top + window.height - whole.height
  return box(
    'clap',
    [window.width, 1, window.height, 1].flatMap(u32),
    signed(across),
    u32(2),
    signed(down),
    u32(2),
  )
}
