// Puts metadata into encoded files. The row encoders of JPEG and PNG write theirs as they go
// (jpegSegments, pngChunks); this is for whole files.
import type { Format } from '../formats'
import { embedGif } from './gif'
import { embedHeif } from './heif-write'
import { embedJpeg } from './jpeg'
import { embedJxl } from './jxl'
import type { Metadata } from './kinds'
import { embedPng } from './png'
import { embedWebp } from './webp'

const writers: Record<Format, (encoded: Uint8Array, metadata: Metadata) => Uint8Array> = {
  jpg: embedJpeg,
  png: embedPng,
  webp: embedWebp,
  avif: embedHeif,
  jxl: embedJxl,
  heic: embedHeif,
  gif: embedGif,
}

/**
 * The file with the metadata in it. Kinds that the format can't carry are left out (formats.ts).
 * JPEG XL's profile would be part of its codestream, so that `icc` is left out there too.
 */
export function embedMetadata(format: Format, encoded: Uint8Array, metadata: Metadata): Uint8Array {
  return writers[format](encoded, metadata)
}
