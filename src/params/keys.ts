// The one serialisation of a transformation, which is at once the key of caches and of the
// database: `name=value` by the parameter table's names and order, joined by `&`, what is
// neutral left out.
import { FORMATS, type Format } from '../image/formats'
import type { NormalTransformation, Transformation } from '../image/transformation'
import { TRANSFORMATION_PARAMETERS, type TransformationParameter } from './parameters'

const unlimited = { outputSide: Number.MAX_SAFE_INTEGER }

/**
 * The key of a transformation as asked, before the picture is known: every spelling that is
 * equal for all pictures gives one key.
 *
 * @param format the answer's format where the request (format=, profile, Accept) decided it;
 *   null where it is the original's
 */
export function requestKey(asked: Transformation, format: Format | null): string {
  const chosen: Transformation = format === null ? asked : { ...asked, format }
  const idle = (row: TransformationParameter, value: unknown): boolean => {
    if (row.neutral !== undefined && String(row.neutral) === String(value)) return true
    if (row.field === 'paddingColor') return !chosen.padding
    if (row.field === 'gravity') return chosen.fit !== 'fill' && chosen.fit !== 'crop'
    if (row.field !== 'quality' || format === null) return false
    const normal = FORMATS[format].quality
    return normal === null || normal === value
  }
  const parts: string[] = []
  for (const row of TRANSFORMATION_PARAMETERS) {
    const value = chosen[row.field]
    if (value !== undefined && !idle(row, value)) parts.push(`${row.name}=${row.type.write(value)}`)
  }
  return parts.join('&')
}

/** The key of a normalised transformation; one asset has at most one variant of a key. */
export function canonicalKey(wanted: NormalTransformation): string {
  const asked: Record<string, unknown> = { ...wanted }
  if (wanted.orient) asked.rotate = 'auto'
  const parts: string[] = []
  for (const row of TRANSFORMATION_PARAMETERS) {
    const value = asked[row.field] as Transformation[typeof row.field] | null
    if (value === undefined || value === null) continue
    if (row.neutral !== undefined && String(row.neutral) === String(value)) continue
    parts.push(`${row.name}=${row.type.write(value)}`)
  }
  // r=auto may end beside a turn: both are kept apart.
  if (wanted.orient && wanted.rotate !== 0) parts.push(`then-r=${wanted.rotate}`)
  return parts.join('&')
}

/** Reads `canonicalKey`'s text back. Throws where it is not one, for that is our own mistake. */
export function parseCanonicalKey(key: string): NormalTransformation {
  const values = new Map(key.split('&').map((part) => part.split(/=(.*)/s) as [string, string]))
  const found: Record<string, unknown> = {}
  for (const row of TRANSFORMATION_PARAMETERS) {
    const text = values.get(row.name)
    const value = text === undefined ? row.neutral : row.type.parse(text, unlimited)
    if (text !== undefined && value === undefined) throw new Error(`${row.name}=${text} in the key ${key}`)
    if (value !== undefined) found[row.field] = value
  }
  const { maxWidth: _, maxHeight: __, rotate, quality, paddingColor, ...rest } = found as Transformation
  if (rest.width === undefined || rest.height === undefined || rest.format === undefined) {
    throw new Error(`No size or format in the key ${key}`)
  }
  return {
    ...(rest as Required<typeof rest>),
    orient: rotate === 'auto',
    rotate: rotate === 'auto' ? (Number(values.get('then-r') ?? 0) as 0) : (rotate as 0),
    flip: rest.flip as 'none' | 'h',
    quality: quality ?? null,
    paddingColor: paddingColor ?? null,
  }
}
