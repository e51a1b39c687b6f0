// The headers that tell of a picture.
import type { CacheControlSettings } from '../config/settings'
import { FORMATS } from '../image/formats'
import { etagOf, type FoundPicture, lastModifiedOf } from '../services/picture'
import { httpDate } from './conditional'

/** Headers of `content`; `download` adds its Content-Disposition. */
export function pictureHeaders({ asset, picture, cache }: FoundPicture): Headers {
  const headers = new Headers({
    'Content-Type': FORMATS[picture.header.format].mime,
    ETag: etagOf(picture, asset),
    'Last-Modified': httpDate(lastModifiedOf(picture, asset)),
    'Accept-Ranges': 'bytes',
    'K-Cache-Status': cache,
  })
  if (asset.alt) headers.set('K-Alt', encodeHeader(asset.alt))
  const { blurhash, thumbhash } = picture.row.lqip ?? {}
  if (blurhash) headers.set('K-LQIP-Blurhash', blurhash)
  if (thumbhash) headers.set('K-LQIP-Thumbhash', thumbhash)
  return headers
}

/** As it is where it is plain ASCII text, else percent-encoded UTF-8 (and so is `%` itself then). */
export function encodeHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) && text === text.trim() ? text : encodeURIComponent(text)
}

/** A name to save a picture by: its alt text, else its path, plus the format's extension. */
export function contentDisposition({ asset, picture }: FoundPicture): string {
  const name = asset.alt?.trim() || asset.path.replaceAll('/', '_')
  return `attachment; filename*=UTF-8''${encodeExtended(name + FORMATS[picture.header.format].extension)}`
}

/** RFC 5987 §3.2.1: what is no attr-char is percent-encoded. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** The directives in the contract's order, or null where the path does not enable them. */
export function cacheControl(settings: CacheControlSettings): string | null {
  if (!settings.enabled) return null
  const { maxAge, sMaxage, visibility, revalidate, staleWhileRevalidate, staleIfError } = settings
  const directives = [
    maxAge !== null && `max-age=${maxAge}`,
    sMaxage !== null && `s-maxage=${sMaxage}`,
    visibility,
    revalidate,
    staleWhileRevalidate !== null && `stale-while-revalidate=${staleWhileRevalidate}`,
    staleIfError !== null && `stale-if-error=${staleIfError}`,
    settings.immutable && 'immutable',
  ]
  return directives.filter(Boolean).join(', ') || null
}
