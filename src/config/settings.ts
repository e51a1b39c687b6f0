// What applies to one path once every matching pattern is merged over the defaults.
import type { Format } from '../image/formats'
import type { Transformation } from '../image/transformation'

export type RedirectStrategy = 'none' | 'template' | 'presigned'
export type OnDemandMode = 'enabled' | 'profile_only' | 'disabled'
export type Placeholder = 'blurhash' | 'thumbhash'

/** Durations in milliseconds; Cache-Control's in seconds, null where the directive is left out. */
export interface PathSettings {
  /** null: all formats; an empty list: none. */
  readonly allowedContentTypes: readonly Format[] | null
  readonly image: { readonly lqip: readonly Placeholder[] }
  readonly transform: {
    readonly preprocessing: { readonly enabled: boolean; readonly image: Transformation }
    readonly eagerVariants: readonly string[]
    readonly onDemandVariant: { readonly mode: OnDemandMode }
    readonly expire: { readonly strategy: 'never' | 'ttl' | 'idle'; readonly ttl: number | null }
  }
  readonly objectStore: { readonly bucket: string }
  readonly returnFormat: {
    readonly redirect: {
      readonly strategy: RedirectStrategy
      readonly template: { readonly string: string | null }
      readonly presigned: { readonly ttl: number }
    }
  }
  readonly cacheControl: CacheControlSettings
}

export interface CacheControlSettings {
  readonly enabled: boolean
  readonly maxAge: number | null
  readonly sMaxage: number | null
  readonly visibility: 'public' | 'private' | null
  readonly revalidate: 'must-revalidate' | 'proxy-revalidate' | 'no-cache' | null
  readonly staleWhileRevalidate: number | null
  readonly staleIfError: number | null
  readonly immutable: boolean
}

export const DEFAULT_SETTINGS: PathSettings = {
  allowedContentTypes: null,
  image: { lqip: [] },
  transform: {
    preprocessing: { enabled: false, image: {} },
    eagerVariants: [],
    onDemandVariant: { mode: 'enabled' },
    expire: { strategy: 'never', ttl: null },
  },
  objectStore: { bucket: 'assets' },
  returnFormat: {
    redirect: { strategy: 'none', template: { string: null }, presigned: { ttl: 30 * 60_000 } },
  },
  cacheControl: {
    enabled: false,
    maxAge: null,
    sMaxage: null,
    visibility: null,
    revalidate: null,
    staleWhileRevalidate: null,
    staleIfError: null,
    immutable: false,
  },
}
