// Asset JSON (HTTP contract §5): what is absent is left out.
import { FORMATS } from '../image/formats'
import type { NormalTransformation } from '../image/transformation'
import type { AssetJson, VariantJson } from '../params/answers'
import { transformationJson } from '../params/transformation-json'
import { headerOf } from '../services/picture'
import { type AssetRecord, isOriginal, type VariantRow } from '../store/records'

/** The asset as a client sees it; a store's answer holds the original alone. */
export function assetJson(record: AssetRecord): AssetJson {
  return {
    class: 'image',
    ...(record.alt !== null && { alt: record.alt }),
    entryId: record.entryId,
    labels: record.labels,
    tags: record.tags,
    source: record.source,
    ...(record.sourceUrl !== null && { sourceUrl: record.sourceUrl }),
    variants: variantsJson(record.variants, record.variants.find(isOriginal)),
    createdAt: timeJson(record.createdAt),
    modifiedAt: timeJson(record.modifiedAt),
  }
}

/** Variants of an asset; the original tells how the others came to be. */
export function variantsJson(variants: readonly VariantRow[], original: VariantRow | undefined) {
  const orientation = original ? headerOf(original).orientation : 1
  return variants.map((variant) => variantJson(variant, orientation))
}

function variantJson(
  variant: VariantRow,
  orientation: ReturnType<typeof headerOf>['orientation'],
): VariantJson {
  const { width, height, format, pageCount, loop, colorSpace } = headerOf(variant)
  const original = isOriginal(variant)
  const wanted = variant.transformation as unknown as NormalTransformation
  return {
    isOriginalVariant: original,
    storeBucket: variant.bucket,
    storeKey: variant.key,
    attributes: { height, width, format, ...(FORMATS[format].frames && { pageCount, loop }), colorSpace },
    ...(!original && { transformation: transformationJson(wanted, orientation) }),
    lqip: variant.lqip ?? {},
  }
}

/** UTC without an offset, as Konifer writes it. */
function timeJson(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, '')
}
