// Reads a Transformation out of named values: a URL's query, a profile or preprocessing. All
// three go through the rows of parameters.ts, so they accept and refuse alike.
import { badRequest, expected } from '../errors'
import type { Transformation } from '../image/transformation'
import { TRANSFORMATION_PARAMETERS, URL_TRANSFORMATIONS } from './parameters'
import type { ParameterLimits } from './value-types'

type Writable = { -readonly [K in keyof Transformation]: unknown }

/**
 * Reads the transformation parameters of a query; other names are left to the caller.
 * Throws `invalid_parameter` (400) for a bad value. Rules between parameters are checked by
 * `checkTransformation` once a profile has been merged in.
 */
export function parseTransformation(
  values: ReadonlyMap<string, string>,
  limits: ParameterLimits,
): Transformation {
  const found: Writable = {}
  for (const row of URL_TRANSFORMATIONS) {
    const text = values.get(row.name)
    if (text === undefined) continue
    const value = row.type.parse(text, limits)
    if (value === undefined) {
      throw badRequest('invalid_parameter', expected(row.type.expects(limits), row.name, text))
    }
    found[row.field] = value
  }
  return found as Transformation
}

/** A bad value in a configured transformation. */
export interface ConfiguredMistake {
  readonly key: string
  readonly expected: string
  readonly received: unknown
}

/**
 * Reads a transformation from the configuration, where numbers may be numbers and lists arrays.
 * Rules between parameters are left to `conflictIn`, for a path inherits from its parents.
 *
 * @param place a profile knows the URL's parameters, preprocessing also `maxWidth` and `maxHeight`
 */
export function parseConfigured(
  values: Readonly<Record<string, unknown>>,
  place: 'profile' | 'preprocessing',
  limits: ParameterLimits,
): { transformation: Transformation; mistakes: ConfiguredMistake[] } {
  const rows = place === 'preprocessing' ? TRANSFORMATION_PARAMETERS : URL_TRANSFORMATIONS
  const found: Writable = {}
  const mistakes: ConfiguredMistake[] = []
  for (const [key, given] of Object.entries(values)) {
    const row = rows.find((row) => row.name === key)
    if (!row) {
      const names = rows.map((row) => row.name).join(', ')
      mistakes.push({ key, expected: `one of the keys ${names}`, received: key })
      continue
    }
    const value = row.type.parse(asText(given), limits)
    if (value === undefined) {
      mistakes.push({ key, expected: row.type.expects(limits), received: given })
    } else found[row.field] = value
  }
  return { transformation: found as Transformation, mistakes }
}

/** A configured value as a URL would spell it. */
function asText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Throws `conflicting_parameters` (400) where parameters that are fine alone don't go together. */
export function checkTransformation(asked: Transformation): void {
  const conflict = conflictIn(asked)
  if (conflict) throw badRequest('conflicting_parameters', conflict)
}

/** The sentence about the first rule between parameters that is broken, or null. */
export function conflictIn(asked: Transformation): string | null {
  const { fit = 'fit', width, height } = asked
  if (fit !== 'fit' && (width === undefined || height === undefined)) {
    const given = [width === undefined ? null : `w=${width}`, height === undefined ? null : `h=${height}`]
    const came = given.filter((part) => part !== null).join('&') || 'neither'
    return `Expected both w and h for fit=${fit} but received ${came}`
  }
  if (asked.rotate === 'auto' && asked.flip !== undefined && asked.flip !== 'none') {
    return `Expected no f beside r=auto but received "${asked.flip}"`
  }
  return null
}

/** A profile with single parameters over it. */
export function overridden(profile: Transformation, asked: Transformation): Transformation {
  return { ...profile, ...asked }
}

/** Whether nothing is asked of the picture. */
export function isEmpty(asked: Transformation): boolean {
  return Object.keys(asked).length === 0
}
