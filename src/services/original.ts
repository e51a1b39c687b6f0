// What becomes of a picture that was stored: its original variant.
import type { PathSettings } from '../config/settings'
import type { Facts } from '../store/schema'
import type { NewVariant } from '../store/variants'
import type { Context } from './context'
import type { StoredPicture } from './picture-upload'

/** The original variant, and ledger keys of objects that only served to make it. */
export interface Original {
  readonly original: NewVariant
  readonly discard: readonly string[]
}

/** Makes the original variant of a stored picture. */
export async function makeOriginal(
  _context: Context,
  _settings: PathSettings,
  { object, header }: StoredPicture,
): Promise<Original> {
  return { original: { ...object, attributes: header as unknown as Facts }, discard: [] }
}
