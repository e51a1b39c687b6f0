// Updating: alt, labels and tags are replaced together; content never changes.
import { AppError } from '../errors'
import { type Metadata, replaceMetadata } from '../store/assets'
import type { AssetRecord } from '../store/records'
import type { Context } from './context'

/** Replaces an entry's metadata and gives it whole. Throws 404 where there is no such entry. */
export async function updateAsset(
  context: Context,
  path: string,
  entryId: number,
  metadata: Metadata,
): Promise<AssetRecord> {
  const record = await replaceMetadata(context.store, path, entryId, metadata, context.now())
  if (record === null) {
    throw new AppError(404, 'asset_not_found', `There is no entry ${entryId} at ${path}`)
  }
  return record
}
