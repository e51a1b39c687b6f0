// An object in R2 as bytes that can be read more than once, from any offset. The shape is that of
// the image layer's ByteSource, which this layer does not know.
import { inLargeChunks } from './chunks'

/** Re-readable bytes. */
export interface ObjectSource {
  readonly size: number
  open(offset?: number): Promise<ReadableStream<Uint8Array>>
}

/** The object was removed between its row and its read. */
export class ObjectGone extends Error {
  override readonly name = 'ObjectGone'

  constructor(readonly key: string) {
    super(`The object ${key} is gone`)
  }
}

/** Reads an object; `open` throws ObjectGone where it is not there. */
export function objectSource(bucket: R2Bucket, key: string, size: number): ObjectSource {
  return {
    size,
    async open(offset = 0) {
      // R2 refuses a range that begins at the end.
      if (offset >= size && size > 0) return new Blob([]).stream() as ReadableStream<Uint8Array>
      const object = await bucket.get(key, offset === 0 ? {} : { range: { offset } })
      if (object === null) throw new ObjectGone(key)
      return inLargeChunks(object.body)
    },
  }
}
