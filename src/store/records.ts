// What the store hands out: plain records, times in milliseconds since 1970.
import type { InferSelectModel } from 'drizzle-orm'
import { type assets, ORIGINAL, type variants } from './schema'

/** An asset without what hangs on it. */
export type AssetRow = InferSelectModel<typeof assets>

/** A stored picture: an original (`canonicalKey` ORIGINAL) or what was made of one. */
export type VariantRow = InferSelectModel<typeof variants>

/** An asset whole. */
export interface AssetRecord extends AssetRow {
  readonly labels: Readonly<Record<string, string>>
  readonly tags: readonly string[]
  /** The original first, then by creation. */
  readonly variants: readonly VariantRow[]
}

/** Whether a variant is its asset's original. */
export function isOriginal(variant: Pick<VariantRow, 'canonicalKey'>): boolean {
  return variant.canonicalKey === ORIGINAL
}
