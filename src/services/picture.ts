// What an answer with a picture needs to know of it, stored or just made.
import type { ImageHeader } from '../image/header'
import type { AssetRow, VariantRow } from '../store/records'

/** A stored variant, or one whose bytes exist while it is being stored. */
export interface Picture {
  readonly row: Pick<
    VariantRow,
    'assetId' | 'bucket' | 'key' | 'size' | 'lqip' | 'createdAt' | 'canonicalKey'
  >
  readonly header: ImageHeader
  /** The file in pieces, where it was just made and R2 need not be asked. */
  readonly pieces: readonly Uint8Array[] | null
}

/** A picture found for a request. */
export interface FoundPicture {
  readonly asset: AssetRow
  readonly original: VariantRow
  readonly picture: Picture
  /** `miss`: this request made the variant. */
  readonly cache: 'hit' | 'miss'
}

/** The header that a variant's attributes hold. */
export function headerOf(row: Pick<VariantRow, 'attributes'>): ImageHeader {
  return row.attributes as unknown as ImageHeader
}

export function storedPicture(row: VariantRow): Picture {
  return { row, header: headerOf(row), pieces: null }
}

/**
 * Strong: another key for each variant, and the metadata's version, for headers carry the alt text.
 * A key is a UUID plus an extension and never reused.
 */
export function etagOf(picture: Picture, asset: AssetRow): string {
  return `"${picture.row.key.replace(/\..*$/, '')}-${asset.version}"`
}

/** When what a client sees last changed: the picture, or the metadata that its headers carry. */
export function lastModifiedOf(picture: Picture, asset: AssetRow): number {
  return Math.max(picture.row.createdAt, asset.modifiedAt)
}
