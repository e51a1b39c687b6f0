// Absolute addresses of what the service serves.
import { encodePath } from '../params/address'

/** One entry: stays right when newer assets arrive at its path. */
export function entryUrl(publicUrl: string, path: string, entryId: number): string {
  return `${publicUrl}/assets/${encodePath(path)}/-/entry/${entryId}`
}

/** Its content. `search` is a raw query without `?`. */
export function contentUrl(publicUrl: string, path: string, entryId: number, search: string): string {
  return `${entryUrl(publicUrl, path, entryId)}/content${search === '' ? '' : `?${search}`}`
}
