// Shared by the store's tests: rows without pictures.
import { env } from 'cloudflare:workers'
import { insertAsset, type Metadata } from '../../src/store/assets'
import type { AssetRecord } from '../../src/store/records'
import { openStore } from '../../src/store/store'
import { beginUpload } from '../../src/store/uploads'
import type { NewVariant } from '../../src/store/variants'

export const store = openStore(env.DB)

/** A variant that stands for any picture; its object is not in R2. */
export function anyVariant(key: string = `${crypto.randomUUID()}.png`): NewVariant {
  return { bucket: 'assets', key, size: 3, etag: `e-${key}`, attributes: { width: 1, format: 'png' } }
}

/** Stores an asset's rows as the service does: ledger first. */
export async function addAsset(path: string, metadata: Metadata = {}, now = 1000): Promise<AssetRecord> {
  const original = anyVariant()
  await beginUpload(store, original.bucket, original.key, now)
  const record = await insertAsset(store, { path, metadata, source: 'upload', original, createdAt: now })
  if (record === null) throw new Error('the ledger row is gone')
  return record
}

/** All rows of a table. */
export async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results
}
