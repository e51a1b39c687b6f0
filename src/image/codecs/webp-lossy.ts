// Lossy WebP without alpha by the engine's own encoder (src/engine/vp8-encode.ts): the bytes and the
// quality of libwebp's method 4 in a third of its time, from rows, in a quarter of its memory.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Bands, Rows, RowWriter } from '../rows'
import { type FileMetadata, writeRiff, writeStill } from './riff-writer'

export interface LossyOptions {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  /** 1–100, on libwebp's scale. */
  readonly quality: number
  /** Steps of the quantiser's index above that of the quality, where the eye is masked; 0 if left out. */
  readonly coarser?: number
  readonly metadata?: FileMetadata
}

/** What src/engine/vp8-encode.ts holds for each macroblock of 16 × 16 pixels, and for the output. */
const RECORD_BYTES = 18 + 25 * 33
const OUT_BYTES = 65536
/** The first partition's size has 19 bits. */
const MAX_MODES_BYTES = (1 << 19) - 1
/** Beyond this many pixels the modes might not fit that. */
const MAX_PIXELS = 6_000_000

/** Whether this encoder takes a picture. */
export function isLossyWebp({ width, height, bands }: LossyOptions): boolean {
  return bands % 2 === 1 && width * height <= MAX_PIXELS && Math.max(width, height) <= 16383
}

/** Bytes of the engine's arena that `makeLossyWebpWriter` takes. */
export function lossyWebpBytes(width: number, height: number): number {
  const columns = (width + 15) >> 4
  const rows = (height + 15) >> 4
  const luma = columns * 16 + 16
  const chroma = columns * 8 + 16
  const held = (columns * 48 + 64) & ~15
  const lines = luma * 17 + chroma * 18 + 96 + 2 * held + columns * 13 + 64
  return (lines + columns * rows * RECORD_BYTES + OUT_BYTES + 64 + 15) & ~15
}

/** libwebp's scale of quality to the quantiser's index, 0 finest. */
function quantiserOf(quality: number): number {
  const c = quality / 100
  const linear = c < 0.75 ? (c * 2) / 3 : 2 * c - 1
  return Math.min(127, Math.max(0, Math.trunc(127 * (1 - Math.cbrt(linear)))))
}

/** A key frame's tag and start (RFC 6386, 9.1). */
function frameStart(width: number, height: number, modesBytes: number): Uint8Array {
  const bytes = new Uint8Array(10)
  const tag = (modesBytes << 5) | 0x10
  bytes.set([tag & 255, (tag >> 8) & 255, tag >> 16, 0x9d, 0x01, 0x2a])
  bytes.set([width & 255, width >> 8, height & 255, height >> 8], 6)
  return bytes
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Makes a writer of one lossy WebP file. Throws ImageError `too-large` where the arena lacks room. */
export function makeLossyWebpWriter(engine: Engine, options: LossyOptions): RowWriter {
  const { width, height, bands, quality, coarser = 0, metadata = {} } = options
  const quantiser = Math.min(127, quantiserOf(quality) + coarser)
  if (engine.call('vp8EncStart', width, height, bands, quantiser) < 0) {
    throw new ImageError('too-large', `The picture needs more than the ${engine.limit} bytes planned for it`)
  }
  const output = engine.call('vp8EncOutput') >>> 0
  let taken = 0

  const partition = (index: number): Uint8Array[] => {
    engine.call('vp8EncPartition', index)
    const chunks: Uint8Array[] = []
    let bytes: number
    while ((bytes = engine.call('vp8EncDrain')) > 0) chunks.push(engine.bytes.slice(output, output + bytes))
    return chunks
  }

  return {
    write({ pointer, count, stride }: Rows) {
      if (taken + count > height) {
        throw new RangeError(`Expected ${height} rows for a WebP but received ${taken + count}`)
      }
      taken += count
      engine.call('vp8EncRows', pointer, count, stride)
    },
    finish() {
      if (taken !== height) throw new RangeError(`Expected ${height} rows for a WebP but received ${taken}`)
      const modes = partition(0)
      const modesBytes = modes.reduce((sum, chunk) => sum + chunk.length, 0)
      if (modesBytes > MAX_MODES_BYTES)
        throw new ImageError('too-large', 'The picture is too large for one WebP frame')
      const payload = join([frameStart(width, height, modesBytes), ...modes, ...partition(1)])
      const chunk = { code: 'VP8 ', payload }
      if (metadata.icc || metadata.exif || metadata.xmp) {
        return writeStill({ width, height, alpha: false, chunks: [chunk] }, metadata)
      }
      return writeRiff([chunk])
    },
  }
}
