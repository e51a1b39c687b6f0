// Storing, by upload or by URL. Order of safety: ledger row, object, then one batch that makes the
// asset visible and clears the ledger. Whatever fails in between leaves nothing visible, and the
// sweep finds the object.
import { badRequest, expected } from '../errors'
import { type MetadataBody, parseJson, parseMetadata, parseUrlMetadata } from '../params/metadata'
import { insertAsset } from '../store/assets'
import type { AssetRecord } from '../store/records'
import type { Context } from './context'
import { requestEagerVariants } from './eager-variants'
import { readMultipart } from './multipart'
import { uploadLost } from './object-writer'
import { dropOriginal, makeOriginal } from './original'
import { drainBehind } from './outbox'
import { PictureUpload, type StoredPicture, tooManyBytes } from './picture-upload'
import { openUrl } from './url-source'

/** The `metadata` part and the JSON body: some times what the longest valid one needs. */
export const MAX_METADATA_BYTES = 1024 * 1024

/** Headers, boundaries and the metadata part of a form, generously. */
const FORM_OVERHEAD = MAX_METADATA_BYTES + 64 * 1024

/** A request's body and what its headers say of it. */
export interface UploadBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly contentType: string
  /** Content-Length, where there was one. */
  readonly length?: number
}

/** Stores the picture of a multipart/form-data body with exactly one `metadata` and one `asset` part. */
export async function storeUpload(context: Context, path: string, body: UploadBody): Promise<AssetRecord> {
  const settings = context.config.settingsFor(path)
  const { maxBytes } = context.config.source.multipart
  if (body.length !== undefined && body.length > maxBytes + FORM_OVERHEAD) throw tooManyBytes(maxBytes)
  let metadata: MetadataBody | null = null
  let picture: StoredPicture | null = null
  let upload: PictureUpload | null = null
  let part: 'metadata' | 'asset' | null = null
  let json: Uint8Array[] = []
  let jsonBytes = 0
  const seen = new Set<string>()
  try {
    await readMultipart(body.stream, body.contentType, {
      begin(name) {
        if (name !== 'metadata' && name !== 'asset') {
          throw badRequest('unknown_part', expected('a part called metadata or asset', 'the form', name))
        }
        if (seen.has(name)) {
          throw badRequest('repeated_part', `Expected exactly one ${name} part but received more`)
        }
        seen.add(name)
        part = name
        if (name === 'asset') upload = new PictureUpload(context, settings, maxBytes, body.length)
      },
      chunk(bytes) {
        if (part === 'asset') return upload!.write(bytes)
        if ((jsonBytes += bytes.length) > MAX_METADATA_BYTES) {
          throw badRequest('metadata_too_large', `Expected at most ${MAX_METADATA_BYTES} bytes of metadata`)
        }
        // The chunk belongs to the parser.
        json.push(bytes.slice())
      },
      async end() {
        if (part === 'asset') picture = await upload!.finish()
        else {
          const bytes = new Uint8Array(await new Blob(json).arrayBuffer())
          metadata = parseMetadata(parseJson(bytes, 'the metadata part'))
          json = []
        }
        part = null
      },
    })
    for (const name of ['metadata', 'asset']) {
      if (!seen.has(name)) throw badRequest('missing_part', `Expected one ${name} part but received none`)
    }
    return await makeVisible(context, path, picture!, { metadata: metadata!, source: 'upload' })
  } catch (error) {
    await (upload as PictureUpload | null)?.abort()
    throw error
  }
}

/** Stores the picture that a JSON body names by URL. */
export async function storeFromUrl(context: Context, path: string, body: unknown): Promise<AssetRecord> {
  const { url, ...metadata } = parseUrlMetadata(body)
  const settings = context.config.settingsFor(path)
  const { maxBytes } = context.config.source.url
  const download = await openUrl(context, url)
  if (download.length !== undefined && download.length > maxBytes) {
    await download.cancel()
    throw tooManyBytes(maxBytes)
  }
  const upload = new PictureUpload(context, settings, maxBytes, download.length)
  try {
    for await (const chunk of download.chunks()) await upload.write(chunk)
    const picture = await upload.finish()
    return await makeVisible(context, path, picture, { metadata, source: 'url', sourceUrl: url })
  } catch (error) {
    await download.cancel()
    await upload.abort()
    throw error
  }
}

async function makeVisible(
  context: Context,
  path: string,
  picture: StoredPicture,
  about: { metadata: MetadataBody; source: 'upload' | 'url'; sourceUrl?: string },
): Promise<AssetRecord> {
  const settings = context.config.settingsFor(path)
  const made = await makeOriginal(context, settings, picture)
  let record: AssetRecord | null
  try {
    record = await insertAsset(context.store, { path, ...about, ...made, createdAt: context.now() })
    if (record === null) throw uploadLost()
    if (made.discard.length > 0) drainBehind(context)
  } catch (error) {
    await dropOriginal(context, made)
    throw error
  }
  await requestEagerVariants(context, record)
  return record
}
