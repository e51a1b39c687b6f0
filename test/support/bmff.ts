// Hand-built HEIF files (ISO/IEC 14496-12, 23008-12) and boxes, for what no encoder here can make.

/** Numbers become bytes, text becomes Latin-1. */
export type Part = Uint8Array | string | number | readonly number[]

/** Joins parts into bytes. */
export function join(...parts: Part[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.map((part) =>
    typeof part === 'string'
      ? Uint8Array.from(part, (c) => c.charCodeAt(0))
      : typeof part === 'number'
        ? new Uint8Array([part])
        : part,
  )
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export const be16 = (value: number): number[] => [(value >>> 8) & 255, value & 255]
export const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)]
export const le16 = (value: number): number[] => be16(value).reverse()
export const le32 = (value: number): number[] => be32(value).reverse()

/** A box: size, type, body. */
export function box(type: string, ...body: Part[]): Uint8Array<ArrayBuffer> {
  const bytes = join(...body)
  return join(be32(bytes.length + 8), type, bytes)
}

/** A full box: version 0, flags 0 unless given. */
export const fullBox = (type: string, version: number, ...body: Part[]) =>
  box(type, [version, 0, 0, 0], ...body)

export interface HeifItem {
  id: number
  type: string
  /** Property indices, from 1. */
  properties?: number[]
  data?: Uint8Array
  /** Content type of a `mime` item. */
  content?: string
}

export interface Heif {
  brand?: string
  primary?: number
  items: HeifItem[]
  properties: Uint8Array[]
  /** [type, from, to…] */
  references?: [string, number, ...number[]][]
  /** Puts mdat before meta. */
  early?: boolean
}

export const ispe = (width: number, height: number) => fullBox('ispe', 0, be32(width), be32(height))
export const pixi = (...depths: number[]) => fullBox('pixi', 0, depths.length, depths)
export const irot = (quarters: number) => box('irot', quarters)
export const imir = (axis: number) => box('imir', axis)
export const nclx = (primaries: number) => box('colr', 'nclx', be16(primaries), be16(13), be16(6), 0x80)
export const prof = (icc: Uint8Array) => box('colr', 'prof', icc)
export const auxC = (urn: string) => fullBox('auxC', 0, `${urn}\0`)

/** A HEIF file whose items' data stands in one mdat behind meta. */
export function heif({
  brand = 'avif',
  primary = 1,
  items,
  properties,
  references = [],
  early = false,
}: Heif): Uint8Array<ArrayBuffer> {
  const ftyp = box('ftyp', brand, be32(0), brand, 'mif1')
  const infos = items.map(({ id, type, content }) =>
    fullBox('infe', 2, be16(id), be16(0), type, 0, content === undefined ? '' : `${content}\0`),
  )
  const refs = references.map(([type, from, ...to]) =>
    box(type, be16(from), be16(to.length), ...to.map(be16)),
  )
  const ipma = items.map(({ id, properties = [] }) => join(be16(id), properties.length, properties))
  const build = (start: number) => {
    let at = start
    const places = items.map(({ id, data = new Uint8Array(0) }) => {
      const place = join(be16(id), be16(0), be16(1), be32(at), be32(data.length))
      at += data.length
      return place
    })
    return fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, be32(0), 'pict', be32(0), be32(0), be32(0), 0),
      fullBox('pitm', 0, be16(primary)),
      fullBox('iloc', 0, 0x44, 0, be16(items.length), ...places),
      fullBox('iinf', 0, be16(items.length), ...infos),
      ...(refs.length > 0 ? [fullBox('iref', 0, ...refs)] : []),
      box('iprp', box('ipco', ...properties), fullBox('ipma', 0, be32(items.length), ...ipma)),
    )
  }
  const mdat = box('mdat', ...items.map(({ data = new Uint8Array(0) }) => data))
  if (early) return join(ftyp, mdat, build(ftyp.length + 8))
  const start = ftyp.length + build(0).length + 8
  return join(ftyp, build(start), mdat)
}
