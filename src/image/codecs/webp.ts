// WebP as rows: the engine decodes, and encodes what is lossy without alpha; libwebp encodes the rest. The container
// is our own (riff.ts).
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import type { Bands, RowReader, RowWriter } from '../rows'
import { BACKGROUND_BYTES, costOf, encodeCost } from './costs'
import { frameWriter, withoutAlpha } from './frame'
import { readChunks } from './riff'
import { type FileMetadata, writeStill } from './riff-writer'
import { isLossyWebp, makeLossyWebpWriter } from './webp-lossy'
import { openWebpRows } from './webp-rows'

/** What reading a still needs to know of its header. */
export interface OpenOptions {
  /** Whether the rows carry alpha (4 bands) or not (3). */
  readonly alpha: boolean
}

/** How much time an encoder may take: for a request that waits, or behind it. */
export type Effort = 'interactive' | 'background'

export interface WriterOptions {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  readonly quality: number
  readonly effort: Effort
  readonly metadata?: FileMetadata
}

/**
 * Methods of libwebp by measurement (docs/decisions.md, "WebP effort"): against 4, which is
 * sharp's, 2 takes half the time for 2–5% more bytes, and 6 saves 3–4% for 2.4 times the time.
 */
const METHOD = { interactive: 2, background: 6 } as const satisfies Record<Effort, number>

/** With alpha 6 takes a fifth more memory than 4, for 4% of the bytes. */
const ALPHA_METHOD = { interactive: 2, background: 4 } as const satisfies Record<Effort, number>

/** libwebp's method for a picture, or a frame of an animation, with alpha or without. */
export function methodOf(effort: Effort, alpha: boolean): number {
  return (alpha ? ALPHA_METHOD : METHOD)[effort]
}

/**
 * Decodes a still by rows, or the first frame of what moves. Throws ImageError.
 * @param engine its arena takes `webpRowBytes`, or a canvas
 */
export async function openWebp(engine: Engine, source: ByteSource, options: OpenOptions): Promise<RowReader> {
  const rows = await openWebpRows(engine, source, options.alpha ? 4 : 3)
  return rows ?? openFirstFrame(engine, source, options.alpha)
}

async function openFirstFrame(engine: Engine, source: ByteSource, alpha: boolean): Promise<RowReader> {
  const { webpFrames } = await import('../animation/webp-frames')
  const frames = webpFrames(engine, source)
  const { value: first } = await frames.next()
  if (!first) throw new ImageError('truncated', 'The WebP animation has no frames', 12)
  await frames.return(undefined)
  return alpha ? first.reader : withoutAlpha(engine, first.reader)
}

/** Whether the engine encodes: its bytes are those of libwebp's method 4, in a third of the time. */
export function usesEngine(options: WriterOptions & { readonly lossless?: boolean }): boolean {
  if (options.lossless || !isLossyWebp(options)) return false
  const pixels = options.width * options.height
  return (
    options.effort === 'interactive' ||
    costOf(encodeCost('webp', options, pixels), pixels, 0) > BACKGROUND_BYTES
  )
}

/**
 * Encodes a still: by the engine, or by libwebp where there is alpha or time; then rows are copied once,
 * into the encoder's memory. Throws ImageError.
 */
export async function makeWebpWriter(
  engine: Engine,
  options: WriterOptions & { readonly lossless?: boolean },
): Promise<RowWriter> {
  const { width, height, bands, quality, metadata = {} } = options
  if (width > 16383 || height > 16383) {
    throw new ImageError(
      'too-large',
      `Expected at most 16383 pixels a side for WebP but received ${width}×${height}`,
    )
  }
  if (usesEngine(options)) return makeLossyWebpWriter(engine, options)
  const { openWebpCanvas } = await import('./webp-encode')
  const canvas = await openWebpCanvas(width, height, {
    quality,
    lossless: options.lossless ?? false,
    method: methodOf(options.effort, bands % 2 === 0),
  })
  return frameWriter(engine, width, bands, canvas.put, () => {
    const file = canvas.encode()
    if (!metadata.icc && !metadata.exif && !metadata.xmp) return file
    const chunks = [...readChunks(file, 12)].filter(({ code }) => code !== 'VP8X')
    return writeStill({ width, height, alpha: bands === 2 || bands === 4, chunks }, metadata)
  })
}
