// The query of an address (HTTP contract §1): reserved names by the parameter table, every
// other name is a label filter, and `label:KEY` reaches keys that are reserved.
import { badRequest, expected } from '../errors'
import type { Transformation } from '../image/transformation'
import { CONTROLS, RESERVED, URL_TRANSFORMATIONS } from './parameters'
import { isEmpty, parseTransformation } from './transformation'
import type { ParameterLimits, ValueType } from './value-types'

export interface Query {
  /** Single parameters as given; the profile is not merged in yet. */
  readonly transformation: Transformation
  readonly profile: string | null
  /** -1 for all. */
  readonly limit: number
  /** What the asset must carry. */
  readonly labels: Readonly<Record<string, string>>
  /** Whether one label was asked to have two values at once, which no asset can fulfil. */
  readonly contradictory: boolean
}

const LABEL = 'label:'

/** Decoded pairs of a raw query, in order. */
export function queryPairs(raw: string): [string, string][] {
  return [...new URLSearchParams(raw)]
}

/** Throws `repeated_parameter` or `invalid_parameter` (400). */
export function parseQuery(raw: string, limits: ParameterLimits): Query {
  const reserved = new Map<string, string>()
  const labels = new Map<string, string>()
  let contradictory = false
  for (const [name, value] of queryPairs(raw)) {
    if (!RESERVED.has(name)) {
      const key = labelKey(name)
      contradictory ||= labels.has(key) && labels.get(key) !== value
      labels.set(key, value)
    } else if (reserved.has(name)) {
      throw badRequest('repeated_parameter', `Expected ${name} once but received it again with "${value}"`)
    } else reserved.set(name, value)
  }
  const control = <T>(row: { name: string; type: ValueType<T> }): T | undefined => {
    const text = reserved.get(row.name)
    if (text === undefined) return undefined
    const value = row.type.parse(text, limits)
    if (value === undefined) {
      throw badRequest('invalid_parameter', expected(row.type.expects(limits), row.name, text))
    }
    return value
  }
  control(CONTROLS.exp)
  control(CONTROLS.sw)
  control(CONTROLS.sp)
  return {
    transformation: parseTransformation(reserved, limits),
    profile: control<string>(CONTROLS.profile) ?? null,
    limit: control<number>(CONTROLS.limit) ?? 1,
    labels: Object.fromEntries(labels),
    contradictory,
  }
}

function labelKey(name: string): string {
  const key = name.startsWith(LABEL) ? name.slice(LABEL.length) : name
  if (key === '') throw badRequest('invalid_parameter', expected('a label key', 'the query', name))
  return key
}

/** Throws where parameters ask something of a picture and `place` has none to give. */
export function refuseTransformation(query: Query, place: string): void {
  if (isEmpty(query.transformation) && query.profile === null) return
  const row = URL_TRANSFORMATIONS.find((row) => query.transformation[row.field] !== undefined)
  const name = row?.name ?? 'profile'
  throw badRequest('conflicting_parameters', `Expected no transformation for ${place} but received ${name}`)
}
