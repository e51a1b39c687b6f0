// Compressed bytes for codecs that want a whole file.
import { ImageError } from '../error'
import type { ByteSource } from '../header'

/** Reads all of a source into `into`, which has room for `source.size` bytes; returns how many came. */
export async function readInto(source: ByteSource, into: () => Uint8Array): Promise<number> {
  let at = 0
  for await (const chunk of await source.open()) {
    if (at + chunk.length > source.size)
      throw new ImageError('corrupt', 'More bytes came than the source has', at)
    into().set(chunk, at)
    at += chunk.length
  }
  return at
}
