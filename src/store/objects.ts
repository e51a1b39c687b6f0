// Objects in R2. A bucket is known by its name in the configuration, which each variant remembers;
// the configuration tells the binding.

/** Name of a bucket → its R2 binding; throws where the configuration no longer has it. */
export type Buckets = (name: string) => R2Bucket

/** Objects that one call to R2 may delete. */
export const MAX_KEYS = 1000

/** Resolves bucket names through the configuration's `buckets` (name → binding). */
export function makeBuckets(env: object, bindings: Readonly<Record<string, string>>): Buckets {
  return (name) => {
    const binding = Object.hasOwn(bindings, name) ? bindings[name] : undefined
    const bucket = binding === undefined ? undefined : (env as Record<string, unknown>)[binding]
    if (bucket === undefined) {
      throw new Error(
        `Expected bucket "${name}" in the configuration's buckets and its binding in wrangler.toml`,
      )
    }
    return bucket as R2Bucket
  }
}

/** A new object's key: a UUID plus its format's extension, dot included. */
export function makeKey(extension: string): string {
  return `${crypto.randomUUID()}${extension}`
}

/** Removes an object, and the multipart upload that may still be writing it. Gone already is fine. */
export async function removeObject(bucket: R2Bucket, key: string, uploadId: string | null): Promise<void> {
  if (uploadId !== null) {
    try {
      await bucket.resumeMultipartUpload(key, uploadId).abort()
    } catch (error) {
      // 10024: no such upload, for it was completed or aborted before.
      if (!isNoSuchUpload(error)) throw error
    }
  }
  await bucket.delete(key)
}

function isNoSuchUpload(error: unknown): boolean {
  return error instanceof Error && /10024|does not exist|NoSuchUpload/.test(error.message)
}
