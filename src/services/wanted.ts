// From a query to what is wanted of the picture: profile, overrides, the path's mode and the
// negotiated format.
import type { Config } from '../config/config'
import type { PathSettings } from '../config/settings'
import { badRequest } from '../errors'
import type { Format } from '../image/formats'
import type { Transformation } from '../image/transformation'
import type { Negotiated } from '../params/accept'
import type { Query } from '../params/query'
import { checkTransformation, isEmpty, overridden } from '../params/transformation'

export interface Wanted {
  /** Profile and single parameters together; `format` is in `format` alone. */
  readonly asked: Transformation
  /** null: the original's own. */
  readonly format: Format | null
  /** What may be answered in place of a format that the picture can't be had in, best first. */
  readonly others: readonly (Format | null)[]
  /** The original's own format where it is none of these, else `instead`. */
  readonly refused: readonly Format[]
  readonly instead: Format | null
  /** Whether the Accept header was looked at. */
  readonly negotiated: boolean
}

/**
 * Settles what a fetch asks for, without knowing the picture.
 *
 * @param negotiated what Accept came to; null where it admits no format, which matters only where
 *   no format is given
 * @returns null where Accept would have to decide and admits none
 */
export function settleWanted(
  config: Config,
  settings: PathSettings,
  query: Query,
  negotiated: Negotiated | null,
): Wanted | null {
  checkMode(settings, query)
  const given = { others: [], refused: [], instead: null, negotiated: false }
  const { format, ...asked } = overridden(profileOf(config, query.profile), query.transformation)
  checkTransformation(asked)
  if (format !== undefined) return { ...given, asked, format }
  if (!negotiated) return null
  // No variant may be made here but the eager ones: Accept must not make any either, only refuse.
  if (settings.transform.onDemandVariant.mode === 'disabled') {
    return { ...given, asked, format: null, negotiated: true }
  }
  return { asked, ...negotiated, negotiated: true }
}

/** A configured profile. Throws `unknown_profile` (400). */
export function profileOf(config: Config, name: string | null): Transformation {
  if (name === null) return {}
  const profile = config.variantProfiles.get(name)
  if (profile) return profile
  const known = [...config.variantProfiles.keys()].join(', ') || 'none are configured'
  throw badRequest('unknown_profile', `Expected a configured profile (${known}) but received "${name}"`)
}

function checkMode(settings: PathSettings, query: Query): void {
  const { mode } = settings.transform.onDemandVariant
  if (mode === 'enabled') return
  const single = !isEmpty(query.transformation)
  if (mode === 'profile_only') {
    if (!single) return
    throw badRequest('profile_required', 'Expected no parameter but profile at this path but received others')
  }
  const eager = settings.transform.eagerVariants
  if (!single && (query.profile === null || eager.includes(query.profile))) return
  const names = eager.length === 0 ? 'none' : eager.join(', ')
  throw badRequest(
    'on_demand_disabled',
    `Expected the original or one of the profiles generated at this path (${names}) but received other parameters`,
  )
}
