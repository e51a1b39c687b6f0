// Which format an Accept header asks for (RFC 9110 §12.5.1), among the seven that there are.
import { FORMAT_NAMES, FORMATS, type Format, formatOfMime } from '../image/formats'

/** What an Accept header came to. */
export interface Negotiated {
  /** null: the original's own format, for a wildcard or no header asked for nothing else. */
  readonly format: Format | null
  /** What the header admits beside, best first: for pictures that can't be had in the format. */
  readonly others: readonly (Format | null)[]
  /** What must not be answered (`q=0`), should the original be of it; `instead` is then the answer. */
  readonly refused: readonly Format[]
  readonly instead: Format | null
}

interface Item {
  readonly range: string
  readonly quality: number
  /** 0 a type, 1 `image/*`, 2 any type. */
  readonly wildness: number
}

const OWN: Negotiated = { format: null, others: [], refused: [], instead: null }

/**
 * The format by quality, then by how exactly it is named, then by order; null where the header
 * admits none of the seven.
 */
export function negotiate(accept: string | null | undefined): Negotiated | null {
  if (accept === null || accept === undefined || accept.trim() === '') return OWN
  const all = accept.split(',').flatMap(parseItem)
  // The range that names a type most exactly decides about it: beside `image/*` any type means no picture.
  const pictures = all.some(({ wildness }) => wildness === 1)
  const items = pictures ? all.filter(({ wildness }) => wildness < 2) : all
  const refused = items.flatMap(({ range, quality }) => (quality === 0 ? (formatOfMime(range) ?? []) : []))
  const wanted = items
    .filter((item) => item.quality > 0 && (item.wildness > 0 || formatOfMime(item.range) !== null))
    .sort((a, b) => b.quality - a.quality || a.wildness - b.wildness)
  const choices = new Set(wanted.map(({ range, wildness }) => (wildness > 0 ? null : formatOfMime(range))))
  const [format, ...others] = choices
  if (format === undefined) return null
  if (refused.length === 0 || !choices.has(null)) return { ...OWN, format, others }
  const instead = FORMAT_NAMES.find((name) => !refused.includes(name)) ?? null
  return instead === null ? null : { format, others, refused, instead }
}

/** What the seven formats are called, for a message. */
export function acceptable(): string {
  return `${FORMAT_NAMES.map((name) => FORMATS[name].mime).join(', ')}, image/* or */*`
}

function parseItem(text: string): Item[] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim())
  const range = name.toLowerCase()
  let quality = 1
  for (const parameter of parameters) {
    const given = /^q\s*=\s*(.*)$/i.exec(parameter)
    if (!given) continue
    if (!/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given[1]!)) return []
    quality = Number(given[1])
    break
  }
  if (range === '*/*') return [{ range, quality, wildness: 2 }]
  if (range === 'image/*') return [{ range, quality, wildness: 1 }]
  return range.includes('*') || range === '' ? [] : [{ range, quality, wildness: 0 }]
}
